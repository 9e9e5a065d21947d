"""What is shown is what is hashed is what is sent, for any text; and a stranger's words are neither markup nor a way out."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.foreign import is_safe_link, markup
from bot.texts import Words
from bot.ui import clip, link, units
from bot.views.drafts import payload_pieces
from bot.views.packing import pack
from core.drafting.draft import Answer, Bid, DraftOutput
from core.drafting.lint import (
    LintCode,
    Severity,
    Unsendable,
    invisible_places,
    lint_message,
    refuse_unsendable,
    reveal,
)
from core.errors import Invalid
from core.jobs import Job
from core.jobs_feed.posting import ContractType
from core.proposals.models import ActionKind
from core.proposals.payload import Payload, PayloadAnswer
from sandbox.telegram.entities_detect import detect
from sandbox.telegram.entities_html import parse_html
from tests.core.acting import Desk

# Characters that turn, hide or imitate, more often than chance would have them.
SIGNS = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from("\u202e\u2066\u200b\u200d\ufe0f\U000e0041\ue000<>&\"'/@:.\n\t👩🏽é\u0301аА_*`[]()"),
)
TEXTS = st.text(SIGNS, min_size=1, max_size=300)
STRANGE = [
    "https://evil.example/x",
    "http://www.upwork.com/",
    "https://upwork.com@evil.example/",
    "https://www.upwork.com.evil.example/",
    "https://evil.example/https://www.upwork.com/",
    "https://www.upwork.com\\@evil.example/",
    "javascript:alert(1)",
    "data:text/html,<b>x</b>",
    "tg://resolve?domain=evil",
    "tg:resolve?domain=evil",
    "t.me/evil",
    "evil.com",
    "аpple.com",
    "@evil_bot",
    "evil@evil.example",
    "/forget",
    "+380 50 123 45 67",
    "mailto:a@b.com",
    "ftp://evil.example/",
    "bit.Ly/x1",
    "203.0.113.9",
    "203.0.113.9:8080/pay",
]


@pytest.mark.asvs("V1.2.1", "V1.3.5")
@settings(max_examples=1000)
@given(TEXTS)
def test_any_text_is_shown_to_the_letter_and_makes_no_markup(text: str) -> None:
    shown, entities = parse_html(markup(text))
    assert shown == reveal(text)
    assert {entity["type"] for entity in entities} <= {"code"}
    assert invisible_places(shown) == []


@pytest.mark.asvs("V1.2.1", "V1.3.5")
@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b>",
        '"&amp;"',
        "</script><script>",
        "<a href='https://evil.example'>upwork.com</a>",
        "*b* _i_ `c`",
        "[x](https://evil.example)",
        "&lt;b&gt;",
    ],
)
def test_markup_of_a_strangers_stays_words_in_every_text_of_ours(text: str) -> None:
    shown, entities = parse_html(Words("en")("draft.heading", title=text))
    assert text in shown
    assert "text_link" not in {entity["type"] for entity in entities}


@pytest.mark.asvs("V1.2.2")
@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("around", ["{}", "see {}, please", "({})", "«{}»", "a\n{}\nb"])
def test_nothing_of_a_strangers_can_be_tapped(strange: str, around: str) -> None:
    shown, entities = parse_html(markup(around.format(strange)))
    assert shown == around.format(strange)
    live = [item["type"] for item in detect(shown, entities) if item["type"] not in {"hashtag", "cashtag"}]
    assert live == []


@pytest.mark.asvs("V1.2.2")
@pytest.mark.parametrize(
    "url", ["https://www.upwork.com/jobs/~02", "https://upwork.com/", "https://support.upwork.com/x?y=1"]
)
def test_upworks_own_pages_stay_links(url: str) -> None:
    shown, entities = parse_html(markup(f"see {url}, please"))
    assert [item["type"] for item in detect(shown, entities)] == ["url"]
    assert entities == []


@pytest.mark.asvs("V1.2.2")
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "tg://x",
        "http://evil.example/",
        "https://a@b.example/",
        "https://a b/",
        "data:,x",
        "https://x\\@y/",
        "https://[",
        "",
    ],
)
def test_a_button_leads_to_the_web_over_tls_or_nowhere(url: str) -> None:
    assert not is_safe_link(url)
    with pytest.raises(ValueError, match="address"):
        link("x", url)


def test_buttons_may_lead_to_our_own_pages() -> None:
    assert is_safe_link("https://gigwright.example/verify/abc?x=1")
    assert is_safe_link("http://127.0.0.1:8000/connect/abc")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a⟦U+202E⟧b"),
        ("\u200bx", "⟦U+200B⟧x"),
        ("\U000e0041", "⟦U+E0041⟧"),
        ("\ue000", "⟦U+E000⟧"),
        ("a\ufe0fb\U000e0101", "a⟦U+FE0F⟧b⟦U+E0101⟧"),
        ("👩‍👧 ❤️ 1️⃣ 👍🏽", "👩‍👧 ❤️ 1️⃣ 👍🏽"),
    ],
)
def test_hidden_characters_are_written_out_everywhere(text: str, shown: str) -> None:
    assert reveal(text) == shown
    assert parse_html(markup(text))[0] == shown
    assert clip(text, 100) == shown
    assert shown in parse_html(Words("uk")("draft.heading", title=text))[0]
    assert shown in Words("en").plain("action.problem_upwork", text=text)


def test_written_out_characters_count_as_what_they_take_up() -> None:
    assert units(clip("\u200b" * 500, 100)) <= 100


def payload_of(text: str, answer: str = "yes") -> Payload:
    return Payload(
        tenant_id=uuid4(),
        kind=ActionKind.REPLY,
        target="room_1",
        text=text,
        draft_id=uuid4(),
        version=1,
        answers=(PayloadAnswer(question="q", answer=answer),),
    )


@pytest.mark.asvs("V1.3.5")
@settings(max_examples=1000)
@given(TEXTS, TEXTS)
def test_what_is_shown_is_what_is_hashed_is_what_would_be_sent(text: str, answer: str) -> None:
    payload = payload_of(text, answer)
    kept = Payload.read(payload.canonical(), expected_hash=payload.sha256)
    assert (kept.text, kept.answers[0].answer) == (text, answer)
    changed = payload_of(text + "\u200b", answer)
    assert changed.sha256 != payload.sha256

    shown = "".join(parse_html(screen.text)[0] for screen in pack(payload_pieces(Words("en"), payload)))
    try:
        refuse_unsendable(text, [answer], proposal=False)
    except Unsendable:
        assert invisible_places(text + answer) or not text.strip() or not answer.strip()
    else:
        # Telegram trims blanks at the ends of a message and nothing else.
        assert "".join(text.split()) in "".join(shown.split())
        assert "".join(answer.split()) in "".join(shown.split())


def test_long_texts_are_shown_whole_before_the_button() -> None:
    text = "".join(f"word{number} " for number in range(1500))
    screens = pack(payload_pieces(Words("en"), payload_of(text)))
    assert len(screens) > 1
    assert text.split() == [
        word for screen in screens for word in parse_html(screen.text)[0].split() if word.startswith("word")
    ]


async def test_bytes_at_upwork_are_the_bytes_that_were_shown(desk: Desk) -> None:
    """A dozen random letters and answers over HTTP, from the approval card to Upwork's side."""
    olena = await desk.freelancer()
    letters = random.Random(11)
    signs = [
        chr(code)
        for code in (
            *range(0x20, 0x7F),
            *range(0xA1, 0x250),
            *range(0x400, 0x460),
            0x1F600,
            0x4E2D,
            0x5D0,
            10,
        )
    ]
    for number in range(12):
        letter = "".join(letters.choices(signs, k=200)).strip()
        answer = "".join(letters.choices(signs, k=60)).strip()
        letter, answer = (re.sub("[\u00ad]", "-", words) for words in (letter, answer))
        title = f"Case {number} {' '.join(''.join(letters.choices('abcdefgh', k=8)) for _ in range(30))}"
        card = await olena.card(title=title, description=title)
        draft = await olena.draft(card, letter=letter, answers=(answer,), bid=letters.randint(5, 60))
        shown = await olena.show(draft.id)
        await olena.press(shown)
        await desk.work(Job.EXECUTE_ACTION)
        sent = (await desk.remote_proposals())[-1]
        assert sent["cover_letter"] == shown.payload.text == letter
        assert any(answer == words for words in _strings(sent))
        screens = pack(payload_pieces(Words("en"), shown.payload))
        assert "".join(letter.split()) in "".join("".join(parse_html(s.text)[0] for s in screens).split())


def _strings(found: object) -> list[str]:
    """Every text in what Upwork has stored."""
    if isinstance(found, dict):
        return [words for value in found.values() for words in _strings(value)]
    if isinstance(found, list):
        return [words for value in found for words in _strings(value)]
    return [found] if isinstance(found, str) else []


@pytest.mark.asvs("V2.2.1")
@pytest.mark.parametrize(
    ("letter", "answers", "reason"),
    [
        ("", (), "empty"),
        (" \u200b\n", (), "invisible"),
        ("x" * 5001, (), "too_long"),
        ("a\u202eb", (), "invisible"),
        ("fine", ("x" * 5001,), "too_long"),
        ("fine", ("\U000e0041",), "invisible"),
    ],
)
def test_the_core_refuses_what_no_screen_may_offer(
    letter: str, answers: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        refuse_unsendable(letter, answers, proposal=True)
    assert refusal.value.data["reason"] in {reason, "empty"}


async def test_a_text_with_hidden_characters_gets_no_button_whoever_asks(desk: Desk) -> None:
    olena = await desk.freelancer()
    draft = await olena.draft(
        await olena.card(), letter="Hello \u202edlrow\u202c, shall we talk about the work?"
    )
    with pytest.raises(Unsendable):
        await olena.show(draft.id)
    assert await desk.owner_sql("select 1 from app.approvals") == []


def test_every_grave_finding_blocks() -> None:
    output = DraftOutput(
        letter="a\u202eb", language="en", answers=(Answer(0, ""),), bid=Bid(Decimal(1), ContractType.HOURLY)
    )
    [finding] = [item for item in lint_message(output) if item.code is LintCode.INVISIBLE]
    assert finding.severity is Severity.BLOCK
