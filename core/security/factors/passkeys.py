"""Passkeys (WebAuthn): made and checked with the person present and verified, one challenge for one purpose, used once.

A passkey belongs to a name, so there are none on an installation that people reach by an IP address.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import webauthn
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.clock import Clock
from core.crypto import TenantKeys
from core.db import tenant_of
from core.errors import Conflict
from core.log import get_logger
from core.security.factors.models import Binding, Factor, FactorKind, PasskeyChallenge
from core.settings import Settings

log = get_logger(__name__)

CHALLENGE_LIFE = timedelta(minutes=5)
AT_MOST = 10

_RP_NAME = "Gigwright"
_CHALLENGE_BYTES = 32
_MAX_ANSWER = 16_384  # characters; a real one with its attestation is a few thousand


@dataclass(frozen=True, slots=True)
class PasskeyOptions:
    """What the browser's `navigator.credentials` is asked with, as JSON, and the challenge it answers."""

    challenge_id: UUID
    options: str


class NoNameForPasskeys(Conflict):
    """The installation's address is an IP address, or not https: browsers keep no passkeys for it."""

    code = "no_passkeys_here"


class TooManyPasskeys(Conflict):
    code = "too_many_passkeys"


def work_at(settings: Settings) -> bool:
    """Whether browsers keep passkeys for our address: a name over https, or localhost."""
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    return False


async def begin_registration(
    session: AsyncSession,
    keys: TenantKeys,
    settings: Settings,
    *,
    account: str,
    binding: Binding,
    clock: Clock,
) -> PasskeyOptions:
    """Ask for a new passkey. `account` is the name it is listed under. Raises NoNameForPasskeys, TooManyPasskeys."""
    if not work_at(settings):
        raise NoNameForPasskeys
    present = await _stored(session, keys)
    if len(present) >= AT_MOST:
        raise TooManyPasskeys
    row = await _new_challenge(session, binding, clock)
    options = webauthn.generate_registration_options(
        rp_id=_rp_id(settings),
        rp_name=_RP_NAME,
        user_name=account,
        user_id=bytes.fromhex(keys.fingerprint("passkey-user")),
        challenge=row.challenge,
        timeout=_milliseconds(CHALLENGE_LIFE),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(present),
    )
    return PasskeyOptions(row.id, webauthn.options_to_json(options))


async def finish_registration(
    session: AsyncSession,
    keys: TenantKeys,
    settings: Settings,
    *,
    challenge_id: UUID,
    answer: str,
    binding: Binding,
    clock: Clock,
) -> UUID | None:
    """The new factor's id, or None when the answer does not belong to this challenge. The challenge is used up either way."""
    challenge = await _use_challenge(session, challenge_id, binding, clock)
    parsed = _parse(answer)
    if challenge is None or parsed is None:
        return None
    try:
        made = webauthn.verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(settings),
            expected_origin=_origin(settings),
            require_user_verification=True,
        )
    except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes break in the parsers, they prove nothing
        log.info("passkey.refused", step="registration", error=type(error).__name__)
        return None
    credential_hash = _credential_hash(keys, made.credential_id)
    if await session.scalar(
        select(Factor.id).where(*_mine(session), Factor.credential_hash == credential_hash)
    ):
        return None
    row = Factor(
        tenant_id=tenant_of(session),
        id=uuid4(),
        kind=FactorKind.PASSKEY.value,
        secret_sealed=b"",
        credential_hash=credential_hash,
        confirmed_at=clock.now(),
        sign_count=made.sign_count,
    )
    kept = {
        "id": bytes_to_base64url(made.credential_id),
        "key": bytes_to_base64url(made.credential_public_key),
        "transports": _transports(parsed),
    }
    row.secret_sealed = keys.seal(row, "secret_sealed", json.dumps(kept))
    session.add(row)
    await session.flush()
    return row.id


async def begin_assertion(
    session: AsyncSession, keys: TenantKeys, settings: Settings, *, binding: Binding, clock: Clock
) -> PasskeyOptions:
    """Ask one of the tenant's passkeys to sign for `binding`. Raises NoNameForPasskeys."""
    if not work_at(settings):
        raise NoNameForPasskeys
    row = await _new_challenge(session, binding, clock)
    options = webauthn.generate_authentication_options(
        rp_id=_rp_id(settings),
        challenge=row.challenge,
        timeout=_milliseconds(CHALLENGE_LIFE),
        allow_credentials=_descriptors(await _stored(session, keys)),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return PasskeyOptions(row.id, webauthn.options_to_json(options))


async def finish_assertion(
    session: AsyncSession,
    keys: TenantKeys,
    settings: Settings,
    *,
    challenge_id: UUID,
    answer: str,
    binding: Binding,
    clock: Clock,
) -> bool:
    """Whether one of the tenant's passkeys signed this challenge for this purpose. The challenge is used up either way."""
    challenge = await _use_challenge(session, challenge_id, binding, clock)
    parsed = _parse(answer)
    if challenge is None or parsed is None:
        return False
    row = await _find(session, keys, parsed)
    if row is None:
        return False
    kept = json.loads(keys.unseal(row, "secret_sealed"))
    try:
        shown = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(settings),
            expected_origin=_origin(settings),
            credential_public_key=base64url_to_bytes(kept["key"]),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes break in the parsers, they prove nothing
        log.info("passkey.refused", step="assertion", error=type(error).__name__)
        return False
    counted = await session.scalar(
        update(Factor)
        .where(Factor.tenant_id == row.tenant_id, Factor.id == row.id, Factor.sign_count == row.sign_count)
        .values(sign_count=shown.new_sign_count, used_at=clock.now())
        .returning(Factor.id)
    )
    return counted is not None


def _mine(session: AsyncSession) -> tuple[Any, ...]:
    return Factor.tenant_id == tenant_of(session), Factor.kind == FactorKind.PASSKEY.value


async def _stored(session: AsyncSession, keys: TenantKeys) -> list[dict[str, Any]]:
    rows = await session.scalars(select(Factor).where(*_mine(session)).order_by(Factor.created_at))
    return [json.loads(keys.unseal(row, "secret_sealed")) for row in rows]


async def _find(session: AsyncSession, keys: TenantKeys, parsed: dict[str, Any]) -> Factor | None:
    try:
        credential_id = base64url_to_bytes(str(parsed.get("rawId", "")))
    except ValueError:
        return None
    return await session.scalar(
        select(Factor).where(*_mine(session), Factor.credential_hash == _credential_hash(keys, credential_id))
    )


async def _new_challenge(session: AsyncSession, binding: Binding, clock: Clock) -> PasskeyChallenge:
    tenant_id, now = tenant_of(session), clock.now()
    await session.execute(
        delete(PasskeyChallenge).where(
            PasskeyChallenge.tenant_id == tenant_id, PasskeyChallenge.expires_at <= now
        )
    )
    row = PasskeyChallenge(
        tenant_id=tenant_id,
        id=uuid4(),
        challenge=secrets.token_bytes(_CHALLENGE_BYTES),
        binding=binding.digest,
        expires_at=now + CHALLENGE_LIFE,
    )
    session.add(row)
    await session.flush()
    return row


async def _use_challenge(
    session: AsyncSession, challenge_id: UUID, binding: Binding, clock: Clock
) -> bytes | None:
    now = clock.now()
    return await session.scalar(
        update(PasskeyChallenge)
        .where(
            PasskeyChallenge.tenant_id == tenant_of(session),
            PasskeyChallenge.id == challenge_id,
            PasskeyChallenge.binding == binding.digest,
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.expires_at > now,
        )
        .values(used_at=now)
        .returning(PasskeyChallenge.challenge)
    )


def _parse(answer: str) -> dict[str, Any] | None:
    if not 0 < len(answer) <= _MAX_ANSWER:
        return None
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _transports(parsed: dict[str, Any]) -> list[str]:
    response = parsed.get("response")
    named = response.get("transports") if isinstance(response, dict) else None
    known = {transport.value for transport in AuthenticatorTransport}
    return (
        [name for name in named if isinstance(name, str) and name in known] if isinstance(named, list) else []
    )


def _descriptors(kept: Sequence[dict[str, Any]]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one["id"]),
            transports=[AuthenticatorTransport(name) for name in one["transports"]] or None,
        )
        for one in kept
    ]


def _credential_hash(keys: TenantKeys, credential_id: bytes) -> str:
    return keys.fingerprint(f"passkey|{bytes_to_base64url(credential_id)}")


def _rp_id(settings: Settings) -> str:
    return urlsplit(settings.public_url).hostname or ""


def _origin(settings: Settings) -> str:
    parts = urlsplit(settings.public_url)
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in {None, standard} else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _milliseconds(life: timedelta) -> int:
    return int(life.total_seconds() * 1000)
