"""Every route by every role, from the table and the app itself; foreign ids, assigned fields, and roles that end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.access.permissions import ALLOWED, Permission, Role
from core.db import Base, Database
from core.runtime import Runtime
from core.searches.criteria import Criteria
from core.searches.service import add_search
from core.settings import Login
from tests.web.driving import OwnerSql
from tests.web.entering import House, Person, open_house
from web.permissions import ROUTES, Needs

NEEDY = {route: needs for route, needs in ROUTES.items() if isinstance(needs, Needs)}


@pytest.fixture
async def house(rt: Runtime, logins: Mapping[Login, Database]) -> AsyncIterator[House]:
    async with open_house(rt, logins) as house:
        yield house


def every_route(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of all that the app answers, described in its schema or not."""
    included = [getattr(one, "original_router", None) for one in app.routes]
    flat = [one for router in included if router is not None for one in router.routes]
    hidden = {(method, one.path) for one in flat if isinstance(one, APIRoute) for method in one.methods or ()}
    described = {
        (method.upper(), path) for path, operations in app.openapi()["paths"].items() for method in operations
    }
    assert described <= hidden
    return hidden


@pytest.mark.asvs("V8.2.1")
async def test_the_table_names_every_route_there_is_and_no_other(house: House) -> None:
    assert every_route(house.app) == set(ROUTES)
    assert len(NEEDY) > 15


async def staff(house: House, name: str, role: Role, *, passkey: bool) -> Person:
    person = await house.person(name)
    if passkey:
        await person.enrol_passkey()
    else:
        await person.enrol_totp()
    await house.give(person, role)
    return person


async def call(person: Person, method: str, path: str) -> httpx.Response:
    url = path.replace("{user_id}", str(uuid4()))
    headers = {"authorization": f"Bearer {person.access}", "accept": "application/json"}
    return await person.http.request(method, url, headers=headers)


@pytest.mark.asvs("V8.2.1")
@pytest.mark.parametrize("role", list(Role))
async def test_a_role_gets_what_the_table_says_and_nothing_else(house: House, role: Role) -> None:
    person = await staff(house, "olena", role, passkey=True) if role is not Role.FREELANCER else None
    if person is None:
        person = await house.person()
        await person.enrol_passkey()

    for (method, path), needs in sorted(NEEDY.items(), key=lambda item: "logout" in item[0][1]):
        if path == "/admin/logout":
            continue  # the login was ended by the other one already
        answer = await call(person, method, path)
        where = f"{role} {method} {path}: {answer.status_code} {answer.text[:80]}"
        if needs.permission in ALLOWED[role]:
            assert answer.status_code != 401, where
            assert "not_permitted" not in answer.text, where
        else:
            assert (answer.status_code, answer.json()["error"]) == (403, "not_permitted"), where


@pytest.mark.asvs("V8.2.1")
async def test_without_a_login_or_half_way_in_nothing_opens(house: House) -> None:
    stranger = Person(house, house.client(), "")
    for method, path in NEEDY:
        answer = await call(stranger, method, path)
        assert (answer.status_code, answer.json()["error"]) == (401, "not_signed_in"), (method, path)

    half = await staff(house, "olena", Role.ADMIN, passkey=True)
    await half.login()
    for (method, path), needs in NEEDY.items():
        if not needs.half:
            answer = await call(half, method, path)
            assert (answer.status_code, answer.json()["error"]) == (403, "second_step"), (method, path)


async def test_a_login_from_before_the_role_lasts_no_longer_than_staffs(house: House) -> None:
    """A refresh token of seven days would otherwise bring an admin's console back after any time away."""
    person = await house.person()
    await person.enrol_passkey()
    other = Person(house, house.client(), person.email, device=person.device)
    await other.login()
    other.take(await other.post("/security/verify", {"passkey": await other.sign()}))
    await house.give(person, Role.ADMIN)
    assert (await person.get("/admin/users")).status_code == 200

    house.clock.advance(14 * 60)
    person.take(await person.refresh_with(person.refresh))
    house.clock.advance(2 * 60)
    assert (await other.refresh_with(other.refresh)).status_code == 401
    assert (await person.get("/admin/users")).status_code == 200
    for _ in range(57):
        house.clock.advance(12 * 60)
        person.take(await person.refresh_with(person.refresh))
    # Twelve hours after it began it is over, however busy it was.
    house.clock.advance(13 * 60)
    person.take(await person.refresh_with(person.refresh))
    house.clock.advance(13 * 60)
    assert (await person.refresh_with(person.refresh)).status_code == 401


async def test_an_admins_console_wants_a_passkey_and_a_moderators_takes_a_code(house: House) -> None:
    admin = await staff(house, "olena", Role.ADMIN, passkey=False)
    moderator = await staff(house, "borys", Role.MODERATOR, passkey=False)

    refused = await admin.get("/admin/users")
    assert (refused.status_code, refused.json()["error"]) == (403, "step_up_needed")
    assert (await moderator.get("/admin/users")).status_code == 200


@pytest.mark.asvs("V8.3.2")
async def test_a_role_taken_away_counts_with_the_next_request(house: House) -> None:
    admin = await staff(house, "olena", Role.ADMIN, passkey=True)
    assert (await admin.get("/admin/users")).status_code == 200
    await house.take(admin, Role.ADMIN)

    refused = await admin.get("/admin/users")
    assert (refused.status_code, refused.json()["error"]) == (403, "not_permitted")
    assert (await admin.get("/security/profile")).json()["role"] == "freelancer"


@pytest.mark.asvs("V16.3.2")
async def test_each_refusal_of_a_right_leaves_one_event(house: House) -> None:
    person = await house.person()
    await person.get("/admin/users")
    await person.post(f"/admin/users/{uuid4()}/lock")

    events = (await person.get("/security/logs")).json()["events"]
    refused = [one["data"] for one in events if one["event"] == "access.refused"]
    assert [one["permission"] for one in refused] == ["lock_users", "see_users"]
    assert {one["reason"] for one in refused} == {"not_permitted"}


@pytest.mark.asvs("V8.2.2")
async def test_somebody_elses_id_is_not_there_and_asking_is_noted(house: House) -> None:
    olena, borys = await house.person("olena"), await house.person("borys")
    for person in (olena, borys):
        await person.enrol_totp()
    theirs = (await borys.get("/security/profile")).json()["factors"][0]["id"]
    before = (await borys.get("/security/logs")).json()["events"]

    for factor_id in (theirs, str(uuid4())):
        answer = await olena.post("/security/mfa/disable", {"factor_id": factor_id})
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    noted = [
        one
        for one in (await olena.get("/security/logs")).json()["events"]
        if one["event"] == "access.refused"
    ]
    assert [one["data"]["reason"] for one in noted] == ["not_found", "not_found"]
    assert theirs not in str(noted)
    assert (await borys.get("/security/logs")).json()["events"] == before
    assert theirs in {one["id"] for one in (await borys.get("/security/profile")).json()["factors"]}


@pytest.mark.asvs("V8.2.2")
async def test_staff_asking_for_nobodys_id_gets_nothing_and_is_noted(house: House) -> None:
    admin = await staff(house, "olena", Role.ADMIN, passkey=True)
    for act in ("lock", "unlock"):
        assert (await admin.post(f"/admin/users/{uuid4()}/{act}")).status_code == 404

    events = (await admin.get("/security/logs")).json()["events"]
    assert [one["event"] for one in events].count("access.refused") == 2


@pytest.mark.asvs("V8.2.3")
async def test_fields_that_are_not_ones_to_set_change_nothing(house: House, owner_sql: OwnerSql) -> None:
    borys = await house.person("borys")
    stowaway = {"tenant_id": str(borys.tenant_id), "role": "admin", "console": True, "complete": True}
    olena = Person(house, house.client(), "olena@studio.example")
    wish = {"email": olena.email, "password": olena.password, **stowaway}
    assert (await olena.http.post("/auth/register", json=wish)).status_code == 202
    token = house.link_in_mail(olena.email)
    done = {"token": token, "password": olena.password, **stowaway}
    assert (await olena.http.post("/auth/confirm", json=done)).status_code == 201
    await olena.login(**stowaway)
    changed = {"current": olena.password, "new": "eleven quiet otters under the pier", **stowaway}
    assert (await olena.post("/security/password", changed)).status_code == 200

    assert olena.tenant_id != borys.tenant_id
    assert (await olena.get("/security/profile")).json()["role"] == "freelancer"
    assert await owner_sql("select count(*) from app.role_grants") == [(0,)]
    assert await owner_sql("select count(*) from app.web_sessions where console") == [(0,)]
    assert (await borys.login()).json()["next"] == "done"


@pytest.mark.asvs("V8.2.3")
async def test_the_console_shows_no_word_of_anybodys(house: House, logins: Mapping[Login, Database]) -> None:
    admin = await staff(house, "olena", Role.ADMIN, passkey=True)
    person = await house.person("canaryborys")
    async with house.rt.db.begin(person.tenant_id) as session:
        keys = await house.rt.keys(session)
    async with logins[Login.BOT].begin(person.tenant_id) as session:
        await add_search(session, keys, Criteria(query="canarysearch python"))

    answers = [await admin.get(path) for _, path in NEEDY if path.startswith("/admin") and "{" not in path]
    pages = [
        await admin.get(path, accept="text/html")
        for method, path in NEEDY
        if method == "GET" and path.startswith("/admin")
    ]
    assert {page.status_code for page in pages} == {200}
    for answer in [*answers, *pages]:
        assert "canary" not in answer.text.lower()
        assert "_sealed" not in answer.text
    users = (await admin.get("/admin/users")).json()["users"]
    assert {str(person.tenant_id), str(admin.tenant_id)} == {one["id"] for one in users}
    assert set(users[0]) == {
        "id", "opened_at", "role", "onboarded", "paused", "locked", "unreachable", "upwork", "web_login", "drafts", "sent",
    }  # fmt: skip


@pytest.mark.asvs("V8.2.3")
async def test_the_consoles_database_role_cannot_read_a_sealed_column_at_all(
    logins: Mapping[Login, Database], db: Database
) -> None:
    secret = [
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith(("_sealed", "_hash")) or column.name in {"wrapped", "facts", "sealed", "data"}
    ]
    assert len(secret) > 25
    for table, column in secret:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with logins[Login.ADMIN].begin() as session:
                await session.execute(text(f"select {column} from app.{table}"))  # noqa: S608 - from the models


@pytest.mark.asvs("V7.4.2")
async def test_locking_ends_every_login_at_once_and_is_in_the_owners_audit(house: House) -> None:
    admin = await staff(house, "olena", Role.ADMIN, passkey=True)
    person = await house.person("borys")
    answer = await admin.post(f"/admin/users/{person.tenant_id}/lock")
    assert answer.json() == {"id": str(person.tenant_id), "locked": True, "changed": True}

    assert (await person.get("/security/profile")).status_code in (401, 403)
    assert (await person.refresh_with(person.refresh)).status_code in (401, 403)
    again = await admin.post(f"/admin/users/{person.tenant_id}/lock")
    assert again.json()["changed"] is False
    assert (await admin.post(f"/admin/users/{person.tenant_id}/unlock")).json()["changed"] is True

    await person.login()
    events = (await person.get("/security/logs")).json()["events"]
    actors = {one["event"]: one["actor"] for one in events}
    assert actors["account.locked"] == actors["account.unlocked_by_staff"] == f"staff:{admin.tenant_id}"


async def test_a_moderator_locks_users_but_neither_staff_nor_unlocks(house: House) -> None:
    admin = await staff(house, "olena", Role.ADMIN, passkey=True)
    moderator = await staff(house, "borys", Role.MODERATOR, passkey=True)
    person = await house.person("daria")

    assert (await moderator.post(f"/admin/users/{admin.tenant_id}/lock")).status_code == 403
    assert (await moderator.post(f"/admin/users/{moderator.tenant_id}/lock")).status_code == 409
    assert (await moderator.post(f"/admin/users/{person.tenant_id}/lock")).status_code == 200
    assert (await moderator.post(f"/admin/users/{person.tenant_id}/unlock")).status_code == 403
    assert (await moderator.get("/admin/audit", accept="text/html")).status_code == 403


def test_every_permission_is_asked_for_somewhere() -> None:
    asked = {needs.permission for needs in NEEDY.values()}
    # Export and erasure are asked for in the chat; roles are given at the command line.
    assert set(Permission) - asked == {Permission.OWN_DATA, Permission.GRANT_ROLES}
