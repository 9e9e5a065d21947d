"""Showing a factor to a page or to the API: counted, checked, and followed by a new session id."""

from __future__ import annotations

from fastapi import Request

from core.access import refresh, sessions
from core.access.models import WebSession
from core.errors import Invalid
from core.security import audit
from core.security.assurance import ACCOUNT, Act, web_session
from core.security.factors import service as factors
from core.security.factors.models import Binding, FactorKind
from core.security.lockout import service as lockout
from core.security.stepup import service as stepup
from web.address import address_of
from web.doors import Doors, Visitor
from web.shapes import PasskeyProof

_VERIFY = "verify"


class WrongCode(Invalid):
    """The code or the passkey's answer is wrong, too old or used."""

    code = "wrong_code"


def binding_of(seen: Visitor) -> Binding:
    """What a passkey's challenge is good for here: proving a factor in exactly this session."""
    return Binding(_VERIFY, ACCOUNT, seen.by)


async def prove_factor(
    doors: Doors,
    request: Request,
    seen: Visitor,
    *,
    code: str | None,
    passkey: PasskeyProof | None,
    acts: dict[Act, str] | None = None,
) -> tuple[WebSession, str | None]:
    """Check a factor, counted; then the session goes on under a new id. Raises WrongCode, LimitReached, NotSignedIn.

    The second part is its first refresh token, None in the console.
    """
    rt = doors.rt
    kind = FactorKind.PASSKEY if passkey else factors.kind_of_code(code or "")
    ip, subject = address_of(request, rt.settings), lockout.subject_of(seen.tenant_id)
    await lockout.check(rt.db, subject=subject, factor=kind.value, ip=ip)
    right = False
    login, token = seen.login, None
    async with rt.db.begin(seen.tenant_id) as session:
        keys = await rt.keys(session)
        if passkey is not None:
            right = await factors.finish_assertion(
                session,
                keys,
                rt.settings,
                challenge_id=passkey.challenge_id,
                answer=passkey.answer,
                binding=binding_of(seen),
                clock=rt.clock,
            )
        elif code:
            right = await factors.verify_code(session, keys, code=code, clock=rt.clock) is not None
        if right:
            login = await sessions.renew(session, seen.login, factor=kind, clock=rt.clock)
            await stepup.prove(session, by=web_session(login.id), kind=kind, clock=rt.clock, acts=acts)
            if not login.console:
                token = await refresh.start_chain(session, session_id=login.id, clock=rt.clock)
    if not right:
        async with rt.db.begin(seen.tenant_id) as session:
            audit.record(
                session, "factor.refused", actor=audit.USER, kind=kind.value, login=str(seen.login.id)
            )
        await lockout.failed(rt.db, subject=subject, factor=kind.value, ip=ip, tenant_id=seen.tenant_id)
        raise WrongCode
    await lockout.succeeded(rt.db, subject=subject, factor=kind.value, ip=ip)
    return login, token
