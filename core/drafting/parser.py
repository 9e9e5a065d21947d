"""Reading a model's answer while it is being written: the letter for the eyes at once, the rest typed at the end.

The agreed form is `<letter>…</letter><data>{json}</data>`. Models forget tags, wrap things in code fences, stop half-way or
babble; whatever is readable as a letter is kept, and the flags say what was wrong.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

_OPEN = re.compile(r"<letter>", re.IGNORECASE | re.ASCII)
_END = re.compile(r"</letter>|(?=<data>)", re.IGNORECASE | re.ASCII)
_END_TAGS = ("</letter>", "<data>")
_PATIENCE = 240
"""Characters of preamble read while waiting for the opening tag; after that the text counts as the letter."""
_TAIL_LIMIT = 40_000


class RawAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    question: int
    text: str = ""
    needs_fact: str = ""

    @field_validator("question", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        """ "Q2" is as good as 2."""
        return re.sub(r"\D", "", value) if isinstance(value, str) else value

    @field_validator("text", "needs_fact", mode="before")
    @classmethod
    def _absent(cls, value: object) -> object:
        return "" if value is None else value


class RawClaim(BaseModel):
    model_config = ConfigDict(extra="ignore")

    quote: str
    facts: tuple[str, ...] = ()

    @field_validator("facts", mode="before")
    @classmethod
    def _single(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class RawData(BaseModel):
    """The second part of the answer as the model wrote it, shape checked, content not yet."""

    model_config = ConfigDict(extra="ignore")

    answers: tuple[RawAnswer, ...] = ()
    claims: tuple[RawClaim, ...] = ()
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """`data` is `None` when it was missing or unreadable (then `tail` is what there was of it).

    `closed` is false when the letter had no end tag, so it may have been cut.
    """

    letter: str
    data: RawData | None
    tail: str
    closed: bool


class DraftParser:
    """Feed it the stream; what `feed` and then `finish` return, joined, is exactly the final letter."""

    def __init__(self) -> None:
        self._state = "before"
        self._buffer = ""
        self._letter: list[str] = []
        self._space = ""
        self._tail = ""
        self._closed = False

    def feed(self, text: str) -> str:
        """Take the next piece of the stream; returns the letter text that became certain."""
        self._buffer += printable(text)
        shown = ""
        if self._state == "before":
            self._find_opening(final=False)
        if self._state == "letter":
            shown = self._read_letter(final=False)
        if self._state == "after":
            self._read_tail()
        return shown

    def finish(self) -> tuple[str, Parsed]:
        """The stream is over: the last letter text to show, and everything that was read."""
        shown = ""
        if self._state == "before":
            self._find_opening(final=True)
        if self._state == "letter":
            shown = self._read_letter(final=True)
        self._read_tail()
        data = parse_data(self._tail)
        if self._state == "json" and (both := _load(self._buffer)) is not None:
            letter = both.get("letter") or both.get("cover_letter") or both.get("message")
            if isinstance(letter, str):
                shown = printable(letter).strip()
                self._letter.append(shown)
                self._closed = True
                data = _validate(both)
        return shown, Parsed("".join(self._letter), data, self._tail.strip(), self._closed)

    def _find_opening(self, *, final: bool) -> None:
        if found := _OPEN.search(self._buffer):
            self._buffer = self._buffer[found.end() :]
            self._state = "letter"
            return
        lead = self._buffer.lstrip()
        if lead.startswith(("{", "```json")):
            if final:
                self._state = "json"
            return
        if final or len(lead) > _PATIENCE:
            self._state = "letter"

    def _read_letter(self, *, final: bool) -> str:
        if end := _END.search(self._buffer):
            text, self._buffer = self._buffer[: end.start()], self._buffer[end.end() :]
            self._closed = True
            self._state = "after"
            return self._show(text)
        held = _held_back(self._buffer)
        # at the end a lone "<" is text, while "</let" is the tag the model did not finish
        cut = len(self._buffer) - (0 if final and held == 1 else held)
        text, self._buffer = self._buffer[:cut], self._buffer[cut:]
        return self._show(text)

    def _show(self, text: str) -> str:
        """White space is shown only once something follows it, so the letter never ends in it."""
        if not self._letter:
            text = text.lstrip()
        body = text.rstrip()
        if not body:
            self._space += text if self._letter else ""
            return ""
        shown = self._space + body
        self._space = text[len(body) :]
        self._letter.append(shown)
        return shown

    def _read_tail(self) -> None:
        if self._state == "after":
            self._tail = (self._tail + self._buffer)[:_TAIL_LIMIT]
            self._buffer = ""


def _held_back(text: str) -> int:
    """How many characters at the end might be the beginning of a tag that ends the letter."""
    start = text.rfind("<", max(0, len(text) - len(_END_TAGS[0])))
    if start < 0:
        return 0
    ending = text[start:].lower()
    return len(text) - start if any(tag.startswith(ending) for tag in _END_TAGS) else 0


def printable(text: str) -> str:
    """Control characters other than line breaks and tabs cannot be stored or sent; they go before anything is shown."""
    if text.isprintable():
        return text
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"})


def parse_data(tail: str) -> RawData | None:
    """The JSON part of an answer, with or without its tag or a code fence; `None` if there is no such thing."""
    loaded = _load(tail)
    return None if loaded is None else _validate(loaded)


def _load(text: str) -> dict[str, Any] | None:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        loaded = json.loads(text[start : end + 1], strict=False)
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


def _validate(loaded: dict[str, Any]) -> RawData | None:
    try:
        return RawData.model_validate({key: value for key, value in loaded.items() if value is not None})
    except ValidationError:
        return None
