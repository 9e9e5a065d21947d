"""Experiments and which draft got which variant: words of a fixed list, ids and numbers, nothing anybody wrote."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantRow


class Factor(StrEnum):
    """What a draft can differ in."""

    OPENER = "opener"
    LENGTH = "length"
    TEMPLATE = "template"
    MODEL = "model"


class State(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    KEPT = "kept"  # stopped, and every draft gets `kept` until the next experiment with this factor


class Experiment(TenantRow):
    """Variants of one factor side by side: words of that factor (see `core.experiments.recipe`), or template ids."""

    __tablename__ = "experiments"
    __table_args__ = (
        Index(
            "uq_experiments_one_running",
            "tenant_id",
            "factor",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
    )

    factor: Mapped[str]
    split: Mapped[str]
    variants: Mapped[list[Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(default=State.RUNNING)
    kept: Mapped[int | None]
    ended_at: Mapped[datetime | None]


class ExperimentDraw(TenantRow):
    """The variant (its place) that a draft was given before a word of it was written. It stays, whatever the draft becomes."""

    __tablename__ = "experiment_draws"
    __table_args__ = (
        UniqueConstraint("tenant_id", "experiment_id", "draft_id"),
        ForeignKeyConstraint(
            ["tenant_id", "experiment_id"], ["experiments.tenant_id", "experiments.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "draft_id"], ["drafts.tenant_id", "drafts.id"], ondelete="CASCADE"
        ),
    )

    experiment_id: Mapped[UUID]
    draft_id: Mapped[UUID]
    variant: Mapped[int]
