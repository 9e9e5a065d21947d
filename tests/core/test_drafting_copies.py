"""What counts as a near copy of one's own earlier letter, and what does not."""

from __future__ import annotations

from core.drafting.copies import NEAR_COPY, nearest, overlap
from core.drafting.offline import write_offline
from tests.core.drafting_cases import UKRAINIAN_POSTING, posting, proposal

OLD = (
    "Your invoices leave the old database one by one, and nobody notices. I moved a reporting database from MySQL to PostgreSQL"
    " without downtime, so the route is known. First I would copy the schema, then move the invoices month by month, then compare"
    " the totals. Which month closes next? I can begin with a small one so that you can judge the work.\n\nOlena"
)


def test_small_changes_hide_nothing() -> None:
    other = OLD.replace("invoices", "payments").replace("month", "week").replace("MySQL", "Oracle")
    turned = " ".join(reversed(OLD.split(". ")))
    lookalike = OLD.replace("o", "о").replace("a", "а")
    hidden = "\u200b".join(OLD)
    for changed in (OLD, other, turned, lookalike, hidden, OLD.upper(), "Hello Acme!\n\n" + OLD):
        assert overlap(changed, OLD) >= NEAR_COPY, changed


def test_another_letter_by_the_same_hand_is_no_copy() -> None:
    letters = [
        write_offline(proposal(posting=posting(upwork_id=str(number), title=title))).letter
        for number, title in enumerate(
            ("Fix our payments", "Write tests for an importer", "Clean up a reporting database")
        )
    ]
    letters.append(write_offline(proposal(posting=UKRAINIAN_POSTING)).letter)
    for place, letter in enumerate(letters):
        assert nearest(letter, letters[:place] + letters[place + 1 :])[0] < NEAR_COPY


def test_the_nearest_of_several_is_named() -> None:
    assert nearest(OLD, ["something else entirely", OLD, OLD + " And more."]) == (1.0, 1)
    assert nearest(OLD, []) == (0.0, 0)
    assert overlap("too short", "too short") == 0.0


def test_a_part_of_a_long_letter_is_a_share() -> None:
    assert 0.4 < overlap(OLD + " " + " ".join(f"new{place} thing{place}" for place in range(30)), OLD) < 0.6
