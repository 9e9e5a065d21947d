"""What a draft is made from, what comes out of it, and the events seen while it is being written.

Nothing here carries a recipient or a job id towards Upwork, and no bid ever comes out of a model: those are the user's and
the database's. A draft is text, and what the code found out about that text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from core.drafting.llm import Tier, Usage
from core.jobs_feed.posting import ContractType, JobPosting
from core.profile.facts import Fact, Profile

if TYPE_CHECKING:
    from core.matching.instructions import Instruction

LETTER_LIMIT = 5000
"""Characters Upwork takes in a cover letter."""
INSTRUCTION_LIMIT = 2000
"""Characters of a person's own wish for a text; what is taken is also what the model is shown."""


class Chip(StrEnum):
    """One-tap edits below a draft."""

    SHORTER = "shorter"
    WARMER = "warmer"
    ADD_PROOF = "add_proof"
    CHANGE_PRICE = "change_price"
    FIX_OPENER = "fix_opener"


class Tone(StrEnum):
    PLAIN = "plain"
    WARM = "warm"
    FORMAL = "formal"


@dataclass(frozen=True, slots=True)
class Bid:
    """What the user asks for: per hour for hourly work, the whole price for fixed. Set by the user or the user's rule."""

    amount: Decimal
    contract: ContractType
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Style:
    """How this user writes. `words` is the wanted length of the letter; `note` says in words what a model should know.

    `greeting` and `sign_off` are the user's own, in the letter's language, without punctuation.
    """

    tone: Tone = Tone.PLAIN
    words: int | None = None
    note: str = ""
    greeting: str = ""
    sign_off: str = ""
    question_first: bool = False


class Opener(StrEnum):
    """What the first paragraph of a proposal is about."""

    NEED = "need"
    PROOF = "proof"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A template of the user's own that a letter is made from, its gaps still open."""

    name: str
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the screening question at `position`. `needs_fact` says what only the user can fill in; "" if nothing."""

    position: int
    text: str
    needs_fact: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about the user, quoted from the letter, and the labels ("F3") of the facts it rests on."""

    quote: str
    facts: tuple[str, ...]


class FindingKind(StrEnum):
    NUMBER = "number"
    YEAR = "year"
    DURATION = "duration"
    MONEY = "money"
    NAME = "name"
    LINK = "link"
    EMAIL = "email"
    PHONE = "phone"
    STANDING = "standing"
    """A certificate, a degree, an award, a team, a post, a language."""


@dataclass(frozen=True, slots=True)
class ClaimFinding:
    """Something checkable in the text. `supported_by` holds fact labels, "profile", "posting", "bid" or "thread".

    An empty `supported_by` means "needs your fact". `start` and `end` are offsets of `quote` in the checked text;
    `answer` is the screening question's position, `None` for the letter itself.
    """

    kind: FindingKind
    quote: str
    sentence: str
    supported_by: tuple[str, ...]
    start: int
    end: int
    answer: int | None = None

    @property
    def supported(self) -> bool:
        return bool(self.supported_by)


class NoteCode(StrEnum):
    """Things to tell the user about how the draft came to be; the words are in the bot's texts."""

    MALFORMED = "malformed"
    """The model's answer was not in the agreed form: the text is kept, its claims are unknown."""
    TRUNCATED = "truncated"
    """The model ran out of room; the text stops early."""
    STOPPED = "stopped"
    """The user stopped the writing; the text stops where it was."""
    CANNOT_OFFLINE = "cannot_offline"
    """Without a model this instruction was not understood; the text is unchanged. Params: instruction."""
    NO_MORE_FACTS = "no_more_facts"
    """"Add proof" found no further fact that fits this job."""
    NOT_IN_FACTS = "not_in_facts"
    """The user asked to mention something no fact speaks of. Params: topic."""
    FACTS_IN_OTHER_LANGUAGE = "facts_in_other_language"
    """Fitting facts exist but not in the client's language, so only their skills are named. Params: facts, language."""
    LANGUAGE_FALLBACK = "language_fallback"
    """The client writes in a language the offline composer does not have; English is used. Params: language."""
    FEW_FACTS = "few_facts"
    """Too few facts fit this job for a convincing letter."""
    FROM_TEMPLATE = "from_template"
    """The letter was made from a template of the user's own. Params: name."""
    TEMPLATE_GAPS = "template_gaps"
    """Nothing was known for these variables, so their sentences were left out. Params: names."""
    OVER_LIMIT = "over_limit"
    """A model was there, but what it may cost was used up before its turn came; the text was written without it."""
    PRICE_CHANGED = "price_changed"
    """The user's instruction changed the bid. Params: amount."""


@dataclass(frozen=True, slots=True)
class Note:
    code: NoteCode
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DraftOutput:
    """A finished text. `language` is ISO 639-1. `gaps` are facts the writer missed, in words for the user.

    `bid` is the request's bid, or the one the user's own instruction named; never a model's.
    """

    letter: str
    language: str
    answers: tuple[Answer, ...] = ()
    claims: tuple[Claim, ...] = ()
    gaps: tuple[str, ...] = ()
    findings: tuple[ClaimFinding, ...] = ()
    notes: tuple[Note, ...] = ()
    bid: Bid | None = None

    @property
    def needs_fact(self) -> tuple[ClaimFinding, ...]:
        """Checkable statements that nothing of the user's supports."""
        return tuple(finding for finding in self.findings if not finding.supported)


@dataclass(frozen=True, slots=True)
class ProposalRequest:
    """Write a new proposal. Empty `facts` means: choose them. `seed` makes this tenant's offline wording its own.

    `template`, `opener` and `tier` are the user's choice, or an experiment's; None leaves it to the writer. `reader` is the
    language of the user's interface, for what is said to them beside the letter.
    """

    posting: JobPosting
    profile: Profile
    facts: tuple[Fact, ...] = ()
    bid: Bid | None = None
    instructions: tuple[Instruction, ...] = ()
    seed: str = ""
    language: str | None = None
    style: Style = Style()
    template: Pattern | None = None
    opener: Opener | None = None
    tier: Tier | None = None
    reader: str = "en"


@dataclass(frozen=True, slots=True)
class RevisionRequest:
    """Change an existing proposal by a chip or by the user's own words (one of the two, or both).

    `tier` is the model that wrote what is changed, where an experiment chose it.
    """

    posting: JobPosting
    profile: Profile
    letter: str
    answers: tuple[Answer, ...] = ()
    chip: Chip | None = None
    instruction: str = ""
    facts: tuple[Fact, ...] = ()
    bid: Bid | None = None
    instructions: tuple[Instruction, ...] = ()
    seed: str = ""
    language: str | None = None
    style: Style = Style()
    tier: Tier | None = None
    reader: str = "en"


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One story of a room. `mine` is true for the user's own messages."""

    mine: bool
    text: str


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """Answer the client. `thread` is oldest first and ends with what is to be answered.

    `letter` is the proposal that was sent, if known; `instruction` is what the user wants said; `current` is a reply
    draft being revised.
    """

    profile: Profile
    thread: tuple[ThreadMessage, ...]
    posting: JobPosting | None = None
    facts: tuple[Fact, ...] = ()
    bid: Bid | None = None
    letter: str = ""
    instruction: str = ""
    current: str = ""
    seed: str = ""
    language: str | None = None
    style: Style = Style()
    reader: str = "en"


DraftRequest = ProposalRequest | RevisionRequest | ReplyRequest


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the letter (or reply) to show."""

    text: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """What was shown so far is void: another writer starts from the beginning. `reason` is an error code."""

    reason: str


class OfflineReason(StrEnum):
    """Why the offline composer wrote the text; codes of `core.errors` where a vendor failed."""

    NO_KEY = "no_key"
    UNAVAILABLE = "unavailable"
    LIMIT_REACHED = "limit_reached"
    NEEDS_REAUTH = "needs_reauth"
    INVALID = "invalid"
    EMPTY = "empty"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finished:
    """Always the last event. `usage` is `None` offline; `offline` is true when no model wrote this text."""

    output: DraftOutput
    usage: Usage | None = None
    offline: bool = False
    reason: OfflineReason | None = None


DraftEvent = TextDelta | Restarted | Finished
