"""The official Python client talks to the stand-in as it would to the real service."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import upwork as official
from upwork import upwork as addresses
from upwork.routers import graphql

CALLBACK = "http://127.0.0.1:9/callback"


def _session(base: str) -> dict[str, Any]:
    config = official.Config({"client_id": "key", "client_secret": "secret", "redirect_uri": CALLBACK})
    client = official.Client(config)
    # the library's default agent is turned away, as the real service does
    client._Client__oauth.headers["User-Agent"] = "official-client-test/1.0"
    url, state = client.get_authorization_url()
    assert url.startswith(base)
    form = dict(parse_qsl(urlsplit(url).query))
    form |= {"account": "1500000000000000002", "decision": "authorize"}
    redirect = httpx.post(url.partition("?")[0], data=form).headers["location"]
    assert f"state={state}" in redirect
    token = client.get_access_token(redirect)
    assert token["access_token"].startswith("oauth2v2_")
    client.epoint = "graphql"
    answer: dict[str, Any] = graphql.Api(client).execute(
        {"query": "{ user { nid } companySelector { items { organizationId } } }"}
    )
    client.set_org_uid_header(answer["data"]["companySelector"]["items"][0]["organizationId"])
    search = "{ marketplaceJobPostingsSearch { edges { node { title } } } }"
    jobs = graphql.Api(client).execute({"query": search})
    return {"user": answer["data"]["user"], "jobs": jobs["data"]["marketplaceJobPostingsSearch"]["edges"]}


async def test_authorize_token_query(upwork: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    base = str(upwork.http.base_url).rstrip("/")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(addresses, "BASE_HOST", base)
    monkeypatch.setattr(addresses, "GQL_EPOINT", f"{base}/graphql")
    seen = await asyncio.to_thread(_session, base)
    assert seen["user"] == {"nid": "marcodesigns"}
    assert len(seen["jobs"]) == 10
    assert all(edge["node"]["title"] for edge in seen["jobs"])
