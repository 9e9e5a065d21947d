"""Captured mail and text messages: what goes in comes out, as data and as a page that shows text only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.mime.text import MIMEText

import aiosmtplib
import httpx
import pytest

from sandbox.mail import Mailbox, create_mail_app, smtp_server
from sandbox.processes import free_port
from sandbox.sms import create_sms_app

ACCOUNT = "AC" + "0123456789abcdef" * 2
SECRET = "any-secret"
SEND = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
GOOD = {"To": "+380501234567", "From": "+15005550006", "Body": "Your code is 123456"}
HOSTILE = "<script>alert(1)</script> <b>&amp;\" 'x' \u202eabc 🚀"


@pytest.fixture
async def smtp_port(mailbox: Mailbox) -> AsyncIterator[int]:
    port = free_port()
    async with smtp_server(mailbox, "127.0.0.1", port):
        yield port


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def mail(mailbox: Mailbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_mail_app(mailbox))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield client


@pytest.fixture
async def sms() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_sms_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield client


def letter(
    subject: str = "Your code", text: str = "It is 123456.", to: str = "olena@freelancers.example"
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Gigwright <no-reply@gigwright.example>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content(text)
    return message


async def test_a_sent_mail_is_listed(smtp_port: int, mail: httpx.AsyncClient) -> None:
    await aiosmtplib.send(letter(), hostname="127.0.0.1", port=smtp_port)
    (message,) = (await mail.get("/messages")).json()["messages"]
    assert message["subject"] == "Your code"
    assert message["text"] == "It is 123456.\n"
    assert message["sender"] == "no-reply@gigwright.example"
    assert message["recipients"] == ["olena@freelancers.example"]


async def test_signing_in_to_the_mail_server_is_accepted(smtp_port: int, mail: httpx.AsyncClient) -> None:
    await aiosmtplib.send(letter(), hostname="127.0.0.1", port=smtp_port, username="me", password="x")
    assert len((await mail.get("/messages")).json()["messages"]) == 1


async def test_ukrainian_and_emoji_survive(smtp_port: int, mail: httpx.AsyncClient) -> None:
    text = "Ваш код: 123456 🔐"
    await aiosmtplib.send(letter("Код входу", text), hostname="127.0.0.1", port=smtp_port)
    (message,) = (await mail.get("/messages")).json()["messages"]
    assert (message["subject"], message["text"].strip()) == ("Код входу", text)


async def test_attachments_are_named_and_html_only_mail_is_readable(
    smtp_port: int, mail: httpx.AsyncClient
) -> None:
    with_file = letter()
    with_file.add_attachment(b"1,2", maintype="text", subtype="csv", filename="report.csv")
    html_only = MIMEText("<p>Hello</p>", "html")
    html_only["Subject"] = "Page"
    for message in (with_file, html_only):
        await aiosmtplib.send(
            message,
            sender="a@gigwright.example",
            recipients=["b@freelancers.example"],
            hostname="127.0.0.1",
            port=smtp_port,
        )
    newest, older = (await mail.get("/messages")).json()["messages"]
    assert older["attachments"] == ["report.csv"]
    assert newest["text"].strip() == "<p>Hello</p>"


async def test_the_list_is_newest_first_filters_and_clears(smtp_port: int, mail: httpx.AsyncClient) -> None:
    for number, to in enumerate(("a@x.example", "b@x.example", "A@X.example")):
        await aiosmtplib.send(letter(str(number), to=to), hostname="127.0.0.1", port=smtp_port)
    subjects = [
        m["subject"] for m in (await mail.get("/messages", params={"to": "a@x.example"})).json()["messages"]
    ]
    assert subjects == ["2", "0"]
    assert (await mail.delete("/messages")).status_code == 204
    assert (await mail.get("/messages")).json() == {"messages": []}


async def test_broken_bytes_are_captured_all_the_same(mailbox: Mailbox) -> None:
    mail = mailbox.add(
        "a@x.example", ["b@x.example"], b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe hi"
    )
    assert "hi" in mail.text
    assert mailbox.add("", [], b"").text == ""


async def test_the_pages_show_hostile_text_as_text(
    mailbox: Mailbox, mail: httpx.AsyncClient, sms: httpx.AsyncClient
) -> None:
    mailbox.add(
        "a@x.example", [HOSTILE], letter(subject="<img src=x onerror=alert(1)>", text=HOSTILE).as_bytes()
    )
    await sms.post(SEND, auth=(ACCOUNT, SECRET), data=GOOD | {"Body": HOSTILE})
    for client in (mail, sms):
        page = await client.get("/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert "<script" not in page.text
        assert "<img" not in page.text


async def test_empty_pages_say_so(mail: httpx.AsyncClient, sms: httpx.AsyncClient) -> None:
    assert "No mail yet." in (await mail.get("/")).text
    assert "No text messages yet." in (await sms.get("/")).text


async def test_a_text_message_is_taken_and_listed(sms: httpx.AsyncClient) -> None:
    answer = await sms.post(SEND, auth=(ACCOUNT, SECRET), data=GOOD)
    assert answer.status_code == 201
    made = answer.json()
    assert made["sid"].startswith("SM")
    assert len(made["sid"]) == 34
    assert (made["to"], made["from"], made["body"]) == (GOOD["To"], GOOD["From"], GOOD["Body"])
    assert (made["status"], made["direction"], made["error_code"]) == ("queued", "outbound-api", None)
    assert made["uri"] == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{made['sid']}.json"
    assert (await sms.get("/messages", params={"to": GOOD["To"]})).json() == {"messages": [made]}
    assert (await sms.get("/messages", params={"to": "+15550000000"})).json() == {"messages": []}
    assert (await sms.delete("/messages")).status_code == 204
    assert (await sms.get("/messages")).json() == {"messages": []}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "12345"}, 21211),
        ({"To": "+38050 123"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "+1"}, 21212),
        ({"Body": ""}, 21602),
        ({"Body": "   "}, 21602),
        ({"Body": "x" * 1601}, 21617),
    ],
)
async def test_wrong_fields_are_refused_as_twilio_does(
    sms: httpx.AsyncClient, change: dict[str, str], code: int
) -> None:
    answer = await sms.post(SEND, auth=(ACCOUNT, SECRET), data=GOOD | change)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["status"] == 400
    assert answer.json()["more_info"].endswith(f"/{code}")
    assert (await sms.get("/messages")).json() == {"messages": []}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic /w=="},
        {"Authorization": "Basic QUM6"},
    ],
)
async def test_without_the_accounts_credentials_nothing_is_taken(
    sms: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await sms.post(SEND, headers=headers, data=GOOD)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert "Basic" in answer.headers["www-authenticate"]
    assert (await sms.get("/messages")).json() == {"messages": []}


async def test_another_accounts_credentials_are_refused_and_an_api_key_is_not(sms: httpx.AsyncClient) -> None:
    other = "AC" + "f" * 32
    assert (await sms.post(SEND, auth=(other, SECRET), data=GOOD)).status_code == 401
    assert (await sms.post(SEND, auth=("SK" + "a" * 32, SECRET), data=GOOD)).status_code == 201


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("x" * 160, "1"),
        ("x" * 161, "2"),
        ("x" * 306, "2"),
        ("x" * 307, "3"),
        ("€" * 80, "1"),
        ("ї" * 70, "1"),
        ("ї" * 71, "2"),
        ("🚀" * 36, "2"),
    ],
)
async def test_segments_are_counted_as_carriers_do(sms: httpx.AsyncClient, body: str, segments: str) -> None:
    answer = await sms.post(SEND, auth=(ACCOUNT, SECRET), data=GOOD | {"Body": body})
    assert answer.json()["num_segments"] == segments
