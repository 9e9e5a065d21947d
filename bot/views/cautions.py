"""What to look at before approving: the deterministic checks of a text, run anew on the bytes and the facts as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.texts import Html, Words
from bot.ui import clip
from core.crypto import TenantKeys
from core.drafting.claims import check_claims
from core.drafting.draft import DraftOutput, DraftRequest, ProposalRequest, ReplyRequest, ThreadMessage
from core.drafting.lint import SENTENCE_SHOWN, LintCode, LintFinding, Severity, lint_message, lint_proposal
from core.drafting.models import Draft, DraftKind, VersionSource
from core.drafting.service import Version, get_version
from core.jobs_feed.posting import JobPosting
from core.jobs_feed.service import asked_of_applicants, get_card
from core.matching.instructions import Instruction, find_instructions
from core.messaging.models import Direction, Story
from core.profile.facts import Profile
from core.profile.service import load_profile
from core.proposals.models import Action, ActionKind, ActionState, Approval
from core.proposals.payload import Payload

_EARLIER = 20
_THREAD = 20
_SHOWN = 8
_NOBODY = Profile(headline="", facts=())


@dataclass(frozen=True, slots=True)
class Caution:
    """A finding of the pre-approval lint. `answer` is the number (from 1) of the answer it is about, None for the letter."""

    code: LintCode
    severity: Severity
    params: dict[str, str]
    answer: int | None = None


async def cautions_for(
    session: AsyncSession,
    keys: TenantKeys,
    draft: Draft,
    version: Version,
    posting: JobPosting | None,
) -> list[Caution]:
    """Everything there is to say about this version, most serious first."""
    output = version.output
    profile = await load_profile(session, keys) or _NOBODY
    if draft.kind == DraftKind.REPLY:
        thread = await _thread(session, keys, draft)
        reply = ReplyRequest(profile=profile, thread=thread, posting=posting, bid=output.bid)
        found = lint_message(_judged(reply, output))
    elif posting is None:
        found = lint_message(replace(output, findings=()))
    else:
        proposal = ProposalRequest(posting=posting, profile=profile, bid=output.bid)
        found = lint_proposal(
            _judged(proposal, output),
            posting,
            instructions=await _asked(session, draft, posting),
            earlier=await _earlier_letters(session, keys),
        )
    own_words = version.row.source == VersionSource.EDITED
    inherited = await _unproven_before(session, keys, draft, version) if own_words else frozenset()
    contacts = [item.params.get("quote", "") for item in found if item.code is LintCode.OFF_PLATFORM]
    return [
        _caution(finding, own_words=own_words and _claimed(finding) not in inherited)
        for finding in found
        if not _said_already(finding, contacts)
    ]


def _claimed(finding: LintFinding) -> tuple[str, str, int | None]:
    return finding.params.get("quote", ""), finding.params.get("sentence", ""), finding.answer


async def _unproven_before(
    session: AsyncSession, keys: TenantKeys, draft: Draft, version: Version
) -> frozenset[tuple[str, str, int | None]]:
    """The unproven sentences of the text the user's edits began with: a new price or a new greeting does not make them theirs."""
    written = version
    while written.row.source == VersionSource.EDITED and written.row.parent:
        written = await get_version(session, keys, draft, number=written.row.parent)
    if written.row.source == VersionSource.EDITED:
        return frozenset()
    return frozenset(
        (item.quote, item.sentence[:SENTENCE_SHOWN], item.answer) for item in written.output.needs_fact
    )


def _said_already(finding: LintFinding, contacts: Sequence[str]) -> bool:
    """An address that is a contact need not be called unproven as well."""
    quote = finding.params.get("quote", "")
    return finding.code is LintCode.NEEDS_FACT and any(quote in contact for contact in contacts)


def _judged(request: DraftRequest, output: DraftOutput) -> DraftOutput:
    """The output checked against the facts of today; what the user's own instruction allowed stays allowed."""
    allowed = {(item.quote, item.answer) for item in output.findings if item.supported}
    findings = tuple(
        item
        for item in check_claims(request, output)
        if item.supported or (item.quote, item.answer) not in allowed
    )
    return replace(output, findings=findings)


def _caution(finding: LintFinding, *, own_words: bool) -> Caution:
    severity = finding.severity
    if finding.code is LintCode.NEEDS_FACT and own_words:
        # Nobody knows the user's record better than the user; what they typed themselves is pointed out, not held up.
        severity = Severity.HINT
    answer = None if finding.answer is None else finding.answer + 1
    return Caution(finding.code, severity, dict(finding.params), answer)


async def _asked(session: AsyncSession, draft: Draft, posting: JobPosting) -> Sequence[Instruction]:
    """What the letter has to pass: the same that its writer was told, a model's findings included."""
    if draft.card_id is None:
        return find_instructions(posting.text)
    return asked_of_applicants(await get_card(session, card_id=draft.card_id))


async def _thread(session: AsyncSession, keys: TenantKeys, draft: Draft) -> tuple[ThreadMessage, ...]:
    stories = await session.scalars(
        select(Story)
        .where(Story.room_id == draft.room_id, Story.body_sealed.is_not(None))
        .order_by(Story.written_at.desc())
        .limit(_THREAD)
    )
    return tuple(
        ThreadMessage(mine=story.direction == Direction.OUT, text=keys.unseal(story, "body_sealed"))
        for story in reversed(stories.all())
    )


async def _earlier_letters(session: AsyncSession, keys: TenantKeys) -> list[str]:
    """Letters this user has sent, the latest first."""
    rows = await session.scalars(
        select(Approval)
        .join(Action, Action.approval_id == Approval.id)
        .where(Action.kind == ActionKind.PROPOSAL, Action.state == ActionState.SENT)
        .order_by(Action.settled_at.desc())
        .limit(_EARLIER)
    )
    return [
        Payload.read(keys.unseal(row, "payload_sealed"), expected_hash=row.payload_hash).text for row in rows
    ]


def gate_of(cautions: Sequence[Caution]) -> Severity:
    """The gravest severity there is: what decides whether the Send button is shown at once, later or not at all."""
    return next(
        (severity for severity in Severity if any(item.severity is severity for item in cautions)),
        Severity.HINT,
    )


def caution_lines(words: Words, cautions: Sequence[Caution]) -> list[Html]:
    """A line per finding, each said once, and one for all that a sentence lacks; quotes of the text are cut short."""
    found: dict[Html, None] = {}
    for item in _by_sentence(cautions):
        params = {name: clip(value.rstrip(".,;"), 120) for name, value in item.params.items()}
        line = words(f"lint.{item.code.value}", **params)
        where = words("lint.in_answer", n=item.answer) if item.answer and "number" not in params else None
        found.setdefault(Html(f"{line} {where}") if where else line)
    more = len(found) - _SHOWN
    return [*list(found)[:_SHOWN], *([words("lint.more", n=more)] if more > 0 else [])]


def _by_sentence(cautions: Sequence[Caution]) -> list[Caution]:
    """The unproven words of one sentence as one caution: “21 years, Rust” in “I have 21 years of Rust”."""
    joined: dict[tuple[str, int | None], int] = {}
    kept: list[Caution] = []
    for item in cautions:
        place = (item.params.get("sentence", ""), item.answer)
        if item.code is not LintCode.NEEDS_FACT:
            kept.append(item)
        elif place not in joined:
            joined[place] = len(kept)
            kept.append(item)
        else:
            first = kept[joined[place]]
            if item.params["quote"] not in first.params["quote"].split(", "):
                quotes = f"{first.params['quote']}, {item.params['quote']}"
                kept[joined[place]] = replace(first, params={**first.params, "quote": quotes})
    return kept
