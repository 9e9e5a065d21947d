"""Checks of a parsed document before it runs: good-faith introspection, fields used, scopes missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

# Labels on the key form, as far as public sources name them, with the root fields they open (the grouping is ours).
SCOPES: dict[str, frozenset[str]] = {
    "Common Entities - Read-Only Access": frozenset(
        {"Query.user", "Query.organization", "Query.companySelector", "Query.ontologyCategories"}
    ),
    "Read marketplace Job Postings": frozenset(
        {
            "Query.marketplaceJobPostingsSearch",
            "Query.marketplaceJobPosting",
            "Query.marketplaceJobPostingsContents",
        }
    ),
    "Submit Proposal": frozenset({"Mutation.createJobProposal"}),
    "Read Proposals": frozenset({"Query.vendorProposals", "Query.vendorProposal"}),
    "Messages - Read-Only Access": frozenset(
        {"Query.room", "Query.roomList", "Query.roomStories", "Query.roomStory", "Query.proposalRoom"}
    ),
    "Messages - Read And Write Access": frozenset(
        {"Mutation.createRoomStoryV2", "Mutation.roomCreate1on1IfNotExists"}
    ),
    "Read Talent Work History": frozenset({"Query.talentWorkHistory"}),
}
ONCE = {"__schema", "__type", "fields", "inputFields", "interfaces", "possibleTypes"}


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation that would run, as the specification picks it."""
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name:
        return next((node for node in found if node.name and node.name.value == name), None)
    return found[0] if len(found) == 1 else None


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> list[str]:
    """Names of the root fields, through fragments, in order."""
    fragments = _fragments(document)
    names: list[str] = []

    def walk(selections: SelectionSetNode, seen: frozenset[str]) -> None:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                names.append(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                walk(node.selection_set, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                fragment = fragments.get(node.name.value)
                if fragment:
                    walk(fragment.selection_set, seen | {node.name.value})

    walk(operation.selection_set, frozenset())
    return names


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }


def used_fields(schema: GraphQLSchema, document: DocumentNode) -> list[str]:
    """``Type.field`` for every field of the document, each once, in order of appearance."""
    info = TypeInfo(schema)
    used: dict[str, None] = {}

    class Collector(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = info.get_parent_type()
            if parent is not None:
                used[f"{get_named_type(parent).name}.{node.name.value}"] = None

    visit(document, TypeInfoVisitor(info, Collector()))
    return list(used)


def bad_faith(document: DocumentNode) -> str | None:
    """Why an introspection asks for too much at once, or None.

    At most one ``__schema`` or ``__type`` and one list of fields or input fields are allowed in a request.
    """
    counts: Counter[str] = Counter()

    class Counting(Visitor):
        inside = 0

        def enter_field(self, node: FieldNode, *_: object) -> None:
            name = node.name.value
            if name in {"__schema", "__type"}:
                self.inside += 1
            if name in ONCE and (self.inside or name.startswith("__")):
                counts[name] += 1

        def leave_field(self, node: FieldNode, *_: object) -> None:
            if node.name.value in {"__schema", "__type"}:
                self.inside -= 1

    visit(document, Counting())
    for name, count in counts.items():
        if count > 1:
            return (
                f"This request is not asking for introspection in good faith: {name} is present {count} times"
            )
    return None


def forbidden_fields(missing: Iterable[str], used: Iterable[str]) -> list[str]:
    """Which used fields the missing scopes close. A missing scope is a label, a root field's name, or ``Type.field``."""
    closed: set[str] = set()
    for scope in missing:
        closed |= SCOPES.get(scope, frozenset())
        closed |= {scope} if "." in scope else {f"Query.{scope}", f"Mutation.{scope}"}
    return sorted(closed.intersection(used))
