"""Passwords: argon2id off the event loop, a length, a list of leaked ones, and no rules about which characters."""

from __future__ import annotations

import asyncio
from functools import cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Invalid

MIN_LENGTH = 8
MIN_LENGTH_ALONE = 15
"""Without a second factor a password has to carry the account by itself (NIST SP 800-63B-4)."""
MAX_LENGTH = 256

_LEAKED = Path(__file__).with_name("leaked_passwords.txt")
_SHORTEST_WORD = 4

_hasher = PasswordHasher()
# Each hash takes 64 MiB and a core for a while: more at once would only make everybody wait, or run out of memory.
_hashing = asyncio.Semaphore(2)


class WeakPassword(Invalid):
    """`why` is "short" (with `minimum`), "long" (with `limit`), "leaked", "guessable"."""

    code = "weak_password"


def check_password(password: str, *, minimum: int, email: str = "") -> None:
    """Raises WeakPassword. Lengths are in characters; nothing is trimmed, every character counts."""
    if len(password) < minimum:
        raise WeakPassword(why="short", minimum=minimum)
    if len(password) > MAX_LENGTH:
        raise WeakPassword(why="long", limit=MAX_LENGTH)
    folded = password.casefold()
    if folded in _leaked():
        raise WeakPassword(why="leaked")
    if _repeats(folded) or _is_about(folded, email.casefold()):
        raise WeakPassword(why="guessable")


async def hash_password(password: str) -> str:
    """The argon2id string, with its own salt. Takes a tenth of a second or so in a thread."""
    async with _hashing:
        return await asyncio.to_thread(_hasher.hash, _bytes(password))


async def matches(password: str, hashed: str | None) -> bool:
    """Whether this is the password. Without a hash it takes the same time and says no."""
    async with _hashing:
        return await asyncio.to_thread(_verify, password, hashed or await _nobodys()) and hashed is not None


def _verify(password: str, hashed: str) -> bool:
    try:
        return _hasher.verify(hashed, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    # Half a surrogate pair is no text to UTF-8, yet some clients send it.
    return password.encode("utf-8", "surrogatepass")


_nobody: list[str] = []


async def _nobodys() -> str:
    """A hash of nothing in particular, so that an unknown account costs what a known one does."""
    if not _nobody:
        _nobody.append(await asyncio.to_thread(_hasher.hash, b"nobody's"))
    return _nobody[0]


@cache
def _leaked() -> frozenset[str]:
    _, _, words = _LEAKED.read_text(encoding="utf-8").partition("\n\n")
    return frozenset(word.casefold() for word in words.splitlines())


def _repeats(folded: str) -> bool:
    """One short piece over and over, or neighbours of the digits and the alphabet in a row."""
    for size in range(1, min(8, len(folded) // 2) + 1):
        if folded == (folded[:size] * (len(folded) // size + 1))[: len(folded)]:
            return True
    steps = {ord(after) - ord(before) for before, after in pairwise(folded)}
    return steps in ({1}, {-1})


def _is_about(folded: str, email: str) -> bool:
    """Little more than the address or the product's name."""
    for word in (email, email.partition("@")[0], "gigwright", "upwork"):
        if len(word) >= _SHORTEST_WORD and len(folded.replace(word, "")) < _SHORTEST_WORD:
            return True
    return False
