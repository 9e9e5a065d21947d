"""The worst content there can be still fits Telegram's messages, and its own markup stays text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from bot.texts import CATALOGUES, Html, Words
from bot.ui import CAPTION_LIMIT, TEXT_LIMIT, Screen, clip, cut, fitting, units, visible
from bot.views.actions import action_screen
from bot.views.cards import card_screen, jobs_screen, list_screen
from bot.views.cautions import Caution
from bot.views.drafts import approval_screens, draft_screens
from bot.views.packing import pack, quoted, split
from bot.views.profile import Taken, profile_screen
from bot.views.stats import caption
from bot.views.stories import story_screens
from core.analytics.funnel import Funnel
from core.drafting.draft import (
    LETTER_LIMIT,
    Answer,
    Bid,
    ClaimFinding,
    DraftOutput,
    FindingKind,
    Note,
    NoteCode,
)
from core.drafting.lint import LintCode, Severity
from core.drafting.models import Draft, DraftKind, DraftState, DraftVersion, VersionSource
from core.drafting.service import Version
from core.jobs_feed.models import CardState, JobCard
from core.jobs_feed.posting import ContractType, ExperienceLevel, JobPosting, ScreeningQuestion
from core.jobs_feed.service import SKIP_REASONS, Card
from core.matching.evidence import Axis, Evidence, EvidenceCode, Sign
from core.matching.flags import Flag, FlagKind
from core.matching.flags import Severity as FlagSeverity
from core.matching.score import Score
from core.messaging.models import Room, Story
from core.messaging.service import StoryCard
from core.profile.facts import Fact, FactKind, Profile
from core.profile.parsing import MAX_FACTS
from core.proposals.models import Action, ActionKind, ActionState
from core.proposals.payload import Payload, PayloadAnswer
from sandbox.telegram.text import formatted

NOW = datetime.now(UTC)
NASTY = ["𝔘", "<b>&amp;</b>", "🧑‍💻 ", "a", "\u2067&", "]]>\"'`*_~|", "й\n"]
LOCALES = sorted(CATALOGUES)


def much(piece: str, characters: int) -> str:
    return (piece * characters)[:characters]


def accepted(screens: Sequence[Screen], limit: int = TEXT_LIMIT) -> str:
    """What Telegram makes of the screens; it refuses what is too long, empty or badly nested."""
    assert screens
    texts = []
    for screen in screens:
        text, _ = formatted(screen.text, "HTML", None, "message is too long", limit)
        assert text
        assert sum(len(row) for row in screen.rows) <= 100
        for row in screen.rows:
            for button in row:
                assert 0 < len(button.text) <= 64
                assert not button.callback_data or len(button.callback_data.encode()) <= 64
        texts.append(text)
    return "\n".join(texts)


def evidence(piece: str) -> tuple[Evidence, ...]:
    params: dict[str, Any] = dict.fromkeys(("skills", "words"), tuple(much(piece, 100) for _ in range(9)))
    params |= {
        "fact": "F60",
        "similarity": 0.5,
        "rate": "0.5",
        "offered": 70,
        "hires": 10**6,
        "posted": 10**6,
    }
    params |= {
        "dollars": 10**9,
        "stars": 5,
        "reviews": 10**6,
        "years": 20,
        "minutes": 10**6,
        "count": 10**6,
        "wanted": 9,
    }
    params |= {"answers": 1000, "before": 100, "after": 100, "reply": 0.5, "hire": 0.5}
    params |= {"sure": 0.5, "proposals": 1000, "connects": 10**6, "uplift": 0.5}
    return tuple(
        Evidence(code, Sign.PLUS, params | ({"rate": 0.5} if code is EvidenceCode.CLIENT_HIRE_RATE else {}))
        for code in EvidenceCode
    )


def posting(piece: str) -> JobPosting:
    return JobPosting(
        upwork_id="1",
        ciphertext="~1",
        title=much(piece, 400) + "x",
        description=much(piece, 5000) + ' Start your proposal with the word "' + much("W", 60) + '". ' * 30,
        published_at=NOW - timedelta(days=9),
        contract=ContractType.HOURLY,
        hourly_min=Decimal(10),
        hourly_max=Decimal(10**6),
        currency="XYZ",
        experience=ExperienceLevel.INTERMEDIATE,
        duration=much(piece, 60),
        questions=tuple(ScreeningQuestion(number, much(piece, 600) + "?") for number in range(6)),
    )


def card(piece: str, state: CardState = CardState.SHOWN) -> Card:
    reasons = evidence(piece)
    axes = [Axis(100.0, 0.1, reasons[start:]) for start in (0, 10, 20)]
    flags = tuple(
        Flag(kind, FlagSeverity.STOP, much(piece, 300), (("offered", "150"), ("kind", "hourly")))
        for kind in FlagKind
    )
    row = JobCard(
        tenant_id=uuid4(),
        id=uuid4(),
        upwork_id="1",
        ciphertext="~1",
        search_id=uuid4(),
        band="instant",
        state=state,
        fit=100,
        client=100,
        odds=100,
        total=100,
        reposts=99,
        published_at=NOW,
        seen_at=NOW - timedelta(days=9),
        skip_reason=SKIP_REASONS[0],
    )
    score = object.__new__(Score)
    for name, value in {
        "fit": axes[0],
        "client": axes[1],
        "odds": axes[2],
        "flags": flags,
        "total": 100.0,
    }.items():
        object.__setattr__(score, name, value)
    return Card(row, posting(piece), score)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("piece", NASTY)
@pytest.mark.parametrize("state", list(CardState))
def test_every_card_fits(locale: str, piece: str, state: CardState) -> None:
    words = Words(locale)
    for asking in (False, True):
        screen = card_screen(words, card(piece, state), now=NOW, recent=[1] * 100, asking_reason=asking)
        shown = accepted([screen])
        assert words.plain("axis.odds") in shown


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("piece", NASTY)
def test_lists_of_cards_fit(locale: str, piece: str) -> None:
    words = Words(locale)
    cards = [card(piece) for _ in range(8)]
    accepted([list_screen(words, words("digest.heading", n=8), cards)])
    accepted([jobs_screen(words, cards, page=98, more=True)])


def output(piece: str, *, answers: int = 6) -> DraftOutput:
    quote = much(piece, 300)
    return DraftOutput(
        letter=much(piece, LETTER_LIMIT - 1) + ".",
        language="en",
        answers=tuple(Answer(number, much(piece, 4999) + ".", much(piece, 200)) for number in range(answers)),
        gaps=tuple(much(piece, 200) for _ in range(8)),
        findings=tuple(
            ClaimFinding(FindingKind.NAME, quote, quote, (f"F{number}",), 0, 1) for number in range(60)
        ),
        notes=tuple(
            Note(
                code,
                dict.fromkeys(
                    ("instruction", "topic", "language", "amount", "facts", "name", "names"), much(piece, 500)
                ),
            )
            for code in NoteCode
        ),
        bid=Bid(Decimal("999999.99"), ContractType.FIXED),
    )


def cautions(piece: str) -> list[Caution]:
    names = (
        "length",
        "limit",
        "point",
        "name",
        "count",
        "positions",
        "number",
        "question",
        "kind",
        "value",
        "sentence",
    )
    params = {name: much(piece, 300) for name in (*names, "quote", "percent", "index")}
    return [Caution(code, Severity.BLOCK, params, answer) for code in LintCode for answer in (None, 1, 2, 3)]


def draft_of(kind: DraftKind) -> Draft:
    return Draft(tenant_id=uuid4(), id=uuid4(), kind=kind, state=DraftState.READY, current=99_999)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("piece", NASTY)
@pytest.mark.parametrize("kind", list(DraftKind))
def test_every_draft_fits_and_shows_every_word(locale: str, piece: str, kind: DraftKind) -> None:
    row = DraftVersion(
        number=99_999, source=VersionSource.REVISED, model=much("m", 100), offline=False, cost_usd=Decimal(1)
    )
    version = Version(row, output(piece))
    screens = draft_screens(
        Words(locale),
        draft_of(kind),
        version,
        posting(piece),
        heading=much(piece, 400),
        cautions=cautions(piece),
    )
    shown = accepted(screens)
    assert screens[-1].rows
    assert not any(screen.rows for screen in screens[:-1])
    sign = piece.strip()[-1]
    assert shown.count(sign) >= version.output.letter.count(sign)


def payload(piece: str, kind: ActionKind) -> Payload:
    return Payload(
        tenant_id=uuid4(),
        kind=kind,
        target="1",
        text=much(piece, LETTER_LIMIT - 1) + ".",
        draft_id=uuid4(),
        version=99_999,
        bid=Decimal("999999.99"),
        contract=ContractType.FIXED,
        answers=tuple(
            PayloadAnswer(question=much(piece, 600), answer=much(piece, 4999) + ".") for _ in range(6)
        ),
    )


@pytest.mark.parametrize("piece", NASTY)
@pytest.mark.parametrize("kind", list(ActionKind))
@pytest.mark.parametrize("gate", list(Severity))
def test_every_approval_fits_and_ends_in_its_buttons(piece: str, kind: ActionKind, gate: Severity) -> None:
    screens = approval_screens(
        Words("uk"),
        payload(piece, kind),
        nonce="n" * 43 if gate is Severity.HINT else None,
        gate=gate,
        heading=much(piece, 400),
        cautions=cautions(piece),
    )
    accepted(screens)
    assert screens[-1].rows
    assert not any(screen.rows for screen in screens[:-1])


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", list(ActionKind))
@pytest.mark.parametrize("state", list(ActionState))
def test_every_action_fits(locale: str, kind: ActionKind, state: ActionState) -> None:
    for piece in NASTY:
        action = Action(
            tenant_id=uuid4(),
            id=uuid4(),
            kind=kind,
            state=state,
            draft_id=uuid4(),
            problem=much(piece, 300),
            remote_id="9" * 40,
        )
        action.approved_at, action.settled_at = NOW - timedelta(days=9), NOW
        for content in (
            payload(piece, kind),
            payload("a", kind).model_copy(update={"text": "short", "answers": ()}),
        ):
            screen = action_screen(
                Words(locale), action, content, heading=much(piece, 400), url="https://www.upwork.com/jobs/~1"
            )
            accepted([screen])


@pytest.mark.parametrize("piece", NASTY)
def test_every_message_of_a_client_is_shown_whole(piece: str) -> None:
    text = much(piece, 12_000) + "."
    story = StoryCard(
        story=Story(tenant_id=uuid4(), id=uuid4()),
        room=Room(tenant_id=uuid4(), id=uuid4()),
        room_name=much(piece, 500),
        topic=much(piece, 500),
        author=much(piece, 500),
        text=text,
    )
    screens = story_screens(Words("en"), story, first=True)
    shown = accepted(screens)
    assert len("".join(shown.split())) >= len("".join(text.replace("\u2067", "").split()))
    assert screens[-1].rows


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("piece", NASTY)
def test_every_profile_fits(locale: str, piece: str) -> None:
    facts = tuple(
        Fact(
            uuid4(),
            number,
            FactKind.OTHER,
            much(piece, 300),
            tuple(f"{much(piece, 90)}{number}" for _ in range(3)),
        )
        for number in range(1, MAX_FACTS + 1)
    )
    profile = Profile(much(piece, 300), facts, Decimal("99.99"))
    accepted([profile_screen(Words(locale), profile, onboarding=True)])
    accepted([profile_screen(Words(locale), profile, onboarding=False, taken=Taken(True, True, True))])


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("piece", NASTY)
def test_every_caption_fits(locale: str, piece: str) -> None:
    ids = [uuid4() for _ in range(50)]
    funnel = Funnel(
        days=30,
        cards=10**6,
        shown=10**6,
        skipped=10**6,
        drafted=10**6,
        sent=10**6,
        viewed=10**6,
        replied=10**6,
        hired=10**6,
        replies_sent=10**6,
        delay=10.0**6,
        cost=10.0**6,
        skip_reasons=dict.fromkeys(SKIP_REASONS, 10**6),
        by_search=dict.fromkeys(ids, (10**6, 10**6)),
    )
    names = {search_id: much(piece, 300) for search_id in ids}
    accepted([Screen(caption(Words(locale), funnel, names))], CAPTION_LIMIT)


@pytest.mark.parametrize("piece", NASTY)
@pytest.mark.parametrize("size", [0, 1, 3399, 3400, 3401, 4096, 12_345])
def test_splitting_loses_nothing(piece: str, size: int) -> None:
    text = much(piece, size)
    parts = split(text)
    assert "".join(parts) == text
    assert all(0 < units(part) <= 3400 for part in parts)


@pytest.mark.parametrize("piece", NASTY)
def test_clipping_never_halves_a_character(piece: str) -> None:
    text = much(piece, 500)
    for limit in range(1, 60):
        assert units(clip(text, limit)) <= limit
        assert text.startswith(cut(text, limit))
        cut(text, limit).encode()


def test_fitting_leaves_out_whole_parts() -> None:
    parts = ["<b>one</b>", "<i>" + "two" * 500 + "</i>", "<u>" + "three" * 500 + "</u>"]
    kept = fitting(parts, CAPTION_LIMIT + 1000)
    assert kept == "\n\n".join(parts[:2])
    assert visible("<b>a&amp;b</b>") == 3


def test_packing_keeps_the_order_and_the_buttons_last() -> None:
    pieces = [Html("<b>head</b>"), *quoted("word " * 3000), Html("<i>foot</i>")]
    screens = pack(pieces, [[]])
    assert screens[0].text.startswith("<b>head</b>")
    assert screens[-1].text.endswith("<i>foot</i>")
    assert pack([None, ""]) == []
