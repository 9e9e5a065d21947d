"""A client's message as a card in its thread."""

from __future__ import annotations

from bot.callbacks import RoomCb
from bot.texts import Words
from bot.ui import BLUE, Screen, button, clip
from bot.views.packing import pack, quoted
from core.messaging.service import StoryCard


def story_screens(words: Words, card: StoryCard, *, first: bool) -> list[Screen]:
    """The whole message, over several when it is long. The first card of a thread says how to answer."""
    who = clip(card.author or words.plain("story.client"), 60)
    topic = clip(card.topic or card.room_name or "", 120)
    head = words("story.head", who=who, topic=topic)
    body = quoted(card.text, folded=True) if card.text is not None else [words("story.purged")]
    rows = [[button(words.plain("button.draft_answer"), RoomCb(verb="draft", room=card.room.id), BLUE)]]
    return pack([head, *body, words("story.hint") if first else None], rows)
