"""What survives a stop, a kill and an impatient Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from aiohttp import web

TOKEN = "4200001:test-secret-of-this-bot"
SERVE = """
import sys, uvicorn
from pathlib import Path
from sandbox.telegram.app import create_telegram_app
uvicorn.run(create_telegram_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
"""


class Process:
    """The sandbox in a process of its own, because signals reach main threads only."""

    def __init__(self, state: Path) -> None:
        self._state = state
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    async def __aenter__(self) -> Self:
        command = [sys.executable, "-c", SERVE, str(self._state), str(self.port)]
        self.process = await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[2])
        for _ in range(200):
            try:
                await self.http.get("/user/sessions")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return self
        raise AssertionError("the sandbox did not start")

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        await self.http.aclose()

    async def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        await asyncio.wait_for(self.process.wait(), 20)

    async def call(self, method: str, **params: Any) -> Any:
        answer = (await self.http.post(f"/bot{TOKEN}/{method}", json=params)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def post(self, path: str, **body: Any) -> Any:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_everything_is_there_after_a_restart(tmp_path: Path, number: signal.Signals) -> None:
    async with Process(tmp_path) as before:
        await before.call("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
        olena = await before.post("/user/sessions", name="Olena", username="olena")
        user_id = olena["user_id"]
        first = await before.post(f"/user/{user_id}/send", text="/start")
        markup = {"inline_keyboard": [[{"text": "Draft", "callback_data": "d:1"}]]}
        card = await before.call(
            "sendMessage", chat_id=user_id, text="<b>Job</b>", parse_mode="HTML", reply_markup=markup
        )
        pressed = await before.post(f"/user/{user_id}/press", label="Draft", wait=0)
        waiting = await before.call("getUpdates")
        chat = (await before.http.get(f"/user/{user_id}/chat")).json()
        await before.end(number)

    async with Process(tmp_path) as after:
        again = (await after.http.get(f"/user/{user_id}/chat")).json()
        redelivered = await after.call("getUpdates")
        await after.call("answerCallbackQuery", callback_query_id=pressed["callback_id"])
        second = await after.post(f"/user/{user_id}/send", text="and then")
        news = await after.call("getUpdates", offset=waiting[-1]["update_id"] + 1)
        newcomer = await after.post("/user/sessions", name="Newcomer")
        edited = await after.call(
            "editMessageText", chat_id=user_id, message_id=card["message_id"], text="Done"
        )
        later = (await after.http.get(f"/user/{user_id}/chat")).json()["seq"]

    assert again == chat
    assert redelivered == waiting
    assert first["message_id"] < card["message_id"] < second["message_id"]
    assert [update["update_id"] for update in news] == [waiting[-1]["update_id"] + 1]
    assert newcomer["user_id"] > user_id
    assert (edited["text"], later > chat["seq"]) == ("Done", True)


async def test_open_streams_do_not_delay_the_end(tmp_path: Path) -> None:
    async with Process(tmp_path) as server:
        await server.call("getMe")
        user = await server.post("/user/sessions", name="Olena")
        poll = asyncio.create_task(server.call("getUpdates", timeout=50))
        for _ in range(1000):
            if (await server.http.get("/control/telegram/bots")).json()["bots"][0]["polling"]:
                break
            await asyncio.sleep(0.01)
        async with server.http.stream("GET", f"/user/{user['user_id']}/events") as stream:
            await stream.aiter_lines().__anext__()
            await server.end(signal.SIGINT)

        assert await poll == []


async def test_a_webhook_goes_on_after_a_restart(tmp_path: Path) -> None:
    arrived: asyncio.Queue[Any] = asyncio.Queue()

    async def hook(request: web.Request) -> web.Response:
        update = await request.json()
        await arrived.put(update)
        chat_id = update["message"]["chat"]["id"]
        return web.json_response({"method": "sendMessage", "chat_id": chat_id, "text": "pong"})

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with Process(tmp_path) as before:
            await before.call("setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
            user = await before.post("/user/sessions", name="Olena")
            await before.end(signal.SIGKILL)
        async with Process(tmp_path) as after:
            await after.post(f"/user/{user['user_id']}/send", text="ping")
            update = await asyncio.wait_for(arrived.get(), 10)
            reply = await after.http.get(f"/user/{user['user_id']}/wait?contains=pong&timeout=10")
            await after.end(signal.SIGTERM)
    finally:
        await runner.cleanup()

    assert update["message"]["text"] == "ping"
    assert reply.status_code == 200
