"""The consent page and the tokens of the Upwork stand-in."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

AUTHORIZE = "/ab/account-security/oauth2/authorize"
TOKEN = "/api/v3/oauth2/token"
CALLBACK = "http://127.0.0.1:9/callback"
ASKED = {"response_type": "code", "client_id": "key", "redirect_uri": CALLBACK, "state": "s-1"}
OLENA = "1500000000000000001"


async def approve(api: Any, **more: str) -> dict[str, str]:
    """The parameters of the redirect after the form was sent."""
    form = {**ASKED, "account": OLENA, "decision": "authorize", **more}
    answer = await api.http.post(AUTHORIZE, data=form)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(CALLBACK)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def exchange(api: Any, code: str, **more: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": "key",
        "client_secret": "secret",
        "code": code,
        "redirect_uri": CALLBACK,
        **more,
    }
    answer: httpx.Response = await api.http.post(TOKEN, data=form)
    return answer


async def refresh(api: Any, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "client_id": "key", "client_secret": "s", "refresh_token": token}
    answer: httpx.Response = await api.http.post(TOKEN, data=form)
    return answer


async def works(api: Any, token: str) -> bool:
    answer = await api.post("{ user { id } }", {"Authorization": f"Bearer {token}"})
    return bool(answer.status_code == 200)


async def test_page_says_what_it_is_and_needs_no_script(upwork: Any) -> None:
    page = await upwork.http.get(AUTHORIZE, params={**ASKED, "client_id": "<b>key</b>"})
    assert page.status_code == 200
    assert "sandbox: stand-in for Upwork" in page.text
    assert "<script" not in page.text
    assert "<b>key</b>" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9" in policy
    assert len(re.findall(r'type="radio"', page.text)) == 3
    style = await upwork.http.get("/ab/account-security/oauth2/consent.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in style.text


async def test_form_works_from_a_headless_tool_without_an_agent_of_its_own(upwork: Any) -> None:
    async with httpx.AsyncClient(base_url=upwork.http.base_url) as plain:
        answer = await plain.post(AUTHORIZE, data={**ASKED, "account": OLENA, "decision": "authorize"})
    assert answer.status_code == 302


async def test_code_becomes_tokens_once(upwork: Any) -> None:
    back = await approve(upwork)
    assert back["state"] == "s-1"
    granted = await exchange(upwork, back["code"])
    tokens = granted.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 86400
    assert tokens["access_token"].startswith("oauth2v2_")
    assert await works(upwork, tokens["access_token"])
    again = await exchange(upwork, back["code"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not await works(upwork, tokens["access_token"])


async def test_code_dies_after_ten_minutes(upwork: Any) -> None:
    back = await approve(upwork)
    await upwork.control("clock", advance=601)
    assert (await exchange(upwork, back["code"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "change", [{"redirect_uri": CALLBACK + "/other"}, {"client_id": "other"}, {"code": "wrong"}]
)
async def test_code_belongs_to_its_request(upwork: Any, change: dict[str, str]) -> None:
    back = await approve(upwork)
    answer = await exchange(upwork, **{"code": back["code"], **change})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_challenge_must_be_met(upwork: Any) -> None:
    verifier = "v" * 50
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    proof = {"code_challenge": challenge, "code_challenge_method": "S256"}
    back = await approve(upwork, **proof)
    for wrong in ({}, {"code_verifier": "w" * 50}):
        assert (await exchange(upwork, back["code"], **wrong)).json()["error"] == "invalid_grant"
    assert (await exchange(upwork, back["code"], code_verifier=verifier)).status_code == 200
    assert (await approve(upwork, code_challenge=challenge))["error"] == "invalid_request"
    assert (await approve(upwork, code_challenge="x", code_challenge_method="S256"))[
        "error"
    ] == "invalid_request"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"decision": "cancel"}, "access_denied"),
        ({"scope": "r_basic"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
async def test_refusals_go_back_to_the_client(upwork: Any, change: dict[str, str], error: str) -> None:
    back = await approve(upwork, **change)
    assert back == {"error": error, "state": "s-1"}


@pytest.mark.parametrize("address", ["", "/callback", "javascript:alert(1)", "ftp://127.0.0.1/x"])
async def test_nothing_is_sent_to_an_address_that_is_no_web_page(upwork: Any, address: str) -> None:
    answer = await upwork.http.get(AUTHORIZE, params={**ASKED, "redirect_uri": address})
    assert answer.status_code == 400
    assert "redirect_uri" in answer.text


async def test_form_of_another_site_is_refused(upwork: Any) -> None:
    form = {**ASKED, "account": OLENA, "decision": "authorize"}
    answer = await upwork.http.post(AUTHORIZE, data=form, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


async def test_own_freelancer(upwork: Any) -> None:
    named = {"account": "new", "new_name": "Ada Test", "new_title": "Tester", "new_skills": "Python, Rust"}
    tokens = (await exchange(upwork, (await approve(upwork, **named))["code"])).json()
    upwork.access_token = tokens["access_token"]
    user = (
        await upwork.data("{ user { name freelancerProfile { skills { edges { node { prettyName } } } } } }")
    )["user"]
    assert user["name"] == "Ada T."
    assert [edge["node"]["prettyName"] for edge in user["freelancerProfile"]["skills"]["edges"]] == [
        "Python",
        "Rust",
    ]
    nameless = await upwork.http.post(AUTHORIZE, data={**ASKED, "account": "new", "decision": "authorize"})
    assert nameless.status_code == 400


async def test_refresh_rotates_and_reuse_ends_the_family(upwork: Any) -> None:
    first = await upwork.sign_in(client_id="key")
    second = (await refresh(upwork, first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert await works(upwork, first["access_token"])
    assert await works(upwork, second["access_token"])
    reused = await refresh(upwork, first["refresh_token"])
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert not await works(upwork, second["access_token"])
    assert (await refresh(upwork, second["refresh_token"])).json()["error"] == "invalid_grant"
    counted = await upwork.control("counters", "GET")
    assert counted["operations"]["oauth.refresh"] == 3


async def test_tokens_age(upwork: Any) -> None:
    await upwork.control("settings", access_seconds=60)
    tokens = await upwork.sign_in(client_id="key")
    assert tokens["expires_in"] == 60
    await upwork.control("clock", advance=61)
    assert not await works(upwork, tokens["access_token"])
    tokens = (await refresh(upwork, tokens["refresh_token"])).json()
    await upwork.control("clock", advance=13 * 86_400)
    tokens = (await refresh(upwork, tokens["refresh_token"])).json()
    await upwork.control("clock", advance=14 * 86_400 + 1)
    assert (await refresh(upwork, tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_revocation_ends_everything_of_one_consent(upwork: Any) -> None:
    tokens = await upwork.sign_in(client_id="key")
    form = {"client_id": "key", "client_secret": "s", "token": tokens["refresh_token"]}
    assert (await upwork.http.post(f"{TOKEN}/revoke", data=form)).status_code == 200
    assert not await works(upwork, tokens["access_token"])
    assert (await upwork.http.post(f"{TOKEN}/revoke", data={**form, "token": "unknown"})).status_code == 200


async def test_client_authentication(upwork: Any) -> None:
    await upwork.control("applications", client_id="key", client_secret="right", redirect_uris=[CALLBACK])
    code = (await approve(upwork))["code"]
    wrong = await exchange(upwork, code, client_secret="wrong")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    basic = await upwork.http.post(TOKEN, data=form, auth=("key", "right"))
    assert basic.status_code == 200
    elsewhere = await upwork.http.get(AUTHORIZE, params={**ASKED, "redirect_uri": CALLBACK + "x"})
    assert elsewhere.status_code == 400


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "scope": "y"}, "invalid_scope"),
    ],
)
async def test_grants_that_ordinary_keys_do_not_have(upwork: Any, form: dict[str, str], error: str) -> None:
    answer = await upwork.http.post(TOKEN, data={"client_id": "key", "client_secret": "s", **form})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
