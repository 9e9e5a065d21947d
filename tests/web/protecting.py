"""Somebody at the protection page: opens links from the chat, fills in its forms, has an app, a passkey and a mailbox."""

from __future__ import annotations

import asyncio
import html
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pyotp
import uvicorn
from pydantic import SecretStr

from core.runtime import Runtime
from core.security.assurance import ACCOUNT, Act, StepUpNeeded, chat_session
from core.security.page_links import Purpose, new_page_link
from core.security.stepup import service as stepup
from sandbox.mail import Mailbox, smtp_server
from sandbox.sms import create_sms_app
from tests.core.passkey_device import Device
from tests.web.driving import HTML, Browser, change

_TELLS_APART = ("factor", "kind")
ORIGIN = "http://localhost:8000"
SMS_ACCOUNT = "AC" + "0" * 32


@dataclass
class Post:
    """The outside's mail and SMS services."""

    mailbox: Mailbox
    smtp_url: str
    sms_url: str

    def mail(self, to: str) -> list[str]:
        return [mail.text for mail in self.mailbox.newest_first(to)]

    async def texts(self, to: str) -> list[str]:
        async with httpx.AsyncClient() as http:
            found = (await http.get(f"{self.sms_url}/messages", params={"to": to})).json()
        return [message["body"] for message in found["messages"]]


@asynccontextmanager
async def open_post() -> AsyncIterator[Post]:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        smtp_port = free.getsockname()[1]
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_sms_app(), log_config=None, lifespan="off"))
    async with smtp_server(mailbox, "127.0.0.1", smtp_port):
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield Post(mailbox, f"smtp://127.0.0.1:{smtp_port}", f"http://127.0.0.1:{listener.getsockname()[1]}")
        server.should_exit = True
        await serving


def reachable(rt: Runtime, post: Post) -> Runtime:
    """The same runtime reached by a name, with mail and SMS."""
    return change(
        rt,
        public_url=ORIGIN,
        smtp_url=SecretStr(post.smtp_url),
        sms_api_base=post.sms_url,
        sms_account=SMS_ACCOUNT,
        sms_token=SecretStr("token-of-nobody"),
        sms_from="+15005550006",
    )


@dataclass
class Person:
    """One account, one chat, one browser."""

    rt: Runtime
    browser: Browser
    tenant_id: UUID
    telegram_id: int
    seed: str = ""
    paper: list[str] = field(default_factory=list)
    link: str = ""

    @property
    def by(self) -> str:
        return chat_session(self.telegram_id)

    async def new_link(self) -> str:
        """What the bot does for "protection"."""
        async with self.rt.db.begin(self.tenant_id) as session:
            token = await new_page_link(session, Purpose.PROTECT, clock=self.rt.clock, by=self.by)
        self.link = f"/protect/{token}"
        return self.link

    async def look(self) -> httpx.Response:
        return await self.browser.open(self.link)

    async def send(self, page: httpx.Response, step: str, **fields: Any) -> httpx.Response:
        """Post the page's form for a step with what it carries, and these fields."""
        action = f"{self.link}/{step}"
        forms = [form for form in _forms(page) if form["action"] == action]
        if "credential" in fields:
            forms = [form for form in forms if "credential" in form["fields"]]
        elif "code" in fields:
            forms = [form for form in forms if "credential" not in form["fields"]]
        matching = next(
            (
                form
                for form in forms
                if all(form["fields"].get(n) == str(v) for n, v in fields.items() if n in _TELLS_APART)
            ),
            None,
        )
        assert matching is not None, (step, page.text)
        data = {**matching["fields"], **{name: str(value) for name, value in fields.items()}}
        return await self.post(action, data)

    async def post(self, action: str, data: dict[str, str]) -> httpx.Response:
        answer = await self.browser.http.post(action, data=data, headers={**HTML, "origin": "null"})
        if answer.status_code == 303:
            return await self.browser.open(answer.headers["location"])
        return answer

    def code(self) -> str:
        """What the app shows, moved on to a step that was not used yet."""
        self.rt.clock.advance(30)  # type: ignore[attr-defined]
        return pyotp.TOTP(self.seed).at(self.rt.clock.now())

    async def enrol(self) -> httpx.Response:
        """Set up an app from a fresh link; ends on the page with the codes on paper."""
        await self.new_link()
        scan = await self.send(await self.look(), "totp")
        self.seed = seed_on(scan)
        shown = await self.send(scan, "totp-confirm", code=pyotp.TOTP(self.seed).at(self.rt.clock.now()))
        self.paper = codes_on(shown)
        return shown

    async def change(self, step: str, **fields: Any) -> httpx.Response:
        """A change with the app's code, from a fresh link to its end."""
        await self.new_link()
        ask = await self.send(await self.look(), step, **fields)
        return await self.send(ask, step, code=self.code())

    async def has_proof(self) -> bool:
        async with self.rt.db.begin(self.tenant_id) as session:
            return await stepup.has_proof(session, by=self.by, clock=self.rt.clock)

    async def may(self, act: Act, subject: str = ACCOUNT) -> bool:
        """Whether one act may happen now; uses the grant up."""
        async with self.rt.db.begin(self.tenant_id) as session:
            try:
                await stepup.require(session, act, subject=subject, by=self.by, clock=self.rt.clock)
            except StepUpNeeded:
                return False
        return True


def passkey_options(page: httpx.Response) -> tuple[str, str]:
    """(options JSON, challenge id) of the page's passkey form."""
    for form in _forms(page):
        if "options" in form:
            return form["options"], form["fields"]["challenge"]
    raise AssertionError(page.text)


async def answer_passkey(person: Person, page: httpx.Response, step: str, device: Device) -> httpx.Response:
    options, _ = passkey_options(page)
    kind = device.create if step == "passkey-confirm" else device.get
    return await person.send(page, step, credential=kind(options))


def seed_on(page: httpx.Response) -> str:
    found = re.search(r'id="secret">([^<]+)<', page.text)
    assert found is not None, page.text
    return found[1].replace(" ", "")


def codes_on(page: httpx.Response) -> list[str]:
    assert page.status_code == 200, page.text
    return re.findall(r"<li>([A-Z2-7]{2}-[A-Z2-7]{5}-[A-Z2-7]{5})</li>", page.text)


def digits_in(text: str) -> str:
    found = re.search(r"\b(\d{6})\b", text)
    assert found is not None, text
    return found[1]


def _forms(page: httpx.Response) -> list[dict[str, Any]]:
    forms = []
    for attributes, body in re.findall(r"<form([^>]*)>(.*?)</form>", page.text, re.DOTALL):
        form: dict[str, Any] = {"fields": {}}
        form["action"] = _attribute(attributes, "action")
        if "data-options" in attributes:
            form["options"] = _attribute(attributes, "data-options")
        for tag in re.findall(r"<input([^>]*)>", body):
            name = _attribute(tag, "name")
            form["fields"][name] = _attribute(tag, "value")
        forms.append(form)
    return forms


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'(?:^|\s){name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""
