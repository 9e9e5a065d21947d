"""A client's message as a card in its thread."""

from __future__ import annotations

import html

from bot.callbacks import RoomCb
from bot.texts import Html, Words
from bot.ui import BLUE, Screen, blocks, button, clip
from core.messaging.service import StoryCard

_TEXT = 3200


def story_screen(words: Words, card: StoryCard, *, first: bool) -> Screen:
    """The first card of a thread names the room and says how to answer; later ones only carry the message."""
    who = clip(card.author or words.plain("story.client"), 60)
    head = words("story.head", who=who, topic=clip(card.topic or card.room_name or "", 120))
    body = (
        html.escape(clip(card.text, _TEXT), quote=False) if card.text is not None else words("story.purged")
    )
    text = blocks(
        head, Html(f"<blockquote expandable>{body}</blockquote>"), words("story.hint") if first else None
    )
    return Screen(
        text, [[button(words.plain("button.draft_answer"), RoomCb(verb="draft", room=card.room.id), BLUE)]]
    )
