"""Every button that names a row, pressed by somebody whose row it is not: as if it were not there, nothing moved, and noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from aiogram.filters.callback_data import CallbackData
from sqlalchemy import text

from bot.callbacks import (
    ActionCb,
    AlertCb,
    ApproveCb,
    CardCb,
    DraftCb,
    ExperimentCb,
    JoinCb,
    MediaCb,
    PrivacyCb,
    RoomCb,
    SearchCb,
    StepUpCb,
    TemplateCb,
)
from core.experiments import service as experiments
from core.experiments.bandit import Split
from core.experiments.models import Factor
from core.media import service as media
from core.media.models import MediaKind
from core.privacy import export
from core.security.alerts.models import AlertKind
from core.security.alerts.service import raise_alert
from core.security.assurance import ACCOUNT, Act, chat_session, subject_hash
from core.security.stepup import service as stepup
from core.templates import service as templates
from core.templates.importing import named_text
from tests.bot.looking import check_messages, data_of, ids, refused
from tests.bot.person import Person
from tests.bot.stage import Stage
from tests.core.acting import OwnerSql
from tests.web.walking import checksums

VERBS: Mapping[type[CallbackData], tuple[str, ...]] = {
    CardCb: ("draft", "patterns", "from", "open", "skip", "why", "save", "restore", "redraw"),
    DraftCb: (
        "review", "confirm", "edit", "instruct", "price", "answer", "chip", "rewrite", "undo", "diff", "clean", "discard",
    ),
    MediaCb: ("job", "facts", "again", "words", "add", "no", "paste_job", "paste_facts"),
    TemplateCb: ("show", "edit", "delete", "improve", "take", "leave"),
    ExperimentCb: ("stop", "keep"),
    ActionCb: ("letter", "resend", "retry", "beyond", "drop", "look"),
    RoomCb: ("draft",),
    SearchCb: ("delete", "pause", "resume"),
    PrivacyCb: ("link",),
    AlertCb: ("mine",),
    StepUpCb: ("",),
}  # fmt: skip
"""What the buttons that carry a row's id can ask for. `AlertCb`'s "lock" is left out: it locks the presser's own account."""

OTHERWISE = {ApproveCb.__prefix__, JoinCb.__prefix__}
"""They carry a secret instead of an id."""


def carries_an_id(kind: type[CallbackData]) -> bool:
    return any("UUID" in str(field.annotation) for field in kind.model_fields.values())


def test_no_button_with_an_id_is_left_out() -> None:
    kinds = set(CallbackData.__subclasses__())
    assert {kind for kind in kinds if carries_an_id(kind)} == set(VERBS)
    secrets = {kind.__prefix__ for kind in kinds if {"nonce", "token"} & set(kind.model_fields)}
    assert secrets == OTHERWISE


async def rows_of(person: Person) -> dict[type[CallbackData], UUID]:
    """A row of the person's own for every kind of button."""
    rt, account = person.stage.rt, await person.account()
    known, by = await ids(person), chat_session(person.user_id)
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        [letter] = await templates.add_templates(
            session, keys, [named_text("Opening\nHello, I have done this before.")]
        )
        await experiments.start(session, factor=Factor.LENGTH, split=Split.FIXED, variants=("short", "long"))
        heard = await media.receive(
            session,
            keys,
            kind=MediaKind.VOICE,
            chat_id=account.chat_id,
            message_id=1,
            details=media.Details("file"),
        )
        await raise_alert(session, AlertKind.NEW_DEVICE, login="x")
        stepup.grant(session, Act.EXPORT, hashed=subject_hash(Act.EXPORT, ACCOUNT), by=by, clock=rt.clock)
        await session.flush()
        copy = await export.request_export(session, by=by, language="en", clock=rt.clock)
        asked = await stepup.open_challenge(
            session, Act.FORGET, subject=ACCOUNT, by=by, clock=rt.clock, settings=rt.settings, resume={}
        )
    async with rt.db.begin(account.tenant_id) as session:
        alert = await session.scalar(text("select id from app.alerts limit 1"))
        experiment = await session.scalar(text("select id from app.experiments limit 1"))
    return {
        CardCb: known["job_cards"],
        DraftCb: known["drafts"],
        ActionCb: known["actions"],
        RoomCb: known["rooms"],
        SearchCb: known["saved_searches"],
        TemplateCb: letter.id,
        ExperimentCb: experiment,
        MediaCb: heard.row.id,
        AlertCb: alert,
        PrivacyCb: copy,
        StepUpCb: asked.id,
    }


def pack(kind: type[CallbackData], verb: str, row: UUID) -> str:
    values: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if "UUID" in str(field.annotation):
            values[name] = row
        elif name == "verb":
            values[name] = verb
        elif name == "version":
            values[name] = 1
        elif name == "arg":
            values[name] = {"chip": "shorter", "skip": "budget", "from": ""}.get(verb, "0")
    return kind(**values).pack()


async def refusals(person: Person) -> int:
    account = await person.account()
    async with person.stage.rt.db.begin(account.tenant_id) as session:
        found = await session.scalar(
            text("select count(*) from app.audit_events where event = 'access.refused'")
        )
    return int(found)


@pytest.mark.asvs("V8.2.2")
async def test_a_button_with_somebody_elses_row_finds_nothing_moves_nothing_and_is_noted(
    stage: Stage, owner_sql: OwnerSql
) -> None:
    olena, taras = await stage.person("Olena"), await stage.person("Taras")
    await olena.hears("Sounds good. When can you start?")
    await olena.says("Tomorrow.", reply_to=(await olena.last())["message_id"])
    await taras.onboards(link=False)
    rows = await rows_of(olena)
    assert all(rows.values())
    under = (await taras.last())["message_id"]
    nonce = (await data_of(olena, "Send exactly")).partition(":")[2]
    before, silent = await checksums(owner_sql), []

    presses = [(pack(kind, verb, rows[kind]), verb) for kind, verbs in VERBS.items() for verb in verbs]
    for data, verb in [*presses, (ApproveCb(nonce=nonce).pack(), "")]:
        noted = await refusals(taras)
        refused(await taras.forces(data, under), taras)
        if await refusals(taras) != noted + 1:
            silent.append(f"{data.partition(':')[0]} {verb}")

    after = await checksums(owner_sql)
    assert {table for table in before if before[table] != after[table]} <= {"sent_messages"}
    assert silent == []
    await check_messages(taras, [])
    assert "Tomorrow" not in await taras.transcript()
