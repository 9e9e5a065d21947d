"""Stepping up in the chat: asked for, proven on the page, and back exactly where the person was."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text

from bot.callbacks import StepUpCb
from core.jobs import Job
from core.proposals.models import Action
from core.security.assurance import chat_session
from core.security.models import AuditEvent
from core.security.stepup import service as stepup
from core.security.stepup.limits import Limit, limits_of, set_limit
from core.security.stepup.models import ChallengeRow
from core.settings import Login
from tests.bot.person import Person, posted, words_of
from tests.bot.stage import Stage


@pytest.fixture
async def olena(stage: Stage) -> Person:
    return await stage.person()


async def forget(olena: Person) -> None:
    """As if the last proof were too old."""
    account = await olena.account()
    async with olena.stage.rt.db.begin(account.tenant_id) as session:
        await stepup.forget_proofs(session, chat_session(olena.user_id), clock=olena.stage.rt.clock)


async def actions(olena: Person) -> int:
    account = await olena.account()
    async with olena.stage.rt.db.begin(account.tenant_id) as session:
        return await session.scalar(select(func.count()).select_from(Action)) or 0


async def events(olena: Person) -> list[str]:
    account = await olena.account()
    async with olena.stage.rt.db.begin(account.tenant_id) as session:
        return list(await session.scalars(select(AuditEvent.event)))


async def limit(olena: Person, name: Limit, value: int) -> None:
    account, rt = await olena.account(), olena.stage.as_role(Login.BOT)
    async with rt.db.begin(account.tenant_id) as session:
        await set_limit(session, name, Decimal(value), by=chat_session(olena.user_id), clock=rt.clock)


async def limits(olena: Person) -> Any:
    account = await olena.account()
    async with olena.stage.rt.db.begin(account.tenant_id) as session:
        return await limits_of(session)


def plain(olena: Person, key: str) -> str:
    """A text as the person reads it."""
    return re.sub(r"<[^>]+>", "", olena.words.plain(key))


async def ready_to_send(olena: Person) -> None:
    await olena.drafts()
    await olena.presses("button.review")


@pytest.mark.asvs("V2.3.1", "V6.6.4")
@pytest.mark.parametrize("language", ["en", "uk"])
async def test_sending_without_a_proof_leads_over_the_page_and_back_to_the_same_card(
    stage: Stage, language: str
) -> None:
    olena = await stage.person(language=language)
    await ready_to_send(olena)
    await forget(olena)
    await olena.presses("button.send")
    assert await actions(olena) == 0
    await olena.sees(olena.words.plain("step_up.act_approve"))
    await olena.steps_up()
    await olena.sees(olena.words.plain("step_up.passed_today"))
    await olena.presses("button.go_on")
    await olena.presses("button.send")
    assert await actions(olena) == 1
    await stage.work(Job.EXECUTE_ACTION)
    assert len(await stage.upwork_get("proposals")) == 1
    assert {"step_up.asked", "step_up.passed", "action.approved"} <= set(await events(olena))


async def test_the_proof_holds_for_the_next_approval_too(stage: Stage, olena: Person) -> None:
    await ready_to_send(olena)
    await olena.presses("button.send")
    assert await actions(olena) == 1
    assert "step_up.asked" not in await events(olena)


@pytest.mark.asvs("V7.5.3")
async def test_a_bid_beyond_the_limit_goes_after_stepping_up_for_it(stage: Stage, olena: Person) -> None:
    await ready_to_send(olena)
    await limit(olena, Limit.HIGHEST_HOURLY, 10)
    await olena.presses("button.send")
    await olena.sees(olena.words.plain("step_up.act_approve_beyond_limits"))
    await olena.steps_up()
    await olena.presses("button.go_on")
    await olena.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    assert len(await stage.upwork_get("proposals")) == 1


async def test_what_was_changed_after_the_step_up_needs_another_one(stage: Stage, olena: Person) -> None:
    await ready_to_send(olena)
    await limit(olena, Limit.HIGHEST_HOURLY, 10)
    await olena.presses("button.send")
    await olena.steps_up()
    await olena.presses("button.keep_editing")
    await olena.presses("button.price")
    await olena.says("70")
    await olena.presses("button.review")
    await olena.presses("button.send")
    assert await actions(olena) == 0
    assert (await events(olena)).count("step_up.asked") == 2


async def test_going_on_twice_does_it_once(stage: Stage, olena: Person) -> None:
    await ready_to_send(olena)
    await forget(olena)
    await olena.presses("button.send")
    await olena.steps_up()
    message = await olena.sees(plain(olena, "step_up.passed"))
    async with stage.rt.db.begin((await olena.account()).tenant_id) as session:
        challenge = (await session.scalars(select(ChallengeRow.id))).one()
    await olena.presses("button.go_on")
    answer = await olena.forces(StepUpCb(challenge=challenge).pack(), message["message_id"])
    assert answer["answer"]["text"] == olena.words.plain("step_up.gone")


async def test_a_wrong_number_closes_the_page_and_says_so_in_the_chat(stage: Stage, olena: Person) -> None:
    await ready_to_send(olena)
    await forget(olena)
    await olena.presses("button.send")
    url, number = await olena.asked()
    async with olena.browser() as web:
        page = await web.get(url)
        wrong = next(item for item in range(10, 100) if item != number and f'value="{item}"' in page.text)
        assert (await posted(web, url, number=wrong)).status_code == 403
        assert (await web.get(url)).status_code == 404
    await stage.work(Job.TELL_STEP_UP)
    await olena.sees(plain(olena, "step_up.failed"))
    assert await actions(olena) == 0


async def test_the_fourth_request_within_ten_minutes_is_declined_kindly(stage: Stage, olena: Person) -> None:
    await ready_to_send(olena)
    await forget(olena)
    for _ in range(3):
        await olena.presses("button.send")
    answer = await olena.presses("button.send")
    assert "three confirmations" in str(answer)
    assert (await events(olena)).count("step_up.asked") == 3
    assert "step_up.refused" in await events(olena)
    stage.passes(seconds=601)
    await olena.presses("button.send")
    assert (await events(olena)).count("step_up.asked") == 4


async def test_limits_are_shown_lowered_at_once_and_raised_after_stepping_up(
    stage: Stage, olena: Person
) -> None:
    await olena.onboards()
    await olena.says("/limits")
    await olena.sees(olena.words.plain("limits.how"))
    await olena.presses("button.bids_a_day")
    await olena.says("5")
    assert (await limits(olena)).bids_a_day == 5
    await olena.presses("button.bids_a_day")
    await olena.says("9")
    assert (await limits(olena)).bids_a_day == 5
    await olena.sees(olena.words.plain("step_up.act_raise_limits"))
    await olena.steps_up()
    await olena.presses("button.go_on")
    assert (await limits(olena)).bids_a_day == 9
    assert "9" in words_of(await olena.last())


async def test_a_limit_that_is_no_number_is_asked_for_again(stage: Stage, olena: Person) -> None:
    await olena.onboards(link=False)
    await olena.says("/limits")
    await olena.presses("button.highest_hourly")
    await olena.says("a lot")
    await olena.says("100000")
    await olena.says("90")
    assert (await limits(olena)).highest_hourly == 90


async def test_what_is_held_back_says_so_and_goes_after_a_step_up(stage: Stage, olena: Person) -> None:
    await ready_to_send(olena)
    await olena.presses("button.send")
    await limit(olena, Limit.BIDS_A_DAY, 0)
    await stage.work(Job.EXECUTE_ACTION)
    await olena.sees(olena.words.plain("action.problem_limit_bids_a_day"))
    assert await stage.upwork_get("proposals") == []
    await olena.presses("button.beyond")
    await olena.steps_up()
    await olena.presses("button.go_on")
    await stage.work(Job.EXECUTE_ACTION)
    assert len(await stage.upwork_get("proposals")) == 1


async def test_what_is_held_back_can_be_given_up(stage: Stage, olena: Person) -> None:
    await ready_to_send(olena)
    await olena.presses("button.send")
    await limit(olena, Limit.BIDS_A_DAY, 0)
    await stage.work(Job.EXECUTE_ACTION)
    await olena.presses("button.drop")
    await olena.presses("button.back_to_draft")
    assert await stage.upwork_get("proposals") == []


async def test_an_account_without_a_factor_is_led_to_set_one_up_and_goes_on_connecting(
    stage: Stage, olena: Person
) -> None:
    await olena.onboards(link=False)
    await olena.presses("button.connect")
    await olena.sees(olena.words.plain("step_up.act_connect_upwork"))
    url = (await olena.presses("button.protect"))["url"]
    assert "/protect/" in url
    async with stage.rt.db.begin((await olena.account()).tenant_id) as session:
        assert await session.scalar(text("select count(*) from app.oauth_attempts")) == 0
