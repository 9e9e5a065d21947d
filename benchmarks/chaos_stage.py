"""What the fire burns: Upwork's side over HTTP, people with linked accounts, and their approvals."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
import pyotp
import uvicorn
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.accounts.service import open_account
from core.clock import SystemClock
from core.crypto import TenantKeys, Vault, parse_ring
from core.db import Database, tenant_of
from core.drafting import service as drafting
from core.drafting.draft import Bid, DraftOutput
from core.drafting.models import Draft, VersionSource
from core.jobs_feed import intake
from core.jobs_feed.models import Band
from core.jobs_feed.posting import ContractType, JobPosting
from core.matching.score import score_posting
from core.messaging.models import Room
from core.profile.facts import Profile
from core.proposals import approval
from core.searches.criteria import Criteria
from core.searches.service import add_search
from core.security.assurance import chat_session
from core.security.audit import seal_with
from core.security.factors import totp
from core.security.factors.models import FactorKind
from core.security.keys import keys_for
from core.security.stepup import service as stepup
from core.security.stepup.limits import DEFAULTS
from core.security.stepup.models import LimitsRow
from core.upwork import tokens
from core.upwork.models import AccountStatus, UpworkAccount
from core.upwork.oauth import TokenSet
from sandbox.embedded import PostgresUrls
from sandbox.upwork.app import create_upwork_app
from sandbox.upwork.feed import FeedSettings

PEOPLE = 3
_TELEGRAM_ID = 1
_AGENT = {"user-agent": "a benchmark"}  # the front door refuses default Python agents
_SETTLED = ("sent", "needs_human", "rejected", "expired")


class _Lingering:
    """Does the work at once and answers a moment later: the gap in which a killed worker knows nothing.

    `gap` is set while the answer to a message that was just written into a room is held back.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.gap = threading.Event()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lingers = scope["type"] == "http" and scope["path"] == "/graphql"
        writes = False

        async def reading() -> Message:
            nonlocal writes
            message = await receive()
            writes = writes or b"createRoomStory" in message.get("body", b"")
            return message

        async def later(message: Message) -> None:
            if lingers and message["type"] == "http.response.start":
                if writes:
                    self.gap.set()
                await asyncio.sleep(random.uniform(0.02, 0.15))
                self.gap.clear()
            await send(message)

        await self._app(scope, reading, later)


class _UpworkServer:
    """The sandbox's Upwork behind uvicorn in a thread of its own."""

    def __init__(self) -> None:
        feed = FeedSettings(backlog=0, enabled=False, reply_seconds=None)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        app = _Lingering(create_upwork_app(None, feed=feed))
        self.gap = app.gap
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)


@dataclass(frozen=True, slots=True)
class History:
    """Keys are action ids as text. See `benchmarks.chaos.check`."""

    states: dict[str, str]
    effects: Counter[str]
    remote_ids: dict[str, str]


class Stage:
    """Everything but the workers. `gap` is set while Upwork did something and has not said so yet."""

    def __init__(
        self, db: Database, owner: AsyncEngine, vault: Vault, upwork: httpx.AsyncClient, gap: threading.Event
    ) -> None:
        self.gap = gap
        self._db = db
        self._owner = owner
        self._vault = vault
        self._upwork = upwork
        self._clock = SystemClock()
        self._replies: dict[str, str] = {}

    async def _control(self, verb: str, path: str, **body: object) -> Any:
        answer = await self._upwork.request(verb, f"/control{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    async def approve(self, count: int) -> None:
        """Half proposals, half replies, spread over the people."""
        await self._control("POST", "/settings", per_second=100_000, per_minute=1_000_000)
        for person in range(PEOPLE):
            tenant_id, account = await self._person(person)
            room_id = await self._room(tenant_id, account)
            for number in range(person, count, PEOPLE):
                if number % 2:
                    await self._approve_reply(tenant_id, room_id, f"Reply {number}: yes, on Monday.")
                else:
                    await self._approve_proposal(tenant_id, number)
        async with self._db.begin() as session:
            # Only the sending is under fire.
            await session.execute(text("delete from app.work_items where job <> 'execute_action'"))

    async def _person(self, number: int) -> tuple[UUID, dict[str, Any]]:
        """A tenant with a linked account that may send everything."""
        account = await self._control("POST", "/accounts", name=f"Freelancer {number}")
        granted = await self._control("POST", "/grants", client_id="chaos", account=account["id"])
        opened = await open_account(
            self._db, self._vault, telegram_id=number + 1, chat_id=number + 1, locale="en"
        )
        async with self._db.begin(opened.tenant_id) as session:
            keys = await keys_for(session, self._vault)
            row = UpworkAccount(tenant_id=opened.tenant_id, id=uuid4(), token_version=0)
            row.status, row.linked_at = AccountStatus.LINKED, self._clock.now()
            row.upwork_user_id, row.upwork_nid = account["id"], account["nid"]
            row.organization_id = account["organizations"][0]["id"]
            row.name_sealed = keys.seal(row, "name_sealed", "Somebody")
            row.capabilities = {"create_proposal": True, "send_story": True}
            pair = TokenSet(granted["access_token"], granted["refresh_token"], granted["expires_in"])
            tokens.seal_tokens(keys, row, pair, self._clock.now())
            session.add(row)
            await self._protect(session, keys)
        return opened.tenant_id, {**account, "token": granted["access_token"]}

    async def _protect(self, session: AsyncSession, keys: TenantKeys) -> None:
        """An authenticator app, proven in the chat, and limits that let a whole fire's proposals through."""
        offer = await totp.offer(session, keys, account="chaos", via=None, clock=self._clock)
        code = pyotp.TOTP(offer.secret).at(self._clock.now())
        if await totp.confirm(session, keys, code=code, via=None, clock=self._clock) is None:
            raise RuntimeError("the authenticator app's first code was refused")
        by = chat_session(_TELEGRAM_ID)
        await stepup.prove(session, by=by, kind=FactorKind.TOTP, clock=self._clock)
        session.add(
            LimitsRow(
                tenant_id=tenant_of(session),
                id=uuid4(),
                bids_a_day=1_000_000,
                connects_a_week=100_000_000,
                highest_hourly=DEFAULTS.highest_hourly,
                highest_fixed=DEFAULTS.highest_fixed,
            )
        )

    async def _room(self, tenant_id: UUID, account: dict[str, Any]) -> UUID:
        """A conversation; its proposal was sent before the fire."""
        job = await self._post_job(f"Opening {account['id']}")
        query = "mutation ($input: CreateJobProposalInput!) { createJobProposal(input: $input) { newProposalId error } }"
        wanted = {
            "selectedContractor": {"id": account["id"], "oDeskUserID": account["nid"]},
            "jobReference": job["id"],
            "chargedAmount": 40,
            "coverLetter": "Hello.",
            "teamOrgId": account["organizations"][0]["id"],
        }
        answer = await self._upwork.post(
            "/graphql",
            json={"query": query, "variables": {"input": wanted}},
            headers={"Authorization": f"Bearer {account['token']}"},
        )
        proposal_id = answer.json()["data"]["createJobProposal"]["newProposalId"]
        opened = await self._control(
            "POST", f"/proposals/{proposal_id}/answer", message="When can you start?"
        )
        room = Room(tenant_id=tenant_id, id=uuid4(), upwork_room_id=opened["room_id"])
        room.fetched_at = self._clock.now()
        async with self._db.begin(tenant_id) as session:
            session.add(room)
        return room.id

    async def _post_job(self, title: str) -> dict[str, Any]:
        posted: dict[str, Any] = await self._control(
            "POST", "/jobs", title=title, description=f"{title}. Soon."
        )
        return posted

    async def _approve_reply(self, tenant_id: UUID, room_id: UUID, words: str) -> None:
        async with self._db.begin(tenant_id) as session:
            keys = await keys_for(session, self._vault)
            draft = await drafting.write_reply(session, keys, room_id=room_id, text=words)
        self._replies[words] = await self._press(tenant_id, draft)

    async def _approve_proposal(self, tenant_id: UUID, number: int) -> None:
        posted = await self._post_job(f"Job {number}")
        posting = JobPosting(
            upwork_id=posted["id"],
            ciphertext=posted["ciphertext"],
            title=posted["title"],
            description=f"Work number {number}.",
            published_at=self._clock.now(),
            contract=ContractType.HOURLY,
        )
        criteria = Criteria(query="work")
        async with self._db.begin(tenant_id) as session:
            keys = await keys_for(session, self._vault)
            search = await add_search(session, keys, criteria)
            await intake.store_postings(session, search_id=search.id, postings=[posting], clock=self._clock)
            [candidate] = await intake.unscored(session, words=[], clock=self._clock)
            score = score_posting(posting, Profile("", ()), criteria, now=self._clock.now())
            card = await intake.store_score(
                session,
                candidate=candidate,
                search_id=search.id,
                score=score,
                vector=None,
                band=Band.SILENT,
            )
            if card is None:
                raise RuntimeError("two jobs were taken for one")
            draft = await drafting.request_proposal(session, card_id=card.id)
            output = DraftOutput(
                letter=f"Letter {number}", language="en", bid=Bid(Decimal(40), ContractType.HOURLY)
            )
            await drafting.add_version(session, keys, draft, output, source=VersionSource.EDITED)
        await self._press(tenant_id, draft)

    async def _press(self, tenant_id: UUID, draft: Draft) -> str:
        async with self._db.begin(tenant_id) as session:
            keys = await keys_for(session, self._vault)
            shown = await approval.show(
                session,
                keys,
                draft_id=draft.id,
                telegram_id=_TELEGRAM_ID,
                clock=self._clock,
                hours=24,
            )
        async with self._db.begin(tenant_id) as session:
            action = await approval.approve(
                session,
                await keys_for(session, self._vault),
                nonce=shown.nonce,
                telegram_id=_TELEGRAM_ID,
                clock=self._clock,
                chat_id=1,
                message_id=1,
            )
        return str(action.id)

    async def settled(self) -> bool:
        """Whether every action has come to an end."""
        open_ones = "select count(*) from app.actions where state <> all(:settled)"
        return await self._count(open_ones, settled=list(_SETTLED)) == 0

    async def come_to_rest(self, until: float) -> None:
        """Wait while work about actions is left: looks that were planned, cards that were not drawn."""
        left = "select count(*) from app.work_items where job in ('execute_action', 'read_back')"
        needed = "select count(*) from app.actions where attempt > 0"
        if not await self._count(needed):
            return  # the naive queue knows no such work
        while time.monotonic() < until and await self._count(left):  # noqa: ASYNC110 - another process empties it
            await asyncio.sleep(0.1)

    async def _count(self, statement: str, **values: object) -> int:
        """1 while the database is away: nothing is known to be over then."""
        try:
            async with self._owner.connect() as connection:
                return int(await connection.scalar(text(statement), values) or 0)
        except (SQLAlchemyError, OSError):
            return 1

    async def history(self) -> History:
        """What the database says and what Upwork's side has, of the actions only."""
        async with self._owner.connect() as connection:
            rows = (
                await connection.execute(text("select id, kind, target, state, remote_id from app.actions"))
            ).all()
        proposals = {item["posting_id"]: item["id"] for item in await self._control("GET", "/proposals")}
        stories = {}
        effects: Counter[str] = Counter()
        for room in await self._control("GET", "/rooms"):
            for story in await self._control("GET", f"/rooms/{room['id']}/stories"):
                if story["author"] != "client":
                    action = self._replies.get(story["message"], story["message"])
                    effects[action] += 1
                    stories[story["id"]] = action
        remote_ids = {}
        for row in rows:
            if row.kind == "proposal" and row.target in proposals:
                effects[str(row.id)] += 1
            known = stories.get(row.remote_id) == str(row.id) or proposals.get(row.target) == row.remote_id
            remote_ids[str(row.id)] = (row.remote_id or "") if known or not row.remote_id else "?"
        return History({str(row.id): row.state for row in rows}, effects, remote_ids)


@asynccontextmanager
async def open_stage(urls: PostgresUrls, keys: str) -> AsyncIterator[tuple[Stage, str]]:
    """The stage and the address of its Upwork."""
    db, owner = Database(urls.app), create_async_engine(urls.owner, pool_pre_ping=True)
    vault = Vault(parse_ring(keys))
    seal_with(db, vault)
    with _UpworkServer() as server:
        async with httpx.AsyncClient(
            base_url=server.url, headers=_AGENT, trust_env=False, timeout=30
        ) as upwork:
            yield Stage(db, owner, vault, upwork, server.gap), server.url
    await owner.dispose()
    await db.close()
