"""`python -m sandbox`: one process, every part at its address, loopback only, and nothing that holds up its end."""

from __future__ import annotations

import signal
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sandbox.processes import free_ports

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "sandbox"]
TOKEN = "4200000002:a-token-for-this-very-test-000000000"


def environment(folder: str, **changes: str) -> dict[str, str]:
    web, smtp = free_ports(2)
    return {
        "PATH": "/usr/bin:/bin",
        "SANDBOX_PORT": str(web),
        "SANDBOX_SMTP_PORT": str(smtp),
        "SANDBOX_STATE_DIR": folder,
    } | changes


@contextmanager
def running(env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(  # noqa: S603 - our own command
        COMMAND, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            url = f"http://127.0.0.1:{env['SANDBOX_PORT']}/healthz"
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    if httpx.get(url, trust_env=False).json() == {"status": "ok"}:
                        break
                except httpx.TransportError:
                    time.sleep(0.05)
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def env() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="gigwright-test-") as folder:
        yield environment(folder)


@pytest.fixture(scope="module")
def url(env: dict[str, str]) -> Iterator[str]:
    with running(env):
        yield f"http://127.0.0.1:{env['SANDBOX_PORT']}"


def refusal(**changes: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory(prefix="gigwright-test-") as folder:
        return subprocess.run(  # noqa: S603 - our own command
            COMMAND,
            cwd=ROOT,
            env=environment(folder, **changes),
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )


def test_production_is_refused_in_one_sentence() -> None:
    done = refusal(ENVIRONMENT="production")
    assert done.returncode == 2
    assert "does not run with ENVIRONMENT=production" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "example.org", ""])  # noqa: S104 - what must be refused
def test_only_loopback_is_listened_on(host: str) -> None:
    done = refusal(SANDBOX_HOST=host)
    assert done.returncode == 2
    assert "SANDBOX_HOST must be a loopback address" in done.stderr


def test_a_port_in_use_is_explained(url: str, env: dict[str, str]) -> None:
    done = refusal(SANDBOX_PORT=env["SANDBOX_PORT"])
    assert done.returncode == 1
    assert f"Port {env['SANDBOX_PORT']} is in use by" in done.stderr
    assert url.endswith(env["SANDBOX_PORT"])


def test_every_part_is_at_its_address(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        front = client.get("/")
        assert (front.status_code, front.headers["location"]) == (307, "/chat/")
        deep = client.get("/", params={"start": "link-K7QM"})
        assert deep.headers["location"] == "/chat/?start=link-K7QM"
        assert client.get("/chat", params={"start": "x"}).headers["location"] == "/chat/?start=x"
        assert client.get("/chat/").status_code == 200
        codes = client.get("/authenticator", follow_redirects=True)
        assert (codes.status_code, codes.url.path) == (200, "/chat/authenticator.html")
        assert client.get("/mail/").status_code == 200
        assert client.get("/sms/").status_code == 200
        assert client.get("/upwork/control/state").json()["accounts"] > 0
        assert client.post(f"/bot{TOKEN}/getMe").json()["ok"] is True


def test_a_strangers_page_is_refused_everywhere(url: str) -> None:
    for path in ("/mail/messages", "/sms/messages", "/control/telegram/bots"):
        answer = httpx.get(url + path, headers={"Host": "attacker.example"}, trust_env=False)
        assert answer.status_code == 403, path
    foreign = httpx.delete(
        f"{url}/mail/messages", headers={"Origin": "https://attacker.example"}, trust_env=False
    )
    assert foreign.status_code == 403


def test_mail_goes_in_by_smtp_and_comes_out_by_http(url: str, env: dict[str, str]) -> None:
    with smtplib.SMTP("127.0.0.1", int(env["SANDBOX_SMTP_PORT"])) as smtp:
        smtp.sendmail("a@x.example", ["b@x.example"], "Subject: Hello\r\n\r\nIt works.\r\n")
    (message,) = httpx.get(f"{url}/mail/messages", params={"to": "b@x.example"}, trust_env=False).json()[
        "messages"
    ]
    assert (message["subject"], message["text"].strip()) == ("Hello", "It works.")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_open_streams_and_polls_do_not_hold_up_the_end(sign: signal.Signals) -> None:
    with tempfile.TemporaryDirectory(prefix="gigwright-test-") as folder:
        env = environment(folder)
        url = f"http://127.0.0.1:{env['SANDBOX_PORT']}"
        with running(env) as process:
            httpx.post(f"{url}/bot{TOKEN}/getMe", trust_env=False)
            user = httpx.post(f"{url}/user/sessions", json={"name": "Olena"}, trust_env=False).json()[
                "user_id"
            ]
            waiting = [
                threading.Thread(target=hold, args=(f"{url}/bot{TOKEN}/getUpdates?timeout=50",)),
                threading.Thread(target=hold, args=(f"{url}/user/{user}/events",)),
                threading.Thread(target=hold, args=(f"{url}/user/{user}/wait?timeout=100&contains=never",)),
            ]
            for thread in waiting:
                thread.start()
            time.sleep(0.5)
            process.send_signal(sign)
            process.wait(15)
            for thread in waiting:
                thread.join(5)
            assert process.stdout is not None
            output = process.stdout.read()
            assert not any(thread.is_alive() for thread in waiting)
            assert "Traceback" not in output
            assert process.returncode in {0, -sign}


def hold(url: str) -> None:
    """Ask for something that takes longer than the server lives."""
    try:
        with httpx.stream("GET", url, trust_env=False, timeout=120) as answer:
            for _ in answer.iter_bytes():
                pass
    except httpx.TransportError:
        return
