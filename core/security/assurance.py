"""How sure we must be of who is acting, act by act: the one table, and the refusal that asks for more.

A Telegram id alone (S0) drafts, skips, pauses and locks. What leaves for Upwork, or changes what may leave, wants a strong
factor: proven in this session today (S1), or minutes ago for this very act (S2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from core.errors import Forbidden

PROOF_LIFE = timedelta(hours=12)
"""How long a strong factor, once proven, vouches for its session (S1)."""

GRANT_LIFE = timedelta(minutes=5)
"""How long a passed step-up waits for its act (S2)."""

CONSOLE_LIFE = timedelta(minutes=15)
"""How long a passkey opens the console without being asked for again (ADM)."""

ACCOUNT = "account"
"""The subject of an act that is about the whole account and not about one thing in it."""


class Level(StrEnum):
    S0 = "s0"  # a Telegram id in a private chat
    S1 = "s1"  # S0 and a strong factor proven in this session within PROOF_LIFE
    S2 = "s2"  # a strong factor on our own page within GRANT_LIFE, for this act and once
    ADM = "adm"  # a passkey within CONSOLE_LIFE


class Act(StrEnum):
    DRAFT = "draft"
    SEARCH = "search"
    PAUSE = "pause"
    LOCK = "lock"
    APPROVE = "approve"
    APPROVE_BEYOND_LIMITS = "approve_beyond_limits"
    CONNECT_UPWORK = "connect_upwork"
    DISCONNECT_UPWORK = "disconnect_upwork"
    RAISE_LIMITS = "raise_limits"
    ADD_FACTOR = "add_factor"
    REMOVE_FACTOR = "remove_factor"
    CHANGE_CONTACT = "change_contact"
    EXPORT = "export"
    FORGET = "forget"
    UNLOCK = "unlock"
    END_SESSIONS = "end_sessions"
    NEW_DEVICE = "new_device"
    GRANT_ROLE = "grant_role"
    CONSOLE = "console"


LEVELS: Mapping[Act, Level] = {
    Act.DRAFT: Level.S0,
    Act.SEARCH: Level.S0,
    Act.PAUSE: Level.S0,
    Act.LOCK: Level.S0,
    Act.APPROVE: Level.S1,
    Act.APPROVE_BEYOND_LIMITS: Level.S2,
    Act.CONNECT_UPWORK: Level.S2,
    Act.DISCONNECT_UPWORK: Level.S2,
    Act.RAISE_LIMITS: Level.S2,
    Act.ADD_FACTOR: Level.S2,
    Act.REMOVE_FACTOR: Level.S2,
    Act.CHANGE_CONTACT: Level.S2,
    Act.EXPORT: Level.S2,
    Act.FORGET: Level.S2,
    Act.UNLOCK: Level.S2,
    Act.END_SESSIONS: Level.S2,
    Act.NEW_DEVICE: Level.S2,
    Act.GRANT_ROLE: Level.S2,
    Act.CONSOLE: Level.ADM,
}


class StepUpNeeded(Forbidden):
    """This session has not proven enough for the act. `data`: `act` (an Act) and `subject`; the edges open a challenge.

    A handler may add `resume` (a mapping of ids) when repeating the tapped button is not the way to go on.
    """

    code = "step_up_needed"

    def __init__(
        self,
        act: Act = Act.APPROVE,
        subject: str = "",
        *,
        resume: Mapping[str, str] | None = None,
        **data: object,
    ) -> None:
        super().__init__("", act=act, subject=subject, resume=resume, **data)

    @property
    def act(self) -> Act:
        return Act(str(self.data["act"]))

    @property
    def subject(self) -> str:
        return str(self.data["subject"])

    @property
    def resume(self) -> Mapping[str, str] | None:
        found = self.data["resume"]
        return found if isinstance(found, Mapping) else None


def chat_session(telegram_id: int) -> str:
    """The session name of a Telegram chat."""
    return f"telegram:{telegram_id}"


def web_session(session_id: UUID) -> str:
    """The session name of a web login."""
    return f"web:{session_id}"


def subject_hash(act: Act, subject: str) -> str:
    """What a grant is bound to: the act together with what it is about, so that neither can be exchanged."""
    return hashlib.sha256(f"{act.value}|{subject}".encode()).hexdigest()
