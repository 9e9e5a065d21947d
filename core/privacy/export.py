"""A person's copy of everything: asked for, put together in the background, sealed for a day, fetched through a link.

One transaction per table, so that a big account holds nothing open; the file itself lies under the tenant's own key.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.access.quota import Metered, take
from core.clock import Clock
from core.crypto import TenantKeys, token_hash
from core.db import Database, tenant_of
from core.errors import NotFound
from core.failpoints import reach
from core.jobs import Job, enqueue
from core.privacy.gather import Gathered, gather, names
from core.privacy.models import DataExport, ExportState
from core.privacy.readme import readme
from core.privacy.rules import RULES, Export
from core.runtime import Runtime
from core.security import audit
from core.security.alerts.service import AlertKind, raise_alert
from core.security.assurance import ACCOUNT, Act
from core.security.models import PageLink
from core.security.page_links import LinkGone, OtherBrowser, Purpose, tenant_of_link
from core.security.stepup.service import require
from core.settings import Settings

EXPORT_LIFE = timedelta(hours=24)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FIXED_TIME = (2020, 1, 1, 0, 0, 0)

Told = Callable[[int, int], Awaitable[None]]
"""Hears (tables read, of how many); called outside of any transaction."""


@dataclass(frozen=True, slots=True)
class ExportView:
    id: UUID
    state: ExportState
    language: str
    size: int
    rows: int
    made_at: datetime
    expires_at: datetime
    message_id: int | None


def page_url(settings: Settings, token: str) -> str:
    """Where a one-time link leads."""
    return f"{settings.public_url.rstrip('/')}/export/{token}"


async def request_export(session: AsyncSession, *, by: str, language: str, clock: Clock) -> UUID:
    """Ask for a copy. Uses up a step-up and one of today's exports; an earlier copy is emptied.

    Raises StepUpNeeded, LimitReached.
    """
    await require(session, Act.EXPORT, subject=ACCOUNT, by=by, clock=clock)
    await take(session, Metered.EXPORT)
    tenant_id = tenant_of(session)
    await session.execute(
        update(DataExport)
        .where(DataExport.tenant_id == tenant_id, DataExport.state != ExportState.GONE)
        .values(state=ExportState.GONE, content_sealed=None)
    )
    row = DataExport(
        tenant_id=tenant_id,
        id=uuid4(),
        state=ExportState.WAITING,
        language=language,
        size=0,
        rows=0,
        expires_at=clock.now() + EXPORT_LIFE,
    )
    session.add(row)
    audit.record(session, "export.asked", actor=audit.USER, export=str(row.id))
    await raise_alert(session, AlertKind.EXPORTED, export=str(row.id))
    await enqueue(session, Job.EXPORT_DATA, tenant_id=tenant_id, ref=row.id)
    return row.id


async def export_view(session: AsyncSession, *, export_id: UUID) -> ExportView | None:
    """How an export stands, without its content."""
    row = (
        await session.execute(
            select(
                DataExport.id,
                DataExport.state,
                DataExport.language,
                DataExport.size,
                DataExport.rows,
                DataExport.created_at,
                DataExport.expires_at,
                DataExport.message_id,
            ).where(DataExport.id == export_id)
        )
    ).one_or_none()
    if row is None:
        return None
    return ExportView(
        row.id,
        ExportState(row.state),
        row.language,
        row.size,
        row.rows,
        row.created_at,
        row.expires_at,
        row.message_id,
    )


async def note_message(session: AsyncSession, *, export_id: UUID, message_id: int) -> None:
    """Which message of the chat shows how far it is."""
    await session.execute(update(DataExport).where(DataExport.id == export_id).values(message_id=message_id))


async def build(rt: Runtime, *, tenant_id: UUID, export_id: UUID, told: Told) -> bool:
    """Job.EXPORT_DATA: put the copy together and seal it. False when it is not wanted any more. Safe to repeat."""
    async with rt.db.begin(tenant_id) as session:
        view = await export_view(session, export_id=export_id)
    if view is None or view.state is not ExportState.WAITING:
        return view is not None and view.state is ExportState.READY
    found: list[Gathered] = []
    wanted = names()
    for position, name in enumerate(wanted):
        async with rt.db.begin(tenant_id) as session:
            found.append(await gather(session, await rt.keys(session), name))
        if position == len(wanted) // 2:
            reach("mid_export")
        await told(position + 1, len(wanted))
    content = pack(found, language=view.language, at=rt.clock.now())
    async with rt.db.begin(tenant_id) as session:
        return await _keep(session, await rt.keys(session), export_id, content, found)


async def _keep(
    session: AsyncSession, keys: TenantKeys, export_id: UUID, content: bytes, found: Sequence[Gathered]
) -> bool:
    row = await session.scalar(
        select(DataExport)
        .where(DataExport.id == export_id, DataExport.state == ExportState.WAITING)
        .with_for_update()
    )
    if row is None:
        return False
    row.content_sealed = keys.seal_bytes(row, "content_sealed", content)
    row.size, row.rows = len(content), sum(len(table.rows) for table in found)
    row.state = ExportState.READY
    audit.record(session, "export.made", export=str(export_id), rows=row.rows, bytes=row.size)
    return True


async def look(db: Database, clock: Clock, *, token: str, browser: str) -> ExportView:
    """What a one-time link leads to; changes nothing. Raises LinkGone, OtherBrowser."""
    tenant_id = await tenant_of_link(db, token=token)
    async with db.begin(tenant_id) as session:
        link = await session.scalar(
            select(PageLink).where(
                PageLink.token_hash == token_hash(token),
                PageLink.purpose == Purpose.EXPORT.value,
                PageLink.used_at.is_(None),
                PageLink.expires_at > clock.now(),
            )
        )
        if link is None or link.ref is None:
            raise LinkGone
        if link.browser_hash is not None and link.browser_hash != token_hash(browser):
            raise OtherBrowser
        view = await export_view(session, export_id=link.ref)
    if view is None or view.state is not ExportState.READY or view.expires_at <= clock.now():
        raise LinkGone
    return view


async def fetch(session: AsyncSession, keys: TenantKeys, *, export_id: UUID, clock: Clock) -> bytes:
    """The ZIP. Raises NotFound when there is none (any more).

    It stays for its day: a download that breaks off must not cost the copy, and the next one wants a new link.
    """
    row = await session.scalar(
        select(DataExport).where(
            DataExport.id == export_id,
            DataExport.state == ExportState.READY,
            DataExport.expires_at > clock.now(),
        )
    )
    if row is None:
        raise NotFound
    audit.record(session, "export.fetched", actor=audit.USER, export=str(export_id))
    return keys.unseal_bytes(row, "content_sealed")


async def forget_old_exports(session: AsyncSession, *, clock: Clock) -> int:
    """Empty what nobody fetched in a day; how many."""
    emptied = await session.scalars(
        update(DataExport)
        .where(DataExport.expires_at <= clock.now(), DataExport.content_sealed.is_not(None))
        .values(state=ExportState.GONE, content_sealed=None)
        .returning(DataExport.id)
    )
    return len(emptied.all())


def pack(found: Sequence[Gathered], *, language: str, at: datetime) -> bytes:
    """The ZIP: a README, one JSON per table, two CSV for a spreadsheet, and what is held back by name."""
    by_table = {table.table: table for table in found}
    files: dict[str, str] = {"README.txt": readme(language, at=at, tables=len(found))}
    for table in found:
        rule = RULES[table.table]
        if rule.export is Export.ROWS:
            content = {
                "table": table.table,
                "about": rule.why,
                "kept": rule.keep,
                "held_columns": table.held,
                "rows": table.rows,
            }
            files[f"{rule.group.value}/{table.table}.json"] = _json(content)
    files["held.json"] = _json(
        [
            {
                "table": table.table,
                "about": RULES[table.table].why,
                "rows": table.count,
                "columns": table.held,
            }
            for table in found
            if table.held
        ]
    )
    files["proposals.csv"] = to_csv(_proposals(by_table))
    files["cards.csv"] = to_csv([dict(row) for row in _rows(by_table, "job_cards")])
    return _zip(files)


def _rows(by_table: Mapping[str, Gathered], name: str) -> Sequence[Mapping[str, Any]]:
    return by_table[name].rows if name in by_table else ()


def _proposals(by_table: Mapping[str, Gathered]) -> list[dict[str, Any]]:
    """Every approved action beside the words that were approved."""
    payloads = {row["id"]: row.get("payload") for row in _rows(by_table, "approvals")}
    rows = []
    for action in _rows(by_table, "actions"):
        payload = payloads.get(action["approval_id"])
        words = payload if isinstance(payload, dict) else {}
        rows.append(
            {
                "approved_at": action["approved_at"],
                "kind": action["kind"],
                "state": action["state"],
                "settled_at": action["settled_at"],
                "upwork_job_or_room": action["target"],
                "upwork_id": action["remote_id"],
                "bid": words.get("bid"),
                "currency": words.get("currency"),
                "text": words.get("text"),
                "answers": words.get("answers"),
            }
        )
    return rows


def to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of the same shape. A spreadsheet would run what begins like a formula, so that gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out)
    if rows:
        writer.writerow([_cell(name) for name in rows[0]])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1)


def _zip(files: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode("utf-8", "surrogatepass"))
    return out.getvalue()
