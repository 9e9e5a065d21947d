"""Prompts as files: `prompts/<feature>/<verb>.md` with front matter, a system part, a person's part and a user part.

What changes least comes first, because vendors cache a prompt from its beginning. The system part has no placeholders and is the
same for everybody; the person's part (optional) is the same in all prompts of one person. Foreign text enters the user part only
through `fence`, and the person's part never.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.drafting.llm import Prompt, Tier

FOLDER = Path(__file__).parents[2] / "prompts"
_PARTS = re.compile(
    r"\A---\n(?P<head>.*?)\n---\n# System\n(?P<system>.*?)(?:\n# Person\n(?P<person>.*?))?\n# User\n(?P<user>.*)\Z",
    re.DOTALL,
)
_KEYS = {"version", "tier", "inputs", "output", "max_output_tokens"}


class PromptFileError(Exception):
    """A prompt file is not what its header says; raised at load, which is at start and in tests."""


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A loaded prompt. `output` names the form of the answer ("draft", "data") its caller parses. `person` may be empty."""

    name: str
    version: int
    tier: Tier
    inputs: frozenset[str]
    output: str
    max_output_tokens: int
    system: str
    person: string.Template
    user: string.Template

    def render(self, inputs: Mapping[str, str], *, tier: Tier | None = None, cache_key: str = "") -> Prompt:
        """Fill the person's and the user part. Raises PromptFileError unless `inputs` are exactly those of the header."""
        if inputs.keys() != self.inputs:
            odd = sorted(inputs.keys() ^ self.inputs)
            raise PromptFileError(f"{self.name}: inputs do not match the header: {', '.join(odd)}")
        person = self.person.substitute(inputs)
        return Prompt(
            name=self.name,
            version=self.version,
            system=self.system,
            user=f"{person}\n\n{self.user.substitute(inputs)}" if person else self.user.substitute(inputs),
            stable=len(person),
            cache_key=cache_key,
            tier=tier or self.tier,
            max_output_tokens=self.max_output_tokens,
        )


def parse_prompt(name: str, text: str) -> PromptFile:
    """Read one prompt file. Raises PromptFileError on a bad header and on missing or unused inputs."""
    found = _PARTS.match(text.replace("\r\n", "\n"))
    if found is None:
        raise PromptFileError(f"{name}: expected front matter, '# System' and '# User'")
    head = dict(_field(name, line) for line in found["head"].splitlines() if line.strip())
    if head.keys() != _KEYS:
        raise PromptFileError(f"{name}: header must have exactly {', '.join(sorted(_KEYS))}")
    person, user = (string.Template((found[part] or "").strip()) for part in ("person", "user"))
    inputs = frozenset(filter(None, (part.strip() for part in head["inputs"].split(","))))
    used = {*person.get_identifiers(), *user.get_identifiers()}
    if not person.is_valid() or not user.is_valid() or used != inputs:
        odd = sorted(used ^ inputs)
        raise PromptFileError(
            f"{name}: missing or unused inputs: {', '.join(odd) or 'malformed placeholder'}"
        )
    try:
        return PromptFile(
            name=name,
            version=int(head["version"]),
            tier=Tier(head["tier"]),
            inputs=inputs,
            output=head["output"],
            max_output_tokens=int(head["max_output_tokens"]),
            system=found["system"].strip(),
            person=person,
            user=user,
        )
    except ValueError as error:
        raise PromptFileError(f"{name}: {error}") from error


def _field(name: str, line: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    if not colon:
        raise PromptFileError(f"{name}: not a header line: {line!r}")
    return key.strip(), value.strip()


@cache
def load_prompts(folder: Path = FOLDER) -> Mapping[str, PromptFile]:
    """All prompts by name ("proposals/draft"). Raises PromptFileError if any of them is wrong."""
    loaded: dict[str, PromptFile] = {}
    for path in sorted(folder.glob("*/*.md")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        loaded[name] = parse_prompt(name, path.read_text(encoding="utf-8"))
    return loaded


def new_mark() -> str:
    """A fresh boundary nobody who wrote the material can have known."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Codes:
    """The boundaries of one prompt: `own` around what the person says of themselves, `mark` around everything else.

    `own` is the same in all prompts of one person, so that their beginning is; `mark` is new each time.
    """

    own: str
    mark: str
    cache_key: str

    def fence(self, name: str, text: str, *, limit: int) -> str:
        """A block of this prompt's material. The person's lasting code cannot stand in it, should anybody have learned it."""
        return fence(name, text, self.mark, self.own, limit=limit)

    def about(self, name: str, text: str, *, limit: int) -> str:
        """A block of what the person says of themselves."""
        return fence(name, text, self.own, limit=limit)


def codes_for(seed: str) -> Codes:
    """`seed` is a keyed hash that is one person's alone. Without one nothing is shared between prompts and nothing is cached."""
    if not seed:
        return Codes(new_mark(), new_mark(), "")
    return Codes(_derived(seed, "own")[:16], new_mark(), _derived(seed, "cache")[:32])


def _derived(seed: str, purpose: str) -> str:
    return hmac.new(seed.encode(), f"prompt|{purpose}".encode(), hashlib.sha256).hexdigest()


def fence(name: str, text: str, mark: str, *codes: str, limit: int) -> str:
    """`text` as a block of data of at most `limit` characters; "" when there is nothing in it. No other of `codes` stands in it.

    Invisible and private-use characters go: people cannot see them, and hidden orders are written with them.
    """
    # cut before the cleaning too: a megabyte of text must not cost a second
    clean = visible(text[: limit * 4]).strip()
    if not clean:
        return ""
    if len(clean) > limit:
        clean = clean[:limit].rstrip() + "\n[cut]"
    for code in (mark, *codes):
        clean = clean.replace(code, "")
    return f"=== {name} {mark} ===\n{clean}\n=== end {name} {mark} ==="


def visible(text: str) -> str:
    """`text` without control, format, private-use and unassigned characters; line breaks and tabs stay."""
    kept = (
        sign
        for sign in text.replace("\r\n", "\n").replace("\r", "\n")
        if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
    )
    return "".join(kept)


def one_line(text: str, *, limit: int = 400) -> str:
    """For inputs that stand outside a block: one line of the user's own words, cut to `limit` characters."""
    return " ".join(visible(text).split())[:limit]
