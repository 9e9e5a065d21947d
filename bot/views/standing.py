"""Where an account stands, and the one thing to do next."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton

from bot.callbacks import PauseCb, ProfileCb, SearchCb, UpworkCb
from bot.texts import Words
from bot.ui import BLUE, GREEN, Screen, blocks, button
from core.accounts.service import Account
from core.profile.service import load_profile
from core.runtime import Runtime
from core.searches.service import list_searches
from core.upwork.confirming import linked_account
from core.upwork.models import AccountStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """`facts` of the profile (None before there is one), searches that look for jobs, and how Upwork is linked."""

    facts: int | None
    searches: int
    active: int
    upwork: AccountStatus | None
    paused: bool

    @property
    def missing(self) -> str | None:
        """What keeps job cards from arriving, the first thing to do first: profile, search, link, reauth, resume; or nothing."""
        if self.facts is None:
            return "profile"
        if not self.searches:
            return "search"
        if self.upwork is AccountStatus.NEEDS_REAUTH:
            return "reauth"
        if self.upwork is not AccountStatus.LINKED:
            return "link"
        if self.paused:
            return "paused"
        return None if self.active else "no_active"


async def standing_of(rt: Runtime, account: Account) -> Standing:
    async with rt.db.begin(account.tenant_id) as session:
        keys = await rt.keys(session)
        profile = await load_profile(session, keys)
        searches = await list_searches(session, keys)
        upwork = await linked_account(session, rt.vault)
    return Standing(
        facts=len(profile.facts) if profile else None,
        searches=len(searches),
        active=sum(not search.paused for search in searches),
        upwork=upwork.status if upwork else None,
        paused=account.paused,
    )


def next_row(words: Words, standing: Standing) -> list[InlineKeyboardButton]:
    """The button for what is missing."""
    match standing.missing:
        case "profile":
            return [button(words.plain("button.tell_me"), ProfileCb(verb="add"), GREEN)]
        case "search":
            return [button(words.plain("button.add_search"), SearchCb(verb="add"), GREEN)]
        case "link" | "reauth":
            return [button(words.plain("button.connect"), UpworkCb(verb="connect"), GREEN)]
        case "paused":
            return [button(words.plain("button.resume_all"), PauseCb(verb="off"), GREEN)]
        case "no_active":
            return [button(words.plain("button.searches"), SearchCb(verb="list"), BLUE)]
        case _:
            return []


def home_screen(words: Words, standing: Standing) -> Screen:
    missing = standing.missing
    return Screen(
        blocks(
            words(
                "start.home",
                facts=standing.facts or 0,
                searches=standing.searches,
                upwork=words.plain(f"upwork.status_{standing.upwork.value if standing.upwork else 'none'}"),
                paused=words.plain("start.paused" if standing.paused else "start.running"),
            ),
            words(f"next.{missing}") if missing else words("next.nothing"),
        ),
        [next_row(words, standing)],
    )


async def nothing_open(rt: Runtime, account: Account, words: Words) -> Screen:
    """No cards: why, and what to do about it."""
    standing = await standing_of(rt, account)
    if standing.missing is None:
        return Screen(words("jobs.none"))
    return Screen(
        blocks(words("jobs.none_yet"), words(f"next.{standing.missing}")), [next_row(words, standing)]
    )
