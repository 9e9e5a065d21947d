"""Clients who look at proposals, answer, haggle, hire or decline."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sandbox.upwork.records import Company, Happening, Posting, Proposal, Room, Story
from sandbox.upwork.world import World, new_id

REPLIES = Path(__file__).parent / "replies.toml"
CLOSED_STATES = {"Declined", "Withdrawn", "Hired", "Archived"}


@dataclass(frozen=True, slots=True)
class Temper:
    """What the client behind one posting is like; decided by the posting alone.

    ``turns`` is how many messages of the freelancer it answers before it comes to its ``ending``.
    """

    answers: bool
    opening: Literal["available", "haggle", "examples", "detail"]
    turns: int
    ending: Literal["hire", "decline", "fade"]


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(REPLIES.read_text("utf-8"))


def temper(posting: Posting) -> Temper:
    """About four in five answer; of those about a third hires."""
    rng = random.Random(f"temper:{posting.id}")
    openings: tuple[Literal["available", "haggle", "examples", "detail"], ...] = (
        "available",
        "haggle",
        "examples",
        "detail",
    )
    endings: tuple[Literal["hire", "decline", "fade"], ...] = ("hire", "decline", "fade")
    return Temper(
        answers=rng.random() < 0.8,
        opening=rng.choice(openings),
        turns=rng.randint(1, 3),
        ending=rng.choices(endings, weights=(4, 2, 4))[0],
    )


class Clients:
    """The simulated clients of one world. ``reply_seconds`` is None when they act on demand only."""

    def __init__(self, world: World, reply_seconds: tuple[float, float] | None) -> None:
        self._world = world
        self.reply_seconds = reply_seconds

    def submitted(self, proposal_id: str) -> None:
        """A proposal has arrived."""
        if self.reply_seconds is None:
            return
        proposal = self._world.proposals[proposal_id]
        now, wait = self._world.clock.now(), self._wait(proposal.id)
        self._world.plan("view", proposal_id, now + wait / 2)
        if temper(self._world.postings[proposal.posting_id]).answers:
            self._world.plan("answer", proposal_id, now + wait)

    def spoke(self, room_id: str) -> None:
        """The freelancer wrote; the client answers unless an answer is already on its way."""
        if self.reply_seconds is None:
            return
        waiting = {(item.kind, item.target) for item in self._world.happenings.values()}
        if ("turn", room_id) not in waiting:
            stories = self._world.stories[room_id]
            self._world.plan("turn", room_id, self._world.clock.now() + self._wait(stories[-1].id))

    def _wait(self, salt: str) -> float:
        low, high = self.reply_seconds or (0.0, 0.0)
        return random.Random(f"wait:{salt}").uniform(low, high)

    def advance(self) -> None:
        """Do what is due, at the moment it was due."""
        for happening in self._world.due():
            self._happen(happening)

    def _happen(self, happening: Happening) -> None:
        if happening.kind == "turn":
            room = self._world.rooms.get(happening.target)
            if room is not None:
                self.turn(room, at=happening.due_at)
            return
        proposal = self._world.proposals.get(happening.target)
        if proposal is None or proposal.status in CLOSED_STATES:
            return
        if happening.kind == "view":
            self.view(proposal, at=happening.due_at)
        elif happening.kind == "answer":
            self.answer(proposal, at=happening.due_at)
        elif happening.kind == "hire":
            self.hire(proposal, at=happening.due_at)

    def view(self, proposal: Proposal, *, at: float | None = None) -> None:
        """The client opens the proposal."""
        if proposal.viewed_at is None:
            proposal.viewed_at = self._world.clock.now() if at is None else at
            self._world.store.put(proposal)

    def answer(self, proposal: Proposal, message: str | None = None, *, at: float | None = None) -> Story:
        """The client writes first: opens the room if there is none yet."""
        moment = self._world.clock.now() if at is None else at
        self.view(proposal, at=moment)
        room = self._world.rooms.get(proposal.room_id or "") or self._open(proposal, moment)
        if proposal.status == "Accepted":
            self._world.change_proposal(proposal, status="Activated")
        posting = self._world.postings[proposal.posting_id]
        text = message or self._line(proposal, "first", temper(posting).opening, salt=proposal.id)
        return self._world.add_story(room, "client", text, moment)

    def _open(self, proposal: Proposal, at: float) -> Room:
        posting = self._world.postings[proposal.posting_id]
        company = self._world.companies[posting.company_id]
        room = Room(
            id=f"room_{new_id(16)}",
            account_id=proposal.account_id,
            organization_id=proposal.organization_id,
            company_id=company.id,
            name=f"{company.contact}, {company.name}",
            topic=posting.title,
            created_at=at,
            proposal_id=proposal.id,
            posting_id=posting.id,
        )
        self._world.add_room(room)
        proposal.room_id = room.id
        self._world.store.put(proposal)
        return room

    def turn(self, room: Room, *, at: float | None = None) -> Story | None:
        """The client's answer to the freelancer's last message; None when the client has said enough."""
        proposal = self._world.proposals.get(room.proposal_id or "")
        stories = self._world.stories.get(room.id, [])
        if (
            proposal is None
            or proposal.status in CLOSED_STATES
            or not stories
            or stories[-1].author == "client"
        ):
            return None
        posting = self._world.postings[proposal.posting_id]
        mood = temper(posting)
        room.client_turns += 1
        self._world.store.put(room)
        moment = self._world.clock.now() if at is None else at
        if room.client_turns <= mood.turns:
            text = self._line(proposal, "next", _mood_of(stories[-1].message), salt=stories[-1].id)
            return self._world.add_story(room, "client", text, moment)
        if room.client_turns > mood.turns + 1 or mood.ending == "fade":
            return None
        if mood.ending == "decline":
            return self.decline(proposal, at=moment)
        return self.offer(proposal, at=moment)

    def offer(self, proposal: Proposal, *, at: float | None = None) -> Story:
        """An offer; the hire follows after one more wait."""
        self._world.change_proposal(proposal, status="Offered")
        if self.reply_seconds is not None:
            now = self._world.clock.now() if at is None else at
            self._world.plan("hire", proposal.id, now + self._wait(proposal.id + ":hire"))
        return self._say(proposal, "offer", at)

    def hire(self, proposal: Proposal, *, at: float | None = None) -> Story:
        """The freelancer is hired and the posting counts it."""
        self._world.change_proposal(proposal, status="Hired")
        posting = self._world.postings[proposal.posting_id]
        posting.hired += 1
        self._world.store.put(posting)
        return self._say(proposal, "hired", at)

    def decline(self, proposal: Proposal, *, at: float | None = None) -> Story:
        """A polite refusal."""
        self._world.change_proposal(proposal, status="Declined", reason="Hired somebody else")
        return self._say(proposal, "decline", at)

    def _say(self, proposal: Proposal, what: str, at: float | None) -> Story:
        moment = self._world.clock.now() if at is None else at
        room = self._world.rooms.get(proposal.room_id or "") or self._open(proposal, moment)
        return self._world.add_story(room, "client", self._line(proposal, "next", what, salt=what), moment)

    def _line(self, proposal: Proposal, part: str, what: str, *, salt: str) -> str:
        posting = self._world.postings[proposal.posting_id]
        company = self._world.companies[posting.company_id]
        rng = random.Random(f"line:{posting.id}:{salt}")
        template: str = rng.choice(_texts()[company.language][part][what])
        return template.format_map(self._words(proposal, posting, company, rng))

    def _words(
        self, proposal: Proposal, posting: Posting, company: Company, rng: random.Random
    ) -> dict[str, str]:
        unit = " an hour" if posting.kind == "HOURLY" and company.language == "en" else ""
        rate = proposal.charged_amount
        return {
            "title": posting.title,
            "product": posting.product or "this",
            "skill": posting.skills[0].pretty if posting.skills else posting.subcategory,
            "name": self._world.accounts[proposal.account_id].first_name,
            "contact": company.contact,
            "rate": f"${rate:,.0f}{unit}",
            "lower": f"${max(1.0, rate * rng.choice((0.75, 0.8, 0.85))):,.0f}{unit}",
            "days": str(rng.choice((5, 7, 10))),
        }


def _mood_of(message: str) -> str:
    if "?" in message:
        return "question"
    return "price" if "$" in message else "answer"


def archive_closed(world: World) -> None:
    """Proposals nobody answered become Archived when their posting closes."""
    for proposal in world.proposals.values():
        if proposal.status == "Accepted" and not world.is_open(world.postings[proposal.posting_id]):
            world.change_proposal(proposal, status="Archived")
