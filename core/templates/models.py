"""A person's own templates and which drafts were made from them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from core.db import TenantRow


class Template(TenantRow):
    """A letter with gaps. `offered_sealed` is a better wording that waits for its person's word; `improving_at` is set while a
    model works on one.
    """

    __tablename__ = "templates"

    name_sealed: Mapped[bytes]
    body_sealed: Mapped[bytes]
    characters: Mapped[int]
    offered_sealed: Mapped[bytes | None]
    improving_at: Mapped[datetime | None]


class TemplateUse(TenantRow):
    """Which template a draft was made from. A draft has one at most."""

    __tablename__ = "template_uses"
    __table_args__ = (
        UniqueConstraint("tenant_id", "draft_id"),
        ForeignKeyConstraint(
            ["tenant_id", "draft_id"], ["drafts.tenant_id", "drafts.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "template_id"], ["templates.tenant_id", "templates.id"], ondelete="CASCADE"
        ),
    )

    draft_id: Mapped[UUID]
    template_id: Mapped[UUID]
