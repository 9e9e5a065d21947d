"""`python -m workers`: run background jobs until asked to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from core import log as logs
from core.drafting.vendors import open_llm
from core.runtime import open_runtime
from core.settings import load_settings
from workers.embedder import SentenceTransformerEmbedder
from workers.main import run

log = logs.get_logger(__name__)


async def main() -> None:
    settings = load_settings()
    logs.configure(json=settings.log_json, level=settings.log_level)
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    embedder = SentenceTransformerEmbedder()
    # Loading the model takes seconds; the first user to need it should not be the one who waits for it.
    warming = asyncio.ensure_future(embedder.warm_up())
    async with open_runtime(settings, embedder=embedder, llm=open_llm(settings)) as rt:
        log.info("worker.ready")
        await run(rt, stopping)
    warming.cancel()
    log.info("worker.stopped")


if __name__ == "__main__":
    if "--check" in sys.argv:
        load_settings()
        sys.exit(0)
    asyncio.run(main())
    # A thread that is loading the model or embedding cannot be interrupted, and Python would wait for it.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)
