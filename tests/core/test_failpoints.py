"""The process dies at each named place; the next one finds everything as it has to be."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from core import failpoints, inbox
from core.jobs import Job
from core.proposals.models import Action, ActionState
from core.settings import Environment, Settings
from tests.core.acting import Desk, Freelancer

ROOT = Path(__file__).resolve().parent.parent.parent
CHILD = Path(__file__).resolve().parent / "child_worker.py"
SECRETS = (
    "database_url_upwork",
    "database_url_web",
    "redis_url",
    "key_encryption_keys",
    "telegram_bot_token",
    "upwork_client_secret",
)
PLAIN = (
    "public_url",
    "upwork_client_id",
    "upwork_authorize_url",
    "upwork_token_url",
    "upwork_graphql_url",
)

# place -> what stands in the database then, what it ends as, how often Upwork got it
ENDS = {
    "before_claim_commit": ("approved", "sent", 1),
    "after_claim": ("claimed", "sent", 1),
    "after_on_wire_commit": ("on_wire", "needs_human", 0),
    "after_bytes_sent": ("on_wire", "sent", 1),
    "after_response": ("on_wire", "sent", 1),
    "after_sent_commit": ("sent", "sent", 1),
    "after_card_edit": ("sent", "sent", 1),
}


async def child(settings: Settings, told: Path, dies: str, **more: Any) -> int:
    """Run a worker until nothing is due, or until it dies; returns its exit status."""
    order = {
        "secrets": {name: getattr(settings, name).get_secret_value() for name in SECRETS},
        "settings": {name: getattr(settings, name) for name in PLAIN},
        "told": str(told),
        "dies": dies,
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CHILD), json.dumps(order), cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )
    return await asyncio.wait_for(process.wait(), 60)


async def effects(olena: Freelancer, action: Action) -> int:
    """How often Upwork's side has what the action sends."""
    if action.kind == "proposal":
        found = await olena.desk.remote_proposals()
        return sum(item["posting_id"] == action.target for item in found)
    [rooms] = [await olena.desk.server.control("GET", "/rooms")]
    told = [await olena.desk.server.control("GET", f"/rooms/{room['id']}/stories") for room in rooms]
    return sum(story["message"] == "Tomorrow morning, Kyiv time." for stories in told for story in stories)


@pytest.mark.asvs("V2.3.3")
@pytest.mark.parametrize("kind", ["proposal", "reply"])
@pytest.mark.parametrize("place", ENDS)
async def test_a_process_that_dies_there_costs_nothing_but_time(
    desk: Desk, tmp_path: Path, place: str, kind: str
) -> None:
    before, end, times = ENDS[place]
    olena = await desk.freelancer()
    action = await olena.approved() if kind == "proposal" else await olena.reply(await olena.room())
    told = tmp_path / "told"

    assert await child(desk.rt.settings, told, place) == 137
    assert await olena.state(action.id) == before
    await desk.end_leases()
    for _ in range(3):
        await desk.work(Job.EXECUTE_ACTION, Job.READ_BACK, hurry=True)

    assert await olena.state(action.id) == end
    assert await effects(olena, action) == times
    # Whatever the first process still showed, the person ends up seeing the truth.
    assert desk.told.actions[-1] == (action.id, end)


async def test_without_a_failpoint_the_same_process_does_its_work(desk: Desk, tmp_path: Path) -> None:
    olena = await desk.freelancer()
    action = await olena.approved()
    told = tmp_path / "told"
    assert await child(desk.rt.settings, told, "") == 0
    assert await olena.state(action.id) is ActionState.SENT
    assert told.read_text().splitlines()[-1] == "sent"


@pytest.mark.asvs("V2.3.3")
async def test_an_update_whose_storing_was_interrupted_is_stored_once(desk: Desk, tmp_path: Path) -> None:
    update = {"update_id": 77, "message": {"chat": {"id": 5}, "text": "hello"}}
    told = tmp_path / "told"
    assert await child(desk.rt.settings, told, "after_inbox_insert", update=update) == 137
    async with desk.rt.db.begin() as session:
        assert await inbox.claim(session, desk.rt.vault) == []
    # It was not acknowledged, so Telegram sends it again, twice for good measure.
    for new in (1, 0):
        async with desk.rt.db.begin() as session:
            assert await inbox.store(session, desk.rt.vault, [update]) == new
    async with desk.rt.db.begin() as session:
        assert [found[1] for found in await inbox.claim(session, desk.rt.vault)] == [update]


@pytest.mark.parametrize("environment", [Environment.PRODUCTION, Environment.DEVELOPMENT])
def test_nothing_can_be_armed_outside_a_test(environment: Environment) -> None:
    with pytest.raises(RuntimeError, match="for tests only"):
        failpoints.arm("after_claim", environment)
    failpoints.reach("after_claim")


def test_a_place_that_does_not_exist_cannot_be_armed() -> None:
    with pytest.raises(ValueError, match="no failpoint"):
        failpoints.arm("somewhere", Environment.TEST)
