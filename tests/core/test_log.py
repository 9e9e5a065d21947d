"""What is logged: no secret in any place it could hide, and no line that somebody else has written."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from core import log as logs

BOT = "4242424242:AAF-abcdefghijklmnopqrstuvwxyz012345"
UPWORK = "oauth2v2_0123456789abcdef0123456789abcdef"
SECRETS = (
    BOT,
    UPWORK,
    "sk-ant-api03-abcdefgh",
    "eyJhbGciOi.abc-def.ghi",
    "s3cr3t-code",
    "s3cr3t-state",
    "hunter2",
)


@pytest.fixture
def printed(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What reaches the terminal; everything is as it was afterwards."""
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())
    logs.configure(json=getattr(request, "param", True))
    stream = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    root.handlers, level, config = before
    root.setLevel(level)
    structlog.configure(**config)


def clean(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


EVENTS: list[dict[str, Any]] = [
    {"url": f"https://api.telegram.org/bot{BOT}/getMe"},
    {"url": f"https://api.telegram.org/file/bot{BOT}/photo.jpg"},
    {"token": BOT, "access_token": UPWORK, "client_secret": "hunter2", "password": "hunter2"},
    {"headers": {"Authorization": f"Bearer {UPWORK}", "cookie": "hunter2"}},
    {"header": "authorization: bearer eyJhbGciOi.abc-def.ghi"},
    {"nested": {"deep": [{"refresh_token": "hunter2"}, ("x", f"key {UPWORK}")]}},
    {"path": "/auth/upwork/callback?code=s3cr3t-code&state=s3cr3t-state"},
    {"body": "grant_type=authorization_code&code=s3cr3t-code&client_secret=hunter2"},
    {"body": '{"access_token": "eyJhbGciOi.abc-def.ghi", "expires_in": 3600}'},
    {"body": "{'refresh_token': 'hunter2'}"},
    {"error": ValueError(f"cannot reach https://x/bot{BOT}/")},
    {"several": {f"as a set {UPWORK}"}},
    {"code": "s3cr3t-code", "state": "s3cr3t-state", "otp": "hunter2", "nonce": "hunter2"},
    {"key": "the key is sk-ant-api03-abcdefgh."},
    {"payload_sealed": b"hunter2", "raw": b"hunter2"[:0]},
]


@pytest.mark.asvs("V16.2.5")
@pytest.mark.parametrize("printed", [True, False], indirect=True)
@pytest.mark.parametrize("fields", EVENTS)
def test_no_secret_is_printed(printed: io.StringIO, fields: dict[str, Any]) -> None:
    logs.get_logger("test").info("something.happened", **fields)
    assert "something.happened" in printed.getvalue()
    assert clean(printed.getvalue()), printed.getvalue()


@pytest.mark.asvs("V16.2.5")
@pytest.mark.parametrize("printed", [True, False], indirect=True)
def test_no_secret_is_printed_with_a_traceback(printed: io.StringIO) -> None:
    inside = UPWORK
    try:
        raise RuntimeError(f"POST https://api.telegram.org/bot{BOT}/sendMessage?code=s3cr3t-code failed")
    except RuntimeError:
        logs.get_logger("test").exception("job.crashed")
        logging.getLogger("library").exception("failed with %s", inside)
    text = printed.getvalue()
    assert clean(text), text
    assert text.count("Traceback") == 2
    assert "RuntimeError" in text
    assert "inside =" not in text


@pytest.mark.asvs("V16.2.5")
@pytest.mark.parametrize("printed", [True, False], indirect=True)
def test_other_libraries_go_through_the_same_sieve(printed: io.StringIO) -> None:
    logging.getLogger("aiohttp").warning("GET https://api.telegram.org/bot%s/getUpdates", BOT)
    logging.getLogger("httpx").info("HTTP Request: POST https://x/bot%s/ 200", BOT)
    assert clean(printed.getvalue())
    assert "getUpdates" in printed.getvalue()
    assert "HTTP Request" not in printed.getvalue()


FORGERY = 'x\r\n{"event": "user.promoted"}\n2026-01-01 [info] forged\x1b[2J\x9b31m\u2028\u202egnp.exe\u200b\U000e0041\x00'


@pytest.mark.asvs("V16.4.1")
@pytest.mark.parametrize("printed", [True, False], indirect=True)
def test_nobodys_text_makes_a_line_of_its_own_or_hides_one(printed: io.StringIO) -> None:
    logs.get_logger("test").info("title.seen", title=FORGERY, nested={"key\n": [FORGERY]})
    lines = printed.getvalue().splitlines()
    assert len(lines) == 1
    assert not any(sign in lines[0] for sign in "\x1b\x9b\u2028\u202e\u200b\U000e0041\x00")
    assert "\\u202e" in lines[0]


@pytest.mark.asvs("V16.4.1")
@pytest.mark.parametrize("printed", [True, False], indirect=True)
def test_an_errors_text_cannot_pass_for_a_line(printed: io.StringIO) -> None:
    try:
        raise ValueError(FORGERY)
    except ValueError:
        logs.get_logger("test").exception("handler.failed")
    text = printed.getvalue()
    assert not any(sign in text for sign in "\x1b\x9b\u2028\u202e\u200b\x00")
    if text.startswith("{"):
        assert len(text.splitlines()) == 1
        json.loads(text)
    else:
        # Everything below the first line is set in.
        assert all(line.startswith(" ") for line in text.splitlines()[1:] if line)


@pytest.mark.parametrize("printed", [True], indirect=True)
def test_what_is_no_secret_stays_readable(printed: io.StringIO) -> None:
    logs.get_logger("test").info(
        "search.polled", new=3, seconds=0.5, ok=True, nothing=None, reason="the code is fine", status=404
    )
    line = json.loads(printed.getvalue())
    line.pop("timestamp")
    assert line == {
        "event": "search.polled",
        "level": "info",
        "new": 3,
        "seconds": 0.5,
        "ok": True,
        "nothing": None,
        "reason": "the code is fine",
        "status": 404,
    }
