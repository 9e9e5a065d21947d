"""What to look at before approving: the deterministic checks of a text, run anew on the bytes as they are now."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.views.drafts import Caution
from core.crypto import TenantKeys
from core.drafting.draft import DraftOutput
from core.drafting.models import Draft
from core.jobs_feed.posting import JobPosting


async def cautions_for(
    session: AsyncSession, keys: TenantKeys, draft: Draft, output: DraftOutput, posting: JobPosting | None
) -> list[Caution]:
    return []
