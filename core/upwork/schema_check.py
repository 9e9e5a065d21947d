"""`python -m core.upwork.schema_check SCHEMA`: does every query of ours agree with a schema file?

SCHEMA is SDL, or the JSON of an introspection. Prints what disagrees and exits 1, unless it is listed in `additions.py`.
With `--write` it also rewrites `queries/coordinates.json` from that schema.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_ast_schema,
    build_client_schema,
    extend_schema,
    get_named_type,
    is_input_object_type,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.values import get_variable_values

from core.upwork.additions import ADDITIONS, Addition
from core.upwork.documents import COORDINATES, QUERIES
from core.upwork.requests import SAMPLES


@dataclass(frozen=True, slots=True)
class Report:
    """`problems` are lines for people; empty means the queries fit. `missing` are the listed additions the file lacks."""

    problems: tuple[str, ...]
    missing: tuple[Addition, ...]
    documents: int
    fields: int


def load_schema(text: str) -> GraphQLSchema:
    """Build a schema from SDL or from introspection JSON. Raises ValueError with the place when it is neither.

    Published schema files break rules that do not matter here (unknown directives, interfaces half implemented, a missing
    `schema` block), so their own validity is not checked, only what they say.
    """
    text = text.lstrip("\ufeff").strip()
    try:
        if text.startswith("{"):
            content: dict[str, Any] = json.loads(text)
            schema = content.get("data", content)
            return build_client_schema(schema, assume_valid=True)
        return build_ast_schema(parse(text, no_location=False), assume_valid=True, assume_valid_sdl=True)
    except (GraphQLError, TypeError, KeyError, ValueError) as error:
        raise ValueError(f"this is neither a GraphQL schema nor an introspection result: {error}") from error


def has(schema: GraphQLSchema, coordinate: str) -> bool:
    type_name, _, field = coordinate.partition(".")
    kind = schema.get_type(type_name)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) or is_input_object_type(kind):
        return field in kind.fields
    return False


def with_additions(schema: GraphQLSchema) -> tuple[GraphQLSchema, tuple[Addition, ...]]:
    """The schema with the listed additions it lacks, and which those were."""
    missing = tuple(addition for addition in ADDITIONS if not has(schema, addition.coordinate))
    for addition in missing:
        schema = extend_schema(schema, parse(addition.sdl), assume_valid=True, assume_valid_sdl=True)
    return schema, missing


def check(schema: GraphQLSchema) -> Report:
    schema, missing = with_additions(schema)
    problems: list[str] = []
    coordinates: set[str] = set()
    files = sorted(QUERIES.glob("*.graphql"))
    for file in files:
        document = parse(file.read_text())
        problems.extend(
            f"{file.name}: {error.message}" for error in validate(schema, document, specified_rules)
        )
        problems.extend(
            f"{file.name}: {problem}" for problem in _variable_problems(schema, file.name, document)
        )
        coordinates |= {coordinate for coordinate, _ in selections(schema, document)}
    return Report(tuple(problems), missing, len(files), len(coordinates))


def coordinates_of(schema: GraphQLSchema) -> dict[str, Any]:
    """The content of `queries/coordinates.json`: the type of every selected field, and the interfaces of those types."""
    schema, _ = with_additions(schema)
    fields = {
        coordinate: kind
        for file in QUERIES.glob("*.graphql")
        for coordinate, kind in selections(schema, parse(file.read_text()))
    }
    owners = {coordinate.partition(".")[0] for coordinate in fields}
    implements = {
        owner: sorted(interface.name for interface in found.interfaces)
        for owner in owners
        if isinstance(found := schema.get_type(owner), GraphQLObjectType) and found.interfaces
    }
    return {"fields": dict(sorted(fields.items())), "implements": dict(sorted(implements.items()))}


def selections(schema: GraphQLSchema, document: DocumentNode) -> Iterator[tuple[str, str]]:
    """Every selected field as (Type.field, name of the field's type), unwrapped of lists and non-null."""
    info = TypeInfo(schema)
    found: list[tuple[str, str]] = []

    class Collect(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent, field = info.get_parent_type(), info.get_field_def()
            name = node.name.value
            if parent is not None and field is not None and not name.startswith("__"):
                found.append((f"{parent.name}.{name}", get_named_type(field.type).name))

    visit(document, TypeInfoVisitor(info, Collect()))
    yield from found


def _variable_problems(schema: GraphQLSchema, file: str, document: DocumentNode) -> Iterator[str]:
    """The variables we build are checked too: a misspelt filter would otherwise show only at run time."""
    (operation,) = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    samples = SAMPLES.get(file, ({},))
    for sample in samples:
        values = get_variable_values(schema, operation.variable_definitions or (), sample)
        if isinstance(values, list):
            yield from (f"variables: {error.message}" for error in values)


def main(arguments: list[str]) -> int:
    out = sys.stdout.write
    paths = [argument for argument in arguments if not argument.startswith("-")]
    if len(paths) != 1:
        out("usage: python -m core.upwork.schema_check SCHEMA [--write]\n")
        return 2
    try:
        schema = load_schema(Path(paths[0]).read_text())
    except (OSError, ValueError) as error:
        out(f"{paths[0]}: {error}\n")
        return 2
    report = check(schema)
    if "--write" in arguments and not report.problems:
        COORDINATES.write_text(json.dumps(coordinates_of(schema), indent=1) + "\n")
        out(f"wrote {COORDINATES.name}\n")
    for addition in report.missing:
        out(f"not in this file, listed as a later addition: {addition.coordinate} ({addition.reason})\n")
    for problem in report.problems:
        out(f"disagrees: {problem}\n")
    out(f"{report.documents} queries, {report.fields} fields, {len(report.problems)} disagreements\n")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
