"""Templates as text: their gaps, what fills them, what happens when nothing does, and several out of one paste."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.drafting.assemble import checked
from core.drafting.draft import NoteCode, Opener, Pattern
from core.drafting.llm import Tier
from core.drafting.offline import write_offline
from core.drafting.render import render
from core.errors import Invalid
from core.jobs_feed.posting import ClientFacts
from core.matching.instructions import find_instructions
from core.templates.importing import MOST, named_text, parse_templates
from core.templates.improving import Improvement, judge
from core.templates.variables import VARIABLES, checked_body, names_in
from tests.core.drafting_cases import PROFILE, posting, proposal

BODY = """Hi {client_name},

About “{job_title}”: I work with {skills}. {best_fact}.

My rate is {my_rate}. I know {client_country} well.

{my_name}"""


def written(body: str, **over: object) -> str:
    return write_offline(proposal(template=Pattern("Mine", body), **over)).letter


def test_every_gap_is_filled_from_the_posting_the_profile_or_the_bid() -> None:
    client = replace(
        posting(), client=ClientFacts(country="Norway"), description="We need an API.\n\nThanks,\nMarta"
    )
    letter = written(" ".join(f"[{name}={{{name}}}]" for name in VARIABLES), posting=client)
    assert "{" not in letter
    for wanted in (
        "[client_name=Marta]",
        "[client_country=Norway]",
        "[my_rate=$55]",
        "[my_bid=$55/h]",
        "[my_name=Olena]",
    ):
        assert wanted in letter


def test_what_nobody_knows_leaves_no_hole() -> None:
    output = write_offline(proposal(template=Pattern("Mine", BODY)))
    assert output.letter.startswith("Hi,\n")
    assert "well" not in output.letter
    assert "My rate is $55." in output.letter
    notes = {note.code: note.params for note in output.notes}
    assert notes[NoteCode.FROM_TEMPLATE] == {"name": "Mine"}
    assert notes[NoteCode.TEMPLATE_GAPS] == {"names": "{client_country}"}


@pytest.mark.parametrize("greeting", ["Вітаю, {client_name}!", "Hello {client_name}!", "Dear {client_name},"])
def test_a_greeting_without_a_name_reads_well(greeting: str) -> None:
    first = written(f"{greeting}\n\nI can help.").splitlines()[0]
    assert first in {"Вітаю!", "Hello!", "Dear,"}


def test_clients_words_are_never_taken_for_gaps() -> None:
    letter = written("About {job_title}.", posting=posting(title="Fix {my_rate} and {nonsense}"))
    assert letter == "About Fix {my_rate} and {nonsense}."


def test_an_unknown_gap_is_refused_kindly_and_a_mistyped_one_is_guessed() -> None:
    with pytest.raises(Invalid) as unknown:
        checked_body("Hi {unicorns}")
    assert unknown.value.data["reason"] == "template_unknown"
    assert "{job_title}" in str(unknown.value.data["known"])
    with pytest.raises(Invalid) as near:
        checked_body("Hi {clientname}")
    assert near.value.data["near"] == "{client_name}"


def test_gaps_may_be_written_in_other_ways() -> None:
    assert checked_body("{{ Job_Title }} and { my_rate }") == "{job_title} and {my_rate}"
    assert checked_body('json {"a": 1} stays') == 'json {"a": 1} stays'
    assert names_in("{skills} {my_rate} {skills}") == ("skills", "my_rate")


def test_a_template_is_no_evidence() -> None:
    request = proposal(
        template=Pattern("Mine", "I have 19 years of Rust and built things for Globex. I know Docker.")
    )
    quotes = {finding.quote for finding in checked(request, write_offline(request)).needs_fact}
    assert {"19 years", "Rust", "Globex"} <= quotes
    assert "Docker" not in quotes


def test_the_clients_request_is_obeyed_in_a_template_too() -> None:
    asked = find_instructions("Please start your proposal with the word BLUE.")
    assert written("I can help.", instructions=tuple(asked)).startswith("BLUE")


def test_a_model_gets_the_filled_template_fenced_and_the_tier_that_was_drawn() -> None:
    prompt = render(proposal(tier=Tier.FAST), PROFILE.facts, pattern="About your billing.")
    assert (prompt.name, prompt.tier) == ("proposals/template", Tier.FAST)
    assert "=== template " in prompt.user
    assert "About your billing." in prompt.user
    assert "one real question" in render(proposal(opener=Opener.QUESTION), PROFILE.facts).user


def test_openers_begin_with_what_they_are_about() -> None:
    letters = {opener: write_offline(proposal(opener=opener)).letter.split("\n\n") for opener in Opener}
    assert "billing portal" in letters[Opener.PROOF][1]
    assert "billing portal" not in letters[Opener.NEED][1]
    assert letters[Opener.QUESTION][1].split("?")[0] + "?" not in "\n".join(letters[Opener.QUESTION][2:])
    assert len({"\n".join(letter) for letter in letters.values()}) == 3


def test_several_templates_out_of_one_text() -> None:
    found = parse_templates(
        "# Payments\nHi {client_name},\nI do billing.\n\n## Scrapers\nI collect data.\n---\n"
        "I am the third, without a name.\n===\n***\n"
    )
    assert [(one.name, one.body) for one in found] == [
        ("Payments", "Hi {client_name},\nI do billing."),
        ("Scrapers", "I collect data."),
        ("I am the third, without a name.", "I am the third, without a name."),
    ]
    assert len(parse_templates("# x\nbody\n" * 100)) == MOST
    assert parse_templates("---\n\n###\n") == ()


def test_a_typed_template_may_begin_with_its_name() -> None:
    assert named_text("Payments\nHi there,\nI do billing.").name == "Payments"
    whole = named_text("Hi there,\nI do billing.")
    assert (whole.name, whole.body) == ("Hi there", "Hi there,\nI do billing.")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("Your {job_title} is what I do.", Improvement.OFFERED),
        ("I do {job_title}", Improvement.SAME),
        ("I do jobs", Improvement.UNTRUE),
        ("I do {job_title} and {my_rate}", Improvement.UNTRUE),
        ("I do {job_title} and {unicorns}", Improvement.UNTRUE),
        ("With 12 years of Haskell I do {job_title}.", Improvement.UNTRUE),
        ("With 8 years of Python I do {job_title}.", Improvement.OFFERED),
        ("…", Improvement.FAILED),
    ],
)
def test_a_models_wording_is_judged_by_code(after: str, said: Improvement) -> None:
    assert judge("I do {job_title}", after, PROFILE) is said


@pytest.mark.parametrize("typed", ["{job title}", "{job-title}", "{{ Job Title }}", "{job.title}"])
def test_what_was_meant_as_a_gap_never_reaches_a_client_in_braces(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_body(f"About {typed}.")
    assert refused.value.data["near"] == "{job_title}"
    assert checked_body('I return {"ok": true} and {1}.') == 'I return {"ok": true} and {1}.'
