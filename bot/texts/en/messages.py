"""Clients' messages and replies."""

from __future__ import annotations

TEXTS = {
    "story.client": "the client",
    "story.head": "💬 <b>{who}</b>\n{topic}",
    "story.hint": "<i>Reply to this message to answer; I show your text before it goes.</i>",
    "story.purged": "The text was deleted after 24 hours, as Upwork's terms ask. It is on Upwork.",
    "button.draft_answer": "✍️ Draft an answer",
    "messages.none": "No client has written yet. Their messages will arrive here by themselves.",
    "reply.unknown": "I no longer know what that message was about. Reply to a newer one, or use /jobs and /messages.",
    "reply.card": "To work on this job, press ✍️ below its card. To answer a client, reply to their message.",
    "reply.sent_proposal": "This proposal was approved, so it can no longer be changed here. When the client answers, the message comes here and you reply to it.",
}
