"""From what a caller sent (text, parse mode, entities) to what a message holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.telegram.entities_detect import detect
from sandbox.telegram.entities_html import Entity, ParseError, parse_html
from sandbox.telegram.entities_markdown import parse_markdown, parse_markdown_v2
from sandbox.telegram.errors import bad_request
from sandbox.telegram.utf16 import utf16_len, utf16_slice

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
QUOTE_LIMIT = 1024
ENTITY_LIMIT = 100

_PARSERS: dict[str, Callable[[str], tuple[str, list[Entity]]]] = {
    "html": parse_html,
    "markdown": parse_markdown,
    "markdownv2": parse_markdown_v2,
}
# Line separators, direction overrides and three stacking marks never survive Telegram's cleaning.
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANKED = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
_PRIORITY = {
    kind: rank
    for rank, kind in enumerate(("expandable_blockquote", "blockquote", "bold", "italic", "underline"))
}
_GIVEN = {
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "pre",
    "blockquote",
    "expandable_blockquote",
    "text_link",
    "text_mention",
    "custom_emoji",
    "date_time",
}
_EXTRAS: dict[str, type] = {
    "url": str,
    "user": dict,
    "language": str,
    "custom_emoji_id": str,
    "unix_time": int,
    "date_time_format": str,
}


def formatted(
    source: str, parse_mode: str | None, given: list[Any] | None, too_long: str, limit: int
) -> tuple[str, list[Entity]]:
    """Clean text and its entities, explicit and detected; refuses broken markup and more than `limit` code units."""
    source = _BLANKED.sub(" ", source)
    entities: list[Entity] = []
    if parse_mode:
        parser = _PARSERS.get(parse_mode.lower())
        if parser is None:
            if parse_mode.lower() != "none":
                raise bad_request("unsupported parse_mode")
            text = source
        else:
            try:
                text, entities = parser(source)
            except ParseError as error:
                raise bad_request(f"can't parse entities: {error}") from None
    else:
        text, entities = source, _checked(source, given or [])
    text, entities = _cleaned(text, entities)
    text, entities = _trimmed(text, entities)
    if utf16_len(text) > limit:
        raise bad_request(too_long)
    entities = _without_nested_code(entities)
    entities += detect(text, entities)
    entities.sort(
        key=lambda item: (item["offset"], -item["length"], _PRIORITY.get(item["type"], len(_PRIORITY)))
    )
    return text, entities[:ENTITY_LIMIT]


def _checked(text: str, given: list[Any]) -> list[Entity]:
    """The caller's own entities; kinds that Telegram detects itself are dropped."""
    size = utf16_len(text)
    entities: list[Entity] = []
    for item in given:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            raise bad_request("can't parse entities: Object expected as message entity")
        offset, length = item.get("offset"), item.get("length")
        if not isinstance(offset, int) or not isinstance(length, int):
            raise bad_request("can't parse entities: Can't find field \"offset\"")
        if offset < 0 or length < 0:
            raise bad_request(f"entity has wrong offset {offset} or length {length}")
        if offset + length > size:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text"
                f" at UTF-16 offset {size}"
            )
        if "\ufffd" in utf16_slice(text, offset, length) and "\ufffd" not in text:
            raise bad_request(f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {offset}")
        if item["type"] in _GIVEN and length:
            extras = {name: item[name] for name, kind in _EXTRAS.items() if isinstance(item.get(name), kind)}
            entities.append({"type": item["type"], "offset": offset, "length": length, **extras})
    return entities


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    removed = [utf16_len(text[: match.start()]) for match in _REMOVED.finditer(text)]
    if not removed:
        return text, entities
    for entity in entities:
        end = entity["offset"] + entity["length"]
        before = sum(place < entity["offset"] for place in removed)
        entity["length"] -= sum(entity["offset"] <= place < end for place in removed)
        entity["offset"] -= before
    return _REMOVED.sub("", text), [entity for entity in entities if entity["length"] > 0]


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without outer white space; blanks inside a leading entity stay, as in Telegram."""
    first_entity = min((entity["offset"] for entity in entities), default=len(text))
    text = text.rstrip()
    leading = min(len(text) - len(text.lstrip(" \n")), first_entity)
    text = text[leading:]
    size = utf16_len(text)
    kept = []
    for entity in entities:
        entity["offset"] -= leading
        entity["length"] = min(entity["length"], size - entity["offset"])
        if entity["length"] > 0:
            kept.append(entity)
    return text, kept


def _without_nested_code(entities: list[Entity]) -> list[Entity]:
    """Code takes no other style inside or around it, except a quotation around it."""
    code = [entity for entity in entities if entity["type"] in {"code", "pre"}]
    if not code:
        return entities

    def clear(entity: Entity) -> bool:
        if entity["type"] in {"code", "pre", "blockquote", "expandable_blockquote"}:
            return True
        start, end = entity["offset"], entity["offset"] + entity["length"]
        return all(end <= item["offset"] or start >= item["offset"] + item["length"] for item in code)

    return [entity for entity in entities if clear(entity)]


def plain(source: str) -> tuple[str, list[Entity]]:
    """What a person typed, cleaned, with what Telegram detects in it."""
    text, _ = _cleaned(_BLANKED.sub(" ", source), [])
    text = text.strip()
    return text, sorted(detect(text, []), key=lambda item: int(item["offset"]))
