"""Which way an action may go, as a table."""

from __future__ import annotations

from itertools import product

import pytest

from core.proposals.models import ActionState as State
from core.proposals.moves import MOVES, may_move, states_before

LEGAL = {
    ("approved", "claimed"),
    ("approved", "parked"),
    ("approved", "expired"),
    ("approved", "sent"),
    ("claimed", "claimed"),
    ("claimed", "approved"),
    ("claimed", "parked"),
    ("claimed", "on_wire"),
    ("claimed", "handed_off"),
    ("claimed", "expired"),
    ("claimed", "sent"),
    ("parked", "approved"),
    ("parked", "rejected"),
    ("parked", "expired"),
    ("on_wire", "sent"),
    ("on_wire", "rejected"),
    ("on_wire", "needs_human"),
    ("on_wire", "approved"),
    ("on_wire", "handed_off"),
    ("needs_human", "sent"),
    ("needs_human", "approved"),
    ("needs_human", "rejected"),
    ("handed_off", "sent"),
    ("handed_off", "rejected"),
    ("handed_off", "expired"),
    ("rejected", "sent"),
    ("expired", "sent"),
}


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_only_these_moves_are_legal(before: State, after: State) -> None:
    assert may_move(before, after) == ((before.value, after.value) in LEGAL)


def test_every_state_has_its_row_and_sent_is_the_end() -> None:
    assert set(MOVES) == set(State)
    assert MOVES[State.SENT] == frozenset()


def test_nothing_goes_on_the_wire_but_what_was_claimed() -> None:
    assert states_before(State.ON_WIRE) == (State.CLAIMED,)


def test_from_the_wire_no_code_leads_back_to_sending_but_upworks_own_no() -> None:
    assert State.CLAIMED not in MOVES[State.ON_WIRE]
    assert State.ON_WIRE not in MOVES[State.NEEDS_HUMAN] | MOVES[State.HANDED_OFF]


def test_every_state_ends_somewhere() -> None:
    for state in State:
        reached, todo = {state}, [state]
        while todo:
            for following in MOVES[todo.pop()] - reached:
                reached.add(following)
                todo.append(following)
        assert State.SENT in reached
