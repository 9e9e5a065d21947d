"""What a person answered, as numbers, and the rules they made of their habits. No words of anybody's."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class CardAnswer(TenantRow):
    """The answer to one card. `numbers` by `core.matching.learning.Family`; `cold` and `shown` are totals, 0..100.

    Forgetting one kind of number takes it out of every row here, so that nothing can be learned from it again.
    """

    __tablename__ = "card_answers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "card_id"),
        ForeignKeyConstraint(
            ["tenant_id", "card_id"], ["job_cards.tenant_id", "job_cards.id"], ondelete="CASCADE"
        ),
    )

    card_id: Mapped[UUID]
    numbers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    cold: Mapped[float]
    shown: Mapped[int]
    answer: Mapped[str]
    reason: Mapped[str | None]
    answered_at: Mapped[datetime]


class LearnedRule(TenantRow):
    """A habit its person made a rule: cards it holds for wait in the list and ring nobody. One per family of numbers.

    `skipped` of `answers` cards had been skipped, the first of them at `since`, when the rule was made.
    """

    __tablename__ = "learned_rules"
    __table_args__ = (UniqueConstraint("tenant_id", "family"),)

    family: Mapped[str]
    below: Mapped[bool]
    threshold: Mapped[float]
    answers: Mapped[int]
    skipped: Mapped[int]
    since: Mapped[datetime]
