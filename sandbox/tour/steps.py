"""The main job, step by step. Each function does one thing a person does and returns what they saw."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sandbox.tour.jobs import GOOD, POOR, jobs
from sandbox.tour.labels import ANSWER, CLIENT_WRITES, LETTER, REPLY, SHOWN_NAME, UPWORK_NAME
from sandbox.tour.person import NotSeen
from sandbox.tour.protection import look_at_security, raise_a_limit, set_up_a_factor
from sandbox.tour.trip import Step, Trip, first_line, lines

T = TypeVar("T")

_FIRST_CARD_SECONDS = 60.0


async def start(trip: Trip) -> str:
    await trip.person.says("/start")
    return first_line(await trip.person.sees(label=trip.words["language.name"]))


async def language(trip: Trip) -> str:
    pressed = await trip.person.presses(trip.words["language.name"])
    return first_line(await trip.person.sees("Gigwright", after=pressed["message_id"] - 1))


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
    start = trip.person.last_id
    if trip.page is None:
        raise NotSeen("the step before has left no page that leads on to Upwork")
    page = await trip.browser.submit(trip.page)  # “Continue to Upwork”, below the backup codes
    trip.show.browser(page)
    consent = await trip.browser.submit(page)
    trip.show.browser(consent)
    done = await trip.browser.submit(
        consent,
        account="new",
        new_name=UPWORK_NAME,
        new_title="Python back-end developer",
        decision="authorize",
    )
    trip.show.browser(done)
    if "code" not in done.says:
        raise NotSeen(f"the page shows no code: {done.text[:300]}")
    await trip.person.sees(SHOWN_NAME, after=start)
    await trip.person.says(done.says["code"])
    return first_line(await trip.person.sees(SHOWN_NAME))


async def cards_arrive(trip: Trip) -> str:
    posted = [(name, await trip.control("POST", "jobs", job)) for name, job in jobs().items()]
    for _, posting in posted:
        trip.show.note(f"(a client posts “{posting['title']}”)")
    for name, posting in posted:
        # The first card waits for the matching model, which a busy machine takes long to load.
        trip.kept[name] = await trip.person.sees(
            posting["title"], label=trip.words["button.draft"], seconds=_FIRST_CARD_SECONDS
        )
    return "; ".join(lines(trip.kept[GOOD])[2:4])


async def skip_with_reason(trip: Trip) -> str:
    card = trip.kept[POOR]
    await trip.person.presses(trip.words["button.skip"], on=card)
    await trip.person.presses(trip.words["skip.budget"], on=card)
    skipped = await trip.person.sees(trip.words["skip.budget"], since=card["seq"])
    return lines(skipped)[-1]


async def draft(trip: Trip) -> str:
    await trip.person.presses(trip.words["button.draft"], on=trip.kept[GOOD])
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
    path = f"proposals/{trip.proposal['id']}/answer"
    trip.proposal |= await trip.control("POST", path, {"message": CLIENT_WRITES})
    trip.show.note("(the client answers on Upwork)")
    trip.kept["story"] = await trip.person.sees(CLIENT_WRITES[:40], label=trip.words["button.draft_answer"])
    return first_line(trip.kept["story"])


async def reply(trip: Trip) -> str:
    await trip.person.says(REPLY, reply_to=trip.kept["story"])
    shown = await trip.person.sees(REPLY[:40], label=trip.words["button.send"])
    await trip.person.presses(trip.words["button.send"], on=shown)

    async def delivered() -> list[dict[str, Any]]:
        stories = await trip.control("GET", f"rooms/{trip.proposal['room_id']}/stories")
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
    Step("Set up a factor", set_up_a_factor),
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
    Step("Raise a limit", raise_a_limit),
    Step("Security and audit", look_at_security),
)


async def until(ask: Callable[[], Awaitable[T]], otherwise: str, seconds: float = 20.0) -> T:
    """Ask again and again until the answer is not empty. Raises NotSeen with `otherwise`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (answer := await ask()):
        if asyncio.get_running_loop().time() > deadline:
            raise NotSeen(f"{otherwise} ({seconds:.0f} s)")
        await asyncio.sleep(0.1)
    return answer
