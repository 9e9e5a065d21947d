"""Codes and tokens: issue, rotate, revoke. Token text keeps the ``oauth2v2_`` prefix clients may check."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

from sandbox.upwork.records import AccessToken, AuthorizationCode, TokenFamily
from sandbox.upwork.world import World

CODE_SECONDS = 600
REFRESH_SECONDS = 14 * 86_400
KEPT_RETIRED = 50


class OAuthError(Exception):
    """An error the token endpoint answers with: ``error`` code, HTTP status, a sentence for people."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status


def new_token() -> str:
    return "oauth2v2_" + secrets.token_hex(16)


def issue_code(
    world: World, *, client_id: str, redirect_uri: str, account_id: str, challenge: str | None
) -> AuthorizationCode:
    """A code that can be exchanged once, within ten minutes, by the same client and redirect address."""
    now = world.clock.now()
    for old in [code for code in world.codes.values() if code.expires_at < now - CODE_SECONDS]:
        del world.codes[old.id]
        world.store.remove(old)
    code = AuthorizationCode(
        id=secrets.token_hex(16),
        client_id=client_id,
        redirect_uri=redirect_uri,
        account_id=account_id,
        expires_at=now + CODE_SECONDS,
        challenge=challenge,
    )
    world.codes[code.id] = code
    world.store.put(code)
    return code


def exchange_code(
    world: World, *, client_id: str, code: str, redirect_uri: str, verifier: str | None
) -> dict[str, Any]:
    """Tokens for a code. A second use fails and revokes what the first one gave."""
    record = world.codes.get(code)
    if record is None or record.client_id != client_id:
        raise OAuthError("invalid_grant", "Unknown authorization code.")
    if record.family_id is not None:
        revoke(world, world.families[record.family_id])
        raise OAuthError("invalid_grant", "The authorization code was already used.")
    if record.expires_at <= world.clock.now():
        raise OAuthError("invalid_grant", "The authorization code has expired.")
    if record.redirect_uri != redirect_uri:
        raise OAuthError("invalid_grant", "redirect_uri differs from the one of the authorization request.")
    if record.challenge is not None and not _verifies(record.challenge, verifier):
        raise OAuthError("invalid_grant", "code_verifier does not match the code_challenge.")
    family = TokenFamily(
        id=secrets.token_hex(8),
        client_id=client_id,
        account_id=record.account_id,
        refresh_token=new_token(),
        refresh_expires_at=world.clock.now() + REFRESH_SECONDS,
    )
    record.family_id = family.id
    world.store.put(record)
    return grant(world, family)


def _verifies(challenge: str, verifier: str | None) -> bool:
    if not verifier:
        return False
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return secrets.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"="), challenge.encode())


def refresh(world: World, *, client_id: str, refresh_token: str) -> dict[str, Any]:
    """Rotate. An old refresh token revokes its whole family, as theft would look the same."""
    family = world.families.get(world.family_by_token.get(refresh_token, ""))
    if family is None or family.client_id != client_id or family.revoked:
        raise OAuthError("invalid_grant", "Unknown or revoked refresh token.")
    if refresh_token in family.retired:
        revoke(world, family)
        raise OAuthError("invalid_grant", "The refresh token was already used; its tokens are revoked.")
    if refresh_token != family.refresh_token:
        raise OAuthError("invalid_grant", "This is not a refresh token.")
    if family.refresh_expires_at <= world.clock.now():
        raise OAuthError("invalid_grant", "The refresh token has expired.")
    family.retired = [*family.retired, family.refresh_token][-KEPT_RETIRED:]
    family.refresh_token = new_token()
    family.refresh_expires_at = world.clock.now() + REFRESH_SECONDS
    return grant(world, family)


def grant(world: World, family: TokenFamily) -> dict[str, Any]:
    """A fresh access token of a family, as the token endpoint answers it."""
    now = world.clock.now()
    seconds = world.settings.access_seconds
    access = AccessToken(token=new_token(), expires_at=now + seconds)
    family.access = [*(old for old in family.access if old.expires_at > now), access][-20:]
    world.keep_family(family)
    return {
        "access_token": access.token,
        "refresh_token": family.refresh_token,
        "token_type": "Bearer",
        "expires_in": seconds,
    }


def revoke(world: World, family: TokenFamily) -> None:
    """End every token of a consent."""
    family.revoked = True
    family.access = []
    world.keep_family(family)


def revoke_token(world: World, *, client_id: str, token: str) -> None:
    """Revoke by any token of the family; an unknown token is no error (RFC 7009)."""
    family = world.families.get(world.family_by_token.get(token, ""))
    if family is not None and family.client_id == client_id:
        revoke(world, family)


def bearer(world: World, token: str) -> TokenFamily | None:
    """The family of a live access token."""
    family = world.families.get(world.family_by_token.get(token, ""))
    if family is None or family.revoked:
        return None
    now = world.clock.now()
    alive = any(access.token == token and access.expires_at > now for access in family.access)
    return family if alive else None
