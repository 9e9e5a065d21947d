"""Every route, walked: what it must refuse, what it must carry, and that nothing is stored by a look or by a stranger."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from core.errors import LimitReached
from core.limits import Limit, SoftLimits
from core.runtime import Runtime
from core.security.alerts.kill import new_kill_link
from core.security.assurance import ACCOUNT, Act, chat_session
from core.security.page_links import Purpose, new_page_link
from core.security.stepup import service as stepup
from tests.web.driving import HTML, OwnerSql, Scene, change
from tests.web.walking import (
    HTTPS,
    METHODS,
    SAFE,
    checksums,
    client,
    routes,
    table_of_routes,
    writing_routes,
)
from web import limits as web_limits
from web import security as web_security
from web.address import Proxies, limit_key
from web.app import create_app
from web.doors import Doors
from web.security import WEBHOOK_PATH, Gate, remember_browser

SECRET = "webhook-secret-0123456789"


@pytest.fixture
def app(rt: Runtime) -> FastAPI:
    """The app as it stands behind a TLS proxy."""
    return create_app(change(rt, public_url=HTTPS, telegram_webhook_secret=SecretStr(SECRET)))


@pytest.mark.asvs("V3.5.1")
@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null", "sec-fetch-site": "cross-site"}],
    ids=["foreign origin", "cross site"],
)
async def test_what_comes_from_another_site_is_refused_on_every_route(
    app: FastAPI, owner_sql: OwnerSql, tenant_id: UUID, headers: dict[str, str]
) -> None:
    before = await checksums(owner_sql)
    async with client(app) as http:
        for method, path in writing_routes(app, value=str(uuid4())):
            answer = await http.request(method, path, headers={**headers, "cookie": "__Host-access=x"})
            assert answer.status_code == 403, (method, path)
    assert await checksums(owner_sql) == before


@pytest.mark.asvs("V3.5.1")
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
async def test_a_form_of_another_page_changes_nothing_on_any_route(
    app: FastAPI, owner_sql: OwnerSql, tenant_id: UUID, kind: str
) -> None:
    """What a browser sends without asking first, without the proof that only our own pages carry."""
    before = await checksums(owner_sql)
    body = '{"email": "a@b.example", "password": "long enough to be one", "token": "x"}'
    async with client(app) as http:
        for method, path in writing_routes(app, value=str(uuid4())):
            answer = await http.request(method, path, content=body, headers={"content-type": kind})
            assert answer.status_code in {400, 401, 403, 404, 405, 422}, (method, path, answer.status_code)
    assert await checksums(owner_sql) == before


async def test_the_webhook_is_the_only_route_that_asks_for_no_proof_but_a_secret(app: FastAPI) -> None:
    async with client(app) as http:
        answer = await http.post(WEBHOOK_PATH, json={"update_id": 1})
        assert answer.status_code == 401
        told = await http.post(
            WEBHOOK_PATH, json={"update_id": 1}, headers={"x-telegram-bot-api-secret-token": SECRET}
        )
        assert told.status_code == 200


OPENED_BY = {
    Purpose.PROTECT: "/protect/{token}",
    Purpose.VERIFY: "/verify/{token}",
    Purpose.LOGIN: "/register/{token}",
    "kill": "/kill/{token}",
}


async def one_time_tokens(rt: Runtime, tenant_id: UUID) -> dict[str, str]:
    """A fresh link of every kind there is, by its purpose, for an account with a factor."""
    async with rt.db.begin(tenant_id) as session:
        asked = await stepup.open_challenge(
            session,
            Act.EXPORT,
            subject=ACCOUNT,
            by=chat_session(1),
            clock=rt.clock,
            settings=rt.settings,
            resume={},
        )
        made = {
            purpose.value: await new_page_link(session, purpose, clock=rt.clock)
            for purpose in Purpose
            if purpose is not Purpose.VERIFY
        }
        made["kill"] = new_kill_link(session, clock=rt.clock)
    return {**made, Purpose.VERIFY.value: asked.url.rpartition("/")[2]}


@pytest.mark.asvs("V3.5.3")
async def test_looking_writes_nothing(
    app: FastAPI, owner_sql: OwnerSql, scene: Scene, tenant_id: UUID
) -> None:
    """Also not with a real one-time link in the address: what looks ahead for a person must not use it up or take it away."""
    link = await scene.new_link(tenant_id)
    tokens = await one_time_tokens(scene.rt, tenant_id)
    before = await checksums(owner_sql)
    async with client(app) as http:
        opened = [
            (await http.get(path.format(token=tokens[name]), headers=HTML)).status_code
            for name, path in OPENED_BY.items()
        ]
        assert opened == [200] * len(OPENED_BY)
        for value in ("x", str(uuid4()), str(tenant_id), link.rpartition("/")[2], *tokens.values()):
            for method, path in routes(app, value=value):
                if method in SAFE:
                    for verb in ("GET", "HEAD"):
                        answer = await http.request(verb, path, headers=HTML)
                        assert answer.status_code < 500, (verb, path)
    assert await checksums(owner_sql) == before


@pytest.mark.asvs("V4.1.4")
async def test_a_method_that_is_not_listed_is_refused_on_every_route(app: FastAPI) -> None:
    async with client(app) as http:
        for path, listed in table_of_routes(app).items():
            for method in METHODS:
                if method not in listed:
                    answer = await http.request(method, re.sub(r"\{[^}]+\}", "x", path))
                    assert answer.status_code == 405, (method, path, answer.status_code)
        for method in METHODS:
            if method not in {"GET", "HEAD"}:
                assert (await http.request(method, "/static/site.css")).status_code == 405, method
                assert (await http.request(method, "/openapi.json")).status_code == 405, method


async def test_no_other_site_may_read_an_answer(app: FastAPI) -> None:
    preflight = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    async with client(app) as http:
        for _, path in routes(app):
            for headers in (preflight, {"origin": HTTPS}):
                answer = await http.options(path, headers=headers)
                assert not [name for name in answer.headers if name.startswith("access-control-")], path


@pytest.mark.asvs("V3.3.1", "V3.3.2")
async def test_every_cookie_is_bound_to_this_host_and_kept_from_scripts(rt: Runtime) -> None:
    """Cookies are set in two places; both are asked for every name there is."""
    https = change(rt, public_url=HTTPS)
    response = Response()
    remember_browser(response, https.settings, "x")
    doors = Doors(https)
    for name in ("access", "refresh", "console", "device"):
        doors.set_cookie(response, name, "x", timedelta(minutes=5))
    doors.drop_cookies(response)

    found = response.headers.getlist("set-cookie")
    assert len(found) == 8
    for cookie in found:
        name, *attributes = (part.strip().lower() for part in cookie.split(";"))
        assert name.startswith("__host-"), cookie
        assert {"secure", "httponly", "path=/"} <= set(attributes), cookie
        assert {"samesite=lax", "samesite=strict"} & set(attributes), cookie
        assert not any(part.startswith("domain") for part in attributes), cookie


@pytest.mark.asvs("V15.3.4")
async def test_a_written_address_does_not_change_whom_a_request_is_counted_for(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_limits, "READS", Limit(3, 3600))
    app = create_app(change(rt, trusted_proxies="10.0.0.0/8"))
    async with client(app, rt.settings.public_url, peer="203.0.113.9") as stranger:
        codes = [
            (await stranger.get("/", headers={"x-forwarded-for": f"198.51.100.{n}"})).status_code
            for n in range(5)
        ]
    assert codes == [200, 200, 200, 429, 429]
    async with client(app, rt.settings.public_url, peer="10.1.1.1") as proxy:
        # The proxy appends whom it saw; what its caller wrote before that is only a claim.
        spoofed = [
            (await proxy.get("/", headers={"x-forwarded-for": f"192.0.2.{n}, 198.51.100.7"})).status_code
            for n in range(5)
        ]
        another = await proxy.get("/", headers={"x-forwarded-for": "198.51.100.8"})
    assert spoofed == [200, 200, 200, 429, 429]
    assert another.status_code == 200
    refused = await _refusal(rt, app)
    assert refused.headers["retry-after"].isdigit()


async def _refusal(rt: Runtime, app: FastAPI) -> Response:
    async with client(app, rt.settings.public_url, peer="203.0.113.9") as http:
        answer = await http.get("/")
    assert answer.status_code == 429
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    return Response(status_code=answer.status_code, headers=dict(answer.headers))


@pytest.mark.asvs("V15.3.4")
@pytest.mark.parametrize(
    ("peer", "header", "found"),
    [
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.1", "1.2.3.4, not an address", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::5]:1234", "2001:db8::5"),
        ("10.0.0.1", "::ffff:1.2.3.4", "1.2.3.4"),
        ("::ffff:10.0.0.1", "1.2.3.4:55", "1.2.3.4"),
        ("10.0.0.1", ",".join(["9.9.9.9"] * 500), "9.9.9.9"),
        ("", "1.2.3.4", "unknown"),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, header: str, found: str) -> None:
    scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", header.encode())], "scheme": "http"}
    assert Proxies("10.0.0.0/8").client(scope) == found


def test_one_ipv6_subscriber_is_one_caller() -> None:
    assert limit_key("2001:db8:1:2:3::4") == limit_key("2001:db8:1:2:ffff::1")
    assert limit_key("2001:db8:1:2::1") != limit_key("2001:db8:1:3::1")
    assert limit_key("1.2.3.4") == "1.2.3.4"


async def test_soft_limits_go_on_without_redis(rt: Runtime) -> None:
    gone = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    for redis in (rt.redis, gone):
        limits, limit = SoftLimits(redis), Limit(2, 3600)
        await limits.hit("here", "somebody", limit)
        await limits.hit("here", "somebody", limit)
        with pytest.raises(LimitReached) as refusal:
            await limits.hit("here", "somebody", limit)
        assert 0 < refusal.value.retry_after <= 1800
        await limits.hit("here", "somebody else", limit)
        await limits.hit("there", "somebody", limit)
    await gone.aclose()


async def test_plain_http_is_led_to_tls_only_on_the_word_of_a_proxy(rt: Runtime) -> None:
    app = create_app(change(rt, public_url=HTTPS, trusted_proxies="10.0.0.1"))
    plain = {"x-forwarded-proto": "http"}
    async with client(app, peer="10.0.0.1") as http:
        led = await http.get("/connect/abc?x=1%202", headers=plain)
        assert (led.status_code, led.headers["location"]) == (308, f"{HTTPS}/connect/abc?x=1%202")
        assert "strict-transport-security" in led.headers
        assert (await http.post("/auth/login", headers=plain, json={})).json()["error"] == "insecure"
        assert (await http.get("/", headers={"x-forwarded-proto": "https"})).status_code == 200
        assert (await http.get("/livez", headers=plain)).status_code == 200
    async with client(app, peer="203.0.113.9") as http:
        assert (await http.get("/", headers=plain)).status_code == 200
    async with client(create_app(change(rt, public_url=HTTPS)), peer="10.0.0.1") as http:
        assert (await http.get("/", headers=plain)).status_code == 200


async def test_a_body_that_never_ends_is_given_up(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_security, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(web_security, "ANSWER_SECONDS", 5)
    app = create_app(rt)
    sent: list[Message] = []

    async def receive() -> Message:
        if sent_once:
            await asyncio.sleep(30)
        sent_once.append(True)
        return {"type": "http.request", "body": b'{"a"', "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    sent_once: list[bool] = []
    host = rt.settings.public_url.removeprefix("http://")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/connect/x",
        "raw_path": b"/connect/x",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", host.encode()), (b"content-type", b"application/x-www-form-urlencoded")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await app(scope, receive, send)

    assert sent[0]["status"] in {404, 408}


async def test_an_answer_that_never_begins_is_given_up(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_security, "ANSWER_SECONDS", 0.05)

    async def stuck(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(30)

    app = create_app(rt)
    app.add_middleware(lambda _app: web_security.Shell(Gate(stuck, rt.settings), rt.settings))
    async with client(app, rt.settings.public_url) as http:
        answer = await http.get("/")

    assert answer.status_code == 503
    assert "retry-after" in answer.headers


@pytest.mark.asvs("V14.2.1")
async def test_nothing_secret_is_asked_for_in_an_address_or_written_down_with_it(
    app: FastAPI, printed: StringIO
) -> None:
    """Links from the chat carry their one-time token in the path; it reaches no log, and no query carries any."""
    asked = {
        parameter["name"]
        for operations in app.openapi()["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }
    # `state` and `code` are OAuth's own, good once and only in the browser that began.
    secret = re.compile(r"token|secret|pass|code|state|otp|key|proof|mail|phone|text|letter", re.IGNORECASE)
    assert {name for name in asked if secret.search(name)} == {"state", "code"}
    canary = "canary" + uuid4().hex
    async with client(app) as http:
        for method, path in routes(app, value=canary):
            await http.request(method, path, params={"state": canary, "code": canary}, headers=HTML)
    assert "web.refused" in printed.getvalue()
    assert canary not in printed.getvalue()
