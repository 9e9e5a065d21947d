"""Giving and taking roles: every grant says by whom and when, and so does its end."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import RoleGrant
from core.access.permissions import STAFF, Role, role_of
from core.access.sessions import shorten_sessions
from core.clock import Clock
from core.db import tenant_of
from core.security import audit
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert

OPERATOR = "operator"
"""Who sits at the command line of the installation."""

_HELD = RoleGrant.revoked_at.is_(None)


async def grant_role(session: AsyncSession, *, role: Role, by: str) -> bool:
    """Give this transaction's tenant a role; `by` is OPERATOR or an account's id. False when it holds the role already."""
    if role is Role.FREELANCER:
        return False  # everybody's, without a grant
    before = await role_of(session)
    granted = await session.scalar(
        insert(RoleGrant)
        .values(tenant_id=tenant_of(session), id=uuid4(), role=role.value, granted_by=by)
        .on_conflict_do_nothing(index_elements=["tenant_id", "role"], index_where=_HELD)
        .returning(RoleGrant.id)
    )
    if granted is None:
        return False
    if role in STAFF and before not in STAFF:
        await shorten_sessions(session)
    audit.record(session, "role.granted", actor=by, role=role.value)
    await raise_alert(session, AlertKind.ROLE_CHANGED, role=role.value, change="granted")
    return True


async def revoke_role(session: AsyncSession, *, role: Role, by: str, clock: Clock) -> bool:
    """Take a role back, from the next request on. False when it was not held."""
    revoked = await session.scalar(
        update(RoleGrant)
        .where(RoleGrant.tenant_id == tenant_of(session), RoleGrant.role == role.value, _HELD)
        .values(revoked_at=clock.now(), revoked_by=by)
        .returning(RoleGrant.id)
    )
    if revoked is None:
        return False
    audit.record(session, "role.revoked", actor=by, role=role.value)
    await raise_alert(session, AlertKind.ROLE_CHANGED, role=role.value, change="revoked")
    return True
