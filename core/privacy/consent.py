"""What somebody agreed to, and which version of it. The texts themselves are in `web/words/privacy.py`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import tenant_of
from core.privacy.models import Consent
from core.security import audit
from core.settings import Settings

TERMS_VERSION = "2026-11-23"
PRIVACY_VERSION = "2026-11-23"


async def consent_needed(session: AsyncSession) -> bool:
    """Whether these versions are news to this tenant."""
    known = await session.scalar(
        select(Consent.id)
        .where(Consent.terms_version == TERMS_VERSION, Consent.privacy_version == PRIVACY_VERSION)
        .limit(1)
    )
    return known is None


async def record_consent(session: AsyncSession, settings: Settings, *, language: str, how: str) -> bool:
    """Note that the tenant went on knowing the present texts; `how` is a short word of ours. False when that is noted already."""
    if not await consent_needed(session):
        return False
    session.add(
        Consent(
            tenant_id=tenant_of(session),
            terms_version=TERMS_VERSION,
            privacy_version=PRIVACY_VERSION,
            llm=bool(processors(settings)),
            language=language,
            how=how,
        )
    )
    audit.record(session, "consent.given", actor=audit.USER, terms=TERMS_VERSION, privacy=PRIVACY_VERSION)
    return True


def processors(settings: Settings) -> tuple[str, ...]:
    """Vendors of models that get texts, pictures or voice notes: those whose key is set, in the order in which they are asked."""
    hears = settings.transcription_api_key if settings.transcription_base_url is None else None
    keys = {"anthropic": settings.anthropic_api_key, "openai": settings.openai_api_key or hears}
    order = [name.strip() for name in settings.llm_order.split(",")]
    return tuple(
        name
        for name in sorted(keys, key=lambda name: order.index(name) if name in order else 9)
        if keys[name]
    )
