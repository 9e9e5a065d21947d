"""Looking for what an action sent on Upwork's own side."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from core.jobs_feed.posting import is_own
from core.messaging.models import Story
from core.proposals.models import Action, ActionKind
from core.proposals.payload import Payload
from core.runtime import Runtime
from core.upwork import operations
from core.upwork.views import Priority, StoryView

_CLOCK_SKEW = timedelta(seconds=60)


async def find_remote(rt: Runtime, action: Action, payload: Payload) -> str | None:
    """Upwork's id of what the action sent, or None when Upwork does not show it. Raises when Upwork did not answer."""
    if is_own(payload.target):
        return None  # Upwork knows nothing of it
    if payload.kind is ActionKind.PROPOSAL:
        found = await operations.find_proposal(
            rt.upwork, action.tenant_id, payload.target, priority=Priority.PERSON
        )
        return found.proposal_id if found else None
    left_at = action.on_wire_at or action.approved_at
    stories = await operations.list_stories(
        rt.upwork, action.tenant_id, payload.target, since=left_at - _CLOCK_SKEW, priority=Priority.PERSON
    )
    me = (await rt.upwork.account(action.tenant_id)).upwork_user_id
    mine = [
        story for story in stories if story.author_id in (None, me) and same_text(story.text, payload.text)
    ]
    return await _first_new(rt, action, mine, left_at) if mine else None


async def _first_new(rt: Runtime, action: Action, stories: list[StoryView], left_at: datetime) -> str | None:
    """The first of these messages that was not there before the action left.

    Upwork's clock may be behind ours, so the time alone does not tell: an equal text counts as older when another action sent
    it, or when we had read it by then.
    """
    ids = [story.story_id for story in stories]
    async with rt.db.begin(action.tenant_id) as session:
        older = set(
            await session.scalars(
                select(Action.remote_id).where(Action.remote_id.in_(ids), Action.id != action.id)
            )
        )
        older |= set(
            await session.scalars(
                select(Story.upwork_story_id).where(
                    Story.upwork_story_id.in_(ids), Story.fetched_at < left_at, Story.written_at < left_at
                )
            )
        )
    return next((story_id for story_id in ids if story_id not in older), None)


def same_text(seen: str, sent: str) -> bool:
    """Upwork may trim the ends of a message or change its line breaks; nothing else counts as the same."""
    return seen.replace("\r\n", "\n").strip() == sent.replace("\r\n", "\n").strip()
