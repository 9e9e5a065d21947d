"""Mail and text messages, against servers that really take them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from core.db import Database
from core.errors import Invalid, NetworkInTransaction, Unavailable
from core.http import open_http
from core.notifications.mail import send_mail
from core.notifications.sms import send_sms
from core.settings import Settings
from sandbox.mail import Mailbox, smtp_server
from sandbox.sms import create_sms_app

ACCOUNT = "AC" + "0" * 32


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
async def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def mailing(settings: Settings, mailbox: Mailbox) -> AsyncIterator[Settings]:
    port = free_port()
    async with smtp_server(mailbox, "127.0.0.1", port):
        yield settings.model_copy(
            update={
                "smtp_url": SecretStr(f"smtp://us%40er:p%3Ass@127.0.0.1:{port}"),
                "mail_from": "Gigwright <no-reply@gigwright.example>",
            }
        )


async def test_a_mail_arrives_as_it_was_written(mailing: Settings, mailbox: Mailbox) -> None:
    text = "Ваш акаунт заблоковано.\n\n.крапка на початку рядка\nhttps://example.com/" + "a" * 300 + "\n"
    assert await send_mail(mailing, to="olena@example.com", subject="Увага:\r\nBcc: x@y.z", text=text)
    [mail] = mailbox.newest_first("olena@example.com")
    assert (mail.sender, mail.recipients) == ("no-reply@gigwright.example", ("olena@example.com",))
    assert mail.subject == "Увага: Bcc: x@y.z"
    assert mail.text == text


async def test_nothing_is_mailed_without_a_server(settings: Settings) -> None:
    assert settings.smtp_url is None
    assert not await send_mail(settings, to="olena@example.com", subject="s", text="t")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "olena",
        "a@b.example, c@d.example",
        "Olena <olena@example.com>",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\x00",
        "a b@c.example",
    ],
)
async def test_what_is_no_single_address_is_refused(
    mailing: Settings, mailbox: Mailbox, address: str
) -> None:
    with pytest.raises(Invalid):
        await send_mail(mailing, to=address, subject="s", text="t")
    assert mailbox.newest_first() == []


async def test_a_server_that_is_away_is_unavailable(settings: Settings) -> None:
    away = settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{free_port()}")})
    with pytest.raises(Unavailable) as failure:
        await send_mail(away, to="olena@example.com", subject="s", text="t")
    assert "olena" not in str(failure.value)


async def test_a_server_that_refuses_the_address_for_good_is_not_asked_again(settings: Settings) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            if line.startswith(b"QUIT"):
                break
            writer.write(b"550 5.1.1 no such user\r\n" if line.startswith(b"RCPT") else b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    used = settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}")})
    async with server:
        with pytest.raises(Invalid):
            await send_mail(used, to="gone@example.com", subject="s", text="t")


async def test_no_mail_and_no_text_leave_inside_a_transaction(
    db: Database, mailing: Settings, texting: tuple[Settings, httpx.AsyncClient]
) -> None:
    settings, _ = texting
    async with open_http() as http, db.begin():
        with pytest.raises(NetworkInTransaction):
            await send_mail(mailing, to="olena@example.com", subject="s", text="t")
        with pytest.raises(NetworkInTransaction):
            await send_sms(http, settings, to="+380501234567", text="t")


@pytest.fixture
async def texting(settings: Settings) -> AsyncIterator[tuple[Settings, httpx.AsyncClient]]:
    used = settings.model_copy(
        update={
            "sms_api_base": "http://sms.test",
            "sms_account": ACCOUNT,
            "sms_token": SecretStr("secret"),
            "sms_from": "+15005550006",
        }
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_sms_app())) as http:
        yield used, http


async def test_a_text_arrives(texting: tuple[Settings, httpx.AsyncClient]) -> None:
    settings, http = texting
    assert await send_sms(http, settings, to="+380501234567", text="Код 123456")
    stored = (await http.get("http://sms.test/messages")).json()["messages"]
    assert [(sms["to"], sms["from"], sms["body"]) for sms in stored] == [
        ("+380501234567", "+15005550006", "Код 123456")
    ]


async def test_nothing_is_texted_without_an_account(settings: Settings) -> None:
    async with httpx.AsyncClient() as http:
        assert not await send_sms(http, settings, to="+380501234567", text="t")


async def test_a_number_that_is_none_is_refused_for_good(texting: tuple[Settings, httpx.AsyncClient]) -> None:
    settings, http = texting
    with pytest.raises(Invalid):
        await send_sms(http, settings, to="12345", text="t")


async def test_wrong_credentials_are_unavailable_and_name_no_secret(
    texting: tuple[Settings, httpx.AsyncClient],
) -> None:
    settings, http = texting
    wrong = settings.model_copy(update={"sms_account": "AC1"})
    with pytest.raises(Unavailable) as failure:
        await send_sms(http, wrong, to="+380501234567", text="t")
    assert "secret" not in str(failure.value)
