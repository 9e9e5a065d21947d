"""One word in every dress it may wear on its way out: as it is, reversed, in hex, in UTF-16, in base64."""

from __future__ import annotations

import base64
from collections.abc import Iterator


class Dresses:
    """Finds a word of ASCII letters in bytes, whatever it was turned into."""

    def __init__(self, word: str) -> None:
        self._word = word.encode()
        wide = word.encode("utf-16-le")
        self._lower = {
            "plain text": self._word,
            "reverse": self._word[::-1],
            "UTF-16": wide,
            "UTF-16, big-endian": word.encode("utf-16-be"),
            "hex": self._word.hex().encode(),
            "hex of the reverse": self._word[::-1].hex().encode(),
            "hex of UTF-16": wide.hex().encode(),
        }
        self._exact = {f"base64 at {shift}": _inside(self._word, shift) for shift in range(3)}

    def each(self) -> Iterator[tuple[str, bytes]]:
        yield from self._lower.items()
        yield from self._exact.items()

    def found_in(self, haystack: bytes) -> bool:
        lower = haystack.lower()
        return any(dress in lower for dress in self._lower.values()) or any(
            dress in haystack for dress in self._exact.values()
        )

    def base64(self) -> bytes:
        return base64.b64encode(b"xy" + self._word + b"z")


def _inside(word: bytes, shift: int) -> bytes:
    """The part of the base64 text that depends on the word alone when `shift` bytes stand before it."""
    coded = base64.b64encode(b"\0" * shift + word)
    first = (0, 2, 3)[shift]
    last = (shift + len(word)) * 8 // 6
    return coded[first:last]
