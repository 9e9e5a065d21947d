"""What every answer carries and every request must pass: headers, cookies, origin, host, size, errors, languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from io import StringIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from core.db import Database
from core.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    LimitReached,
    NeedsReauth,
    NotFound,
    Unavailable,
)
from core.runtime import Runtime
from core.settings import Environment
from tests.web.driving import HTML, Browser, MakeTenant, Scene, change, code_on
from web.app import create_app
from web.errors import status_of
from web.security import FORM_BYTES, WEBHOOK_PATH, origin_of
from web.texts import LANGUAGES

HTTPS = "https://gigwright.example"


def client(app: FastAPI, base_url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url)


@pytest.fixture
async def secure(rt: Runtime) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """The app as it stands behind a TLS proxy."""
    app = create_app(change(rt, public_url=HTTPS, telegram_webhook_secret=SecretStr("s" * 20)))
    async with client(app, HTTPS) as http:
        yield app, http


def every_route(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every route, from the schema the app itself gives, and of what lies beside them."""
    routes = [
        (method.upper(), re.sub(r"\{[^}]+\}", "x", path))
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    ]
    assert {("POST", WEBHOOK_PATH), ("GET", "/auth/upwork/callback"), ("GET", "/")} <= set(routes)
    return [
        *routes,
        ("GET", "/openapi.json"),
        ("GET", "/static/site.css"),
        ("GET", "/static/%2e%2e/app.py"),
        ("GET", "/nothing/here"),
        ("DELETE", "/"),
        ("OPTIONS", "/"),
    ]


@pytest.mark.asvs("V3.4.1", "V3.4.3", "V14.3.2")
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_every_answer_carries_the_security_headers(
    secure: tuple[FastAPI, httpx.AsyncClient], accept: str
) -> None:
    app, http = secure
    for method, path in every_route(app):
        answer = await http.request(method, path, headers={"accept": accept})
        where = f"{method} {path} {answer.status_code}"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, where
        assert "unsafe" not in policy, where
        assert {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(
            policy.split("; ")
        ), where
        assert answer.headers["x-content-type-options"] == "nosniff", where
        assert answer.headers["referrer-policy"] == "no-referrer", where
        hsts = re.search(r"max-age=(\d+); includeSubDomains", answer.headers["strict-transport-security"])
        assert hsts is not None, where
        assert int(hsts[1]) >= 31_536_000, where
        if path != "/static/site.css":
            assert answer.headers["cache-control"] == "no-store", where
        assert "access-control-allow-origin" not in answer.headers, where
        assert answer.status_code < 500, where


@pytest.mark.asvs("V3.4.1", "V16.5.1")
async def test_an_accident_carries_them_too_and_tells_only_an_id(rt: Runtime, printed: StringIO) -> None:
    app = create_app(change(rt, public_url=HTTPS))

    @app.get("/accident")
    async def accident() -> None:
        raise ZeroDivisionError("the secret is oauth2v2_" + "a" * 30)

    async with client(app, HTTPS) as http:
        page = await http.get("/accident", headers=HTML)
        answer = await http.get("/accident")

    assert page.status_code == answer.status_code == 500
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Something went wrong on our side" in page.text
    assert set(answer.json()) == {"error", "detail", "id"}
    for text in (page.text, answer.text):
        assert "secret" not in text
        assert "ZeroDivision" not in text
    assert answer.json()["id"] in printed.getvalue()


async def test_hsts_is_not_promised_on_plain_http(browser: Browser) -> None:
    answer = await browser.open("/")

    assert "strict-transport-security" not in answer.headers


@pytest.mark.asvs("V3.3.1", "V3.3.2")
async def test_the_cookie_on_https_is_a_host_cookie(scene: Scene, tenant_id: UUID) -> None:
    rt = change(scene.rt, public_url=HTTPS)
    async with client(create_app(rt), HTTPS) as http:
        answer = await http.get(await replace(scene, rt=rt).new_link(tenant_id), headers=HTML)

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-browser=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)


async def test_the_cookie_on_loopback_has_a_plain_name(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    answer = await browser.open(await scene.new_link(tenant_id))

    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("browser=")
    assert "httponly" in cookie
    assert "secure" not in cookie


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "http://127.0.0.1:8001"},
    {"origin": "https://127.0.0.1:8000"},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": "null", "sec-fetch-site": "same-site"},
    {"origin": ""},
]


@pytest.mark.asvs("V3.5.1")
@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_form_from_elsewhere_is_refused_and_binds_nothing(
    scene: Scene, browser: Browser, tenant_id: UUID, headers: dict[str, str]
) -> None:
    page = await browser.open(await scene.new_link(tenant_id))

    assert (await browser.press_continue(page, **headers)).status_code == 403

    assert await scene.column("select browser_hash from app.oauth_attempts") == [None]


@pytest.mark.parametrize("proof", [None, "", "0" * 64, "é"])
async def test_a_form_without_its_proof_is_refused(
    scene: Scene, browser: Browser, tenant_id: UUID, proof: str | None
) -> None:
    link = await scene.new_link(tenant_id)
    await browser.open(link)

    data = {} if proof is None else {"proof": proof}
    answer = await browser.http.post(
        link, data=data, headers={**HTML, "origin": scene.rt.settings.public_url}
    )

    assert answer.status_code == 403
    assert await scene.column("select browser_hash from app.oauth_attempts") == [None]


async def test_our_own_form_passes_with_every_origin_a_browser_may_send(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    page = await browser.open(await scene.new_link(tenant_id))
    ours = scene.rt.settings.public_url

    for headers in ({"origin": "null"}, {"origin": ours}, {"origin": ours, "sec-fetch-site": "same-origin"}):
        answer = await browser.press_continue(page, **headers)
        assert answer.status_code == 303, headers
        assert answer.headers["location"].startswith(scene.rt.settings.upwork_authorize_url)
    # Browsers apply form-action to the redirect that follows a form.
    assert f"form-action 'self' {scene.upwork.url}" in page.headers["content-security-policy"]


async def test_looking_at_a_link_changes_nothing(
    scene: Scene, browser: Browser, other_browser: Browser, tenant_id: UUID
) -> None:
    link = await scene.new_link(tenant_id)
    before = await scene.sql("select * from app.oauth_attempts")

    for reader in (browser, other_browser):
        assert (await reader.open(link)).status_code == 200

    assert await scene.sql("select * from app.oauth_attempts") == before


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:8000.evil.example", "127.0.0.1:99999", "", "[", "a b"]
)
async def test_a_foreign_host_is_refused_but_probes_are_not(rt: Runtime, host: str) -> None:
    async with client(create_app(rt), rt.settings.public_url) as http:
        assert (await http.get("/", headers={"host": host})).status_code == 400
        assert (await http.get("/livez", headers={"host": host})).status_code == 200
        assert (await http.get("/healthz", headers={"host": host})).json() == {"status": "ok"}


async def test_a_form_has_a_size_limit(scene: Scene, browser: Browser, tenant_id: UUID) -> None:
    link = await scene.new_link(tenant_id)
    await browser.open(link)

    for length in (None, "-1", "1_000", "9" * 400):
        headers = {"content-length": length} if length else {}
        answer = await browser.http.post(link, data={"proof": "x" * FORM_BYTES}, headers=headers)
        assert answer.status_code in {400, 413}, length


async def test_health_tells_when_the_database_is_gone(rt: Runtime) -> None:
    gone = Database("postgresql+asyncpg://gigwright_app@127.0.0.1:9/none")
    async with client(create_app(replace(rt, db=gone)), rt.settings.public_url) as http:
        assert (await http.get("/healthz")).status_code == 503
        assert (await http.get("/livez")).status_code == 200
    await gone.close()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(), 404),
        (Conflict(), 409),
        (Forbidden(), 403),
        (Invalid(), 422),
        (LimitReached(retry_after=7), 429),
        (Unavailable(retry_after=9), 503),
        (NeedsReauth(), 401),
    ],
    ids=lambda value: getattr(value, "code", None),
)
async def test_each_kind_of_error_has_its_status_and_words(rt: Runtime, error: AppError, status: int) -> None:
    app = create_app(rt)

    @app.get("/refused")
    async def refused() -> None:
        raise error

    async with client(app, rt.settings.public_url) as http:
        answer = await http.get("/refused")
        page = await http.get("/refused", headers={**HTML, "accept-language": "uk"})

    assert (answer.status_code, status_of(error)) == (status, status)
    assert answer.json()["error"] == error.code
    assert unescape(page.text).count(LANGUAGES["uk"].error(error.code, status).text) == 1
    retry = {429: "7", 503: "9"}.get(status)
    assert answer.headers.get("retry-after") == retry


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("uk", "uk"),
        ("en-GB,en;q=0.9,uk;q=0.8", "en"),
        ("ru;q=1, uk-UA;q=0.9, en;q=0.1", "uk"),
        ("de", "en"),
        ("", "en"),
        ("uk;q=zebra", "uk"),
        (";;;,,q=", "en"),
    ],
)
async def test_a_stranger_is_answered_in_the_browsers_language(
    browser: Browser, wish: str, language: str
) -> None:
    page = await browser.open("/", **{"accept-language": wish})

    assert f'<html lang="{language}">' in page.text
    assert LANGUAGES[language].home_title in unescape(page.text)
    assert page.headers["content-language"] == language


@pytest.mark.parametrize("locale", ["uk", "en"])
async def test_a_tenant_is_answered_in_their_own_language(
    scene: Scene, browser: Browser, make_tenant: MakeTenant, locale: str
) -> None:
    tenant_id = (await make_tenant(locale=locale)).tenant_id
    browser.http.headers["accept-language"] = "en" if locale == "uk" else "uk"
    words = LANGUAGES[locale]
    link = await scene.new_link(tenant_id)

    explained = await browser.open(link)
    finished = await browser.link(link)
    over = await browser.open(link)

    assert words.connect_button in unescape(explained.text)
    assert words.confirm_warning in unescape(finished.text)
    assert words.error("link_gone", 404).title in unescape(over.text)
    assert len(code_on(finished)) == 4


def test_both_languages_have_every_error_and_no_word_in_common() -> None:
    english, ukrainian = LANGUAGES["en"], LANGUAGES["uk"]
    assert set(english.errors) == set(ukrainian.errors)
    for code, words in english.errors.items():
        assert words.title != ukrainian.errors[code].title
        assert words.text != ukrainian.errors[code].text
    every_kind: list[type[AppError]] = [AppError]
    for kind in every_kind:
        every_kind.extend(kind.__subclasses__())
    ours = {kind.code for kind in every_kind if kind.__module__.startswith(("web.", "core.upwork.linking"))}
    assert ours - {"link_cancelled"} <= set(english.errors)


async def test_pages_need_no_script_and_load_nothing_from_elsewhere(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    page = await browser.link(await scene.new_link(tenant_id))
    pages = [*browser.seen, await browser.open("/"), await browser.open("/nothing")]

    assert page in pages
    for each in pages:
        assert not re.search(r"<script|\son\w+=|\sstyle=|<style|javascript:", each.text)
        for address in re.findall(r'(?:src|href)="([^"]+)"', each.text):
            assert address.startswith("/static/"), address
        stylesheet = re.search(r'href="(/static/site\.css[^"]*)"', each.text)
        assert stylesheet is not None
        style = await browser.http.get(stylesheet[1])
        assert style.status_code == 200
        assert style.headers["content-type"].startswith("text/css")
        assert style.headers["cache-control"].startswith("public")
        assert "url(" not in style.text
        assert "@import" not in style.text


async def test_the_schema_is_offered_outside_production_only(rt: Runtime) -> None:
    async with client(create_app(rt), rt.settings.public_url) as http:
        assert (await http.get("/openapi.json")).status_code == 200
        assert (await http.get("/docs")).status_code == 404
    async with client(
        create_app(change(rt, environment=Environment.PRODUCTION)), rt.settings.public_url
    ) as http:
        assert (await http.get("/openapi.json")).status_code == 404


async def test_the_bots_address_is_learned_from_telegram_once(
    scene: Scene, browser: Browser, tenant_id: UUID
) -> None:
    asked: list[str] = []
    broken = True

    def telegram(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if broken:
            raise httpx.ConnectTimeout("no answer", request=request)
        return httpx.Response(200, json={"ok": True, "result": {"id": 1, "username": "gigwright_bot"}})

    clock: Any = scene.rt.clock
    async with httpx.AsyncClient(transport=httpx.MockTransport(telegram)) as outside:
        rt = replace(change(scene.rt, telegram_api_base="https://api.telegram.org"), http=outside)
        async with client(create_app(rt), rt.settings.public_url) as http:
            for _ in range(3):
                assert "t.me" not in (await http.get("/", headers=HTML)).text
            assert len(asked) == 1
            broken = False
            clock.advance(61)
            for _ in range(3):
                assert 'href="https://t.me/gigwright_bot"' in (await http.get("/", headers=HTML)).text

    assert asked == [f"/bot{scene.rt.settings.telegram_bot_token.get_secret_value()}/getMe"] * 2


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.COM/path?x", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_is_written_one_way(url: str, origin: str) -> None:
    assert origin_of(url) == origin
