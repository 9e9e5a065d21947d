"""Approvals under fire: two workers are killed again and again while they send, and a checker reads what is left.

    python -m benchmarks.chaos [--approvals 150] [--seed 1] [--naive] [--postgres]

Half of the approvals are proposals, half replies; Upwork's side is the sandbox, which answers a moment after it did the
work. Every approval has to end as `sent` or `needs_human`, with no effect twice and none without its action. `--postgres`
kills the database as well, every few seconds. `--naive` does the same with a plain queue (claim, send, mark as done), which
has to show duplicates: if it does not, the fire was not hot enough to prove anything. The last line is one JSON object; the
exit status is 1 when a rule was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.chaos_stage import Stage, open_stage
from benchmarks.chaos_worker import WorkerOrder, work_until_killed
from benchmarks.databases import make_together, migrate
from sandbox.embedded import EmbeddedPostgres, PostgresUrls

WORKERS = 2
LONGEST = 240.0
"""Seconds after which whatever is unsettled counts as lost."""


@dataclass
class Report:
    """What was found. `problems` are broken rules in words; empty is what the product promises."""

    approvals: int
    seed: int
    naive: bool
    kills: int = 0
    postgres_kills: int = 0
    seconds: float = 0.0
    states: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    problems: list[str] = field(default_factory=list)


def check(
    states: dict[str, str], effects: Counter[str], remote_ids: dict[str, str], told: dict[str, str]
) -> list[str]:
    """The rules, on a finished history. Keys are actions; `effects` counts what Upwork's side has of each, `remote_ids` what the
    action says its effect is called there ("" for none, "?" for one that is not this action's), `told` the last state shown."""
    problems = []
    for action, state in states.items():
        count = effects[action]
        if count > 1:
            problems.append(f"{action}: {count} effects")
        if state == "sent" and (count == 0 or remote_ids[action] in ("", "?")):
            problems.append(f"{action}: sent, but Upwork's side does not have it")
        if state == "needs_human" and count:
            problems.append(f"{action}: there all along, but a person was asked")
        if state not in ("sent", "needs_human"):
            problems.append(f"{action}: ended as {state}")
        if told.get(action) != state:
            problems.append(f"{action}: is {state}, but its card says {told.get(action)}")
    problems += [f"{action}: an effect nobody approved" for action in effects.keys() - states.keys()]
    return problems


async def run(
    server: EmbeddedPostgres, urls: PostgresUrls, report: Report, told: Path, *, postgres: bool
) -> None:
    """Set the stage, light the fire, and judge what is left."""
    keys = f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    async with open_stage(urls, keys) as (stage, upwork_url):
        await stage.approve(report.approvals)
        order = WorkerOrder(urls.app, upwork_url, keys, str(told), report.naive)
        started = time.monotonic()
        await _fire(stage, order, report, server if postgres else None)
        report.seconds = round(time.monotonic() - started, 1)
        history = await stage.history()
    shown = history.states if report.naive else _read_told(told)
    report.states = dict(Counter(history.states.values()))
    report.duplicates = sum(count - 1 for count in history.effects.values() if count > 1)
    report.problems = check(history.states, history.effects, history.remote_ids, shown)


async def _fire(stage: Stage, order: WorkerOrder, report: Report, server: EmbeddedPostgres | None) -> None:
    """Kill workers every half second or so (and the database now and then) until everything is settled.

    In turn one of them at any moment, and both in the moment that a plain queue gets wrong: Upwork did it and has not answered.
    """
    chance = random.Random(report.seed)
    context = get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.chaos_worker"])

    def start() -> BaseProcess:
        process = context.Process(target=work_until_killed, args=(order,), daemon=True)
        process.start()
        return process

    workers = [await asyncio.to_thread(start) for _ in range(WORKERS)]
    until = time.monotonic() + LONGEST
    rounds = 0
    next_outage = time.monotonic() + 2.0
    try:
        while time.monotonic() < until and not await stage.settled():
            await asyncio.sleep(chance.uniform(0.25, 0.7))
            doomed = [chance.randrange(WORKERS)]
            if rounds % 2 == 0 and await asyncio.to_thread(stage.gap.wait, 1.0):
                doomed = [*range(WORKERS)]
            rounds += 1
            for number in doomed:
                workers[number].kill()
            for number in doomed:
                await asyncio.to_thread(workers[number].join)
                workers[number] = await asyncio.to_thread(start)
            report.kills += len(doomed)
            if server is not None and time.monotonic() > next_outage:
                _kill(server)
                report.postgres_kills += 1
                next_outage = time.monotonic() + chance.uniform(3.0, 5.0)
        # From here nobody is killed: the planned looks are taken, the last cards drawn.
        await stage.come_to_rest(until)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def _kill(server: EmbeddedPostgres) -> None:
    """The whole server at once, as when its machine dies; then it is started on what it left behind."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    for pid in (server.pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.stop()
    server.start()


def _read_told(path: Path) -> dict[str, str]:
    lines = sorted(path.read_text().splitlines()) if path.exists() else []
    return {action: state for _, action, state in (line.split() for line in lines)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill workers while they send, and count.")
    parser.add_argument("--approvals", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--naive", action="store_true")
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    report = Report(approvals=options.approvals, seed=options.seed, naive=options.naive)
    with tempfile.TemporaryDirectory(prefix="chaos") as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder / "postgres", durable=options.postgres)
        try:
            urls = server.start()
            migrate(urls, "upgrade")
            asyncio.run(make_together(urls))
            asyncio.run(run(server, urls, report, folder / "told", postgres=options.postgres))
        finally:
            server.stop()
    for problem in report.problems[:20]:
        print(problem)
    print(json.dumps(asdict(report) | {"problems": len(report.problems)}))
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
