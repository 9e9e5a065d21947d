"""What every route asks of whoever calls it. A route that is not in here is refused, and fails the build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.access.permissions import Permission


class Open(StrEnum):
    """Routes that look at no login, and what they look at instead."""

    ANYBODY = "anybody"  # tells and does nothing about an account, or is where one proves who one is
    LINK = "link"  # a one-time link from the chat or a mail, bound to its browser
    SECRET = "secret"  # noqa: S105 - Telegram's shared secret in a header


@dataclass(frozen=True, slots=True)
class Needs:
    """A login whose role has `permission`. `half`: also one that still waits for its second step. `console`: level ADM."""

    permission: Permission
    half: bool = False
    console: bool = False


_SECURITY = Needs(Permission.OWN_SECURITY)
_HALF = Needs(Permission.OWN_SECURITY, half=True)


def _staff(permission: Permission) -> Needs:
    return Needs(permission, console=True)


ROUTES: Mapping[tuple[str, str], Open | Needs] = MappingProxyType(
    {
        ("GET", "/"): Open.ANYBODY,
        ("GET", "/privacy"): Open.ANYBODY,
        ("GET", "/terms"): Open.ANYBODY,
        ("GET", "/livez"): Open.ANYBODY,
        ("GET", "/healthz"): Open.ANYBODY,
        ("POST", "/telegram/webhook"): Open.SECRET,
        # Upwork
        ("GET", "/connect/{token}"): Open.LINK,
        ("POST", "/connect/{token}"): Open.LINK,
        ("POST", "/connect/after/{token}"): Open.LINK,
        ("GET", "/auth/upwork/callback"): Open.LINK,
        ("GET", "/auth/upwork/connect"): Needs(Permission.OWN_WORK),
        ("POST", "/auth/upwork/connect"): Needs(Permission.OWN_WORK),
        # one-time links
        ("GET", "/verify/{token}"): Open.LINK,
        ("POST", "/verify/{token}"): Open.LINK,
        ("GET", "/export/{token}"): Open.LINK,
        ("POST", "/export/{token}"): Open.LINK,
        ("GET", "/kill/{token}"): Open.LINK,
        ("POST", "/kill/{token}"): Open.LINK,
        ("GET", "/register/{token}"): Open.LINK,
        ("POST", "/register/{token}"): Open.LINK,
        ("GET", "/confirm/{token}"): Open.LINK,
        ("POST", "/confirm/{token}"): Open.LINK,
        ("GET", "/protect/{token}"): Open.LINK,
        ("POST", "/protect/{token}/{step}"): Open.LINK,
        # logging in
        ("POST", "/auth/register"): Open.ANYBODY,
        ("POST", "/auth/confirm"): Open.ANYBODY,
        ("POST", "/auth/login"): Open.ANYBODY,
        ("POST", "/auth/passkey"): Open.ANYBODY,
        ("POST", "/auth/refresh"): Open.ANYBODY,
        ("POST", "/auth/logout"): _HALF,
        ("POST", "/auth/join"): _SECURITY,
        # one's own security
        ("GET", "/security/profile"): _SECURITY,
        ("GET", "/security/logs"): _SECURITY,
        ("POST", "/security/verify"): _HALF,
        ("POST", "/security/verify/passkey"): _HALF,
        ("POST", "/security/mfa/enable"): _SECURITY,
        ("POST", "/security/mfa/disable"): _SECURITY,
        ("POST", "/security/password"): _SECURITY,
        # the console
        ("GET", "/admin/login"): Open.ANYBODY,
        ("POST", "/admin/login"): Open.ANYBODY,
        ("POST", "/admin/verify"): _HALF,
        ("POST", "/admin/logout"): _HALF,
        ("GET", "/admin"): _staff(Permission.SEE_HEALTH),
        ("GET", "/admin/users"): _staff(Permission.SEE_USERS),
        ("GET", "/admin/alerts"): _staff(Permission.SEE_ALERTS),
        ("GET", "/admin/audit"): _staff(Permission.SEE_AUDIT),
        ("GET", "/admin/cost"): _staff(Permission.SEE_COST),
        ("POST", "/admin/users/{user_id}/lock"): _staff(Permission.LOCK_USERS),
        ("POST", "/admin/users/{user_id}/unlock"): _staff(Permission.UNLOCK_USERS),
    }
)
