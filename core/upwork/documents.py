"""The GraphQL documents, one operation per file in `queries/`, and how fields are taken out of them.

Upwork fails a whole query when the key lacks the permission for one field, and names the field as `Type.field`. The document
is then sent again without it. `queries/coordinates.json` says which type each selection has; `make check-schema` writes and
checks it, so that no schema is needed at run time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import parse, print_ast
from graphql.language import (
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)

from core.upwork.errors import MissingScope

QUERIES = Path(__file__).resolve().parent / "queries"
COORDINATES = QUERIES / "coordinates.json"
_ROOTS = {OperationType.QUERY: "Query", OperationType.MUTATION: "Mutation"}


@dataclass(frozen=True, slots=True)
class Document:
    """Text ready to send. `variables` are the names it still uses; `dropped` the fields left out of it."""

    text: str
    variables: frozenset[str]
    dropped: frozenset[str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `required` fields cannot be left out: without them the answer would be worthless or misleading."""

    file: str
    required: frozenset[str] = frozenset()

    @property
    def is_mutation(self) -> bool:
        return _definition(self.file).operation is OperationType.MUTATION

    @property
    def name(self) -> str:
        name = _definition(self.file).name
        return name.value if name else self.file

    @property
    def root_fields(self) -> frozenset[str]:
        """`Query.field` or `Mutation.field` of each root selection."""
        definition = _definition(self.file)
        owner = _ROOTS[definition.operation]
        names = (
            node.name.value for node in definition.selection_set.selections if isinstance(node, FieldNode)
        )
        return frozenset(f"{owner}.{name}" for name in names)

    def without(self, fields: frozenset[str]) -> Document:
        """The document without `fields`. Raises MissingScope when a required field or everything would be gone."""
        document = _render(self.file, fields)
        missing = document.dropped & self.required
        if missing or not document.text:
            raise MissingScope(self.name, fields=tuple(sorted(missing or document.dropped)))
        return document

    def names(self, coordinate: str) -> bool:
        """Whether the document selects `Type.field`, on the type itself or through an interface."""
        return coordinate in _render(self.file, frozenset({coordinate})).dropped

    def coordinate_at(self, path: Iterable[str | int]) -> str | None:
        """`Type.field` of the last field on a response path; `None` when the path is not of this document."""
        parent, found = _ROOTS[_definition(self.file).operation], None
        for key in path:
            if isinstance(key, int):
                continue
            found = f"{parent}.{key}"
            if found not in _types()[0]:
                return None
            parent = _types()[0][found]
        return found


@lru_cache(maxsize=1)
def _types() -> tuple[Mapping[str, str], Mapping[str, list[str]]]:
    """({"Type.field": "Type of the field"}, {"Type": ["Interface", …]}) for everything the documents select."""
    content: dict[str, Any] = json.loads(COORDINATES.read_text())
    return content["fields"], content["implements"]


@lru_cache(maxsize=64)
def _parsed(file: str) -> DocumentNode:
    return parse((QUERIES / file).read_text(), no_location=True)


def _definition(file: str) -> OperationDefinitionNode:
    (definition,) = _parsed(file).definitions
    assert isinstance(definition, OperationDefinitionNode)  # noqa: S101 - one operation per file, guarded by a test
    return definition


@lru_cache(maxsize=512)
def _render(file: str, fields: frozenset[str]) -> Document:
    definition = _definition(file)
    dropped: set[str] = set()
    selections = _prune(definition.selection_set, _ROOTS[definition.operation], fields, dropped)
    if selections is None:
        return Document("", frozenset(), frozenset(dropped))
    used = _variables(selections)
    pruned = OperationDefinitionNode(
        operation=definition.operation,
        name=definition.name,
        variable_definitions=tuple(
            variable
            for variable in definition.variable_definitions or ()
            if variable.variable.name.value in used
        ),
        directives=definition.directives,
        selection_set=selections,
    )
    return Document(print_ast(pruned), frozenset(used), frozenset(dropped))


def _prune(
    selections: SelectionSetNode, parent: str, fields: frozenset[str], dropped: set[str]
) -> SelectionSetNode | None:
    """A copy without the fields; `None` when nothing is left, so that the field above goes too."""
    types, implements = _types()
    kept: list[FieldNode] = []
    for selection in selections.selections:
        assert isinstance(selection, FieldNode)  # noqa: S101 - the documents use plain fields only, guarded by a test
        name = selection.name.value
        hits = {f"{owner}.{name}" for owner in (parent, *implements.get(parent, ()))} & fields
        if hits:
            dropped |= hits
            continue
        if selection.selection_set is None:
            kept.append(selection)
            continue
        inner = _prune(selection.selection_set, types.get(f"{parent}.{name}", ""), fields, dropped)
        if inner is not None:
            kept.append(FieldNode(name=selection.name, arguments=selection.arguments, selection_set=inner))
    return SelectionSetNode(selections=tuple(kept)) if kept else None


class _VariableNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.found.add(node.name.value)


def _variables(selections: SelectionSetNode) -> set[str]:
    visitor = _VariableNames()
    visit(selections, visitor)
    return visitor.found


def _operation(file: str, *required: str) -> Operation:
    return Operation(file, frozenset(required))


SEARCH_JOBS = _operation(
    "search_jobs.graphql",
    *(f"MarketplaceJobPostingSearchResult.{name}" for name in ("id", "ciphertext", "title", "description")),
    "MarketplaceJobPostingSearchResult.publishedDateTime",
)
ME = _operation("me.graphql", "CurrentUser.id", "CurrentUser.nid")
PROFILE = _operation("profile.graphql")
PROFILE_AGGREGATES = _operation("profile_aggregates.graphql")
COMPANIES = _operation("companies.graphql", "CompanySelectorItem.organizationId")
PROPOSALS = _operation(
    "proposals.graphql",
    "VendorProposal.id",
    "VendorProposal.marketplaceJobPosting",
    "MarketplaceJobPosting.id",
)
ROOMS = _operation("rooms.graphql", "Room.id")
ROOM_STORIES = _operation(
    "room_stories.graphql", "RoomStory.id", "RoomStory.message", "RoomStory.createdDateTime"
)
CREATE_ROOM_STORY = _operation("create_room_story.graphql", "RoomStory.id")
CREATE_JOB_PROPOSAL = _operation("create_job_proposal.graphql", "CreateJobProposalResponse.newProposalId")
TYPE_PROBE = _operation("type_probe.graphql")

ALL = tuple(value for value in globals().values() if isinstance(value, Operation))
