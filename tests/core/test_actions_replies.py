"""Replies to clients: delivered once, and an equal older text is never taken for them."""

from __future__ import annotations

import pytest

from core.jobs import Job
from core.proposals import readback
from core.proposals.models import ActionState
from core.upwork import operations
from tests.core.acting import Desk, Freelancer

STORY = "createRoomStoryV2"


@pytest.fixture
async def olena(desk: Desk) -> Freelancer:
    return await desk.freelancer()


async def test_a_reply_is_delivered_once(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()
    action = await olena.reply(room, "Tomorrow <morning> & gladly 🦊")
    await desk.work(Job.EXECUTE_ACTION)

    assert await olena.stories(room) == ["Tomorrow <morning> & gladly 🦊"]
    sent = await olena.action(action.id)
    assert sent.state == "sent"
    assert sent.remote_id
    assert await desk.work(Job.EXECUTE_ACTION, Job.READ_BACK, hurry=True) == []
    assert await desk.server.count(STORY) == 1


@pytest.mark.parametrize("fault", ["reset_after", "truncated"])
async def test_a_reply_whose_answer_got_lost_is_found_in_the_room(
    desk: Desk, olena: Freelancer, fault: str
) -> None:
    room = await olena.room()
    action = await olena.reply(room)
    await desk.server.fault(STORY, fault)
    await desk.work(Job.EXECUTE_ACTION)
    await desk.work(Job.READ_BACK)
    assert await olena.state(action.id) is ActionState.SENT
    assert await olena.stories(room) == ["Tomorrow morning, Kyiv time."]


async def test_an_equal_older_text_is_not_this_reply(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()
    first = await olena.reply(room, "Yes.")
    await desk.work(Job.EXECUTE_ACTION)
    second = await olena.reply(room, "Yes.")
    await desk.server.fault(STORY, "drop_before")
    await desk.work(Job.EXECUTE_ACTION)
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)

    assert await olena.state(first.id) is ActionState.SENT
    assert await olena.state(second.id) is ActionState.NEEDS_HUMAN
    assert await olena.stories(room) == ["Yes."]

    # The person asks for it again, and this time the answer gets lost behind the effect.
    assert await readback.resend(desk.rt, tenant_id=olena.tenant_id, action_id=second.id, by=olena.by)
    await desk.server.fault(STORY, "reset_after")
    await desk.work(Job.EXECUTE_ACTION)
    await desk.work(Job.READ_BACK, hurry=True)
    assert await olena.state(second.id) is ActionState.SENT
    assert (await olena.action(second.id)).remote_id != (await olena.action(first.id)).remote_id
    assert await olena.stories(room) == ["Yes.", "Yes."]


async def test_an_equal_text_typed_on_upwork_before_does_not_count_either(
    desk: Desk, olena: Freelancer
) -> None:
    room = await olena.room()
    await operations.send_story(
        desk.rt.upwork, olena.tenant_id, room_id=room.upwork_room_id, text="Thank you!"
    )
    await olena.ask(Job.SYNC_ROOMS)
    action = await olena.reply(room, "Thank you!")
    await desk.server.fault(STORY, "drop_before")
    await desk.work(Job.EXECUTE_ACTION)
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)
    assert await olena.state(action.id) is ActionState.NEEDS_HUMAN


async def test_a_clients_echo_is_not_our_reply(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()
    action = await olena.reply(room, "Deal.")
    await desk.server.fault(STORY, "drop_before")
    await desk.work(Job.EXECUTE_ACTION)
    await desk.server.control("POST", f"/rooms/{room.upwork_room_id}/write", message="Deal.")
    await desk.work(Job.READ_BACK)
    await desk.work(Job.READ_BACK, hurry=True)
    assert await olena.state(action.id) is ActionState.NEEDS_HUMAN


async def test_a_reply_that_was_handed_over_is_noticed_in_the_room(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()
    await desk.server.control(
        "POST", "/applications", client_id="test-client", missing_scopes=["Mutation.createRoomStoryV2"]
    )
    action = await olena.reply(room, "See you on Monday.")
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.HANDED_OFF

    await desk.server.control("POST", "/applications", client_id="test-client", missing_scopes=[])
    await desk.owner_sql("update app.upwork_accounts set capabilities = '{}'")
    await operations.send_story(
        desk.rt.upwork, olena.tenant_id, room_id=room.upwork_room_id, text="See you on Monday."
    )
    await olena.ask(Job.SYNC_ROOMS)
    await desk.work(Job.READ_BACK)
    assert await olena.state(action.id) is ActionState.SENT
    assert await olena.stories(room) == ["See you on Monday."]


async def test_a_refused_reply_opens_its_draft_again(desk: Desk, olena: Freelancer) -> None:
    room = await olena.room()
    await desk.owner_sql("update app.rooms set upwork_room_id = 'room_that_is_gone'")
    action = await olena.reply(room)
    await desk.work(Job.EXECUTE_ACTION)

    refused = await olena.action(action.id)
    assert refused.state == "rejected"
    assert refused.problem
    assert await olena.draft_state(refused.draft_id) == "ready"
