"""The main job, step by step. Each function does one thing a person does and returns what they saw."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.tour.browser import Page
from sandbox.tour.labels import CLIENT_WRITES, LETTER, REPLY
from sandbox.tour.person import Message, NotSeen
from sandbox.tour.trip import Step, Trip

GOOD_JOB: dict[str, Any] = {
    "title": "Telegram bot with Stripe subscriptions (Python, FastAPI)",
    "description": (
        "We run an online language school and want our Telegram bot to sell monthly subscriptions through Stripe. "
        "The back end is FastAPI with PostgreSQL and small tests. You would build the payment flow, renewals and a "
        "short admin page. About three weeks, then some hours a month. Please tell us about a similar bot you built."
    ),
    "skills": ["Python", "FastAPI", "Telegram API", "PostgreSQL", "Stripe"],
    "kind": "HOURLY",
    "hourly_min": 40,
    "hourly_max": 60,
    "questions": ["Which Telegram bot with payments have you built, and what did it change for its owner?"],
    "applicants": 3,
    "client": {
        "verified": True,
        "hires": 14,
        "posted_jobs": 17,
        "spent": 48000,
        "reviews": 12,
        "feedback": 4.9,
    },
}
POOR_JOB: dict[str, Any] = {
    "title": "Python script for a Telegram bot, small fix",
    "description": "A Telegram bot in Python answers twice. Find out why and fix it. FastAPI is used for the webhook.",
    "skills": ["Python", "FastAPI", "Telegram API"],
    "kind": "HOURLY",
    "hourly_min": 30,
    "hourly_max": 32,
    "applicants": 1,
    "client": {"verified": True, "hires": 3, "posted_jobs": 6, "spent": 900, "reviews": 3, "feedback": 4.6},
}


async def start(trip: Trip) -> str:
    await trip.person.says("/start")
    message = await trip.person.sees(label=trip.words["language.name"])
    return first_line(message)


async def language(trip: Trip) -> str:
    await trip.person.presses(trip.words["language.name"])
    return first_line(await trip.person.sees())


async def profile(trip: Trip) -> str:
    await trip.person.says(trip.words["profile"])
    return first_line(await trip.person.sees("FastAPI"))


async def saved_search(trip: Trip) -> str:
    await trip.person.says(trip.words["search"])
    return first_line(await trip.person.sees("Python"))


async def link_upwork(trip: Trip) -> str:
    """The real redirects and the sandbox's consent page, in a browser of its own."""
    pressed = await trip.person.presses(trip.words["button.connect"])
    page = await trip.browser.open(pressed["url"])
    trip.show.note(f"browser: {page.text[:160]}")
    consent = await trip.browser.submit(page)
    trip.show.note(f"browser: {consent.text[:160]}")
    done = await trip.browser.submit(consent, decision="authorize")
    trip.show.note(f"browser: {done.text[:160]}")
    await trip.person.says(confirmation_in(done))
    return first_line(await trip.person.sees("Upwork"))


async def cards_arrive(trip: Trip) -> str:
    for job in (POOR_JOB, GOOD_JOB):
        posted = await trip.control("POST", "jobs", job)
        trip.show.note(f"(a client posts “{posted['title']}”)")
        trip.kept[job["title"]] = await trip.person.sees(
            job["title"], label=trip.words["button.draft"], after=0
        )
        trip.posting = posted
    return first_line(trip.kept[GOOD_JOB["title"]])


async def skip_with_reason(trip: Trip) -> str:
    card = trip.kept[POOR_JOB["title"]]
    await trip.person.presses(trip.words["button.skip"], on=card)
    await asyncio.sleep(0.3)
    await trip.person.presses(trip.words["skip.low_budget"], on=card)
    return first_line(await trip.person.sees(POOR_JOB["title"], since=card["seq"]))


async def draft(trip: Trip) -> str:
    card = trip.kept[GOOD_JOB["title"]]
    await trip.person.presses(trip.words["button.draft"], on=card)
    written = await trip.person.sees(label=trip.words["button.review"])
    trip.kept["draft"] = written
    if trip.person.last_draft_updates < 2:
        raise NotSeen("the draft came at once; it should have grown before the eyes")
    return f"grew in {trip.person.last_draft_updates} pieces: {first_line(written)}"


async def edit_by_reply(trip: Trip) -> str:
    await trip.person.says(LETTER, reply_to=trip.kept["draft"])
    trip.kept["draft"] = await trip.person.sees(
        LETTER.splitlines()[2][:40], label=trip.words["button.review"]
    )
    return "the very words that were typed"


async def edit_by_instruction(trip: Trip) -> str:
    await trip.person.presses(trip.words["button.instruct"], on=trip.kept["draft"])
    await trip.person.says(trip.words["instruction"])
    trip.kept["draft"] = await trip.person.sees(label=trip.words["button.review"])
    return first_line(trip.kept["draft"])


async def approve(trip: Trip) -> str:
    await trip.person.presses(trip.words["button.review"], on=trip.kept["draft"])
    shown = await trip.person.sees(label=trip.words["button.send"], since=trip.kept["draft"]["seq"])
    trip.kept["approval"] = shown
    return first_line(shown)


async def send(trip: Trip) -> str:
    await trip.person.presses(trip.words["button.send"], on=trip.kept["approval"])
    proposals = await until(lambda: trip.control("GET", "proposals"))
    trip.proposal = proposals[-1]
    await trip.person.sees(trip.proposal["id"], since=trip.kept["approval"]["seq"])
    return f"sent; Upwork's id is {trip.proposal['id']}"


async def client_writes(trip: Trip) -> str:
    await trip.control("POST", f"proposals/{trip.proposal['id']}/answer", {"message": CLIENT_WRITES})
    trip.show.note("(the client answers on Upwork)")
    trip.kept["story"] = await trip.person.sees(CLIENT_WRITES[:40])
    return first_line(trip.kept["story"])


async def reply(trip: Trip) -> str:
    await trip.person.says(REPLY, reply_to=trip.kept["story"])
    shown = await trip.person.sees(label=trip.words["button.send"])
    await trip.person.presses(trip.words["button.send"], on=shown)

    async def delivered() -> list[dict[str, Any]]:
        rooms = await trip.control("GET", "rooms")
        stories = [await trip.control("GET", f"rooms/{room['id']}/stories") for room in rooms]
        return [story for room in stories for story in room if REPLY in str(story)]

    await until(delivered)
    return first_line(await trip.person.sees(since=shown["seq"]))


async def stats(trip: Trip) -> str:
    await trip.person.says("/stats")
    return first_line(await trip.person.sees())


STEPS = (
    Step("Start", start),
    Step("Language", language),
    Step("Profile", profile),
    Step("Saved search", saved_search),
    Step("Link Upwork", link_upwork),
    Step("Cards arrive", cards_arrive),
    Step("Skip one, with a reason", skip_with_reason),
    Step("Draft", draft),
    Step("Edit by reply", edit_by_reply),
    Step("Edit by instruction", edit_by_instruction),
    Step("Approve", approve),
    Step("Send", send),
    Step("The client writes", client_writes),
    Step("Reply", reply),
    Step("Stats", stats),
)


def first_line(message: Message) -> str:
    text = message.get("text") or message.get("caption") or ""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:100]


def confirmation_in(page: Page) -> str:
    """What the person sends to the chat to finish: the code on the page, or the button's start parameter."""
    for address in page.links:
        if "start=" in address:
            return f"/start {address.split('start=')[1].split('&')[0]}"
    raise NotSeen(f"the last page has nothing to confirm with: {page.text[:300]}")


async def until(ask: Any, seconds: float = 20.0) -> Any:
    """Ask again and again until the answer is not empty."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (answer := await ask()):
        if asyncio.get_running_loop().time() > deadline:
            raise NotSeen(f"nothing came within {seconds:.0f} seconds")
        await asyncio.sleep(0.2)
    return answer
