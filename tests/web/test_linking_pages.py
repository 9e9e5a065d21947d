"""Connecting Upwork in a browser: the whole round trip over HTTP, and everything that must not work."""

from __future__ import annotations

import asyncio
from html import unescape
from uuid import UUID

import pytest

from core.errors import NeedsReauth, NotFound
from core.upwork import confirming, linking, operations
from core.upwork.confirming import Answer, Confirmation, PendingLink, StoppedLink
from tests.web.driving import OLENA, Browser, MakeTenant, MovableClock, Scene, code_on, state_in


async def test_an_account_is_linked_by_link_consent_and_code(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    page = await browser.link(await scene.new_link(tenant_id))
    code = code_on(page)
    assert "Olena K." in page.text
    assert await scene.statuses() == ["pending"]
    news = await scene.news(tenant_id)
    assert isinstance(news, PendingLink)
    assert news.display_name == "Olena K."

    confirmed = await scene.type_code(tenant_id, f" {code[:2].lower()} {code[2:]}\n")

    assert confirmed == Confirmation(Answer.LINKED, display_name="Olena K.")
    rows = await scene.sql(
        "select status, upwork_user_id, organization_id, confirm_hash from app.upwork_accounts"
    )
    assert rows == [("linked", OLENA, "2500000000000000001", None)]
    jobs = await scene.column(
        "select job from app.work_items where tenant_id = (select tenant_id from app.upwork_accounts)"
    )
    assert {"sync_rooms", "sync_proposals", "keep_token"} <= set(jobs)
    events = await scene.column("select event from app.audit_events order by created_at")
    assert [event for event in events if event.startswith("upwork.")] == [
        "upwork.link_started",
        "upwork.link_waits",
        "upwork.linked",
    ]
    assert scene.upwork.live_grants == 1


async def test_no_token_is_readable_in_the_database(scene: Scene, browser: Browser, tenant_id: UUID) -> None:
    await browser.link(await scene.new_link(tenant_id))

    (family,) = scene.upwork.app.state.world.families.values()
    for table in ("upwork_accounts", "oauth_attempts", "audit_events", "work_items"):
        stored = str(await scene.sql(f"select t::text, encode(t::text::bytea, 'escape') from app.{table} t"))  # noqa: S608 - our own table names
        assert family.refresh_token not in stored
        assert family.access[0].token not in stored
        assert family.refresh_token.encode().hex() not in stored


@pytest.mark.asvs("V10.1.2")
async def test_a_state_works_once(scene: Scene, browser: Browser, tenant_id: UUID) -> None:
    callback = await browser.agree(await browser.go_to_upwork(await scene.new_link(tenant_id)))
    code_on(await browser.open(callback))
    before = await scene.sql("select token_version, confirm_hash from app.upwork_accounts")

    again = await browser.open(callback)

    assert again.status_code == 404
    assert "no longer works" in again.text
    assert await scene.sql("select token_version, confirm_hash from app.upwork_accounts") == before


async def test_a_state_used_twice_at_once_is_used_once(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    callback = await browser.agree(await browser.go_to_upwork(await scene.new_link(tenant_id)))

    answers = await asyncio.gather(*(browser.open(callback) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404, 404]
    assert scene.upwork.live_grants == 1


@pytest.mark.asvs("V10.1.2")
async def test_an_attackers_link_finished_in_the_victims_browser_stores_nothing(
    scene: Scene, browser: Browser, other_browser: Browser, make_tenant: MakeTenant
) -> None:
    attacker, victims_browser = await make_tenant(), other_browser
    authorize_url = await browser.go_to_upwork(await scene.new_link(attacker.tenant_id))

    refused = await victims_browser.open(await victims_browser.agree(authorize_url))

    assert refused.status_code == 403
    assert "another browser" in refused.text
    assert await scene.statuses() == []
    assert scene.upwork.live_grants == 0  # the victim's code was never traded for tokens
    refusals = await scene.noted(attacker.tenant_id, "upwork.link_refused")
    assert refusals == [{"reason": "other_browser", "step": "finish"}]


async def test_a_link_sent_to_a_victim_still_needs_the_attackers_chat_to_know_the_code(
    scene: Scene, browser: Browser, make_tenant: MakeTenant
) -> None:
    attacker, victim = await make_tenant(), await make_tenant()
    code = code_on(await browser.link(await scene.new_link(attacker.tenant_id)))

    # The victim's chat holds the code, the attacker's chat can only guess.
    assert (await scene.type_code(victim.tenant_id, code)).answer is Answer.GONE
    wrong = "AAAA" if code != "AAAA" else "BBBB"
    answers = [
        (await scene.type_code(attacker.tenant_id, wrong)).answer for _ in range(confirming.CONFIRM_TRIES)
    ]
    assert answers == [Answer.WRONG_CODE] * (confirming.CONFIRM_TRIES - 1) + [Answer.GONE]
    assert (await scene.type_code(attacker.tenant_id, code)).answer is Answer.GONE

    assert await scene.drop_unconfirmed(attacker.tenant_id)
    assert await scene.statuses() == []
    assert scene.upwork.live_grants == 0


@pytest.mark.asvs("V10.1.2")
async def test_a_link_belongs_to_the_first_browser(
    scene: Scene, browser: Browser, other_browser: Browser, tenant_id: UUID
) -> None:
    link = await scene.new_link(tenant_id)
    other_page = await other_browser.open(link)
    url = await browser.go_to_upwork(link)

    assert (await other_browser.press_continue(other_page)).status_code == 403
    assert (await other_browser.open(link)).status_code == 403
    assert await browser.go_to_upwork(link) == url


async def test_two_tabs_of_one_browser_end_in_one_account(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    link = await scene.new_link(tenant_id)
    first, second = await browser.go_to_upwork(link), await browser.go_to_upwork(link)
    first_callback, second_callback = await browser.agree(first), await browser.agree(second)

    code = code_on(await browser.open(second_callback))
    late = await browser.open(first_callback)

    assert late.status_code == 404
    assert (await scene.type_code(tenant_id, code)).answer is Answer.LINKED
    assert await scene.statuses() == ["linked"]


async def test_a_new_link_ends_the_old_one_even_halfway(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    old = await scene.new_link(tenant_id)
    callback = await browser.agree(await browser.go_to_upwork(old))
    new = await scene.new_link(tenant_id)

    assert (await browser.open(callback)).status_code == 404
    assert (await browser.open(old)).status_code == 404
    assert (await browser.open(new)).status_code == 200
    assert await scene.statuses() == []


@pytest.mark.parametrize("stage", ["link", "state", "code"])
async def test_everything_is_over_after_ten_minutes(
    scene: Scene, browser: Browser, tenant_id: UUID, clock: MovableClock, stage: str
) -> None:
    link = await scene.new_link(tenant_id)
    if stage == "link":
        clock.advance(601)
        assert (await browser.open(link)).status_code == 404
        return
    callback = await browser.agree(await browser.go_to_upwork(link))
    if stage == "state":
        clock.advance(601)
        assert (await browser.open(callback)).status_code == 404
        assert scene.upwork.live_grants == 0
        return
    code = code_on(await browser.open(callback))
    clock.advance(601)
    assert (await scene.type_code(tenant_id, code)).answer is Answer.GONE
    assert await scene.drop_unconfirmed(tenant_id)
    assert await scene.statuses() == []
    assert scene.upwork.live_grants == 0


async def test_an_account_that_waits_for_its_code_is_left_alone(
    scene: Scene, browser: Browser, tenant_id: UUID, clock: MovableClock
) -> None:
    code = code_on(await browser.link(await scene.new_link(tenant_id)))
    clock.advance(300)

    assert await scene.drop_unconfirmed(tenant_id)
    assert await scene.statuses() == ["pending"]
    assert (await scene.type_code(tenant_id, code)).answer is Answer.LINKED
    assert not await scene.drop_unconfirmed(tenant_id)


async def test_saying_no_at_upwork_is_a_kind_page_and_a_notice(
    scene: Scene, browser: Browser, make_tenant: MakeTenant
) -> None:
    tenant_id = (await make_tenant(locale="uk")).tenant_id
    url = await browser.go_to_upwork(await scene.new_link(tenant_id))

    page = await browser.open(await browser.agree(url, decision="cancel"))

    assert page.status_code == 200
    assert "Нічого не під’єднано" in unescape(page.text)
    assert await scene.statuses() == []
    assert await scene.news(tenant_id) == StoppedLink(linking.Problem.CANCELLED)
    late = await browser.open(await browser.agree(url))
    assert late.status_code == 404


@pytest.mark.parametrize(
    ("operation", "kind"), [("oauth.token", "502"), ("oauth.token", "reset"), ("*", "403_html")]
)
async def test_an_upwork_that_does_not_finish_leaves_nothing_and_says_so(
    scene: Scene, browser: Browser, tenant_id: UUID, operation: str, kind: str
) -> None:
    callback = await browser.agree(await browser.go_to_upwork(await scene.new_link(tenant_id)))
    await scene.arm(operation, kind)

    page = await browser.open(callback)

    assert page.status_code == 503
    assert "did not finish" in page.text
    assert int(page.headers["retry-after"]) > 0
    assert await scene.statuses() == []
    assert await scene.news(tenant_id) == StoppedLink(linking.Problem.FAILED)


async def test_a_forged_code_is_refused_by_upwork_and_told_kindly(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    state = state_in(await browser.go_to_upwork(await scene.new_link(tenant_id)))

    page = await browser.open(f"/auth/upwork/callback?state={state}&code=made-up")

    assert page.status_code == 503
    assert await scene.statuses() == []


@pytest.mark.parametrize(
    "query",
    ["", "?state=", "?state=nobody&code=x", f"?state={'x' * 5000}&code=x", "?code=x", "?state=%00&code=%00"],
)
async def test_a_callback_that_belongs_to_nothing_is_not_found(browser: Browser, query: str) -> None:
    page = await browser.open(f"/auth/upwork/callback{query}")

    assert page.status_code == 404
    assert "no longer works" in page.text


async def test_one_upwork_user_is_one_tenant_and_the_owner_is_not_named(
    scene: Scene, browser: Browser, other_browser: Browser, make_tenant: MakeTenant
) -> None:
    first, second = await make_tenant(), await make_tenant()
    code = code_on(await browser.link(await scene.new_link(first.tenant_id)))
    assert (await scene.type_code(first.tenant_id, code)).answer is Answer.LINKED

    page = await other_browser.link(await scene.new_link(second.tenant_id))

    assert page.status_code == 409
    assert "Olena" not in page.text
    assert await scene.sql("select tenant_id from app.upwork_accounts") == [(first.tenant_id,)]
    assert await scene.news(second.tenant_id) == StoppedLink(linking.Problem.CANNOT_LINK)
    conflicts = await scene.sql("select tenant_id from app.audit_events where event = 'upwork.link_conflict'")
    assert conflicts == [(first.tenant_id,)]


async def test_two_tenants_confirming_the_same_upwork_user_at_once_end_with_one(
    scene: Scene, browser: Browser, other_browser: Browser, make_tenant: MakeTenant
) -> None:
    tenants = [(await make_tenant()).tenant_id, (await make_tenant()).tenant_id]
    codes = [
        code_on(await each.link(await scene.new_link(tenant)))
        for each, tenant in zip((browser, other_browser), tenants, strict=True)
    ]

    answers = await asyncio.gather(
        *(scene.type_code(tenant, code) for tenant, code in zip(tenants, codes, strict=True))
    )

    assert {answer.answer for answer in answers} == {Answer.LINKED, Answer.CANNOT_LINK}
    (loser,) = [t for t, answer in zip(tenants, answers, strict=True) if answer.answer is Answer.CANNOT_LINK]
    assert await scene.drop_unconfirmed(loser)
    assert await scene.statuses() == ["linked"]
    # The winner's consent must survive the loser's clean-up.
    assert scene.upwork.live_grants >= 1


async def test_a_linked_tenant_disconnects_first(scene: Scene, browser: Browser, tenant_id: UUID) -> None:
    code = code_on(await browser.link(await scene.new_link(tenant_id)))
    await scene.type_code(tenant_id, code)
    with pytest.raises(linking.AlreadyLinked):
        await scene.new_link(tenant_id)

    assert await scene.disconnect(tenant_id)

    assert scene.upwork.live_grants == 0
    for table in ("upwork_accounts", "upwork_owners", "oauth_attempts"):
        assert await scene.sql(f"select 1 from app.{table}") == []  # noqa: S608 - our own table names
    code = code_on(await browser.link(await scene.new_link(tenant_id)))
    assert (await scene.type_code(tenant_id, code)).answer is Answer.LINKED


async def test_an_account_whose_tokens_no_key_opens_is_erased_all_the_same(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    code = code_on(await browser.link(await scene.new_link(tenant_id)))
    await scene.type_code(tenant_id, code)
    await scene.sql("update app.upwork_accounts set refresh_token_sealed = 'broken'")

    assert not await scene.disconnect(tenant_id)
    assert await scene.statuses() == []


async def test_upwork_not_answering_a_revocation_is_told_but_erases(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    code = code_on(await browser.link(await scene.new_link(tenant_id)))
    await scene.type_code(tenant_id, code)
    await scene.arm("oauth.revoke", "502")

    assert not await scene.disconnect(tenant_id)
    assert await scene.statuses() == []


async def test_it_was_not_me_revokes_and_erases(scene: Scene, browser: Browser, tenant_id: UUID) -> None:
    code = code_on(await browser.link(await scene.new_link(tenant_id)))
    async with scene.rt.db.begin(tenant_id) as session:
        assert await confirming.reject_link(session, scene.rt.clock)
    assert (await scene.type_code(tenant_id, code)).answer is Answer.GONE

    due = "select run_at <= now() from app.work_items where job = 'keep_token'"
    assert await scene.column(due) == [True]
    assert await scene.drop_unconfirmed(tenant_id)
    assert scene.upwork.live_grants == 0
    assert await scene.statuses() == []
    async with scene.rt.db.begin(tenant_id) as session:
        assert not await confirming.reject_link(session, scene.rt.clock)


async def test_tokens_of_an_unconfirmed_account_are_not_used(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    await browser.link(await scene.new_link(tenant_id))

    with pytest.raises((NeedsReauth, NotFound)):
        await operations.me(scene.rt.upwork, tenant_id)


@pytest.mark.asvs("V1.2.1")
async def test_a_hostile_name_is_shown_as_text(scene: Scene, browser: Browser, tenant_id: UUID) -> None:
    scene.upwork.app.state.world.accounts[OLENA].first_name = "<script>alert(1)</script>\u202eevil\n"

    page = await browser.link(await scene.new_link(tenant_id))

    code_on(page)
    assert "<script>" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;evil" in page.text
    assert "\u202e" not in page.text


async def test_a_key_that_may_not_read_companies_is_linked_all_the_same(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    callback = await browser.agree(await browser.go_to_upwork(await scene.new_link(tenant_id)))
    scopes = {"client_id": scene.rt.settings.upwork_client_id, "missing_scopes": ["Query.companySelector"]}
    applications = f"{scene.upwork.url}/control/applications"
    (await browser.upwork_http.post(applications, json=scopes)).raise_for_status()
    try:
        await browser.open(callback)
    finally:
        await browser.upwork_http.post(applications, json={**scopes, "missing_scopes": []})
    rows = await scene.sql("select status, upwork_user_id, organization_id from app.upwork_accounts")
    assert rows == [("pending", OLENA, None)]
