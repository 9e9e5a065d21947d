"""Lengths and slices in UTF-16 code units, the unit of Telegram's limits and offsets."""

from __future__ import annotations


def utf16_len(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_slice(text: str, offset: int, length: int) -> str:
    if text.isascii():
        return text[offset : offset + length]
    data = text.encode("utf-16-le", "surrogatepass")
    return data[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")


def utf16_index(text: str, index: int) -> int:
    """The UTF-16 offset of the character at `index`."""
    return utf16_len(text[:index])


def split_utf16(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` code units, cut at a line end or a space where there is one near the end."""
    parts: list[str] = []
    rest = text
    while utf16_len(rest) > limit:
        cut = len(rest[:limit])
        while utf16_len(rest[:cut]) > limit:
            cut -= max(1, (utf16_len(rest[:cut]) - limit) // 2)
        window = rest[:cut]
        soft = max(window.rfind("\n"), window.rfind(" "))
        if soft > cut * 3 // 4:
            cut = soft + 1
        parts.append(rest[:cut])
        rest = rest[cut:]
    return [*parts, rest] if rest else parts
