"""A user's style as it is learned right now, from the letters they edited and approved; and what they had forgotten of it.

Nothing learned is stored: the letters are there already. Stored is only when a trait was forgotten; what was written before that
teaches it no longer, so it comes back from three newer letters at the earliest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import TenantKeys
from core.db import tenant_of
from core.drafting.models import Draft, DraftKind, DraftState, DraftVersion, StyleForget, VersionSource
from core.drafting.repricing import repriced
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
    await _forget(session, [trait], noted=trait)


async def forget_style(session: AsyncSession) -> None:
    """Have every trait forgotten."""
    await _forget(session, list(Trait), noted="all")


async def _forget(session: AsyncSession, traits: Sequence[str], *, noted: str) -> None:
    now = func.now()  # the database's clock, which dates the letters too
    for trait in traits:
        await session.execute(
            insert(StyleForget)
            .values(tenant_id=tenant_of(session), id=uuid4(), trait=trait, forgotten_at=now)
            .on_conflict_do_update(index_elements=["tenant_id", "trait"], set_={"forgotten_at": now})
        )
    audit.record(session, "draft.style_forgotten", actor=audit.USER, trait=noted)


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
    current = rows.all()
    earlier = await session.scalars(
        select(DraftVersion).where(DraftVersion.draft_id.in_({row.draft_id for row in current}))
    )
    versions = {(row.draft_id, row.number): row for row in earlier}
    return [own for row in current if (own := _own_words(keys, row, versions)) is not None]


def _own_words(
    keys: TenantKeys, row: DraftVersion, versions: Mapping[tuple[UUID, int], DraftVersion]
) -> tuple[datetime, str] | None:
    """When the user changed this letter last, and the letter; None when they changed only its price or an answer."""
    letter = read_version(keys, row).output.letter
    while row.source == VersionSource.EDITED:
        parent = versions.get((row.draft_id, row.parent or 0))
        if parent is None or not _same(keys, parent, row):
            return row.created_at, letter
        row = parent
    return None


def _same(keys: TenantKeys, parent: DraftVersion, row: DraftVersion) -> bool:
    if parent.stripped_at is not None:
        # Its text is gone after a day; its length is left.
        return parent.characters == row.characters
    before, after = read_version(keys, parent).output, read_version(keys, row).output
    return after.letter in {before.letter, (repriced(before, after.bid) if after.bid else before).letter}


async def _forgotten(session: AsyncSession) -> dict[str, datetime]:
    rows = await session.scalars(select(StyleForget))
    return {row.trait: row.forgotten_at for row in rows}
