"""`python -m workers [--kinds drafting,notify]`: run background jobs, of every kind or of some, until asked to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

from core import log as logs
from core.drafting.prompts import load_prompts
from core.drafting.vendors import open_hearing, open_llm
from core.jobs import Kind
from core.runtime import Runtime, open_runtime
from core.settings import Login, Settings, load_settings
from workers.embedder import SentenceTransformerEmbedder
from workers.main import run

log = logs.get_logger(__name__)


async def main(settings: Settings, kinds: Sequence[Kind]) -> None:
    logs.configure(json=settings.log_json, level=settings.log_level)
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    async with AsyncExitStack() as stack:
        runtimes = {kind: await _open(stack, settings, kind) for kind in kinds}
        log.info("worker.ready", kinds=[kind.value for kind in kinds])
        await run(runtimes, stopping)
    log.info("worker.stopped")


async def _open(stack: AsyncExitStack, settings: Settings, kind: Kind) -> Runtime:
    """The runtime of one kind, logged in as its role. Only drafting has models."""
    login = Login(kind.value)
    if kind is not Kind.DRAFTING:
        return await stack.enter_async_context(open_runtime(settings, login))
    embedder = SentenceTransformerEmbedder()
    # Loading the model takes seconds; the first user to need it should not be the one who waits for it.
    warming = asyncio.ensure_future(embedder.warm_up())
    stack.callback(warming.cancel)
    return await stack.enter_async_context(
        open_runtime(
            settings, login, embedder=embedder, llm=open_llm(settings), hearing=open_hearing(settings)
        )
    )


def _kinds(words: str) -> list[Kind]:
    return [Kind(word) for word in dict.fromkeys(words.replace(" ", "").split(","))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m workers", description="Run background jobs.")
    parser.add_argument(
        "--kinds",
        type=_kinds,
        default=list(Kind),
        help=f"which, with commas between them: {', '.join(Kind)} (all)",
    )
    parser.add_argument("--check", action="store_true", help="only see whether it could start")
    given = parser.parse_args()
    loaded = load_settings(*(Login(kind.value) for kind in given.kinds))
    if Kind.DRAFTING in given.kinds:
        load_prompts()  # a broken prompt stops the start, and not the first draft of a user
    if given.check:
        sys.exit(0)
    asyncio.run(main(loaded, given.kinds))
    # A thread that is loading the model or embedding cannot be interrupted, and Python would wait for it.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)
