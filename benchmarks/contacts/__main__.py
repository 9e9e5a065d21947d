"""How many contacts in disguise are found before they leave, and how many honest sentences are held up.

    python -m benchmarks.contacts [--misses]

A hundred contacts in ten families of spellings. Honest sentences come from `honest.txt` (written to be mistaken for contacts) and
from the honest letters of the claim check. Nothing is hidden from the second half of the contacts but a look: it is only counted.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contacts.spellings import FAMILIES, Spelled, spelled
from benchmarks.eval_claims.cases import honest as honest_letters
from core.drafting.contacts import Contact, find_contacts

WANTED = 0.95
HONEST = Path(__file__).with_name("honest.txt")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(slots=True)
class Measured:
    """Keys of `found` and `tried` are (family, whether it is of the half that is only counted)."""

    found: Counter[tuple[str, bool]] = field(default_factory=Counter)
    tried: Counter[tuple[str, bool]] = field(default_factory=Counter)
    missed: list[Spelled] = field(default_factory=list)
    written: int = 0
    letters: int = 0
    false_alarms: list[tuple[str, tuple[Contact, ...]]] = field(default_factory=list)

    def rate(self, family: str, *halves: bool) -> float:
        keys = [(family, half) for half in halves]
        return sum(self.found[key] for key in keys) / max(1, sum(self.tried[key] for key in keys))

    @property
    def all_found(self) -> float:
        return self.found.total() / max(1, self.tried.total())

    @property
    def false_rate(self) -> float:
        return len(self.false_alarms) / max(1, self.written + self.letters)


def written_sentences() -> list[str]:
    return [line for line in HONEST.read_text().splitlines() if line and not line.startswith("#")]


def letter_sentences() -> list[str]:
    """Sentences of honest letters; those with a link are left out: whether it may stand is another check's question."""
    found = {
        sentence.strip()
        for case in honest_letters()
        for sentence in _SENTENCE.split(case.letter)
        if len(sentence.split()) > 2 and "http" not in sentence
    }
    return sorted(found)


def measure() -> Measured:
    measured = Measured()
    for case in spelled():
        key = (case.family, case.held)
        measured.tried[key] += 1
        if find_contacts(case.text):
            measured.found[key] += 1
        else:
            measured.missed.append(case)
    written, letters = written_sentences(), letter_sentences()
    measured.written, measured.letters = len(written), len(letters)
    for sentence in (*written, *letters):
        if contacts := find_contacts(sentence):
            measured.false_alarms.append((sentence, contacts))
    return measured


def table(measured: Measured) -> str:
    lines = [f"{'spelling':<22}{'found':>9}{'open half':>12}{'held half':>12}"]
    lines += [
        f"{family:<22}{measured.rate(family, False, True):>9.1%}{measured.rate(family, False):>12.1%}"
        f"{measured.rate(family, True):>12.1%}"
        for family in FAMILIES
    ]
    lines += [
        f"{'all':<22}{measured.all_found:>9.1%}   of {measured.tried.total()}, wanted {WANTED:.0%}",
    ]
    alarms = f"{len(measured.false_alarms)} of {measured.written} sentences written to mislead"
    lines.append(
        f"{'false alarms':<22}{measured.false_rate:>9.1%}   {alarms} and {measured.letters} of honest letters"
    )
    return "\n".join(lines)


def main(*, misses: bool = False) -> None:
    measured = measure()
    print(table(measured))
    if misses:
        for case in measured.missed:
            if not case.held:
                print(f"missed [{case.family}] {case.text!r}")
        for sentence, contacts in measured.false_alarms:
            print(f"held up {[contact.quote for contact in contacts]} in {sentence!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.contacts")
    parser.add_argument("--misses", action="store_true", help="show what was missed of the open half")
    main(misses=parser.parse_args().misses)
