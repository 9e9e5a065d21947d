"""Who is told of everybody's alerts besides their person: the operators that the settings name, and whoever's role sees alerts.

They hear the kind and the account's number, which the console shows them anyway; nothing of what is in the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from core.access.models import RoleGrant
from core.access.permissions import ALLOWED, Permission, Role
from core.accounts.models import Tenant
from core.accounts.service import account_of
from core.crypto import CannotUnseal
from core.db import Database
from core.runtime import Runtime
from core.security.factors.contacts import address_of, login_address
from core.security.factors.models import ContactKind

WATCHING: frozenset[Role] = frozenset(role for role in Role if Permission.SEE_ALERTS in ALLOWED[role])


@dataclass(frozen=True, slots=True)
class Watchers:
    """Chats and mailboxes, each once, with the language to speak there (None: the installation's own).

    Mailboxes are by the address in lower case, and keep it as its owner writes it.
    """

    chats: dict[int, str | None]
    mailboxes: dict[str, tuple[str, str | None]]


async def watchers(rt: Runtime, *, besides: UUID | None = None) -> Watchers:
    """Everybody to tell of an alert of `besides`, who hears of their own account as its person.

    A locked account is told nothing: whoever locked it may have done so because somebody else is in there.
    """
    found = Watchers(
        dict.fromkeys(rt.settings.operators),
        {address.lower(): (address, None) for address in rt.settings.operators_by_mail},
    )
    for tenant_id in await holders(rt.db, WATCHING):
        if tenant_id != besides:
            await _add(rt, tenant_id, found)
    return found


async def holders(db: Database, roles: frozenset[Role]) -> list[UUID]:
    """The accounts that hold one of these roles now. Reads exactly the grants filed under each role."""
    found: set[UUID] = set()
    for role in sorted(roles):
        async with db.begin(lookup=f"role:{role.value}") as session:
            # The lookup opens no grant that was taken back.
            found.update(await session.scalars(select(RoleGrant.tenant_id)))
    return sorted(found)


async def _add(rt: Runtime, tenant_id: UUID, found: Watchers) -> None:
    async with rt.db.begin(tenant_id) as session:
        tenant = await session.get(Tenant, tenant_id)
        if tenant is None or tenant.locked_at is not None or tenant.erasing_at is not None:
            return
        account = await account_of(session)
        if account is not None and not account.unreachable:
            found.chats.setdefault(account.chat_id, tenant.locale)
        if rt.settings.smtp_url is None:
            return
        try:
            keys = await rt.keys(session)
            address = await address_of(session, keys, ContactKind.EMAIL) or await login_address(session, keys)
        except CannotUnseal:
            return
    if address is not None:
        found.mailboxes.setdefault(address.lower(), (address, tenant.locale))
