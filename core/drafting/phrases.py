"""The form of the offline composer's wording. The words themselves are in `phrases_en` and `phrases_uk`.

No phrase states anything about the user: what the user did comes from facts alone. `$need` is an infinitive phrase from the
posting ("migrate your invoices"), `$title` its title, `$tools` names the user's facts share with the posting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Variants = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    greetings: Variants
    warm_greetings: Variants
    openers_need: Variants
    openers_title: Variants
    leads_on: Variants
    warm_lines: Variants
    proof_intros: Variants
    proof_firsts: Variants
    proof_nexts: Variants
    tool_lines: Variants
    plan_intros: Variants
    plan_first: Variants
    plan_need: Variants
    plan_second: Variants
    plan_third: Variants
    questions: Variants
    closings: Variants
    warm_closings: Variants
    sign_offs: Variants
    as_asked: Variants
    price_hourly: Variants
    price_fixed: Variants
    conjunction: str
    per_hour: str
    reply_thanks: Variants
    reply_price: Variants
    reply_price_open: Variants
    reply_start_open: Variants
    reply_call: Variants
    reply_examples: Variants
    reply_no_examples: Variants
    reply_hire: Variants
    reply_understood: Variants
    reply_other: Variants
    reply_closings: Variants


@dataclass(frozen=True, slots=True)
class Voice:
    """Chooses wordings by a seed: the same for the same request, different from tenant to tenant and from job to job."""

    seed: str

    def pick(self, slot: str, options: Sequence[T]) -> T:
        return options[self.number(slot) % len(options)]

    def number(self, slot: str) -> int:
        return int.from_bytes(hashlib.sha256(f"{self.seed}|{slot}".encode()).digest()[:8], "big")
