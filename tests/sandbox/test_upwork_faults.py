"""Faults on demand, rate limits and the control API's own door."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.upwork.wire import DESCRIPTORS

USER = "query Me { user { id email freelancerProfile { aggregates { jobSuccessScore } } } }"
ORGANIZATION = "{ organization { id } }"
TOKEN = "/api/v3/oauth2/token"


@pytest.mark.parametrize(("kind", "status", "text"), [
    ("429", 429, "Too Many Requests"),
    ("401", 401, "Authentication failed"),
    ("403_html", 403, "Enable JavaScript and cookies to continue"),
    ("502", 502, "Bad Gateway"),
])  # fmt: skip
async def test_status_faults_hit_their_operation_only_and_run_out(
    upwork: Any, kind: str, status: int, text: str
) -> None:
    await upwork.control("faults", operation="user", kind=kind, times=2)
    await upwork.data(ORGANIZATION)
    for _ in range(2):
        answer = await upwork.post(USER)
        assert (answer.status_code, text in answer.text) == (status, True)
    await upwork.data(USER)


async def test_fault_by_operation_name_and_retry_after(upwork: Any) -> None:
    await upwork.control("faults", operation="Me", kind="429", retry_after=3)
    answer = await upwork.post(USER)
    assert answer.headers["retry-after"] == "3"


async def test_hang_ends_when_the_caller_gives_up(upwork: Any) -> None:
    await upwork.control("faults", kind="hang", seconds=60)
    headers = {"Authorization": f"Bearer {upwork.access_token}"}
    with pytest.raises(httpx.ReadTimeout):
        await upwork.http.post("/graphql", json={"query": USER}, headers=headers, timeout=0.3)
    await upwork.control("faults", kind="hang", seconds=0.1)
    assert (await upwork.post(USER)).status_code == 504


@pytest.mark.parametrize(("kind", "error"), [
    ("reset", httpx.ReadError),
    ("drop_before", httpx.RemoteProtocolError),
    ("truncated", httpx.RemoteProtocolError),
])  # fmt: skip
async def test_connection_faults(upwork: Any, kind: str, error: type[Exception]) -> None:
    await upwork.control("faults", operation="user", kind=kind)
    with pytest.raises(error):
        await upwork.post(USER)
    await upwork.data(USER)


async def test_cutting_leaves_no_descriptor_open(upwork: Any) -> None:
    """The server shares this process, so what a cut forgets to close would pile up here."""

    async def cut() -> int:
        await upwork.control("faults", operation="user", kind="reset")
        with pytest.raises(httpx.ReadError):
            await upwork.post(USER)
        return len(list(DESCRIPTORS.iterdir()))

    before = await cut()
    after = [await cut() for _ in range(5)]
    assert after[-1] <= before + 2  # a connection may just be closing


@pytest.mark.parametrize(
    ("kind", "done"), [("reset_after", 1), ("truncated", 1), ("reset", 0), ("drop_before", 0)]
)
async def test_whether_the_work_was_done_before_the_cut(upwork: Any, kind: str, done: int) -> None:
    job = await upwork.control("jobs", title="T", description="D")
    me = await upwork.data("{ user { id nid } organization { id } }")
    wanted = {
        "selectedContractor": {"id": me["user"]["id"], "oDeskUserID": me["user"]["nid"]},
        "jobReference": job["id"],
        "chargedAmount": 20.5,
        "coverLetter": "Hello",
        "teamOrgId": me["organization"]["id"],
    }
    await upwork.control("faults", operation="createJobProposal", kind=kind)
    submit = (
        "mutation ($input: CreateJobProposalInput!) { createJobProposal(input: $input) { newProposalId } }"
    )
    with pytest.raises(httpx.TransportError):
        await upwork.post(submit, input=wanted)
    assert len(await upwork.control("proposals", "GET")) == done


async def test_partial_keeps_the_rest(upwork: Any) -> None:
    await upwork.control("faults", kind="partial", fields=["FreelancerProfileAggregates.jobSuccessScore"])
    body = await upwork.ask(USER)
    assert body["data"]["user"]["email"] == "olena@freelancers.example"
    assert body["data"]["user"]["freelancerProfile"]["aggregates"] == {"jobSuccessScore": None}
    assert body["errors"][0]["path"] == ["user", "freelancerProfile", "aggregates", "jobSuccessScore"]
    await upwork.control("faults", kind="partial", fields=["Money.rawValue"])
    await upwork.control("feed", now=1)
    money = "{ marketplaceJobPostingsSearch { edges { node { title amount { rawValue } } } } }"
    body = await upwork.ask(money)
    # amount is not nullable, so the loss rises to the nearest field that is
    assert body["data"]["marketplaceJobPostingsSearch"]["edges"][0] is None
    assert body["errors"]


async def test_missing_scope_once(upwork: Any) -> None:
    await upwork.control("faults", kind="missing_scope", fields=["CurrentUser.email"])
    body = await upwork.ask(USER)
    assert body["errors"][0]["message"].endswith("to access: [CurrentUser.email].")
    assert "data" not in body
    await upwork.data(USER)


async def test_token_endpoint_can_fail_before_and_after_rotating(upwork: Any) -> None:
    tokens = await upwork.sign_in(client_id="key")
    form = {
        "grant_type": "refresh_token",
        "client_id": "key",
        "client_secret": "s",
        "refresh_token": tokens["refresh_token"],
    }
    await upwork.control("faults", operation="oauth.refresh", kind="502")
    assert (await upwork.http.post(TOKEN, data=form)).status_code == 502
    await upwork.control("faults", operation="oauth.refresh", kind="reset_after")
    with pytest.raises(httpx.TransportError):
        await upwork.http.post(TOKEN, data=form)
    assert (await upwork.http.post(TOKEN, data=form)).json()["error"] == "invalid_grant"


async def test_limits_per_second_and_per_minute(upwork: Any) -> None:
    await upwork.control("settings", per_second=3, per_minute=1000)
    await upwork.control("counters", "DELETE")
    statuses = [(await upwork.post(ORGANIZATION)).status_code for _ in range(6)]
    assert statuses[:3] == [200, 200, 200]
    assert 429 in statuses[3:]
    await upwork.control("settings", per_second=1000, per_minute=4, retry_after=7)
    await upwork.control("counters", "DELETE")
    answers = [await upwork.post(ORGANIZATION) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert answers[-1].headers["retry-after"] == "7"
    refused = (await upwork.control("counters", "GET"))["refused"]
    assert refused == {"429": 2}


async def test_counters(upwork: Any) -> None:
    await upwork.data(USER)
    await upwork.data("{ user { id } organization { id } }")
    counted = (await upwork.control("counters", "GET"))["operations"]
    assert (counted["user"], counted["organization"]) == (2, 1)


@pytest.mark.parametrize("headers", [
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Host": "rebound.example"},
])  # fmt: skip
async def test_control_is_for_this_machine(upwork: Any, headers: dict[str, str]) -> None:
    answer = await upwork.http.post("/control/reset", headers=headers)
    assert answer.status_code == 403


async def test_control_refuses_typos_and_unknown_ids(upwork: Any) -> None:
    answer = await upwork.control("faults", status=422, kind="429", tmes=3)
    assert "tmes" in answer["details"][0]
    await upwork.control("faults", status=422, kind="meltdown")
    await upwork.control("jobs/1/close", status=404)
    await upwork.control("proposals/1/answer", status=404)
    await upwork.control("grants", status=404, account="1")
