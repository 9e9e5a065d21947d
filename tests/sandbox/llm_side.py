"""The sandbox's language model on a free loopback port, with its controls at hand."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.llm.app import create_llm_app


class LLMServer:
    """Behind uvicorn in a thread of its own; everything is written as fast as possible unless a test slows it down."""

    def __init__(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/llm"
        app = Starlette(routes=[Mount("/llm", create_llm_app(words_per_second=0))])
        config = uvicorn.Config(
            app, log_level="critical", lifespan="off", loop="asyncio", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)

    @property
    def openai_url(self) -> str:
        return f"{self.url}/openai/v1"

    @property
    def anthropic_url(self) -> str:
        return f"{self.url}/anthropic"

    def _serve(self, listener: socket.socket) -> None:
        asyncio.run(self._server.serve(sockets=[listener]))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()

    async def control(self, **wanted: Any) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            (await http.post(f"{self.url}/control", json=wanted)).raise_for_status()

    async def reset(self) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            (await http.post(f"{self.url}/control/reset")).raise_for_status()

    async def calls(self) -> list[dict[str, Any]]:
        async with httpx.AsyncClient(trust_env=False) as http:
            prompts: list[dict[str, Any]] = (await http.get(f"{self.url}/control/prompts")).json()["prompts"]
            return prompts

    async def outcome(self, wanted: str) -> dict[str, Any]:
        """The last call once it has ended that way; fails if it has not within ten seconds."""
        async with asyncio.timeout(10):
            while True:
                calls = await self.calls()
                if calls and calls[-1]["outcome"] == wanted:
                    return calls[-1]
                await asyncio.sleep(0.01)
