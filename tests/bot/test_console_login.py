"""From the chat to a web login, and from a web login to a chat; nobody is drawn into an account that is not theirs."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest

from core.accounts.service import find_account
from core.security.assurance import Act
from core.security.factors import service as factors
from core.security.lock import unlock
from core.settings import Login
from tests.bot.person import Person
from tests.bot.stage import Stage
from tests.web import entering
from tests.web.entering import PASSWORD, House, open_house


@pytest.fixture
async def house(stage: Stage) -> AsyncIterator[House]:
    async with open_house(stage.rt, stage.logins) as house:
        yield house


async def link_from_chat(person: Person) -> str:
    message = await person.sees("On this page you choose")
    (button,) = [button for row in message["keyboard"] for button in row]
    return str(button["url"])


async def posts(http: httpx.AsyncClient, page: httpx.Response, **fields: str) -> httpx.Response:
    """Send the page's form with these fields, as a browser would."""
    proof = re.search(r'name="proof" value="([^"]*)"', page.text)
    assert proof is not None, page.text
    return await http.post(
        page.url,
        data={"proof": html.unescape(proof[1]), **fields},
        headers={"accept": "text/html", "origin": "null"},
    )


async def test_the_chats_link_sets_up_a_login_for_the_same_account(stage: Stage, house: House) -> None:
    person = await stage.person()
    await person.says("/start")
    await person.says("/console")
    http = house.client()
    path = (await link_from_chat(person)).replace(stage.rt.settings.public_url, "")
    page = await http.get(path, headers={"accept": "text/html"})
    assert page.status_code == 200

    weak = await posts(http, page, email="olena@studio.example", password="short")
    assert weak.status_code == 422
    told = await posts(http, weak, email="olena@studio.example", password=PASSWORD)
    assert (told.status_code, "mailbox" in told.text) == (200, True)
    assert (await http.get(path, headers={"accept": "text/html"})).status_code == 404

    confirm = await http.get(
        f"/confirm/{house.link_in_mail('olena@studio.example')}", headers={"accept": "text/html"}
    )
    wrong = await posts(http, confirm, password="not what was chosen")
    assert wrong.status_code == 401
    done = await posts(http, wrong, password=PASSWORD)
    assert done.status_code == 200

    web = entering.Person(house, http, "olena@studio.example")
    await web.login()
    assert web.tenant_id == (await person.account()).tenant_id
    assert (await web.get("/security/profile")).json()["telegram"] is True


async def test_a_forgotten_password_is_set_anew_from_the_chat_and_ends_what_it_opened(
    stage: Stage, house: House
) -> None:
    person, http = await stage.person(), house.client()
    await person.says("/start")
    web, tokens = entering.Person(house, http, "olena@studio.example"), []
    for password in (PASSWORD, "seven loud geese by the mill"):
        await person.says("/console")
        path = (await link_from_chat(person)).replace(stage.rt.settings.public_url, "")
        page = await http.get(path, headers={"accept": "text/html"})
        await posts(http, page, email=web.email, password=password)
        confirm = await http.get(f"/confirm/{house.link_in_mail(web.email)}", headers={"accept": "text/html"})
        assert (await posts(http, confirm, password=password)).status_code == 200
        web.password = password
        await web.login()
        tokens.append(web.access)

    old = await http.get("/security/profile", headers={"authorization": f"Bearer {tokens[0]}"})
    assert old.status_code == 401
    web.password = PASSWORD
    refused = await http.post("/auth/login", json={"email": web.email, "password": PASSWORD})
    assert refused.status_code == 401
    assert (await web.get("/security/profile")).status_code == 200


async def test_an_account_with_a_factor_wants_it_shown_first(stage: Stage) -> None:
    person = await stage.person()
    await person.says("/start")
    await person.protects()
    await person.says("/console")
    assert not [message for message in await person.messages() if "On this page you choose" in str(message)]

    await person.proves({Act.ADD_FACTOR: "login"})
    await person.says("/console")
    assert await link_from_chat(person)


async def asks_for_login(person: Person, house: House, http: httpx.AsyncClient, email: str) -> httpx.Response:
    """Up to the mail: the page that its link opens."""
    await person.says("/console")
    page = await http.get(urlsplit(await link_from_chat(person)).path, headers={"accept": "text/html"})
    assert (await posts(http, page, email=email, password=PASSWORD)).status_code == 200
    return await http.get(f"/confirm/{house.link_in_mail(email)}", headers={"accept": "text/html"})


async def test_locking_ends_a_login_that_was_asked_for_and_not_confirmed(stage: Stage, house: House) -> None:
    """Whoever held the chat for a minute would have a way in of their own once its owner opens the account again."""
    person, http = await stage.person(), house.client()
    await person.says("/start")
    confirm = await asks_for_login(person, house, http, "thief@studio.example")
    await person.says("/lock")
    assert (await posts(http, confirm, password=PASSWORD)).status_code == 404
    async with stage.as_role(Login.BOT).db.begin((await person.account()).tenant_id) as session:
        assert await unlock(session, clock=stage.rt.clock)
    assert (await posts(http, confirm, password=PASSWORD)).status_code == 404

    again = await asks_for_login(person, house, http, "olena@studio.example")
    assert (await posts(http, again, password=PASSWORD)).status_code == 200


async def test_the_first_factor_ends_ways_in_that_nobody_had_to_prove(stage: Stage, house: House) -> None:
    person, http = await stage.person(), house.client()
    await person.says("/start")
    confirm = await asks_for_login(person, house, http, "thief@studio.example")
    await person.says("/console")
    path = urlsplit(await link_from_chat(person)).path
    rt, account = stage.as_role(Login.WEB), await person.account()
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        offer = await factors.begin_totp(session, keys, clock=rt.clock)
    async with rt.db.begin(account.tenant_id) as session:
        code = pyotp.TOTP(offer.secret).at(rt.clock.now())
        assert await factors.confirm_totp(session, await rt.keys(session), code=code, clock=rt.clock)

    assert (await posts(http, confirm, password=PASSWORD)).status_code == 404
    assert (await http.get(path, headers={"accept": "text/html"})).status_code == 404


async def test_a_newcomer_joins_the_web_account_they_agreed_to(stage: Stage, house: House) -> None:
    web = await house.person()
    start = (await web.post("/auth/join")).json()["start"]
    person = await stage.person()
    await person.says(f"/start {start}")
    assert "o…a@studio.example" in str(await person.sees("attaches the chat"))
    assert await find_account(stage.rt.db, telegram_id=person.user_id) is None

    await person.presses("button.join")
    assert (await person.account()).tenant_id == web.tenant_id
    assert (await web.get("/security/profile")).json()["telegram"] is True
    await person.says("/start")
    await person.presses("language.name")


async def test_a_join_link_works_once_and_for_nobody_with_an_account(stage: Stage, house: House) -> None:
    web = await house.person()
    start = (await web.post("/auth/join")).json()["start"]
    settled, first, second = [await stage.person(name) for name in ("Borys", "Olena", "Daria")]
    await settled.says("/start")
    own = (await settled.account()).tenant_id
    await settled.says(f"/start {start}")
    await settled.sees("already")
    assert (await settled.account()).tenant_id == own

    for person in (first, second):
        await person.says(f"/start {start}")
    await first.presses("button.join")
    await second.presses("button.join")
    await second.sees("used up")
    assert (await first.account()).tenant_id == web.tenant_id
    assert await find_account(stage.rt.db, telegram_id=second.user_id) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "'; drop table app.tenants", "A" * 60])
async def test_a_made_up_join_link_opens_nothing(stage: Stage, token: str) -> None:
    person = await stage.person()
    await person.says(f"/start join-{token}")
    await person.sees("used up")

    assert await find_account(stage.rt.db, telegram_id=person.user_id) is None
