"""Our queries against the sandbox's schema, and against a real schema file where there is one."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    introspection_from_schema,
    parse,
    print_schema,
    validate,
)
from hypothesis import given
from hypothesis import strategies as st

from core.upwork import documents, schema_check
from core.upwork.additions import ADDITIONS, OPTIONAL_FIELDS
from core.upwork.documents import COORDINATES, QUERIES, Operation
from core.upwork.errors import MissingScope

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = ROOT / "sandbox" / "upwork" / "schema"
REAL = ROOT.parent / "shared" / "upwork" / "schema-2026-04.graphql"
FILES = sorted(QUERIES.glob("*.graphql"))


def sandbox_sdl(*, additions: bool) -> str:
    files = [
        path for path in sorted(SANDBOX.glob("*.graphql")) if additions or not path.name.startswith("after_")
    ]
    return "\n".join(path.read_text() for path in files)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return schema_check.load_schema(sandbox_sdl(additions=True))


def test_every_query_agrees_with_the_sandbox(schema: GraphQLSchema) -> None:
    report = schema_check.check(schema)
    assert report.problems == ()
    assert report.missing == ()
    assert report.documents == len(FILES) == len(documents.ALL)


def test_without_the_later_additions_only_those_are_missing() -> None:
    report = schema_check.check(schema_check.load_schema(sandbox_sdl(additions=False)))
    assert report.problems == ()
    assert report.missing == ADDITIONS


@pytest.mark.skipif(not REAL.exists(), reason="no schema file of the real API next to this checkout")
def test_every_query_agrees_with_the_schema_of_april_2026(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema_check.main([str(REAL)]) == 0
    output = capsys.readouterr().out
    assert "0 disagreements" in output
    assert output.count("listed as a later addition") == len(ADDITIONS)


def test_the_stored_coordinates_are_those_of_the_queries(schema: GraphQLSchema) -> None:
    ours = json.loads(COORDINATES.read_text())
    assert ours["fields"] == schema_check.coordinates_of(schema)["fields"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("totalApplicants: Int!", "applicants: Int!"), "totalApplicants"),
        (("skillExpression_eq: String", "skills_eq: String"), "skillExpression_eq"),
        (("  CREATEDDATETIME\n", "  CREATED\n"), "CREATEDDATETIME"),
        (("chargedAmount: Float!", "chargedAmount: Float!\n  newlyRequired: String!"), "newlyRequired"),
    ],
)
def test_a_schema_that_moved_away_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], complaint: str
) -> None:
    text = sandbox_sdl(additions=True)
    assert change[0] in text
    file = tmp_path / "schema.graphql"
    file.write_text(text.replace(*change))
    assert schema_check.main([str(file)]) == 1
    assert complaint in capsys.readouterr().out


def test_schema_files_come_in_several_forms(schema: GraphQLSchema, tmp_path: Path) -> None:
    introspection = introspection_from_schema(schema)
    forms = [
        "\ufeff" + print_schema(schema),
        json.dumps({"data": introspection}),
        json.dumps(introspection),
        "directive @known on FIELD_DEFINITION\n"
        + print_schema(schema).replace("id: ID!", "id: ID! @unknown", 1),
    ]
    for form in forms:
        assert schema_check.check(schema_check.load_schema(form)).problems == ()


def test_what_is_no_schema_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in ("type {", "{}", '{"data": 7}', "<html>"):
        file = tmp_path / "schema"
        file.write_text(content)
        assert schema_check.main([str(file)]) == 2
    assert schema_check.main([str(tmp_path / "absent")]) == 2
    assert schema_check.main([]) == 2
    assert "Traceback" not in capsys.readouterr().out


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_a_file_holds_one_operation_of_plain_fields(file: Path) -> None:
    (operation,) = parse(file.read_text()).definitions
    assert isinstance(operation, OperationDefinitionNode)
    open_sets = [operation.selection_set]
    while open_sets:
        for selection in open_sets.pop().selections:
            assert isinstance(selection, FieldNode)
            assert selection.alias is None
            if selection.selection_set is not None:
                open_sets.append(selection.selection_set)
    assert file.name in {known.file for known in documents.ALL}


def test_a_dropped_field_goes_with_everything_that_only_held_it() -> None:
    kept = documents.SEARCH_JOBS.without(
        frozenset(
            {"JobActivity.invitesSent", "JobActivity.totalInvitedToInterview", "JobActivity.totalHired"}
        )
    )
    assert "activityStat" not in kept.text
    assert "contractTerms" in kept.text
    assert len(kept.dropped) == 3


def test_a_field_is_also_dropped_through_its_interface() -> None:
    kept = documents.ROOM_STORIES.without(frozenset({"User.name"}))
    assert "name" not in kept.text
    assert kept.dropped == {"User.name"}


def test_variables_go_with_the_last_field_that_used_them() -> None:
    with pytest.raises(MissingScope):
        documents.ROOMS.without(frozenset({"Query.roomList"}))
    document = documents.SEARCH_JOBS.without(frozenset())
    assert document.variables == {"filter", "sort"}


def test_a_required_field_cannot_be_dropped() -> None:
    with pytest.raises(MissingScope) as refused:
        documents.ME.without(frozenset({"CurrentUser.nid"}))
    assert refused.value.data["fields"] == ("CurrentUser.nid",)


def test_a_response_path_names_its_field() -> None:
    path = ("marketplaceJobPostingsSearch", "edges", 3, "node", "amount")
    assert documents.SEARCH_JOBS.coordinate_at(path) == "MarketplaceJobPostingSearchResult.amount"
    assert documents.SEARCH_JOBS.coordinate_at(["nothing", "like", "that"]) is None
    assert documents.SEARCH_JOBS.coordinate_at([]) is None


FIELDS = sorted(name for name in json.loads(COORDINATES.read_text())["fields"] if not name.startswith("__"))
"""What Upwork may refuse or not know; the schema about the schema is never dropped."""


@given(operation=st.sampled_from(documents.ALL), fields=st.frozensets(st.sampled_from(FIELDS), max_size=12))
def test_whatever_is_dropped_the_rest_is_still_valid(operation: Operation, fields: frozenset[str]) -> None:
    try:
        document = operation.without(fields | OPTIONAL_FIELDS)
    except MissingScope:
        assert any(operation.names(field) for field in fields | OPTIONAL_FIELDS)
        return
    assert validate(whole_schema(), parse(document.text)) == []
    selected = {coordinate for coordinate, _ in schema_check.selections(whole_schema(), parse(document.text))}
    assert document.dropped <= fields | OPTIONAL_FIELDS
    assert selected.isdisjoint(fields | OPTIONAL_FIELDS)


@cache
def whole_schema() -> GraphQLSchema:
    return build_schema(sandbox_sdl(additions=True))
