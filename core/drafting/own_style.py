"""A user's style as it is learned right now, from the letters they edited and approved; and what they had forgotten of it.

Nothing learned is stored: the letters are there already. Stored is only when a trait was forgotten; letters approved before that
teach it no longer.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import TenantKeys
from core.db import tenant_of
from core.drafting.models import Draft, DraftKind, DraftState, DraftVersion, StyleForget, VersionSource
from core.drafting.service import read_version
from core.drafting.style import MOST, StyleProfile, Trait, learn, merged
from core.errors import Invalid
from core.security import audit


async def learned_style(session: AsyncSession, keys: TenantKeys) -> StyleProfile:
    """What the user's own letters teach, without what was forgotten. `describe` tells it to people."""
    letters = await _own_letters(session, keys)
    forgotten = await _forgotten(session)
    style = learn([text for _, text in letters])
    return merged(
        style,
        {trait: learn([text for at, text in letters if at > moment]) for trait, moment in forgotten.items()},
    )


async def forget_trait(session: AsyncSession, *, trait: str) -> None:
    """Have one trait (a key of `describe`) forgotten; it may be learned again from later letters. Raises Invalid."""
    if trait not in set(Trait):
        raise Invalid
    now = func.now()  # the database's clock, which dates the letters too
    await session.execute(
        insert(StyleForget)
        .values(tenant_id=tenant_of(session), id=uuid4(), trait=trait, forgotten_at=now)
        .on_conflict_do_update(index_elements=["tenant_id", "trait"], set_={"forgotten_at": now})
    )
    audit.record(session, "draft.style_forgotten", actor=audit.USER, trait=trait)


async def _own_letters(session: AsyncSession, keys: TenantKeys) -> list[tuple[datetime, str]]:
    """Approved proposals whose letter the user changed last, newest first, with the time of that change. A new price or an answer
    of their own is no letter of theirs."""
    rows = await session.scalars(
        select(DraftVersion)
        .join(
            Draft,
            and_(
                Draft.tenant_id == DraftVersion.tenant_id,
                Draft.id == DraftVersion.draft_id,
                Draft.current == DraftVersion.number,
            ),
        )
        .where(
            Draft.kind == DraftKind.PROPOSAL,
            Draft.state == DraftState.APPROVED,
            DraftVersion.source == VersionSource.EDITED,
        )
        .order_by(DraftVersion.created_at.desc())
        .limit(MOST)
    )
    own = []
    for row in rows.all():
        letter = read_version(keys, row).output.letter
        if letter != await _machine_letter(session, keys, row):
            own.append((row.created_at, letter))
    return own


async def _machine_letter(session: AsyncSession, keys: TenantKeys, row: DraftVersion) -> str | None:
    """The letter that the user's edits of `row` began with; None where no machine wrote before them."""
    while row.source == VersionSource.EDITED:
        if row.parent is None:
            return None
        row = (
            await session.scalars(
                select(DraftVersion).where(
                    DraftVersion.draft_id == row.draft_id, DraftVersion.number == row.parent
                )
            )
        ).one()
    return read_version(keys, row).output.letter


async def _forgotten(session: AsyncSession) -> dict[str, datetime]:
    rows = await session.scalars(select(StyleForget))
    return {row.trait: row.forgotten_at for row in rows}
