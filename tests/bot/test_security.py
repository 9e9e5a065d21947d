"""Warnings in the chat, in the mailbox and with the operators; /security, /audit and /lock; the way back in."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from bot.texts import CATALOGUES, Words
from bot.views.alerts import alert_letter, alert_screen, operators_screen
from core.access import sessions
from core.accounts.models import Tenant
from core.jobs import Job, enqueue
from core.security import audit
from core.security.alerts.models import Alert, AlertKind
from core.security.alerts.service import raise_alert, recent_alerts
from core.security.assurance import Act
from core.security.factors import contacts
from core.security.factors.models import ContactKind
from core.settings import Login
from sandbox.mail import Mail, Mailbox, smtp_server
from tests.bot.person import Person, words_of
from tests.bot.stage import Stage

MAIL = "olena@example.com"


@pytest.fixture
async def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def operator(stage: Stage) -> Person:
    """Somebody who runs the installation, with a chat of their own."""
    person = await stage.person("Operator")
    await person.says("/start")
    return person


@pytest.fixture
async def watched(stage: Stage, mailbox: Mailbox, operator: Person) -> AsyncIterator[Stage]:
    """The stage with a mail server and an operator."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    update = {
        "smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"),
        "operator_chat_ids": str(operator.user_id),
        "operator_emails": "duty@example.com",
    }
    async with smtp_server(mailbox, "127.0.0.1", port):
        stage.rt = replace(stage.rt, settings=stage.rt.settings.model_copy(update=update))
        yield stage


@pytest.fixture
async def olena(watched: Stage) -> Person:
    """Protected by an authenticator app and with a mailbox to be warned at; all alerts about that are told."""
    person = await watched.person()
    await person.says("/start")
    await person.protects()
    await name_mailbox(person, MAIL)
    await watched.work(Job.TELL_ALERT)
    return person


async def name_mailbox(person: Person, address: str) -> None:
    """Add an address on the page, and type the code that was mailed to it."""
    rt, account = person.stage.as_role(Login.WEB), await person.account()
    by = f"telegram:{person.user_id}"
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        subject = contacts.subject_of(keys, ContactKind.EMAIL, address)
    await person.proves({Act.CHANGE_CONTACT: subject})
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        named = await contacts.set_contact(
            session, keys, kind=ContactKind.EMAIL, address=address, by=by, clock=rt.clock
        )
        confirmed = await contacts.confirm_contact(
            session,
            keys,
            contact_id=named.id,
            code_id=named.issued.id,
            code=named.issued.code,
            by=by,
            clock=rt.clock,
        )
    assert confirmed is not None


async def warn(person: Person, kind: AlertKind, **facts: str | int) -> None:
    rt, account = person.stage.as_role(Login.WEB), await person.account()
    async with rt.db.begin(account.tenant_id) as session:
        await raise_alert(session, kind, **facts)
    await person.stage.work(Job.TELL_ALERT)


async def alerts_of(person: Person) -> list[Alert]:
    account = await person.account()
    async with person.stage.rt.db.begin(account.tenant_id) as session:
        return await recent_alerts(session, limit=50)


async def is_locked(person: Person) -> bool:
    account = await person.account()
    async with person.stage.rt.db.begin(account.tenant_id) as session:
        return (await session.get_one(Tenant, account.tenant_id)).locked_at is not None


def kill_link(mail: Mail) -> str:
    found = re.search(r"http://\S+/kill/\S+", mail.text)
    assert found is not None, mail.text
    return found[0]


@pytest.mark.asvs("V6.3.7")
async def test_a_warning_reaches_the_chat_the_mailbox_and_the_operators(
    olena: Person, operator: Person, mailbox: Mailbox
) -> None:
    mailbox.clear()
    await warn(olena, AlertKind.NEW_DEVICE, login="7")
    assert "new browser" in words_of(await olena.last())
    assert olena.words.plain("button.this_was_me") in await olena.labels()
    [mail] = mailbox.newest_first(MAIL)
    assert mail.subject.strip() == "Gigwright warns: Somebody logged in to the web pages from a new browser"
    assert kill_link(mail)
    [duty] = mailbox.newest_first("duty@example.com")
    account = str((await olena.account()).tenant_id)[:8]
    assert account in duty.text
    assert account in words_of(await operator.last(containing="new browser"))
    assert "/kill/" not in duty.text, "only its owner gets the link"
    alert = (await alerts_of(olena))[0]
    assert None not in (alert.told_at, alert.mailed_at, alert.operators_at)


async def test_a_warning_is_told_once_however_often_its_job_runs(olena: Person, mailbox: Mailbox) -> None:
    mailbox.clear()
    await warn(olena, AlertKind.SESSION_REUSED, login="7")
    alert = (await alerts_of(olena))[0]
    async with olena.stage.rt.db.begin() as session:
        await enqueue(session, Job.TELL_ALERT, tenant_id=alert.tenant_id, ref=alert.id)
    await olena.stage.work(Job.TELL_ALERT)
    told = [message for message in await olena.messages() if "used twice" in words_of(message)]
    assert (len(told), len(mailbox.newest_first(MAIL))) == (1, 1)


async def test_a_telegram_that_is_away_keeps_no_mail_back(olena: Person, mailbox: Mailbox) -> None:
    mailbox.clear()
    await olena.stage.breaks("sendMessage", "500", times=50)
    await warn(olena, AlertKind.NEW_DEVICE, login="7")
    assert len(mailbox.newest_first(MAIL)) == 1
    assert (await alerts_of(olena))[0].told_at is None
    (await olena.stage.http.delete("/control/telegram/faults")).raise_for_status()
    await olena.stage.work(Job.TELL_ALERT, hurry=True)
    assert (await alerts_of(olena))[0].told_at is not None
    assert len(mailbox.newest_first(MAIL)) == 1, "what was mailed is not mailed again"


@pytest.mark.asvs("V6.3.7")
async def test_the_address_that_was_replaced_is_warned_too(olena: Person, mailbox: Mailbox) -> None:
    mailbox.clear()
    await name_mailbox(olena, "thief@example.com")
    await olena.stage.work(Job.TELL_ALERT)
    assert {tuple(mail.recipients) for mail in mailbox.newest_first()} == {
        (MAIL,),
        ("thief@example.com",),
        ("duty@example.com",),
    }


@pytest.mark.asvs("V6.3.7")
async def test_a_connected_upwork_account_is_told_of_in_the_chat_once_and_mailed(
    watched: Stage, mailbox: Mailbox
) -> None:
    person = await watched.person()
    await person.onboards(link=False)
    await person.protects()
    await name_mailbox(person, MAIL)
    await watched.work(Job.TELL_ALERT)
    mailbox.clear()
    await person.says("/upwork")
    await person.links()
    answered = len(await person.messages())
    await watched.work(Job.TELL_ALERT)

    [mail] = mailbox.newest_first(MAIL)
    assert mail.subject.strip() == "News from Gigwright: An Upwork account was connected"
    assert kill_link(mail)
    # The chat has just answered the code with it.
    assert len(await person.messages()) == answered
    newest = (await alerts_of(person))[0]
    assert (newest.kind, newest.told_at is None) == (AlertKind.UPWORK_LINKED, False)


async def test_this_was_me_is_remembered(olena: Person) -> None:
    await warn(olena, AlertKind.UNUSUAL_HOUR)
    await olena.presses("button.this_was_me")
    assert "this was you" in words_of(await olena.last(containing="unusual hour"))
    assert (await alerts_of(olena))[0].verdict == "mine"
    assert not await is_locked(olena)


async def test_the_button_under_a_warning_locks_the_account(olena: Person) -> None:
    await warn(olena, AlertKind.UNUSUAL_VOLUME, count=40)
    assert "40" in words_of(await olena.last())
    await olena.presses("button.lock")
    assert await is_locked(olena)
    assert "Locked." in words_of(await olena.last())


async def test_a_warnings_button_is_nobody_elses(olena: Person, operator: Person) -> None:
    await warn(olena, AlertKind.UNUSUAL_HOUR)
    alert = (await alerts_of(olena))[0]
    message = await operator.last()
    await operator.forces(f"al:mine:{alert.id.hex}", message["message_id"])
    await operator.forces(f"al:mine:{alert.id}", message["message_id"])
    assert (await alerts_of(olena))[0].verdict is None


async def test_the_link_in_the_mail_locks_the_account_once_and_only_when_its_button_is_pressed(
    olena: Person, mailbox: Mailbox
) -> None:
    mailbox.clear()
    await warn(olena, AlertKind.NEW_DEVICE, login="7")
    url = kill_link(mailbox.newest_first(MAIL)[0])
    async with olena.browser() as web:
        page = await web.get(url)
        assert (page.status_code, "Lock your account?" in page.text) == (200, True)
        assert not await is_locked(olena), "looking changes nothing"
        assert (await web.post(url, data={"proof": "guessed"})).status_code == 403
        assert not await is_locked(olena)
        proof = re.search(r'name="proof" value="([^"]*)"', page.text)
        assert proof is not None
        done = await web.post(url, data={"proof": proof[1]})
        assert (done.status_code, "Your account is locked" in done.text) == (200, True)
        assert await is_locked(olena)
        again = [await web.get(url), await web.post(url, data={"proof": proof[1]})]
    assert [answer.status_code for answer in again] == [404, 404]
    await olena.stage.work(Job.TELL_ALERT)
    assert "locked" in words_of(await olena.last())
    locked = mailbox.newest_first(MAIL)[0]
    assert "locked" in locked.subject
    assert "/kill/" not in locked.text


async def test_lock_stops_everything_and_opening_again_takes_a_factor(olena: Person) -> None:
    await olena.says("/lock")
    assert await is_locked(olena)
    assert "Locked." in words_of(await olena.last())
    await olena.says("/lock")
    assert "already" in words_of(await olena.last())
    await olena.presses("button.unlock")
    assert await is_locked(olena), "a tap alone opens nothing"
    await olena.steps_up()
    await olena.presses("button.go_on")
    assert not await is_locked(olena)
    assert "Open again" in words_of(await olena.last())


async def test_security_says_how_the_account_is_protected(olena: Person) -> None:
    await olena.says("/security")
    screen = words_of(await olena.last())
    for words in ("authenticator app", "Last proven in this chat", "by e-mail", "Settings → Devices"):
        assert words in screen
    await olena.presses("button.factors")
    url = str((await olena.last())["keyboard"][0][0]["url"])
    async with olena.browser() as web:
        assert (await web.get(url)).status_code == 200


async def test_security_says_when_nothing_protects_the_account(watched: Stage) -> None:
    taras = await watched.person("Taras", "uk")
    await taras.says("/start")
    await taras.says("/security")
    screen = words_of(await taras.last())
    assert "захищає лише цей чат" in screen
    assert "надходять лише сюди" in screen


async def test_ending_web_logins_wants_a_factor(olena: Person) -> None:
    rt, account = olena.stage.as_role(Login.WEB), await olena.account()
    async with rt.db.begin(account.tenant_id) as session:
        await sessions.begin(
            session, method="password", complete=True, console=False, browser="b" * 43, clock=rt.clock
        )
    await olena.says("/security")
    await olena.presses("button.end_sessions")
    await olena.steps_up()
    await olena.presses("button.go_on")
    assert "Ended web logins: 1" in words_of(await olena.last())


async def test_audit_says_what_happened_page_by_page(olena: Person) -> None:
    rt, account = olena.stage.rt, await olena.account()
    for number in range(15):
        async with rt.db.begin(account.tenant_id) as session:
            audit.record(session, "search.added", actor=audit.USER, number=number)
    await olena.says("/audit")
    first = words_of(await olena.last())
    assert "you · a search was added" in first
    assert "Fingerprint" in first
    await olena.presses("button.older")
    second = words_of(await olena.last(containing="newest first"))
    assert second != first
    await olena.presses("button.newest")
    assert "Fingerprint" in words_of(await olena.last(containing="newest first"))


async def test_the_weeks_report_carries_the_fingerprint_that_audit_shows(
    olena: Person, mailbox: Mailbox
) -> None:
    account = await olena.account()
    async with olena.stage.rt.db.begin() as session:
        await enqueue(session, Job.WEEKLY_REPORT, tenant_id=account.tenant_id, ref=account.tenant_id)
    await olena.stage.work(Job.WEEKLY_REPORT)
    report = words_of(await olena.last(containing="Your week"))
    [mailed] = [mail for mail in mailbox.newest_first(MAIL) if "your week" in mail.subject]
    await olena.says("/audit")
    fingerprint = re.compile(r"(?:[0-9a-f]{4}-){3}[0-9a-f]{4}")
    shown = fingerprint.findall(words_of(await olena.last()))
    assert fingerprint.findall(report) == fingerprint.findall(mailed.text) == shown
    assert "<" not in mailed.text


async def test_a_webhook_that_somebody_else_set_is_told_to_the_operators(
    watched: Stage, operator: Person, mailbox: Mailbox
) -> None:
    nobody = UUID(int=0)

    async def look() -> None:
        async with watched.rt.db.begin() as session:
            await enqueue(session, Job.WATCH_WEBHOOK, tenant_id=nobody, ref=nobody)
        await watched.work(Job.WATCH_WEBHOOK, hurry=True)

    await look()
    assert mailbox.newest_first("duty@example.com") == []
    await watched.close()
    await watched.bot.set_webhook("http://127.0.0.1:9/thief")
    try:
        await look()
        await look()
    finally:
        await watched.bot.delete_webhook()
    told = [message for message in await operator.messages() if "webhook was moved" in words_of(message)]
    assert (len(told), len(mailbox.newest_first("duty@example.com"))) == (1, 1)


@pytest.mark.parametrize("locale", sorted(CATALOGUES))
@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_of_warning_can_be_told(locale: str, kind: AlertKind) -> None:
    now = datetime.now(UTC)
    alert = Alert(tenant_id=uuid4(), id=uuid4(), kind=kind.value, facts={}, times=3, created_at=now)
    words = Words(locale)
    assert "{" not in alert_screen(words, alert).text
    assert "{" not in operators_screen(words, alert).text
    subject, body = alert_letter(words, alert, "https://example.com/kill/x")
    assert subject
    assert "<" not in body
