"""Logging in with a passkey and no password, and proving it later on; whatever does not fit is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace
from uuid import uuid4

import pytest

from core.access import floors, passkey_login
from core.db import Database
from core.runtime import Runtime
from core.settings import Login
from tests.web.entering import House, Person, open_house


@pytest.fixture
async def house(rt: Runtime, logins: Mapping[Login, Database]) -> AsyncIterator[House]:
    async with open_house(rt, logins) as house:
        yield house


async def test_a_passkey_logs_in_by_itself(house: House) -> None:
    person = await house.person()
    await person.enrol_passkey()
    again = Person(house, house.client(), person.email, device=person.device)
    passkey = await again.sign("/auth/passkey", email=person.email)
    answer = again.take(
        await again.http.post("/auth/login", json={"email": person.email, "passkey": passkey})
    )

    assert answer.json()["next"] == "done"
    profile = (await again.get("/security/profile")).json()
    assert {one["factor"] for one in profile["sessions"] if one["current"]} == {"passkey"}
    # The challenge was used up: what was sent once opens nothing again.
    twice = await again.http.post("/auth/login", json={"email": person.email, "passkey": passkey})
    assert (twice.status_code, twice.json()["error"]) == (401, "wrong_login")


async def test_somebody_elses_passkey_or_challenge_opens_nothing(house: House) -> None:
    olena, borys = await house.person("olena"), await house.person("borys")
    for person in (olena, borys):
        await person.enrol_passkey()
    thief = Person(house, house.client(), "", device=borys.device)
    foreign = await thief.sign("/auth/passkey", email=olena.email)
    stolen = await thief.sign("/auth/passkey", email=borys.email)
    made_up = {"challenge_id": str(uuid4()), "answer": foreign["answer"]}
    for passkey in (foreign, stolen, made_up, {"challenge_id": str(uuid4()), "answer": "{}"}):
        answer = await thief.http.post("/auth/login", json={"email": olena.email, "passkey": passkey})
        assert (answer.status_code, answer.json()["error"]) == (401, "wrong_login")


@pytest.mark.asvs("V6.3.8")
async def test_a_passkey_of_a_known_address_is_offered_and_refused_like_one_of_nobodys(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only known addresses cost a challenge and a look at the keys; each answer waits until that no longer shows."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    counted = SimpleNamespace(sleep=wait, get_running_loop=asyncio.get_running_loop)
    known, stranger = await house.person(), house.client()
    await known.enrol_passkey()
    monkeypatch.setattr(floors, "asyncio", counted)
    for name in ("OFFER_SECONDS", "REFUSED_SECONDS"):
        monkeypatch.setattr(passkey_login, name, 3600)
    told = []
    for email in (known.email, "nobody@studio.example"):
        offered = await stranger.post("/auth/passkey", json={"email": email})
        passkey = {"challenge_id": offered.json()["challenge_id"], "answer": "{}"}
        refused = await stranger.post("/auth/login", json={"email": email, "passkey": passkey})
        options = {**offered.json()["options"], "challenge": ""}
        told.append((offered.status_code, options, refused.status_code, refused.json()["error"]))

    assert told[0] == told[1]
    assert [round(seconds / 3600) for seconds in waits] == [1, 1, 1, 1]


async def test_a_passkey_is_a_second_step_bound_to_its_session(house: House) -> None:
    person = await house.person()
    await person.enrol_passkey()
    await person.login()
    earlier = await person.sign()
    await person.login()
    refused = await person.post("/security/verify", {"passkey": earlier})
    assert (refused.status_code, refused.json()["error"]) == (422, "wrong_code")

    person.take(await person.post("/security/verify", {"passkey": await person.sign()}))
    assert (await person.get("/security/profile")).status_code == 200


async def test_without_the_persons_finger_a_passkey_proves_nothing(house: House) -> None:
    person = await house.person()
    await person.enrol_passkey()
    await person.login()
    assert person.device is not None
    person.device.verifies = False

    assert (await person.post("/security/verify", {"passkey": await person.sign()})).status_code == 422


async def test_the_options_name_no_credential(house: House) -> None:
    person = await house.person()
    await person.enrol_passkey()
    known = (await house.client().post("/auth/passkey", json={"email": person.email})).json()
    unknown = (await house.client().post("/auth/passkey", json={"email": "nobody@studio.example"})).json()

    assert known["options"]["allowCredentials"] == unknown["options"]["allowCredentials"] == []
    assert set(known["options"]) == set(unknown["options"])
    assert len(json.dumps(known)) == len(json.dumps(unknown))


async def test_where_passkeys_cannot_work_it_is_said(rt: Runtime, logins: Mapping[Login, Database]) -> None:
    async with open_house(rt, logins, public_url="http://127.0.0.1:8000") as house:
        answer = await house.client().post("/auth/passkey", json={"email": "olena@studio.example"})

    assert (answer.status_code, answer.json()["error"]) == (409, "no_passkeys_here")
