"""An approved action's card: it tells the truth at every moment."""

from __future__ import annotations

from aiogram.types import InlineKeyboardButton

from bot.callbacks import ActionCb, DraftCb
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, RED, TEXT_LIMIT, Screen, blocks, button, clip, copy, lines, link, visible
from bot.views.drafts import payload_pieces
from bot.views.evidence import boost_line
from bot.views.posting import duration
from core.jobs_feed.posting import is_own
from core.matching.evidence import Evidence
from core.proposals.models import Action, ActionKind, ActionState, Lane
from core.proposals.payload import Payload

_HANDOFF_OVER = {
    ActionKind.PROPOSAL: "action.proposal.handoff_over",
    ActionKind.REPLY: "action.reply.handoff_over",
}


def action_screen(
    words: Words,
    action: Action,
    payload: Payload,
    *,
    heading: str,
    url: str | None,
    boost: Evidence | None = None,
) -> Screen:
    """Queued, on the wire, sent with Upwork's id, or needing the person: with what was approved below.

    `boost` is told to whoever sends it by hand, for that is where a boost can be bid for.
    """
    state = ActionState(action.state)
    key = "approved" if state is ActionState.CLAIMED else state.value
    took = (action.settled_at - action.approved_at).total_seconds() if action.settled_at else 0
    by_hand = _may_be_sent_by_hand(action)
    status = words(
        _of_own_job(state, over=by_hand)
        if is_own(payload.target) and (by_hand or state in (ActionState.HANDED_OFF, ActionState.SENT))
        else _HANDOFF_OVER[ActionKind(action.kind)]
        if by_hand
        else f"action.{action.kind}.{key}",
        remote=action.remote_id or "",
        problem=_problem(words, action.problem),
        took=duration(words, took),
    )
    by_hand = state is ActionState.HANDED_OFF and action.kind == ActionKind.PROPOSAL
    head = lines(
        status,
        words("action.target", title=clip(heading, 120)),
        boost_line(words, boost) if boost and by_hand else None,
    )
    whole = blocks(head, *payload_pieces(words, payload))
    # A text that does not fit was shown in full, in the messages above, before it was approved.
    text = whole if visible(whole) <= TEXT_LIMIT else head
    return Screen(text, _rows(words, action, payload, url))


def _of_own_job(state: ActionState, *, over: bool) -> str:
    """Of a job that its person brought nothing is known at Upwork, and nothing is promised of it."""
    if over:
        return "action.own_handoff_over"
    return "action.own_sent" if state is ActionState.SENT else "action.own_handed_off"


def _may_be_sent_by_hand(action: Action) -> bool:
    """A hand-off that was never confirmed: whether it was sent only the person knows."""
    return action.state == ActionState.EXPIRED and action.lane == Lane.HANDOFF


def _problem(words: Words, problem: str | None) -> Html:
    """Why nothing was sent: in our words where the reason is ours, else quoted from Upwork."""
    if not problem:
        return Html("")
    for key in (f"action.problem_{problem}", f"error.{problem}"):
        if words.has(key):
            return words(key)
    return words("action.problem_upwork", text=clip(problem, 250))


def _rows(
    words: Words, action: Action, payload: Payload, url: str | None
) -> list[list[InlineKeyboardButton]]:
    state = ActionState(action.state)
    opened = [link(words.plain("button.open"), url)] if url else []
    if state is ActionState.NEEDS_HUMAN:
        return [
            [button(words.plain("button.look_again"), ActionCb(verb="look", action=action.id), BLUE)],
            [button(words.plain("button.resend"), ActionCb(verb="resend", action=action.id), GREEN)],
            [button(words.plain("button.drop"), ActionCb(verb="drop", action=action.id), RED), *opened],
        ]
    if state is ActionState.PARKED:
        beyond = button(words.plain("button.beyond"), ActionCb(verb="beyond", action=action.id), BLUE)
        return [
            [button(words.plain("button.try_again"), ActionCb(verb="retry", action=action.id), GREEN)],
            [beyond] if (action.problem or "").startswith("limit_") else [],
            [button(words.plain("button.drop"), ActionCb(verb="drop", action=action.id), RED), *opened],
        ]
    if state is ActionState.HANDED_OFF:
        short = [copy(words.plain("button.copy_bid"), str(payload.bid))] if payload.bid is not None else []
        return [
            opened,
            [
                button(words.plain("button.copy_letter"), ActionCb(verb="letter", action=action.id), BLUE),
                *short,
            ],
            [button(words.plain("button.i_sent_it"), ActionCb(verb="look", action=action.id), GREEN)],
            [button(words.plain("button.drop"), ActionCb(verb="drop", action=action.id), RED)],
        ]
    if state in (ActionState.REJECTED, ActionState.EXPIRED) and not _may_be_sent_by_hand(action):
        return [[button(words.plain("button.back_to_draft"), DraftCb(verb="edit", draft=action.draft_id))]]
    return [opened] if action.kind == ActionKind.PROPOSAL else []
