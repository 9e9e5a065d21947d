"""Who may do what, in one table, and how much of it a day. The service layer asks here; no keyboard and no page decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.models import RoleGrant
from core.errors import Forbidden


class Role(StrEnum):
    """From the least to the most; whoever holds several acts as the last of them."""

    FREELANCER = "freelancer"
    PREMIUM = "premium"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Permission(StrEnum):
    OWN_WORK = "own_work"  # searches, drafts, approvals
    OWN_SECURITY = "own_security"  # factors, password, sessions, the log of what happened
    OWN_DATA = "own_data"  # export, erasure
    SEE_USERS = "see_users"  # ids, states, counts
    SEE_ALERTS = "see_alerts"
    SEE_HEALTH = "see_health"  # the queue, Upwork
    LOCK_USERS = "lock_users"
    UNLOCK_USERS = "unlock_users"
    SEE_AUDIT = "see_audit"
    SEE_COST = "see_cost"
    GRANT_ROLES = "grant_roles"


_OWN = frozenset({Permission.OWN_WORK, Permission.OWN_SECURITY, Permission.OWN_DATA})
_MODERATION = frozenset(
    {Permission.SEE_USERS, Permission.SEE_ALERTS, Permission.SEE_HEALTH, Permission.LOCK_USERS}
)
_ADMINISTRATION = frozenset(
    {Permission.UNLOCK_USERS, Permission.SEE_AUDIT, Permission.SEE_COST, Permission.GRANT_ROLES}
)

ALLOWED: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.FREELANCER: _OWN,
        Role.PREMIUM: _OWN,
        Role.MODERATOR: _OWN | _MODERATION,
        Role.ADMIN: _OWN | _MODERATION | _ADMINISTRATION,
    }
)

STAFF = frozenset({Role.MODERATOR, Role.ADMIN})
"""Roles with a way into the console. They are granted by an admin or the operator, never bought."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account may use up. Days are UTC days; `llm_dollars` counts what the model's maker charges in 24 hours,
    `llm_dollars_a_month` in 30 days.
    """

    searches: int
    drafts_a_day: int
    exports_a_day: int
    llm_dollars: Decimal
    llm_dollars_a_month: Decimal
    web_sessions: int


_GENEROUS = Limits(
    searches=40,
    drafts_a_day=600,
    exports_a_day=6,
    llm_dollars=Decimal(20),
    llm_dollars_a_month=Decimal(200),
    web_sessions=10,
)

LIMITS: Mapping[Role, Limits] = MappingProxyType(
    {
        Role.FREELANCER: Limits(
            searches=10,
            drafts_a_day=120,
            exports_a_day=2,
            llm_dollars=Decimal(3),
            llm_dollars_a_month=Decimal(30),
            web_sessions=5,
        ),
        Role.PREMIUM: _GENEROUS,
        Role.MODERATOR: _GENEROUS,
        Role.ADMIN: _GENEROUS,
    }
)


class NotPermitted(Forbidden):
    """The acting role lacks the named permission."""

    code = "not_permitted"


async def role_of(session: AsyncSession) -> Role:
    """The role of this transaction's tenant right now: the highest that was granted and not taken back."""
    held = await session.scalars(select(RoleGrant.role).where(RoleGrant.revoked_at.is_(None)))
    order = list(Role)
    return max((Role(role) for role in held), key=order.index, default=Role.FREELANCER)


async def limits_of(session: AsyncSession) -> Limits:
    """The limits of this transaction's tenant."""
    return LIMITS[await role_of(session)]


async def require_permission(session: AsyncSession, permission: Permission) -> Role:
    """The acting role, read anew. Raises NotPermitted with `permission`."""
    role = await role_of(session)
    if permission not in ALLOWED[role]:
        raise NotPermitted(permission=permission.value)
    return role
