"""Access tokens and refresh tokens: forged, foreign, old, reused, raced; and what logging out leaves."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from core.access.refresh import GRACE
from core.access.system_secrets import Purpose
from core.access.tokens import LIFE, TokenKind
from core.db import Database
from core.runtime import Runtime
from core.settings import Login
from tests.web.driving import OwnerSql
from tests.web.entering import House, Person, open_house
from web.permissions import ROUTES, Needs


@pytest.fixture
async def house(rt: Runtime, logins: Mapping[Login, Database]) -> AsyncIterator[House]:
    async with open_house(rt, logins) as house:
        yield house


async def signing_key(house: House) -> ECKey:
    doors: Any = house.app.state.doors
    return ECKey.import_key(json.loads(await doors.system.get(Purpose.SIGNING)))


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}.{b64(signature)}"


async def status_with(person: Person, token: str) -> int:
    answer = await person.http.get("/security/profile", headers={"authorization": f"Bearer {token}"})
    return answer.status_code


@pytest.mark.asvs("V9.1.2")
async def test_only_tokens_exactly_as_we_write_them_are_believed(house: House) -> None:
    person = await house.person()
    key, claims = await signing_key(house), person.claims
    good = {"typ": "at+jwt", "alg": "ES256", "kid": key.thumbprint()}
    public = json.dumps(key.as_dict(private=False)).encode()
    pem = key.as_pem(private=False)
    other = ECKey.generate_key("P-256")

    def signed(header: dict[str, Any] | None = None, with_key: ECKey = key, **changed: Any) -> str:
        registry_header = {**good, **(header or {})}
        body = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        return jwt.encode(
            registry_header,
            body,
            with_key,
            registry=JWSRegistry(algorithms=["ES256"], strict_check_header=False),
        )

    def with_secret(secret: bytes) -> str:
        text = unsigned({**good, "alg": "HS256"}, claims).rpartition(".")[0]
        return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"

    now = int(house.clock.now().timestamp())
    assert await status_with(person, signed()) == 200
    refused = {
        "none": unsigned({"alg": "none", "typ": "at+jwt"}, claims),
        "None": unsigned({**good, "alg": "None"}, claims),
        "hs256 with the public key": with_secret(pem),
        "hs256 with the public jwk": with_secret(public),
        "somebody else's key": signed(with_key=other),
        "wrong kid": signed({"kid": other.thumbprint()}),
        "no kid": signed({"kid": "0"}),
        "jku": signed({"jku": "https://evil.example/keys"}),
        "jwk": signed({"jwk": other.as_dict(private=False)}, with_key=other),
        "x5u": signed({"x5u": "https://evil.example/x"}),
        "crit": signed({"crit": ["alg"]}),
        "expired": signed(iat=now - 700, nbf=now - 700, exp=now - 100),
        "ends this second": signed(exp=now),
        "not yet": signed(nbf=now + 60, exp=now + 600),
        "too long": signed(exp=now + 3600),
        "without an end": signed(exp=None),
        "without a beginning": signed(nbf=None),
        "end as text": signed(exp=str(now + 600)),
        "end is true": signed(exp=True),
        "wrong audience": signed(aud="console"),
        "many audiences": signed(aud=["api", "console"]),
        "wrong issuer": signed(iss="https://evil.example"),
        "wrong typ": signed({"typ": "JWT"}),
        "console's typ": signed({"typ": "console+jwt"}, aud="console"),
        "no session": signed(sid=None),
        "another's account": signed(sub="00000000-0000-4000-8000-000000000000"),
        "no account": signed(sub="me"),
        "half": person.access[: len(person.access) // 2],
        "empty signature": person.access.rpartition(".")[0] + ".",
        "long": person.access + "A" * 5000,
        "no token": "x",
    }
    statuses = {name: await status_with(person, token) for name, token in refused.items()}

    assert statuses == dict.fromkeys(refused, 401)


async def test_a_token_lives_ten_minutes(house: House) -> None:
    person = await house.person()
    assert LIFE[TokenKind.ACCESS].total_seconds() == 600
    house.clock.advance(599)
    assert await status_with(person, person.access) == 200
    house.clock.advance(2)
    assert await status_with(person, person.access) == 401


async def test_every_replica_believes_the_others_tokens_and_a_new_key(
    house: House, rt: Runtime, logins: Mapping[Login, Database], owner_sql: OwnerSql
) -> None:
    person = await house.person()
    async with open_house(rt, logins) as replica:
        there = Person(replica, replica.client(), person.email, access=person.access)
        assert (await there.get("/security/profile")).status_code == 200
        # Somebody threw the signing key away: the first to need one makes it, the others find it.
        await owner_sql("delete from app.system_secrets where purpose = 'access-signing'")
        fresh = Person(replica, replica.client(), person.email)
        replica.app.state.doors.tokens._key = None
        replica.app.state.doors.system._known.clear()
        await fresh.login()
        house.clock.advance(60)
        assert (
            await Person(house, house.client(), "", access=fresh.access).get("/security/profile")
        ).status_code == 200
        assert (await person.get("/security/profile")).status_code == 401


async def test_the_keys_are_stored_sealed(house: House, owner_sql: OwnerSql) -> None:
    person = await house.person()
    await person.refresh_with(person.refresh)
    key = await signing_key(house)
    private = base64.urlsafe_b64decode(str(key.as_dict(private=True)["d"]) + "==")

    rows = await owner_sql("select purpose, sealed from app.system_secrets")
    assert {purpose for purpose, _ in rows} >= {"email-index", "refresh-chain", "access-signing"}
    for _, sealed in rows:
        assert private not in bytes(sealed)
        assert b'"d"' not in bytes(sealed)


@pytest.mark.asvs("V10.4.5")
async def test_a_reused_refresh_token_ends_the_whole_login(house: House, owner_sql: OwnerSql) -> None:
    person = await house.person()
    first = person.refresh
    second = person.take(await person.refresh_with(first)).json()["refresh_token"]
    third = person.take(await person.refresh_with(second)).json()["refresh_token"]
    assert len({first, second, third}) == 3
    assert await status_with(person, person.access) == 200

    # The grandparent, within the ten seconds: the grace is for the direct predecessor alone.
    assert (await person.refresh_with(first)).status_code == 401
    assert (await person.refresh_with(third)).status_code == 401
    assert await status_with(person, person.access) == 401
    assert await owner_sql("select count(*) from app.alerts where kind = 'session_reused'") == [(1,)]


@pytest.mark.asvs("V10.4.5")
async def test_a_lost_answer_is_given_again_for_ten_seconds(house: House) -> None:
    person = await house.person()
    first = person.refresh
    one = (await person.refresh_with(first)).json()["refresh_token"]
    house.clock.advance(GRACE.total_seconds())
    two = (await person.refresh_with(first)).json()["refresh_token"]
    assert one == two

    house.clock.advance(1)
    assert (await person.refresh_with(first)).status_code == 401
    assert (await person.refresh_with(one)).status_code == 401


async def test_many_refreshes_at_once_agree_on_one_successor(house: House, owner_sql: OwnerSql) -> None:
    person = await house.person()
    answers = await asyncio.gather(*(person.refresh_with(person.refresh) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert await owner_sql("select count(*) from app.refresh_tokens") == [(2,)]


async def test_a_refresh_token_is_256_bits_and_stored_as_a_hash(house: House, owner_sql: OwnerSql) -> None:
    person = await house.person()
    assert len(base64.urlsafe_b64decode(person.refresh + "=")) == 32

    ((stored,),) = await owner_sql("select t::text from app.refresh_tokens t")
    assert person.refresh not in stored
    assert hashlib.sha256(person.refresh.encode()).hexdigest() in stored


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 2000, "\u0000", "'; drop table app.tenants; --"])
async def test_a_made_up_refresh_token_is_refused(house: House, token: str) -> None:
    answer = await house.client().post("/auth/refresh", json={"refresh_token": token})

    assert answer.status_code == 401


@pytest.mark.asvs("V7.4.1")
async def test_after_logout_nothing_of_it_works_anywhere(house: House) -> None:
    person = await house.person()
    assert (await person.post("/auth/logout")).status_code == 204

    assert (await person.refresh_with(person.refresh)).status_code == 401
    guarded = [(method, path) for (method, path), needs in ROUTES.items() if isinstance(needs, Needs)]
    for method, path in guarded:
        url = path.replace("{user_id}", str(person.tenant_id))
        answer = await person.http.request(
            method, url, headers={"authorization": f"Bearer {person.access}", "accept": "application/json"}
        )
        assert answer.status_code == 401, (method, path, answer.text)


@pytest.mark.asvs("V7.4.1")
async def test_after_logout_the_cookies_are_dead_too(house: House) -> None:
    person = await house.person(cookies=True)
    kept = dict(person.http.cookies)
    assert {"access", "refresh"} <= set(kept)
    out = await person.http.post("/auth/logout", headers={"x-csrf": person.csrf})
    assert out.status_code == 204
    assert not {"access", "refresh"} & set(person.http.cookies)

    thief = house.client()
    thief.cookies.update(kept)
    assert (await thief.get("/security/profile")).status_code == 401
    origin = {"origin": house.rt.settings.public_url}
    assert (await thief.post("/auth/refresh", headers=origin)).status_code == 401


@pytest.mark.asvs("V7.4.3")
async def test_a_changed_factor_or_password_can_end_the_other_sessions(house: House) -> None:
    person = await house.person()
    elsewhere = await Person(house, house.client(), person.email).login()
    token = elsewhere.json()["access_token"]
    await person.enrol_totp(end_other_sessions=True)
    assert await status_with(person, token) == 401
    assert await status_with(person, person.access) == 200

    again = Person(house, house.client(), person.email, seed=person.seed)
    await again.login()
    await again.prove()
    await person.prove(act="change_contact", subject="password")
    changed = {"current": person.password, "new": "eleven quiet otters under the pier"}
    assert (await person.post("/security/password", changed)).status_code == 200
    assert await status_with(again, again.access) == 401
    assert await status_with(person, person.access) == 200


async def test_logging_out_everywhere_ends_all_and_wants_a_proof(house: House) -> None:
    person = await house.person()
    await person.enrol_totp()
    other = Person(house, house.client(), person.email, seed=person.seed)
    await other.login()
    await other.prove()
    refused = await person.post("/auth/logout", {"everywhere": True})
    assert (refused.status_code, refused.json()["error"]) == (403, "step_up_needed")

    await person.prove(act="end_sessions")
    assert (await person.post("/auth/logout", {"everywhere": True})).status_code == 204
    for one in (person, other):
        assert await status_with(one, one.access) == 401
        assert (await one.refresh_with(one.refresh)).status_code == 401


@pytest.mark.asvs("V3.3.1", "V3.3.2")
async def test_cookies_on_https_are_host_cookies(rt: Runtime, logins: Mapping[Login, Database]) -> None:
    async with open_house(rt, logins, public_url="https://gigwright.example") as house:
        person = Person(house, house.client(), "olena@studio.example")
        await person.register()
        answer = await person.login(cookies=True)

    set_cookies = answer.headers.get_list("set-cookie")
    assert {cookie.partition("=")[0] for cookie in set_cookies} == {
        "__Host-access",
        "__Host-refresh",
        "__Host-device",
    }
    for cookie in set_cookies:
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= {
            part.strip().lower() for part in cookie.split(";")[1:]
        }
        assert "domain" not in cookie.lower()
    assert answer.json()["access_token"] is answer.json()["refresh_token"] is None


async def test_with_cookies_a_change_needs_the_pages_proof(house: House) -> None:
    person = await house.person(cookies=True)
    assert (await person.http.get("/security/profile")).status_code == 200
    forged = await person.http.post("/auth/logout")
    wrong = await person.http.post("/auth/logout", headers={"x-csrf": "0" * 64})
    foreign = await person.http.post(
        "/auth/logout", headers={"x-csrf": person.csrf, "origin": "https://evil.example"}
    )
    refresh = await person.http.post("/auth/refresh")
    assert [one.status_code for one in (forged, wrong, foreign, refresh)] == [403] * 4

    origin = {"origin": house.rt.settings.public_url}
    assert (await person.http.post("/auth/refresh", headers=origin)).status_code == 200
    assert (await person.http.post("/auth/logout", headers=origin)).status_code == 204
