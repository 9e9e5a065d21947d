"""The JSON that the API takes and gives, as the OpenAPI schema describes it. Unknown fields are ignored, whatever they say."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

Email = Annotated[str, Field(max_length=254, examples=["olena@studio.example"])]
Password = Annotated[str, Field(max_length=256)]
Token = Annotated[str, Field(max_length=2048)]
Code = Annotated[
    str, Field(max_length=64, description="Six digits of an authenticator app, or a backup code.")
]


class Problem(BaseModel):
    """Every refusal: a stable code, words for a person, and an id to find it in the log by."""

    error: str
    detail: str
    id: str


class Registration(BaseModel):
    email: Email
    password: Password
    language: Literal["uk", "en"] = "en"


class Accepted(BaseModel):
    """The same for every address: whether a mail was sent, and which, is told in the mailbox only."""

    status: Literal["mail_sent"] = "mail_sent"


class Confirmation(BaseModel):
    token: Token
    password: Password


class Confirmed(BaseModel):
    status: Literal["confirmed"] = "confirmed"


class PasskeyProof(BaseModel):
    """What `navigator.credentials.get` answered, as JSON text, and the challenge it was asked with."""

    challenge_id: UUID
    answer: str = Field(max_length=16384)


class Login(BaseModel):
    """An address with a password, or with a passkey's answer to POST /auth/passkey."""

    email: Email
    password: Password | None = None
    passkey: PasskeyProof | None = None
    cookies: bool = Field(default=False, description="Keep the tokens in cookies that no script can read.")


class PasskeyWish(BaseModel):
    email: Email


class PasskeyOptions(BaseModel):
    """For `navigator.credentials.get`. The same shape for every address, known or not."""

    challenge_id: UUID
    options: dict[str, Any]


class LoggedIn(BaseModel):
    """`verify` asks for POST /security/verify next. Tokens are null when they are in cookies."""

    next: Literal["done", "verify"]
    csrf: str = Field(
        description="To be sent as X-CSRF with whatever changes something, when cookies are used."
    )
    access_token: str | None = None
    expires_in: int | None = Field(default=None, description="Seconds.")
    refresh_token: str | None = None


class RefreshWish(BaseModel):
    refresh_token: Token | None = Field(default=None, description="Null when it is in the cookie.")


class LogoutWish(BaseModel):
    everywhere: bool = False


class JoinLink(BaseModel):
    """Open it in Telegram, and the chat with the bot belongs to this account. Null where the bot's name is unknown."""

    url: str | None
    start: str = Field(description="What follows /start.")
    expires_in: int


class UpworkState(BaseModel):
    connected: bool


class UpworkLink(BaseModel):
    url: str


class Factor(BaseModel):
    id: UUID
    kind: str
    added_at: datetime
    used_at: datetime | None
    left: int | None


class Contact(BaseModel):
    kind: str
    address: str = Field(description="Masked.")


class Session(BaseModel):
    id: UUID
    began_at: datetime
    method: str
    factor: str | None
    current: bool


class Limits(BaseModel):
    searches: int
    drafts_a_day: int
    exports_a_day: int
    llm_dollars: str
    web_sessions: int


class Profile(BaseModel):
    account: UUID
    email: str | None = Field(description="Masked.")
    has_password: bool
    telegram: bool
    role: str
    permissions: list[str]
    limits: Limits
    factors: list[Factor]
    contacts: list[Contact]
    sessions: list[Session]
    csrf: str


class Proof(BaseModel):
    """A code or a passkey's answer. With `act` and `subject` it also allows that act once, within five minutes."""

    code: Code | None = None
    passkey: PasskeyProof | None = None
    act: str | None = Field(default=None, max_length=40)
    subject: str = Field(default="account", max_length=128)


class EnableFactor(BaseModel):
    """Without `code` or `passkey` it begins; with one of them it finishes what was begun."""

    kind: Literal["totp", "passkey", "backup_codes"]
    code: Code | None = None
    passkey: PasskeyProof | None = None
    end_other_sessions: bool = False


class EnabledFactor(BaseModel):
    """`uri` and `secret` (TOTP) or `challenge_id` and `options` (passkey) to go on with; `backup_codes` are shown once."""

    done: bool
    uri: str | None = None
    secret: str | None = None
    challenge_id: UUID | None = None
    options: dict[str, Any] | None = None
    backup_codes: list[str] | None = None
    login: LoggedIn | None = Field(
        default=None, description="The session has a new id; these are its tokens."
    )


class DisableFactor(BaseModel):
    factor_id: UUID
    end_other_sessions: bool = False


class NewPassword(BaseModel):
    current: Password
    new: Password
    end_other_sessions: bool = True


class Event(BaseModel):
    seq: int
    at: datetime
    event: str
    actor: str
    data: dict[str, Any]


class Events(BaseModel):
    events: list[Event]
    next_before: int | None


class User(BaseModel):
    """An account as staff sees it: ids, states, counts and times."""

    id: UUID
    opened_at: datetime
    role: str
    onboarded: bool
    paused: bool
    locked: bool
    unreachable: bool
    upwork: str | None
    web_login: bool
    drafts: int
    sent: int


class Users(BaseModel):
    users: list[User]
    next_before: datetime | None


class StaffAlert(BaseModel):
    id: UUID
    user: UUID
    kind: str
    raised_at: datetime
    times: int
    verdict: str | None


class StaffAlerts(BaseModel):
    alerts: list[StaffAlert]


class LockState(BaseModel):
    id: UUID
    locked: bool
    changed: bool


_MEANINGS = {
    400: "The request could not be read.",
    401: "Not logged in, or the login is wrong or over.",
    403: "The role, the second factor or a proof for this act is missing, or the account is locked.",
    404: "There is nothing of yours with this id.",
    409: "Things have changed meanwhile.",
    422: "A value does not fit.",
    429: "Too many tries, or today's limit is used up; see Retry-After.",
    503: "Something we depend on does not answer.",
}


HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}}}
"""The `responses` of a route that answers with a page, beside its refusals: those are JSON to whoever wants no page."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may refuse with these; 400, 422 and 429 come with every route."""
    return {
        status: {"model": Problem, "description": _MEANINGS[status]}
        for status in sorted({400, 422, 429, *statuses})
    }
