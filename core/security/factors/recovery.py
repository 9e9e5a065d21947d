"""The way back for who lost the app, the passkeys and the paper: a code by e-mail and another by SMS, both, never one alone.

It lets its person set up a new app and nothing else. Every session has to prove itself anew, and everybody is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import TenantKeys
from core.errors import Conflict
from core.security import audit
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.factors import codes, contacts, totp
from core.security.factors.codes import IssuedCode
from core.security.factors.models import Binding, ContactKind, FactorKind
from core.security.factors.service import account_name
from core.security.factors.totp import TotpOffer
from core.security.stepup import service as stepup

_ACT = "recover"


class NoWayBack(Conflict):
    """Not both an e-mail address and a phone number are known, so nothing is left that could prove who is there."""

    code = "no_way_back"


@dataclass(frozen=True, slots=True, repr=False)
class Recovery:
    """Two addresses and what to send there after the transaction."""

    email: str
    phone: str
    by_email: IssuedCode
    by_sms: IssuedCode


async def possible(session: AsyncSession, keys: TenantKeys) -> bool:
    return {view.kind for view in await contacts.list_contacts(session, keys)} == set(ContactKind)


async def begin(session: AsyncSession, keys: TenantKeys, *, by: str, clock: Clock) -> Recovery:
    """Make both codes. Raises NoWayBack, LimitReached."""
    email = await contacts.address_of(session, keys, ContactKind.EMAIL)
    phone = await contacts.address_of(session, keys, ContactKind.PHONE)
    if email is None or phone is None:
        raise NoWayBack
    by_email = await codes.issue(
        session, keys, kind=FactorKind.EMAIL, binding=_binding(FactorKind.EMAIL, by), clock=clock
    )
    by_sms = await codes.issue(
        session, keys, kind=FactorKind.SMS, binding=_binding(FactorKind.SMS, by), clock=clock
    )
    audit.record(session, "factor.recovery_begun", actor=audit.USER)
    await raise_alert(
        session, AlertKind.FACTOR_CHANGED, factor=FactorKind.TOTP.value, change="recovery_begun"
    )
    return Recovery(email, phone, by_email, by_sms)


async def finish(
    session: AsyncSession,
    keys: TenantKeys,
    *,
    email_id: UUID,
    email_code: str,
    sms_id: UUID,
    sms_code: str,
    by: str,
    via: UUID | None,
    clock: Clock,
) -> TotpOffer | None:
    """A seed for a new app when both codes are right. None otherwise: let that commit, the tries are counted."""
    by_email = await codes.use(
        session, keys, code_id=email_id, code=email_code, binding=_binding(FactorKind.EMAIL, by), clock=clock
    )
    by_sms = await codes.use(
        session, keys, code_id=sms_id, code=sms_code, binding=_binding(FactorKind.SMS, by), clock=clock
    )
    if not (by_email and by_sms):
        return None
    await stepup.forget_proofs(session, clock=clock)
    audit.record(session, "factor.recovered", actor=audit.USER)
    await raise_alert(session, AlertKind.FACTOR_CHANGED, factor=FactorKind.TOTP.value, change="recovered")
    return await totp.offer(session, keys, via=via, clock=clock, account=await account_name(session))


def _binding(kind: FactorKind, by: str) -> Binding:
    return Binding(_ACT, kind.value, by)
