"""The catalogues: the same keys and placeholders in each language, everything used exists, everything that exists is used."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import string
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

import core
from bot.commands import COMMANDS
from bot.errors import text_for
from bot.states import State
from bot.texts import CATALOGUES, Words
from bot.views.alerts import THINGS
from bot.views.posting import LENGTHS
from core.drafting.draft import Chip, NoteCode, Tone
from core.drafting.lint import LintCode, Severity
from core.drafting.models import DraftKind, DraftState, VersionSource
from core.drafting.style import Opener as StyleOpener
from core.errors import AppError
from core.experiments.bandit import Split
from core.experiments.models import Factor
from core.experiments.models import State as ExperimentState
from core.experiments.recipe import WORDS
from core.jobs_feed.models import Band, CardState
from core.jobs_feed.posting import ContractType, ExperienceLevel
from core.jobs_feed.service import SKIP_REASONS
from core.matching.evidence import EvidenceCode
from core.matching.flags import FlagKind
from core.matching.learning import Family
from core.matching.lessons import BELOW, FROM
from core.matching.posting_facts import Reader
from core.notifications.notifier import Trouble
from core.proposals.models import ActionKind, ActionState
from core.security.alerts.models import AlertKind
from core.security.assurance import LEVELS, Act, Level
from core.security.stepup.limits import OF_MODELS, Limit
from core.templates.variables import VARIABLES
from core.upwork.confirming import Answer
from core.upwork.linking import Problem
from core.upwork.models import AccountStatus
from tests.guards.recorded import recorded_events

BOT = Path(__file__).resolve().parents[2] / "bot"
ENGLISH = CATALOGUES["en"]
KEY = re.compile(r"[a-z]+\.[a-z_0-9.]+")

SHOWN_STATES = [state for state in ActionState if state is not ActionState.CLAIMED]  # shown as approved
REFUSALS = ["used", "expired", "changed", "duplicate", "unknown"]
REASONS = [
    "purged",
    "applied",
    "first_version",
    "nothing_to_import",
    "empty",
    "too_short",
    "too_long",
    "no_number",
    "many_numbers",
    "not_a_price",
    "no_facts",
    "rate_range",
    "bid_range",
    "no_bid",
    "unanswered",
    "empty_query",
    "query_too_long",
    "unknown_button",
    "searches",
    "drafts_a_day",
    "exports_a_day",
    "llm_money",
    "llm_money_month",
    "template_unknown",
    "template_near",
    "template_in_use",
    "template_tried",
    "template_long",
    "templates",
    "not_a_text_file",
    "readings_a_day",
    "voice_long",
    "media_too_big",
    "file_gone",
    "file_empty",
    "not_audio",
    "not_readable",
    "image_big",
    "image_sides",
    "pdf_broken",
    "pdf_locked",
    "pdf_pages",
    "pdf_heavy",
    "pdf_no_text",
    "no_hearing",
    "no_seeing",
    "nothing_heard",
    "nothing_seen",
    "brief_short",
    "no_profile",
    "media_busy",
    "media_used",
    "file_too_big",
    "too_few_variants",
    "too_many_variants",
    "experiment_runs",
    "experiment_over",
    "step_up",
    "limit_range",
    *(state.value for state in DraftState if state is not DraftState.READY),
]
MISSING = ["profile", "search", "reauth", "link", "paused", "no_active"]

# Every text whose key is put together in code, with all that can stand in the gaps.
FAMILIES: dict[str, list[list[str]]] = {
    "command.{}": [list(COMMANDS)],
    "axis.{}": [["fit", "client", "odds"]],
    "level.{}": [[level.value for level in ExperienceLevel]],
    "wait.{}": [["seconds", "minutes", "hours"]],
    "length.{}": [list(LENGTHS.values())],
    "search.contract_{}": [[kind.value for kind in ContractType]],
    "evidence.{}": [[code.value for code in EvidenceCode]],
    "flag.{}": [[kind.value for kind in FlagKind]],
    "skip.{}": [list(SKIP_REASONS)],
    "card.read_by_{}": [[reader.value for reader in Reader]],
    "card.{}": [[CardState.SAVED, CardState.DRAFTING, CardState.APPLIED]],
    "chip.{}": [[chip.value for chip in Chip if chip is not Chip.CHANGE_PRICE]],
    "note.{}": [[code.value for code in NoteCode]],
    "lint.{}": [[code.value for code in LintCode]],
    "draft.by_{}": [[source.value for source in VersionSource]],
    "draft.hint_{}": [[kind.value for kind in DraftKind]],
    "draft.is_{}": [[state.value for state in DraftState if state is not DraftState.READY]],
    "draft.ask_{}": [["instruct", "price", "answer"]],
    "draft.placeholder_{}": [["instruct", "price", "answer"]],
    "draft.discarded_{}": [[kind.value for kind in DraftKind]],
    "approve.{}": [[kind.value for kind in ActionKind]],
    "approve.check_{}": [[kind.value for kind in ActionKind]],
    "approve.gate_{}": [[Severity.BLOCK, Severity.CONFIRM]],
    "approve.refused_{}": [REFUSALS],
    "approve.dead_{}": [[reason for reason in REFUSALS if reason != "unknown"]],
    "action.{}.{}": [[kind.value for kind in ActionKind], [state.value for state in SHOWN_STATES]],
    "action.problem_{}": [
        ["dropped", "locked", *(f"limit_{limit.value}" for limit in Limit if limit not in OF_MODELS)]
    ],
    "step_up.act_{}": [[act.value for act in Act if LEVELS[act] is not Level.S0]],
    "limits.{}": [[limit.value for limit in Limit if limit not in OF_MODELS]],
    "limits.ask_{}": [[limit.value for limit in Limit]],
    "profile.ask_{}": [["add", "replace", "rate"]],
    "button.{}": [["pause", "resume", *(limit.value for limit in Limit)]],
    "upwork.code_{}": [[answer.value for answer in Answer]],
    "upwork.stopped_{}": [[problem.value for problem in Problem]],
    "upwork.status_{}": [["none", *(status.value for status in AccountStatus)]],
    "next.{}": [MISSING],
    "{}.ask": [["profile", "search"]],
    "family.{}": [[family.value for family in Family]],
    "lesson.{}": [[family.value for family in (*BELOW, *FROM)]],
    "style.tone_{}": [[tone.value for tone in Tone]],
    "style.opener_{}": [[opener.value for opener in StyleOpener]],
    "style.lists_{}": [["yes", "no"]],
    "band.{}": [[band.value for band in Band]],
    "stats.step_{}": [["cards", "shown", "drafted", "sent", "replied", "hired"]],
    "alert.{}": [[kind.value for kind in AlertKind]],
    "alert.{}_more": [[kind.value for kind in AlertKind]],
    "alert.thing_{}": [list(THINGS)],
    "operators.{}": [[trouble.value for trouble in Trouble]],
    "event.{}": [sorted(recorded_events())],
    "gap.{}": [list(VARIABLES)],
    "template.ask_{}": [["add", "edit", "import"]],
    "template.did_{}": [["delete", "improve", "take", "leave"]],
    "template.improve_{}": [["no_model", "failed", "over_limit", "untrue", "same"]],
    "experiment.factor_{}": [[factor.value for factor in Factor]],
    "experiment.as_{}": [[variant for variants in WORDS.values() for variant in variants]],
    "experiment.try_{}": [[factor.value for factor in Factor]],
    "experiment.split_{}": [[split.value for split in Split]],
    "experiment.is_{}": [[state.value for state in ExperimentState]],
    "experiment.end_{}": [["running", "kept"]],
    "experiment.says_{}": [["open", "clear"]],
    "media.{}": [["paste_job", "paste_facts"]],
    "button.media_{}": [["paste_job", "paste_facts"]],
    "fallback.media_{}": [["idle", "reply", *(state.value for state in State)]],
}
# Looked up only where there is one: the most specific text for an error wins.
OPTIONAL = {"error.{}", "error.{}.{}", "action.problem_{}"}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(BOT.rglob("*.py")):
        if "texts" not in path.parts:
            yield path, ast.parse(path.read_text())


def template(node: ast.JoinedStr) -> str:
    return "".join(
        part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "{}"
        for part in node.values
    )


def asked(node: ast.Call) -> bool:
    """`words(…)`, `words.plain(…)`, `Words(locale)(…)`: a text is looked up."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr == "plain"
    return (isinstance(function, ast.Name) and function.id in {"words", "speak"}) or (
        isinstance(function, ast.Call) and isinstance(function.func, ast.Name) and function.func.id == "Words"
    )


def outside_fstrings(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, ast.JoinedStr):
        for child in ast.iter_child_nodes(node):
            yield from outside_fstrings(child)


def test_every_key_that_code_asks_for_exists() -> None:
    wanted: dict[str, str] = {}
    for path, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not asked(node) or not node.args:
                continue
            for inner in outside_fstrings(node.args[0]):
                if (
                    isinstance(inner, ast.Constant)
                    and isinstance(inner.value, str)
                    and KEY.fullmatch(inner.value)
                ):
                    wanted[inner.value] = f"{path.name}:{node.lineno}"
    assert len(wanted) > 100
    assert {key: place for key, place in wanted.items() if key not in ENGLISH} == {}


def test_every_key_put_together_in_code_is_a_known_family() -> None:
    found = {
        template(node): f"{path.name}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        and re.fullmatch(r"(?=.*[a-z])[a-z_{}]+\.[a-z_.{}]+", template(node))
    }
    families = set(FAMILIES) | OPTIONAL
    assert {key: place for key, place in found.items() if key not in families} == {}
    assert families - set(found) == set()


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_member_of_a_family_has_its_text(family: str) -> None:
    keys = {family.format(*parts) for parts in product(*FAMILIES[family])}
    assert keys - set(ENGLISH) == set()


def test_every_key_is_used() -> None:
    constants = {
        node.value
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    expanded = {family.format(*parts) for family, gaps in FAMILIES.items() for parts in product(*gaps)} | set(
        error_keys()
    )
    assert set(ENGLISH) - constants - expanded == set()


def error_classes() -> list[type[AppError]]:
    for module in pkgutil.walk_packages(core.__path__, "core."):
        importlib.import_module(module.name)
    found: list[type[AppError]] = [AppError]
    for kind in found:
        found.extend(kind.__subclasses__())
    # Another test may have imported the web process, whose refusals never reach a chat.
    return [kind for kind in found if kind.__module__.split(".")[0] == "core"]


def error_keys() -> Iterator[str]:
    for kind in error_classes():
        yield f"error.{kind.code}"
        yield from (
            f"error.{kind.code}.{reason}"
            for reason in [*REASONS, "version", "template", "offer", "experiment"]
        )


def test_every_error_that_can_reach_a_user_has_its_own_text() -> None:
    codes = {kind.code for kind in error_classes()}
    assert {code for code in codes if f"error.{code}" not in ENGLISH} == set()


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_for_a_refusal_has_its_own_text(reason: str) -> None:
    assert [key for key in ENGLISH if key.startswith("error.") and key.endswith(f".{reason}")]


def raised_reasons() -> set[str]:
    """Reasons named at a `raise` in core and bot."""
    found = set()
    for folder in (BOT, BOT.parent / "core"):
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in {"Invalid", "Conflict", "LimitReached", "Forbidden"}
                ):
                    found |= {
                        keyword.value.value
                        for keyword in node.keywords
                        if keyword.arg == "reason"
                        and isinstance(keyword.value, ast.Constant)
                        and isinstance(keyword.value.value, str)
                    }
    return found


def test_no_reason_is_raised_that_nobody_put_into_words() -> None:
    # What refuses an approval has words of its own: a card is redrawn with them.
    assert raised_reasons() - set(REASONS) - set(REFUSALS) == set()


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_every_error_can_be_spoken_without_any_number(locale: str) -> None:
    words = Words(locale)
    for kind in error_classes():
        for reason in [None, *REASONS]:
            assert text_for(words, kind(reason=reason)).strip()


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_the_catalogues_have_the_same_keys(locale: str) -> None:
    assert set(CATALOGUES[locale]) == set(ENGLISH)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_the_catalogues_have_the_same_placeholders(locale: str) -> None:
    for key, text in CATALOGUES[locale].items():
        assert placeholders(text) == placeholders(ENGLISH[key]), key


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_plural_forms_are_complete(locale: str) -> None:
    forms = 3 if locale == "uk" else 2
    for key, text in CATALOGUES[locale].items():
        for _, name, spec, _ in string.Formatter().parse(text):
            if name and spec and "|" in spec:
                assert len(spec.split("|")) == forms, key


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_texts_fit_where_they_are_shown(locale: str) -> None:
    texts = CATALOGUES[locale]
    for key, text in texts.items():
        assert text == text.strip(), key
        assert len(text) <= 1500, key
        if key.startswith(("button.", "chip.")):
            assert len(text) <= 34, key
    for command in COMMANDS:
        assert 3 <= len(texts[f"command.{command}"]) <= 256
    assert len(texts["about.short"]) <= 120
    assert len(texts["about.description"]) <= 512
    for key in texts:
        if key.startswith("draft.placeholder_") or key.endswith(".placeholder"):
            assert len(texts[key]) <= 64, key


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_markup_is_balanced_and_known_to_telegram(locale: str) -> None:
    for key, text in CATALOGUES[locale].items():
        open_tags: list[str] = []
        for closing, tag in re.findall(r"<(/?)(\w+)[^>]*>", text):
            assert tag in {"b", "i", "u", "s", "code", "pre", "blockquote"}, key
            if closing:
                assert open_tags, key
                assert open_tags.pop() == tag, key
            else:
                open_tags.append(tag)
        assert not open_tags, key
        assert not re.search(r"&(?!\w+;)", text), key


PLAIN = ("error.", "approve.refused_", "card.moved_on", "fallback.button", "button.", "chip.", "skip.")


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_texts_shown_without_markup_have_none(locale: str) -> None:
    for key, text in CATALOGUES[locale].items():
        if key.startswith(PLAIN):
            assert not re.search(r"<\w", text), key


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
def test_alerts_fit_telegrams_two_hundred_characters(locale: str) -> None:
    alerts = (
        "approve.refused_",
        "card.moved_on",
        "fallback.button",
        "draft.is_",
        "draft.newer",
        "action.found",
    )
    for key, text in CATALOGUES[locale].items():
        if key.startswith(
            (*alerts, "error.conflict", "error.not_found", "error.upwork_", "error.invalid.un")
        ):
            assert len(text) <= 190, (key, len(text))


def test_ukrainian_is_written_in_ukrainian() -> None:
    for key, text in CATALOGUES["uk"].items():
        assert not re.search(r"[ыэёъ]", text, re.IGNORECASE), key
        words = re.sub(r"<[^>]+>|\{[^}]*\}|https?:\S+", " ", text)
        if key not in {"language.name", "command.language", "search.placeholder", "profile.skills"}:
            assert re.search(r"[а-яіїєґ]", words, re.IGNORECASE) or not re.search(r"[A-Za-z]{3}", words), key


def test_english_has_no_cyrillic_but_the_other_languages_name() -> None:
    for key, text in ENGLISH.items():
        if key not in {"command.language", "start.help"}:
            assert not re.search(r"[а-яіїєґ]", text, re.IGNORECASE), key
