"""Telegram's HTML dialect → plain text and MessageEntity objects (offsets in UTF-16 code units).

Source: https://core.telegram.org/bots/api#html-style
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.links import checked_link, mentioned_user
from sandbox.telegram.utf16 import utf16_len

Entity = dict[str, Any]

STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
TAGS = {*STYLES, "a", "code", "pre", "blockquote", "tg-emoji", "tg-time"}

_PLAIN = re.compile(r"[^<&]+")
_REFERENCE = re.compile(r"&(?:#(?:x([0-9a-fA-F]*)|([0-9]*))|([A-Za-z]+))(;?)")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_SPACES = re.compile(r"[ \t\r\n\0\v]*")


class ParseError(ValueError):
    """Markup Telegram would refuse; the text follows "can't parse entities: "."""


@dataclass(slots=True)
class _Open:
    tag: str
    arguments: dict[str, str]
    offset: int
    first_piece: int


class _Reader:
    """A cursor over the source that reports places in bytes, as Telegram does."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def here(self, index: int) -> int:
        return len(self.source[:index].encode("utf-8", "surrogatepass"))

    def peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def skip_spaces(self) -> None:
        match = _SPACES.match(self.source, self.at)
        self.at = match.end() if match else self.at

    def word(self, stops: str) -> str:
        start = self.at
        while self.at < len(self.source) and not self.source[self.at].isspace() and self.peek() not in stops:
            self.at += 1
        return self.source[start : self.at]

    def reference(self) -> str | None:
        """The character of the reference under the cursor, or None when it is just an ampersand."""
        match = _REFERENCE.match(self.source, self.at)
        if match is None:
            return None
        hexadecimal, decimal, name, semicolon = match.groups()
        if name is not None:
            char = _NAMED.get(name)
        else:
            digits, radix = (hexadecimal, 16) if hexadecimal is not None else (decimal, 10)
            too_long = match.end() - self.at - len(semicolon) >= 10
            code = 0 if too_long or not digits else int(digits, radix)
            char = chr(code) if 0 < code < 0x10FFFF else None
        if char is not None:
            self.at = match.end()
        return char


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of `source`; raises ParseError with Telegram's words."""
    reader = _Reader(source)
    pieces: list[str] = []
    entities: list[Entity] = []
    opened: list[_Open] = []
    offset = 0
    while reader.at < len(source):
        plain = _PLAIN.match(source, reader.at)
        if plain is not None:
            reader.at = plain.end()
            pieces.append(plain[0])
            offset += utf16_len(plain[0])
            continue
        if reader.peek() == "&":
            char = reader.reference()
            if char is None:
                char = "&"
                reader.at += 1
            pieces.append(char)
            offset += utf16_len(char)
            continue
        begin = reader.at
        reader.at += 1
        if reader.peek() == "/":
            closed = _close_tag(reader, begin, opened)
            if offset > closed.offset:
                _add_entity(entities, closed, offset, "".join(pieces[closed.first_piece :]))
        else:
            tag, arguments = _open_tag(reader, begin)
            opened.append(_Open(tag, arguments, offset, len(pieces)))
    if opened:
        raise ParseError(f'Can\'t find end tag corresponding to start tag "{opened[-1].tag}"')
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    text = "".join(pieces)
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ParseError(
            "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched"
            " surrogate code units"
        )
    return text, entities


def _open_tag(reader: _Reader, begin: int) -> tuple[str, dict[str, str]]:
    where = reader.here(begin)
    tag = reader.word(">").lower()
    if not reader.peek():
        raise ParseError(f"Unclosed start tag at byte offset {where}")
    if tag not in TAGS:
        raise ParseError(f'Unsupported start tag "{tag}" at byte offset {where}')
    arguments: dict[str, str] = {}
    while True:
        reader.skip_spaces()
        if reader.peek() == ">":
            break
        if not reader.peek():
            raise ParseError(f"Unclosed start tag at byte offset {where}")
        name, value = _attribute(reader, tag, where)
        arguments[name] = value
    reader.at += 1
    if tag == "span" and arguments.get("class") != "tg-spoiler":
        raise ParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    return tag, arguments


def _attribute(reader: _Reader, tag: str, where: int) -> tuple[str, str]:
    name = reader.word("=>").lower()
    if not name:
        raise ParseError(f'Empty attribute name in the tag "{tag}" at byte offset {where}')
    reader.skip_spaces()
    if reader.peek() != "=":
        if tag == "blockquote" and name == "expandable":
            return name, "1"
        raise ParseError(
            f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {where}'
        )
    reader.at += 1
    reader.skip_spaces()
    quote = reader.peek()
    if not quote:
        raise ParseError(f'Unclosed start tag "{tag}" at byte offset {where}')
    if quote not in "'\"":
        start = reader.at
        token = _TOKEN.match(reader.source, start)
        reader.at = token.end() if token else start
        if reader.peek() and not reader.peek().isspace() and reader.peek() != ">":
            raise ParseError(f"Unexpected end of name token at byte offset {reader.here(start)}")
        value = reader.source[start : reader.at].lower()
    else:
        value = _quoted(reader, quote)
    if not reader.peek():
        raise ParseError(f"Unclosed start tag at byte offset {where}")
    return name, value


def _quoted(reader: _Reader, quote: str) -> str:
    reader.at += 1
    parts: list[str] = []
    while reader.peek() and reader.peek() != quote:
        char = reader.reference() if reader.peek() == "&" else None
        if char is None:
            char = reader.peek()
            reader.at += 1
        parts.append(char)
    reader.at += 1
    return "".join(parts)


def _close_tag(reader: _Reader, begin: int, opened: list[_Open]) -> _Open:
    where = reader.here(begin)
    if not opened:
        raise ParseError(f"Unexpected end tag at byte offset {where}")
    reader.at += 1
    name = reader.word(">").lower()
    reader.skip_spaces()
    if reader.peek() != ">":
        raise ParseError(f"Unclosed end tag at byte offset {where}")
    expected = opened[-1].tag
    if name and name != expected:
        raise ParseError(
            f'Unmatched end tag at byte offset {where}, expected "</{expected}>", found "</{name}>"'
        )
    reader.at += 1
    return opened.pop()


def _add_entity(entities: list[Entity], tag: _Open, end: int, covered: str) -> None:
    span = {"offset": tag.offset, "length": end - tag.offset}
    previous = entities[-1] if entities else None
    same_span = previous is not None and (previous["offset"], previous["length"]) == (
        tag.offset,
        span["length"],
    )
    match tag.tag:
        case "a":
            entity = link_entity(tag.arguments.get("href") or covered, span)
            if entity is not None:
                entities.append(entity)
        case "pre":
            if previous and same_span and previous["type"] == "code" and previous.get("language"):
                previous["type"] = "pre"
            else:
                entities.append({"type": "pre", **span})
        case "code":
            given = tag.arguments.get("class", "")
            language = given.removeprefix("language-") if given.startswith("language-") else ""
            if previous and same_span and previous["type"] == "pre" and language:
                previous["language"] = language
            else:
                entities.append({"type": "code", **span} | ({"language": language} if language else {}))
        case "blockquote":
            kind = "expandable_blockquote" if "expandable" in tag.arguments else "blockquote"
            entities.append({"type": kind, **span})
        case "tg-emoji":
            entities.append(custom_emoji_entity(tag.arguments.get("emoji-id", ""), span))
        case "tg-time":
            entities.append(
                date_time_entity(tag.arguments.get("unix", ""), tag.arguments.get("format", ""), span)
            )
        case _:
            entities.append({"type": STYLES[tag.tag], **span})


def link_entity(url: str, span: dict[str, int]) -> Entity | None:
    """A text link, a mention of a user, or None: a bad address leaves plain text and no error."""
    user_id = mentioned_user(url)
    if user_id is not None:
        return {"type": "text_mention", **span, "user": {"id": user_id}}
    link = checked_link(url)
    return {"type": "text_link", **span, "url": link} if link else None


def custom_emoji_entity(emoji_id: str, span: dict[str, int]) -> Entity:
    if not emoji_id.isdecimal() or int(emoji_id) == 0:
        raise ParseError("Invalid custom emoji identifier specified")
    return {"type": "custom_emoji", **span, "custom_emoji_id": emoji_id}


def date_time_entity(unix_time: str, date_format: str, span: dict[str, int]) -> Entity:
    if not unix_time.isdecimal():
        raise ParseError("Invalid Unix time specified")
    entity: Entity = {"type": "date_time", **span, "unix_time": int(unix_time)}
    return entity | ({"date_time_format": date_format} if date_format else {})
