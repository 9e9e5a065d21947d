"""The tries at a factor or a password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class LoginFailure(Base):
    """One try that did not succeed, or has not yet. Hashes only: who tried what, and from where.

    `forgiven` after a success: it no longer slows the person down, but it still counts for the hour and the day.
    """

    __tablename__ = "login_failures"
    __table_args__ = (
        Index(None, "who", "tried_at"),
        Index(None, "origin", "tried_at"),
        Index(None, "tried_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    who: Mapped[str]
    origin: Mapped[str | None]
    forgiven: Mapped[bool] = mapped_column(server_default=text("false"))
    tried_at: Mapped[datetime] = mapped_column(server_default=func.now())
