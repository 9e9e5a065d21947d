"""MarkdownV2 and legacy Markdown → plain text and MessageEntity objects.

Source: https://core.telegram.org/bots/api#markdownv2-style and #markdown-style
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from sandbox.telegram.entities_html import (
    Entity,
    ParseError,
    custom_emoji_entity,
    date_time_entity,
    link_entity,
)
from sandbox.telegram.utf16 import utf16_len

_RESERVED = set("_*[]()~`>#+-=|{}.!\n")
_PLAIN = re.compile(r"[^_*\[\]()~`>#+\-=|{}.!\n\\]+")
_MARKS = {
    "bold": "*",
    "italic": "_",
    "underline": "__",
    "strikethrough": "~",
    "spoiler": "||",
    "code": "`",
    "pre": "```",
    "text_link": "]",
    "custom_emoji": "]",
}
_QUOTES = {"blockquote", "expandable_blockquote"}
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}


@dataclass(slots=True)
class _Open:
    kind: str
    offset: int
    begin: int
    first_piece: int
    language: str = ""


class _Writer:
    """The source being read and the text being written."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.pieces: list[str] = []
        self.offset = 0
        self.entities: list[Entity] = []

    def emit(self, text: str) -> None:
        self.pieces.append(text)
        self.offset += utf16_len(text)

    def here(self, index: int) -> int:
        return len(self.source[:index].encode("utf-8", "surrogatepass"))

    def startswith(self, mark: str) -> bool:
        return self.source.startswith(mark, self.at)

    def escaped(self) -> str:
        """The character behind a backslash under the cursor, or nothing."""
        following = self.source[self.at + 1 : self.at + 2]
        return following if self.startswith("\\") and following and 0 < ord(following) <= 126 else ""

    def language(self) -> str:
        """Skip what follows three backticks: a language name and one line end."""
        match = re.compile(r"[^\s`]+(?=\s)").match(self.source, self.at)
        if match:
            self.at = match.end()
        for line_end in ("\r\n", "\n\r", "\n", "\r"):
            if self.startswith(line_end):
                self.at += len(line_end)
                break
        return match[0] if match else ""


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of `source`; raises ParseError with Telegram's words."""
    writer = _Writer(source)
    stack: list[_Open] = []
    line_start = True
    while writer.at < len(source):
        char = writer.escaped()
        if char:
            writer.at += 2
            writer.emit(char)
            line_start = False
            continue
        verbatim = bool(stack) and stack[-1].kind in {"code", "pre"}
        char = source[writer.at]
        if (char not in _RESERVED) if not verbatim else (char != "`"):
            plain = None if verbatim else _PLAIN.match(source, writer.at)
            text = plain[0] if plain else char
            writer.at += len(text)
            writer.emit(text)
            line_start = False
        elif char == "\n":
            line_start = _line_end(writer, stack)
        elif _closes(writer, stack):
            line_start = _close(writer, stack) and line_start
        elif char == ">" and line_start and not any(item.kind in _QUOTES for item in stack):
            stack.append(_Open("blockquote", writer.offset, writer.at, len(writer.pieces)))
            writer.at += 1
            line_start = False
        else:
            _open(writer, stack)
            line_start = line_start and stack[-1].kind == "bold"
    _end_quote(writer, stack)
    if stack:
        raise ParseError(_unfinished(writer, stack[-1]))
    return "".join(writer.pieces), writer.entities


def _unfinished(writer: _Writer, item: _Open) -> str:
    return f"Can't find end of {_NAMES[item.kind]} entity at byte offset {writer.here(item.begin)}"


def _line_end(writer: _Writer, stack: list[_Open]) -> bool:
    """Pass a line end; a quotation goes on when the next line starts with its mark."""
    quoting = any(item.kind in _QUOTES for item in stack)
    continued = writer.source.startswith(">", writer.at + 1)
    if quoting and not continued:
        _end_quote(writer, stack)
        if any(item.kind in _QUOTES for item in stack):
            raise ParseError(_unfinished(writer, stack[-1]))
    writer.emit("\n")
    writer.at += 2 if quoting and continued else 1
    return not (quoting and continued)


def _end_quote(writer: _Writer, stack: list[_Open]) -> None:
    """Finish an open quotation; an empty spoiler mark at its end makes it expandable."""
    kind = "blockquote"
    if len(stack) > 1 and stack[-1].kind == "spoiler" and stack[-1].offset == writer.offset:
        if stack[-2].kind != "blockquote":
            return
        stack.pop()
        kind = "expandable_blockquote"
    if stack and stack[-1].kind == "blockquote":
        item = stack.pop()
        if writer.offset > item.offset:
            writer.entities.append(
                {"type": kind, "offset": item.offset, "length": writer.offset - item.offset}
            )


def _closes(writer: _Writer, stack: list[_Open]) -> bool:
    if not stack or stack[-1].kind in _QUOTES:
        return False
    kind = stack[-1].kind
    if kind == "italic" and writer.startswith("__"):
        return False
    return writer.startswith(_MARKS[kind])


def _open(writer: _Writer, stack: list[_Open]) -> None:
    begin = writer.at
    for mark, kind in (
        ("__", "underline"),
        ("_", "italic"),
        ("*", "bold"),
        ("~", "strikethrough"),
        ("||", "spoiler"),
        ("![", "custom_emoji"),
        ("[", "text_link"),
        ("```", "pre"),
        ("`", "code"),
    ):
        if writer.startswith(mark):
            writer.at += len(mark)
            language = writer.language() if kind == "pre" else ""
            stack.append(_Open(kind, writer.offset, begin, len(writer.pieces), language))
            return
    char = writer.source[begin]
    raise ParseError(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")


def _close(writer: _Writer, stack: list[_Open]) -> bool:
    """Close the innermost entity; True when it was empty and so left nothing on the line."""
    item = stack.pop()
    writer.at += len(_MARKS[item.kind])
    span = {"offset": item.offset, "length": writer.offset - item.offset}
    covered = "".join(writer.pieces[item.first_piece :])
    entity: Entity | None
    if item.kind in {"text_link", "custom_emoji"}:
        entity = _address(writer, item, span, covered)
    else:
        entity = {"type": item.kind, **span} | ({"language": item.language} if item.language else {})
    if entity is not None and span["length"]:
        writer.entities.append(entity)
    return not span["length"]


def _address(writer: _Writer, item: _Open, span: dict[str, int], covered: str) -> Entity | None:
    url = covered
    if writer.startswith("("):
        writer.at += 1
        begin = writer.at
        parts: list[str] = []
        while writer.at < len(writer.source) and not writer.startswith(")"):
            char = writer.escaped()
            parts.append(char or writer.source[writer.at])
            writer.at += 2 if char else 1
        if writer.at >= len(writer.source):
            what = "a URL" if item.kind == "text_link" else "a custom emoji URL"
            raise ParseError(f"Can't find end of {what} at byte offset {writer.here(begin)}")
        writer.at += 1
        url = "".join(parts)
    elif item.kind == "custom_emoji":
        raise ParseError("Custom emoji entity must contain a tg://emoji URL")
    if item.kind == "text_link":
        return link_entity(url, span)
    parsed = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parsed.query).items()}
    if parsed.scheme != "tg" or parsed.netloc not in {"emoji", "time"}:
        raise ParseError("Custom emoji URL must have scheme tg")
    if parsed.netloc == "time":
        return date_time_entity(query.get("unix", ""), query.get("format", ""), span)
    return custom_emoji_entity(query.get("id", ""), span)


def parse_markdown(source: str) -> tuple[str, list[Entity]]:
    """The older dialect: bold, italic, code, pre and links, never nested."""
    writer = _Writer(source)
    while writer.at < len(source):
        char = source[writer.at]
        if char == "\\" and source[writer.at + 1 : writer.at + 2] in set("_*`["):
            writer.emit(source[writer.at + 1])
            writer.at += 2
        elif char in "_*`[":
            _legacy_entity(writer)
        else:
            writer.emit(char)
            writer.at += 1
    return "".join(writer.pieces), writer.entities


def _legacy_entity(writer: _Writer) -> None:
    begin = writer.at
    kind, mark = next(
        (kind, mark)
        for start, kind, mark in (
            ("```", "pre", "```"),
            ("`", "code", "`"),
            ("*", "bold", "*"),
            ("_", "italic", "_"),
            ("[", "text_link", "]"),
        )
        if writer.startswith(start)
    )
    writer.at += len(mark)
    language = writer.language() if kind == "pre" else ""
    end = writer.source.find(mark, writer.at)
    if end < 0:
        raise ParseError(f"Can't find end of the entity starting at byte offset {writer.here(begin)}")
    covered = writer.source[writer.at : end]
    span = {"offset": writer.offset, "length": utf16_len(covered)}
    writer.emit(covered)
    writer.at = end + len(mark)
    entity: Entity | None = {"type": kind, **span} | ({"language": language} if language else {})
    if kind == "text_link":
        url = covered
        if writer.startswith("("):
            end = writer.source.find(")", writer.at)
            end = len(writer.source) if end < 0 else end
            url = writer.source[writer.at + 1 : end]
            writer.at = end + 1
        entity = link_entity(url, span)
    if entity is not None and covered:
        writer.entities.append(entity)
