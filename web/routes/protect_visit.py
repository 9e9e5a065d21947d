"""One visit to the protection page: whose link it is, what it may show, and a change with the proof it needs."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse, Response

from core.crypto import TenantKeys
from core.errors import AppError, LimitReached, Unavailable
from core.notifications.mail import send_mail
from core.notifications.sms import send_sms
from core.runtime import Runtime
from core.security.assurance import Act, StepUpNeeded
from core.security.factors import contacts, passkeys, recovery, service
from core.security.factors.codes import IssuedCode
from core.security.factors.models import STRONG, Binding, ContactKind, FactorKind, FactorView
from core.security.factors.proving import Shown, prove_for
from core.security.lockout import service as lockout
from core.security.models import PageLink
from core.security.page_links import Purpose, through_page_link
from web.botlink import BotLink
from web.errors import Malformed, status_of
from web.pages import language_of, page
from web.passkeys import passkey_script
from web.security import form_proof
from web.words.protect import ProtectWords, words_in

_FORBIDDEN_FIELDS = frozenset({"proof", "code", "credential", "challenge"})


@dataclass(frozen=True, slots=True)
class Open:
    """The transaction of a posted form: its tenant's session and keys, the link, and the session name it speaks for.

    `proven` is the factor that was shown with this very form.
    """

    session: AsyncSession
    keys: TenantKeys
    link: PageLink
    proven: FactorKind | None = None

    @property
    def by(self) -> str:
        return str(self.link.data.get("by") or f"link:{self.link.id}")


Run = Callable[[Open], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Visit:
    rt: Runtime
    bot: BotLink
    request: Request
    token: str
    browser: str
    tenant_id: UUID
    ip: str

    @property
    def here(self) -> str:
        return f"/protect/{self.token}"

    @property
    def words(self) -> ProtectWords:
        return words_in(language_of(self.request))

    @property
    def common(self) -> dict[str, Any]:
        return {"w": self.words, "here": self.here, "proof": form_proof(self.browser, self.token)}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Open]:
        """Raises LinkGone or OtherBrowser."""
        async with through_page_link(
            self.rt.db, self.rt.clock, token=self.token, purpose=Purpose.PROTECT, browser=self.browser
        ) as (session, link):
            yield Open(session, await self.rt.keys(session), link)

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        return page(self.request, template, status=status, **self.common, **context)

    def back(self, **about: str) -> Response:
        """To the overview, with what was done or what stood in the way."""
        query = "&".join(f"{name}={word}" for name, word in about.items())
        return RedirectResponse(f"{self.here}?{query}" if query else self.here, status_code=303)

    async def stay(self, error: AppError, problem: str, **context: Any) -> Response:
        """The overview again, with what stood in the way."""
        shown = await overview(self, **context)
        return page(self.request, "protect.html", status=status_of(error), **(shown | {"problem": problem}))

    async def change(
        self, step: str, fields: Mapping[str, str], act: Act, subject: Callable[[TenantKeys], str], run: Run
    ) -> Response:
        """Run a change. When it wants a step-up, ask for a factor; when one was shown, prove it for this change and run it."""
        carried = {name: value for name, value in fields.items() if name not in _FORBIDDEN_FIELDS}
        shown = _shown(fields)
        if not shown:
            try:
                async with self.open() as opened:
                    return await run(opened)
            except StepUpNeeded:
                return await self._ask(step, carried, act, subject)
        guarded = {"subject": lockout.subject_of(self.tenant_id), "factor": shown.kind.value, "ip": self.ip}
        try:
            await lockout.check(self.rt.db, **guarded)
        except LimitReached as limit:
            problem = self.words.prove_wait.format(minutes=math.ceil(limit.retry_after / 60))
            return await self._ask(step, carried, act, subject, problem=problem, status=429)
        async with self.open() as opened:
            right = await prove_for(
                opened.session,
                opened.keys,
                self.rt.settings,
                shown,
                act=act,
                subject=subject(opened.keys),
                by=opened.by,
                clock=self.rt.clock,
            )
            answer = await run(replace(opened, proven=shown.kind)) if right else None
        if answer is not None:
            await lockout.succeeded(self.rt.db, **guarded)
            return answer
        await lockout.failed(self.rt.db, **guarded, tenant_id=self.tenant_id)
        return await self._ask(step, carried, act, subject, problem=self.words.prove_wrong, status=422)

    async def _ask(
        self,
        step: str,
        carried: Mapping[str, str],
        act: Act,
        subject: Callable[[TenantKeys], str],
        *,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        options = None
        async with self.open() as opened:
            kinds = {factor.kind for factor in await service.list_factors(opened.session)}
            if not kinds & STRONG:
                return self.back()  # nothing could be shown: the first factor comes first
            if FactorKind.PASSKEY in kinds and passkeys.work_at(self.rt.settings):
                options = await service.begin_assertion(
                    opened.session,
                    opened.keys,
                    self.rt.settings,
                    binding=Binding(act, subject(opened.keys), opened.by),
                    clock=self.rt.clock,
                )
            can_recover = await recovery.possible(opened.session, opened.keys)
        return self.page(
            "protect_prove.html",
            status=status,
            step=step,
            fields=carried,
            problem=problem,
            options=options.options if options else "",
            challenge=options.challenge_id if options else "",
            script=passkey_script(),
            has_app=FactorKind.TOTP in kinds,
            can_recover=can_recover and self.sends(ContactKind.EMAIL) and self.sends(ContactKind.PHONE),
        )

    async def counted(self, factor: FactorKind, attempt: Callable[[], Awaitable[bool]]) -> bool:
        """A try at a code that was sent, counted like any other guess. Raises LimitReached."""
        return await lockout.guarded(
            self.rt.db,
            attempt,
            subject=lockout.subject_of(self.tenant_id),
            factor=factor.value,
            ip=self.ip,
            tenant_id=self.tenant_id,
        )

    def sends(self, kind: ContactKind) -> bool:
        """Whether this installation can send anything there."""
        settings = self.rt.settings
        if kind is ContactKind.EMAIL:
            return settings.smtp_url is not None
        return settings.sms_token is not None and bool(settings.sms_account)

    async def send(self, kind: ContactKind, address: str, issued: IssuedCode) -> bool:
        """Send a code, outside every transaction. False when it did not leave."""
        w, settings = self.words, self.rt.settings
        try:
            if kind is ContactKind.EMAIL:
                text = w.code_mail.format(code=issued.code)
                return await send_mail(settings, to=address, subject=w.code_subject, text=text)
            text = w.code_sms.format(code=issued.code)
            return await send_sms(self.rt.http, settings, to=address, text=text)
        except (Unavailable, AppError):
            return False


def _shown(fields: Mapping[str, str]) -> Shown:
    challenge = fields.get("challenge", "")
    return Shown(
        code=fields.get("code", "").strip(),
        challenge_id=uuid_in(fields, "challenge") if challenge else None,
        answer=fields.get("credential", ""),
    )


def uuid_in(fields: Mapping[str, str], name: str) -> UUID:
    """Raises Malformed."""
    try:
        return UUID(fields.get(name, ""))
    except ValueError:
        raise Malformed from None


async def overview(
    visit: Visit, *, done: str = "", problem: str = "", typed: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What the overview shows. `done` and `problem` are words of ours from the address; others are ignored."""
    async with visit.rt.db.begin(visit.tenant_id) as session:
        listed = await service.list_factors(session)
        known = {
            view.kind: view.masked
            for view in await contacts.list_contacts(session, await visit.rt.keys(session))
        }
    w = visit.words
    strong = [factor for factor in listed if factor.kind is not FactorKind.BACKUP_CODE]
    left = next((factor.left for factor in listed if factor.kind is FactorKind.BACKUP_CODE), None)
    return visit.common | {
        "done": w.done.get(done, ""),
        "problem": w.problems.get(problem, "") if "{" not in w.problems.get(problem, "{") else "",
        "protected": bool(strong),
        "passkeys": passkeys.work_at(visit.rt.settings),
        "has_app": any(factor.kind is FactorKind.TOTP for factor in strong),
        "removable": len(strong) > 1,
        "factors": _named(strong, w),
        "paper": w.paper_none if left is None else w.paper_left.format(left=left),
        "contacts": [_contact(visit, kind, known.get(kind, ""), typed or {}) for kind in ContactKind],
        "bot_url": await visit.bot.url(),
    }


def _named(factors: list[FactorView], w: ProtectWords) -> list[dict[str, Any]]:
    several = sum(factor.kind is FactorKind.PASSKEY for factor in factors) > 1
    shown, number = [], 0
    for factor in factors:
        name = w.app.title
        if factor.kind is FactorKind.PASSKEY:
            number += 1
            name = f"{w.passkey.title} {number}" if several else w.passkey.title
        used = w.used.format(date=_day(factor.used_at)) if factor.used_at else w.unused
        shown.append(
            {"id": factor.id, "name": name, "added": w.added.format(date=_day(factor.added_at)), "used": used}
        )
    return shown


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _contact(visit: Visit, kind: ContactKind, masked: str, typed: Mapping[str, str]) -> dict[str, Any]:
    w = visit.words
    mail = kind is ContactKind.EMAIL
    return {
        "kind": kind.value,
        "name": w.email if mail else w.phone,
        "masked": masked,
        "works": visit.sends(kind),
        "silent": w.no_mail if mail else w.no_sms,
        "field": w.email_field if mail else w.phone_field,
        "input": "email" if mail else "tel",
        "autocomplete": "email" if mail else "tel",
        "typed": typed.get(kind.value, ""),
    }
