"""What a version changed, word by word."""

from __future__ import annotations

from uuid import UUID

from bot.foreign import markup
from bot.texts import Html, Words
from bot.ui import TEXT_LIMIT, Screen, blocks, clip, lines, visible
from bot.views.drafts import bid_text
from core.accounts.service import Account
from core.drafting import diff
from core.drafting import service as drafting
from core.drafting.diff import Segment
from core.drafting.draft import DraftOutput
from core.drafting.lint import reveal
from core.runtime import Runtime

_MARKS = {diff.Change.ADDED: "u", diff.Change.REMOVED: "s"}
_AROUND = 60
_FEWER = (400, 120, 40)


async def diff_screen(rt: Runtime, account: Account, words: Words, draft_id: UUID) -> Screen:
    """The current version against the one it was made from: new words underlined, gone ones struck out, long same parts cut."""
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        draft = await drafting.get_draft(session, draft_id=draft_id)
        now = await drafting.get_version(session, keys, draft)
        before = await drafting.get_parent(session, keys, draft)
    heading = words("draft.diff", n=draft.current)
    other = _other_changes(words, before.output, now.output)
    segments = diff.diff_words(reveal(before.output.letter), reveal(now.output.letter))
    if not any(_changed(segment) for segment in segments):
        return Screen(blocks(heading, other or words("draft.diff_nothing")))
    for longest in (TEXT_LIMIT, *_FEWER):
        screen = Screen(blocks(heading, _marked(segments, longest), other))
        if visible(screen.text) <= TEXT_LIMIT:
            break
    return screen


def _changed(segment: Segment) -> bool:
    return segment.change is not diff.Change.SAME and bool(segment.text.strip())


def _marked(segments: tuple[Segment, ...], longest: int) -> Html:
    parts = []
    for segment in segments:
        tag = _MARKS.get(segment.change)
        text = segment.text if len(segment.text) <= longest else _shortened(segment.text, longest, bool(tag))
        escaped = markup(text)
        parts.append(f"<{tag}>{escaped}</{tag}>" if tag and text.strip() else escaped)
    return Html("".join(parts))


def _shortened(text: str, longest: int, changed: bool) -> str:
    """The middle of a long stretch that stayed is not news; of one that changed its beginning is shown."""
    if changed:
        return clip(text, max(longest, _AROUND))
    return f"{text[:_AROUND].rstrip()} … {text[-_AROUND:].lstrip()}"


def _other_changes(words: Words, before: DraftOutput, now: DraftOutput) -> Html | None:
    """The price and the answers, which are not part of the letter."""
    found = []
    if now.bid and now.bid != before.bid:
        found.append(words("draft.bid", bid=bid_text(words, now.bid)))
    old = {answer.position: answer.text for answer in before.answers}
    found += [
        lines(
            words("draft.diff_answer", n=answer.position + 1),
            Html(markup(clip(answer.text, 300))),
        )
        for answer in now.answers
        if answer.text != old.get(answer.position, "")
    ]
    return lines(*found) or None
