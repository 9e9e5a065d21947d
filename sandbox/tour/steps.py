"""The main job, step by step. Each function does one thing a person does and returns what they saw."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sandbox.tour.labels import ANSWER, CLIENT_WRITES, LETTER, REPLY
from sandbox.tour.person import Message, NotSeen
from sandbox.tour.trip import Step, Trip

T = TypeVar("T")

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
    return first_line(await trip.person.sees(label=trip.words["language.name"]))


async def language(trip: Trip) -> str:
    pressed = await trip.person.presses(trip.words["language.name"])
    return first_line(
        await trip.person.sees(
            "Gigwright", where=lambda seen: not seen["keyboard"], after=pressed["message_id"] - 1
        )
    )


async def profile(trip: Trip) -> str:
    await trip.person.says(trip.words["profile"])
    understood = await trip.person.sees("$45", label=trip.words["button.looks_right"])
    await trip.person.presses(trip.words["button.looks_right"], on=understood)
    await trip.person.sees(after=understood["message_id"])
    return f"{len(lines(understood))} lines: {first_line(understood)}"


async def saved_search(trip: Trip) -> str:
    await trip.person.says(trip.words["search"])
    return ", ".join(lines(await trip.person.sees(label=trip.words["button.connect"]))[:4])


async def link_upwork(trip: Trip) -> str:
    """The real redirects and the sandbox's consent page, in a browser of its own; the code goes from the page to the chat."""
    await trip.person.presses(trip.words["button.connect"])
    opened = await trip.person.presses(
        trip.words["button.open_page"], on=await trip.person.sees(label=trip.words["button.open_page"])
    )
    page = await trip.browser.open(opened["url"])
    trip.show.browser(page)
    consent = await trip.browser.submit(page)
    trip.show.browser(consent)
    done = await trip.browser.submit(consent, decision="authorize")
    trip.show.browser(done)
    if not done.output:
        raise NotSeen(f"the page shows no code: {done.text[:300]}")
    await trip.person.sees("Olena K", after=opened["message_id"])
    await trip.person.says(done.output)
    return first_line(await trip.person.sees("Olena K"))


async def cards_arrive(trip: Trip) -> str:
    for job in (POOR_JOB, GOOD_JOB):
        posted = await trip.control("POST", "jobs", job)
        trip.show.note(f"(a client posts “{posted['title']}”)")
    for job in (POOR_JOB, GOOD_JOB):
        trip.kept[job["title"]] = await trip.person.sees(job["title"], label=trip.words["button.draft"])
    return "; ".join(lines(trip.kept[GOOD_JOB["title"]])[2:4])


async def skip_with_reason(trip: Trip) -> str:
    card = trip.kept[POOR_JOB["title"]]
    await trip.person.presses(trip.words["button.skip"], on=card)
    await trip.person.presses(trip.words["skip.budget"], on=card)
    skipped = await trip.person.sees(trip.words["skip.budget"], since=card["seq"])
    return lines(skipped)[-1]


async def draft(trip: Trip) -> str:
    await trip.person.presses(trip.words["button.draft"], on=trip.kept[GOOD_JOB["title"]])
    written = await trip.person.sees(label=trip.words["button.review"])
    trip.kept["draft"] = written
    pieces = await until(
        trip.person.draft_pieces, "the draft came at once; it should have grown before the eyes"
    )
    return f"grew in {pieces} pieces; {lines(written)[1]}"


async def edit_by_reply(trip: Trip) -> str:
    await trip.person.says(LETTER, reply_to=trip.kept["draft"])
    trip.kept["draft"] = await trip.person.sees(
        LETTER.splitlines()[2][:40], label=trip.words["button.review"]
    )
    return lines(trip.kept["draft"])[1]


async def edit_by_instruction(trip: Trip) -> str:
    await trip.person.presses(trip.words["button.instruct"], on=trip.kept["draft"])
    await trip.person.sees(where=lambda seen: bool(seen["force_reply"]))
    await trip.person.says(trip.words["instruction"])
    trip.kept["draft"] = await trip.person.sees(label=trip.words["button.review"])
    return lines(trip.kept["draft"])[1]


async def answer_question(trip: Trip) -> str:
    await trip.person.presses(trip.words["button.answer"].format(n=1), on=trip.kept["draft"])
    await trip.person.sees(where=lambda seen: bool(seen["force_reply"]))
    await trip.person.says(ANSWER)
    trip.kept["draft"] = await trip.person.sees(ANSWER[:40], label=trip.words["button.review"])
    return lines(trip.kept["draft"])[1]


async def approve(trip: Trip) -> str:
    await trip.person.presses(trip.words["button.review"], on=trip.kept["draft"])
    trip.kept["approval"] = await trip.person.sees(label=trip.words["button.send"])
    return lines(trip.kept["approval"])[-1]


async def send(trip: Trip) -> str:
    await trip.person.presses(trip.words["button.send"], on=trip.kept["approval"])

    async def received() -> list[dict[str, Any]]:
        proposals: list[dict[str, Any]] = await trip.control("GET", "proposals")
        return proposals[trip.proposals_before :]

    (trip.proposal,) = await until(received, "Upwork's side has no new proposal")
    sent = await trip.person.sees(trip.proposal["id"], since=trip.kept["approval"]["seq"])
    return first_line(sent)


async def client_writes(trip: Trip) -> str:
    await trip.control("POST", f"proposals/{trip.proposal['id']}/answer", {"message": CLIENT_WRITES})
    trip.show.note("(the client answers on Upwork)")
    trip.kept["story"] = await trip.person.sees(CLIENT_WRITES[:40], label=trip.words["button.draft_answer"])
    return first_line(trip.kept["story"])


async def reply(trip: Trip) -> str:
    await trip.person.says(REPLY, reply_to=trip.kept["story"])
    shown = await trip.person.sees(REPLY[:40], label=trip.words["button.send"])
    await trip.person.presses(trip.words["button.send"], on=shown)

    async def delivered() -> list[dict[str, Any]]:
        rooms = await trip.control("GET", "rooms")
        stories = [
            story for room in rooms for story in await trip.control("GET", f"rooms/{room['id']}/stories")
        ]
        return [story for story in stories if story["message"] == REPLY]

    (story,) = await until(delivered, "the client's room has no such message")
    return first_line(await trip.person.sees(story["id"], since=shown["seq"]))


async def stats(trip: Trip) -> str:
    await trip.person.says("/stats")
    shown = await trip.person.sees(
        f"{trip.words['stats.step_sent']}: 1", where=lambda seen: bool(seen["photo"])
    )
    if f"{trip.words['stats.step_replied']}: 1" not in shown["caption"]:
        raise NotSeen(f"the client's answer is not counted: {shown['caption']}")
    return "a picture, and " + ", ".join(lines(shown)[1:7])


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
    Step("Answer the client's question", answer_question),
    Step("Approve", approve),
    Step("Send", send),
    Step("The client writes", client_writes),
    Step("Reply", reply),
    Step("Stats", stats),
)


def lines(message: Message) -> list[str]:
    text = message.get("text") or message.get("caption") or ""
    return [line.strip()[:100] for line in text.splitlines() if line.strip()]


def first_line(message: Message) -> str:
    return next(iter(lines(message)), "")


async def until(ask: Callable[[], Awaitable[T]], otherwise: str, seconds: float = 20.0) -> T:
    """Ask again and again until the answer is not empty. Raises NotSeen with `otherwise`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (answer := await ask()):
        if asyncio.get_running_loop().time() > deadline:
            raise NotSeen(f"{otherwise} ({seconds:.0f} s)")
        await asyncio.sleep(0.1)
    return answer
