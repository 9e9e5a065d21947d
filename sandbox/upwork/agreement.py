"""Compare the sandbox's own SDL with a reference schema, name by name and type by type.

Works on syntax trees, not on built schemas: a reference with unknown directives, repeated definitions or
references to types it does not define is still compared as far as it goes.

Command line: ``python -m sandbox.upwork.agreement SCHEMA`` prints every disagreement (exit 1 if any) and lists
the later additions, which are allowed to be absent from the reference.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graphql import (
    GraphQLSyntaxError,
    build_client_schema,
    parse,
    print_ast,
    print_schema,
)
from graphql.language import ast

SCHEMA_DIR = Path(__file__).parent / "schema"
ADDITIONS_PREFIX = "after_"

TYPE_KINDS = {
    "ObjectType": "type",
    "InterfaceType": "interface",
    "InputObjectType": "input",
    "EnumType": "enum",
    "UnionType": "union",
    "ScalarType": "scalar",
}


@dataclass(slots=True)
class FieldShape:
    """A field: its printed type (with nullability) and its arguments by name."""

    type: str
    arguments: dict[str, tuple[str, bool]] = field(default_factory=dict)
    has_default: bool = False


@dataclass(slots=True)
class TypeShape:
    """One named type as far as agreement needs it; ``whole`` is false while only extensions of it were seen."""

    kind: str
    whole: bool = False
    fields: dict[str, FieldShape] = field(default_factory=dict)
    values: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    interfaces: set[str] = field(default_factory=set)


Shapes = dict[str, TypeShape]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What disagrees, and what is ours alone and declared as a later addition."""

    disagreements: tuple[str, ...]
    additions: tuple[str, ...]


def sdl_files(directory: Path = SCHEMA_DIR) -> list[Path]:
    """Every SDL file of the sandbox, base files first, later additions last."""
    files = sorted(directory.glob("*.graphql"))
    return sorted(files, key=_is_addition)


def _is_addition(path: Path) -> bool:
    return path.name.startswith(ADDITIONS_PREFIX)


def read_shapes(paths: Iterable[Path]) -> Shapes:
    """Types found in SDL files or in a JSON introspection result, extensions merged into their type.

    Raises ValueError naming the file and line when a file is not a schema.
    """
    shapes: Shapes = {}
    for path in paths:
        for definition in _parse(path).definitions:
            _collect(definition, shapes)
    return shapes


def _parse(path: Path) -> ast.DocumentNode:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".json":
        body = json.loads(text)
        text = print_schema(build_client_schema(body.get("data", body)))
    try:
        return parse(text, no_location=True)
    except GraphQLSyntaxError as error:
        line = error.locations[0].line if error.locations else 0
        message = f"{path}:{line}: {error.message}"
        raise ValueError(message) from error


def _collect(definition: ast.DefinitionNode, shapes: Shapes) -> None:
    name = type(definition).__name__.removesuffix("Node")
    for suffix in ("Definition", "Extension"):
        kind = TYPE_KINDS.get(name.removesuffix(suffix)) if name.endswith(suffix) else None
        if kind is not None:
            break
    else:
        return
    shape = shapes.setdefault(definition.name.value, TypeShape(kind))  # type: ignore[attr-defined]  # named kinds only
    shape.whole = shape.whole or name.endswith("Definition")
    for node in getattr(definition, "fields", None) or ():
        shape.fields[node.name.value] = FieldShape(
            print_ast(node.type),
            {
                argument.name.value: (print_ast(argument.type), argument.default_value is not None)
                for argument in getattr(node, "arguments", None) or ()
            },
            has_default=getattr(node, "default_value", None) is not None,
        )
    shape.values.update(value.name.value for value in getattr(definition, "values", None) or ())
    shape.members.update(member.name.value for member in getattr(definition, "types", None) or ())
    shape.interfaces.update(node.name.value for node in getattr(definition, "interfaces", None) or ())


def compare(ours: Shapes, reference: Shapes) -> tuple[list[str], list[str]]:
    """(what differs, what the reference does not have at all), each entry one readable line."""
    differ: list[str] = []
    absent: list[str] = []
    for name, shape in sorted(ours.items()):
        theirs = reference.get(name)
        if theirs is None:
            absent.append(f"{shape.kind} {name}: not in the reference")
            continue
        if theirs.kind != shape.kind:
            differ.append(f"{name}: is {shape.kind} here, {theirs.kind} in the reference")
            continue
        absent += [f"{name}.{value}: no such enum value" for value in sorted(shape.values - theirs.values)]
        absent += [f"{name}: member {member} is absent" for member in sorted(shape.members - theirs.members)]
        absent += [
            f"{name}: does not implement {face}" for face in sorted(shape.interfaces - theirs.interfaces)
        ]
        for field_name, own in shape.fields.items():
            other = theirs.fields.get(field_name)
            if other is None:
                absent.append(f"{name}.{field_name}: no such field")
            else:
                _compare_field(f"{name}.{field_name}", own, other, differ, absent)
        if shape.kind == "input" and shape.whole:
            differ += _left_out_required(name, shape, theirs)
    return differ, absent


def _compare_field(
    where: str, ours: FieldShape, theirs: FieldShape, differ: list[str], absent: list[str]
) -> None:
    if ours.type != theirs.type:
        differ.append(f"{where}: {ours.type} here, {theirs.type} in the reference")
    for name, (own_type, _) in ours.arguments.items():
        if name not in theirs.arguments:
            absent.append(f"{where}({name}): no such argument")
        elif theirs.arguments[name][0] != own_type:
            differ.append(f"{where}({name}): {own_type} here, {theirs.arguments[name][0]} in the reference")
    differ.extend(
        f"{where}({name}): required in the reference, missing here"
        for name, (their_type, has_default) in theirs.arguments.items()
        if name not in ours.arguments and their_type.endswith("!") and not has_default
    )


def _left_out_required(name: str, ours: TypeShape, theirs: TypeShape) -> list[str]:
    return [
        f"{name}.{field_name}: required in the reference, missing here"
        for field_name, shape in theirs.fields.items()
        if field_name not in ours.fields and shape.type.endswith("!") and not shape.has_default
    ]


def check(files: Sequence[Path], reference_schema_path: Path) -> Agreement:
    """Compare SDL files with a reference (SDL or JSON introspection).

    Files whose name starts with ``after_`` may add what the reference does not have; where it has it, they must agree too.
    """
    reference = read_shapes([reference_schema_path])
    differ, absent = compare(read_shapes(path for path in files if not _is_addition(path)), reference)
    later_differ, later_absent = compare(read_shapes(filter(_is_addition, files)), reference)
    return Agreement((*differ, *absent, *later_differ), tuple(later_absent))


def disagreements(files: Sequence[Path], reference_schema_path: Path) -> list[str]:
    """Everything in which our SDL differs from the reference; later additions that it lacks do not count."""
    return list(check(files, reference_schema_path).disagreements)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what disagrees; 0 when nothing does, 1 when something does, 2 when a file is unreadable."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.upwork.agreement")
    parser.add_argument(
        "schema", type=Path, help="reference schema: SDL, or the JSON of an introspection query"
    )
    options = parser.parse_args(arguments)
    files = sdl_files()
    try:
        agreement = check(files, options.schema)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    for line in agreement.disagreements:
        print(line)
    for line in agreement.additions:
        print(f"later addition: {line}")
    print(
        f"{len(files)} files, {len(agreement.disagreements)} disagreements, {len(agreement.additions)} additions"
    )
    return 1 if agreement.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
