"""From a submitted proposal to the client's answer, and across a restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.upwork.feed import FeedSettings
from sandbox.upwork.world import World

SUBMIT = """mutation ($input: CreateJobProposalInput!) {
  createJobProposal(input: $input) { newProposalId status error } }"""
PROPOSALS = """query ($status: VendorProposalStatusFilterInput!, $first: Int!) {
  vendorProposals(filter: {status_eq: $status}, sortAttribute: {field: CREATEDDATETIME, sortOrder: DESC},
    pagination: {first: $first}) { totalCount edges { node {
      id coverLetter proposalCoverLetter viewedByClient status { status } terms { chargeRate { rawValue } }
      auditDetails { createdDateTime { rawValue } } marketplaceJobPosting { id } } } } }"""
STORIES = """query ($room: ID!, $pagination: Pagination, $since: String) { roomStories(filter: {roomId_eq: $room,
  storyFilter: {pagination: $pagination, storyCreatedDateTime_bt: {rangeStart: $since}}}) {
    totalCount pageInfo { endCursor hasNextPage }
    edges { cursor node { id message createdDateTime user { id name } room { id } } } } }"""
WRITE = "mutation ($input: RoomStoryCreateInputV2!) { createRoomStoryV2(input: $input) { id message } }"
LETTER = 'Привіт 👋\r\n\tquotes "x" <b>&amp;</b>\u202e bidi\u2028end  '


async def wanted(api: Any, job: str, **more: Any) -> dict[str, Any]:
    me = await api.data("{ user { id nid } organization { id } }")
    return {
        "selectedContractor": {"id": me["user"]["id"], "oDeskUserID": me["user"]["nid"]},
        "jobReference": job,
        "chargedAmount": 47.25,
        "coverLetter": LETTER,
        "teamOrgId": me["organization"]["id"],
        **more,
    }


async def submit(api: Any, job: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await api.data(SUBMIT, input=await wanted(api, job, **more)))[
        "createJobProposal"
    ]
    return answer


async def job(api: Any, **fields: Any) -> str:
    posted = await api.control(
        "jobs", **{"title": "Index the reports", "description": "D", "skills": ["SQL"], **fields}
    )
    return str(posted["id"])


async def listed(api: Any, status: str, first: int = 40) -> list[dict[str, Any]]:
    found = (await api.data(PROPOSALS, status=status, first=first))["vendorProposals"]
    return [edge["node"] for edge in found["edges"]]


async def test_exact_bytes_arrive(upwork: Any) -> None:
    questions = [{"question": "Why?", "answer": " Because\n"}, {"question": "When?", "answer": "Now ✅"}]
    posting = await job(upwork, questions=["Why?", "When?"])
    sent = await submit(upwork, posting, questions=questions, chargedAmount=1234.56)
    assert (sent["status"], sent["error"]) == ("SUCCESS", None)
    [stored] = await upwork.control("proposals", "GET")
    assert stored["id"] == sent["newProposalId"]
    assert stored["cover_letter"] == LETTER
    assert stored["charged_amount"] == 1234.56
    assert stored["answers"] == questions
    [node] = await listed(upwork, "Accepted")
    assert node["proposalCoverLetter"] == LETTER
    assert node["terms"]["chargeRate"]["rawValue"] == "1234.56"
    assert node["viewedByClient"] is False
    age = time.time() * 1000 - int(node["auditDetails"]["createdDateTime"]["rawValue"])
    assert abs(age) < 60_000
    search = """{ marketplaceJobPostingsSearch(sortAttributes: [{field: RECENCY}]) {
        edges { node { id applied totalApplicants } } } }"""
    newest = (await upwork.data(search))["marketplaceJobPostingsSearch"]["edges"][0]["node"]
    assert newest == {"id": posting, "applied": True, "totalApplicants": 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"coverLetter": " "}, "cover letter is required"),
        ({"coverLetter": "x" * 5001}, "longer than 5000"),
        ({"chargedAmount": 0}, "must be positive"),
        ({"teamOrgId": "1"}, "organization"),
        ({"teamOrgId": None}, "organization"),
        ({"selectedContractor": {"id": "1", "oDeskUserID": "x"}}, "contractor"),
        ({"jobReference": "404"}, "does not exist"),
        ({"questions": [{"question": "Why?", "answer": " "}]}, "screening question"),
    ],
)
async def test_refused_proposals_are_not_stored(upwork: Any, change: dict[str, Any], reason: str) -> None:
    posting = await job(upwork, questions=["Why?"])
    good = {"questions": [{"question": "Why?", "answer": "B"}]}
    answer = await submit(upwork, posting, **{**good, **change})
    assert answer["newProposalId"] is None
    assert reason in answer["error"]
    assert await upwork.control("proposals", "GET") == []


async def test_one_proposal_per_posting_and_none_to_a_closed_one(upwork: Any) -> None:
    posting = await job(upwork)
    assert (await submit(upwork, posting))["error"] is None
    assert "already applied" in (await submit(upwork, posting))["error"]
    closed = await job(upwork)
    await upwork.control(f"jobs/{closed}/close")
    assert "closed" in (await submit(upwork, closed))["error"]


async def test_page_size_and_status_of_proposals(upwork: Any) -> None:
    body = await upwork.ask(PROPOSALS, status="Accepted", first=41)
    assert body["errors"][0]["message"] == "VJCA-6 Input parameter provided has incorrect value"
    without = """{ vendorProposals(filter: {}, sortAttribute: {field: CREATEDDATETIME, sortOrder: ASC},
        pagination: {first: 1}) { totalCount } }"""
    assert (await upwork.ask(without))["errors"][0]["extensions"]["classification"] == "ValidationError"
    for _ in range(3):
        await submit(upwork, await job(upwork))
    assert len(await listed(upwork, "Accepted", first=2)) == 2
    assert await listed(upwork, "Hired") == []


async def test_a_freelancer_sees_own_proposals_and_rooms_only(upwork: Any) -> None:
    sent = await submit(upwork, await job(upwork))
    answered = await upwork.control(f"proposals/{sent['newProposalId']}/answer")
    await upwork.sign_in(account="1500000000000000002")
    assert await listed(upwork, "Activated") == []
    for query in (
        f'{{ vendorProposal(id: "{sent["newProposalId"]}") {{ id }} }}',
        f'{{ proposalRoom(vendorProposalId: "{sent["newProposalId"]}") {{ id }} }}',
        f'{{ room(id: "{answered["room_id"]}") {{ id }} }}',
        f'{{ roomStories(filter: {{roomId_eq: "{answered["room_id"]}"}}) {{ totalCount }} }}',
    ):
        assert (await upwork.ask(query))["errors"][0]["message"] == "Authorization failed"
    refused = await upwork.ask(WRITE, input={"roomId": answered["room_id"], "message": "hi"})
    assert refused["errors"][0]["message"] == "Authorization failed"


async def test_client_answers_and_the_talk_goes_on(upwork: Any) -> None:
    posting = await job(upwork, client={"language": "en", "contact": "Robin"})
    proposal = (await submit(upwork, posting))["newProposalId"]
    room_of = "query ($id: ID!) { proposalRoom(vendorProposalId: $id) { id } }"
    assert "errors" in await upwork.ask(room_of, id=proposal)
    answered = await upwork.control(f"proposals/{proposal}/answer")
    assert (await upwork.data(room_of, id=proposal))["proposalRoom"]["id"] == answered["room_id"]
    [node] = await listed(upwork, "Activated")
    assert (node["id"], node["viewedByClient"]) == (proposal, True)
    rooms = """{ roomList(filter: {unreadRoomsOnly_eq: true}) { edges { node { id numUnread roomType
        latestStory { id message user { name } } vendorProposal { id } } } } }"""
    [edge] = (await upwork.data(rooms))["roomList"]["edges"]
    assert edge["node"]["vendorProposal"] == {"id": proposal}
    assert edge["node"]["numUnread"] == 1
    assert edge["node"]["latestStory"]["user"] == {"name": "Robin"}
    assert edge["node"]["latestStory"]["message"] == answered["story"]["message"]
    mine = (await upwork.data(WRITE, input={"roomId": answered["room_id"], "message": LETTER}))[
        "createRoomStoryV2"
    ]
    assert mine["message"] == LETTER
    assert (await upwork.data(rooms))["roomList"]["edges"] == []
    await upwork.control(f"rooms/{answered['room_id']}/write", message="Deal?")
    stories = (await upwork.data(STORIES, room=answered["room_id"]))["roomStories"]
    assert [story["node"]["message"] for story in stories["edges"]] == [
        "Deal?",
        LETTER,
        answered["story"]["message"],
    ]
    page = {"first": 1, "after": stories["edges"][0]["cursor"]}
    older = (await upwork.data(STORIES, room=answered["room_id"], pagination=page))["roomStories"]
    assert older["edges"][0]["node"]["id"] == mine["id"]
    since = stories["edges"][0]["node"]["createdDateTime"]
    newer = (await upwork.data(STORIES, room=answered["room_id"], since=since))["roomStories"]
    assert [story["node"]["message"] for story in newer["edges"]] == ["Deal?"]
    stored = await upwork.control(f"rooms/{answered['room_id']}/stories", "GET")
    assert [story["author"] for story in stored] == ["client", "freelancer", "client"]


async def test_empty_messages_are_refused(upwork: Any) -> None:
    proposal = (await submit(upwork, await job(upwork)))["newProposalId"]
    room = (await upwork.control(f"proposals/{proposal}/answer"))["room_id"]
    assert "errors" in await upwork.ask(WRITE, input={"roomId": room, "message": " \n"})
    assert len(await upwork.control(f"rooms/{room}/stories", "GET")) == 1


async def test_offer_hire_and_decline_move_the_status(upwork: Any) -> None:
    for act, status in (("offer", "Offered"), ("hire", "Hired"), ("decline", "Declined")):
        posting = await job(upwork)
        proposal = (await submit(upwork, posting))["newProposalId"]
        done = await upwork.control(f"proposals/{proposal}/{act}")
        assert done["status"] == status
        assert [node["id"] for node in await listed(upwork, status)] == [proposal]


async def test_closing_archives_what_nobody_answered(upwork: Any) -> None:
    posting = await job(upwork)
    proposal = (await submit(upwork, posting))["newProposalId"]
    await upwork.control(f"jobs/{posting}/close")
    assert [node["id"] for node in await listed(upwork, "Archived")] == [proposal]


async def test_clients_act_by_themselves_when_time_passes(upwork: Any) -> None:
    await upwork.control("settings", reply_seconds=[10, 20])
    for _ in range(12):
        assert (await submit(upwork, await job(upwork, client={"language": "en"})))["error"] is None
    assert await listed(upwork, "Activated") == []
    await upwork.control("clock", advance=21)
    answered = await listed(upwork, "Activated")
    assert 6 <= len(answered) <= 12
    assert all(proposal["viewed_at"] for proposal in await upwork.control("proposals", "GET"))
    rooms = await upwork.control("rooms", "GET")
    firsts = {(await upwork.control(f"rooms/{room['id']}/stories", "GET"))[0]["message"] for room in rooms}
    assert len(firsts) > 2
    for _ in range(4):
        for room in rooms:
            await upwork.data(
                WRITE, input={"roomId": room["id"], "message": "Yes, $40 is fine. When do we start?"}
            )
        await upwork.control("clock", advance=50)
    await upwork.control("clock", advance=50)
    statuses = {proposal["status"] for proposal in await upwork.control("proposals", "GET")}
    assert statuses - {"Accepted", "Activated"}
    talks = [await upwork.control(f"rooms/{room['id']}/stories", "GET") for room in rooms]
    assert all(sum(story["author"] == "client" for story in talk) >= 1 for talk in talks)
    assert any(sum(story["author"] == "client" for story in talk) >= 2 for talk in talks)


async def test_everything_survives_a_restart(
    tmp_path: Path, serve_upwork: Callable[..., Any], upwork: Any
) -> None:
    feed = FeedSettings(seed=5, backlog=8, enabled=False, reply_seconds=None)
    first = serve_upwork(tmp_path, feed)
    agent = {"User-Agent": "gigwright-tests/1.0"}
    kept: dict[str, Any] = {}
    async with httpx.AsyncClient(base_url=first.url, headers=agent) as http:
        api = type(upwork)(http)
        tokens = await api.sign_in(client_id="key")
        proposal = (await submit(api, await job(api)))["newProposalId"]
        room = (await api.control(f"proposals/{proposal}/answer"))["room_id"]
        await api.control("clock", advance=100)
        await api.control("applications", client_id="key", missing_scopes=["Money.currency"])
        for path in ("jobs", "proposals", "rooms", f"rooms/{room}/stories", "accounts"):
            kept[path] = await api.control(path, "GET")
    first.stop()
    second = serve_upwork(tmp_path, feed)
    async with httpx.AsyncClient(base_url=second.url, headers=agent) as http:
        api = type(upwork)(http, tokens["access_token"])
        await api.data("{ user { id } }")
        for path, before in kept.items():
            after = await api.control(path, "GET")
            for entry in (*before, *after):
                entry.pop("applicants", None)
            assert after == before, path
        assert (await api.control("state", "GET"))["settings"]["clock_offset"] == 100
        body = await api.ask("{ marketplaceJobPostingsSearch { edges { node { amount { currency } } } } }")
        assert "Money.currency" in body["errors"][0]["message"]
        form = {"grant_type": "refresh_token", "client_id": "key", "client_secret": "s"}
        renewed = await http.post(
            "/api/v3/oauth2/token", data={**form, "refresh_token": tokens["refresh_token"]}
        )
        assert renewed.status_code == 200
        assert [node["id"] for node in await listed(api, "Activated")] == [proposal]


def test_a_crash_loses_no_committed_change_and_keeps_no_half_of_one(tmp_path: Path) -> None:
    crashed = World(tmp_path)
    account = next(iter(crashed.accounts.values()))
    crashed.store.commit()
    account.title = "Never committed"
    crashed.add_account(account)
    crashed.store.put(crashed.settings)
    # the first world is simply left behind, as a killed process would leave it
    assert World(tmp_path).accounts[account.id].title != "Never committed"
    crashed.store.commit()
    assert World(tmp_path).accounts[account.id].title == "Never committed"
