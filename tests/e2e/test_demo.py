"""`python -m sandbox.demo` as a person meets it: one address, clear refusals, falls mended, everything gone after Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from sandbox.processes import port_is_free
from tests.e2e.demo_driving import COMMAND, ROOT, Demo, environment, start, stop, wait_until


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Not pytest's own folder: another pytest that starts meanwhile closes that to the user Postgres runs as."""
    with tempfile.TemporaryDirectory(prefix="gigwright-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def demo_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gigwright-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def demo(demo_folder: Path) -> Iterator[Demo]:
    running = start(demo_folder, environment(demo_folder))
    try:
        running.wait_for("Gigwright runs.")
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(30)


def once(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def test_one_address_leads_to_the_chat(demo: Demo) -> None:
    assert f"Open {demo.url}" in demo.output
    page = httpx.get(demo.url, follow_redirects=True, trust_env=False)
    assert page.status_code == 200
    assert page.url.path == "/chat/"
    assert "<!doctype html>" in page.text.lower()


def test_it_says_what_is_real_and_what_is_not(demo: Demo) -> None:
    for part in ("Telegram", "Upwork", "Language model", "Mail", "Text messages"):
        assert any(line.strip().startswith(part) for line in demo.lines), part
    for page in ("authenticator", "mail/", "sms/"):
        assert f"{demo.url}{page}" in demo.output
    assert "the real one" not in demo.output


def test_every_part_answers(demo: Demo) -> None:
    for address in ("healthz", "mail/", "sms/", "authenticator", "control/telegram/bots"):
        answer = httpx.get(demo.url + address, follow_redirects=True, trust_env=False)
        assert answer.status_code == 200, address
    web = httpx.get(f"http://127.0.0.1:{demo.env['WEB_PORT']}/healthz", trust_env=False)
    assert web.status_code == 200


def test_the_bot_has_met_the_sandbox(demo: Demo) -> None:
    def known() -> int:
        return len(httpx.get(demo.url + "control/telegram/bots", trust_env=False).json()["bots"])

    assert wait_until(lambda: known() == 1, 30)


def test_the_key_is_kept_from_others(demo: Demo) -> None:
    key = demo.folder / "demo" / "key-encryption-key"
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_text() not in demo.output


def test_the_terminals_ctrl_c_reaches_no_child(demo: Demo) -> None:
    groups = {os.getpgid(process.pid) for process in demo.family()}
    assert groups
    assert os.getpgid(demo.process.pid) not in groups


def test_a_second_start_says_where_the_first_one_is(demo: Demo) -> None:
    done = once(demo.env)
    assert done.returncode == 1
    assert f"running already (process {demo.process.pid}): {demo.url}" in done.stderr


def test_a_port_in_use_is_explained(demo: Demo, tmp_path: Path) -> None:
    done = once(environment(tmp_path, SANDBOX_PORT=demo.env["SANDBOX_PORT"]))
    assert done.returncode == 1
    assert f"Port {demo.env['SANDBOX_PORT']} is in use by" in done.stderr
    assert f"(process {demo.child('sandbox').pid})" in done.stderr
    assert "make demo SANDBOX_PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_child_that_is_killed_comes_back(demo: Demo) -> None:
    fallen = demo.child("web")
    fallen.kill()
    demo.wait_for("Web was ended by SIGKILL; starting it again")
    address = f"http://127.0.0.1:{demo.env['WEB_PORT']}/healthz"
    assert wait_until(lambda: answers(address), 120)
    assert demo.child("web").pid != fallen.pid


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_ctrl_c_stops_everything_and_the_next_start_finds_the_data(demo: Demo) -> None:
    family = demo.family()
    assert len(family) > 6  # four programs, Postgres with its helpers, Valkey
    key = (demo.folder / "demo" / "key-encryption-key").read_text()
    assert stop(demo) == 0
    assert wait_until(lambda: not any(is_running(process) for process in family), 10)
    for name in ("SANDBOX_PORT", "WEB_PORT", "SANDBOX_SMTP_PORT"):
        assert port_is_free(int(demo.env[name]))
    assert "Traceback" not in demo.output

    again = start(demo.folder, demo.env)
    try:
        again.wait_for("Gigwright runs.")
        assert (demo.folder / "demo" / "key-encryption-key").read_text() == key
        family = again.family()
    finally:
        code = stop(again, signal.SIGTERM)
    assert code == 0
    assert wait_until(lambda: not any(is_running(process) for process in family), 10)


def is_running(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def test_a_stop_during_the_start_leaves_nothing(tmp_path: Path) -> None:
    demo = start(tmp_path, environment(tmp_path))
    demo.wait_for("Postgres and Valkey: ready")
    family = demo.family()
    assert stop(demo) == 0
    assert family
    assert wait_until(lambda: not any(is_running(process) for process in family), 10)
    assert "Gigwright runs" not in demo.output


def test_production_is_refused(tmp_path: Path) -> None:
    done = once(environment(tmp_path, ENVIRONMENT="production"))
    assert done.returncode == 2
    assert "ENVIRONMENT=production" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_and_help(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert once(env, "--check").stdout == "Everything is installed.\n"
    assert "make demo ARGS=--reset" in once(env, "--help").stdout
    wrong = once(env, "--nonsense")
    assert (wrong.returncode, "make demo" in wrong.stderr) == (2, True)
