"""Where a person can be reached besides the chat: one e-mail address and one phone number, each confirmed by a code.

An address is good for notices and for recovery. After a change the old one is kept, sealed, for `WARN_LIFE`: whoever took an
account over must not be able to silence the warnings by naming their own address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import WebLogin
from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.errors import Invalid
from core.security import audit
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.assurance import Act
from core.security.factors import codes
from core.security.factors.codes import IssuedCode
from core.security.factors.models import Binding, Contact, ContactKind, FactorKind
from core.security.stepup import service as stepup

WARN_LIFE = timedelta(days=7)

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")  # E.164
_BETWEEN_DIGITS = str.maketrans("", "", " -().\u00a0")
CODE_KINDS = {ContactKind.EMAIL: FactorKind.EMAIL, ContactKind.PHONE: FactorKind.SMS}
_CONFIRM = "confirm_contact"


class BadAddress(Invalid):
    """Not an e-mail address, or not a phone number with its country. `data`: `kind`."""

    code = "bad_address"


@dataclass(frozen=True, slots=True, repr=False)
class PendingContact:
    """An address that waits for its code. Send `issued.code` there after the transaction."""

    id: UUID
    kind: ContactKind
    address: str
    issued: IssuedCode


@dataclass(frozen=True, slots=True, repr=False)
class ContactView:
    """A verified address, as much of it as its person needs to recognise it."""

    kind: ContactKind
    masked: str


def normal(kind: ContactKind, address: str) -> str:
    """The one spelling of an address. Raises BadAddress."""
    address = address.strip()
    if kind is ContactKind.PHONE:
        address = address.translate(_BETWEEN_DIGITS)
        if _PHONE.fullmatch(address):
            return address
    elif len(address) <= 254 and _EMAIL.fullmatch(address) and ".." not in address:
        name, _, domain = address.rpartition("@")
        return f"{name}@{domain.lower()}"
    raise BadAddress(kind=kind.value)


def subject_of(keys: TenantKeys, kind: ContactKind, address: str) -> str:
    """What a step-up for CHANGE_CONTACT is bound to: this very address. Raises BadAddress."""
    return f"{kind.value}:{keys.fingerprint(f'contact|{normal(kind, address)}')}"


async def set_contact(
    session: AsyncSession, keys: TenantKeys, *, kind: ContactKind, address: str, by: str, clock: Clock
) -> PendingContact:
    """Note a new address and make the code that confirms it; until then the old one stays the one that counts.

    Raises BadAddress, StepUpNeeded (CHANGE_CONTACT on `subject_of` the address), LimitReached.
    """
    address = normal(kind, address)
    subject = subject_of(keys, kind, address)
    await stepup.require(session, Act.CHANGE_CONTACT, subject=subject, by=by, clock=clock)
    await session.execute(delete(Contact).where(*_of(session, kind), Contact.verified_at.is_(None)))
    row = Contact(tenant_id=tenant_of(session), id=uuid4(), kind=kind.value, address_sealed=b"")
    row.address_sealed = keys.seal(row, "address_sealed", address)
    session.add(row)
    issued = await codes.issue(
        session, keys, kind=CODE_KINDS[kind], binding=Binding(_CONFIRM, str(row.id), by), clock=clock
    )
    audit.record(session, "contact.named", actor=audit.USER, kind=kind.value, contact=str(row.id))
    return PendingContact(row.id, kind, address, issued)


async def confirm_contact(
    session: AsyncSession,
    keys: TenantKeys,
    *,
    contact_id: UUID,
    code_id: UUID,
    code: str,
    by: str,
    clock: Clock,
) -> ContactView | None:
    """The address counts from now on and takes the old one's place; both are told. None for a wrong code: let it commit."""
    now = clock.now()
    binding = Binding(_CONFIRM, str(contact_id), by)
    if not await codes.use(session, keys, code_id=code_id, code=code, binding=binding, clock=clock):
        return None
    row = await session.scalar(
        select(Contact).where(
            Contact.tenant_id == tenant_of(session), Contact.id == contact_id, Contact.verified_at.is_(None)
        )
    )
    if row is None:
        return None
    kind = ContactKind(row.kind)
    change = "changed" if await _retire(session, kind, clock) else "added"
    row.verified_at = now
    await session.flush()
    audit.record(session, "contact.verified", actor=audit.USER, kind=kind.value, contact=str(row.id))
    await raise_alert(session, AlertKind.CONTACT_CHANGED, contact=kind.value, change=change, ref=str(row.id))
    return ContactView(kind, masked(keys.unseal(row, "address_sealed")))


async def remove_contact(session: AsyncSession, *, kind: ContactKind, by: str, clock: Clock) -> None:
    """Stop using the address of this kind. Raises StepUpNeeded (CHANGE_CONTACT on the kind)."""
    await stepup.require(session, Act.CHANGE_CONTACT, subject=kind.value, by=by, clock=clock)
    if await _retire(session, kind, clock):
        audit.record(session, "contact.removed", actor=audit.USER, kind=kind.value)
        await raise_alert(session, AlertKind.CONTACT_CHANGED, contact=kind.value, change="removed")


async def address_of(session: AsyncSession, keys: TenantKeys, kind: ContactKind | str) -> str | None:
    """The verified address, or None."""
    row = await session.scalar(select(Contact).where(*_of(session, ContactKind(kind)), *_counts()))
    return None if row is None else keys.unseal(row, "address_sealed")


async def addresses_to_warn(
    session: AsyncSession, keys: TenantKeys, kind: ContactKind | str, *, clock: Clock
) -> list[str]:
    """Everybody an alert goes to: the verified address first, then those that were replaced within `WARN_LIFE`."""
    rows = await session.scalars(
        select(Contact)
        .where(
            *_of(session, ContactKind(kind)),
            Contact.verified_at.is_not(None),
            or_(Contact.replaced_at.is_(None), Contact.replaced_at > clock.now() - WARN_LIFE),
        )
        .order_by(Contact.replaced_at.desc().nulls_first())
    )
    found = [keys.unseal(row, "address_sealed") for row in rows]
    return list(dict.fromkeys(found))


async def mailboxes_to_warn(session: AsyncSession, keys: TenantKeys, *, clock: Clock) -> list[str]:
    """Every mailbox a warning goes to: those of `addresses_to_warn`, then the confirmed address of the web login."""
    found = await addresses_to_warn(session, keys, ContactKind.EMAIL, clock=clock)
    login = await login_address(session, keys)
    if login is not None and login.lower() not in {address.lower() for address in found}:
        found.append(login)
    return found


async def login_address(session: AsyncSession, keys: TenantKeys) -> str | None:
    """The confirmed address of the web login, or None."""
    # No secret is asked for: whoever warns may not read the password's hash.
    found = (
        await session.execute(
            select(WebLogin.tenant_id, WebLogin.id, WebLogin.email_sealed).where(
                WebLogin.tenant_id == tenant_of(session)
            )
        )
    ).one_or_none()
    if found is None:
        return None
    row = WebLogin(tenant_id=found.tenant_id, id=found.id, email_sealed=found.email_sealed)
    return keys.unseal(row, "email_sealed")


async def list_contacts(session: AsyncSession, keys: TenantKeys) -> list[ContactView]:
    rows = await session.scalars(
        select(Contact).where(Contact.tenant_id == tenant_of(session), *_counts()).order_by(Contact.kind)
    )
    return [ContactView(ContactKind(row.kind), masked(keys.unseal(row, "address_sealed"))) for row in rows]


async def forget_replaced(session: AsyncSession, *, clock: Clock) -> None:
    """Delete what is not needed for warnings any more, and addresses whose code never came."""
    now = clock.now()
    await session.execute(
        delete(Contact).where(
            Contact.tenant_id == tenant_of(session),
            or_(
                Contact.replaced_at <= now - WARN_LIFE,
                Contact.verified_at.is_(None) & (Contact.created_at <= now - codes.CODE_LIFE),
            ),
        )
    )


def masked(address: str) -> str:
    """`o…a@example.com`, `+380…42`: enough to recognise one's own."""
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[0]}…{name[-1]}@{domain}" if len(name) > 2 else f"…@{domain}"
    return f"{address[:4]}…{address[-2:]}"


async def _retire(session: AsyncSession, kind: ContactKind, clock: Clock) -> bool:
    await forget_replaced(session, clock=clock)
    gone = await session.scalar(
        update(Contact)
        .where(*_of(session, kind), *_counts())
        .values(replaced_at=clock.now())
        .returning(Contact.id)
    )
    return gone is not None


def _of(session: AsyncSession, kind: ContactKind) -> tuple[ColumnElement[bool], ...]:
    return Contact.tenant_id == tenant_of(session), Contact.kind == kind.value


def _counts() -> tuple[ColumnElement[bool], ...]:
    return Contact.verified_at.is_not(None), Contact.replaced_at.is_(None)
