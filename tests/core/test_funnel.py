"""The user's own numbers, counted from a history that was written down; and the picture of them."""

from __future__ import annotations

import asyncio
import struct
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.analytics.charts import funnel_chart
from core.analytics.funnel import Funnel, load_funnel
from core.db import Database
from core.drafting.models import Draft, DraftVersion
from core.jobs import Job
from core.jobs_feed.models import Band, CardState, JobCard
from core.messaging.models import Direction, Room, Story
from core.proposals.models import Action, Approval, ProposalOutcome
from core.searches.models import SavedSearch
from tests.core.acting import Desk
from tests.core.upwork_side import MakeTenant, MovableClock

NOTHING = Funnel(
    days=30, cards=0, shown=0, skipped=0, drafted=0, sent=0, viewed=0, replied=0, hired=0, replies_sent=0,
    delay=None, cost=0.0, skip_reasons={}, by_search={},
)  # fmt: skip


class History:
    """Rows as the product would have left them, each a number of days ago."""

    def __init__(self, tenant_id: UUID, now: datetime) -> None:
        self.tenant_id = tenant_id
        self.now = now
        self.rows: list[Any] = []

    def add(self, table: type[Any], /, **values: Any) -> UUID:
        row = table(tenant_id=self.tenant_id, id=uuid4(), **values)
        self.rows.append(row)
        return UUID(str(row.id))

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def search(self) -> UUID:
        return self.add(SavedSearch, criteria_sealed=b"")

    def card(
        self, search_id: UUID, job: str, days: float, *, delay: float | None = None, **values: Any
    ) -> UUID:
        seen = self.ago(days)
        numbers = {
            "fit": 80,
            "client": 70,
            "odds": 60,
            "total": 75,
            "state": CardState.SHOWN,
            "band": Band.INSTANT,
        }
        return self.add(
            JobCard,
            upwork_id=job,
            ciphertext=f"~{job}",
            search_id=search_id,
            published_at=seen,
            seen_at=seen,
            delivered_at=None if delay is None else seen + timedelta(seconds=delay),
            **(numbers | values),
        )

    def draft(
        self, days: float, *, card_id: UUID | None = None, kind: str = "proposal", cost: str = "0"
    ) -> UUID:
        draft_id = self.add(
            Draft, kind=kind, card_id=card_id, state="ready", current=1, created_at=self.ago(days)
        )
        self.add(
            DraftVersion, draft_id=draft_id, number=1, source="model", body_sealed=b"", characters=1,
            cost_usd=Decimal(cost), created_at=self.ago(days),
        )  # fmt: skip
        return draft_id

    def action(
        self, draft_id: UUID, target: str, days: float, *, state: str = "sent", kind: str = "proposal"
    ) -> None:
        at = self.ago(days)
        approval_id = self.add(
            Approval, draft_id=draft_id, version=1, kind=kind, target=target, payload_sealed=b"", payload_hash="",
            nonce_hash=uuid4().hex, telegram_id=1, expires_at=at,
        )  # fmt: skip
        self.add(
            Action, kind=kind, target=target, approval_id=approval_id, draft_id=draft_id, state=state,
            approved_at=at, expires_at=at, settled_at=at, remote_id=f"p-{target}",
        )  # fmt: skip

    def outcome(self, target: str, status: str, *, viewed: bool) -> None:
        self.add(
            ProposalOutcome,
            upwork_proposal_id=f"p-{target}",
            upwork_job_id=target,
            status=status,
            viewed=viewed,
        )

    def message(self, target: str, days: float, direction: Direction = Direction.IN) -> None:
        room_id = self.add(Room, upwork_room_id=uuid4().hex, upwork_job_id=target, fetched_at=self.now)
        self.add(
            Story, room_id=room_id, upwork_story_id=uuid4().hex, direction=direction,
            written_at=self.ago(days), fetched_at=self.now,
        )  # fmt: skip

    async def write(self, db: Database) -> None:
        async with db.begin(self.tenant_id) as session:
            for row in self.rows:
                session.add(row)
                await session.flush()


async def funnel(db: Database, tenant_id: UUID, clock: MovableClock, days: int = 30) -> Funnel:
    async with db.begin(tenant_id) as session:
        return await load_funnel(session, clock=clock, days=days)


async def test_nothing_yet_is_all_zeros(db: Database, tenant_id: UUID, clock: MovableClock) -> None:
    found = await funnel(db, tenant_id, clock)
    assert found == NOTHING
    assert found.reply_rate is None


async def test_a_months_history_is_counted(
    db: Database, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    history = History((await make_tenant()).tenant_id, clock.now())
    python, bots = history.search(), history.search()
    drafts = {}
    # Six proposals of the month over two searches, one of them older than the month, one refused.
    for number, (search_id, days) in enumerate(
        [(python, 1), (python, 2), (python, 3), (bots, 4), (bots, 5), (python, 40)]
    ):
        job = f"job{number}"
        card_id = history.card(search_id, job, days, delay=4.0 + 2 * number, state=CardState.APPLIED)
        drafts[job] = history.draft(days, card_id=card_id, cost="0.01")
        history.action(drafts[job], job, days - 0.1, state="rejected" if number == 4 else "sent")
    history.card(python, "skipped1", 6, delay=2.0, state=CardState.SKIPPED, skip_reason="budget")
    history.card(python, "skipped2", 7, delay=2.0, state=CardState.SKIPPED, skip_reason="budget")
    history.card(bots, "skipped3", 8, delay=2.0, state=CardState.SKIPPED, skip_reason="client")
    history.card(bots, "silent", 9, band=Band.SILENT, state=CardState.NEW)
    history.card(bots, "digest", 9, delay=3000.0, band=Band.DIGEST)
    history.draft(2, kind="reply", cost="0.002")
    # Two answered, one of them hired; an invitation before the proposal and our own words are no answers.
    history.message("job0", 0.5)
    history.message("job1", 0.5)
    history.message("job2", 3.5)
    history.message("job3", 0.5, Direction.OUT)
    history.outcome("job0", "hired", viewed=True)
    history.outcome("job1", "interviewing", viewed=True)
    history.outcome("job3", "submitted", viewed=True)
    history.outcome("unknown", "hired", viewed=True)
    reply = history.draft(1, kind="reply")
    history.action(reply, "room", 0.4, kind="reply")
    await history.write(db)

    found = await funnel(db, history.tenant_id, clock)
    assert found.cost == pytest.approx(0.052)
    assert found == replace(
        NOTHING,
        cards=10,
        shown=9,
        skipped=3,
        drafted=5,
        sent=4,
        viewed=3,
        replied=2,
        hired=1,
        replies_sent=1,
        delay=5.0,
        cost=found.cost,
        skip_reasons={"budget": 2, "client": 1},
        by_search={python: (3, 2), bots: (1, 0)},
    )
    assert found.reply_rate == 0.5
    assert (await funnel(db, history.tenant_id, clock, days=60)).sent == 5
    clock.advance(hours=31 * 24)
    assert await funnel(db, history.tenant_id, clock) == NOTHING


async def test_nobody_elses_history_is_counted(
    db: Database, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    history = History((await make_tenant()).tenant_id, clock.now())
    draft = history.draft(1, card_id=history.card(history.search(), "job", 1, delay=1.0), cost="1")
    history.action(draft, "job", 0.5)
    history.message("job", 0.1)
    await history.write(db)
    assert await funnel(db, (await make_tenant()).tenant_id, clock) == NOTHING


async def test_a_real_proposal_and_answer_are_counted(desk: Desk, clock: MovableClock) -> None:
    olena = await desk.freelancer()
    room = await olena.room()
    await olena.reply(room)
    await desk.work(Job.EXECUTE_ACTION)
    await olena.ask(Job.SYNC_PROPOSALS)
    found = await funnel(desk.rt.db, olena.tenant_id, clock)
    assert (found.sent, found.replied, found.replies_sent, found.viewed) == (1, 1, 1, 1)
    assert found.reply_rate == 1.0
    # A day later the messages' text is gone; that they came is not.
    clock.advance(hours=24)
    await desk.work(Job.PURGE_CONTENT, hurry=True)
    assert (await funnel(desk.rt.db, olena.tenant_id, clock)).replied == 1


def chunks(picture: bytes) -> list[tuple[bytes, bytes]]:
    """A PNG's chunks; fails on a broken signature, length or checksum."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    found, position = [], 8
    while position < len(picture):
        (length,) = struct.unpack(">I", picture[position : position + 4])
        kind, data = picture[position + 4 : position + 8], picture[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack(">I", picture[position + 8 + length : position + 12 + length])
        assert checksum == zlib.crc32(kind + data)
        found.append((kind, data))
        position += 12 + length
    assert found[-1] == (b"IEND", b"")
    return found


@pytest.mark.parametrize(
    "steps",
    [
        [
            ("Картки", 120),
            ("Показано", 80),
            ("Чернетки", 20),
            ("Надіслано", 12),
            ("Відповіді", 3),
            ("Найм", 1),
        ],
        [("Cards", 0), ("Sent", 0)],
        [("Only", 1)],
        [("$x^2$ <b> \\frac", 10**9), ("y" * 80, 1)],
    ],
)
async def test_the_picture_is_a_sound_png_of_the_stated_size(steps: list[tuple[str, int]]) -> None:
    picture = await funnel_chart(steps, title="Заголовок & title")
    parts = chunks(picture)
    assert parts[0][0] == b"IHDR"
    width, height = struct.unpack(">II", parts[0][1][:8])
    assert (width, height) == (1200, 760)
    pixels = zlib.decompress(b"".join(data for kind, data in parts if kind == b"IDAT"))
    assert len(set(pixels)) > 20


async def test_pictures_drawn_at_once_do_not_mix() -> None:
    alone = [await funnel_chart([("step", number)], title=f"{number}") for number in range(4)]
    together = await asyncio.gather(*(funnel_chart([("step", n)], title=f"{n}") for n in range(4)))
    assert alone == together
    assert len(set(alone)) == 4
