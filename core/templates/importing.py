"""Several templates out of one text: a file or a paste, divided by headings, rules or names of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST = 30
NAME_LIMIT = 60

_HEADING = re.compile(r"^[ \t]*#{1,3}[ \t]+(?P<name>\S.*?)[ \t]*#*$")
_NAMED = re.compile(
    r"^[ \t]*(?:template|name|title|шаблон|назва)[ \t]*[:=][ \t]*(?P<name>\S.*)$", re.IGNORECASE
)
_RULE = re.compile(r"^[ \t]*(?:-{3,}|={3,}|\*{3,}|_{3,})[ \t]*$")


@dataclass(frozen=True, slots=True)
class Parsed:
    name: str
    body: str


def parse_templates(text: str) -> tuple[Parsed, ...]:
    (
        """The templates of a text, MOST at most. A line `# Name` or `Template: Name` begins one, so does a line of dashes.

    One without a name is called by its first words. Parts without a letter in them are left out.
    """
        ""
    )
    found: list[Parsed] = []
    name, body = "", list[str]()
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").splitlines(), "---"]:
        named = _HEADING.match(line) or _NAMED.match(line)
        if named is None and not _RULE.match(line):
            body.append(line)
            continue
        whole = "\n".join(body).strip()
        if any(sign.isalpha() for sign in whole):
            found.append(Parsed(short_name(name) or short_name(whole), whole))
            name = ""
        body = []
        name = named["name"] if named else name
    return tuple(found[:MOST])


def short_name(text: str) -> str:
    """A name out of a text: the first line, at most NAME_LIMIT characters, cut between words."""
    first = " ".join(text.strip().split("\n")[0].split()).strip("*_ ").rstrip(",;:")
    if len(first) <= NAME_LIMIT:
        return first
    return first[: NAME_LIMIT - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def named_text(text: str) -> Parsed:
    """One template as it is typed: the first line is its name when it is short and the letter follows, else it names itself."""
    parts = parse_templates(text)
    if len(parts) == 1 and parts[0].body != text.strip():
        return parts[0]
    first, _, rest = text.strip().partition("\n")
    if rest.strip() and len(first) <= NAME_LIMIT and not first.rstrip().endswith((",", ".", "!", "?", ";")):
        return Parsed(short_name(first), rest.strip())
    return Parsed(short_name(text), text.strip())
