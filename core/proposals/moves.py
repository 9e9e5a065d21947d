"""Which way an action may go. Every statement that changes a state takes its starting points from here."""

from __future__ import annotations

from collections.abc import Mapping

from core.proposals.models import ActionState as State

MOVES: Mapping[State, frozenset[State]] = {
    # An answer to an earlier attempt may still arrive after a person asked to send again: then it is sent, once.
    State.APPROVED: frozenset({State.CLAIMED, State.PARKED, State.EXPIRED, State.SENT}),
    State.CLAIMED: frozenset(
        {
            State.CLAIMED,
            State.APPROVED,
            State.PARKED,
            State.ON_WIRE,
            State.HANDED_OFF,
            State.EXPIRED,
            State.SENT,
        }
    ),
    # Nothing left; only its person sends it back in line.
    State.PARKED: frozenset({State.APPROVED, State.REJECTED, State.EXPIRED}),
    # From here only Upwork's own word leads back: it took nothing, or this key may not send.
    State.ON_WIRE: frozenset(
        {State.SENT, State.REJECTED, State.NEEDS_HUMAN, State.APPROVED, State.HANDED_OFF}
    ),
    State.NEEDS_HUMAN: frozenset({State.SENT, State.APPROVED, State.REJECTED}),
    State.HANDED_OFF: frozenset({State.SENT, State.REJECTED, State.EXPIRED}),
    # What a person gave up on, or sent by hand too late for us to notice, may still turn up at Upwork.
    State.REJECTED: frozenset({State.SENT}),
    State.EXPIRED: frozenset({State.SENT}),
    State.SENT: frozenset(),
}


def may_move(before: State, after: State) -> bool:
    return after in MOVES[before]


def states_before(after: State) -> tuple[State, ...]:
    """Every state from which `after` can be reached in one step."""
    return tuple(before for before in State if may_move(before, after))
