"""The authorization code flow against the sandbox's authorization server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from core.errors import Invalid, NeedsReauth, Unavailable
from core.http import open_http
from core.settings import Settings
from core.upwork import oauth
from core.upwork.oauth import Authorization
from tests.core.upwork_side import UpworkServer


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with open_http() as opened:
        yield opened


async def consent(begun: Authorization, server: UpworkServer) -> dict[str, list[str]]:
    """Say yes on the consent page; what comes back to the callback."""
    account = (await server.control("GET", "/accounts"))[0]["id"]
    form = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    async with httpx.AsyncClient() as browser:
        answer = await browser.post(
            begun.url.partition("?")[0], data={**form, "decision": "authorize", "account": account}
        )
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)


def test_the_url_has_state_and_challenge_and_no_scope(upwork_settings: Settings) -> None:
    begun = [oauth.begin_authorization(upwork_settings) for _ in range(2)]
    query = parse_qs(urlsplit(begun[0].url).query)
    assert begun[0].url.startswith(upwork_settings.upwork_authorize_url)
    assert set(query) == {
        "response_type",
        "client_id",
        "redirect_uri",
        "state",
        "code_challenge",
        "code_challenge_method",
    }
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [upwork_settings.upwork_redirect_uri]
    assert len(begun[0].state) >= 43
    assert begun[0].state != begun[1].state
    assert begun[0].verifier != begun[1].verifier
    assert begun[0].verifier not in begun[0].url
    assert begun[0].state not in repr(begun[0])
    assert begun[0].verifier not in repr(begun[0])


async def test_a_code_becomes_tokens_once(
    http: httpx.AsyncClient, upwork: UpworkServer, upwork_settings: Settings
) -> None:
    begun = oauth.begin_authorization(upwork_settings)
    back = await consent(begun, upwork)
    assert back["state"] == [begun.state]
    pair = await oauth.exchange_code(http, upwork_settings, back["code"][0], begun.verifier)
    assert pair.expires_in == 86_400
    assert pair.access_token != pair.refresh_token
    assert pair.access_token not in repr(pair)
    with pytest.raises(Invalid):
        await oauth.exchange_code(http, upwork_settings, back["code"][0], begun.verifier)


async def test_somebody_elses_verifier_gets_nothing(
    http: httpx.AsyncClient, upwork: UpworkServer, upwork_settings: Settings
) -> None:
    begun, other = oauth.begin_authorization(upwork_settings), oauth.begin_authorization(upwork_settings)
    back = await consent(begun, upwork)
    with pytest.raises(Invalid):
        await oauth.exchange_code(http, upwork_settings, back["code"][0], other.verifier)


async def test_a_used_refresh_token_ends_the_grant(
    http: httpx.AsyncClient, upwork: UpworkServer, upwork_settings: Settings
) -> None:
    granted = await upwork.control("POST", "/grants", client_id=upwork_settings.upwork_client_id)
    pair = await oauth.refresh(http, upwork_settings, granted["refresh_token"])
    assert pair.refresh_token != granted["refresh_token"]
    with pytest.raises(NeedsReauth) as refused:
        await oauth.refresh(http, upwork_settings, granted["refresh_token"])
    assert refused.value.data["error"] == "invalid_grant"
    with pytest.raises(NeedsReauth):
        await oauth.refresh(http, upwork_settings, pair.refresh_token)


async def test_a_revoked_grant_cannot_be_refreshed(
    http: httpx.AsyncClient, upwork: UpworkServer, upwork_settings: Settings
) -> None:
    granted = await upwork.control("POST", "/grants", client_id=upwork_settings.upwork_client_id)
    await oauth.revoke(http, upwork_settings, granted["refresh_token"])
    with pytest.raises(NeedsReauth):
        await oauth.refresh(http, upwork_settings, granted["refresh_token"])
    await oauth.revoke(http, upwork_settings, "unknown-token")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="broken"),
        httpx.Response(403, html="<html>Enable JavaScript and cookies to continue</html>"),
        httpx.Response(429),
        httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
        httpx.Response(200, text="not json"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"access_token": "a" * 5000, "refresh_token": "b"}),
        httpx.Response(200, json={"access_token": 7, "refresh_token": "b"}),
        httpx.Response(400, text="<html></html>"),
        httpx.Response(401, json={"error": "invalid_client"}),
    ],
    ids=lambda answer: f"{answer.status_code} {answer.text[:12]}",
)
async def test_what_may_pass_is_not_a_reason_to_ask_the_person(
    answer: httpx.Response, upwork_settings: Settings
) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _request: answer)) as http:
        with pytest.raises(Unavailable):
            await oauth.refresh(http, upwork_settings, "renewal")


async def test_credentials_travel_in_the_body_only(upwork_settings: Settings) -> None:
    seen: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"access_token": "a", "token_type": "Bearer", "expires_in": "86400"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(record)) as http:
        pair = await oauth.refresh(http, upwork_settings, "renewal&with=signs")
    form = parse_qs(seen[0].content.decode())
    assert form["refresh_token"] == ["renewal&with=signs"]
    assert form["client_secret"] == [upwork_settings.upwork_client_secret.get_secret_value()]
    assert "scope" not in form
    assert "authorization" not in seen[0].headers
    assert "?" not in str(seen[0].url)
    assert seen[0].headers["user-agent"].startswith("Gigwright")
    assert pair.refresh_token == "renewal&with=signs"


async def test_a_token_endpoint_that_hangs_is_given_up(
    upwork_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "DEADLINE_SECONDS", 0.05)

    async def hang(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(30)
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as http:
        with pytest.raises(Unavailable):
            await oauth.refresh(http, upwork_settings, "renewal")
