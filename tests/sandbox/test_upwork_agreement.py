"""The agreement between the sandbox's SDL and a reference schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import print_schema, validate_schema

from sandbox.upwork import agreement
from sandbox.upwork.schema_files import executable_schema

REFERENCE = Path(__file__).parents[2] / ".." / "shared" / "upwork" / "schema-2026-04.graphql"
BASE = """
type Query { job(id: ID!): Job  jobs(first: Int): [Job!]! }
type Job { id: ID! title: String kind: Kind }
enum Kind { HOURLY FIXED }
input Wanted { id: ID! note: String }
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_sdl_builds_with_and_without_additions() -> None:
    for additions in (True, False):
        schema = executable_schema(additions=additions)
        assert validate_schema(schema) == []
        mutation = schema.mutation_type
        assert mutation is not None
        assert ("createJobProposal" in mutation.fields) is additions


def test_it_agrees_with_the_real_schema() -> None:
    if not REFERENCE.exists():
        pytest.skip(
            "the reference schema is not beside this checkout (../shared/upwork/schema-2026-04.graphql)"
        )
    found = agreement.check(agreement.sdl_files(), REFERENCE)
    assert found.disagreements == ()
    assert [line for line in found.additions if "createJobProposal" in line]
    assert [line for line in found.additions if "viewedByClient" in line]


def test_it_agrees_with_itself(tmp_path: Path) -> None:
    text = print_schema(executable_schema(additions=True))
    found = agreement.check(agreement.sdl_files(), write(tmp_path / "whole.graphql", text))
    assert (found.disagreements, found.additions) == ((), ())


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        ("type Job { id: ID }", "Job.id: ID here, ID! in the reference"),
        ("type Job { id: ID! nope: Int }", "Job.nope: no such field"),
        ("type Job { title: [String] }", "Job.title: [String] here, String in the reference"),
        ("input Job { id: ID! }", "Job: is input here, type in the reference"),
        ("type Nope { id: ID! }", "type Nope: not in the reference"),
        ("enum Kind { HOURLY MONTHLY }", "Kind.MONTHLY: no such enum value"),
        ("type Query { job: Job }", "Query.job(id): required in the reference, missing here"),
        ("type Query { jobs(first: Int!): [Job!]! }", "Query.jobs(first): Int! here, Int in the reference"),
        ("type Query { jobs(last: Int): [Job!]! }", "Query.jobs(last): no such argument"),
        ("input Wanted { note: String }", "Wanted.id: required in the reference, missing here"),
    ],
)
def test_every_kind_of_difference_is_told(tmp_path: Path, ours: str, expected: str) -> None:
    reference = write(tmp_path / "reference.graphql", BASE)
    assert agreement.disagreements([write(tmp_path / "ours.graphql", ours)], reference) == [expected]


def test_additions_may_be_absent_but_not_different(tmp_path: Path) -> None:
    reference = write(tmp_path / "reference.graphql", BASE)
    later = "extend type Job { viewed: Boolean title: Int } extend input Wanted { more: Int }"
    found = agreement.check([write(tmp_path / "after_x.graphql", later)], reference)
    assert found.disagreements == ("Job.title: Int here, String in the reference",)
    assert set(found.additions) == {"Job.viewed: no such field", "Wanted.more: no such field"}


def test_odd_references_are_read(tmp_path: Path) -> None:
    odd = (
        '" a description with \\n an escape "\ndirective @odd(x: Int) on OBJECT\n'
        '""" text """\ntype Job @odd(x: 1) @unknown { "x" id: ID! @unknown other: Undefined }\n'
        "extend type Job { title: String }\nscalar Date\nunion Any = Job"
    )
    reference = write(tmp_path / "reference.graphql", odd)
    ours = write(
        tmp_path / "ours.graphql", "type Job { id: ID! title: String other: Undefined } union Any = Job"
    )
    assert agreement.disagreements([ours], reference) == []


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = write(tmp_path / "whole.graphql", print_schema(executable_schema(additions=False)))
    assert agreement.main([str(whole)]) == 0
    assert "later addition: Mutation.createJobProposal" in capsys.readouterr().out
    assert agreement.main([str(write(tmp_path / "small.graphql", BASE))]) == 1
    assert "MarketplaceJobPosting: not in the reference" in capsys.readouterr().out
    assert agreement.main([str(write(tmp_path / "broken.graphql", "type {"))]) == 2
    assert "broken.graphql:1" in capsys.readouterr().err
