"""What a key can do is asked again: every week, and when somebody looks after a hand-off."""

from __future__ import annotations

from core.jobs import Job, has_item
from core.proposals import readback
from core.proposals.models import ActionState
from tests.core.acting import Desk, Freelancer
from tests.core.upwork_side import MovableClock

SUBMIT = ["Submit Proposal"]


async def keep_token(desk: Desk, olena: Freelancer) -> None:
    await olena.ask(Job.KEEP_TOKEN, (await desk.side.stored(olena.tenant_id)).id)


async def asks_for_a_probe(desk: Desk, olena: Freelancer) -> bool:
    async with desk.rt.db.begin() as session:
        return await has_item(session, Job.PROBE_ACCOUNT, tenant_id=olena.tenant_id, ref=olena.tenant_id)


async def test_a_probe_is_repeated_after_a_week(desk: Desk, clock: MovableClock) -> None:
    olena = await desk.freelancer()
    await olena.ask(Job.PROBE_ACCOUNT)
    await keep_token(desk, olena)
    assert not await asks_for_a_probe(desk, olena)
    clock.advance(hours=7 * 24 + 1)
    await keep_token(desk, olena)
    assert await asks_for_a_probe(desk, olena)


async def test_looking_after_a_hand_off_asks_what_the_key_can_do_now(desk: Desk) -> None:
    olena = await desk.freelancer()
    await desk.server.control("POST", "/applications", client_id="test-client", missing_scopes=SUBMIT)
    action = await olena.approved()
    await desk.work(Job.EXECUTE_ACTION)
    assert await olena.state(action.id) is ActionState.HANDED_OFF
    await desk.server.control("POST", "/applications", client_id="test-client", missing_scopes=[])

    assert not await readback.look_once(desk.rt, tenant_id=olena.tenant_id, action_id=action.id)
    await desk.work(Job.PROBE_ACCOUNT)

    able = (await desk.rt.upwork.account(olena.tenant_id)).capabilities
    assert able.create_proposal
