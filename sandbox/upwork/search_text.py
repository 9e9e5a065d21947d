"""The forgiving full-text matching of job searches: words are alternatives unless told otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'\(|\)|"[^"]*"|[^\s()"]+')
FIELD = re.compile(r"^(title|skills?|description|category):(.*)$", re.IGNORECASE)


@dataclass(slots=True)
class Haystack:
    """The searchable text of a posting, lower case, by part."""

    title: str
    skills: str
    description: str
    category: str = ""
    everything: str = field(init=False)

    def __post_init__(self) -> None:
        self.everything = f"{self.title}\n{self.skills}\n{self.description}\n{self.category}"


def matches_term(term: str, text: str) -> bool:
    """Whether a word, phrase or ``prefix*`` occurs in lower-case text; a plain word also matches its plural."""
    term = term.strip('"').strip().lower()
    if not term:
        return False
    if term.rstrip("*") not in text:
        # spares most texts the far slower pattern
        return False
    ending = "" if term.endswith("*") else r"s?(?!\w)"
    return re.search(rf"(?<!\w){re.escape(term.rstrip('*'))}{ending}", text) is not None


class Expression:
    """A partial Lucene expression: AND, OR, NOT, ``-word``, ``+word``, quotes, parentheses, ``title:word``.

    Neighbouring words without an operator are alternatives, so more words find more.
    """

    def __init__(self, text: str, *, part: str = "everything") -> None:
        self._tokens = TOKEN.findall(text[:500])
        self._part = part

    def score(self, haystack: Haystack) -> float:
        """0 when it does not match; more matched words, and words in the title, score higher."""
        self._position = 0
        matched, score = self._either(haystack)
        return score or (0.01 if matched else 0.0)

    def _peek(self) -> str | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _either(self, haystack: Haystack) -> tuple[bool, float]:
        matched, score, forbidden, asked = False, 0.0, False, False
        while (token := self._peek()) is not None and token != ")":
            if token == "OR":
                self._position += 1
                continue
            exclude = token == "NOT" or (token.startswith("-") and len(token) > 1)
            hit, worth = self._all_of(haystack)
            if exclude:
                forbidden = forbidden or not hit
            else:
                asked = True
                matched, score = matched or hit, score + worth
        # an expression that only excludes finds everything else
        return (matched or not asked) and not forbidden, 0.0 if forbidden else score

    def _all_of(self, haystack: Haystack) -> tuple[bool, float]:
        matched, score = self._one(haystack)
        while self._peek() in {"AND", "&&"}:
            self._position += 1
            hit, worth = self._one(haystack)
            matched, score = matched and hit, score + worth
        return matched, score if matched else 0.0

    def _one(self, haystack: Haystack) -> tuple[bool, float]:
        token = self._peek()
        if token is None or token == ")":
            return False, 0.0
        self._position += 1
        if token == "NOT":
            return not self._one(haystack)[0], 0.0
        if token == "(":
            result = self._either(haystack)
            if self._peek() == ")":
                self._position += 1
            return result
        if token.startswith("-") and len(token) > 1:
            return not self._hit(token[1:], haystack)[0], 0.0
        return self._hit(token.lstrip("+"), haystack)

    def _hit(self, token: str, haystack: Haystack) -> tuple[bool, float]:
        part = self._part
        named = FIELD.match(token)
        if named:
            part, token = named[1].lower(), named[2]
            part = "skills" if part == "skill" else part
            if not token and (following := self._peek()) is not None:
                self._position += 1
                token = following
        if not matches_term(token, getattr(haystack, part)):
            return False, 0.0
        return True, 1 + 2 * matches_term(token, haystack.title) + matches_term(token, haystack.skills)
