"""The protection page over HTTP: the first factor, changes with a proof, and the link itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pyotp
import pytest

from core.runtime import Runtime
from core.security.assurance import ACCOUNT, Act
from core.security.factors.models import FactorKind
from core.security.stepup import service as stepup
from tests.core.passkey_device import Device
from tests.web.driving import HTML, Browser, MakeTenant, MovableClock, OwnerSql, open_browser
from tests.web.protecting import (
    ORIGIN,
    Person,
    answer_passkey,
    codes_on,
    open_post,
    passkey_options,
    reachable,
    seed_on,
)

EMAIL = "olena@example.com"


@pytest.fixture
async def named(rt: Runtime) -> AsyncIterator[Runtime]:
    async with open_post() as post:
        yield reachable(rt, post)


@pytest.fixture
async def person(named: Runtime, make_tenant: MakeTenant) -> AsyncIterator[Person]:
    account = await make_tenant(telegram_id=777)
    async with open_browser(named) as browser:
        yield Person(named, browser, account.tenant_id, 777)


@pytest.fixture
async def protected(person: Person) -> Person:
    await person.enrol()
    return person


# The first factor


async def test_the_first_app_needs_only_the_link_and_counts_as_a_proof(
    person: Person, owner_sql: OwnerSql
) -> None:
    shown = await person.enrol()
    assert len(person.paper) == 10
    assert "Your account is protected" in shown.text
    assert await person.has_proof()
    assert not await person.may(Act.EXPORT)
    assert ("first_factor",) in await owner_sql("select kind from app.alerts")


async def test_setting_up_the_first_factor_stands_for_the_step_up_of_connecting(person: Person) -> None:
    async with person.rt.db.begin(person.tenant_id) as session:
        challenge = await stepup.open_challenge(
            session,
            Act.CONNECT_UPWORK,
            subject=ACCOUNT,
            by=person.by,
            clock=person.rt.clock,
            settings=person.rt.settings,
            resume={},
        )
    person.link = challenge.url.removeprefix(ORIGIN)
    scan = await person.send(await person.look(), "totp")
    seed = seed_on(scan)
    await person.send(scan, "totp-confirm", code=pyotp.TOTP(seed).at(person.rt.clock.now()))
    assert await person.may(Act.CONNECT_UPWORK)
    assert not await person.may(Act.CONNECT_UPWORK)


async def test_the_first_passkey_needs_only_the_link(person: Person) -> None:
    await person.new_link()
    make = await person.send(await person.look(), "passkey")
    shown = await answer_passkey(person, make, "passkey-confirm", Device(ORIGIN))
    assert len(codes_on(shown)) == 10
    assert await person.has_proof()


async def test_a_mistyped_first_code_shows_the_same_seed_again(person: Person) -> None:
    await person.new_link()
    scan = await person.send(await person.look(), "totp")
    again = await person.send(scan, "totp-confirm", code="000000")
    assert again.status_code == 422
    assert seed_on(again) == seed_on(scan)
    assert not await person.has_proof()


async def test_an_installation_without_a_name_offers_the_app_instead(
    rt: Runtime, make_tenant: MakeTenant
) -> None:
    account = await make_tenant(telegram_id=778)
    async with open_browser(rt) as browser:
        person = Person(rt, browser, account.tenant_id, 778)
        await person.new_link()
        first = await person.look()
        assert "Passkeys need a site with a name" in first.text
        proof = {"proof": first.text.split('name="proof" value="')[1].split('"')[0]}
        refused = await person.post(f"{person.link}/passkey", proof)
        assert refused.status_code == 409
        assert "Set up an app instead" in refused.text
        await person.enrol()
        assert await person.has_proof()


async def test_the_page_speaks_the_persons_language(named: Runtime, make_tenant: MakeTenant) -> None:
    account = await make_tenant(telegram_id=779, locale="uk")
    async with open_browser(named) as browser:
        person = Person(named, browser, account.tenant_id, 779)
        await person.new_link()
        page = await person.look()
    assert '<html lang="uk">' in page.text
    assert "Захистіть свій акаунт" in page.text


# Changes


@pytest.mark.asvs("V7.5.1")
async def test_a_change_without_a_proof_asks_for_one_and_changes_nothing(
    protected: Person, owner_sql: OwnerSql
) -> None:
    before = await owner_sql("select id, confirmed_at from app.factors")
    for step, fields in (
        ("totp", {}),
        ("passkey", {}),
        ("paper", {}),
        ("sessions", {}),
        ("contact", {"kind": "email", "address": EMAIL}),
    ):
        await protected.new_link()
        asked = await protected.send(await protected.look(), step, **fields)
        assert "First show that it is you" in asked.text, step
    assert await owner_sql("select id, confirmed_at from app.factors") == before
    assert await owner_sql("select count(*) from app.contacts") == [(0,)]


async def test_a_wrong_code_asks_again_and_the_right_one_goes_on(protected: Person) -> None:
    await protected.new_link()
    asked = await protected.send(await protected.look(), "paper")
    again = await protected.send(asked, "paper", code="000000")
    assert again.status_code == 422
    assert "That code is not good" in again.text
    shown = await protected.send(again, "paper", code=protected.code())
    assert len(codes_on(shown)) == 10
    assert codes_on(shown) != protected.paper


async def test_a_backup_code_is_a_proof_once(protected: Person) -> None:
    paper = protected.paper[0]
    await protected.new_link()
    scan = await protected.send(await protected.send(await protected.look(), "totp"), "totp", code=paper)
    assert seed_on(scan) != protected.seed
    await protected.new_link()
    asked = await protected.send(await protected.look(), "totp")
    assert "That code is not good" in (await protected.send(asked, "totp", code=paper)).text


async def test_a_passkey_is_a_proof_for_its_change_alone(protected: Person) -> None:
    device = Device(ORIGIN)
    make = await protected.change("passkey")
    added = await answer_passkey(protected, make, "passkey-confirm", device)
    assert "The passkey was added" in added.text
    await protected.new_link()
    asked = await protected.send(await protected.look(), "paper")
    options, challenge = passkey_options(asked)
    signed = device.get(options)
    elsewhere = await protected.send(await protected.look(), "sessions")
    refused = await protected.send(elsewhere, "sessions", credential=signed, challenge=challenge)
    assert refused.status_code == 422
    asked = await protected.send(await protected.look(), "paper")
    shown = await answer_passkey(protected, asked, "paper", device)
    assert len(codes_on(shown)) == 10


async def test_the_only_factor_stays(protected: Person, owner_sql: OwnerSql) -> None:
    await protected.new_link()
    page = await protected.look()
    assert "Add another before you remove it" in page.text
    [(only,)] = await owner_sql("select id from app.factors")
    proof = {"proof": page.text.split('name="proof" value="')[1].split('"')[0]}
    answer = await protected.post(
        f"{protected.link}/remove", {**proof, "factor": str(only), "code": protected.code()}
    )
    assert answer.status_code == 409
    assert await owner_sql("select count(*) from app.factors") == [(1,)]


@pytest.mark.asvs("V7.4.3")
async def test_removing_a_factor_ends_what_other_sessions_have_proven(
    protected: Person, owner_sql: OwnerSql
) -> None:
    device = Device(ORIGIN)
    await answer_passkey(protected, await protected.change("passkey"), "passkey-confirm", device)
    async with protected.rt.db.begin(protected.tenant_id) as session:
        other = "telegram:999"
        await stepup.prove(session, by=other, kind=FactorKind.PASSKEY, clock=protected.rt.clock)
    [(passkey,)] = await owner_sql("select id from app.factors where kind = 'passkey'")
    done = await protected.change("remove", factor=passkey)
    assert "It was removed" in done.text
    async with protected.rt.db.begin(protected.tenant_id) as session:
        assert not await stepup.has_proof(session, by=other, clock=protected.rt.clock)
    assert await protected.has_proof()
    assert await owner_sql("select kind from app.factors") == [("totp",)]


@pytest.mark.asvs("V7.4.3")
async def test_other_sessions_can_be_ended(protected: Person) -> None:
    other = "telegram:999"
    async with protected.rt.db.begin(protected.tenant_id) as session:
        await stepup.prove(session, by=other, kind=FactorKind.TOTP, clock=protected.rt.clock)
    done = await protected.change("sessions")
    assert "Every other session was ended" in done.text
    async with protected.rt.db.begin(protected.tenant_id) as session:
        assert not await stepup.has_proof(session, by=other, clock=protected.rt.clock)
    assert await protected.has_proof()


@pytest.mark.asvs("V6.3.1")
async def test_guessing_is_stopped_and_the_open_session_is_not(
    protected: Person, owner_sql: OwnerSql
) -> None:
    await protected.new_link()
    asked = await protected.send(await protected.look(), "paper")
    answers = [await protected.send(asked, "paper", code=f"{number:06d}") for number in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 5
    waits = await protected.send(asked, "paper", code=protected.code())
    assert waits.status_code == 429
    assert "Too many wrong tries" in waits.text
    assert await protected.has_proof()
    told = await owner_sql("select facts ->> 'factor' from app.alerts where kind = 'factor_failed'")
    assert told == [("totp",)]


async def test_of_many_forms_with_one_code_one_goes_through(protected: Person) -> None:
    await protected.new_link()
    asked = await protected.send(await protected.look(), "paper")
    code = protected.code()
    answers = await asyncio.gather(*(protected.send(asked, "paper", code=code) for _ in range(10)))
    assert sum(bool(answer.status_code == 200 and codes_on(answer)) for answer in answers) == 1


# The link


async def test_a_link_works_in_the_browser_that_used_it_first(
    protected: Person, other_browser: Browser, named: Runtime
) -> None:
    await protected.new_link()
    await protected.send(await protected.look(), "paper")
    async with open_browser(named) as stranger:
        seen = await stranger.open(protected.link)
        assert seen.status_code == 403
        posted = await stranger.http.post(f"{protected.link}/totp", data={"proof": "x"}, headers=HTML)
        assert posted.status_code == 403


async def test_a_link_dies_with_its_ten_minutes(protected: Person, clock: MovableClock) -> None:
    await protected.new_link()
    page = await protected.look()
    clock.advance(601)
    assert (await protected.look()).status_code == 404
    assert (await protected.send(page, "paper")).status_code == 404


@pytest.mark.parametrize("step", ["totp", "remove", "contact", "recover", "nothing", "../totp"])
async def test_a_form_from_elsewhere_is_refused(protected: Person, step: str, owner_sql: OwnerSql) -> None:
    await protected.new_link()
    await protected.look()
    before = await owner_sql("select count(*) from app.one_time_codes")
    answer = await protected.browser.http.post(
        f"{protected.link}/{step}", data={"proof": "forged", "code": protected.code()}, headers=HTML
    )
    assert answer.status_code in (400, 403, 404, 405)
    assert await owner_sql("select count(*) from app.one_time_codes") == before


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"factor": "x"},
        {"kind": "fax"},
        {"contact": "1", "sent": "2", "kind": "email"},
        {"challenge": "x", "credential": "{}"},
    ],
)
async def test_broken_forms_are_refused_kindly(protected: Person, fields: dict[str, str]) -> None:
    await protected.new_link()
    page = await protected.look()
    proof = page.text.split('name="proof" value="')[1].split('"')[0]
    for step in (
        "remove",
        "contact",
        "contact-confirm",
        "contact-remove",
        "passkey-confirm",
        "recover-confirm",
        "sessions",
    ):
        answer = await protected.browser.http.post(
            f"{protected.link}/{step}", data={"proof": proof, **fields}, headers=HTML
        )
        assert answer.status_code < 500, (step, fields)


@pytest.mark.asvs("V3.5.3")
async def test_looking_changes_nothing(protected: Person, owner_sql: OwnerSql) -> None:
    await protected.new_link()

    async def stored() -> list[tuple[object, ...]]:
        return await owner_sql(
            "select md5(string_agg(x::text, '' order by x::text)) from (select f::text from app.factors f "
            "union all select p::text from app.page_links p union all select l::text from app.login_failures l) as all_of (x)"
        )

    before = await stored()
    for _ in range(3):
        assert (await protected.look()).status_code == 200
    assert await stored() == before


async def test_pages_have_no_inline_script_or_style(protected: Person) -> None:
    await protected.new_link()
    overview = await protected.look()
    scan = await protected.change("totp")
    make = await protected.change("passkey")
    for page in (overview, scan, make):
        policy = page.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert " style=" not in page.text
        assert "<style" not in page.text
        assert " on" not in {attribute[:3] for attribute in page.text.split("<script")[1:]}
        assert page.headers["cache-control"] == "no-store"


async def test_another_persons_factor_cannot_be_removed(
    protected: Person, named: Runtime, make_tenant: MakeTenant, owner_sql: OwnerSql
) -> None:
    account = await make_tenant(telegram_id=781)
    async with open_browser(named) as browser:
        other = Person(named, browser, account.tenant_id, 781)
        await other.enrol()
        [theirs] = [
            factor_id
            for factor_id, tenant_id in await owner_sql("select id, tenant_id from app.factors")
            if tenant_id == protected.tenant_id
        ]
        await other.new_link()
        page = await other.look()
        proof = page.text.split('name="proof" value="')[1].split('"')[0]
        for target in (theirs, uuid4()):
            answer = await other.post(
                f"{other.link}/remove", {"proof": proof, "factor": str(target), "code": other.code()}
            )
            assert answer.status_code == 404
    assert len(await owner_sql("select id from app.factors")) == 2
