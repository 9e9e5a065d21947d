"""Recognises a posting that the client put up again with small edits.

The fingerprint is a MinHash of word pairs and a keyed trace of the client. It holds no words of the posting, so it may
outlive the posting's 24 hours and still recognise a repost a week later.
"""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.jobs_feed.posting import ClientFacts, JobPosting
from core.matching.words import key_of

HASHES = 64
BAND_ROWS = 4
VERSION = "1"

# Two thirds of the word pairs survive a changed budget, a new greeting and an added line.
SAME_CLIENT_SIMILARITY = 0.5
UNKNOWN_CLIENT_SIMILARITY = 0.65
MIN_WORDS = 12

_MIXERS: NDArray[np.uint64] = np.frombuffer(
    b"".join(
        hashlib.blake2b(bytes([index]), digest_size=8, person=b"repost").digest() for index in range(HASHES)
    ),
    dtype=np.uint64,
) | np.uint64(1)
_DIGITS = re.compile(r"\d+")


def fingerprint(posting: JobPosting) -> str:
    """Content fingerprint, `1:<words>:<128 hex digits>:<client>`; near for near postings, see `similarity`.

    `<words>` is how many words it was made of (at most 9999), `<client>` 12 hex digits or empty when Upwork says too little
    about the client to tell them from others.
    """
    words = key_of(_DIGITS.sub("0", posting.text.casefold()))
    pairs = {f"{first} {second}" for first, second in pairwise(words)} or {" ".join(words)}
    hashed = np.array(
        [
            int.from_bytes(hashlib.blake2b(pair.encode(), digest_size=8).digest(), "big")
            for pair in sorted(pairs)
        ],
        dtype=np.uint64,
    )
    mixed = hashed[:, None] * _MIXERS[None, :]
    mixed ^= mixed >> np.uint64(31)
    lowest = (mixed * _MIXERS[::-1][None, :]).min(axis=0)
    digest = (lowest & np.uint64(0xFF)).astype(np.uint8).tobytes().hex()
    return f"{VERSION}:{min(len(words), 9999)}:{digest}:{_client_trace(posting.client)}"


def bands(mark: str) -> tuple[str, ...]:
    """Parts of a fingerprint to look candidates up by: reposts share at least one of the sixteen, strangers hardly ever."""
    digest = mark.split(":")[2]
    step = BAND_ROWS * 2
    return tuple(f"{start // step}:{digest[start : start + step]}" for start in range(0, len(digest), step))


def similarity(first: str, second: str) -> float:
    """Estimated share of word pairs that two postings have in common, 0..1, from their fingerprints."""
    left, right = bytes.fromhex(first.split(":")[2]), bytes.fromhex(second.split(":")[2])
    equal = sum(1 for one, other in zip(left, right, strict=True) if one == other)
    # One byte agrees by chance once in 256.
    return max(0.0, (equal / HASHES - 1 / 256) / (1 - 1 / 256))


def is_same_job(first: str, second: str) -> bool:
    """Whether two fingerprints are of one job: near enough, and not known to be of different clients."""
    _, first_words, _, first_client = first.split(":")
    _, second_words, _, second_client = second.split(":")
    close = similarity(first, second)
    if first_client and second_client:
        return first_client == second_client and close >= SAME_CLIENT_SIMILARITY
    # "Need a logo" is written by a hundred clients; without a trace of the client a short text proves nothing.
    long_enough = min(int(first_words), int(second_words)) >= MIN_WORDS
    return long_enough and close >= UNKNOWN_CLIENT_SIMILARITY


def is_repost(first: JobPosting, second: JobPosting) -> bool:
    """Whether two different postings are the same job of, as far as known, the same client."""
    return first.upwork_id != second.upwork_id and is_same_job(fingerprint(first), fingerprint(second))


def _client_trace(client: ClientFacts) -> str:
    """Hash of what does not change about a client; a country alone is shared by too many to be a trace."""
    if client.country is None or (client.member_since is None and client.city is None):
        return ""
    since = client.member_since.date().isoformat() if client.member_since else ""
    known = "|".join((client.country.casefold(), (client.city or "").casefold(), since))
    return hashlib.blake2b(known.encode("utf-8", "replace"), digest_size=6).hexdigest()
