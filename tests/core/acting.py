"""A freelancer from the linked account to the approved action and beyond; Upwork is the sandbox over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import select, text, update

from core import work
from core.accounts.service import Account
from core.drafting import service as drafting
from core.drafting.draft import Answer, Bid, DraftOutput
from core.drafting.models import Draft, VersionSource
from core.errors import Unavailable
from core.jobs import Job, WorkItem, enqueue
from core.jobs_feed import intake
from core.jobs_feed.models import Band, JobCard
from core.jobs_feed.posting import ContractType, JobPosting, ScreeningQuestion
from core.matching.score import score_posting
from core.messaging.models import Room
from core.messaging.sync import sync_rooms
from core.notifications.notifier import Trouble
from core.notifications.report import Report
from core.profile.facts import Profile
from core.proposals import approval
from core.proposals.approval import Shown
from core.proposals.models import Action, ActionState
from core.runtime import Runtime
from core.searches.criteria import Criteria
from core.searches.service import add_search
from core.security.alerts.models import Alert
from core.security.assurance import Act, chat_session
from core.security.factors import totp
from core.security.factors.models import FactorKind
from core.security.models import AuditEvent
from core.security.stepup import service as stepup
from core.templates.improving import Improvement
from tests.core.upwork_side import Side, UpworkServer
from workers.job import run_item
from workers.jobs import JOBS

TELEGRAM_ID = 4242
QUESTION = "Have you used Stripe Connect before?"
LETTER = "I built a payments backend on Stripe for a marketplace. Shall we talk about your webhooks?"
ANSWER = "Yes, for a marketplace with 40,000 orders a month."

OwnerSql = Callable[..., Awaitable[list[tuple[Any, ...]]]]


@dataclass
class Told:
    """Stands in for Telegram: remembers what was told, and can be away."""

    rt: Runtime
    actions: list[tuple[UUID, str]] = field(default_factory=list)
    calls: list[tuple[str, UUID]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    unsent: list[int] = field(default_factory=list)
    away: bool = False

    def _note(self, kind: str, ref: UUID) -> None:
        if self.away:
            raise Unavailable("telegram")
        self.calls.append((kind, ref))

    async def card(self, tenant_id: UUID, card_id: UUID) -> None:
        self._note("card", card_id)

    async def reading(self, tenant_id: UUID, card_id: UUID) -> None:
        self._note("reading", card_id)

    async def template(self, _tenant_id: UUID, template_id: UUID, outcome: Improvement) -> None:
        self._note(f"template:{outcome.value}", template_id)

    async def fetch(self, tenant_id: UUID, file_id: str, *, most: int) -> bytes:
        raise Unavailable("telegram")

    async def media(self, tenant_id: UUID, media_id: UUID) -> None:
        self._note("media", media_id)

    async def digest(self, tenant_id: UUID) -> None:
        self._note("digest", tenant_id)

    def draft_watcher(self, tenant_id: UUID, draft_id: UUID) -> Told:
        return self

    async def progress(self, text: str) -> None:
        return None

    async def draft(self, tenant_id: UUID, draft_id: UUID) -> None:
        self._note("draft", draft_id)

    async def action(self, tenant_id: UUID, action_id: UUID) -> None:
        async with self.rt.db.begin(tenant_id) as session:
            row = await session.get_one(Action, (tenant_id, action_id))
        self._note("action", action_id)
        self.actions.append((action_id, row.state))

    async def stories(self, tenant_id: UUID, room_id: UUID) -> None:
        self._note("stories", room_id)

    async def link(self, tenant_id: UUID, ref: UUID) -> None:
        self._note("link", ref)

    async def step_up(self, tenant_id: UUID, challenge_id: UUID) -> None:
        self._note("step_up", challenge_id)

    async def alert(self, tenant_id: UUID, alert_id: UUID) -> None:
        self._note("alert", alert_id)

    async def watcher(self, chat_id: int, _locale: str | None, news: Alert | Trouble) -> None:
        self._note(f"watcher:{chat_id}", UUID(int=0) if isinstance(news, Trouble) else news.id)

    async def report(self, tenant_id: UUID, report: Report) -> None:
        self._note("report", tenant_id)

    async def webhook_url(self) -> str:
        return ""

    async def export(self, tenant_id: UUID, export_id: UUID, *, done: int, total: int) -> None:
        if done == total:
            self._note("export", export_id)

    async def unsend(self, chat_id: int, message_ids: Sequence[int]) -> None:
        self.unsent += message_ids

    async def farewell(self, account: Account, *, revoked: bool) -> None:
        self.notices.append("farewell" if revoked else "farewell, but not revoked")


@dataclass
class Desk:
    """One test's system with its levers."""

    rt: Runtime
    side: Side
    told: Told
    owner_sql: OwnerSql

    @property
    def server(self) -> UpworkServer:
        return self.side.server

    async def freelancer(self, **account: Any) -> Freelancer:
        olena = Freelancer(self, await self.side.link(**account))
        await olena.protects()
        return olena

    async def work(self, *jobs: Job, hurry: bool = False) -> list[str]:
        """Run due items (only of these jobs) until none is left; `hurry` makes waiting ones due first."""
        names = [job.value for job in jobs or Job]
        outcomes: list[str] = []
        for _ in range(40):
            async with self.rt.db.begin() as session:
                if hurry:
                    await session.execute(
                        update(WorkItem)
                        .where(WorkItem.job.in_(names), WorkItem.lease_until.is_(None))
                        .values(run_at=text("now() - interval '1 second'"))
                    )
                    hurry = False
                await session.execute(update(WorkItem).values(rung_at=None))
                due = await work.find_due(session)
                wanted = set(await session.scalars(select(WorkItem.id).where(WorkItem.job.in_(names))))
            ran = [await run_item(self.rt, self.told, JOBS, item) for item in due if item in wanted]
            outcomes += ran
            if not any(outcome != "skipped" for outcome in ran):
                break
        return outcomes

    async def end_leases(self) -> None:
        """As if the workers that hold anything had died long enough ago."""
        await self.owner_sql(
            "update app.work_items set lease_until = now() - interval '1 second' where lease_until is not null"
        )
        await self.owner_sql(
            "update app.actions set lease_until = now() - interval '1 second' where lease_until is not null"
        )

    async def remote_proposals(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.server.control("GET", "/proposals")
        return found


@dataclass
class Freelancer:
    desk: Desk
    tenant_id: UUID
    by: str = chat_session(TELEGRAM_ID)
    secret: str = ""

    @property
    def rt(self) -> Runtime:
        return self.desk.rt

    async def protects(self) -> None:
        """Set up an authenticator app: what the chat approves from now on has this proof."""
        async with self.rt.db.begin(self.tenant_id) as session:
            keys = await self.rt.keys(session)
            offer = await totp.offer(session, keys, account="Olena", via=None, clock=self.rt.clock)
            self.secret = offer.secret
            assert await totp.confirm(session, keys, code=self.code(), via=None, clock=self.rt.clock)
            await stepup.prove(session, by=self.by, kind=FactorKind.TOTP, clock=self.rt.clock)

    def code(self) -> str:
        """What the authenticator app shows now."""
        return pyotp.TOTP(self.secret).at(self.rt.clock.now())

    async def proves(self, acts: Mapping[Act, str] | None = None) -> None:
        """Type the app's code, for these acts; each code works once."""
        async with self.rt.db.begin(self.tenant_id) as session:
            assert await totp.check(
                session, await self.rt.keys(session), code=self.code(), clock=self.rt.clock
            )
            await stepup.prove(session, by=self.by, kind=FactorKind.TOTP, clock=self.rt.clock, acts=acts)

    async def stays_proven(self) -> None:
        """Prove the factor again when the last time was too long ago, as the chat would ask for."""
        async with self.rt.db.begin(self.tenant_id) as session:
            fresh = await stepup.has_proof(session, by=self.by, clock=self.rt.clock)
        if self.secret and not fresh:
            await self.proves()

    async def ask(self, job: Job, ref: UUID | None = None) -> list[str]:
        """Ask for a job and run it."""
        async with self.rt.db.begin() as session:
            await enqueue(session, job, tenant_id=self.tenant_id, ref=ref or self.tenant_id)
        return await self.desk.work(job, hurry=True)

    async def card(self, *, questions: tuple[str, ...] = (QUESTION,), **job: Any) -> UUID:
        """A job on Upwork's side with its card here."""
        order = {
            "title": "FastAPI backend with Stripe payments",
            "description": "We need a Python developer for a FastAPI backend with PostgreSQL and Stripe.",
            "questions": list(questions),
            **job,
        }
        posted = await self.desk.server.control("POST", "/jobs", **order)
        posting = JobPosting(
            upwork_id=posted["id"],
            ciphertext=posted["ciphertext"],
            title=order["title"],
            description=order["description"],
            published_at=self.rt.clock.now(),
            contract=ContractType.HOURLY,
            questions=tuple(ScreeningQuestion(n, question) for n, question in enumerate(questions)),
        )
        return await store_card(self.rt, self.tenant_id, posting)

    async def draft(
        self, card_id: UUID, *, letter: str = LETTER, answers: tuple[str, ...] = (ANSWER,), bid: int = 65
    ) -> Draft:
        """A finished draft for a card, as if a model had written it."""
        async with self.rt.db.begin(self.tenant_id) as session:
            draft = await drafting.request_proposal(session, card_id=card_id)
            output = DraftOutput(
                letter=letter,
                language="en",
                answers=tuple(Answer(n, answer) for n, answer in enumerate(answers)),
                bid=Bid(Decimal(bid), ContractType.HOURLY),
            )
            await drafting.add_version(
                session, await self.rt.keys(session), draft, output, source=VersionSource.MODEL
            )
        return draft

    async def show(self, draft_id: UUID, *, telegram_id: int = TELEGRAM_ID) -> Shown:
        async with self.rt.db.begin(self.tenant_id) as session:
            return await approval.show(
                session,
                await self.rt.keys(session),
                draft_id=draft_id,
                telegram_id=telegram_id,
                clock=self.rt.clock,
                hours=24,
            )

    async def press(self, shown: Shown, *, telegram_id: int = TELEGRAM_ID) -> Action:
        """Press the one button."""
        async with self.rt.db.begin(self.tenant_id) as session:
            return await approval.approve(
                session,
                await self.rt.keys(session),
                nonce=shown.nonce,
                telegram_id=telegram_id,
                clock=self.rt.clock,
                chat_id=1,
                message_id=1,
            )

    async def approved(self, **job: Any) -> Action:
        """A proposal, approved."""
        await self.stays_proven()
        draft = await self.draft(await self.card(**job))
        return await self.press(await self.show(draft.id))

    async def room(self) -> Room:
        """A conversation that a client opened about a proposal of ours."""
        action = await self.approved()
        await self.desk.work(Job.EXECUTE_ACTION)
        sent = await self.action(action.id)
        await self.desk.server.control(
            "POST", f"/proposals/{sent.remote_id}/answer", message="When can you start?"
        )
        await sync_rooms(self.rt, tenant_id=self.tenant_id)
        async with self.rt.db.begin(self.tenant_id) as session:
            return (await session.scalars(select(Room))).one()

    async def reply(self, room: Room, words: str = "Tomorrow morning, Kyiv time.") -> Action:
        """An approved reply."""
        await self.stays_proven()
        async with self.rt.db.begin(self.tenant_id) as session:
            draft = await drafting.write_reply(
                session, await self.rt.keys(session), room_id=room.id, text=words
            )
        return await self.press(await self.show(draft.id))

    async def action(self, action_id: UUID) -> Action:
        async with self.rt.db.begin(self.tenant_id) as session:
            return await session.get_one(Action, (self.tenant_id, action_id))

    async def state(self, action_id: UUID) -> ActionState:
        return ActionState((await self.action(action_id)).state)

    async def draft_state(self, draft_id: UUID) -> str:
        async with self.rt.db.begin(self.tenant_id) as session:
            return (await drafting.get_draft(session, draft_id=draft_id)).state

    async def card_state(self, card_id: UUID) -> str:
        async with self.rt.db.begin(self.tenant_id) as session:
            return (await session.get_one(JobCard, (self.tenant_id, card_id))).state

    async def stories(self, room: Room) -> list[str]:
        """What we wrote, as the client reads it."""
        found = await self.desk.server.control("GET", f"/rooms/{room.upwork_room_id}/stories")
        return [story["message"] for story in found if story["author"] != "client"]

    async def audit(self) -> list[str]:
        async with self.rt.db.begin(self.tenant_id) as session:
            return list(await session.scalars(select(AuditEvent.event).order_by(AuditEvent.created_at)))


async def store_card(rt: Runtime, tenant_id: UUID, posting: JobPosting) -> UUID:
    """Put a posting and its card where polling and scoring would have put them."""
    async with rt.db.begin(tenant_id) as session:
        search = await add_search(session, await rt.keys(session), Criteria(query="python"))
        await intake.store_postings(session, search_id=search.id, postings=[posting], clock=rt.clock)
        [candidate] = [
            item
            for item in await intake.unscored(session, words=[], clock=rt.clock)
            if item.posting.upwork_id == posting.upwork_id
        ]
        score = score_posting(posting, Profile("", ()), Criteria(query="python"), now=rt.clock.now())
        card = await intake.store_score(
            session,
            candidate=candidate,
            search_id=search.id,
            score=score,
            vector=None,
            band=Band.SILENT,
        )
        assert card is not None
        return card.id
