"""Registering, confirming and logging in over HTTP: what is told, what is not, and what a second step changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest

from core.db import Database
from core.runtime import Runtime
from core.settings import Login
from tests.web.driving import OwnerSql
from tests.web.entering import PASSWORD, House, Person, open_house


@pytest.fixture
async def house(rt: Runtime, logins: Mapping[Login, Database]) -> AsyncIterator[House]:
    async with open_house(rt, logins) as house:
        yield house


async def test_a_new_account_opens_with_the_mailed_link_and_the_same_password(
    house: House, owner_sql: OwnerSql
) -> None:
    person = Person(house, house.client(), "Olena@Studio.example")
    asked = await person.http.post("/auth/register", json={"email": person.email, "password": PASSWORD})

    assert (asked.status_code, asked.json()) == (202, {"status": "mail_sent"})
    assert await owner_sql("select 1 from app.web_logins") == []
    early = await person.http.post("/auth/login", json={"email": person.email, "password": PASSWORD})
    assert early.status_code == 401

    token = house.link_in_mail("olena@studio.example")
    foreign = await person.http.post("/auth/confirm", json={"token": token, "password": "x" * 20})
    assert foreign.status_code == 401
    done = await person.http.post("/auth/confirm", json={"token": token, "password": PASSWORD})
    assert done.status_code == 201
    again = await person.http.post("/auth/confirm", json={"token": token, "password": PASSWORD})
    assert again.status_code == 404

    person.email = "olena@studio.EXAMPLE"
    assert (await person.login()).json()["next"] == "done"
    profile = (await person.get("/security/profile")).json()
    assert (profile["email"], profile["role"]) == ("o…a@studio.example", "freelancer")
    assert [one["current"] for one in profile["sessions"]] == [True]


async def test_what_is_stored_names_neither_address_nor_password(house: House, owner_sql: OwnerSql) -> None:
    await house.person("canaryolena")
    pending = Person(house, house.client(), "canarypending@studio.example")
    await pending.http.post("/auth/register", json={"email": pending.email, "password": PASSWORD})

    for table in ("web_logins", "pending_logins", "login_failures", "web_sessions", "refresh_tokens"):
        for (row,) in await owner_sql(f"select t::text from app.{table} t"):  # noqa: S608 - names from above
            assert "canary" not in row
            assert "argon2" not in row
            assert b"canary".hex() not in row


@pytest.mark.asvs("V6.3.8")
async def test_a_known_address_is_answered_like_an_unknown_one(house: House) -> None:
    known, stranger = await house.person(), house.client()
    wrong = "some other long sentence"

    async def shapes(email: str) -> list[tuple[int, object]]:
        answers = [
            await stranger.post("/auth/register", json={"email": email, "password": wrong}),
            await stranger.post("/auth/login", json={"email": email, "password": wrong}),
            await stranger.post("/auth/passkey", json={"email": email}),
        ]
        bodies = [dict(answer.json()) for answer in answers]
        for body in bodies:
            body.pop("id", None)
            body.pop("challenge_id", None)
            body.get("options", {}).pop("challenge", None)
        return [(answer.status_code, body) for answer, body in zip(answers, bodies, strict=True)]

    assert await shapes(known.email) == await shapes("nobody@studio.example")
    # The owner is told, and nobody gets a link that would take the address over.
    assert "already" in house.mailbox.newest_first(known.email)[0].subject


@pytest.mark.parametrize(
    "password", ["short", "password" * 2, "1" * 20, "abcdefghijklmnop", "olena@studio.example"]
)
async def test_a_weak_password_is_refused(house: House, password: str) -> None:
    answer = await house.client().post(
        "/auth/register", json={"email": "olena@studio.example", "password": password}
    )

    assert (answer.status_code, answer.json()["error"]) == (422, "weak_password")
    assert house.mailbox.newest_first() == []


@pytest.mark.parametrize("password", ["все буде добре 2026 🌻", "correct-horse" * 9, " fifteen spaces  "])
async def test_any_long_password_of_any_characters_is_taken(house: House, password: str) -> None:
    person = Person(house, house.client(), "olena@studio.example", password=password)
    await person.register()

    assert (await person.login()).json()["next"] == "done"
    trimmed = await person.http.post("/auth/login", json={"email": person.email, "password": password[:-1]})
    assert trimmed.status_code == 401


@pytest.mark.parametrize(
    "email",
    [
        "olena",
        "a@b",
        "a b@studio.example",
        "a@studio.example\nBcc: x@y.example",
        "<a@b.example>",
        "@b.example",
    ],
)
async def test_what_is_no_address_is_refused(house: House, email: str) -> None:
    answer = await house.client().post("/auth/register", json={"email": email, "password": PASSWORD})

    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_email")


async def test_guessing_a_password_is_stopped_and_sessions_go_on(house: House) -> None:
    person, thief = await house.person(), house.client()
    for _ in range(5):
        wrong = await thief.post(
            "/auth/login", json={"email": person.email, "password": "wrong sentence here"}
        )
        assert wrong.status_code == 401

    stopped = await thief.post("/auth/login", json={"email": person.email, "password": PASSWORD})
    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 0
    assert (await person.get("/security/profile")).status_code == 200


async def test_with_a_factor_the_password_alone_opens_nothing(house: House) -> None:
    person = await house.person()
    await person.enrol_totp()
    half = await person.login()

    assert half.json()["next"] == "verify"
    assert half.json()["refresh_token"] is None
    for path in ("/security/profile", "/security/logs", "/auth/upwork/connect"):
        refused = await person.get(path)
        assert (refused.status_code, refused.json()["error"]) == (403, "second_step")
    wrong = await person.post("/security/verify", {"code": "000000"})
    assert (wrong.status_code, wrong.json()["error"]) == (422, "wrong_code")
    await person.prove()
    assert (await person.get("/security/profile")).status_code == 200


async def test_a_backup_code_is_a_second_step_once(house: House) -> None:
    person = await house.person()
    await person.enrol_totp()
    code = person.codes[0]
    await person.login()

    person.take(await person.post("/security/verify", {"code": code}))
    assert (await person.get("/security/profile")).status_code == 200
    await person.login()
    assert (await person.post("/security/verify", {"code": code})).status_code == 422


async def test_a_half_open_login_lapses(house: House) -> None:
    person = await house.person()
    await person.enrol_totp()
    await person.login()
    house.clock.advance(601)

    assert (await person.post("/security/verify", {"code": person.code()})).status_code == 401


@pytest.mark.asvs("V7.2.4")
async def test_each_proof_changes_the_session_and_the_old_one_is_dead(house: House) -> None:
    person = await house.person()
    before, first_refresh = person.access, person.refresh
    await person.enrol_totp()
    enrolled = person.access
    await person.login()
    half = person.access
    await person.prove()

    for old in (before, half):
        answer = await person.http.get("/security/profile", headers={"authorization": f"Bearer {old}"})
        assert answer.status_code == 401
    assert (await person.refresh_with(first_refresh)).status_code == 401
    seen = {person.access, enrolled, half, before}
    assert len(seen) == 4
    # The login that was enrolled in is another one; it lives on until it is ended.
    other = await person.http.get("/security/profile", headers={"authorization": f"Bearer {enrolled}"})
    assert other.status_code == 200


async def test_a_locked_account_lets_nobody_in(house: House, owner_sql: OwnerSql) -> None:
    person = await house.person()
    await owner_sql("update app.tenants set locked_at = now()")

    refused = await person.get("/security/profile")
    assert (refused.status_code, refused.json()["error"]) == (403, "locked")
    login = await person.http.post("/auth/login", json={"email": person.email, "password": PASSWORD})
    assert (login.status_code, login.json()["error"]) == (403, "locked")
    wrong = await person.http.post(
        "/auth/login", json={"email": person.email, "password": "another sentence"}
    )
    assert (wrong.status_code, wrong.json()["error"]) == (401, "wrong_login")


async def test_without_a_mail_server_nobody_registers(rt: Runtime, logins: Mapping[Login, Database]) -> None:
    async with open_house(rt, logins, smtp_url=None) as house:
        answer = await house.client().post(
            "/auth/register", json={"email": "olena@studio.example", "password": PASSWORD}
        )

    assert answer.status_code == 503


async def test_a_new_browser_is_told_of_and_a_known_one_is_not(house: House, owner_sql: OwnerSql) -> None:
    person = await house.person(cookies=True)
    alerts = "select count(*) from app.alerts where kind = 'new_device'"
    first = await owner_sql(alerts)
    await person.login(cookies=True)
    assert await owner_sql(alerts) == first == [(1,)]

    await owner_sql(
        "insert into app.telegram_links (telegram_id, tenant_id, chat_id) select 77, tenant_id, 77 from app.tenants"
    )
    person.http = house.client()
    await person.login(cookies=True)
    assert await owner_sql(alerts) == [(2,)]
    # The chat is asked for a factor before its next approval.
    assert await owner_sql("select session_name from app.new_devices") == [("telegram:77",)]


async def test_too_many_logins_end_the_oldest(house: House) -> None:
    person = await house.person()
    oldest = person.access
    for _ in range(5):
        await person.login()

    assert (await person.get("/security/profile")).status_code == 200
    gone = await person.http.get("/security/profile", headers={"authorization": f"Bearer {oldest}"})
    assert gone.status_code == 401
