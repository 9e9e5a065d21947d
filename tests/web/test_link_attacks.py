"""Somebody wants another one's Upwork account, or their own in another one's hands: every way there ends with nothing stored."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from core.accounts import dialogs
from core.security import lock
from core.security.alerts.models import Alert, AlertKind
from core.security.alerts.service import recent_alerts
from core.security.assurance import ACCOUNT, Act, StepUpNeeded
from core.upwork import confirming, linking, tokens
from core.upwork.confirming import Answer, PendingLink, StoppedLink
from core.upwork.linking import CONFIRM_LIFE, Problem
from core.upwork.models import OAuthAttempt, UpworkAccount
from tests.core.proving import prove, session_of
from tests.web.driving import Browser, MakeTenant, MovableClock, Scene, code_on

ROMAN = "1500000000000000002"


async def alerts_of(scene: Scene, tenant_id: UUID) -> list[Alert]:
    """Without those that setting up a factor raises."""
    async with scene.rt.db.begin(tenant_id) as session:
        found = await recent_alerts(session, limit=20)
    return [alert for alert in found if alert.kind not in (AlertKind.FIRST_FACTOR, AlertKind.UPWORK_LINKED)]


async def linked(scene: Scene, browser: Browser, tenant_id: UUID) -> None:
    code = code_on(await browser.link(await scene.new_link(tenant_id)))
    assert (await scene.type_code(tenant_id, code)).answer is Answer.LINKED


@pytest.mark.asvs("V10.1.2")
async def test_a_link_that_an_attacker_opens_first_ends_in_the_victims_chat_with_nothing(
    scene: Scene, browser: Browser, other_browser: Browser, tenant_id: UUID
) -> None:
    """The attacker consents with an account of their own, hoping that the victim will work in it."""
    victims, attackers = browser, other_browser
    link = await scene.new_link(tenant_id)

    code_on(await attackers.link(link, account=ROMAN))
    assert (await victims.open(link)).status_code == 404

    news = await scene.news(tenant_id)
    assert isinstance(news, PendingLink)
    assert "Olena" not in str(news.display_name)  # the victim reads whose account it would be
    async with scene.rt.db.begin(tenant_id) as session:
        assert await confirming.reject_link(session, scene.rt.clock)
    assert await scene.drop_unconfirmed(tenant_id)
    assert await scene.statuses() == []
    assert scene.upwork.live_grants == 0


async def test_an_attacker_who_only_opens_the_link_stops_it(
    scene: Scene, browser: Browser, other_browser: Browser, tenant_id: UUID
) -> None:
    link = await scene.new_link(tenant_id)
    await other_browser.go_to_upwork(link)

    assert (await browser.open(link)).status_code == 403
    assert await scene.statuses() == []


@pytest.mark.asvs("V15.4.2")
async def test_fifty_callbacks_at_once_trade_the_code_once(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    callback = await browser.agree(await browser.go_to_upwork(await scene.new_link(tenant_id)))

    answers = await asyncio.gather(*(browser.open(callback) for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 49
    assert scene.upwork.live_grants == 1
    assert await scene.statuses() == ["pending"]
    assert len(await scene.noted(tenant_id, "upwork.link_waits")) == 1


@pytest.mark.asvs("V10.1.2")
async def test_a_state_without_its_browser_is_worth_nothing_and_stays_usable_for_its_own(
    scene: Scene, browser: Browser, other_browser: Browser, tenant_id: UUID
) -> None:
    """A leaked callback address (a proxy's log, a shared screen) opens nothing elsewhere."""
    callback = await browser.agree(await browser.go_to_upwork(await scene.new_link(tenant_id)))

    leaked = await asyncio.gather(*(other_browser.open(callback) for _ in range(10)))

    assert {answer.status_code for answer in leaked} == {403}
    assert await scene.statuses() == []
    code_on(await browser.open(callback))


async def test_a_code_in_another_chat_is_no_try_at_this_one(
    scene: Scene, browser: Browser, make_tenant: MakeTenant
) -> None:
    mine, other = await make_tenant(), await make_tenant()
    code = code_on(await browser.link(await scene.new_link(mine.tenant_id)))

    for _ in range(confirming.CONFIRM_TRIES + 1):
        assert (await scene.type_code(other.tenant_id, code)).answer is Answer.GONE

    assert (await scene.type_code(mine.tenant_id, code)).answer is Answer.LINKED


async def test_connecting_takes_a_step_up_and_uses_it_up(scene: Scene, make_tenant: MakeTenant) -> None:
    rt, mine, other = scene.rt, (await make_tenant()).tenant_id, (await make_tenant()).tenant_id
    by = await session_of(rt.db, mine)

    async def press(tenant_id: UUID, by: str) -> str:
        async with rt.db.begin(tenant_id) as session:
            return await linking.start_link(session, rt.vault, rt.clock, rt.settings, by=by)

    with pytest.raises(StepUpNeeded) as refused:
        await press(mine, by)
    assert (refused.value.act, refused.value.subject) == (Act.CONNECT_UPWORK, ACCOUNT)
    await prove(rt.db, rt.vault, rt.clock, mine, {Act.CONNECT_UPWORK: ACCOUNT}, by=by)
    for tenant_id, session_name in ((mine, "telegram:999"), (mine, f"web:{mine}"), (other, by)):
        with pytest.raises(StepUpNeeded):
            await press(tenant_id, session_name)
    assert "/connect/" in await press(mine, by)
    with pytest.raises(StepUpNeeded):
        await press(mine, by)


async def test_a_step_up_for_something_else_does_not_connect(scene: Scene, tenant_id: UUID) -> None:
    rt = scene.rt
    by = await session_of(rt.db, tenant_id)
    await prove(rt.db, rt.vault, rt.clock, tenant_id, {Act.DISCONNECT_UPWORK: ACCOUNT}, by=by)

    with pytest.raises(StepUpNeeded):
        async with rt.db.begin(tenant_id) as session:
            await linking.start_link(session, rt.vault, rt.clock, rt.settings, by=by)


async def test_disconnecting_takes_a_step_up_and_erasing_everything_has_its_own(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    await linked(scene, browser, tenant_id)
    by = await session_of(scene.rt.db, tenant_id)

    with pytest.raises(StepUpNeeded) as refused:
        await confirming.disconnect(scene.rt, tenant_id=tenant_id, by=by)
    assert refused.value.act is Act.DISCONNECT_UPWORK
    assert await scene.statuses() == ["linked"]
    assert scene.upwork.live_grants == 1

    assert await confirming.erase_account(scene.rt, tenant_id=tenant_id)
    assert await scene.statuses() == []
    assert scene.upwork.live_grants == 0
    assert not await confirming.erase_account(scene.rt, tenant_id=tenant_id)


async def test_a_locked_account_neither_starts_nor_finishes_a_link(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    code = code_on(await browser.link(await scene.new_link(tenant_id)))
    async with scene.rt.db.begin(tenant_id) as session:
        await lock.lock(session, clock=scene.rt.clock, reason="chat")

    assert (await scene.type_code(tenant_id, code)).answer is Answer.GONE
    with pytest.raises(lock.Locked):
        await scene.new_link(tenant_id)
    assert await scene.drop_unconfirmed(tenant_id)
    assert await scene.statuses() == []
    assert scene.upwork.live_grants == 0


async def test_the_owner_is_told_of_a_conflict_and_neither_learns_who_the_other_is(
    scene: Scene, browser: Browser, other_browser: Browser, make_tenant: MakeTenant
) -> None:
    owner, other = (await make_tenant()).tenant_id, (await make_tenant()).tenant_id
    await linked(scene, browser, owner)

    page = await other_browser.link(await scene.new_link(other))

    assert page.status_code == 409
    (alert,) = await alerts_of(scene, owner)
    assert (alert.kind, alert.facts, alert.times) == (AlertKind.LINK_CONFLICT, {}, 1)
    assert await scene.noted(owner, "upwork.link_conflict") == [{}]
    assert await alerts_of(scene, other) == []
    assert await scene.noted(other, "upwork.link_stopped") == [{"problem": "cannot_link"}]
    told = await scene.sql("select tenant_id, ref from app.work_items where job = 'tell_alert'")
    assert (owner, alert.id) in told
    # Nothing of the owner's changed.
    assert await scene.statuses() == ["linked"]
    assert scene.upwork.live_grants >= 1


async def test_tries_in_a_row_are_one_alert(
    scene: Scene, browser: Browser, other_browser: Browser, make_tenant: MakeTenant
) -> None:
    owner, other = (await make_tenant()).tenant_id, (await make_tenant()).tenant_id
    await linked(scene, browser, owner)

    for _ in range(3):
        assert (await other_browser.link(await scene.new_link(other))).status_code == 409

    assert sum(alert.times for alert in await alerts_of(scene, owner)) == 3
    assert len(await alerts_of(scene, owner)) <= 2  # two when a quarter of an hour ended in between


async def test_who_was_first_at_the_code_hears_of_the_second(
    scene: Scene, browser: Browser, other_browser: Browser, make_tenant: MakeTenant
) -> None:
    """Both had signed in before either typed a code: the conflict shows only when the loser's link is cleared away."""
    first, second = (await make_tenant()).tenant_id, (await make_tenant()).tenant_id
    codes = [
        code_on(await each.link(await scene.new_link(tenant)))
        for each, tenant in ((browser, first), (other_browser, second))
    ]
    assert (await scene.type_code(first, codes[0])).answer is Answer.LINKED
    assert (await scene.type_code(second, codes[1])).answer is Answer.CANNOT_LINK
    assert await alerts_of(scene, first) == []

    assert await scene.drop_unconfirmed(second)

    assert [alert.kind for alert in await alerts_of(scene, first)] == [AlertKind.LINK_CONFLICT]
    assert await alerts_of(scene, second) == []
    assert await scene.noted(second, "upwork.link_stopped") == [{"problem": "cannot_link"}]


async def test_an_expired_code_is_said_and_no_longer_waited_for(
    scene: Scene, browser: Browser, clock: MovableClock, tenant_id: UUID
) -> None:
    code_on(await browser.link(await scene.new_link(tenant_id)))
    clock.advance(seconds=CONFIRM_LIFE.total_seconds() + 1)

    assert await scene.drop_unconfirmed(tenant_id)

    async with scene.rt.db.begin(tenant_id) as session:
        assert (await dialogs.read(session)).state is None
        attempt = await session.scalar(select(OAuthAttempt.id))
        assert attempt is not None
        news = await confirming.link_news(session, scene.rt.vault, clock, ref=attempt)
    assert news == StoppedLink(Problem.EXPIRED)
    due = "select ref from app.work_items where job = 'confirm_link' and run_at <= now()"
    assert attempt in await scene.column(due)


async def test_an_expired_code_says_nothing_when_something_else_is_asked_or_begun(
    scene: Scene, browser: Browser, clock: MovableClock, make_tenant: MakeTenant
) -> None:
    account = await make_tenant()
    tenant_id = account.tenant_id
    code_on(await browser.link(await scene.new_link(tenant_id)))
    async with scene.rt.db.begin(tenant_id) as session:
        await dialogs.expect(session, "search", chat_id=account.chat_id)
    await scene.new_link(tenant_id)
    clock.advance(seconds=CONFIRM_LIFE.total_seconds() + 1)

    assert await scene.drop_unconfirmed(tenant_id)

    async with scene.rt.db.begin(tenant_id) as session:
        assert (await dialogs.read(session)).state == "search"
        assert await session.scalar(select(OAuthAttempt.problem)) is None


async def test_a_refused_token_is_an_alert(
    scene: Scene, browser: Browser, clock: MovableClock, tenant_id: UUID
) -> None:
    await linked(scene, browser, tenant_id)
    async with scene.rt.db.begin(tenant_id) as session:
        version = await session.scalar(select(UpworkAccount.token_version))
    assert version is not None

    assert await tokens.park(scene.rt.db, tenant_id, version=version, reason="invalid_grant")
    assert not await tokens.park(scene.rt.db, tenant_id, version=version, reason="invalid_grant")

    assert [alert.kind for alert in await alerts_of(scene, tenant_id)] == [AlertKind.TOKEN_REFUSED]
