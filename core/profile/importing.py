"""The user's own Upwork profile as text to parse, so that nobody types it twice."""

from __future__ import annotations

from uuid import UUID

from core.runtime import Runtime
from core.upwork import operations
from core.upwork.views import Priority


async def import_text(rt: Runtime, *, tenant_id: UUID) -> str:
    """Headline, overview, skills, jobs and languages, one statement a line; what the key may not read is left out."""
    view = await operations.my_profile(rt.upwork, tenant_id, priority=Priority.PERSON)
    parts = [view.title or "", view.overview or ""]
    if view.skills:
        parts.append(", ".join(view.skills))
    parts += [" · ".join(filter(None, (job.title, job.company, job.description))) for job in view.employment]
    parts += list(view.languages)
    if view.hourly_rate:
        parts.append(f"${view.hourly_rate}/hr")
    return "\n".join(part for part in parts if part)
