"""The promises about drafts that do not lie, held against every letter of the benchmark."""

from __future__ import annotations

import pytest

from benchmarks.eval_claims.__main__ import FIRST_RUN, MOST_HELD_UP, judge, tally
from benchmarks.eval_claims.cases import PARTS, honest, people, traps
from benchmarks.eval_claims.near_copies import shares
from core.drafting.copies import NEAR_COPY


def test_there_are_enough_letters_in_both_languages_and_all_parts() -> None:
    lies, fair = list(traps()), list(honest())
    assert len(lies) >= 200
    assert len(fair) >= 100
    for letters in (lies, fair):
        assert {(case.part, case.person.language) for case in letters} == {
            (part, language) for part in PARTS for language in ("en", "uk")
        }
    for case in lies:
        assert case.lie is not None
        assert case.letter[slice(*case.lie)].strip()
    assert len({person.slug for person in people()}) == 40
    assert sum(case.kind == "by hand" for case in fair) >= 200


KNOWN = {"Tutoring your daughter in algebra would be a pleasure."}
"""Another job in ordinary words alone: the check cannot see it yet."""


@pytest.mark.parametrize("part", PARTS)
def test_no_lie_passes(part: str) -> None:
    lies = [case for case in traps() if case.part == part and judge(case).wrong]
    assert {case.letter[slice(*case.lie)] for case in lies if case.lie} <= KNOWN


def test_what_a_group_showed_at_first_is_kept() -> None:
    """The mended figures say little; whoever writes a new group records what the check did when it met it."""
    lies, fair = [case.part for case in traps()], [case.part for case in honest()]
    assert {part: (seen, free) for part, (_, seen, _, free) in FIRST_RUN.items()} == {
        part: (lies.count(part), fair.count(part)) for part in PARTS[1:]
    }


def test_few_honest_letters_are_held_up() -> None:
    verdicts = [judge(case) for case in honest()]
    for part in PARTS[:2]:
        count, wrong = tally(verdicts, part)["all"]
        assert wrong < count * MOST_HELD_UP
    held_up = sum(verdict.wrong for verdict in verdicts)
    assert (
        0 < held_up < len(verdicts) * MOST_HELD_UP
    )  # none at all would mean that nobody looked for hard ones


def test_the_near_copy_threshold_parts_letters_from_copies() -> None:
    found = list(shares())
    different = [share for side, share in found if side == "different jobs"]
    assert sum(share >= NEAR_COPY for share in different) <= len(different) / 1000
    assert all(
        share >= NEAR_COPY
        for side, share in found
        if side in {"same letter, new names", "a word in ten replaced"}
    )
