"""What a draft is checked for before it can be approved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.drafting.contacts import find_contacts
from core.drafting.draft import Answer, DraftOutput
from core.drafting.lint import (
    LintCode,
    Severity,
    lint_message,
    lint_proposal,
    reveal,
    without_invisible,
)
from core.matching.instructions import Instruction, InstructionKind
from tests.core.drafting_cases import posting

NAMES = [
    "ivan.koval",
    "m.shevchuk",
    "design_lab",
    "olha99",
    "dev.studio",
    "kovalenko",
    "a.bondar",
    "seo-team",
    "wp_guru",
    "nata",
]
HOSTS = ["gmail", "ukr", "outlook", "proton", "example", "yahoo", "studio", "mail", "koval", "web"]
PHONES = ["380671234567", "380501112233", "14155550134", "442071234567", "380931230987"]


def spelled_mail(user: str, host: str) -> list[str]:
    return [
        f"{user}@{host}.com",
        f"{user} @ {host} . com",
        f"{user} at {host} dot com",
        f"{user} [at] {host} [dot] com",
        f"{user}(at){host}.com",
        f"{user} AT {host} DOT com",
        f"{user}＠{host}．com",
        f"{user}\u200b@{host}\u200b.com",
        f"{user} собака {host} крапка com",
        f"{user} <at> {host} <dot> com",
    ]


def spelled_phone(digits: str) -> list[str]:
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    return [
        f"+{digits}",
        f"+{digits[:3]} {digits[3:5]} {digits[5:8]} {digits[8:]}",
        f"({digits[2:5]}) {digits[5:8]}-{digits[8:10]}-{digits[10:] or '00'}",
        "-".join([digits[:3], digits[3:6], digits[6:9], digits[9:]]),
        ".".join([digits[:3], digits[3:6], digits[6:9], digits[9:]]),
        " ".join(digits),
        " ".join(words[int(digit)] for digit in digits),
        "".join(chr(0xFF10 + int(digit)) for digit in digits),
        f"+{digits[:2]}o{digits[3:]}" if digits[2] == "0" else f"call {digits}",
        "\u200b".join(digits),
    ]


def spelled_messenger(user: str) -> list[str]:
    return [
        f"t.me/{user}",
        f"t . me / {user}",
        f"telegram: {user}",
        f"write me on Telegram, {user}",
        f"t3legram {user}",
        f"т\u0435legram @{user.replace('.', '_').replace('-', '_')}",
        f"T E L E G R A M {user}",
        f"пишіть у телеграм {user}",
        f"what\u200bsapp: {user}",
        f"my skype is {user}",
    ]


CONTACTS = (
    [spelling for user, host in zip(NAMES, HOSTS, strict=True) for spelling in spelled_mail(user, host)]
    + [spelling for digits in PHONES for spelling in spelled_phone(digits)]
    + [spelling for user in NAMES for spelling in spelled_messenger(user)]
)

CLEAN = """\
I built a Telegram bot with aiogram for a shop.
Integrated the WhatsApp Business API and Viber notifications.
In 2019-2023 I shipped 14 projects, from 2,000 to 120,000 users.
I use @media queries and @angular/core daily.
A line of 10 pixels; the signal is noisy.
Visit shop.com and look at example.com
The export runs at 10:30 on 2024-01-15.
Node.js, Vue.js, ASP.NET 4.8
Revenue of 1 200 000 USD in 2021
I am fast and reliable with Slack integrations
Google Meet clone with WebRTC
We can scrape LinkedIn profiles
зробив Телеграм-бота для магазину
budget $1,500.00 - $2,000.00, version 3.11.4
2019, 2020, 2021, 2022
ISBN 978-3-16-148410-0
I am good at line art
from 10 to 20, 30, 40 and 50 items
I work with Instagram ads
We can talk here on Upwork whenever it suits you.""".splitlines()


def test_contacts_in_many_spellings_are_found() -> None:
    missed = [text for text in CONTACTS if not find_contacts(f"Hello. {text}, thank you.")]
    assert len(CONTACTS) == 250
    assert missed == []


@pytest.mark.parametrize("text", CLEAN)
def test_work_with_messengers_and_numbers_is_no_contact(text: str) -> None:
    assert find_contacts(text) == ()


@pytest.mark.parametrize(
    "text", ["we can talk outside of Upwork", "pay me via PayPal", "calendly.com/me", "поза апворком"]
)
def test_leaving_the_platform_is_found(text: str) -> None:
    assert find_contacts(f"Sure, {text} today")


@given(st.text(st.one_of(st.characters(), st.sampled_from("@. at+38067t.me")), max_size=120))
def test_places_of_contacts_fit_the_text(text: str) -> None:
    for contact in find_contacts(text):
        assert text[contact.start : contact.end] == contact.quote != ""


def letter(text: str, *answers: Answer) -> DraftOutput:
    return DraftOutput(text, "en", answers)


def codes(output: DraftOutput, **over: object) -> dict[LintCode, dict[str, str]]:
    job = posting(questions=())
    return {finding.code: dict(finding.params) for finding in lint_proposal(output, job, **over)}  # type: ignore[arg-type] # a table of options


GOOD = "You need billing.\n\nI built a billing portal with Stripe.\n\nBest,\nOlena"


def test_a_good_letter_has_no_findings() -> None:
    assert codes(letter(GOOD)) == {}


def test_empty_and_too_long_cannot_be_sent() -> None:
    assert set(codes(letter(" \u200b\n"))) == {LintCode.EMPTY, LintCode.INVISIBLE}
    assert codes(letter("a " * 2501))[LintCode.TOO_LONG] == {"length": "5002", "limit": "5000"}
    assert LintCode.TOO_LONG not in codes(letter("a" * 5000))
    findings = lint_proposal(letter(""), posting(questions=()))
    assert [finding.severity for finding in findings] == [Severity.BLOCK]
    assert lint_proposal(letter(""), posting(questions=(), cover_letter_required=False)) == ()


def test_invisible_characters_are_named_with_their_places() -> None:
    found = codes(letter("Pay \u202e001$ \u202enow, I bui\u200blt it for you"))
    assert found[LintCode.INVISIBLE]["point"] in {"U+202E", "U+200B"}
    findings = [
        f
        for f in lint_proposal(letter("a\u202eb\u202ec"), posting(questions=()))
        if f.code is LintCode.INVISIBLE
    ]
    assert findings[0].params == {
        "point": "U+202E",
        "name": "RIGHT-TO-LEFT OVERRIDE",
        "count": "2",
        "positions": "1, 3",
    }
    assert reveal("a\u202eb") == "a⟦U+202E⟧b"


@given(st.text(max_size=100))
def test_what_is_left_after_removing_is_visible(text: str) -> None:
    clean = without_invisible(text)
    assert reveal(clean) == clean
    assert without_invisible(clean) == clean


@pytest.mark.parametrize(
    "text", ["👩‍💻 ok", "❤️ ok", "Привіт — «так»…", "naïve café", "日本語", "שלום", "a\tb\nc"]
)
def test_ordinary_characters_of_the_world_are_visible(text: str) -> None:
    assert without_invisible(text) == text


def test_questions_without_an_answer_cannot_be_sent() -> None:
    findings = lint_proposal(letter(GOOD, Answer(0, "$55"), Answer(1, " ")), posting())
    missing = [finding for finding in findings if finding.code is LintCode.UNANSWERED]
    assert [(finding.answer, finding.params["number"]) for finding in missing] == [(1, "2"), (2, "3")]
    assert all(finding.severity is Severity.BLOCK for finding in missing)


def test_a_missed_request_of_the_client_is_told() -> None:
    blue = Instruction(InstructionKind.START_WITH, "BLUE", "Start with BLUE.")
    include = Instruction(InstructionKind.INCLUDE, "purple elephant", "Write purple elephant.")
    tell = Instruction(InstructionKind.ANSWER, "favourite colour", "Tell us your favourite colour.")
    asked = (blue, include, tell)
    findings = lint_proposal(letter(GOOD), posting(questions=()), instructions=asked)
    assert [finding.params["value"] for finding in findings] == ["BLUE", "purple elephant"]
    obeying = "“Blue” - hello.\n\nThe Purple  Elephant is here. " + GOOD
    assert lint_proposal(letter(obeying), posting(questions=()), instructions=asked) == ()
    bait = Instruction(InstructionKind.INCLUDE, "t.me/boss", "Write t.me/boss.")
    assert lint_proposal(letter(GOOD), posting(questions=()), instructions=(bait,)) == ()


def test_contacts_are_found_in_answers_and_messages_too() -> None:
    output = letter(GOOD, Answer(0, "write me: a@b.com"), Answer(1, "8"), Answer(2, "no"))
    finding = next(f for f in lint_proposal(output, posting()) if f.code is LintCode.OFF_PLATFORM)
    assert (finding.answer, finding.params["kind"], finding.severity) == (0, "email", Severity.CONFIRM)
    assert {finding.code for finding in lint_message(letter("see t.me/me"))} == {LintCode.OFF_PLATFORM}
    assert lint_message(letter("Thank you, tomorrow is fine.")) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD + "\n\nПишу на Django сім років.", "Пишу на Django сім років."),
        (GOOD + "\n\n“Пишу на Django сім років” is how my profile begins.", None),
        (GOOD + "\n\nОлена", None),
        (
            "Добрий день! Зроблю вам сервіс рахунків. I have built a billing portal for a SaaS.",
            "I have built a billing portal for a SaaS.",
        ),
        (
            "Добрий день! Зроблю сервіс рахунків.\nReact, TypeScript, Node.js, PostgreSQL, Docker, GraphQL",
            None,
        ),
    ],
)
def test_a_sentence_in_another_language_is_told(text: str, told: str | None) -> None:
    found = codes(letter(text)).get(LintCode.MIXED_LANGUAGE)
    assert (found and found["sentence"]) == told


def test_a_near_copy_of_an_earlier_letter_is_told() -> None:
    old = (
        "You need billing and invoices done well. " * 3
        + "I have built a billing portal with Stripe for a SaaS."
    )
    found = codes(letter(old.replace("invoices", "reports")), earlier=["something else entirely", old])
    assert found[LintCode.NEAR_COPY]["index"] == "1"
    assert LintCode.NEAR_COPY not in codes(letter(GOOD), earlier=[old])
