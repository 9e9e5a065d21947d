"""The state of the stand-in: everything that exists, its indexes, and what follows from the passing of time."""

from __future__ import annotations

import math
import secrets
from collections import Counter
from pathlib import Path

from sandbox.upwork.accounts import sample_accounts
from sandbox.upwork.clock import Clock
from sandbox.upwork.records import (
    Account,
    Application,
    AuthorizationCode,
    Company,
    Happening,
    Posting,
    Proposal,
    Room,
    Settings,
    Story,
    TokenFamily,
)
from sandbox.upwork.search_text import Haystack
from sandbox.upwork.store import Store


class World:
    """Records in memory, mirrored in a Store. One event loop owns it; nothing here awaits."""

    def __init__(self, state_dir: Path | None, *, speed: float = 1.0) -> None:
        self.store = Store(state_dir)
        self.clock = Clock()
        self.speed = speed
        self._empty()
        self._load()

    def _empty(self) -> None:
        self.settings = Settings()
        self.accounts: dict[str, Account] = {}
        self.applications: dict[str, Application] = {}
        self.codes: dict[str, AuthorizationCode] = {}
        self.families: dict[str, TokenFamily] = {}
        self.family_by_token: dict[str, str] = {}
        self.companies: dict[str, Company] = {}
        self.postings: dict[str, Posting] = {}
        self._haystacks: dict[str, Haystack] = {}
        self.proposals: dict[str, Proposal] = {}
        self._proposal_by_target: dict[tuple[str, str], str] = {}
        self._applied: Counter[str] = Counter()
        self.rooms: dict[str, Room] = {}
        self.stories: dict[str, list[Story]] = {}
        self.happenings: dict[str, Happening] = {}

    def _load(self) -> None:
        for settings in self.store.load(Settings):
            self.settings = settings
        self.clock.offset = self.settings.clock_offset
        self.accounts = {record.id: record for record in self.store.load(Account)}
        self.applications = {record.client_id: record for record in self.store.load(Application)}
        self.codes = {record.id: record for record in self.store.load(AuthorizationCode)}
        for family in self.store.load(TokenFamily):
            self.keep_family(family)
        self.companies = {record.id: record for record in self.store.load(Company)}
        postings = sorted(self.store.load(Posting), key=lambda posting: posting.published_at)
        self.postings = {record.id: record for record in postings}
        for proposal in self.store.load(Proposal):
            self._index_proposal(proposal)
        self.rooms = {record.id: record for record in self.store.load(Room)}
        for story in sorted(self.store.load(Story), key=lambda story: story.id):
            self.stories.setdefault(story.room_id, []).append(story)
        self.happenings = {record.id: record for record in self.store.load(Happening)}
        if not self.accounts:
            for account in sample_accounts():
                self.add_account(account)

    def reset(self) -> None:
        """Back to an empty world with the sample accounts; the clock is real time again."""
        self.store.clear()
        self.clock.offset = 0.0
        self._empty()
        self._load()

    def touch_settings(self) -> None:
        self.store.put(self.settings)

    def next_number(self) -> int:
        """A counter that survives a restart; ids made from it sort by age."""
        self.settings.sequence += 1
        self.touch_settings()
        return self.settings.sequence

    def add_account(self, account: Account) -> None:
        self.accounts[account.id] = account
        self.store.put(account)

    def keep_family(self, family: TokenFamily) -> None:
        """Store a token family and index every token that ever belonged to it."""
        self.families[family.id] = family
        for token in (family.refresh_token, *family.retired, *(access.token for access in family.access)):
            self.family_by_token[token] = family.id
        self.store.put(family)

    def add_company(self, company: Company) -> None:
        self.companies[company.id] = company
        self.store.put(company)

    def add_posting(self, posting: Posting) -> None:
        self.postings[posting.id] = posting
        self.store.put(posting)

    def forget_old_postings(self, keep: int) -> None:
        """Drop the oldest postings (and clients left without one) that no proposal or room refers to."""
        surplus = len(self.postings) - keep
        if surplus <= 0:
            return
        needed = {proposal.posting_id for proposal in self.proposals.values()}
        needed |= {room.posting_id for room in self.rooms.values() if room.posting_id}
        gone = [posting for posting in self.postings.values() if posting.id not in needed][:surplus]
        for posting in gone:
            del self.postings[posting.id]
            self.store.remove(posting)
        used = {posting.company_id for posting in self.postings.values()}
        used |= {room.company_id for room in self.rooms.values()}
        for company in [company for company in self.companies.values() if company.id not in used]:
            del self.companies[company.id]
            self.store.remove(company)

    def haystack(self, posting: Posting) -> Haystack:
        """The searchable text of a posting; kept, because it never changes and every search reads all of them."""
        known = self._haystacks.get(posting.id)
        if known is None:
            if len(self._haystacks) > 2 * len(self.postings):
                self._haystacks.clear()
            known = self._haystacks[posting.id] = Haystack(
                title=posting.title.lower(),
                skills=" | ".join(f"{skill.pretty} {skill.name}" for skill in posting.skills).lower(),
                description=posting.description.lower(),
                category=f"{posting.category} {posting.subcategory}".lower(),
            )
        return known

    def is_open(self, posting: Posting) -> bool:
        now = self.clock.now()
        return posting.closed_at is None and posting.published_at <= now < posting.closes_at

    def open_postings(self) -> list[Posting]:
        return [posting for posting in self.postings.values() if self.is_open(posting)]

    def growth(self, posting: Posting) -> float:
        """Share (0 to 1) of its final activity a posting has reached."""
        hours = max(0.0, self.clock.now() - posting.published_at) / 3600 * self.speed
        return 1 - math.exp(-hours / posting.applicants_hours)

    def applicants(self, posting: Posting) -> int:
        grown = round(posting.applicants_final * self.growth(posting))
        return grown + posting.extra_applicants + self._applied[posting.id]

    def interviewing(self, posting: Posting) -> int:
        return math.floor(posting.interviewing_final * self.growth(posting) ** 2)

    def proposal_of(self, account_id: str, posting_id: str) -> Proposal | None:
        return self.proposals.get(self._proposal_by_target.get((account_id, posting_id), ""))

    def add_proposal(self, proposal: Proposal) -> None:
        self._index_proposal(proposal)
        self.store.put(proposal)

    def _index_proposal(self, proposal: Proposal) -> None:
        self.proposals[proposal.id] = proposal
        self._proposal_by_target[proposal.account_id, proposal.posting_id] = proposal.id
        self._applied[proposal.posting_id] += 1

    def change_proposal(
        self, proposal: Proposal, *, status: str | None = None, reason: str | None = None
    ) -> None:
        """Note a change made by the client's side."""
        if status is not None:
            proposal.status, proposal.reason = status, reason
        proposal.modified_at = self.clock.now()
        self.store.put(proposal)

    def add_room(self, room: Room) -> None:
        self.rooms[room.id] = room
        self.store.put(room)

    def add_story(self, room: Room, author: str, message: str, at: float | None = None) -> Story:
        """Append a message; its id sorts after every earlier one."""
        number = self.next_number()
        created = self.clock.now() if at is None else at
        earlier = self.stories.get(room.id, [])
        if earlier:
            # two stories in the same millisecond would make "newer than" ambiguous for a reader
            created = max(created, earlier[-1].created_at + 0.001)
        story = Story(
            id=f"story_{number:012d}",
            room_id=room.id,
            author="client" if author == "client" else "freelancer",
            message=message,
            created_at=created,
        )
        self.stories.setdefault(room.id, []).append(story)
        if author == "freelancer":
            room.freelancer_read_at = created
            self.store.put(room)
        self.store.put(story)
        return story

    def plan(self, kind: str, target: str, due_at: float) -> None:
        """Let a simulated client do something later."""
        happening = Happening(id=f"{self.next_number():012d}", due_at=due_at, kind=kind, target=target)  # type: ignore[arg-type]  # callers pass the literals
        self.happenings[happening.id] = happening
        self.store.put(happening)

    def due(self) -> list[Happening]:
        """Take out everything that is due, oldest first."""
        now = self.clock.now()
        ready = sorted(
            (item for item in self.happenings.values() if item.due_at <= now), key=lambda item: item.due_at
        )
        for item in ready:
            del self.happenings[item.id]
            self.store.remove(item)
        return ready


def new_id(digits: int = 19) -> str:
    """A random decimal id of the given length."""
    return str(10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1)))
