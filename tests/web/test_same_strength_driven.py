"""The same act by every way over HTTP: without its own fresh proof none of them does it, and with it each does it once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from core.db import Database
from core.runtime import Runtime
from core.security.assurance import ACCOUNT, LEVELS, Act, Level, chat_session, subject_hash, web_session
from core.security.factors.models import FactorKind
from core.security.page_links import Purpose, new_page_link
from core.security.stepup import service as stepup
from core.settings import Login
from tests.web.driving import HTML, OwnerSql
from tests.web.entering import House, Person, open_house
from tests.web.walking import checksums

CHAT = 7_000_001


@pytest.fixture
async def house(rt: Runtime, logins: Mapping[Login, Database]) -> AsyncIterator[House]:
    async with open_house(rt, logins) as house:
        yield house


@pytest.fixture
async def olena(house: House) -> Person:
    """With an app and a passkey, and a login that has proven the app lately: enough to approve, and for nothing more."""
    person = await house.person()
    await person.enrol_totp()
    await person.prove(act="add_factor", subject="passkey")
    await person.enrol_passkey()
    await person.prove()
    return person


@dataclass(frozen=True, slots=True)
class Way:
    """How the API does an act: a request, and what its grant is for. `page` is the same act's step on the page."""

    path: str
    body: Callable[[Mapping[str, str]], dict[str, Any]]
    subject: Callable[[Mapping[str, str]], str]
    page: str = ""
    fields: Callable[[Mapping[str, str]], dict[str, str]] = lambda _: {}


WAYS: dict[str, tuple[Act, Way]] = {
    "another app": (
        Act.ADD_FACTOR,
        Way("/security/mfa/enable", lambda _: {"kind": "totp"}, lambda _: "totp", "totp"),
    ),
    "another passkey": (
        Act.ADD_FACTOR,
        Way("/security/mfa/enable", lambda _: {"kind": "passkey"}, lambda _: "passkey", "passkey"),
    ),
    "new codes on paper": (
        Act.ADD_FACTOR,
        Way("/security/mfa/enable", lambda _: {"kind": "backup_codes"}, lambda _: "backup_code", "paper"),
    ),
    "a chat as another way in": (
        Act.ADD_FACTOR,
        Way("/auth/join", lambda _: {}, lambda _: "telegram"),
    ),
    "removing a factor": (
        Act.REMOVE_FACTOR,
        Way(
            "/security/mfa/disable",
            lambda known: {"factor_id": known["passkey"]},
            lambda known: known["passkey"],
            "remove",
            lambda known: {"factor": known["passkey"]},
        ),
    ),
    "a new password": (
        Act.CHANGE_CONTACT,
        Way(
            "/security/password",
            lambda known: {"current": known["password"], "new": "eleven quiet otters under the pier"},
            lambda _: "password",
            "contact",
            lambda _: {"kind": "email", "address": "thief@studio.example"},
        ),
    ),
    "connecting Upwork": (
        Act.CONNECT_UPWORK,
        Way("/auth/upwork/connect", lambda _: {}, lambda _: ACCOUNT),
    ),
    "ending every login": (
        Act.END_SESSIONS,
        Way("/auth/logout", lambda _: {"everywhere": True}, lambda _: ACCOUNT, "sessions"),
    ),
}


async def known_of(person: Person, owner_sql: OwnerSql) -> dict[str, str]:
    [(passkey,)] = await owner_sql("select id from app.factors where kind = 'passkey'")
    return {"passkey": str(passkey), "password": person.password}


async def give(person: Person, act: Act, subject: str, *, by: str) -> None:
    """A grant, as a passed step-up leaves one behind."""
    rt = person.house.rt
    async with rt.db.begin(person.tenant_id) as session:
        stepup.grant(session, act, hashed=subject_hash(act, subject), by=by, clock=rt.clock)


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and answer.json()["error"] == "step_up_needed"


@pytest.mark.asvs("V6.3.4", "V7.5.1")
@pytest.mark.parametrize("name", WAYS)
async def test_the_api_does_it_only_with_a_fresh_proof_of_its_own(
    olena: Person, owner_sql: OwnerSql, name: str
) -> None:
    act, way = WAYS[name]
    assert LEVELS[act] is Level.S2
    known = await known_of(olena, owner_sql)
    body, subject = way.body(known), way.subject(known)
    mine = web_session(UUID(olena.claims["sid"]))

    async def tries() -> httpx.Response:
        return await olena.post(way.path, body)

    before = await checksums(owner_sql)
    assert refused(await tries()), "an old proof is not enough"
    assert await checksums(owner_sql) == before
    # Grants that are good for something else: another session of the same person, another act, another subject.
    other = next(one for one in Act if LEVELS[one] is Level.S2 and one is not act)
    await give(olena, act, subject, by=chat_session(CHAT))
    await give(olena, act, subject, by=web_session(uuid4()))
    await give(olena, other, subject, by=mine)
    await give(olena, act, f"not {subject}"[:60], by=mine)
    before = await checksums(owner_sql)
    assert refused(await tries())
    assert await checksums(owner_sql) == before

    await olena.prove(act=act.value, subject=subject)
    assert (await tries()).status_code in (200, 201, 204)
    again = await tries()
    assert again.status_code in (401, 403, 404), "each proof is good for one act"


@pytest.mark.asvs("V6.3.4", "V7.5.1")
@pytest.mark.parametrize("name", [name for name, (_, way) in WAYS.items() if way.page])
async def test_the_page_asks_for_the_same(olena: Person, owner_sql: OwnerSql, name: str) -> None:
    act, way = WAYS[name]
    rt, known = olena.house.rt, await known_of(olena, owner_sql)
    # The chat that opened the page has proven itself today, and so has the API's session for this very act: neither helps.
    async with rt.db.begin(olena.tenant_id) as session:
        await stepup.prove(session, by=chat_session(CHAT), kind=FactorKind.TOTP, clock=rt.clock)
        token = await new_page_link(session, Purpose.PROTECT, clock=rt.clock, by=chat_session(CHAT))
    await give(olena, act, way.subject(known), by=web_session(UUID(olena.claims["sid"])))
    browser = olena.house.client()
    page = await browser.get(f"/protect/{token}", headers=HTML)
    assert page.status_code == 200, page.text
    proof = page.text.split('name="proof" value="')[1].split('"')[0]
    before = await checksums(owner_sql)

    async def posts(**more: str) -> httpx.Response:
        return await browser.post(
            f"/protect/{token}/{way.page}",
            data={"proof": proof, **way.fields(known), **more},
            headers={**HTML, "origin": "null"},
        )

    asked = await posts()
    assert asked.status_code == 200
    assert 'name="code"' in asked.text, "it asks for a factor instead of doing it"
    wrong = await posts(code="000000")
    assert wrong.status_code in (303, 422)
    after = await checksums(owner_sql)
    assert {table for table in before if before[table] != after[table]} <= {
        "login_failures",
        "page_links",
        "passkey_challenges",
    }
    await browser.aclose()


def test_every_act_of_the_table_that_the_api_has_is_walked() -> None:
    assert {act for act, _ in WAYS.values()} == {
        Act.ADD_FACTOR,
        Act.REMOVE_FACTOR,
        Act.CHANGE_CONTACT,
        Act.CONNECT_UPWORK,
        Act.END_SESSIONS,
    }
