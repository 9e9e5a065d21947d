"""The console in a browser without a script: the way in, every page in both languages, locking from a page, idling out."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from core.access.permissions import Role
from core.db import Database
from core.runtime import Runtime
from core.settings import Login
from tests.web.driving import OwnerSql
from tests.web.entering import House, Person, open_house
from web.words.console import LANGUAGES

PAGES = ("/admin", "/admin/users", "/admin/alerts", "/admin/audit", "/admin/cost")
HTML = {"accept": "text/html", "origin": "null"}


@pytest.fixture
async def house(rt: Runtime, logins: Mapping[Login, Database]) -> AsyncIterator[House]:
    async with open_house(rt, logins) as house:
        yield house


def field_of(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


async def show(http: httpx.AsyncClient, path: str, language: str = "en") -> httpx.Response:
    return await http.get(path, headers={**HTML, "accept-language": language})


async def first_step(person: Person, http: httpx.AsyncClient, password: str = "") -> httpx.Response:
    page = await show(http, "/admin/login")
    fields = {
        "proof": field_of(page, "proof"),
        "email": person.email,
        "password": password or person.password,
    }
    return await http.post("/admin/login", data=fields, headers=HTML)


async def walk_in(person: Person) -> httpx.AsyncClient:
    """A browser in the console, by password and passkey."""
    http = person.house.client()
    page = await first_step(person, http)
    assert page.status_code == 200, page.text
    options = re.search(r'data-options="([^"]*)"', page.text)
    assert options is not None, page.text
    assert person.device is not None
    asked = html.unescape(options[1])
    assert json.loads(asked)["userVerification"] == "required"
    fields = {
        "csrf": field_of(page, "csrf"),
        "challenge": field_of(page, "challenge"),
        "credential": person.device.get(asked),
    }
    done = await http.post("/admin/verify", data=fields, headers=HTML)
    assert (done.status_code, done.headers["location"]) == (303, "/admin"), done.text
    return http


async def staff(house: House, role: Role = Role.ADMIN, name: str = "olena") -> Person:
    person = await house.person(name)
    await person.enrol_passkey()
    await house.give(person, role)
    return person


async def test_an_admin_walks_in_sees_every_page_and_out(house: House) -> None:
    admin = await staff(house)
    http = await walk_in(admin)
    for path in PAGES:
        for language, words in LANGUAGES.items():
            page = await show(http, path, language)
            assert page.status_code == 200, page.text
            assert f'<html lang="{language}">' in page.text
            assert words.privacy_note in html.unescape(page.text)
            assert "<script" not in page.text
    page = await show(http, "/admin/users")
    assert str(admin.tenant_id) in page.text
    out = await http.post("/admin/logout", data={"csrf": field_of(page, "csrf")}, headers=HTML)
    assert out.headers["location"] == "/admin/login"
    for path in PAGES:
        assert (await show(http, path)).headers["location"] == "/admin/login"


async def test_numbers_of_work_and_money_are_shown_and_nothing_they_were_made_of(
    house: House, owner_sql: OwnerSql
) -> None:
    admin = await staff(house)
    values = {"t": admin.tenant_id}
    for statement in (
        "insert into app.drafts (tenant_id, id, kind, state, current) values (:t, :t, 'reply', 'ready', 1)",
        (
            "insert into app.draft_versions (tenant_id, id, draft_id, number, source, body_sealed, characters, offline,"
            " tokens_in, tokens_out, cost_usd) values (:t, :t, :t, 1, 'model', 'canarybody', 10, false, 4321, 987, 1.5)"
        ),
        (
            "insert into app.llm_spends (tenant_id, id, purpose, model, tokens_in, tokens_out, cost_usd)"
            " values (:t, :t, 'canarypurpose', 'm', 100, 10, 0.25)"
        ),
        "insert into app.upwork_usage (day, tenant_id, requests) values (current_date, :t, 777)",
        "update app.work_items set dead_at = now(), last_error = 'canaryerror' where job = 'tell_alert'",
    ):
        await owner_sql(statement, **values)
    http = await walk_in(admin)

    cost, health = await show(http, "/admin/cost"), await show(http, "/admin")
    assert "4421 / 997" in cost.text
    assert ">1.75<" in cost.text
    assert ">777<" in health.text
    assert "tag bad" in health.text
    assert "canary" not in cost.text + health.text


async def test_a_console_left_alone_for_fifteen_minutes_is_closed(house: House) -> None:
    http = await walk_in(await staff(house))
    for _ in range(3):
        house.clock.advance(14 * 60)
        assert (await show(http, "/admin")).status_code == 200
    house.clock.advance(15 * 60)

    assert (await show(http, "/admin")).headers["location"] == "/admin/login"


async def test_looking_at_pages_writes_nothing(house: House, logins: Mapping[Login, Database]) -> None:
    http = await walk_in(await staff(house))
    before = await show(http, "/admin/audit")
    for path in PAGES:
        await show(http, path)
    after = await show(http, "/admin/audit")

    body = re.compile(r"<tbody>.*</tbody>", re.DOTALL)
    assert body.findall(before.text) == body.findall(after.text) != []


async def test_a_user_is_locked_and_unlocked_from_the_page(house: House) -> None:
    admin, person = await staff(house), await house.person("borys")
    http = await walk_in(admin)
    users = await show(http, "/admin/users")
    lock = f"/admin/users/{person.tenant_id}/lock"
    assert lock in users.text
    assert f"/admin/users/{admin.tenant_id}/lock" not in users.text

    forged = await http.post(lock, headers=HTML)
    assert forged.status_code == 403
    assert (await person.get("/security/profile")).status_code == 200
    done = await http.post(lock, data={"csrf": field_of(users, "csrf")}, headers=HTML)
    assert (done.status_code, done.headers["location"]) == (303, "/admin/users")
    assert (await person.get("/security/profile")).status_code in (401, 403)
    users = await show(http, "/admin/users")
    assert lock.replace("lock", "unlock") in users.text


async def test_a_freelancer_and_an_admin_without_a_factor_stay_outside(house: House) -> None:
    freelancer, bare = await house.person("borys"), await house.person("daria")
    await house.give(bare, Role.ADMIN)
    for person in (freelancer, bare):
        http = house.client()
        assert (await first_step(person, http)).status_code == 403
        assert (await show(http, "/admin")).headers["location"] == "/admin/login"
        wrong = await first_step(person, http, "not the password at all")
        assert wrong.status_code == 401


async def test_an_admin_is_not_let_in_by_a_code_and_a_moderator_is(house: House) -> None:
    for role, name in ((Role.ADMIN, "olena"), (Role.MODERATOR, "borys")):
        person = await house.person(name)
        await person.enrol_totp()
        await house.give(person, role)
        http = house.client()
        page = await first_step(person, http)
        assert ('name="code"' in page.text) is (role is Role.MODERATOR)
        fields = {"csrf": field_of(page, "csrf"), "code": person.code()}
        answer = await http.post("/admin/verify", data=fields, headers=HTML)
        assert answer.status_code == (303 if role is Role.MODERATOR else 422)
        shown = await show(http, "/admin/users")
        assert shown.status_code == (200 if role is Role.MODERATOR else 303)
    assert "/admin/audit" not in shown.text
    assert (await show(http, "/admin/audit")).status_code == 403


async def test_the_consoles_cookie_opens_nothing_else(house: House) -> None:
    http = await walk_in(await staff(house))

    assert (await http.get("/security/profile")).status_code == 401
    token = http.cookies["console"]
    bearer = {"authorization": f"Bearer {token}"}
    assert (await house.client().get("/admin/users", headers=bearer)).status_code == 401


async def test_the_form_of_another_browser_is_refused(house: House) -> None:
    admin = await staff(house)
    page = await show(house.client(), "/admin/login")
    fields = {"proof": field_of(page, "proof"), "email": admin.email, "password": admin.password}
    answer = await house.client().post("/admin/login", data=fields, headers=HTML)

    assert answer.status_code == 403
