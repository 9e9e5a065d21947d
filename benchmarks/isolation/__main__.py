"""`python -m benchmarks.isolation`: try every way from one tenant to another; the last line is `probes N leaks M`.

Exit status 0 only without a leak. Everything runs on a Postgres and a Valkey of its own, under the product's real login roles.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks.databases import migrate
from benchmarks.isolation import canaries, collisions, matrix, mutations, storm, swap
from benchmarks.isolation.ground import Tally, open_ground
from core.crypto import KEY_BYTES, Vault
from migrations.lint import lint
from sandbox.embedded import PostgresUrls, start_postgres, start_valkey

_MOST_SHOWN = 40


async def run(
    urls: PostgresUrls, lived_in: PostgresUrls, redis_url: str, console: Console, *, transactions: int
) -> list[Tally]:
    """All parts one after another, on two migrated and empty databases: one to probe, one for the product to live in."""
    tallies = []
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<34}"),
        BarColumn(bar_width=20),
        TextColumn("{task.completed:>6} probes"),
        TimeElapsedColumn(),
        console=console,
    ) as progress:

        async def part(name: str, title: str, probing: Callable[[Tally], Awaitable[None]]) -> None:
            task = progress.add_task(title, total=None)
            tally = Tally(name, step=lambda number: progress.advance(task, number))
            await probing(tally)
            done = "[red]" if tally.leaks else "[green]"
            progress.update(task, description=f"{done}{title}[/]", total=tally.probes, completed=tally.probes)
            tallies.append(tally)

        async def look(tally: Tally) -> None:
            holes = await lint(urls.owner)
            tally.probe(not holes, "; ".join(holes))

        await part("catalog", "What the catalog says", look)
        async with open_ground(urls) as ground:
            vault = Vault({1: secrets.token_bytes(KEY_BYTES)})
            await part("matrix", "Every table, verb, role and tenant", lambda t: matrix.run(ground, t))
            await part("mutations", "Broken on purpose", lambda t: mutations.run(ground, t))
            await part(
                "storm",
                "Cancelled, raised, failed",
                lambda t: storm.run(ground, t, transactions=transactions),
            )
            await part("swap", "Ciphertexts in the wrong place", lambda t: swap.run(ground, t, vault))
            await part("collisions", "What an error gives away", lambda t: collisions.run(ground, t))
        await part(
            "canaries", "Words that must stay where they are", lambda t: canaries.run(lived_in, redis_url, t)
        )
    return tallies


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.isolation", description=__doc__)
    parser.add_argument("--transactions", type=int, default=4_000, help="in the storm")
    options = parser.parse_args(arguments)
    console = Console()
    started = time.monotonic()
    with (
        start_postgres(durable=False) as urls,
        start_postgres(durable=False) as lived_in,
        start_valkey() as redis_url,
    ):
        for each in (urls, lived_in):
            migrate(each, "upgrade")
        tallies = asyncio.run(run(urls, lived_in, redis_url, console, transactions=options.transactions))
    leaks = [leak for tally in tallies for leak in tally.leaks]
    for tally in tallies:
        for note in tally.notes:
            console.print(f"{tally.part}: {note}", style="dim", highlight=False)
    for leak in leaks[:_MOST_SHOWN]:
        console.print(leak, style="red", markup=False, highlight=False)
    console.print(f"{time.monotonic() - started:.0f} s", style="dim")
    print(f"probes {sum(tally.probes for tally in tallies)} leaks {len(leaks)}")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
