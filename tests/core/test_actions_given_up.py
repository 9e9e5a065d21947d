"""What was given up unconfirmed and approved anew: Upwork is asked before anything leaves a second time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.errors import Unavailable
from core.jobs import Job
from core.proposals import execution, readback
from core.proposals.models import ActionState
from core.upwork import operations
from core.upwork.requests import Answer
from tests.core.acting import ANSWER, LETTER, QUESTION, Desk, Freelancer

PROPOSAL = "createJobProposal"
STORY = "createRoomStoryV2"


async def give_up(desk: Desk, olena: Freelancer, operation: str) -> None:
    """The newest approved action is lost on its way, is not found, and its person drops it."""
    await desk.server.fault(operation, "drop_before")
    await desk.work(Job.EXECUTE_ACTION)
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)


async def test_a_dropped_proposal_that_shows_up_is_not_sent_twice(desk: Desk) -> None:
    olena = await desk.freelancer()
    draft = await olena.draft(await olena.card())
    first = await olena.press(await olena.show(draft.id))
    await give_up(desk, olena, PROPOSAL)
    assert await readback.drop(desk.rt, tenant_id=olena.tenant_id, action_id=first.id)
    receipt = await operations.create_proposal(
        desk.rt.upwork,
        olena.tenant_id,
        job_id=first.target,
        amount=Decimal(65),
        cover_letter=LETTER,
        answers=[Answer(QUESTION, ANSWER)],
    )
    calls = await desk.server.count(PROPOSAL)

    second = await olena.press(await olena.show(draft.id))
    await desk.work(Job.EXECUTE_ACTION)

    settled = await olena.action(second.id)
    assert (settled.state, settled.remote_id) == ("sent", receipt.proposal_id)
    assert await desk.server.count(PROPOSAL) == calls


async def test_a_dropped_reply_that_shows_up_is_not_sent_twice(desk: Desk) -> None:
    olena = await desk.freelancer()
    room = await olena.room()
    first = await olena.reply(room, "Yes, tomorrow.")
    await give_up(desk, olena, STORY)
    assert await readback.drop(desk.rt, tenant_id=olena.tenant_id, action_id=first.id)
    await operations.send_story(
        desk.rt.upwork, olena.tenant_id, room_id=room.upwork_room_id, text="Yes, tomorrow."
    )

    second = await olena.reply(room, "Yes, tomorrow.")
    await desk.work(Job.EXECUTE_ACTION)

    assert await olena.state(second.id) is ActionState.SENT
    assert await olena.stories(room) == ["Yes, tomorrow."]


async def test_what_upwork_never_got_is_sent_after_a_look(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    olena = await desk.freelancer()
    draft = await olena.draft(await olena.card())
    first = await olena.press(await olena.show(draft.id))
    await give_up(desk, olena, PROPOSAL)
    assert await readback.drop(desk.rt, tenant_id=olena.tenant_id, action_id=first.id)
    second = await olena.press(await olena.show(draft.id))

    async def silent(*_: object) -> str | None:
        raise Unavailable("upwork")

    with monkeypatch.context() as patched:
        patched.setattr(execution, "find_remote", silent)
        await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(second.id) is ActionState.APPROVED
    assert await desk.remote_proposals() == []

    await desk.work(Job.EXECUTE_ACTION, hurry=True)
    assert await olena.state(second.id) is ActionState.SENT
    assert len(await desk.remote_proposals()) == 1
