"""Linking an Upwork account: from the chat to a browser, to Upwork, and back to the same chat.

Three proofs tie the ends together. The one-time link belongs to the tenant that asked for it; the browser that opens it
first is the only one that may finish; and the code shown in that browser has to come back from the tenant's own chat, so
that somebody else's Upwork account, talked into following the link, still ends up with nobody.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.accounts import dialogs
from core.accounts.models import TelegramLink, Tenant
from core.clock import Clock
from core.crypto import TenantKeys, Vault, new_token, token_hash
from core.db import Database, tenant_of
from core.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from core.jobs import Job, enqueue
from core.log import get_logger
from core.runtime import Runtime
from core.security import audit
from core.security.alerts.service import AlertKind, raise_alert
from core.security.assurance import ACCOUNT, Act, StepUpNeeded
from core.security.keys import keys_for
from core.security.lock import Locked, is_locked
from core.security.models import PageLink
from core.security.page_links import Purpose, tenant_of_link, through_page_link
from core.security.stepup import passing
from core.security.stepup.service import require
from core.settings import Settings
from core.upwork import oauth, operations, pending, tokens
from core.upwork.errors import MissingScope
from core.upwork.models import AccountStatus, OAuthAttempt, UpworkAccount, UpworkOwner
from core.upwork.oauth import TokenSet
from core.upwork.views import CompanyView, Priority, ProfileView

log = get_logger(__name__)

LINK_LIFE = timedelta(minutes=10)
CONFIRM_LIFE = timedelta(minutes=10)
NAME_CHARACTERS = 80

_CODE_LENGTH = 4
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that reads like something else
_MAX_SECRET = 128  # longer than any token of ours; what is longer was not made here


class LinkGone(NotFound):
    """The link or state is unknown, used or too old. Which of them is nobody's business."""

    code = "link_gone"


class OtherBrowser(Forbidden):
    """Another browser opened this link first, or this one never opened it."""

    code = "link_other_browser"


class AlreadyLinked(Conflict):
    code = "upwork_already_linked"


class CannotLink(Conflict):
    """This Upwork account belongs to another tenant. The text for it must not say so."""

    code = "upwork_cannot_link"


class LinkCancelled(Invalid):
    """The person said no on Upwork's page, or Upwork did."""

    code = "link_cancelled"


class LinkFailed(Unavailable):
    """Upwork accepted the person but not our exchange; starting again may help."""

    code = "link_failed"


class Problem(StrEnum):
    """Why an attempt ended without an account, for the notice in the chat."""

    CANCELLED = "cancelled"
    FAILED = "failed"
    CANNOT_LINK = "cannot_link"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What the finishing browser may see: the code to carry to the chat and whose Upwork account answered."""

    confirm_code: str
    display_name: str | None


async def start_link(
    session: AsyncSession, vault: Vault, clock: Clock, settings: Settings, *, by: str
) -> str:
    """A fresh one-time link for this tenant's chat, good for ten minutes; the tenant's earlier links die.

    `by` is the session that asks, and uses up its grant for CONNECT_UPWORK. Raises AlreadyLinked while an account is linked and
    working, Locked, StepUpNeeded.
    """
    tenant_id = tenant_of(session)
    await session.get_one(Tenant, tenant_id, with_for_update=True)
    if await is_locked(session):
        raise Locked
    status = await session.scalar(select(UpworkAccount.status))
    if status == AccountStatus.LINKED:
        raise AlreadyLinked
    await require(session, Act.CONNECT_UPWORK, subject=ACCOUNT, by=by, clock=clock)
    await session.execute(delete(OAuthAttempt).where(OAuthAttempt.tenant_id == tenant_id))
    authorization = oauth.begin_authorization(settings)
    token = new_token()
    attempt = OAuthAttempt(
        tenant_id=tenant_id,
        id=uuid4(),
        state_hash=token_hash(authorization.state),
        link_hash=token_hash(token),
        verifier_sealed=b"",
        expires_at=clock.now() + LINK_LIFE,
    )
    keys = await keys_for(session, vault)
    secret = json.dumps({"url": authorization.url, "verifier": authorization.verifier})
    attempt.verifier_sealed = keys.seal(attempt, "verifier_sealed", secret)
    session.add(attempt)
    audit.record(session, "upwork.link_started", actor=audit.USER)
    return f"{settings.public_url.rstrip('/')}/connect/{token}"


async def goes_on(session: AsyncSession, protected: PageLink) -> bool:
    """Whether the person behind this link set up their first factor in order to connect Upwork, and has yet to do that."""
    row = await passing.outcome_of(session, protected.ref) if protected.ref is not None else None
    return (
        row is not None
        and row.act == Act.CONNECT_UPWORK
        and row.passed_at is not None
        and row.resumed_at is None
    )


async def go_on(rt: Runtime, *, token: str, browser: str) -> str:
    """From the page where the first factor was set up straight to the one-time link, in the same browser.

    `token` is the protection page's. Raises page_links.LinkGone or OtherBrowser, and LinkGone when there is nothing to go on
    with or it took too long.
    """
    async with through_page_link(rt.db, rt.clock, token=token, purpose=Purpose.PROTECT, browser=browser) as (
        session,
        protected,
    ):
        if protected.ref is None or not await goes_on(session, protected):
            raise LinkGone
        by = str(protected.data.get("by", ""))
        await passing.resumed(session, protected.ref, clock=rt.clock)
        try:
            return await start_link(session, rt.vault, rt.clock, rt.settings, by=by)
        except StepUpNeeded:
            raise LinkGone from None


async def language_of_link(
    db: Database, *, link: str = "", state: str = "", protected: str = ""
) -> str | None:
    """The language of the tenant a link, a state or a protection page belongs to; None for one we do not know."""
    try:
        tenant_id = (
            await tenant_of_link(db, token=protected)
            if protected
            else await _tenant_behind(db, link=link, state=state)
        )
    except NotFound:
        tenant_id = None
    if tenant_id is None:
        return None
    async with db.begin(tenant_id) as session:
        return await session.scalar(select(Tenant.locale).where(Tenant.tenant_id == tenant_id))


async def check_link(db: Database, clock: Clock, *, link: str, browser: str) -> None:
    """Look at a link without touching it: what `open_link` would refuse, refused here first."""
    async with _attempt_of(db, link=link) as (_session, attempt):
        refusal = _refusal(attempt, clock, browser=browser, opening=True)
    if refusal is not None:
        raise refusal


async def open_link(db: Database, vault: Vault, clock: Clock, *, link: str, browser: str) -> str:
    """Bind the link to this browser and return Upwork's authorize URL.

    The same browser may come again and gets the same URL. Raises LinkGone or OtherBrowser.
    """
    async with _attempt_of(db, link=link) as (session, attempt):
        refusal = _refusal(attempt, clock, browser=browser, opening=True)
        if refusal is None and attempt is not None:
            browser_hash = token_hash(browser)
            bound = await session.scalar(
                update(OAuthAttempt)
                .where(
                    OAuthAttempt.tenant_id == attempt.tenant_id,
                    OAuthAttempt.id == attempt.id,
                    OAuthAttempt.used_at.is_(None),
                    or_(OAuthAttempt.browser_hash.is_(None), OAuthAttempt.browser_hash == browser_hash),
                )
                .values(
                    browser_hash=browser_hash, opened_at=func.coalesce(OAuthAttempt.opened_at, clock.now())
                )
                .returning(OAuthAttempt.id)
            )
            if bound is not None:
                keys = await keys_for(session, vault)
                return str(json.loads(keys.unseal(attempt, "verifier_sealed"))["url"])
            refusal = OtherBrowser()
        if attempt is not None and isinstance(refusal, OtherBrowser):
            audit.record(session, "upwork.link_refused", reason="other_browser", step="open")
    raise refusal or LinkGone()


async def finish_link(rt: Runtime, *, state: str, code: str | None, browser: str) -> LinkOutcome:
    """Use the state once, trade the code for tokens, and keep them aside until the chat confirms.

    `code` is None when Upwork sent the browser back without one. Whatever goes wrong after the state was used is also told
    in the chat. Raises LinkGone, OtherBrowser, LinkCancelled, LinkFailed, CannotLink, AlreadyLinked.
    """
    attempt = await _use_state(rt, state=state, browser=browser, cancelled=code is None)
    if code is None:
        raise LinkCancelled
    try:
        granted = await oauth.exchange_code(rt.http, rt.settings, code, attempt.verifier)
        person, organization_id = await _whose_account(rt, attempt.tenant_id, granted)
        await _refuse_owned(rt, attempt.tenant_id, person.user_id)
        return await _keep_aside(rt, attempt, granted, person, organization_id)
    except (CannotLink, AlreadyLinked):
        await _stop(rt, attempt, Problem.CANNOT_LINK)
        raise
    except LinkGone:
        raise
    except AppError as error:
        log.warning("upwork.link_failed", error=error.code, tenant_id=str(attempt.tenant_id))
        await _stop(rt, attempt, Problem.FAILED)
        raise LinkFailed from None


@dataclass(frozen=True, slots=True, repr=False)
class _UsedAttempt:
    tenant_id: UUID
    id: UUID
    verifier: str


async def _tenant_behind(db: Database, *, link: str = "", state: str = "") -> UUID | None:
    secret = link or state
    if not 0 < len(secret) <= _MAX_SECRET:
        return None
    hashed = token_hash(secret)
    column = OAuthAttempt.link_hash if link else OAuthAttempt.state_hash
    async with db.begin(lookup=f"{'link' if link else 'state'}:{hashed}") as session:
        return await session.scalar(select(OAuthAttempt.tenant_id).where(column == hashed))


@asynccontextmanager
async def _attempt_of(
    db: Database, *, link: str = "", state: str = ""
) -> AsyncIterator[tuple[AsyncSession, OAuthAttempt | None]]:
    """A transaction of the tenant behind a link or a state, with its attempt. Raises LinkGone when there is none."""
    tenant_id = await _tenant_behind(db, link=link, state=state)
    if tenant_id is None:
        raise LinkGone
    column = OAuthAttempt.link_hash if link else OAuthAttempt.state_hash
    async with db.begin(tenant_id) as session:
        yield session, await session.scalar(select(OAuthAttempt).where(column == token_hash(link or state)))


def _refusal(attempt: OAuthAttempt | None, clock: Clock, *, browser: str, opening: bool) -> AppError | None:
    if attempt is None or attempt.used_at is not None or attempt.expires_at <= clock.now():
        return LinkGone()
    if attempt.browser_hash is None:
        return None if opening else OtherBrowser()
    known = 0 < len(browser) <= _MAX_SECRET and hmac.compare_digest(attempt.browser_hash, token_hash(browser))
    return None if known else OtherBrowser()


async def _use_state(rt: Runtime, *, state: str, browser: str, cancelled: bool) -> _UsedAttempt:
    async with _attempt_of(rt.db, state=state) as (session, attempt):
        refusal = _refusal(attempt, rt.clock, browser=browser, opening=False)
        if attempt is not None and refusal is None:
            used = await session.scalar(
                update(OAuthAttempt)
                .where(
                    OAuthAttempt.tenant_id == attempt.tenant_id,
                    OAuthAttempt.id == attempt.id,
                    OAuthAttempt.used_at.is_(None),
                    OAuthAttempt.browser_hash == token_hash(browser),
                )
                .values(used_at=rt.clock.now(), problem=Problem.CANCELLED if cancelled else None)
                .returning(OAuthAttempt.id)
            )
            if used is not None:
                keys = await rt.keys(session)
                verifier = str(json.loads(keys.unseal(attempt, "verifier_sealed"))["verifier"])
                if cancelled:
                    audit.record(session, "upwork.link_cancelled", actor=audit.USER)
                    await enqueue(session, Job.CONFIRM_LINK, tenant_id=attempt.tenant_id, ref=attempt.id)
                return _UsedAttempt(attempt.tenant_id, attempt.id, verifier)
        if attempt is not None and isinstance(refusal, OtherBrowser):
            audit.record(session, "upwork.link_refused", reason="other_browser", step="finish")
    raise refusal or LinkGone()


async def _whose_account(rt: Runtime, tenant_id: UUID, granted: TokenSet) -> tuple[ProfileView, str | None]:
    """The person behind fresh tokens, and the organization their own work goes through, unless the key may not read those."""
    person = await operations.me(
        rt.upwork, tenant_id, access_token=granted.access_token, priority=Priority.PERSON
    )
    companies: Sequence[CompanyView] = ()
    try:
        companies = await operations.companies(
            rt.upwork, tenant_id, access_token=granted.access_token, priority=Priority.PERSON
        )
    except MissingScope:
        log.info("upwork.no_companies", tenant_id=str(tenant_id))
    return person, _own_organization(companies)


def _own_organization(companies: Sequence[CompanyView]) -> str | None:
    """An agency's member has two; without a choice Upwork would take the default one, silently."""
    own = [company for company in companies if "freelancer" in (company.kind or "").casefold()]
    return next((company.organization_id for company in [*own, *companies]), None)


async def _refuse_owned(rt: Runtime, tenant_id: UUID, upwork_user_id: str) -> None:
    owner = await owner_of(rt.db, upwork_user_id)
    if owner is None or owner == tenant_id:
        return
    await tell_owner(rt.db, owner)
    raise CannotLink


async def tell_owner(db: Database, owner: UUID) -> None:
    """Somebody else has signed in at Upwork as this tenant. Who that was is not for the tenant to know, and not noted here."""
    async with db.begin(owner) as session:
        audit.record(session, "upwork.link_conflict")
        await raise_alert(session, AlertKind.LINK_CONFLICT)


async def owner_of(db: Database, upwork_user_id: str) -> UUID | None:
    """The tenant an Upwork user is linked to. For decisions only: never shown, never told."""
    async with db.begin(lookup=f"upwork:{upwork_user_id}") as session:
        return await session.scalar(
            select(UpworkOwner.tenant_id).where(UpworkOwner.upwork_user_id == upwork_user_id)
        )


async def _keep_aside(
    rt: Runtime, attempt: _UsedAttempt, granted: TokenSet, person: ProfileView, organization_id: str | None
) -> LinkOutcome:
    code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
    name = _shown_name(person)
    async with rt.db.begin(attempt.tenant_id) as session:
        await session.get_one(Tenant, attempt.tenant_id, with_for_update=True)
        if await session.get(OAuthAttempt, (attempt.tenant_id, attempt.id)) is None:
            raise LinkGone  # a newer link was asked for while Upwork was answering
        keys = await rt.keys(session)
        row = await session.scalar(select(UpworkAccount).with_for_update())
        if row is None:
            row = UpworkAccount(tenant_id=attempt.tenant_id, id=uuid4())
            session.add(row)
        elif row.status == AccountStatus.LINKED:
            raise AlreadyLinked
        row.status = AccountStatus.PENDING
        row.upwork_user_id, row.upwork_nid = person.user_id, person.nid
        row.organization_id = organization_id
        row.name_sealed = keys.seal(row, "name_sealed", name or "")
        row.capabilities, row.linked_at = {}, None
        tokens.seal_tokens(keys, row, granted, rt.clock.now())
        pending.set_aside(keys, row)
        row.confirm_hash = confirm_fingerprint(keys, row, code)
        row.confirm_expires_at, row.confirm_tries = rt.clock.now() + CONFIRM_LIFE, 0
        audit.record(session, "upwork.link_waits", account=str(row.id))
        chat_id = await session.scalar(select(TelegramLink.chat_id))
        if chat_id is not None:
            await dialogs.expect(session, dialogs.LINK_CODE, chat_id=chat_id)
        await enqueue(session, Job.CONFIRM_LINK, tenant_id=row.tenant_id, ref=row.id)
        await enqueue(
            session, Job.KEEP_TOKEN, tenant_id=row.tenant_id, ref=row.id, delay=CONFIRM_LIFE.total_seconds()
        )
    return LinkOutcome(confirm_code=code, display_name=name)


def confirm_fingerprint(keys: TenantKeys, row: UpworkAccount, code: str) -> str:
    """Four letters are few: only a hash under the tenant's own key keeps the table from giving them away."""
    return keys.fingerprint(f"confirm|{row.id}|{code}")


def _shown_name(person: ProfileView) -> str | None:
    """Upwork's text for people to read: no control or direction marks, one line, not endless."""
    visible = "".join(letter for letter in person.name or "" if letter.isprintable())
    return " ".join(visible.split())[:NAME_CHARACTERS] or None


async def _stop(rt: Runtime, attempt: _UsedAttempt, problem: Problem) -> None:
    async with rt.db.begin(attempt.tenant_id) as session:
        row = await session.get(OAuthAttempt, (attempt.tenant_id, attempt.id))
        if row is None:
            return
        row.problem = problem
        audit.record(session, "upwork.link_stopped", problem=problem.value)
        await enqueue(session, Job.CONFIRM_LINK, tenant_id=row.tenant_id, ref=row.id)
