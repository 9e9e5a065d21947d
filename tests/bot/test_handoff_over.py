"""A hand-off that was never confirmed says so, and does not claim that nothing was sent."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from bot.texts import Words
from bot.views.actions import action_screen
from core.matching.evidence import Evidence, EvidenceCode, Param, Sign
from core.proposals.models import Action, ActionKind, ActionState, Lane
from core.proposals.payload import Payload


@pytest.mark.parametrize("kind", list(ActionKind))
@pytest.mark.parametrize("lane", [Lane.HANDOFF, None])
def test_only_what_could_not_leave_says_not_sent(kind: ActionKind, lane: Lane | None) -> None:
    now = datetime.now(UTC)
    tenant_id, draft_id = uuid4(), uuid4()
    action = Action(
        tenant_id=tenant_id, id=uuid4(), kind=kind, draft_id=draft_id, state=ActionState.EXPIRED, lane=lane
    )
    action.approved_at = action.settled_at = now
    payload = Payload(tenant_id=tenant_id, kind=kind, target="1", text="Hello.", draft_id=draft_id, version=1)
    screen = action_screen(Words("en"), action, payload, heading="A job", url=None)
    assert ("Not sent" in screen.text) is (lane is None)
    assert bool(screen.keyboard) is (lane is None)


@pytest.mark.parametrize("state", [ActionState.HANDED_OFF, ActionState.SENT])
def test_whoever_sends_it_by_hand_is_told_what_a_boost_may_cost(state: ActionState) -> None:
    now = datetime.now(UTC)
    tenant_id, draft_id = uuid4(), uuid4()
    action = Action(tenant_id=tenant_id, id=uuid4(), kind=ActionKind.PROPOSAL, draft_id=draft_id, state=state)
    action.approved_at = action.settled_at = now
    payload = Payload(
        tenant_id=tenant_id, kind=ActionKind.PROPOSAL, target="1", text="Hello.", draft_id=draft_id, version=1
    )
    params: dict[str, Param] = {"connects": 180, "uplift": 0.5, "gained": 0.05, "value": 540}
    boost = Evidence(EvidenceCode.BOOST, Sign.NEUTRAL, params)
    screen = action_screen(Words("en"), action, payload, heading="A job", url=None, boost=boost)
    assert ("180 Connects" in screen.text) is (state is ActionState.HANDED_OFF)
