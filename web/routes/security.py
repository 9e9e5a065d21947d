"""One's own account over the API: what protects it, proving a factor, changing factors and the password, what happened."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse

from core.access import logins, refresh, sessions
from core.access.permissions import ALLOWED, LIMITS
from core.accounts.models import TelegramLink
from core.security import audit
from core.security.assurance import Act, web_session
from core.security.factors import service as factors
from core.security.factors.contacts import list_contacts, masked
from core.security.factors.models import FactorKind
from core.security.lockout import service as lockout
from core.security.stepup import service as stepup
from web import shapes
from web.address import address_of
from web.doors import Doors, Seen, Visitor
from web.errors import Malformed
from web.proving import WrongCode, binding_of, prove_factor
from web.routes.auth import tell_login
from web.shapes import LoggedIn, refusals


def build_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/security", tags=["security"])
    rt = doors.rt

    @router.get("/profile", responses=refusals(401, 403))
    async def profile(seen: Seen) -> shapes.Profile:
        """What the account is, may do and is protected by."""
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            keys = await rt.keys(session)
            login = await logins.login_view(session, rt)
            telegram = await session.scalar(select(TelegramLink.telegram_id).limit(1))
            contacts = await list_contacts(session, keys)
            found = await factors.list_factors(session)
            live = await sessions.list_sessions(session, clock=rt.clock)
        limits = LIMITS[seen.role]
        return shapes.Profile(
            account=seen.tenant_id,
            email=masked(login.email) if login else None,
            has_password=login is not None and login.has_password,
            telegram=telegram is not None,
            role=seen.role,
            permissions=sorted(ALLOWED[seen.role]),
            limits=shapes.Limits(
                searches=limits.searches,
                drafts_a_day=limits.drafts_a_day,
                exports_a_day=limits.exports_a_day,
                llm_dollars=str(limits.llm_dollars),
                web_sessions=limits.web_sessions,
            ),
            factors=[
                shapes.Factor(
                    id=one.id, kind=one.kind, added_at=one.added_at, used_at=one.used_at, left=one.left
                )
                for one in found
            ],
            contacts=[shapes.Contact(kind=one.kind, address=one.masked) for one in contacts],
            sessions=[
                shapes.Session(
                    id=one.id,
                    began_at=one.created_at,
                    method=one.method,
                    factor=one.factor,
                    current=one.id == seen.login.id,
                )
                for one in live
            ],
            csrf=seen.csrf,
        )

    @router.get("/logs", responses=refusals(401, 403))
    async def logs(
        seen: Seen,
        before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> shapes.Events:
        """What happened to the account, the newest first."""
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            found = await audit.events(session, await rt.keys(session), before=before, limit=limit)
        events = [
            shapes.Event(seq=one.seq, at=one.created_at, event=one.event, actor=one.actor, data=one.data)
            for one in found
        ]
        return shapes.Events(events=events, next_before=found[-1].seq if len(found) == limit else None)

    @router.post("/verify/passkey", responses=refusals(401, 403, 409))
    async def offer_passkey(seen: Seen) -> shapes.PasskeyOptions:
        """What to ask the browser's passkeys, for POST /security/verify."""
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            keys = await rt.keys(session)
            offered = await factors.begin_assertion(
                session, keys, rt.settings, binding=binding_of(seen), clock=rt.clock
            )
        return shapes.PasskeyOptions(challenge_id=offered.challenge_id, options=json.loads(offered.options))

    @router.post("/verify", response_model=LoggedIn, responses=refusals(401, 403))
    async def verify(request: Request, seen: Seen, proof: shapes.Proof) -> JSONResponse:
        """Show a factor: the second step of a login, or later the proof for an act. The session gets a new id and new tokens."""
        acts = _acts(proof)
        login, token = await prove_factor(
            doors, request, seen, code=proof.code, passkey=proof.passkey, acts=acts
        )
        return await tell_login(doors, login, token, cookies=seen.by_cookie)

    @router.post("/mfa/enable", response_model=shapes.EnabledFactor, responses=refusals(401, 403, 409))
    async def enable(request: Request, seen: Seen, wish: shapes.EnableFactor) -> JSONResponse:
        """Begin, then finish, adding a factor. The first needs nothing; later ones a grant for `add_factor` on their kind."""
        if wish.kind == "backup_codes":
            async with doors.acting(seen.tenant_id, seen.login.id) as session:
                codes = await factors.new_backup_codes(session, by=seen.by, clock=rt.clock)
            return _answer(shapes.EnabledFactor(done=True, backup_codes=list(codes)))
        if wish.code is None and wish.passkey is None:
            return _answer(await _begin(doors, seen, wish.kind))
        return await _finish(doors, request, seen, wish)

    @router.post("/mfa/disable", status_code=200, responses=refusals(401, 403, 404, 409))
    async def disable(seen: Seen, wish: shapes.DisableFactor) -> shapes.Confirmed:
        """Remove a factor. Needs a grant for `remove_factor` on its id, and another factor that stays."""
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            await factors.remove_factor(session, factor_id=wish.factor_id, by=seen.by, clock=rt.clock)
            await _end_others(session, seen, wish.end_other_sessions, doors)
        return shapes.Confirmed()

    @router.post("/password", status_code=200, responses=refusals(401, 403))
    async def password(request: Request, seen: Seen, wish: shapes.NewPassword) -> shapes.Confirmed:
        """Change the password. With factors it needs a grant for `change_contact` on `password` as well."""
        # Checked first and used up in a transaction of its own: a wrong present password costs the grant.
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            if await factors.has_strong_factor(session):
                await stepup.require(
                    session, Act.CHANGE_CONTACT, subject="password", by=seen.by, clock=rt.clock
                )
        await logins.change_password(
            rt,
            tenant_id=seen.tenant_id,
            current=wish.current,
            new=wish.new,
            ip=address_of(request, rt.settings),
        )
        async with doors.acting(seen.tenant_id, seen.login.id) as session:
            await _end_others(session, seen, wish.end_other_sessions, doors)
        return shapes.Confirmed()

    return router


async def _begin(doors: Doors, seen: Visitor, kind: str) -> shapes.EnabledFactor:
    rt = doors.rt
    async with doors.acting(seen.tenant_id, seen.login.id) as session:
        keys = await rt.keys(session)
        if kind == FactorKind.TOTP:
            offer = await factors.begin_totp(session, keys, clock=rt.clock, by=seen.by)
            return shapes.EnabledFactor(done=False, uri=offer.uri, secret=offer.secret)
        asked = await factors.begin_passkey(session, keys, rt.settings, by=seen.by, clock=rt.clock)
    return shapes.EnabledFactor(
        done=False, challenge_id=asked.challenge_id, options=json.loads(asked.options)
    )


async def _finish(doors: Doors, request: Request, seen: Visitor, wish: shapes.EnableFactor) -> JSONResponse:
    rt = doors.rt
    kind = FactorKind.PASSKEY if wish.passkey else FactorKind.TOTP
    ip, subject = address_of(request, rt.settings), lockout.subject_of(seen.tenant_id)
    await lockout.check(rt.db, subject=subject, factor=f"enrol_{kind.value}", ip=ip)
    codes: tuple[str, ...] = ()
    login, token = seen.login, None
    async with doors.acting(seen.tenant_id, seen.login.id) as session:
        keys = await rt.keys(session)
        first = not await factors.has_strong_factor(session)
        if wish.passkey is not None:
            done = await factors.finish_passkey(
                session,
                keys,
                rt.settings,
                challenge_id=wish.passkey.challenge_id,
                answer=wish.passkey.answer,
                by=seen.by,
                clock=rt.clock,
            )
        else:
            done = await factors.confirm_totp(session, keys, code=wish.code or "", clock=rt.clock)
        if done:
            codes = await factors.new_backup_codes(session, by=seen.by, clock=rt.clock) if first else ()
            # What was just set up was shown to work: that is a proof, and a proof changes the session's id.
            login = await sessions.renew(session, seen.login, factor=kind, clock=rt.clock)
            await stepup.prove(session, by=web_session(login.id), kind=kind, clock=rt.clock)
            token = await refresh.start_chain(session, session_id=login.id, clock=rt.clock)
            if wish.end_other_sessions:
                await sessions.end_all_sessions(session, clock=rt.clock, but=login.id)
    if not done:
        await lockout.failed(rt.db, subject=subject, factor=f"enrol_{kind.value}", ip=ip)
        raise WrongCode
    await lockout.succeeded(rt.db, subject=subject, factor=f"enrol_{kind.value}", ip=ip)
    answer = await tell_login(doors, login, token, cookies=seen.by_cookie)
    told = shapes.EnabledFactor(
        done=True, backup_codes=list(codes) or None, login=LoggedIn.model_validate_json(bytes(answer.body))
    )
    return _answer(told, like=answer)


async def _end_others(session: AsyncSession, seen: Visitor, wanted: bool, doors: Doors) -> None:
    if wanted:
        await sessions.end_all_sessions(session, clock=doors.rt.clock, but=seen.login.id)


def _acts(proof: shapes.Proof) -> dict[Act, str] | None:
    if proof.act is None:
        return None
    try:
        return {Act(proof.act): proof.subject}
    except ValueError:
        raise Malformed from None


def _answer(told: shapes.EnabledFactor, *, like: JSONResponse | None = None) -> JSONResponse:
    response = JSONResponse(told.model_dump(mode="json"))
    for name, value in like.raw_headers if like else ():
        if name == b"set-cookie":
            response.raw_headers.append((name, value))
    return response
