"""Which part of the outside world is real: the one table behind the demo's start and the README.

A part is real as soon as every variable that switches it is set in `.env` or the environment; otherwise the demo points it to
the sandbox. The product never knows the difference: only addresses and keys change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

TELEGRAM_TOKEN = "4200000001:demo-token-that-only-the-sandbox-takes"


class Mode(StrEnum):
    REAL = "real"
    STAND_IN = "stand-in"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the sandbox, the web process and the sandbox's mail server listen, as URLs without a closing slash."""

    sandbox: str
    web: str
    smtp: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the outside world. It is real when one of the groups in `switches` is completely set."""

    name: str
    switches: tuple[tuple[str, ...], ...]
    stand_in: str
    variables: Callable[[Addresses], dict[str, str]]

    def real_by(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """The variables that make it real, or none."""
        return next((group for group in self.switches if all(given.get(name) for name in group)), ())

    def half_set(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Variables that are missing although their neighbours are set: probably a slip."""
        if self.real_by(given):
            return ()
        for group in self.switches:
            if any(given.get(name) for name in group):
                return tuple(name for name in group if not given.get(name))
        return ()


@dataclass(frozen=True, slots=True)
class Choice:
    """How one part runs this time, and a sentence that says so."""

    part: Part
    mode: Mode
    why: str


PARTS = (
    Part(
        name="Telegram",
        switches=(("TELEGRAM_BOT_TOKEN",),),
        stand_in="a chat in your browser",
        variables=lambda at: {
            "TELEGRAM_BOT_TOKEN": TELEGRAM_TOKEN,
            "TELEGRAM_API_BASE": at.sandbox,
            "TELEGRAM_WEBHOOK_SECRET": "",
        },
    ),
    Part(
        name="Upwork",
        switches=(("UPWORK_CLIENT_ID", "UPWORK_CLIENT_SECRET"),),
        stand_in="a small marketplace that makes up postings and clients",
        variables=lambda at: {
            "UPWORK_CLIENT_ID": "gigwright-demo",
            "UPWORK_CLIENT_SECRET": "demo-secret-that-only-the-sandbox-takes",
            "UPWORK_AUTHORIZE_URL": f"{at.sandbox}/upwork/ab/account-security/oauth2/authorize",
            "UPWORK_TOKEN_URL": f"{at.sandbox}/upwork/api/v3/oauth2/token",
            "UPWORK_GRAPHQL_URL": f"{at.sandbox}/upwork/graphql",
            "UPWORK_POLL_SECONDS": "5",
            "UPWORK_ROOM_POLL_SECONDS": "3",
        },
    ),
    Part(
        name="Language model",
        switches=(("ANTHROPIC_API_KEY",), ("OPENAI_API_KEY",)),
        stand_in="a model that answers from set phrases",
        variables=lambda at: {
            "OPENAI_API_KEY": "sandbox",
            "OPENAI_BASE_URL": f"{at.sandbox}/llm/v1",
            "ANTHROPIC_API_KEY": "sandbox",
            "ANTHROPIC_BASE_URL": f"{at.sandbox}/llm",
        },
    ),
    Part(
        name="Mail",
        switches=(("SMTP_URL",),),
        stand_in="a mailbox that keeps everything to itself",
        variables=lambda at: {"SMTP_URL": at.smtp, "MAIL_FROM": "Gigwright <no-reply@gigwright.example>"},
    ),
    Part(
        name="Text messages",
        switches=(("SMS_ACCOUNT", "SMS_TOKEN", "SMS_FROM"),),
        stand_in="a phone that keeps everything to itself",
        variables=lambda at: {
            "SMS_API_BASE": f"{at.sandbox}/sms",
            "SMS_ACCOUNT": "AC" + "0" * 32,
            "SMS_TOKEN": "demo-token-that-only-the-sandbox-takes",
            "SMS_FROM": "+15005550006",
        },
    ),
)
_NO_MODEL = {"OPENAI_API_KEY": "", "ANTHROPIC_API_KEY": ""}


def choose(given: Mapping[str, str], *, llm_offline: bool = False) -> tuple[Choice, ...]:
    """Decide every part. `given` holds the variables that are set and not blank."""
    choices = []
    for part in PARTS:
        names = part.real_by(given)
        half = part.half_set(given)
        if part.name == "Language model" and llm_offline:
            choices.append(
                Choice(part, Mode.OFF, "off: DEMO_LLM=offline, drafts come from the offline composer")
            )
        elif names:
            choices.append(Choice(part, Mode.REAL, f"the real one ({' and '.join(names)} set)"))
        elif half:
            choices.append(
                Choice(part, Mode.STAND_IN, f"{part.stand_in} ({' and '.join(half)} still missing)")
            )
        else:
            choices.append(Choice(part, Mode.STAND_IN, part.stand_in))
    return tuple(choices)


def variables_for(choices: tuple[Choice, ...], at: Addresses, given: Mapping[str, str]) -> dict[str, str]:
    """What the product's processes get on top of `.env`. Nothing at all for a part that is real."""
    variables: dict[str, str] = {}
    for choice in choices:
        if choice.mode is Mode.STAND_IN:
            variables |= choice.part.variables(at)
        elif choice.mode is Mode.OFF:
            variables |= _NO_MODEL
    # A real Upwork key knows one registered callback address, so the address in .env is kept for it alone.
    upwork = next(choice for choice in choices if choice.part.name == "Upwork")
    if upwork.mode is Mode.STAND_IN or not given.get("PUBLIC_URL"):
        variables["PUBLIC_URL"] = at.web
    return variables


def markdown_table() -> str:
    """The table of the README: which variables switch which part to the real service."""
    rows = [
        f"| {part.name} | {' or '.join(' + '.join(f'`{name}`' for name in group) for group in part.switches)} "
        f"| {part.stand_in} |"
        for part in PARTS
    ]
    return "\n".join(["| Part | Real as soon as `.env` has | Until then |", "| --- | --- | --- |", *rows])
