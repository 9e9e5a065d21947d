"""The freelancers who can sign in: two samples, and those a person creates on the consent page."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from sandbox.upwork.records import Account, Organization

SAMPLES = Path(__file__).parent / "accounts.toml"


def sample_accounts() -> list[Account]:
    """The sample freelancers, read anew so that a reset really resets."""
    return TypeAdapter(list[Account]).validate_python(tomllib.loads(SAMPLES.read_text("utf-8"))["account"])


def new_account(*, name: str, title: str, skills: Sequence[str], hourly_rate: float = 30.0) -> Account:
    """A freelancer without history; ids are random."""
    first, _, last = name.strip().partition(" ")
    number = secrets.randbelow(9 * 10**17) + 10**17
    rid = str(10_000_000 + secrets.randbelow(80_000_000))
    handle = (
        "".join(letter for letter in name.lower() if letter.isalnum() and letter.isascii()) or "freelancer"
    )
    return Account(
        id=f"1{number}",
        nid=f"{handle}{rid[-4:]}",
        rid=rid,
        first_name=first or "New",
        last_name=last or "Freelancer",
        email=f"{handle}{rid[-4:]}@freelancers.example",
        title=title.strip() or "Freelancer",
        overview="",
        hourly_rate=hourly_rate,
        skills=[skill.strip() for skill in skills if skill.strip()][:15],
        organizations=[Organization(id=f"2{number}", rid=rid[::-1], title=name.strip() or "New Freelancer")],
    )
