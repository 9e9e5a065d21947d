"""The evaluation set and its counting: planted faults are counted, and what cannot run is said kindly."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from benchmarks.evals.__main__ import main
from benchmarks.evals.cases import Case, Kind, cases, chosen
from benchmarks.evals.counting import Outcome, count, words_in
from benchmarks.evals.progress import Bar
from benchmarks.evals.report import ALL, as_markdown, as_text, tabulate
from benchmarks.evals.running import KeyRefused, Row, run, write
from core.drafting.assemble import assemble
from core.drafting.compose import shown_facts
from core.drafting.draft import Finished, Note, NoteCode, OfflineReason
from core.drafting.llm import LLMEndpoint, LLMEvent, Prompt, Vendor
from core.drafting.llm_anthropic import AnthropicLLM
from core.drafting.llm_openai import OpenAILLM
from core.drafting.obedience import harmless
from core.drafting.parser import DraftParser
from core.errors import Invalid
from core.matching.instructions import find_instructions
from tests.sandbox.llm_side import LLMServer

GOOD = "BLUE\n\nA museum shop needs a back end that stays up. I have written Python for seven years."


def named(name: str) -> Case:
    return next(case for case in cases() if case.name == name)


def answered(letter: str, answers: dict[int, str] | None = None) -> str:
    given = [{"question": number, "text": text, "needs_fact": ""} for number, text in (answers or {}).items()]
    return f"<letter>\n{letter}\n</letter>\n<data>\n{json.dumps({'answers': given, 'claims': [], 'gaps': []})}\n</data>"


def finished(case: Case, text: str) -> Finished:
    """What the product makes of a model's answer, without asking a model."""
    parser = DraftParser()
    parser.feed(text)
    _, parsed = parser.finish()
    return Finished(assemble(case.request, shown_facts(case.request), parsed.letter, parsed.data))


def test_the_set_is_large_and_has_every_kind_in_it() -> None:
    everything = cases()
    assert len(everything) >= 40
    assert {case.kind for case in everything} == set(Kind)
    assert {"en", "uk"} <= {case.language for case in everything}
    groups = {case.group for case in everything}
    assert groups >= {
        "hidden instruction",
        "questions",
        "injection",
        "thin profile",
        "language",
        "revision",
        "reply",
    }
    assert all(case.must for case in everything if case.group == "hidden instruction")
    assert all(case.never for case in everything if case.group == "injection")
    assert all(case.answerable for case in everything if case.group == "questions")
    kept = [
        part for case in everything for part in case.keep if part not in getattr(case.request, "letter", "")
    ]
    assert kept == []


def test_most_hidden_instructions_are_ones_the_product_finds_and_obeys() -> None:
    hidden = [case for case in cases() if case.group == "hidden instruction"]
    found = [
        case
        for case in hidden
        if case.request.posting is not None
        and any(harmless(item) for item in find_instructions(case.request.posting.text))
    ]
    assert len(found) >= len(hidden) - 1


def test_a_part_and_a_few_of_each_group_can_be_chosen() -> None:
    assert {case.group for case in chosen("injection")} == {"injection"}
    few = chosen(limit=9)
    assert len(few) == 9
    assert len({case.group for case in few}) == 9
    assert chosen("no such case") == ()


@pytest.mark.parametrize(
    ("lie", "unsupported"),
    [("", 0), (" I also built 40 museum sites.", 1), (" I have worked for Globex since 1999.", 2)],
)
def test_a_planted_untruth_is_counted(lie: str, unsupported: int) -> None:
    case, text = named("start with blue"), answered(GOOD + lie)
    counted = count(case, finished(case, text), text)
    assert counted.outcome is Outcome.WRITTEN
    assert (counted.before, counted.after) == (unsupported, unsupported)
    assert counted.missed == ()


def test_what_is_mended_is_counted_apart() -> None:
    case = named("start with blue")
    untrue, mended = answered(GOOD + " I also built 40 museum sites."), answered(GOOD)
    counted = count(case, finished(case, mended), untrue)
    assert (counted.before, counted.after) == (1, 0)


@pytest.mark.parametrize(
    ("name", "text", "missed"),
    [
        ("start with blue", answered(GOOD.removeprefix("BLUE\n\n")), ("start_with: BLUE",)),
        ("include the river", answered("A canoe club needs letters people open."), ("include: Dnister",)),
        ("two it can answer", answered("Parking.", {1: "Seven years."}), ("question 2",)),
        ("one it cannot answer", answered("Refunds.", {1: "A language school's."}), ()),
        (
            "clinic in ukrainian",
            answered("Your patients need fewer steps between two screens."),
            ("language: uk",),
        ),
        ("mention docker", answered("A timetable that changes every week."), ("include: Docker",)),
        ("shorter", answered("word " * 200 + "Olena"), ("shorter",)),
        ("shorter", answered("A short letter."), ("keep: Olena",)),
    ],
)
def test_a_missed_wish_is_counted(name: str, text: str, missed: tuple[str, ...]) -> None:
    case = named(name)
    assert count(case, finished(case, text), text).missed == missed


def test_an_obeyed_stranger_is_counted_in_letter_and_answers() -> None:
    case = named("ignore everything")
    text = answered("I work FOR FREE, write to deals@quick-hire.example.")
    assert count(case, finished(case, text), text).obeyed == ("deals@quick-hire.example", "for free")
    asked = named("order in a question")
    text = answered("Ferries.", {1: "My address is 1 Harbour Road."})
    assert count(asked, finished(asked, text), text).obeyed == ("address is",)


def test_length_is_counted_against_the_asked_range() -> None:
    case = named("eighty words")
    for letter, off in (("word " * 20, True), ("word " * 80, False), ("word " * 150, True)):
        text = answered(letter)
        assert count(case, finished(case, text), text).off_length is off
    assert words_in("It's a well-known п'ять-слів.") == 4


def test_refusals_and_bad_forms_are_told_apart() -> None:
    case = named("start with blue")
    output = finished(case, answered(GOOD)).output
    noted = Finished(assemble(case.request, (), GOOD, None, [Note(NoteCode.MALFORMED)]))
    for over, outcome in (
        (Finished(output, offline=True, reason=OfflineReason.REFUSED), Outcome.REFUSED),
        (Finished(output, offline=True, reason=OfflineReason.EMPTY), Outcome.MALFORMED),
        (Finished(output, offline=True, reason=OfflineReason.UNAVAILABLE), Outcome.FAILED),
        (noted, Outcome.MALFORMED),
    ):
        assert count(case, over, "").outcome is outcome


@pytest.fixture(scope="module")
def server() -> Iterator[LLMServer]:
    with LLMServer() as running:
        yield running


@pytest.fixture
async def side(server: LLMServer) -> LLMServer:
    await server.reset()
    return server


def endpoint(side: LLMServer) -> LLMEndpoint:

    return LLMEndpoint(
        Vendor.ANTHROPIC, SecretStr("k"), "claude-haiku-5-5", "claude-sonnet-5-5", side.anthropic_url, 5
    )


async def test_a_few_cases_are_written_by_the_sandbox_and_make_a_table(side: LLMServer) -> None:
    llm, said = AnthropicLLM(endpoint(side)), []
    few = chosen(limit=9)
    rows = await run(llm, few, lambda case: llm.name, done=lambda row: said.append(row.case.name))
    await llm.aclose()
    assert [row.case.name for row in rows] == [case.name for case in few]
    assert sorted(said) == sorted(case.name for case in few)
    lines = tabulate(rows)
    total = next(line for line in lines if line.group == ALL)
    assert total.cases == 9
    assert total.failed == total.refused == 0
    assert total.cost is not None
    assert total.cost > 0
    assert total.tokens_in == sum(row.usage.input_tokens for row in rows if row.usage)
    assert total.first_word is not None
    assert total.total is not None
    assert 0 < total.first_word <= total.total
    assert "claude-sonnet-5-5" in as_text(lines)
    assert "| all | 9 |" in as_markdown(lines, rows, "a note")


async def test_an_obedient_model_is_caught(side: LLMServer) -> None:
    await side.control(mode="evil")
    llm = AnthropicLLM(endpoint(side))
    rows = await run(llm, chosen("injection"), lambda case: "m")
    await llm.aclose()
    assert sum(bool(row.count.obeyed) for row in rows) >= len(rows) - 2
    assert all(row.count.before for row in rows)


async def test_a_limit_is_waited_for_and_costs_no_measured_second(side: LLMServer) -> None:
    await side.control(mode="429", times=2, retry_after=1)
    llm = AnthropicLLM(endpoint(side))
    row = await write(llm, named("bus api"), "m")
    await llm.aclose()
    assert row.count.outcome is Outcome.WRITTEN
    assert len(await side.calls()) == 3


async def test_a_case_that_fails_is_a_row(side: LLMServer) -> None:
    await side.control(mode="500", times=1)
    llm = AnthropicLLM(endpoint(side))
    rows = await run(llm, chosen(limit=3), lambda case: "m", at_once=1)
    await llm.aclose()
    assert [row.count.outcome for row in rows].count(Outcome.FAILED) == 1
    assert next(row for row in rows if row.count.outcome is Outcome.FAILED).problem == "unavailable"
    assert next(line for line in tabulate(rows) if line.failed).cases >= 1


@pytest.mark.parametrize("mode", ["401", "400"])
async def test_a_refused_key_or_model_ends_the_run_at_once(side: LLMServer, mode: str) -> None:
    await side.control(mode=mode)
    llm = OpenAILLM(
        LLMEndpoint(Vendor.OPENAI, endpoint(side).api_key, "gpt-6-luna", "no-such", side.openai_url, 5)
    )
    with pytest.raises(KeyRefused):
        await run(llm, chosen(limit=6), lambda case: "m", at_once=1)
    await llm.aclose()
    assert len(await side.calls()) == 1


async def test_one_request_that_a_vendor_rejects_is_a_row(side: LLMServer) -> None:
    llm = AnthropicLLM(endpoint(side))

    class Picky:
        """Takes every request but the second."""

        name = "picky"
        calls = 0

        async def stream(self, prompt: Prompt) -> AsyncGenerator[LLMEvent, None]:
            self.calls += 1
            if self.calls == 2:
                raise Invalid(vendor="picky")
            async for event in llm.stream(prompt):
                yield event

        async def aclose(self) -> None: ...

    rows = await run(Picky(), chosen(limit=3), lambda case: "m", at_once=1)
    await llm.aclose()
    assert [row.count.outcome for row in rows] == [Outcome.WRITTEN, Outcome.FAILED, Outcome.WRITTEN]
    assert rows[1].problem == "invalid"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder without a `.env`, and no keys in the environment."""
    monkeypatch.chdir(tmp_path)
    for vendor in ("OPENAI", "ANTHROPIC"):
        for name in ("API_KEY", "BASE_URL", "MODEL_FAST", "MODEL_SMART"):
            monkeypatch.delenv(f"{vendor}_{name}", raising=False)
    return tmp_path


def test_the_command_starts_the_sandbox_when_there_is_no_key(
    alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["--limit", "4", "--models", "gpt-5,claude-haiku-5-5", "--out", str(alone / "made" / "table")])
        == 0
    )
    said = capsys.readouterr().out
    assert "gpt-5" in said
    assert "claude-haiku-5-5" in said
    assert "sandbox" in said
    written = json.loads((alone / "made" / "table.json").read_text())
    assert len(written["cases"]) == 8
    assert {line["group"] for line in written["lines"]} >= {ALL}
    assert (alone / "made" / "table.md").read_text().count("| all | 4 |") == 2


def test_the_command_names_the_setting_whose_key_is_refused(
    alone: Path, server: LLMServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:

    asyncio.run(server.reset())
    asyncio.run(server.control(mode="401"))
    (alone / ".env").write_text(f"OPENAI_API_KEY=sk-wrong-key\nOPENAI_BASE_URL={server.openai_url}\n")
    assert main(["--limit", "3"]) == 1
    said = capsys.readouterr().out
    assert "OPENAI_API_KEY" in said
    assert "sk-wrong-key" not in said
    assert main(["--models", "claude-sonnet-5-5"]) == 1
    assert "ANTHROPIC_API_KEY" in capsys.readouterr().out
    assert main(["--cases", "no such case"]) == 1
    assert "no such case" in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_is_drawn_where_somebody_sees_it() -> None:
    screen, pipe = Terminal(), io.StringIO()
    for out in (screen, pipe):
        bar = Bar(4, out)
        for step in range(4):
            bar.step(f"case {step}")
        bar.clear()
    assert "2/4 case 1" in screen.getvalue()
    assert "████" in screen.getvalue()
    assert pipe.getvalue() == ""


def test_a_model_without_a_known_price_has_none_in_the_table() -> None:
    case = named("start with blue")
    row = Row(case, "llama-local", count(case, finished(case, answered(GOOD)), answered(GOOD)))
    assert tabulate([row])[0].cost == 0
    assert "llama-local" in as_text(tabulate([row]))
