"""Saving what the user said about themselves, and reading it back for scoring and drafting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import TenantKeys
from core.db import tenant_of
from core.errors import Invalid, NotFound
from core.jobs import Job, enqueue
from core.matching.score import DEFAULT_WEIGHTS, Weights
from core.profile.facts import Fact, FactKind, Profile
from core.profile.models import FactRow, ProfileRow
from core.profile.parsing import MAX_BYTES, MAX_FACTS, MIN_CHARACTERS, ParsedProfile, parse_profile
from core.security import audit


def read_text(text: str) -> ParsedProfile:
    """Parse pasted text. Raises Invalid with `reason` "too_short" (`minimum`) or "too_long" (`limit`) in characters."""
    if len(text.strip()) < MIN_CHARACTERS:
        raise Invalid(reason="too_short", minimum=MIN_CHARACTERS)
    if len(text.encode()) > MAX_BYTES:
        raise Invalid(reason="too_long", limit=MAX_BYTES // 1000)
    return parse_profile(text)


async def save_profile(
    session: AsyncSession, keys: TenantKeys, parsed: ParsedProfile, *, replace: bool
) -> int:
    """Store facts (instead of, or beside, those there are); returns how many there are now. Embedding follows in a job."""
    tenant_id = tenant_of(session)
    row = await session.scalar(select(ProfileRow))
    if row is None:
        row = ProfileRow(tenant_id=tenant_id, id=uuid4(), headline_sealed=b"")
        session.add(row)
    if replace:
        await session.execute(delete(FactRow))
    if replace or not row.headline_sealed:
        row.headline_sealed = keys.seal(row, "headline_sealed", parsed.headline)
    if parsed.hourly_rate is not None:
        row.hourly_rate = parsed.hourly_rate
    known = {keys.unseal(fact, "text_sealed") for fact in await session.scalars(select(FactRow))}
    last = await session.scalar(select(func.coalesce(func.max(FactRow.number), 0))) or 0
    room = MAX_FACTS - len(known)
    new = [fact for fact in parsed.facts if fact.text not in known][: max(0, room)]
    for number, fact in enumerate(new, start=last + 1):
        stored = FactRow(
            tenant_id=tenant_id,
            id=uuid4(),
            number=number,
            kind=fact.kind,
            skills=list(fact.skills),
            text_sealed=b"",
        )
        stored.text_sealed = keys.seal(stored, "text_sealed", fact.text)
        session.add(stored)
    audit.record(session, "profile.saved", actor=audit.USER, facts=len(new), replaced=replace)
    await enqueue(session, Job.EMBED_PROFILE, tenant_id=tenant_id, ref=tenant_id)
    await session.flush()
    return len(known) + len(new)


async def set_rate(session: AsyncSession, *, hourly_rate: Decimal) -> None:
    row = await session.scalar(select(ProfileRow))
    if row is not None:
        row.hourly_rate = hourly_rate
        audit.record(session, "profile.rate_changed", actor=audit.USER)


async def load_profile(session: AsyncSession, keys: TenantKeys) -> Profile | None:
    """The profile with all facts in order, or None before the user told anything."""
    row = await session.scalar(select(ProfileRow))
    if row is None:
        return None
    facts = await session.scalars(select(FactRow).order_by(FactRow.number))
    return Profile(
        headline=keys.unseal(row, "headline_sealed"),
        hourly_rate=row.hourly_rate,
        signature=keys.unseal(row, "signature_sealed") or None,
        facts=tuple(
            Fact(
                id=fact.id,
                number=fact.number,
                kind=FactKind(fact.kind),
                text=keys.unseal(fact, "text_sealed"),
                skills=tuple(fact.skills),
                vector=None if fact.embedding is None else tuple(float(value) for value in fact.embedding),
            )
            for fact in facts
        ),
    )


async def facts_without_vector(session: AsyncSession, keys: TenantKeys) -> list[Fact]:
    profile = await load_profile(session, keys)
    return [fact for fact in profile.facts if fact.vector is None] if profile else []


async def store_vectors(session: AsyncSession, vectors: Mapping[Fact, Sequence[float]]) -> None:
    """Write embeddings of facts that are still there."""
    for fact, vector in vectors.items():
        row = await session.get(FactRow, (tenant_of(session), fact.id))
        if row is not None:
            row.embedding = list(vector)


async def load_weights(session: AsyncSession) -> Weights:
    """The user's own weights, or the defaults; stored ones that no longer make sense count as the defaults."""
    stored = await session.scalar(select(ProfileRow.weights))
    try:
        return Weights(**stored) if stored else DEFAULT_WEIGHTS
    except (TypeError, ValueError):
        return DEFAULT_WEIGHTS


async def set_instant_at(session: AsyncSession, total: int) -> None:
    """From which total, 0..100, a card rings. Raises Invalid ("unknown_button") below the digest's own or above 100, NotFound
    without a profile."""
    row = await session.scalar(select(ProfileRow).with_for_update())
    if row is None:
        raise NotFound(subject="profile")
    try:
        weights = replace(await load_weights(session), instant_at=float(total))
    except ValueError:
        raise Invalid(reason="unknown_button") from None
    row.weights = asdict(weights)
    audit.record(session, "profile.threshold_changed", actor=audit.USER, total=total)
