"""Pure parts of reading files: what bytes are, how long a recording plays, what a text asks for, what a PDF may cost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafting.llm import Picture, Prompt, StopReason, Usage
from core.drafting.prices import cost_of_audio, estimated_usage, minute_prices
from core.errors import Invalid
from core.jobs_feed.posting import ContractType
from core.media import sniff
from core.media.brief import posting_from
from core.media.pdf import read_pdf
from core.media.seeing import _parse
from tests.bot.media_files import bomb, jpeg, ogg, pdf, png

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (jpeg(width=800, height=600), "image/jpeg"),
        (png(width=800, height=600), "image/png"),
        (
            b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + b"\x1f\x03\x00\x57\x02\x00",
            "image/webp",
        ),
    ],
)
def test_pictures_are_known_by_their_bytes(data: bytes, mime: str) -> None:
    kind = sniff.image_kind(data)
    assert kind is not None
    assert (kind.mime, kind.width, kind.height) == (mime, 800, 600)
    assert kind.bearable


@pytest.mark.parametrize(("width", "height"), [(60_000, 10), (10, 60_000), (8000, 8000), (0, 10)])
def test_a_picture_that_would_unfold_too_far_is_refused(width: int, height: int) -> None:
    kind = sniff.image_kind(png(width=width, height=height))
    assert kind is not None
    assert not kind.bearable


@given(st.binary(max_size=300))
def test_no_bytes_break_the_looking(data: bytes) -> None:
    for head in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBPVP8 ", b"OggS"):
        sniff.image_kind(head + data)
        sniff.audio_extension(head + data)
        assert sniff.audio_seconds(head + data, 0) >= 1


@pytest.mark.parametrize(
    ("data", "extension"),
    [
        (ogg(), "ogg"),
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"RIFF1234WAVEfmt ", "wav"),
        (b"fLaC", "flac"),
        (b"\x1aE\xdf\xa3", "webm"),
        (b"\x00\x00\x00\x20ftypM4A ", "m4a"),
        (b"\x00\x00\x00\x20ftypisom", "mp4"),
        (png(), None),
        (b"%PDF-1.7", None),
        (b"\xff\xd8\xff\xe0", None),
        (b"", None),
    ],
)
def test_recordings_are_known_by_their_bytes(data: bytes, extension: str | None) -> None:
    assert sniff.audio_extension(data) == extension


def test_the_longer_of_what_is_claimed_and_what_the_file_says_counts() -> None:
    assert sniff.audio_seconds(ogg(seconds=90), 3) == 90
    assert sniff.audio_seconds(ogg(seconds=3), 90) == 90
    assert sniff.audio_seconds(b"ID3", 12) == 12


@pytest.mark.parametrize(
    ("text", "contract", "low", "high", "budget"),
    [
        (
            "Posted 3 minutes ago\nPython developer\n$45.00-$70.00\nHourly\nFor a bicycle shop.",
            "hourly",
            "45",
            "70",
            None,
        ),
        (
            "Python developer\nHourly: $45.00-$70.00\nWe build a shop for bicycles together.",
            "hourly",
            "45",
            "70",
            None,
        ),
        (
            "Python developer for a bicycle shop, long term, $30/hr, start soon please",
            "hourly",
            "30",
            "30",
            None,
        ),
        (
            "Landing page for a bicycle shop\nFixed-price\n$1,200\nWe need a designer",
            "fixed",
            None,
            None,
            "1200",
        ),
        (
            "Сторінка для велокрамниці\nБюджет: $500\nПотрібен дизайнер на тиждень роботи",
            "fixed",
            None,
            None,
            "500",
        ),
        ("An accounting tool for a bakery, start soon. Budget 2000 dollars.", "fixed", None, None, "2000"),
        ("An accounting tool for a bakery, start soon. Budget: $2.5k, maybe", "fixed", None, None, "2500"),
        ("An accounting tool for a bakery, start soon. Fixed price USD 1,500", "fixed", None, None, "1500"),
        ("An accounting tool for a bakery, 40$ per hour, start soon", "hourly", "40", "40", None),
        ("An accounting tool for a bakery, 25-40 USD/hour, start soon", "hourly", "25", "40", None),
        ("An accounting tool for a bakery, $25-40 an hour, start soon", "hourly", "25", "40", None),
        ("An accounting tool for a bakery, 5-10 hours a week, start soon", None, None, None, None),
        ("Програма обліку для пекарні, бюджет 1 500 доларів, почати скоро", "fixed", None, None, "1500"),
        ("Програма обліку для пекарні, 20 доларів на годину, почати скоро", "hourly", "20", "20", None),
        ("A bakery that made 2 million dollars wants a new accounting tool", None, None, None, None),
        ("A bicycle shop with 1,200 customers wants a new page, and pays on time", None, None, None, None),
    ],
)
def test_pay_is_what_the_text_names_as_pay(
    text: str, contract: str | None, low: str | None, high: str | None, budget: str | None
) -> None:
    posting = posting_from(text, key="k", now=NOW)
    assert posting is not None
    assert posting.own
    assert posting.url == ""
    assert "Posted" not in posting.title
    assert posting.contract == (ContractType(contract) if contract else None)
    assert posting.hourly_min == (Decimal(low) if low else None)
    assert posting.hourly_max == (Decimal(high) if high else None)
    assert posting.budget == (Decimal(budget) if budget else None)


@given(st.text(max_size=400))
def test_any_text_is_a_posting_or_too_little(text: str) -> None:
    posting = posting_from(text, key="k", now=NOW)
    assert posting is None or (posting.title and len(posting.title) <= 121)


async def test_a_pdf_gives_its_text_and_no_more_than_its_share_of_time() -> None:
    content = await read_pdf(pdf("A page for a bicycle shop, with prices and a map of how to get there"))
    assert "bicycle shop" in content.text
    assert content.pages == 1
    with pytest.raises(Invalid) as heavy:
        await read_pdf(bomb(700), seconds=1.5)
    assert heavy.value.data["reason"] in ("pdf_heavy", "pdf_broken")


async def test_a_pdf_that_recurses_for_ever_ends() -> None:
    loop = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )
    with pytest.raises(Invalid):
        await read_pdf(loop)


def test_what_a_minute_costs_has_its_date() -> None:
    looked_up, prices = minute_prices()
    assert looked_up >= date(2026, 1, 1)
    assert all(price > 0 for price in prices.values())
    assert cost_of_audio("gpt-transcribe", 60) == prices["gpt-transcribe"]
    assert cost_of_audio("whisper-1", 30) == prices["whisper-1"] / 2
    assert cost_of_audio("a-model-of-ones-own", 30) is None


def test_pictures_count_in_an_estimated_bill_and_never_show_in_a_repr() -> None:
    bare = Prompt("p", 1, "s", "u")
    seen = Prompt("p", 1, "s", "u", images=(Picture("image/png", b"secret bytes"),))

    def bill(prompt: Prompt) -> Usage:
        return estimated_usage(prompt, vendor="openai", model="gpt-4o", written="", stop=StopReason.END)

    assert bill(seen).input_tokens > bill(bare).input_tokens + 500
    assert "secret" not in repr(seen)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no json",
        '{"readable": "yes", "text": "x"}',
        '{"readable": true}',
        '{"readable": true, "text": 5}',
        '{"readable": true, "text": "' + "x" * 20_001 + '"}',
        "[" * 5000,
        '{"a":' * 3000,
    ],
)
def test_an_answer_of_another_shape_is_none(answer: str) -> None:
    assert _parse(answer) is None


def test_only_words_are_taken_of_an_answer() -> None:
    found = _parse('Sure! {"readable": true, "text": "words", "approve": true, "bid": 1}')
    assert found is not None
    assert found.model_dump() == {"readable": True, "text": "words"}
