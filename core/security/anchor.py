"""Anchors: heads of audit chains, noted where whoever owns the database cannot reach them.

AUDIT_ANCHOR names a folder (on another disk or machine, one file a day, lines are only ever added) or the https address of an
object store (PUT one object per anchor and `head.json` per account; give the process a key that may write and not delete, or
turn versions on). Each anchor carries a code under the key ring, so nobody without those keys can make one up.

An erased account leaves one last anchor that says so: a chain that is missing without one was taken away. A folder tells by
itself which accounts there were. A store is asked by name, so it also keeps the roll: the list of all accounts with a code of its
own, which only grows but for those that were erased. Whoever takes an account out of the database cannot take it off that list.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import httpx

from core.crypto import CannotUnseal, UnknownKey, Vault
from core.errors import Unavailable
from core.security.chain import Head
from core.settings import Settings

_ROLL = "accounts"


@dataclass(frozen=True, slots=True)
class Anchor:
    """`erased`: the account ended here, and its chain with it."""

    tenant_id: UUID
    head: Head
    at: datetime
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Anchors:
    """What was found: good ones, how many lines were not made with our keys, and how many with one that was retired."""

    good: tuple[Anchor, ...]
    forged: int
    retired: int


@dataclass(frozen=True, slots=True)
class Roll:
    """Which accounts there were at that time, as the store remembers it."""

    accounts: frozenset[UUID]
    at: datetime


class NotAnchored(Unavailable):
    """The place for anchors took nothing. The chain goes on; the next try notes its head."""


def to_line(vault: Vault, anchor: Anchor) -> str:
    """One line of JSON with its code."""
    code = vault.seal_system(b"", _place(anchor))
    return json.dumps(
        {
            "account": str(anchor.tenant_id),
            "seq": anchor.head.seq,
            "hash": anchor.head.hash.hex(),
            "at": anchor.at.isoformat(),
            "erased": anchor.erased,
            "code": base64.b64encode(code).decode(),
        }
    )


def from_line(vault: Vault, line: str) -> Anchor:
    """Raises CannotUnseal for a line that was not made with our keys, or was changed."""
    try:
        read = json.loads(line)
        anchor = Anchor(
            UUID(read["account"]),
            Head(int(read["seq"]), bytes.fromhex(read["hash"])),
            datetime.fromisoformat(read["at"]),
            erased=read["erased"] is True,
        )
        code = base64.b64decode(read["code"], validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise CannotUnseal from None
    vault.unseal_system(code, _place(anchor))
    return anchor


def _place(anchor: Anchor) -> str:
    """What the code is bound to: everything the anchor says."""
    return f"anchor|{anchor.tenant_id}|{anchor.head.seq}|{anchor.head.hash.hex()}|{anchor.at.isoformat()}|{anchor.erased}"


async def write(settings: Settings, http: httpx.AsyncClient, vault: Vault, anchor: Anchor) -> None:
    """Note a head outside. Raises NotAnchored, and NetworkInTransaction with an object store."""
    line = to_line(vault, anchor)
    if is_store(settings):
        ending = "end" if anchor.erased else f"{anchor.head.seq:012d}"
        await _put(settings, http, str(anchor.tenant_id), (ending, "head"), line)
        return
    try:
        await asyncio.to_thread(_append, Path(settings.audit_anchor), anchor.at, line)
    except OSError as error:
        raise NotAnchored(type(error).__name__, retry_after=60) from None


async def call_the_roll(
    settings: Settings, http: httpx.AsyncClient, vault: Vault, *, accounts: Collection[UUID], at: datetime
) -> Roll:
    """Write the list of all accounts to the store: those there are, and those of the last list that were not erased since.

    Raises NotAnchored, also for a last list that was not made with our keys: it is not to be covered up.
    """
    try:
        before = await read_roll(settings, http, vault, retired_too=True)
    except CannotUnseal:
        raise NotAnchored(
            "the store's list of accounts was not made with our keys", retry_after=3600
        ) from None
    missing = (before.accounts if before else frozenset[UUID]()) - set(accounts)
    erased = {
        found.tenant_id
        for found in (await read(settings, http, vault, accounts=missing)).good
        if found.erased
    }
    roll = Roll(frozenset(accounts) | (missing - erased), at)
    content = json.dumps(
        {
            "accounts": [str(account) for account in sorted(roll.accounts)],
            "at": roll.at.isoformat(),
            "code": base64.b64encode(vault.seal_system(b"", _roll_place(roll))).decode(),
        }
    )
    await _put(settings, http, _ROLL, (f"{at:%Y%m%dT%H%M%S}", "head"), content)
    return roll


async def read_roll(
    settings: Settings, http: httpx.AsyncClient, vault: Vault, *, retired_too: bool = False
) -> Roll | None:
    """The store's list of accounts; None while there is none. Raises NotAnchored, and CannotUnseal for one not made by us.

    With `retired_too` a list under a key that is gone is taken at its word: good enough to be carried over into the next one.
    """
    text = await _get(settings, http, _ROLL)
    if text is None:
        return None
    try:
        found = json.loads(text)
        roll = Roll(
            frozenset(UUID(account) for account in found["accounts"]), datetime.fromisoformat(found["at"])
        )
        code = base64.b64decode(found["code"], validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise CannotUnseal from None
    try:
        vault.unseal_system(code, _roll_place(roll))
    except UnknownKey:
        if not retired_too:
            raise
    return roll


def _roll_place(roll: Roll) -> str:
    listed = hashlib.sha256("|".join(sorted(map(str, roll.accounts))).encode()).hexdigest()
    return f"roll|{len(roll.accounts)}|{listed}|{roll.at.isoformat()}"


def _append(folder: Path, at: datetime, line: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{at:%Y-%m-%d}.jsonl"
    new = not path.exists()
    with path.open("ab", buffering=0) as file:
        # One write: lines of several processes do not mix.
        file.write(line.encode() + b"\n")
        os.fsync(file.fileno())
    if new:
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


async def read(
    settings: Settings, http: httpx.AsyncClient, vault: Vault, *, accounts: Collection[UUID]
) -> Anchors:
    """Every anchor in a folder; of a store the last one of each of `accounts`. Raises NotAnchored when it cannot be read."""
    if is_store(settings):
        lines = [line for tenant_id in accounts if (line := await _get(settings, http, str(tenant_id)))]
    else:
        try:
            lines = await asyncio.to_thread(_lines, Path(settings.audit_anchor))
        except OSError as error:
            raise NotAnchored(type(error).__name__) from None
    good, forged, retired = [], 0, 0
    for line in lines:
        try:
            good.append(from_line(vault, line))
        except CannotUnseal:
            if _version(line) in (None, *settings.kek_ring):
                forged += 1
            else:
                retired += 1
    return Anchors(tuple(good), forged, retired)


def _version(line: str) -> int | None:
    """The key a line says it was made with; None for what says nothing."""
    try:
        code = base64.b64decode(json.loads(line)["code"], validate=True)
    except (ValueError, KeyError, TypeError):
        return None
    return int.from_bytes(code[:2], "big")


def _lines(folder: Path) -> list[str]:
    return [
        line
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(errors="replace").splitlines()
        if line
    ]


async def _get(settings: Settings, http: httpx.AsyncClient, folder: str) -> str | None:
    """What lies under `head` there."""
    answer = await _ask(settings, http, "GET", folder, "head")
    if answer.status_code == 404:
        return None
    if answer.status_code != 200:
        raise NotAnchored(f"the store answered {answer.status_code}")
    return answer.text


async def _put(
    settings: Settings, http: httpx.AsyncClient, folder: str, names: Sequence[str], content: str
) -> None:
    for name in names:
        answer = await _ask(settings, http, "PUT", folder, name, content=content.encode())
        if answer.status_code not in (200, 201, 204):
            raise NotAnchored(f"the store answered {answer.status_code}", retry_after=60)


def is_store(settings: Settings) -> bool:
    return settings.audit_anchor.startswith(("https://", "http://"))


async def _ask(
    settings: Settings,
    http: httpx.AsyncClient,
    verb: str,
    folder: str,
    name: str,
    *,
    content: bytes | None = None,
) -> httpx.Response:
    """Raises NotAnchored. A user and password in the address are sent as HTTP Basic, never as part of it."""
    place = urlsplit(settings.audit_anchor)
    host = place.netloc.rpartition("@")[2]
    url = f"{place.scheme}://{host}{place.path.rstrip('/')}/{folder}/{name}.json"
    auth = (unquote(place.username), unquote(place.password or "")) if place.username else None
    try:
        return await http.request(verb, url, content=content, auth=auth)
    except httpx.HTTPError as error:
        raise NotAnchored(type(error).__name__, retry_after=60) from None
