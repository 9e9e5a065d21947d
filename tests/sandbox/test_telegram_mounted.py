"""Inside a larger application, as the whole sandbox mounts it."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from sandbox.telegram.app import create_telegram_app


async def test_it_leaves_other_addresses_alone() -> None:
    telegram = create_telegram_app(None)

    async def home(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("home")

    app = Starlette(routes=[Route("/", home), Route("/upwork/x", home), Mount("/", telegram)])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        assert (await http.get("/")).text == "home"
        assert (await http.get("/upwork/x")).text == "home"
        assert (await http.get("/bot1:a/getMe")).json()["result"]["id"] == 1
        nowhere = await http.get("/nowhere")
        half = await http.get("/bot1:a")
    await telegram.state.lifecycle.close()

    assert (nowhere.status_code, nowhere.json()) == (404, {"error": "There is nothing at this address."})
    assert half.json() == {"ok": False, "error_code": 404, "description": "Not Found"}
