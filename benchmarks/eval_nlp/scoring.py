"""Compares what was read with the labels: right, extra and missed for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.eval_nlp.cases import Case
from core.matching.budget import Realism
from core.matching.posting_facts import PostingFacts
from core.matching.quotes import Quote
from core.matching.skills import canonical, implied, vocabulary
from core.matching.words import key_of

Match = Callable[[str, str], bool]


@dataclass(slots=True)
class Tally:
    right: int = 0
    found: int = 0
    labels: int = 0

    def add(self, right: int, extra: list[str], missed: list[str]) -> None:
        self.right += right
        self.found += right + len(extra)
        self.labels += right + len(missed)

    @property
    def precision(self) -> float | None:
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        return self.right / self.labels if self.labels else None

    @property
    def f1(self) -> float | None:
        return 2 * self.right / (self.found + self.labels) if self.found + self.labels else None


def _equal(found: str, label: str) -> bool:
    return found.casefold() == label.casefold()


def _skill(found: str, label: str) -> bool:
    """The skill itself or one that implies it: whoever asks for Shopify Liquid names Shopify."""
    return (canonical(label) or label.casefold()) in implied([found])


def _is_tongue(slug: str) -> bool:
    """English and French are judged as `wants`."""
    skill = vocabulary().get(slug)
    return skill is not None and skill.group == "languages"


def _overlap(found: str, label: str) -> bool:
    """Whether one names all the words of the other: "refreshed logo" is the logo."""
    ours, theirs = set(key_of(found)), set(key_of(label))
    return bool(ours and theirs) and (ours <= theirs or theirs <= ours)


def _within(found: str, label: str) -> bool:
    return label.casefold() in found.replace("’", "'").casefold()


KINDS: dict[str, Match] = {
    "skills": _skill,
    "deliverables": _overlap,
    "seniority": _equal,
    "realism": _equal,
    "instructions": _equal,
    "questions": _within,
    "language": _equal,
    "wants": _equal,
    "flags": _equal,
}


def judge(case: Case, facts: PostingFacts) -> dict[str, tuple[int, list[str], list[str]]]:
    """(number right, what was found too much, what was missed) for each kind that is judged in this case."""
    found = _found(facts)
    judged = {kind: _paired(found[kind], labels, KINDS[kind]) for kind, labels in case.labels.items()}
    if "skills" in judged:
        right, extra, missed = judged["skills"]
        wrong = [slug for slug in extra if not any(_skill(slug, craft) for craft in case.crafts)]
        judged["skills"] = right, wrong, missed
    return judged


def unquoted(text: str, facts: PostingFacts) -> int:
    """How many quotes do not stand in `text` where they say."""
    return sum(text[quote.offset : quote.offset + len(quote.text)] != quote.text for quote in _quotes(facts))


def _found(facts: PostingFacts) -> dict[str, list[str]]:
    seniority, realism = facts.seniority, facts.budget.realism
    return {
        "skills": [skill.slug for skill in facts.skills if not _is_tongue(skill.slug)],
        "deliverables": [item.text for item in facts.deliverables],
        "seniority": [seniority.level.value] if seniority.level and seniority.quote else [],
        "realism": [realism.value] if realism in {Realism.LOW, Realism.OPEN} else [],
        "instructions": [test.value for test in facts.tests],
        "questions": [question.text for question in facts.questions],
        "language": [facts.language],
        "wants": [item.code for item in facts.languages],
        "flags": [flag.kind.value for flag in facts.flags],
    }


def _paired(found: list[str], labels: list[str], match: Match) -> tuple[int, list[str], list[str]]:
    missed = list(labels)
    extra: list[str] = []
    for item in found:
        label = next((label for label in missed if match(item, label)), None)
        if label is None:
            extra.append(item)
        else:
            missed.remove(label)
    return len(labels) - len(missed), extra, missed


def _quotes(facts: PostingFacts) -> Iterator[Quote]:
    single = (facts.seniority.quote, facts.budget.quote)
    several = (facts.skills, facts.deliverables, facts.tests, facts.questions, facts.languages, facts.flags)
    yield from (quote for quote in single if quote)
    yield from (item.quote for items in several for item in items if item.quote)
