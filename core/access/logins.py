"""Logins for the web pages: an e-mail address that its owner confirmed, and a password.

Whether an address has an account is told to nobody but its owner: registering and logging in answer the same, after the same
work, for known and for unknown ones.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access import passwords
from core.access.floors import floor
from core.access.models import PendingLogin, WebLogin
from core.access.sessions import end_all_sessions
from core.access.system_secrets import SystemSecrets, normal_email
from core.accounts.models import Tenant
from core.accounts.service import prepare_account
from core.crypto import CannotUnseal, new_token, token_hash
from core.db import tenant_of
from core.errors import Invalid, NeedsReauth
from core.runtime import Runtime
from core.security import audit
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.factors.service import has_strong_factor
from core.security.lockout import service as lockout
from core.security.models import AuditEvent
from core.security.page_links import LinkGone

CONFIRM_LIFE = timedelta(hours=1)
REFUSED_SECONDS = 0.5
"""How long a refused login takes at least: several times what argon2id does on a machine that is not overloaded."""

_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\]\\]{1,64}@[^@\s\"(),:;<>\[\]\\.]+(?:\.[^@\s\"(),:;<>\[\]\\.]+)+")
_LONGEST_EMAIL = 254
_LONGEST_TOKEN = 128
_PASSWORD = "password"  # noqa: S105 - a factor's name
_REGISTER = "register"
_CONFIRM = "confirm"
_LOCKED = "account.locked"
"""What `core.security.lock` notes."""


class InvalidEmail(Invalid):
    """Not an address that mail could be sent to."""

    code = "invalid_email"


class WrongLogin(NeedsReauth):
    """The address, the password or the passkey is wrong. Which of them is nobody's business."""

    code = "wrong_login"


@dataclass(frozen=True, slots=True, repr=False)
class Registered:
    """What is to be mailed: a link with `token`, or, without one, word to the owner of an account that exists."""

    email: str
    token: str | None


@dataclass(frozen=True, slots=True)
class LoginView:
    """A tenant's login as its owner may see it."""

    email: str
    has_password: bool


async def register(
    rt: Runtime,
    system: SystemSecrets,
    *,
    email: str,
    password: str,
    locale: str,
    ip: str,
    tenant_id: UUID | None = None,
) -> Registered:
    """Ask for a login. Nothing exists until the mailed link is followed and the password typed there again.

    `tenant_id` is the account a one-time link from the chat speaks for; without it confirming opens a new account. Raises
    InvalidEmail, WeakPassword, LimitReached.
    """
    email = check_email(email)
    passwords.check_password(password, minimum=passwords.MIN_LENGTH_ALONE, email=email)
    index = await system.email_index(email)
    # Never forgiven: each of these is a mail to somebody.
    await lockout.check(rt.db, subject=index, factor=_REGISTER, ip=ip)
    hashed = await passwords.hash_password(password)
    token, pending_id = new_token(), uuid4()
    details = json.dumps({"email": email, "password": hashed, "locale": locale})
    async with rt.db.begin(lookup=f"login:{index}") as session:
        owner = await session.scalar(select(WebLogin.tenant_id).where(WebLogin.email_index == index))
        await session.execute(delete(PendingLogin).where(PendingLogin.expires_at <= rt.clock.now()))
        # Also for a known address: the same work, and a link that nobody is sent.
        session.add(
            PendingLogin(
                id=pending_id,
                token_hash=token_hash(token),
                tenant_id=tenant_id,
                details_sealed=rt.vault.seal_system(details.encode(), _place(pending_id)),
                expires_at=rt.clock.now() + CONFIRM_LIFE,
            )
        )
    taken = owner is not None and owner != tenant_id
    return Registered(email, None if taken else token)


async def confirm(rt: Runtime, system: SystemSecrets, *, token: str, password: str, ip: str) -> UUID:
    """Finish a registration; the account's id. Raises LinkGone, WrongLogin, LimitReached.

    The password has to be typed again: a link that somebody else asked for, with a password of theirs, opens nothing for the
    person who owns the mailbox and is not fooled into handing it over either.
    """
    if not 0 < len(token) <= _LONGEST_TOKEN:
        raise LinkGone
    hashed = token_hash(token)
    await lockout.check(rt.db, subject=hashed, factor=_CONFIRM, ip=ip)
    async with rt.db.begin() as session:
        row = await session.scalar(
            select(PendingLogin).where(
                PendingLogin.token_hash == hashed, PendingLogin.expires_at > rt.clock.now()
            )
        )
    if row is None:
        raise LinkGone
    details = _open(rt, row)
    if not await passwords.matches(password, details["password"]):
        raise WrongLogin
    await lockout.succeeded(rt.db, subject=hashed, factor=_CONFIRM, ip=ip)
    tenant_id = row.tenant_id or uuid4()
    index = await system.email_index(details["email"])
    async with rt.db.begin(tenant_id) as session:
        used = await session.scalar(
            delete(PendingLogin).where(PendingLogin.id == row.id).returning(PendingLogin.id)
        )
        if used is None:
            raise LinkGone
        if row.tenant_id is None:
            await prepare_account(session, rt.vault, locale=details["locale"])
        elif await _locked_since(session, row):
            raise LinkGone
        await _store(session, rt, index=index, details=details)
    return tenant_id


async def check_login(rt: Runtime, system: SystemSecrets, *, email: str, password: str, ip: str) -> UUID:
    """Whose address and password these are. Raises WrongLogin, or LimitReached with `retry_after`.

    An address nobody has costs the same: one lookup, one argon2id check, one counted try. What is left, such as telling the
    owner of every fifth miss, hides behind REFUSED_SECONDS: a refusal never comes sooner.
    """
    refusable = floor(REFUSED_SECONDS)
    index = await system.email_index(email[:_LONGEST_EMAIL])
    await lockout.check(rt.db, subject=index, factor=_PASSWORD, ip=ip)
    tenant_id = await _owner(rt, index)
    hashed = await _password_of(rt, tenant_id or uuid4())
    right = await passwords.matches(password[: passwords.MAX_LENGTH + 1], hashed)
    if tenant_id is None or not right:
        await lockout.failed(rt.db, subject=index, factor=_PASSWORD, ip=ip, tenant_id=tenant_id)
        await refusable()
        raise WrongLogin
    await lockout.succeeded(rt.db, subject=index, factor=_PASSWORD, ip=ip)
    return tenant_id


async def owner_of(rt: Runtime, system: SystemSecrets, *, email: str) -> UUID | None:
    """Which account an address belongs to. Never to be told to whoever asked."""
    return await _owner(rt, await system.email_index(email[:_LONGEST_EMAIL]))


async def change_password(rt: Runtime, *, tenant_id: UUID, current: str, new: str, ip: str) -> None:
    """Replace the password of whoever knows the present one. Raises WrongLogin, WeakPassword, LimitReached.

    The caller has asked for whatever proof CHANGE_CONTACT wants, and ends the other sessions.
    """
    subject = lockout.subject_of(tenant_id)
    await lockout.check(rt.db, subject=subject, factor=_PASSWORD, ip=ip)
    if not await passwords.matches(current[: passwords.MAX_LENGTH + 1], await _password_of(rt, tenant_id)):
        await lockout.failed(rt.db, subject=subject, factor=_PASSWORD, ip=ip, tenant_id=tenant_id)
        raise WrongLogin
    await lockout.succeeded(rt.db, subject=subject, factor=_PASSWORD, ip=ip)
    async with rt.db.begin(tenant_id) as session:
        row = await _login_of(session)
        keys = await rt.keys(session)
        protected = await has_strong_factor(session)
        email = keys.unseal(row, "email_sealed") if row else ""
    minimum = passwords.MIN_LENGTH if protected else passwords.MIN_LENGTH_ALONE
    passwords.check_password(new, minimum=minimum, email=email)
    hashed = await passwords.hash_password(new)
    async with rt.db.begin(tenant_id) as session:
        row = await _login_of(session)
        if row is None:
            raise WrongLogin
        row.password_sealed = (await rt.keys(session)).seal(row, "password_sealed", hashed)
        row.password_changed_at = rt.clock.now()
        audit.record(session, "password.changed", actor=audit.USER)
        await raise_alert(session, AlertKind.FACTOR_CHANGED, factor=_PASSWORD, change="changed")


async def login_view(session: AsyncSession, rt: Runtime) -> LoginView | None:
    """This tenant's login, or None for an account that lives in the chat only."""
    row = await _login_of(session)
    if row is None:
        return None
    keys = await rt.keys(session)
    return LoginView(keys.unseal(row, "email_sealed"), row.password_sealed is not None)


def check_email(email: str) -> str:
    """The address as it is mailed to. Raises InvalidEmail."""
    email = email.strip()
    if len(email) > _LONGEST_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise InvalidEmail
    return email


async def _locked_since(session: AsyncSession, row: PendingLogin) -> bool:
    """Whether the account was locked after this login was asked for: whoever held the chat then gets no other way in by it."""
    # Held, so that a lock comes before this and is seen here, or comes after it and ends what this opens.
    await session.get(Tenant, tenant_of(session), with_for_update=True)
    found = await session.scalar(
        select(AuditEvent.id)
        .where(
            AuditEvent.tenant_id == tenant_of(session),
            AuditEvent.event == _LOCKED,
            AuditEvent.created_at >= row.created_at,
        )
        .limit(1)
    )
    return found is not None


async def _owner(rt: Runtime, index: str) -> UUID | None:
    async with rt.db.begin(lookup=f"login:{index}") as session:
        owner: UUID | None = await session.scalar(
            select(WebLogin.tenant_id).where(WebLogin.email_index == index)
        )
    return owner


async def _password_of(rt: Runtime, tenant_id: UUID) -> str | None:
    async with rt.db.begin(tenant_id) as session:
        row = await _login_of(session)
        try:
            keys = await rt.keys(session)
        except CannotUnseal:
            return None
        return keys.unseal(row, "password_sealed") or None if row else None


async def _login_of(session: AsyncSession) -> WebLogin | None:
    found: WebLogin | None = await session.scalar(
        select(WebLogin).where(WebLogin.tenant_id == tenant_of(session))
    )
    return found


async def _store(session: AsyncSession, rt: Runtime, *, index: str, details: dict[str, Any]) -> None:
    """The account's login from now on; it takes the place of an earlier one. Raises LinkGone for an address of another's."""
    tenant_id = tenant_of(session)
    if await session.get(Tenant, tenant_id) is None:
        raise LinkGone
    before = await session.scalar(
        delete(WebLogin).where(WebLogin.tenant_id == tenant_id).returning(WebLogin.id)
    )
    keys = await rt.keys(session)
    row = WebLogin(email_index=index, tenant_id=tenant_id, id=uuid4(), email_sealed=b"")
    stored = await session.scalar(
        insert(WebLogin)
        .values(
            email_index=index,
            tenant_id=tenant_id,
            id=row.id,
            email_sealed=keys.seal(row, "email_sealed", normal_email(details["email"])),
            password_sealed=keys.seal(row, "password_sealed", details["password"]),
            password_changed_at=rt.clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(WebLogin.id)
    )
    if stored is None:
        raise LinkGone
    if before is not None:
        # Whoever was in by the old password is out; so is whoever made this one necessary.
        await end_all_sessions(session, clock=rt.clock, reason="replaced")
    audit.record(session, "login.confirmed", actor=audit.USER, replaced=before is not None)
    await raise_alert(
        session, AlertKind.CONTACT_CHANGED, contact="login", change="changed" if before else "added"
    )


def _open(rt: Runtime, row: PendingLogin) -> dict[str, Any]:
    details: dict[str, Any] = json.loads(rt.vault.unseal_system(row.details_sealed, _place(row.id)))
    return details


def _place(pending_id: UUID) -> str:
    return f"pending_logins|{pending_id}"
