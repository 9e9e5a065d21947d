"""People who register, log in and prove themselves over HTTP, against the real app under the web process's own database role."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

import httpx
import pyotp
from fastapi import FastAPI
from joserfc.jws import extract_compact
from pydantic import SecretStr

from core.access.permissions import Role
from core.access.roles import OPERATOR, grant_role, revoke_role
from core.db import Database
from core.runtime import Runtime
from core.settings import Login
from sandbox.mail import Mailbox, smtp_server
from sandbox.processes import free_port
from tests.core.passkey_device import Device
from tests.web.driving import MovableClock
from web.app import create_app

PASSWORD = "nine calm herons over the weir"
SITE = "http://localhost:8000"


@dataclass
class House:
    """The web process, the mail it sends, and the operator's hand on the roles."""

    rt: Runtime
    app: FastAPI
    mailbox: Mailbox
    people: int = 0

    @property
    def clock(self) -> MovableClock:
        return cast(MovableClock, self.rt.clock)

    def client(self) -> httpx.AsyncClient:
        # Each person comes from an address of their own: what one mistypes locks nobody else out.
        self.people += 1
        transport = httpx.ASGITransport(
            self.app, client=(f"10.9.{self.people // 250}.{self.people % 250 + 1}", 4000)
        )
        return httpx.AsyncClient(transport=transport, base_url=self.rt.settings.public_url)

    def link_in_mail(self, to: str) -> str:
        newest = self.mailbox.newest_first(to)[0]
        found = re.search(r"/confirm/(\S+)", newest.text)
        assert found is not None, newest.text
        return found[1]

    async def give(self, person: Person, role: Role) -> None:
        async with self.rt.db.begin(person.tenant_id) as session:
            assert await grant_role(session, role=role, by=OPERATOR)

    async def take(self, person: Person, role: Role) -> None:
        async with self.rt.db.begin(person.tenant_id) as session:
            assert await revoke_role(session, role=role, by=OPERATOR, clock=self.rt.clock)

    async def person(self, name: str = "olena", **wishes: Any) -> Person:
        """Somebody who has registered, confirmed and logged in."""
        person = Person(self, self.client(), f"{name}@studio.example")
        await person.register()
        await person.login(**wishes)
        return person


@dataclass
class Person:
    """One human with a mailbox, an HTTP client and, later, an authenticator app."""

    house: House
    http: httpx.AsyncClient
    email: str
    password: str = PASSWORD
    access: str = ""
    refresh: str = ""
    csrf: str = ""
    seed: str = ""
    codes: list[str] = field(default_factory=list)
    device: Device | None = None

    @property
    def tenant_id(self) -> UUID:
        return UUID(self.claims["sub"])

    @property
    def claims(self) -> dict[str, Any]:
        import json

        claims: dict[str, Any] = json.loads(extract_compact(self.access.encode()).payload)
        return claims

    async def register(self) -> None:
        asked = await self.http.post("/auth/register", json={"email": self.email, "password": self.password})
        assert asked.status_code == 202, asked.text
        token = self.house.link_in_mail(self.email)
        done = await self.http.post("/auth/confirm", json={"token": token, "password": self.password})
        assert done.status_code == 201, done.text

    async def login(self, **wishes: Any) -> httpx.Response:
        """The first step."""
        wish = {"email": self.email, "password": self.password, **wishes}
        return self.take(await self.http.post("/auth/login", json=wish))

    def take(self, answer: httpx.Response) -> httpx.Response:
        """Go on with the tokens of an answer."""
        assert answer.status_code == 200, answer.text
        told = answer.json()
        told = told.get("login") or told
        self.csrf = told["csrf"]
        self.access, self.refresh = told["access_token"] or "", told["refresh_token"] or ""
        return answer

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers={**self._bearer(), **headers})

    async def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        return await self.http.post(path, json=dict(body or {}), headers={**self._bearer(), **headers})

    async def refresh_with(self, token: str) -> httpx.Response:
        return await self.http.post("/auth/refresh", json={"refresh_token": token})

    async def enrol_totp(self, **wishes: Any) -> httpx.Response:
        """Set up an authenticator app; the session goes on under a new id."""
        begun = await self.post("/security/mfa/enable", {"kind": "totp"})
        assert begun.status_code == 200, begun.text
        self.seed = begun.json()["secret"]
        answer = await self.post("/security/mfa/enable", {"kind": "totp", "code": self.code(), **wishes})
        self.take(answer)
        self.codes = answer.json()["backup_codes"] or []
        return answer

    async def enrol_passkey(self) -> None:
        """Set up a passkey; the session goes on under a new id that has proven it."""
        self.device = Device(origin=self.house.rt.settings.public_url)
        begun = (await self.post("/security/mfa/enable", {"kind": "passkey"})).json()
        answer = self.device.create(json.dumps(begun["options"]))
        passkey = {"challenge_id": begun["challenge_id"], "answer": answer}
        self.take(await self.post("/security/mfa/enable", {"kind": "passkey", "passkey": passkey}))

    async def sign(self, path: str = "/security/verify/passkey", **wish: Any) -> dict[str, Any]:
        """What the passkey says to the options of `path`."""
        asked = (await self.post(path, wish)).json()
        assert self.device is not None
        answer = self.device.get(json.dumps(asked["options"]))
        return {"challenge_id": asked["challenge_id"], "answer": answer}

    def code(self) -> str:
        """What the app shows. The clock is moved on, because each code works once."""
        self.house.clock.advance(31)
        return pyotp.TOTP(self.seed).at(self.house.clock.now())

    async def prove(self, **act: str) -> httpx.Response:
        return self.take(await self.post("/security/verify", {"code": self.code(), **act}))

    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.access}"} if self.access else {}


@asynccontextmanager
async def open_house(rt: Runtime, logins: Mapping[Login, Database], **settings: Any) -> AsyncIterator[House]:
    """The app as it really runs: the web's role for the work, the console's role for the look across tenants."""
    mailbox, port = Mailbox(), free_port()
    changed = rt.settings.model_copy(
        update={"public_url": SITE, "smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"), **settings}
    )
    async with smtp_server(mailbox, "127.0.0.1", port):
        web = replace(rt, settings=changed, db=logins[Login.WEB], overview=logins[Login.ADMIN])
        yield House(web, create_app(web), mailbox)
