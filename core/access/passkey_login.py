"""Logging in with a passkey and an address, without a password. An address nobody has is asked for a passkey all the same."""

from __future__ import annotations

import json
import secrets
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import webauthn
from webauthn.helpers.structs import UserVerificationRequirement

from core.access.floors import floor
from core.access.logins import REFUSED_SECONDS, WrongLogin, owner_of
from core.access.system_secrets import SystemSecrets
from core.runtime import Runtime
from core.security.assurance import ACCOUNT
from core.security.factors import passkeys
from core.security.factors.models import Binding, FactorKind
from core.security.factors.passkeys import NoNameForPasskeys, PasskeyOptions
from core.security.lockout import service as lockout

_CHALLENGE_BYTES = 32  # as in core.security.factors.passkeys
_LOGIN = "login"
_FACTOR = FactorKind.PASSKEY.value
OFFER_SECONDS = 0.1
"""How long an offer takes at least: several times what storing a challenge does, which only known addresses need."""


async def offer_passkey(rt: Runtime, system: SystemSecrets, *, email: str) -> PasskeyOptions:
    """What to ask the browser. Raises NoNameForPasskeys.

    No passkey is named, so the browser offers those it has for this site, and the answer is of one shape for every address.
    """
    if not passkeys.work_at(rt.settings):
        raise NoNameForPasskeys
    tellable = floor(OFFER_SECONDS)
    offered = await _offer(rt, system, email)
    await tellable()
    return offered


async def _offer(rt: Runtime, system: SystemSecrets, email: str) -> PasskeyOptions:
    tenant_id = await owner_of(rt, system, email=email)
    if tenant_id is None:
        return PasskeyOptions(uuid4(), _unnamed(_decoy(rt)))
    async with rt.db.begin(tenant_id) as session:
        keys = await rt.keys(session)
        offered = await passkeys.begin_assertion(
            session, keys, rt.settings, binding=_binding(), clock=rt.clock
        )
    return PasskeyOptions(offered.challenge_id, _unnamed(offered.options))


async def check_passkey(
    rt: Runtime, system: SystemSecrets, *, email: str, challenge_id: UUID, answer: str, ip: str
) -> UUID:
    """Whose passkey signed. Raises WrongLogin, never before REFUSED_SECONDS, and LimitReached."""
    refusable = floor(REFUSED_SECONDS)
    index = await system.email_index(email)
    await lockout.check(rt.db, subject=index, factor=_FACTOR, ip=ip)
    tenant_id = await owner_of(rt, system, email=email)
    right = False
    if tenant_id is not None:
        async with rt.db.begin(tenant_id) as session:
            keys = await rt.keys(session)
            right = await passkeys.finish_assertion(
                session,
                keys,
                rt.settings,
                challenge_id=challenge_id,
                answer=answer,
                binding=_binding(),
                clock=rt.clock,
            )
    if tenant_id is None or not right:
        await lockout.failed(rt.db, subject=index, factor=_FACTOR, ip=ip, tenant_id=tenant_id)
        await refusable()
        raise WrongLogin
    await lockout.succeeded(rt.db, subject=index, factor=_FACTOR, ip=ip)
    return tenant_id


def _binding() -> Binding:
    return Binding(_LOGIN, ACCOUNT, "web")


def _unnamed(options: str) -> str:
    return json.dumps({**json.loads(options), "allowCredentials": []})


def _decoy(rt: Runtime) -> str:
    """Options with a challenge that nobody keeps: no answer to it is ever right."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=urlsplit(rt.settings.public_url).hostname or "",
            challenge=secrets.token_bytes(_CHALLENGE_BYTES),
            timeout=int(passkeys.CHALLENGE_LIFE.total_seconds() * 1000),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )
