"""With the right Telegram id and nothing else, every verb of the table that needs more is refused, by every way in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text

from bot.callbacks import ActionCb, LimitCb, PrivacyCb, SecurityCb, UpworkCb
from core.jobs import Job
from core.proposals.models import Action
from core.security.assurance import LEVELS, Act, Level
from core.security.lock import lock
from core.security.models import AuditEvent
from core.security.stepup import service as stepup
from core.security.stepup.models import ChallengeRow
from core.security.stepup.service import CHALLENGE_LIFE
from core.settings import Login
from tests.bot.person import Person
from tests.bot.stage import Stage

ROOT = Path(__file__).resolve().parents[2]

# What a stolen chat could press, whether or not there is such a button in sight, and what it has to prove for that.
PRESSED: dict[str, tuple[Act, Callable[[UUID], str]]] = {
    "send once more": (Act.APPROVE, lambda action: ActionCb(verb="resend", action=action).pack()),
    "try again": (Act.APPROVE, lambda action: ActionCb(verb="retry", action=action).pack()),
    "beyond the limit": (Act.APPROVE, lambda action: ActionCb(verb="beyond", action=action).pack()),
    "disconnect": (Act.DISCONNECT_UPWORK, lambda _: UpworkCb(verb="disconnect").pack()),
    "raise bids": (
        Act.RAISE_LIMITS,
        lambda _: LimitCb(verb="set", limit="bids_a_day", value="200").pack(),
    ),
    "raise connects": (
        Act.RAISE_LIMITS,
        lambda _: LimitCb(verb="set", limit="connects_a_week", value="9999").pack(),
    ),
    "raise the hourly bid": (
        Act.RAISE_LIMITS,
        lambda _: LimitCb(verb="set", limit="highest_hourly", value="900").pack(),
    ),
    "raise the bid": (
        Act.RAISE_LIMITS,
        lambda _: LimitCb(verb="set", limit="highest_fixed", value="99999").pack(),
    ),
    "export": (Act.EXPORT, lambda _: PrivacyCb(verb="export").pack()),
    "forget": (Act.FORGET, lambda _: PrivacyCb(verb="forget").pack()),
    "end sessions": (Act.END_SESSIONS, lambda _: SecurityCb(verb="end").pack()),
}

WATCHED = (
    "actions",
    "approvals",
    "upwork_accounts",
    "oauth_attempts",
    "limits",
    "factors",
    "contacts",
    "tenants",
)


async def stored(person: Person) -> dict[str, str | None]:
    """A fingerprint of everything that a verb of the table could change."""
    async with person.stage.rt.db.begin((await person.account()).tenant_id) as session:
        return {
            table: await session.scalar(
                text(f"select md5(string_agg(t::text, '|' order by t::text)) from app.{table} t")  # noqa: S608 - names from above
            )
            for table in WATCHED
        }


async def nothing_proven(person: Person) -> None:
    async with person.stage.rt.db.begin((await person.account()).tenant_id) as session:
        await stepup.forget_proofs(session, clock=person.stage.rt.clock)
    # Three challenges are all there are within ten minutes, forgotten or not.
    person.stage.passes(seconds=CHALLENGE_LIFE.total_seconds())


async def asked_for(person: Person) -> str | None:
    async with person.stage.rt.db.begin((await person.account()).tenant_id) as session:
        return await session.scalar(select(ChallengeRow.act).order_by(ChallengeRow.asked_at.desc()).limit(1))


@pytest.mark.asvs("V6.3.4", "V7.5.3", "V7.5.1", "V16.3.2")
async def test_a_stolen_chat_gets_nothing_that_needs_a_factor(stage: Stage) -> None:
    person = await stage.person()
    await person.drafts()
    await person.presses("button.review")
    await person.presses("button.send")
    await stage.work(Job.EXECUTE_ACTION)
    async with stage.rt.db.begin((await person.account()).tenant_id) as session:
        action = (await session.scalars(select(Action.id))).one()
    message = await person.last()
    before = await stored(person)
    for name, (act, data) in PRESSED.items():
        await nothing_proven(person)
        await person.forces(data(action), message["message_id"])
        assert (name, await asked_for(person)) == (name, act)
        assert (name, await stored(person)) == (name, before)
    async with stage.rt.db.begin((await person.account()).tenant_id) as session:
        refused = await session.scalars(select(AuditEvent.event).where(AuditEvent.event == "step_up.asked"))
        assert len(list(refused)) == len(PRESSED)


@pytest.mark.asvs("V7.5.3")
async def test_connecting_and_unlocking_need_a_factor_too(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards(link=False)
    message = await person.last()
    await person.forces(UpworkCb(verb="connect").pack(), message["message_id"])
    assert await asked_for(person) == Act.CONNECT_UPWORK
    rt = stage.as_role(Login.BOT)
    async with rt.db.begin((await person.account()).tenant_id) as session:
        await lock(session, clock=rt.clock, reason="chat")
    stage.passes(seconds=1)
    before = await stored(person)
    await person.forces(SecurityCb(verb="unlock").pack(), message["message_id"])
    assert await asked_for(person) == Act.UNLOCK
    assert await stored(person) == before


def required() -> Iterator[str]:
    """Acts that some code in the core or at the edges asks a proof for."""
    for package in ("core", "bot", "web"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name in {"require", "StepUpNeeded"}:
                    yield from (
                        argument.attr
                        for argument in node.args
                        if isinstance(argument, ast.Attribute)
                        and isinstance(argument.value, ast.Name)
                        and argument.value.id == "Act"
                    )


@pytest.mark.asvs("V6.3.4")
def test_every_act_above_the_lowest_level_is_asked_for_where_it_happens() -> None:
    """In the core, so that chat, page and API cannot differ."""
    wanted = {act.name for act, level in LEVELS.items() if level is not Level.S0}
    # Roles are given by the operator's own command on the server; neither chat nor page nor API has a way to it.
    assert wanted - set(required()) <= {Act.GRANT_ROLE.name}


def test_every_act_has_its_level() -> None:
    assert set(LEVELS) == set(Act)
