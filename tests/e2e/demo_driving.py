"""`make demo` as a process: started with variables of its own, read line by line, stopped as a person stops it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from sandbox.processes import free_ports

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "sandbox.demo"]


@dataclass
class Demo:
    """A running demo, its ports, and what it has printed so far."""

    folder: Path
    env: dict[str, str]
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['SANDBOX_PORT']}/"

    def wait_for(self, text: str, seconds: float = 180.0) -> None:
        assert wait_until(lambda: text in self.output or self.process.poll() is not None, seconds)
        assert text in self.output, self.output

    def family(self) -> list[psutil.Process]:
        """Every process the demo has started, directly or not."""
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found

    def child(self, module: str) -> psutil.Process:
        return next(process for process in self.family() if process.cmdline()[-2:] == ["-m", module])


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """As an untouched machine would have it; a developer's own keys must not reach the real world from a test."""
    blank = dict.fromkeys(
        (
            "TELEGRAM_BOT_TOKEN",
            "UPWORK_CLIENT_ID",
            "UPWORK_CLIENT_SECRET",
            "OPENAI_API_KEY",
            "ANTHROPIC_API_KEY",
            "SMTP_URL",
            "SMS_ACCOUNT",
            "SMS_TOKEN",
            "SMS_FROM",
        ),
        "",
    )
    names = ("SANDBOX_PORT", "WEB_PORT", "SANDBOX_SMTP_PORT")
    ports = dict(zip(names, map(str, free_ports(3)), strict=True))
    return (
        {"PATH": "/usr/bin:/bin", "HOME": str(folder), "DEMO_DIR": str(folder / "demo")}
        | blank
        | ports
        | changes
    )


def start(folder: Path, env: dict[str, str]) -> Demo:
    process = subprocess.Popen(  # noqa: S603 - our own command
        COMMAND,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    demo = Demo(folder, env, process)
    assert process.stdout is not None
    threading.Thread(target=read, args=(process.stdout, demo.lines), daemon=True).start()
    return demo


def read(output: IO[str], lines: list[str]) -> None:
    with output:
        lines.extend(output)


def stop(demo: Demo, sign: signal.Signals = signal.SIGINT) -> int:
    demo.process.send_signal(sign)
    return demo.process.wait(30)
