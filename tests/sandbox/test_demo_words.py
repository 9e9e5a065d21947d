"""What the terminal says around a start."""

from __future__ import annotations

import io

from rich.console import Console

from sandbox.demo.parts import choose
from sandbox.demo.run import busy_ports
from sandbox.demo.screen import show_running
from sandbox.processes import free_port
from sandbox.settings import DemoSettings

URL = "http://127.0.0.1:8090/"


def test_the_one_address_is_where_the_conversation_is() -> None:
    assert f"Open {URL}" in _said({})
    own = _said({"TELEGRAM_BOT_TOKEN": "1:x"})
    assert "Open Telegram and write to your bot" in own
    assert f"Open {URL}" not in own
    assert f"{URL}authenticator" in own


def test_one_port_for_two_is_explained_before_anything_starts() -> None:
    taken, other = free_port(), free_port()
    settings = DemoSettings(_env_file=None, sandbox_port=taken, web_port=taken, sandbox_smtp_port=other)
    assert busy_ports(settings) == [f"SANDBOX_PORT and WEB_PORT are both {taken}; each needs one of its own."]


def _said(given: dict[str, str]) -> str:
    console = Console(file=io.StringIO(), width=100)
    show_running(console, URL, choose(given), "logs")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
