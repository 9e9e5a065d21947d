"""Somebody with Telegram in their hand and a browser beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp

from bot.texts import Words
from core.accounts.service import Account, find_account
from core.jobs import Job
from core.security.assurance import ACCOUNT, Act, chat_session
from core.security.factors import totp
from core.security.factors.models import FactorKind
from core.security.stepup import service as stepup
from core.settings import Login
from web.app import create_app

if TYPE_CHECKING:
    from tests.bot.stage import Stage

OLENA = "1500000000000000001"

PROFILE = """Senior Python developer, 8 years of experience with FastAPI, PostgreSQL and Docker.
Built a payments backend on Stripe for a marketplace: 40,000 orders a month, 99.95% uptime.
Automated invoice processing with Python and OpenAI for a logistics company, saving 30 hours a week.
Wrote a web scraping pipeline with Playwright that collects 2 million product prices a day.
English: fluent. Rate: $55/hr
"""

TEMPLATE = """Payments
Hi {client_name},

Your “{job_title}” is close to what I do: {best_fact}.

I have 19 years of Rust.

{my_name}"""
"""A template of the user's own with one statement that no fact supports."""
JOB = {
    "title": "FastAPI backend with Stripe payments",
    "description": (
        "We need a Python developer to build a FastAPI backend with PostgreSQL and Stripe payments for our marketplace. "
        "You will design the API, write tests and deploy with Docker. Please start your proposal with the word BLUE."
    ),
    "skills": ["Python", "FastAPI", "PostgreSQL", "Stripe"],
    "kind": "HOURLY",
    "hourly_min": 45,
    "hourly_max": 70,
    "questions": ["Have you used Stripe Connect before?"],
}


@dataclass
class Person:
    """What a person can do and see; every act ends when the bot has handled it."""

    stage: Stage
    user_id: int
    locale: str = "en"
    secret: str = ""

    @property
    def words(self) -> Words:
        return Words(self.locale)

    async def account(self) -> Account:
        found = await find_account(self.stage.rt.db, telegram_id=self.user_id)
        assert found is not None
        return found

    async def _post(self, path: str, expected: int = 200, **body: Any) -> Any:
        answer = await self.stage.http.post(f"/user/{self.user_id}/{path}", json=body)
        assert answer.status_code == expected, answer.text
        return answer.json()

    async def says(self, message: str, *, reply_to: int | None = None) -> Any:
        sent = await self._post("send", text=message, **({"reply_to": reply_to} if reply_to else {}))
        await self._settle()
        return sent

    async def taps(self, label: str, *, message_id: int | None = None) -> Any:
        """Press the newest button with this label; returns what the tap was answered with."""
        answer = await self._post(
            "press", label=label, wait=8, **({"message_id": message_id} if message_id else {})
        )
        await self._settle()
        return answer

    async def presses(self, key: str, *, message_id: int | None = None, **params: object) -> Any:
        """Press the newest button whose label is this text of the catalogue, in the person's language."""
        return await self.taps(self.words.plain(key, **params), message_id=message_id)

    async def forces(self, data: str, message_id: int) -> Any:
        """Press a button that may not exist: altered, from last year, or somebody else's."""
        answer = await self._post("press", data=data, message_id=message_id, force=True, wait=8)
        await self._settle()
        return answer

    async def uploads(
        self,
        kind: str,
        name: str,
        content: bytes,
        *,
        reply_to: int | None = None,
        caption: str = "",
        duration: int = 0,
    ) -> int:
        """Send a file; returns the message's id."""
        given = {"kind": kind, "reply_to": reply_to, "caption": caption, "duration": duration}
        answer = await self.stage.http.post(
            f"/user/{self.user_id}/upload",
            data={key: str(value) for key, value in given.items() if value},
            files={"file": (name, content)},
        )
        assert answer.status_code == 200, answer.text
        await self._settle()
        return int(answer.json()["message_id"])

    async def sends(self, message: str, *, reply_to: int | None = None) -> int:
        """Write without waiting for the bot; returns the message's id."""
        sent = await self._post("send", text=message, **({"reply_to": reply_to} if reply_to else {}))
        return int(sent["message_id"])

    async def blocks(self, *, really: bool = True) -> None:
        await self._post("block" if really else "unblock")
        await self._settle()

    async def _settle(self) -> None:
        # The update is with Telegram now; the bot's long poll fetches it at once.
        await asyncio.sleep(0.03)
        await self.stage.idle()

    async def messages(self) -> list[dict[str, Any]]:
        answer = await self.stage.http.get(f"/user/{self.user_id}/chat")
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    async def last(self, *, containing: str = "") -> dict[str, Any]:
        """The bot's newest message (with these words)."""
        for message in reversed(await self.messages()):
            if message["from"] == "bot" and containing.lower() in words_of(message).lower():
                return dict(message)
        raise AssertionError(f"no message of the bot's contains {containing!r}:\n{await self.transcript()}")

    async def sees(self, containing: str) -> dict[str, Any]:
        return await self.last(containing=containing)

    async def labels(self) -> list[str]:
        """Labels of all buttons in sight, oldest first."""
        return [
            button["label"]
            for message in await self.messages()
            for row in message.get("keyboard") or []
            for button in row
        ]

    async def transcript(self) -> str:
        return (await self.stage.http.get(f"/user/{self.user_id}/transcript")).text

    async def onboards(self, *, search: str = "python fastapi", link: bool = True) -> None:
        """From /start to a linked account."""
        await self.says("/start")
        await self.presses("language.name")
        await self.says(PROFILE)
        await self.stage.work(Job.EMBED_PROFILE)
        await self.presses("button.looks_right")
        await self.says(search)
        if link:
            await self.links()

    async def drafts(self, **posting: Any) -> dict[str, Any]:
        """From nothing to a written draft of a proposal; returns its message."""
        await self.onboards()
        await self.stage.offers(**{**JOB, **posting})
        await self.presses("button.draft")
        await self.stage.work(Job.COMPOSE_DRAFT)
        return await self.last(containing=self.words.plain("draft.byline", number=1, how=""))

    async def hears(self, message: str) -> dict[str, Any]:
        """A proposal is sent and the client answers it; returns the card of the answer."""
        await self.drafts()
        await self.presses("button.review")
        await self.presses("button.send")
        await self.stage.work(Job.EXECUTE_ACTION)
        proposal = (await self.stage.upwork_get("proposals"))[-1]
        await self.stage.upwork(f"proposals/{proposal['id']}/answer", message=message)
        await self.stage.work(Job.SYNC_ROOMS, hurry=True)
        await self.stage.work(Job.DELIVER_STORY)
        return await self.last(containing=message.splitlines()[0][:40])

    async def protects(self, acts: Mapping[Act, str] | None = None) -> None:
        """Set up an authenticator app, as the page for it does: the chat has a proof, and a grant for `acts`."""
        rt, account = self.stage.as_role(Login.WEB), await self.account()
        by = chat_session(self.user_id)
        async with rt.db.begin(account.tenant_id) as session:
            keys = await rt.keys(session)
            offer = await totp.offer(session, keys, account="Olena", via=None, clock=rt.clock)
            self.secret = offer.secret
            assert await totp.confirm(session, keys, code=self.code(), via=None, clock=rt.clock)
            await stepup.prove(session, by=by, kind=FactorKind.TOTP, clock=rt.clock, acts=acts)

    def code(self) -> str:
        """What the authenticator app shows now."""
        return pyotp.TOTP(self.secret).at(self.stage.rt.clock.now())

    async def proves(self, acts: Mapping[Act, str] | None = None) -> None:
        """Type the app's next code, as on the page that the chat leads to, for these acts."""
        self.stage.passes(seconds=30)
        rt, account = self.stage.as_role(Login.WEB), await self.account()
        async with rt.db.begin(account.tenant_id) as session:
            assert await totp.check(session, await rt.keys(session), code=self.code(), clock=rt.clock)
            await stepup.prove(
                session, by=chat_session(self.user_id), kind=FactorKind.TOTP, clock=rt.clock, acts=acts
            )

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of the person's with no cookies yet, at the product's own pages."""
        app = create_app(self.stage.as_role(Login.WEB))
        base = self.stage.rt.settings.public_url
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base) as web:
            web.headers["accept"] = "text/html"
            yield web

    async def asked(self) -> tuple[str, int]:
        """The newest step-up in the chat: its page and its number."""
        url = str((await self.presses("button.verify"))["url"])
        told = re.search(r"(?:number|число) (\d\d)\b", words_of(await self.last(containing="10")))
        assert told is not None, await self.transcript()
        return url, int(told.group(1))

    async def steps_up(self) -> None:
        """Walk the newest step-up: its page, the number of the chat, the app's next code; then back in the chat."""
        url, number = await self.asked()
        self.stage.passes(seconds=30)
        async with self.browser() as web:
            await posted(web, url, number=number)
            done = await posted(web, url, code=self.code())
        assert done.status_code == 200, done.text
        await self.stage.work(Job.TELL_STEP_UP)

    async def links(self, *, account: str = OLENA) -> None:
        """Connect Upwork: a factor first, then the one-time page, Upwork's consent page, the code back in the chat."""
        await self.says(await self.gets_code(account=account))
        await self.stage.work(Job.PROBE_ACCOUNT)

    async def gets_code(self, *, account: str = OLENA) -> str:
        """Connect Upwork as far as the code that the page shows and the chat waits for."""
        acts = {Act.CONNECT_UPWORK: ACCOUNT}
        await (self.proves(acts) if self.secret else self.protects(acts))
        await self.presses("button.connect")
        url = (await self.presses("button.open_page"))["url"]
        code = await self.consents(url, account=account)
        await self.stage.work(Job.CONFIRM_LINK)
        return code

    async def consents(self, url: str, *, account: str = OLENA) -> str:
        """Walk the pages as a browser would; returns the code that the last page shows."""
        app = create_app(self.stage.as_role(Login.WEB))
        base = self.stage.rt.settings.public_url
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base) as web:
            page = await web.get(url)
            assert page.status_code == 200, page.text
            form = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page.text))
            away = await web.post(url, data=form, headers={"origin": base})
            assert away.status_code == 303, away.text
            consent = away.headers["location"]
            query = {key: values[0] for key, values in parse_qs(urlsplit(consent).query).items()}
            back = await self.stage.http.post(
                consent, data={**query, "account": account, "decision": "authorize"}
            )
            assert back.status_code in (302, 303), back.text
            last = await web.get(back.headers["location"])
            assert last.status_code == 200, last.text
        found = re.search(r'id="code"[^>]*>([A-Z0-9]+)<', last.text)
        assert found is not None, last.text
        return found.group(1)


async def posted(web: httpx.AsyncClient, url: str, **fields: object) -> httpx.Response:
    """Open a page and send its form, with the proof that the page carries."""
    page = await web.get(url)
    assert page.status_code == 200, page.text
    proof = re.search(r'name="proof" value="([^"]+)"', page.text)
    assert proof is not None, page.text
    data = {"proof": proof.group(1), **{name: str(value) for name, value in fields.items()}}
    return await web.post(url, data=data, headers={"origin": str(web.base_url).rstrip("/")})


def words_of(message: dict[str, Any]) -> str:
    return str(message.get("text") or message.get("caption") or "")
