"""Where the near-copy threshold lies: a writer's own letters for different jobs on one side, reworked copies on the other."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.eval_claims.cases import Person, people
from core.drafting.copies import NEAR_COPY, overlap
from core.drafting.draft import Style, Tone
from core.drafting.offline import write_offline

_FILLERS = {
    "en": ["really", "also", "quite", "still", "simply", "then", "here", "perhaps"],
    "uk": ["також", "справді", "ще", "просто", "тут", "потім", "мабуть", "далі"],
}
_SIDES = (
    "different jobs",
    "same letter, new names",
    "a word in ten replaced",
    "sentences in new order",
    "a new first paragraph",
)


def shares() -> Iterator[tuple[str, float]]:
    """(side, share) of every pair of letters."""
    for person in people():
        jobs = [other.request.posting for other in people() if other.language == person.language]
        letters = [
            write_offline(
                replace(person.request, posting=job, seed="one tenant", style=Style(Tone.PLAIN, 160))
            ).letter
            for job in jobs
        ]
        for place, letter in enumerate(letters):
            for other in letters[:place]:
                yield _SIDES[0], overlap(letter, other)
        for place, letter in enumerate(person.letters):
            for other in person.letters[:place]:
                yield _SIDES[0], overlap(letter, other)
        for letter in (*letters, *person.letters):
            for side in _SIDES[1:]:
                yield side, overlap(_reworked(letter, side, person), letter)


def _reworked(letter: str, side: str, person: Person) -> str:
    rng = random.Random(f"{side}|{letter}")
    if side == _SIDES[1]:
        named = re.sub(re.escape(person.company), "Another Firm", letter)
        return re.sub(r"\d+", lambda match: str(int(match.group()) + 7), named)
    if side == _SIDES[2]:
        words = letter.split(" ")
        for place in rng.sample(range(len(words)), len(words) // 10):
            words[place] = rng.choice(_FILLERS[person.language])
        return " ".join(words)
    sentences = re.split(r"(?<=[.!?])\s+", letter)
    if side == _SIDES[3]:
        rng.shuffle(sentences)
        return " ".join(sentences)
    return " ".join([person.request.posting.description[:80], *sentences[1:]])


def report() -> dict[str, float]:
    """Prints a table; the rates of false and missed alarms at the threshold."""
    found: dict[str, list[float]] = {side: [] for side in _SIDES}
    for side, share in shares():
        found[side].append(share)
    print(f"\nShare of old words, pairs of letters (a near copy from {NEAR_COPY:.0%})")
    print(f"{'':26}{'pairs':>8}{'least':>8}{'median':>8}{'most':>8}{'alarms':>8}")
    for side, values in found.items():
        values.sort()
        alarms = sum(value >= NEAR_COPY for value in values) / len(values)
        middle = values[len(values) // 2]
        print(f"{side:26}{len(values):>8}{values[0]:>8.2f}{middle:>8.2f}{values[-1]:>8.2f}{alarms:>8.1%}")
    false = sum(value >= NEAR_COPY for value in found[_SIDES[0]]) / len(found[_SIDES[0]])
    copies = [value for side in _SIDES[1:] for value in found[side]]
    return {
        "false_alarms": round(false, 4),
        "missed": round(sum(value < NEAR_COPY for value in copies) / len(copies), 4),
    }
