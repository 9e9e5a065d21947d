"""Broken buttons, links and updates by the thousand: nothing may change and nothing may break down.

    python -m benchmarks.fuzz [--count 10000] [--seed 1]

A person with a card, a draft and a review on the screen gets what an altered client could send: callback data that is random,
mutated or cut; deep links; webhook bodies that are no updates, or almost. Every table is compared before and after, but for
what only notes that something came. The last line sums up; the exit status is 1 when a row changed or an answer was a failure
of ours.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

import httpx
from aiogram import Bot, Dispatcher
from aiogram.filters.callback_data import CallbackData
from aiogram.types import Update
from pydantic import ValidationError

from benchmarks.evil import cases
from benchmarks.evil_stage import EvilStage, Place
from benchmarks.stage import open_product
from bot.callbacks import (
    ActionCb,
    AlertCb,
    ApproveCb,
    CardCb,
    DraftCb,
    ExperimentCb,
    JobsCb,
    JoinCb,
    RoomCb,
    SearchCb,
    StepUpCb,
    TemplateCb,
)
from core import limits, log
from core.jobs import Job
from core.runtime import Runtime
from core.settings import Settings
from web.app import create_app
from web.security import WEBHOOK_PATH

COUNT = 10_000
PREFIXES = (*sorted(data.__prefix__ for data in CallbackData.__subclasses__()), "zz")
NOTED = frozenset(
    {
        "inbox_updates",
        "audit_events",
        "audit_heads",
        "alembic_version",
        "login_failures",
        "dialogs",
        "page_links",
        "step_up_challenges",
    }
)
"""Tables that note what came, the question that the chat waits with (a command of the user's own ends that), and requests for
a proof: a button that needs one asks for it, and nothing else happens."""
BELL = Job.ANCHOR_AUDIT
"""The work that is brought forward by so many notes of the audit, and is one more note of what came."""
_SIGNS = "abcXYZ019:-_~/\\%'\";<>{}$\u0000\u202e\ud83d\ude00é\n "
_VERBS = (
    "draft",
    "review",
    "confirm",
    "resend",
    "drop",
    "delete",
    "approve",
    "",
    "💥",
    "why",
    "open",
    "skip!",
    "undo2",
)

OwnerSql = Callable[[str], Awaitable[list[tuple[Any, ...]]]]


@dataclass
class Report:
    sent: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.crashes and not self.changed

    def line(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.sent.items())
        return f"fuzz: {kinds}: {len(self.changed)} state changes, {len(self.crashes)} crashes"


class Mutations:
    """Endless broken input, the same for the same seed. None of it names a row that exists."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def _noise(self, longest: int) -> str:
        raw = "".join(self._random.choices(_SIGNS, k=self._random.randint(0, longest)))
        return raw.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _proper(self) -> str:
        """A button that could have been ours, about something that is not there."""
        verb = self._random.choice(_VERBS)
        made: Callable[[], str] = self._random.choice(
            [
                lambda: CardCb(verb=verb, card=self._id(), arg="budget").pack(),
                lambda: DraftCb(verb=verb, draft=self._id(), version=self._random.randint(-9, 9**9)).pack(),
                lambda: ActionCb(verb=verb, action=self._id()).pack(),
                lambda: ApproveCb(nonce="".join(self._random.choices("abcXYZ019-_", k=43))).pack(),
                lambda: RoomCb(verb=verb, room=self._id()).pack(),
                lambda: SearchCb(verb=verb, search=self._id()).pack(),
                lambda: TemplateCb(verb=verb, template=self._id()).pack(),
                lambda: ExperimentCb(verb=verb, experiment=self._id(), arg="0").pack(),
                lambda: AlertCb(verb=verb, alert=self._id()).pack(),
                lambda: StepUpCb(challenge=self._id()).pack(),
                lambda: JoinCb(token="".join(self._random.choices("abcXYZ019-_", k=43))).pack(),
                lambda: JobsCb(page=self._random.randint(-(10**9), 10**9)).pack(),
            ]
        )
        try:
            return made()
        except ValueError:
            return "cd:"

    def callback(self) -> str:
        """Callback data as an altered client may send it."""
        kind = self._random.randrange(5)
        if kind == 0:
            return self._noise(64)
        if kind == 1:
            return f"{self._random.choice(PREFIXES)}:{':'.join(self._noise(12) for _ in range(self._random.randrange(6)))}"
        data = self._proper()
        if kind == 2 and data:
            place = self._random.randrange(len(data))
            return data[:place] + self._random.choice(_SIGNS[:-3]) + data[place + 1 :]
        if kind == 3:
            return data[: self._random.randint(0, len(data))] + self._noise(5)
        return data

    def deep_link(self) -> str:
        """What follows /start in a link to the bot."""
        return self._random.choice(
            ["", "link-", "card-", "draft_", "su-", "../", "'; --", self._noise(3)]
        ) + self._noise(64)

    def body(self) -> bytes:
        """What might be posted to the webhook by who knows the secret, or a broken proxy."""
        kind = self._random.randrange(6)
        if kind == 0:
            return self._random.randbytes(self._random.randint(0, 300))
        whole: dict[str, Any] = {
            "update_id": self._random.randint(0, 2**40),
            "message": {
                "message_id": 1,
                "date": 1,
                "chat": {
                    "id": self._random.randint(1, 9),
                    "type": self._random.choice(["private", "group", 5]),
                },
                "text": self._noise(40),
            },
        }
        if kind == 1:
            return json.dumps(
                self._random.choice([[], 1, "x", None, {}, {"update_id": []}, whole["message"]])
            ).encode()
        if kind == 2:
            whole["update_id"] = self._random.choice([-1, 2**70, 1.5, "7", None, True, [1], {}])
        if kind == 3:
            whole["message"] = self._random.choice(
                [[], "x", {"chat": {"id": "5"}}, {"chat": []}, {"chat": {"id": 2**90}}]
            )
        encoded = json.dumps(whole).encode()
        if kind == 4:
            place = self._random.randrange(len(encoded))
            return encoded[:place] + self._random.randbytes(3) + encoded[place + 1 :]
        return encoded[: self._random.randint(0, len(encoded))] if kind == 5 else encoded


class Fuzzer:
    """Throws them at one person's chat and at the web process."""

    def __init__(self, rt: Runtime, bot: Bot, dispatcher: Dispatcher, *, user_id: int, seed: int) -> None:
        self._rt = rt
        self._bot = bot
        self._dispatcher = dispatcher
        self._user = {"id": user_id, "is_bot": False, "first_name": "F", "language_code": "en"}
        self._chat = {"id": user_id, "type": "private", "first_name": "F"}
        self._numbers = itertools.count(5_000_000)
        self._mutations = Mutations(seed)
        self.report = Report()

    async def _feed(self, kind: str, what: str, **event: Any) -> None:
        self.report.sent[kind] += 1
        try:
            update = Update.model_validate(
                {"update_id": next(self._numbers), **event}, context={"bot": self._bot}
            )
        except ValidationError:
            return  # the inbox sets such an update aside
        try:
            await self._dispatcher.feed_update(self._bot, update)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is what this looks for
            self.report.crashes.append(f"{kind} {what!r}: {type(error).__name__}: {error}"[:300])

    async def callback(self) -> None:
        data = self._mutations.callback()
        await self._feed(
            "callbacks",
            data,
            callback_query={
                "id": str(next(self._numbers)),
                "from": self._user,
                "message": {"message_id": 1, "date": 1, "chat": self._chat, "text": "…"},
                "chat_instance": "1",
                "data": data,
            },
        )

    async def deep_link(self) -> None:
        words = f"/start {self._mutations.deep_link()}"
        await self._feed(
            "deep links",
            words,
            message={
                "message_id": next(self._numbers),
                "date": 1,
                "from": self._user,
                "chat": self._chat,
                "text": words,
                "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
            },
        )

    async def webhook(self, http: httpx.AsyncClient, secret: str) -> None:
        self.report.sent["webhook bodies"] += 1
        body = self._mutations.body()
        answer = await http.post(
            WEBHOOK_PATH, content=body, headers={"x-telegram-bot-api-secret-token": secret}
        )
        if answer.status_code not in {200, 400, 413}:
            self.report.crashes.append(f"webhook {body!r}: {answer.status_code}"[:300])


async def checksums(sql: OwnerSql) -> dict[str, Any]:
    """Rows and digest of every table that holds state."""
    found = {}
    for (table,) in await sql("select tablename from pg_tables where schemaname = 'app'"):
        if table not in NOTED:
            part = f"where job <> '{BELL}'" if table == "work_items" else ""
            digest = f"select count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from app.{table} t {part}"  # noqa: S608 - names from the catalog
            found[table] = (await sql(digest))[0]
    return found


def web_client(rt: Runtime, settings: Settings) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(rt), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=settings.public_url)


async def fuzz(fuzzer: Fuzzer, http: httpx.AsyncClient, *, count: int, secret: str, sql: OwnerSql) -> Report:
    """`count` inputs: seven tenths buttons, two tenths bodies, the rest links."""
    before = await checksums(sql)
    for turn, _ in zip(itertools.cycle(range(10)), range(count), strict=False):
        if turn < 7:
            await fuzzer.callback()
        elif turn < 9:
            await fuzzer.webhook(http, secret)
        else:
            await fuzzer.deep_link()
    after = await checksums(sql)
    fuzzer.report.changed = [table for table in before if before[table] != after.get(table)]
    return fuzzer.report


async def run(count: int, seed: int) -> Report:
    async with open_product() as product:
        stage = EvilStage(product.rt, product.bot, product.dispatcher, product.sandbox)
        await stage.open()
        for case in islice(cases(len(Place)), len(Place)):
            await stage.attack(*case)
        user_id = stage.victims[0].account.telegram_id
        fuzzer = Fuzzer(product.rt, product.bot, product.dispatcher, user_id=user_id, seed=seed)
        secret = product.rt.settings.telegram_webhook_secret
        async with web_client(product.rt, product.rt.settings) as http:
            return await fuzz(
                fuzzer,
                http,
                count=count,
                secret=secret.get_secret_value() if secret else "",
                sql=product.owner_sql,
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    log.configure(json=False, level="CRITICAL")
    # A flood is what this is: past the limit nothing would be looked at any more.
    limits.TENANT = limits.Limit(count=10**9, seconds=1)
    began = time.monotonic()
    report = asyncio.run(run(options.count, options.seed))
    for problem in [*report.changed, *report.crashes[:20]]:
        print(problem)
    print(f"{time.monotonic() - began:.0f} s, seed {options.seed}")
    print(report.line())
    return 0 if report.well else 1


if __name__ == "__main__":
    sys.exit(main())
