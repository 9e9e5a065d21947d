"""Red flags: found in bad postings with their sentence, not found in honest ones that use the same words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs_feed.posting import ContractType, ExperienceLevel, JobPosting
from core.matching.flags import Flag, FlagKind, Severity, add_repost, find_flags, stops_instant
from core.matching.sentences import MAX_QUOTE, sentences
from tests.core.matching_cases import any_posting, make_posting, patient


def flags(description: str) -> tuple[Flag, ...]:
    return find_flags(make_posting(title="Help wanted", description=description))


BAD = [
    (FlagKind.OFF_PLATFORM, "Contact me on Telegram @joe for details."),
    (FlagKind.OFF_PLATFORM, "Please message us via WhatsApp"),
    (FlagKind.OFF_PLATFORM, "My skype: live.joe"),
    (FlagKind.OFF_PLATFORM, "Send your CV to jobs@example.com"),
    (FlagKind.OFF_PLATFORM, "We will pay outside of Upwork."),
    (FlagKind.OFF_PLATFORM, "Write to joe at gmail if interested"),
    (FlagKind.OFF_PLATFORM, "Напишіть мені в телеграм"),
    (FlagKind.OFF_PLATFORM, "Let’s continue the talk on Viber"),
    (FlagKind.OFF_PLATFORM, "We prefer to talk on Telegram, send your handle."),
    (FlagKind.OFF_PLATFORM, "Payment is made in crypto after delivery."),
    (FlagKind.UPFRONT_PAYMENT, "A refundable deposit for the training material is required."),
    (FlagKind.UPFRONT_PAYMENT, "You need to pay a refundable deposit to start."),
    (FlagKind.UPFRONT_PAYMENT, "A small registration fee is required."),
    (FlagKind.UPFRONT_PAYMENT, "We send you a check to buy a laptop"),
    (FlagKind.UPFRONT_PAYMENT, "Потрібно внести заставу перед початком"),
    (FlagKind.FREE_WORK, "Complete an unpaid test task first."),
    (FlagKind.FREE_WORK, "The test will be unpaid."),
    (FlagKind.FREE_WORK, "Send us a free sample with your bid"),
    (FlagKind.FREE_WORK, "Спершу безкоштовне тестове завдання"),
    (FlagKind.FREE_WORK, "The first week is unpaid, then we agree on a rate."),
    (FlagKind.ACCOUNT_SHARING, "You will need to use our account, we will send you the login."),
    (FlagKind.ACCOUNT_SHARING, "Rent your Upwork account to us and earn"),
    (FlagKind.ACCOUNT_SHARING, "Здайте акаунт в оренду"),
    (FlagKind.PAY_TOO_GOOD, "No experience needed, earn $500 per day"),
]
HONEST = [
    "Please don't contact me on WhatsApp.",
    "Build a Telegram bot that sends messages to our customers.",
    "We need a WhatsApp chatbot to talk to clients on WhatsApp",
    "Integrate a security deposit form into the booking page",
    "Users pay a deposit before booking",
    "Add a free sample download to my site",
    "We pay for a test task",
    "Never pay a deposit outside of Upwork.",
    "Design the page for the free tier",
    "Розробити телеграм бот, який пише клієнтам у телеграм",
    "Weekly Zoom call, tasks in Slack.",
    "Customers pay in crypto, integrate the gateway.",
    "Work with our account managers and use our account on the ad platform.",
    "Payments through PayPal must be added to the checkout.",
]


@pytest.mark.parametrize(
    ("kind", "sentence"), BAD, ids=[f"{kind.value}-{i}" for i, (kind, _) in enumerate(BAD)]
)
def test_a_bad_sentence_is_quoted(kind: FlagKind, sentence: str) -> None:
    found = flags(f"We look for help with our shop.\n{sentence}\nThank you.")

    assert [(flag.kind, flag.sentence) for flag in found] == [(kind, sentence.replace("’", "'"))]


@pytest.mark.parametrize("sentence", HONEST)
def test_an_honest_sentence_is_not(sentence: str) -> None:
    assert flags(sentence) == ()


@pytest.mark.parametrize(
    ("changes", "flagged"),
    [
        ({"contract": ContractType.HOURLY, "hourly_min": Decimal(80)}, True),
        ({"contract": ContractType.FIXED, "budget": Decimal(5000)}, True),
        ({"contract": ContractType.HOURLY, "hourly_min": Decimal(8)}, False),
        ({"contract": ContractType.HOURLY, "hourly_min": Decimal(80), "currency": "INR"}, False),
        ({"budget": Decimal(5000), "experience": ExperienceLevel.EXPERT}, False),
        ({}, False),
    ],
)
def test_typing_at_an_experts_price_is_too_good(changes: dict[str, object], flagged: bool) -> None:
    found = find_flags(make_posting(title="PDF to Word typing", description="Retype 20 pages.", **changes))

    assert flagged == (FlagKind.PAY_TOO_GOOD in [flag.kind for flag in found])


def test_one_flag_of_a_kind_the_gravest_first() -> None:
    found = flags("Do an unpaid test. Contact me on Telegram @joe123. My whatsapp +1 202 555 0100.")

    assert [flag.kind for flag in found] == [FlagKind.OFF_PLATFORM, FlagKind.FREE_WORK]
    assert stops_instant(found)
    assert not stops_instant(found[1:])
    assert add_repost(())[0].severity is Severity.WARN


@patient
@given(any_posting)
def test_no_posting_breaks_it_and_quotes_are_short(posting: JobPosting) -> None:
    assert all(len(flag.sentence) <= MAX_QUOTE for flag in find_flags(posting))


def test_a_long_sentence_is_quoted_around_the_finding() -> None:
    (flag,) = flags(f"{'and so on ' * 60} contact me on telegram today {'and so on ' * 20}")

    assert len(flag.sentence) <= MAX_QUOTE
    assert "contact me on telegram" in flag.sentence


@patient
@given(st.text(max_size=300))
def test_sentences_keep_every_word(text: str) -> None:
    assert " ".join(sentences(text)).split() == text.split()
