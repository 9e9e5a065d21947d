"""How updates reach a bot: polling, webhooks, and what happens when things break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import FormData, web

Answer = Callable[[dict[str, Any]], Awaitable[web.StreamResponse]]


async def test_an_offset_confirms(telegram_api: Any, olena: Any) -> None:
    for text in "abc":
        await olena.send(text)

    first = await telegram_api.call("getUpdates", limit=2)
    again = await telegram_api.call("getUpdates", limit=2)
    rest = await telegram_api.call("getUpdates", offset=first[-1]["update_id"] + 1)
    nothing = await telegram_api.call("getUpdates", offset=rest[-1]["update_id"] + 1)

    assert [update["message"]["text"] for update in first] == ["a", "b"]
    assert again == first
    assert [update["message"]["text"] for update in rest] == ["c"]
    assert nothing == []


async def test_a_negative_offset_keeps_only_the_newest(telegram_api: Any, olena: Any) -> None:
    for text in "abc":
        await olena.send(text)

    newest = await telegram_api.call("getUpdates", offset=-1)
    everything = await telegram_api.call("getUpdates")

    assert [update["message"]["text"] for update in newest] == ["c"]
    assert everything == newest


async def test_a_long_poll_wakes_up(telegram_api: Any, olena: Any) -> None:
    poll = asyncio.create_task(telegram_api.call("getUpdates", timeout=30))
    await telegram_api.until_polling()

    await olena.send("hello")

    assert (await poll)[0]["message"]["text"] == "hello"


async def test_only_wanted_kinds_arrive(telegram_api: Any, olena: Any) -> None:
    await olena.do("react", message_id=olena.started, emoji="👍")
    assert await telegram_api.call("getUpdates") == []

    await telegram_api.call("getUpdates", allowed_updates=["message_reaction"])
    await olena.send("not wanted")
    await olena.do("react", message_id=olena.started, emoji="🔥")
    updates = await telegram_api.call("getUpdates")

    assert [update["message_reaction"]["new_reaction"][0]["emoji"] for update in updates] == ["🔥"]
    assert updates[0]["message_reaction"]["old_reaction"][0]["emoji"] == "👍"


async def test_the_older_of_two_polls_is_ended(telegram_api: Any, olena: Any) -> None:
    older = asyncio.create_task(telegram_api.ask("getUpdates", timeout=30))
    await telegram_api.until_polling()
    newer = asyncio.create_task(telegram_api.ask("getUpdates", timeout=30))

    status, answer = await older
    await olena.send("for the newer one")

    assert status == 409
    assert answer["description"] == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    assert (await newer)[1]["result"][0]["message"]["text"] == "for the newer one"


async def test_raw_updates_and_true_duplicates(telegram_api: Any, olena: Any) -> None:
    poison = {"message": {"date": "yesterday"}}
    await telegram_api.control("raw_update", update=poison)
    poisoned = (await telegram_api.call("getUpdates"))[0]
    following = poisoned["update_id"] + 1
    await telegram_api.call("getUpdates", offset=following)
    await telegram_api.control("raw_update", update=poison, update_id=poisoned["update_id"], times=2)
    await olena.send("behind it")

    copies = await telegram_api.call("getUpdates", offset=following)
    after = await telegram_api.call("getUpdates", offset=following)

    assert poisoned["message"] == {"date": "yesterday"}
    assert [update["update_id"] for update in copies] == [following - 1, following - 1, following]
    assert [update["update_id"] for update in after] == [following]


# Webhooks ------------------------------------------------------------------------


@dataclass
class Receiver:
    """A bot's own web server: remembers what came and answers as told."""

    url: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    answer: Answer | None = None
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        update = await request.json()
        async with self.news:
            self.seen.append(update)
            self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
            self.news.notify_all()
        return await self.answer(update) if self.answer else web.Response()

    async def until(self, count: int) -> None:
        async with self.news:
            await asyncio.wait_for(self.news.wait_for(lambda: len(self.seen) >= count), 20)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def settled(telegram_api: Any, pending: int = 0) -> dict[str, Any]:
    """getWebhookInfo once it counts this many waiting updates."""
    for _ in range(200):
        info: dict[str, Any] = await telegram_api.call("getWebhookInfo")
        if info["pending_update_count"] == pending:
            return info
        await asyncio.sleep(0.02)
    raise AssertionError(info)


async def test_a_webhook_gets_updates_with_its_secret(
    telegram_api: Any, olena: Any, receiver: Receiver
) -> None:
    _, set_answer = await telegram_api.ask(
        "setWebhook", url=receiver.url, secret_token="abc-1", max_connections=7
    )

    await olena.send("hello")
    await receiver.until(1)

    assert set_answer == {"ok": True, "result": True, "description": "Webhook was set"}
    assert receiver.seen[0]["message"]["text"] == "hello"
    assert receiver.secrets == ["abc-1"]
    info = await settled(telegram_api)
    assert (info["url"], info["max_connections"]) == (receiver.url, 7)
    status, answer = await telegram_api.ask("getUpdates")
    assert (status, answer["description"][:45]) == (409, "Conflict: can't use getUpdates method while w")
    assert (await telegram_api.ask("deleteWebhook"))[1]["description"] == "Webhook was deleted"
    assert (await telegram_api.ask("deleteWebhook"))[1]["description"] == "Webhook is already deleted"


async def test_a_webhook_ends_a_running_poll(telegram_api: Any, olena: Any, receiver: Receiver) -> None:
    poll = asyncio.create_task(telegram_api.ask("getUpdates", timeout=30))
    await telegram_api.until_polling()

    await telegram_api.call("setWebhook", url=receiver.url)

    assert (await poll)[0] == 409


@pytest.mark.parametrize("encoding", ["json", "multipart"])
async def test_a_method_in_the_answer_is_executed(
    telegram_api: Any, olena: Any, receiver: Receiver, encoding: str
) -> None:
    async def answer(update: dict[str, Any]) -> web.StreamResponse:
        fields = {"method": "sendMessage", "chat_id": str(update["message"]["chat"]["id"]), "text": "pong"}
        if encoding == "json":
            return web.json_response(fields)
        form = FormData(fields, default_to_multipart=True)
        return web.Response(body=form())

    receiver.answer = answer
    await telegram_api.call("setWebhook", url=receiver.url)
    sent = await olena.send("ping")

    reply = await olena.wait(contains="pong", after=sent["message_id"])

    assert reply["from"] == "bot"
    assert [call["method"] for call in await telegram_api.outbox()][-1] == "sendMessage"


async def test_a_failing_webhook_is_tried_again_in_order(
    telegram_api: Any, olena: Any, receiver: Receiver
) -> None:
    failures = iter([500, 502, 404])

    async def answer(_update: dict[str, Any]) -> web.StreamResponse:
        return web.Response(status=next(failures, 200))

    receiver.answer = answer
    await telegram_api.control("settings", webhook_backoff=0.02)
    await telegram_api.call("setWebhook", url=receiver.url)
    for text in "ab":
        await olena.send(text)
    await receiver.until(5)

    info = await settled(telegram_api)
    assert [update["message"]["text"] for update in receiver.seen] == ["a", "a", "a", "a", "b"]
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found"


async def test_a_dead_webhook_is_reported(telegram_api: Any, olena: Any, unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/hook"
    await telegram_api.call("setWebhook", url=url)
    await olena.send("lost?")
    for _ in range(200):
        info = await telegram_api.call("getWebhookInfo")
        if "last_error_message" in info:
            break
        await asyncio.sleep(0.02)

    assert (info["last_error_message"], info["pending_update_count"]) == ("Connection refused", 1)
    await telegram_api.call("deleteWebhook", drop_pending_updates=True)
    assert await telegram_api.call("getUpdates") == []


async def test_nonsense_in_a_webhook_answer_harms_nobody(
    telegram_api: Any, olena: Any, receiver: Receiver
) -> None:
    answers = iter(
        [
            web.Response(text='{"method": "sendMessage"', content_type="application/json"),
            web.Response(text='{"method": "deleteWebhook"}', content_type="application/json"),
            web.Response(text='{"method": "sendMessage", "chat_id": 5}', content_type="application/json"),
            web.Response(text="ok"),
        ]
    )

    async def answer(_update: dict[str, Any]) -> web.StreamResponse:
        return next(answers)

    receiver.answer = answer
    await telegram_api.call("setWebhook", url=receiver.url)
    for text in "abcd":
        await olena.send(text)
    await receiver.until(4)

    assert (await settled(telegram_api))["url"] == receiver.url


@pytest.mark.parametrize(
    ("url", "secret", "reason"),
    [
        ("ftp://127.0.0.1/x", "", "bad webhook: An HTTPS URL must be provided for webhook"),
        ("https://bot.example/x", "", "bad webhook: this sandbox delivers to loopback addresses only"),
        ("http://127.0.0.1:1/x", "with space", "secret token contains unallowed characters"),
    ],
)
async def test_impossible_webhooks_are_refused(telegram_api: Any, url: str, secret: str, reason: str) -> None:
    assert await telegram_api.refused("setWebhook", url=url, secret_token=secret) == f"Bad Request: {reason}"


# Planned failures ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "description"),
    [
        ("429", 429, "Too Many Requests: retry after 3"),
        ("500", 500, "Internal Server Error"),
        ("502", 502, "Bad Gateway"),
        ("401", 401, "Unauthorized"),
        ("403", 403, "Forbidden: bot was blocked by the user"),
    ],
)
async def test_planned_refusals(
    telegram_api: Any, olena: Any, kind: str, status: int, description: str
) -> None:
    await telegram_api.control("faults", method="sendMessage", kind=kind, times=1, retry_after=3)

    refused = await telegram_api.ask("sendMessage", chat_id=olena.user_id, text="one")
    accepted = await telegram_api.ask("sendMessage", chat_id=olena.user_id, text="two")

    assert (refused[0], refused[1]["description"]) == (status, description)
    assert refused[1].get("parameters") == ({"retry_after": 3} if kind == "429" else None)
    assert accepted[0] == 200


@pytest.mark.parametrize(("kind", "done"), [("drop", False), ("drop_after", True)])
async def test_a_dropped_connection(telegram_api: Any, olena: Any, kind: str, done: bool) -> None:
    await telegram_api.control("faults", method="*", kind=kind)

    with pytest.raises(httpx.RemoteProtocolError):
        await telegram_api.ask("sendMessage", chat_id=olena.user_id, text="did it arrive?")

    texts = [message.get("text") for message in (await olena.chat())["messages"]]
    assert ("did it arrive?" in texts) is done
    last = (await telegram_api.outbox())[-1]
    assert (last["method"], last["status"], last["params"]["text"]) == ("sendMessage", 0, "did it arrive?")


async def test_a_hanging_call_can_be_given_up(telegram_api: Any, telegram_http: Any, olena: Any) -> None:
    await telegram_api.control("faults", method="sendMessage", kind="hang", chat_id=olena.user_id)

    hanging = asyncio.create_task(telegram_api.ask("sendMessage", chat_id=olena.user_id, text="x"))
    for _ in range(1000):
        if not (await telegram_http.get("/control/telegram/faults")).json()["faults"]:
            break
        await asyncio.sleep(0.01)
    assert not hanging.done()
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)

    assert (await telegram_api.ask("sendMessage", chat_id=olena.user_id, text="y"))[0] == 200


async def test_faults_are_checked_and_can_be_cleared(
    telegram_api: Any, telegram_http: Any, olena: Any
) -> None:
    wrong = await telegram_http.post("/control/telegram/faults", json={"kind": "flood"})
    unknown = await telegram_http.post("/control/telegram/faults", json={"method": "fly", "kind": "500"})
    await telegram_api.control("faults", method="*", kind="500", chat_id=1)
    other_chat = await telegram_api.ask("sendMessage", chat_id=olena.user_id, text="x")
    await telegram_http.delete("/control/telegram/faults")

    assert (wrong.status_code, unknown.status_code, other_chat[0]) == (400, 400, 200)
    assert (await telegram_http.get("/control/telegram/faults")).json() == {"faults": []}


async def test_the_outbox_tells_what_was_asked_and_no_token(telegram_api: Any, olena: Any) -> None:
    before = (await telegram_api.outbox())[-1]["seq"] if await telegram_api.outbox() else 0
    await telegram_api.call("sendMessage", chat_id=olena.user_id, text="x")
    await telegram_api.refused("sendMessage", chat_id=olena.user_id, text="")

    sent, refused = await telegram_api.outbox(after=before)

    assert sent["params"] == {"chat_id": olena.user_id, "text": "x"}
    assert (sent["status"], sent["result"]["text"]) == (200, "x")
    assert (refused["status"], refused["description"]) == (400, "Bad Request: message text is empty")
    assert "test-secret" not in str(sent)
    assert sent["token_tail"] == "-bot"
