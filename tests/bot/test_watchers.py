"""Alerts reach those whose role sees them, in their chat and their mailbox; and an alert says what to do in one message."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pyotp
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.notify import TelegramNotifier
from core.access.models import WebLogin
from core.access.permissions import ALLOWED, Permission, Role
from core.access.roles import OPERATOR, grant_role, revoke_role
from core.access.watchers import WATCHING, holders, watchers
from core.crypto import ALARM_AT
from core.errors import Unavailable
from core.jobs import Job, enqueue
from core.notifications.notifier import Trouble
from core.security.alerts.models import Alert, AlertKind
from core.security.alerts.service import raise_alert, recent_alerts
from core.security.factors import service as factors
from core.security.lock import lock
from core.security.models import KeyUse
from core.settings import Login
from core.upwork import tokens
from core.upwork.models import UpworkAccount
from sandbox.mail import Mailbox, smtp_server
from tests.bot.person import Person, words_of
from tests.bot.stage import Stage


@pytest.fixture
async def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def posted(stage: Stage, mailbox: Mailbox) -> AsyncIterator[Stage]:
    """The stage with a mail server and nobody named in the settings."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with smtp_server(mailbox, "127.0.0.1", port):
        settings = stage.rt.settings.model_copy(
            update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"), "public_url": "http://127.0.0.1:8000"}
        )
        stage.rt = replace(stage.rt, settings=settings)
        yield stage


async def someone(stage: Stage, name: str, *, role: Role | None = None, mail: str = "") -> Person:
    """A person with a chat, maybe a role, and maybe the confirmed address of a web login."""
    person = await stage.person(name)
    await person.says("/start")
    rt, tenant_id = stage.as_role(Login.WEB), (await person.account()).tenant_id
    async with rt.db.begin(tenant_id) as session:
        if role is not None:
            assert await grant_role(session, role=role, by=OPERATOR)
        if mail:
            keys = await rt.keys(session)
            row = WebLogin(email_index=uuid4().hex, tenant_id=tenant_id, id=uuid4(), email_sealed=b"")
            row.email_sealed = keys.seal(row, "email_sealed", mail)
            session.add(row)
    return person


async def warn(person: Person, kind: AlertKind = AlertKind.NEW_DEVICE, **facts: str | int) -> Alert:
    rt, tenant_id = person.stage.as_role(Login.WEB), (await person.account()).tenant_id
    async with rt.db.begin(tenant_id) as session:
        await raise_alert(session, kind, **(facts or {"login": "7"}))
    await person.stage.work(Job.TELL_ALERT)
    return await newest(person)


async def newest(person: Person) -> Alert:
    async with person.stage.rt.db.begin((await person.account()).tenant_id) as session:
        return (await recent_alerts(session, limit=1))[0]


async def heard(person: Person, words: str = "new browser") -> list[str]:
    return [words_of(message) for message in await person.messages() if words in words_of(message)]


def mailed(mailbox: Mailbox) -> list[str]:
    return sorted(mail.recipients[0] for mail in mailbox.newest_first())


def test_watching_is_what_the_table_of_permissions_says() -> None:
    assert {Role.MODERATOR, Role.ADMIN} == WATCHING
    assert all((Permission.SEE_ALERTS in ALLOWED[role]) == (role in WATCHING) for role in Role)


@pytest.mark.asvs("V6.3.7")
async def test_whoever_sees_alerts_by_role_is_told_in_the_chat_and_by_mail(
    posted: Stage, mailbox: Mailbox
) -> None:
    admin = await someone(posted, "Iryna", role=Role.ADMIN, mail="iryna@office.example")
    moderator = await someone(posted, "Marko", role=Role.MODERATOR)
    other = await someone(posted, "Petro", role=Role.PREMIUM, mail="petro@studio.example")
    olena = await someone(posted, "Olena", mail="olena@studio.example")
    await posted.work(Job.TELL_ALERT)
    mailbox.clear()
    alert = await warn(olena, AlertKind.NEW_DEVICE, login="7", ref="c4n4ry-of-olena")
    account = str(alert.tenant_id)[:8]
    for watcher in (admin, moderator):
        [told] = await heard(watcher)
        assert account in told
        assert "c4n4ry" not in told
        told_as = await watcher.last(containing="new browser")
        assert not told_as["keyboard"], "nobody locks another's account"
    assert await heard(other) == []
    assert len(await heard(olena)) == 1
    assert mailed(mailbox) == ["iryna@office.example", "olena@studio.example"]
    [letter] = mailbox.newest_first("iryna@office.example")
    assert account in letter.text
    assert "/kill/" not in letter.text
    assert "c4n4ry" not in letter.text
    assert alert.operators_at is not None


async def test_roles_that_ended_locked_watchers_and_ones_own_alerts_are_left_out(
    posted: Stage, mailbox: Mailbox
) -> None:
    admin = await someone(posted, "Iryna", role=Role.ADMIN, mail="iryna@office.example")
    former = await someone(posted, "Marko", role=Role.ADMIN, mail="marko@office.example")
    stolen = await someone(posted, "Stefan", role=Role.ADMIN, mail="stefan@office.example")
    rt = posted.as_role(Login.WEB)
    async with rt.db.begin((await former.account()).tenant_id) as session:
        assert await revoke_role(session, role=Role.ADMIN, by=OPERATOR, clock=rt.clock)
    async with rt.db.begin((await stolen.account()).tenant_id) as session:
        assert await lock(session, clock=rt.clock, reason="console")
    await posted.work(Job.TELL_ALERT)
    mailbox.clear()
    await warn(admin)
    assert len(await heard(admin)) == 1, "as its person, and not as its watcher too"
    assert "this was me" in str(await admin.labels()).lower()
    assert await heard(former) == await heard(stolen) == []
    assert mailed(mailbox) == ["iryna@office.example"]


async def test_an_operator_who_is_an_admin_too_hears_once(posted: Stage, mailbox: Mailbox) -> None:
    admin = await someone(posted, "Iryna", role=Role.ADMIN, mail="Iryna@office.example")
    update_ = {"operator_chat_ids": str(admin.user_id), "operator_emails": "iryna@office.example"}
    posted.rt = replace(posted.rt, settings=posted.rt.settings.model_copy(update=update_))
    olena = await someone(posted, "Olena")
    await posted.work(Job.TELL_ALERT)
    mailbox.clear()
    await warn(olena)
    assert len(await heard(admin)) == 1
    assert mailed(mailbox) == ["iryna@office.example"]


async def test_a_watcher_who_is_away_keeps_nobody_waiting_and_has_nobody_told_twice(
    posted: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = await someone(posted, "Iryna", role=Role.ADMIN)
    here = await someone(posted, "Marko", role=Role.ADMIN)
    olena = await someone(posted, "Olena")
    await posted.work(Job.TELL_ALERT)
    tell = TelegramNotifier.watcher

    async def fails(self: TelegramNotifier, chat_id: int, locale: str | None, news: Alert | Trouble) -> None:
        if chat_id == away.user_id:
            raise Unavailable("telegram")
        await tell(self, chat_id, locale, news)

    with monkeypatch.context() as patch:
        patch.setattr(TelegramNotifier, "watcher", fails)
        alert = await warn(olena)
    assert (len(await heard(here)), len(await heard(away)), len(await heard(olena))) == (1, 0, 1)
    assert alert.operators_at is None
    assert not any(str(here.user_id) in way for way in alert.reached), (
        "nobody's id is kept with another's account"
    )
    await posted.work(Job.TELL_ALERT, hurry=True)
    assert (len(await heard(here)), len(await heard(away)), len(await heard(olena))) == (1, 1, 1)
    assert (await newest(olena)).operators_at is not None


async def test_the_notifier_finds_who_holds_a_role_and_nothing_else_of_them(stage: Stage) -> None:
    admin = await someone(stage, "Iryna", role=Role.ADMIN)
    await someone(stage, "Petro", role=Role.PREMIUM)
    rt = stage.as_role(Login.NOTIFY)
    assert await holders(rt.db, WATCHING) == [(await admin.account()).tenant_id]
    assert await holders(rt.db, frozenset()) == []
    found = await watchers(rt, besides=(await admin.account()).tenant_id)
    assert admin.user_id not in found.chats


async def test_a_worn_key_is_told_to_the_watchers_once_a_day(posted: Stage, mailbox: Mailbox) -> None:
    admin = await someone(posted, "Iryna", role=Role.ADMIN, mail="iryna@office.example")
    await posted.work(Job.TELL_ALERT)
    mailbox.clear()
    async with posted.rt.db.begin() as session:
        session.add(KeyUse(version=7, sealed=ALARM_AT))
    nobody = UUID(int=0)
    for _ in range(2):
        async with posted.rt.db.begin() as session:
            await enqueue(session, Job.WATCH_WEBHOOK, tenant_id=nobody, ref=nobody)
        await posted.work(Job.WATCH_WEBHOOK, hurry=True)
    assert len(await heard(admin, "half used up")) == 1
    [letter] = mailbox.newest_first()
    assert "half used up" in letter.subject
    assert "<" not in letter.text


# One message for a refused token


async def test_a_refused_token_is_told_once_with_the_way_back(posted: Stage) -> None:
    olena = await posted.person()
    await olena.onboards()
    await posted.work(Job.TELL_ALERT)
    before = len(await olena.messages())
    rt, tenant_id = posted.as_role(Login.UPWORK), (await olena.account()).tenant_id
    async with rt.db.begin(tenant_id) as session:
        version = await session.scalar(select(UpworkAccount.token_version))
    assert version is not None
    assert await tokens.park(rt.db, tenant_id, version=version, reason="invalid_grant")
    await posted.work(Job.TELL_ALERT, Job.PROBE_ACCOUNT, Job.POLL_SEARCH, Job.SYNC_ROOMS, hurry=True)
    new = (await olena.messages())[before:]
    assert len(new) == 1, [words_of(message) for message in new]
    assert "does not accept our connection" in words_of(new[0])
    assert [olena.words.plain("button.connect"), olena.words.plain("button.lock")] == (await olena.labels())[
        -2:
    ]
    await olena.presses("button.connect")
    assert (await olena.last())["message_id"] > new[0]["message_id"], "the button leads on"


# The first factor


async def test_the_first_factor_is_confirmed_calmly_and_told_by_mail_too(
    posted: Stage, mailbox: Mailbox
) -> None:
    """Somebody with a stolen chat may be setting it up, so the mailbox hears of it and can stop everything."""
    olena = await someone(posted, "Olena", mail="olena@studio.example")
    rt = posted.as_role(Login.WEB)
    async with rt.db.begin((await olena.account()).tenant_id) as session:
        keys = await rt.keys(session)
        offer = await factors.begin_totp(session, keys, clock=rt.clock)
        code = pyotp.TOTP(offer.secret).at(rt.clock.now())
        assert await factors.confirm_totp(session, keys, code=code, clock=rt.clock)
    await posted.work(Job.TELL_ALERT)
    message = await olena.last(containing="first protection")
    assert "⚠️" not in words_of(message)
    assert "authenticator app" in words_of(message)
    assert olena.words.plain("button.lock") in await olena.labels()
    [letter] = mailbox.newest_first("olena@studio.example")
    assert letter.subject.strip() == "News from Gigwright: The account got its first protection"
    assert "/kill/" in letter.text
    assert (await newest(olena)).kind == AlertKind.FIRST_FACTOR
