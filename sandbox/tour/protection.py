"""The steps that protect the account: an authenticator app before Upwork is linked, and a step-up for a higher limit."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pyotp

from sandbox.tour.browser import Page
from sandbox.tour.person import Message, NotSeen
from sandbox.tour.trip import Trip, first_line, lines

MORE_BIDS = 25


async def set_up_a_factor(trip: Trip) -> str:
    """Connecting asks for it: the page shows a secret, the app (here: a few lines of Python) answers with its first code."""
    await trip.person.presses(trip.words["button.connect"])
    asked = await trip.person.sees(label=trip.words["button.protect"])
    page = await trip.browser.open(await _address(trip, "button.protect", asked))
    trip.show.browser(page)
    scan = await trip.browser.submit(page, "/totp")
    app = pyotp.TOTP(_said(scan, "secret").replace(" ", ""))
    trip.show.note("(the authenticator app takes the secret and shows six digits)")
    trip.page = await trip.browser.submit(scan, "/totp-confirm", code=app.now())
    trip.show.browser(trip.page)
    trip.paper = [item for item in trip.page.items if item]
    if len(trip.paper) < 2:
        raise NotSeen(f"the page shows no backup codes: {trip.page.text[:300]}")
    told = await trip.person.sees(label=trip.words["button.go_on"], since=asked["seq"])
    return f"{len(trip.paper)} backup codes on the page; {first_line(told)}"


async def raise_a_limit(trip: Trip) -> str:
    """More than the limits allow wants a proof of its own; a backup code stands in for the app this time."""
    await trip.person.says("/limits")
    shown = await trip.person.sees(label=trip.words["button.bids_a_day"])
    await trip.person.presses(trip.words["button.bids_a_day"], on=shown)
    await trip.person.sees(where=lambda seen: bool(seen["force_reply"]))
    await trip.person.says(str(MORE_BIDS))
    asked = await trip.person.sees(label=trip.words["button.verify"])
    page = await trip.browser.open(await _address(trip, "button.verify", asked))
    trip.show.browser(page)
    page = await trip.browser.submit(page, number=_number_in(asked, page))
    done = await trip.browser.submit(page, code=trip.paper.pop())
    trip.show.browser(done)
    passed = await trip.person.sees(label=trip.words["button.go_on"], since=asked["seq"])
    await trip.person.presses(trip.words["button.go_on"], on=passed)
    raised = await trip.person.sees(f": {MORE_BIDS}", since=passed["seq"])
    return f"{first_line(passed)}, then {next(line for line in lines(raised) if str(MORE_BIDS) in line)}"


async def look_at_security(trip: Trip) -> str:
    """What protects the account, and the chained list of everything that happened in it."""
    await trip.person.says("/security")
    shown = await trip.person.sees(label=trip.words["button.audit"])
    await trip.person.presses(trip.words["button.audit"], on=shown)
    listed = await trip.person.sees(trip.words["event.limits.changed"])
    return f"{lines(shown)[2]} {len(lines(listed))} lines of /audit"


async def _address(trip: Trip, label: str, message: Message) -> str:
    opened = await trip.person.presses(trip.words[label], on=message)
    return str(opened["url"])


def _said(page: Page, name: str) -> str:
    if name not in page.says:
        raise NotSeen(f"{urlsplit(page.url).path} does not show “{name}”: {page.text[:300]}")
    return page.says[name]


def _number_in(message: Message, page: Page) -> str:
    """The one of the page's three numbers that the chat shows."""
    offered = page.form().buttons.get("number", [])
    shown = re.findall(r"\d+", message.get("text") or "")
    found = [number for number in offered if number in shown]
    if len(found) != 1:
        raise NotSeen(f"the chat's number is not among {offered} of the page")
    return found[0]
