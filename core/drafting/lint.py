"""What to look at before approving. Findings have stable codes and parameters; their words are in the bot's texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.drafting.contacts import find_contacts
from core.drafting.copies import NEAR_COPY, nearest
from core.drafting.draft import LETTER_LIMIT, Answer, DraftOutput
from core.drafting.language import cyrillic_share, language_of
from core.drafting.obedience import fulfilled, harmless
from core.errors import Invalid
from core.jobs_feed.posting import JobPosting
from core.matching.instructions import Instruction
from core.matching.sentences import sentences

ANSWER_LIMIT = 5000
MESSAGE_LIMIT = 5000
SENTENCE_SHOWN = 300
"""Characters of the sentence a finding stands in that its parameters carry."""
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u180b\u180c\u180d")
"""Characters that are letters or marks to Unicode and nothing to the eye."""
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"\n]*\"")
_JOINER = "\u200d"
_EMOJI_LOOK = "\ufe0f"
_VARIATIONS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class LintCode(StrEnum):
    EMPTY = "empty"
    TOO_LONG = "too_long"
    """Params: length, limit."""
    INVISIBLE = "invisible"
    """Params: point ("U+202E"), name, count, positions (offsets, at most ten)."""
    UNANSWERED = "unanswered"
    """Params: number (from 1), question."""
    MISSED_INSTRUCTION = "missed_instruction"
    """Params: kind, value, sentence."""
    OFF_PLATFORM = "off_platform"
    """Params: kind, quote."""
    NEEDS_FACT = "needs_fact"
    """Params: kind, quote, sentence."""
    MIXED_LANGUAGE = "mixed_language"
    """Params: sentence, in another alphabet than the rest."""
    NEAR_COPY = "near_copy"
    """Params: percent, index (which of the earlier letters)."""


class Severity(StrEnum):
    """`BLOCK` cannot be sent, `CONFIRM` takes a second tap, `HINT` is only shown."""

    BLOCK = "block"
    CONFIRM = "confirm"
    HINT = "hint"


_SEVERITY = {
    LintCode.EMPTY: Severity.BLOCK,
    LintCode.TOO_LONG: Severity.BLOCK,
    LintCode.INVISIBLE: Severity.BLOCK,
    LintCode.UNANSWERED: Severity.BLOCK,
    LintCode.MISSED_INSTRUCTION: Severity.CONFIRM,
    LintCode.OFF_PLATFORM: Severity.CONFIRM,
    LintCode.NEEDS_FACT: Severity.CONFIRM,
    LintCode.MIXED_LANGUAGE: Severity.HINT,
    LintCode.NEAR_COPY: Severity.HINT,
}


@dataclass(frozen=True, slots=True)
class LintFinding:
    """`start` and `end` are offsets in the letter, or in the answer at position `answer`."""

    code: LintCode
    params: Mapping[str, str] = field(default_factory=dict)
    answer: int | None = None
    start: int | None = None
    end: int | None = None

    @property
    def severity(self) -> Severity:
        return _SEVERITY[self.code]


def lint_proposal(
    output: DraftOutput,
    posting: JobPosting,
    *,
    instructions: Sequence[Instruction] = (),
    earlier: Sequence[str] = (),
) -> tuple[LintFinding, ...]:
    """Everything about a proposal, most serious first. `earlier` are letters this user has sent before."""
    found = [*_text(output.letter, limit=LETTER_LIMIT, required=posting.cover_letter_required)]
    given = {answer.position: answer for answer in output.answers}
    for question in posting.questions:
        answer = given.get(question.position, Answer(question.position, ""))
        if not answer.text.strip():
            params = {"number": str(question.position + 1), "question": question.text[:300]}
            found.append(LintFinding(LintCode.UNANSWERED, params, question.position))
        found.extend(_text(answer.text, limit=ANSWER_LIMIT, required=False, answer=question.position))
    found.extend(_missed(output.letter, instructions))
    found.extend(_unsupported(output))
    found.extend(_mixed(output.letter))
    found.extend(_copies(output.letter, earlier))
    return _sorted(found)


def lint_message(output: DraftOutput) -> tuple[LintFinding, ...]:
    """Everything about a reply in a room, most serious first."""
    return _sorted([*_text(output.letter, limit=MESSAGE_LIMIT, required=True), *_unsupported(output)])


class Unsendable(Invalid):
    """What no approval can make good. `reason` is a LintCode whose severity is BLOCK; `point` or `limit` go with it."""

    code = "unsendable"


def refuse_unsendable(
    letter: str, answers: Sequence[str] = (), *, proposal: bool, letter_required: bool = True
) -> None:
    """Raises Unsendable unless these bytes may be shown with a button that sends them.

    Whoever makes such a button calls this, so that what a screen forgets to check is refused all the same.
    """
    limits = (LETTER_LIMIT if proposal else MESSAGE_LIMIT, *(ANSWER_LIMIT for _ in answers))
    found = [
        finding
        for place, (text, limit) in enumerate(zip((letter, *answers), limits, strict=True))
        for finding in _text(text, limit=limit, required=letter_required or place > 0)
        if finding.severity is Severity.BLOCK
    ]
    for finding in _sorted(found)[:1]:
        raise Unsendable(reason=finding.code.value, **finding.params)


def _sorted(found: Sequence[LintFinding]) -> tuple[LintFinding, ...]:
    order = list(LintCode)
    return tuple(sorted(found, key=lambda item: (order.index(item.code), item.answer or -1, item.start or 0)))


def _text(text: str, *, limit: int, required: bool, answer: int | None = None) -> Iterator[LintFinding]:
    if required and not without_invisible(text).strip():
        yield LintFinding(LintCode.EMPTY, {}, answer)
    if len(text) > limit:
        yield LintFinding(LintCode.TOO_LONG, {"length": str(len(text)), "limit": str(limit)}, answer)
    by_sign: dict[str, list[int]] = {}
    for place in invisible_places(text):
        by_sign.setdefault(text[place], []).append(place)
    for sign, places in by_sign.items():
        params = {
            "point": f"U+{ord(sign):04X}",
            "name": unicodedata.name(sign, "unnamed"),
            "count": str(len(places)),
            "positions": ", ".join(map(str, places[:10])),
        }
        yield LintFinding(LintCode.INVISIBLE, params, answer, places[0], places[0] + 1)
    for contact in find_contacts(text[: limit * 2]):
        params = {"kind": contact.kind.value, "quote": contact.quote}
        yield LintFinding(LintCode.OFF_PLATFORM, params, answer, contact.start, contact.end)


def _missed(letter: str, instructions: Sequence[Instruction]) -> Iterator[LintFinding]:
    for item in instructions:
        if harmless(item) and not fulfilled(item, letter):
            params = {"kind": item.kind.value, "value": item.value, "sentence": item.sentence}
            yield LintFinding(LintCode.MISSED_INSTRUCTION, params)


def _unsupported(output: DraftOutput) -> Iterator[LintFinding]:
    for claim in output.needs_fact:
        params = {"kind": claim.kind.value, "quote": claim.quote, "sentence": claim.sentence[:SENTENCE_SHOWN]}
        yield LintFinding(LintCode.NEEDS_FACT, params, claim.answer, claim.start, claim.end)


def _mixed(letter: str) -> Iterator[LintFinding]:
    """The first sentence left in the language of the facts; names and what is quoted from the posting may be in any."""
    cyrillic = cyrillic_share(letter) > 0.5
    for sentence in sentences(_QUOTED.sub(" ", letter)):
        share = cyrillic_share(sentence)
        if len(sentence.split()) < 4:
            continue
        # A list of tools is Latin in any language: only words that English or another language joins others with tell.
        if (share < 0.1 and language_of(sentence, default="") != "") if cyrillic else share > 0.6:
            yield LintFinding(LintCode.MIXED_LANGUAGE, {"sentence": sentence[:SENTENCE_SHOWN]})
            return


def _copies(letter: str, earlier: Sequence[str]) -> Iterator[LintFinding]:
    share, index = nearest(letter, earlier)
    if share >= NEAR_COPY:
        yield LintFinding(LintCode.NEAR_COPY, {"percent": str(round(share * 100)), "index": str(index)})


def invisible_places(text: str) -> list[int]:
    """Offsets of characters a reader cannot see or that reorder what they see; a joiner inside an emoji is fine."""
    # A text has few different characters and mostly none of these: asking each once spares asking each place.
    suspects = {sign for sign in set(text) if _can_hide(sign)}
    if not suspects:
        return []
    return [place for place, sign in enumerate(text) if sign in suspects and _hides(text, place, sign)]


def _can_hide(sign: str) -> bool:
    if sign.isprintable():
        return sign in _BLANKS or _VARIATIONS.match(sign) is not None
    return sign not in "\n\t" and unicodedata.category(sign) in {"Cf", "Cc", "Co", "Cs", "Cn", "Zl", "Zp"}


def _hides(text: str, place: int, sign: str) -> bool:
    """Whether such a character has no business where it stands."""
    if sign == _EMOJI_LOOK:
        # One that chooses an emoji's look is fine; runs of them carry whole messages nobody sees.
        return not _can_have_looks(text[max(0, place - 1) : place])
    return not (sign == _JOINER and _joins_emoji(text, place))


def _can_have_looks(before: str) -> bool:
    return (
        before in {"#", "*"}
        or before.isdecimal()
        or unicodedata.category(before or " ") in {"So", "Sk", "Sm", "Po"}
    )


def without_invisible(text: str) -> str:
    """`text` without them: what the "remove" button makes of it."""
    return _rewritten(text, lambda sign: "")


def reveal(text: str) -> str:
    """`text` with every invisible character written out, for a card that has to show all of it."""
    return _rewritten(text, lambda sign: f"⟦U+{ord(sign):04X}⟧")


def _rewritten(text: str, write: Callable[[str], str]) -> str:
    parts: list[str] = []
    end = 0
    for place in invisible_places(text):
        parts += [text[end:place], write(text[place])]
        end = place + 1
    return "".join([*parts, text[end:]])


def _joins_emoji(text: str, place: int) -> bool:
    before = text[max(0, place - 2) : place].rstrip("\ufe0f")[-1:]
    after = text[place + 1 : place + 2]
    return all(unicodedata.category(sign) in {"So", "Sk"} for sign in (before, after) if sign) and bool(
        before and after
    )
