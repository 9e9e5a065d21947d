"""A draft: its text to the letter, what the code found out about it, and every way to change it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton

from bot.callbacks import ApproveCb, DraftCb
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, RED, Screen, button, clip, lines
from bot.views.cautions import Caution, caution_lines
from bot.views.evidence import boost_line
from bot.views.packing import labelled, pack, quoted
from bot.views.posting import money
from core.drafting.draft import Answer, Bid, Chip, DraftOutput, NoteCode
from core.drafting.lint import LintCode, Severity, reveal
from core.drafting.models import Draft, DraftKind, DraftVersion, VersionSource
from core.drafting.service import Version
from core.jobs_feed.posting import ContractType, JobPosting
from core.matching.evidence import Evidence
from core.proposals.models import ActionKind
from core.proposals.payload import Payload

_CHIPS = (Chip.SHORTER, Chip.WARMER, Chip.ADD_PROOF, Chip.FIX_OPENER)
_ROW = 4
_LABEL = re.compile(r"F\d+")


def bid_text(words: Words, bid: Bid) -> str:
    amount = money(bid.amount, bid.currency)
    return (
        words.plain("bid.hourly", amount=amount)
        if bid.contract is ContractType.HOURLY
        else words.plain("bid.fixed", amount=amount)
    )


def draft_screens(
    words: Words,
    draft: Draft,
    version: Version,
    posting: JobPosting | None,
    *,
    heading: str,
    cautions: Sequence[Caution] = (),
) -> list[Screen]:
    """The draft as one message, or as several when it does not fit; the last one carries the buttons."""
    output = version.output
    proposal = draft.kind == DraftKind.PROPOSAL
    top = lines(
        words("draft.heading", title=clip(heading, 120)),
        words("draft.byline", number=version.row.number, how=_how(words, version.row)),
        words("draft.bid", bid=bid_text(words, output.bid)) if output.bid and proposal else None,
    )
    letter = quoted(reveal(output.letter))
    positions = question_positions(output, posting) if proposal else []
    answers = [piece for place in positions for piece in _answer(words, output, place, posting)]
    # What has no answer yet is said where the answer would stand.
    remarks = [item for item in cautions if item.code is not LintCode.UNANSWERED]
    notes = lines(*_notes(words, version), *caution_lines(words, remarks))
    rows = _rows(words, draft, output, positions, cautions)
    return pack([top, *letter, *answers, notes, words(f"draft.hint_{draft.kind}")], rows)


def question_positions(output: DraftOutput, posting: JobPosting | None) -> list[int]:
    """Screening questions to show: all of the posting's, and those that were answered while it lived."""
    asked = {question.position for question in posting.questions} if posting else set()
    return sorted(asked | {answer.position for answer in output.answers})


def _how(words: Words, row: DraftVersion) -> str:
    if row.offline:
        return words.plain("draft.by_offline")
    how = words.plain(f"draft.by_{row.source}", model=row.model or "")
    if row.tokens_in or row.tokens_out:
        key = "draft.tokens_cached" if row.tokens_cached else "draft.tokens"
        used = words.plain(key, read=row.tokens_in, written=row.tokens_out, cached=row.tokens_cached)
        how = f"{how} · {used}"
    return f"{how} · {words.plain('draft.cost', cost=f'{row.cost_usd:.4f}')}" if row.cost_usd else how


def _answer(words: Words, output: DraftOutput, position: int, posting: JobPosting | None) -> list[Html]:
    answer = next((item for item in output.answers if item.position == position), None)
    asked = ""
    if posting is not None:
        asked = next((item.text for item in posting.questions if item.position == position), "")
    question = words("draft.question", n=position + 1, text=clip(asked, 300))
    if answer is None:
        return [lines(question, words("draft.needs_answer", n=position + 1))]
    return labelled(question, reveal(answer.text), _missing(words, answer, asked))


def _missing(words: Words, answer: Answer, asked: str) -> Html:
    """What only the user can fill in; when that is the question itself, the way to answer it."""
    if not answer.text.strip() and (not answer.needs_fact or asked.startswith(answer.needs_fact)):
        return words("draft.needs_answer", n=answer.position + 1)
    return words("draft.needs_fact", what=clip(answer.needs_fact, 300)) if answer.needs_fact else Html("")


def _notes(words: Words, version: Version) -> list[Html]:
    """What the writer has to say. That an instruction changed the price is news of that version alone."""
    output = version.output
    labels = _facts_of(output)
    rests_on = [words("draft.rests_on", facts=", ".join(labels))] if labels else []
    gaps = [words("draft.gap", what=clip(gap, 160)) for gap in output.gaps[:3]]
    notes = [
        words(f"note.{note.code.value}", **{name: clip(value, 160) for name, value in note.params.items()})
        for note in output.notes
        if note.code is not NoteCode.PRICE_CHANGED or version.row.source == VersionSource.REVISED
    ]
    return [*rests_on, *gaps, *notes]


def _facts_of(output: DraftOutput) -> list[str]:
    """Labels of the facts that the text quotes or that prove something in it, in their order."""
    labels = {label for claim in output.claims for label in claim.facts}
    labels |= {label for finding in output.findings for label in finding.supported_by}
    return sorted((label for label in labels if _LABEL.fullmatch(label)), key=lambda label: int(label[1:]))


def _rows(
    words: Words, draft: Draft, output: DraftOutput, positions: Sequence[int], cautions: Sequence[Caution]
) -> list[list[InlineKeyboardButton]]:
    def to(verb: str, arg: str = "") -> DraftCb:
        return DraftCb(verb=verb, draft=draft.id, version=draft.current, arg=arg)

    rows = [[button(words.plain("button.review"), to("review"), GREEN)]]
    if any(item.code is LintCode.INVISIBLE for item in cautions):
        rows.append([button(words.plain("button.clean"), to("clean"), BLUE)])
    instruct = button(words.plain("button.instruct"), to("instruct"), BLUE)
    if draft.kind == DraftKind.PROPOSAL:
        chips = [button(words.plain(f"chip.{chip.value}"), to("chip", chip.value)) for chip in _CHIPS]
        rows += [chips[:2], chips[2:], [button(words.plain("button.price"), to("price")), instruct]]
        answers = [
            button(words.plain("button.answer", n=position + 1), to("answer", str(position)))
            for position in positions
        ]
        rows += [answers[start : start + _ROW] for start in range(0, len(answers), _ROW)]
    else:
        rows.append([instruct])
    last = [button(words.plain("button.rewrite"), to("rewrite"))]
    if draft.current > 1:
        last += [
            button(words.plain("button.undo"), to("undo")),
            button(words.plain("button.diff"), to("diff")),
        ]
    return [*rows, last, [button(words.plain("button.discard"), to("discard"), RED)]]


def approval_screens(
    words: Words,
    payload: Payload,
    *,
    nonce: str | None,
    gate: Severity,
    heading: str,
    cautions: Sequence[Caution],
    boost: Evidence | None = None,
) -> list[Screen]:
    """All bytes that would leave, then the one button that sends them. Without a nonce there is no such button yet.

    `boost` is what a boost on Upwork may cost, told where a person decides on it.
    """
    proposal = payload.kind is ActionKind.PROPOSAL
    foot = lines(
        *caution_lines(words, cautions),
        words("approve.connects") if proposal else None,
        boost_line(words, boost) if boost else None,
        words("approve.exact", hash=payload.sha256[:12]) if nonce else words(f"approve.gate_{gate.value}"),
    )
    key = f"approve.{payload.kind}" if nonce else f"approve.check_{payload.kind}"
    head = words(key, title=clip(heading, 120))
    return pack(
        [head, *payload_pieces(words, payload), foot], _approval_rows(words, payload, nonce, gate, cautions)
    )


def _approval_rows(
    words: Words, payload: Payload, nonce: str | None, gate: Severity, cautions: Sequence[Caution]
) -> list[list[InlineKeyboardButton]]:
    def to(verb: str) -> DraftCb:
        return DraftCb(verb=verb, draft=payload.draft_id, version=payload.version)

    rows = []
    if nonce is not None:
        rows.append([button(words.plain("button.send"), ApproveCb(nonce=nonce), GREEN)])
    elif gate is Severity.CONFIRM:
        rows.append([button(words.plain("button.confirm"), to("confirm"), BLUE)])
    elif any(item.code is LintCode.INVISIBLE for item in cautions):
        rows.append([button(words.plain("button.clean"), to("clean"), BLUE)])
    return [*rows, [button(words.plain("button.keep_editing"), to("edit"))]]


def payload_pieces(words: Words, payload: Payload) -> list[Html]:
    """The payload for reading: the price, the letter, each question with its answer; hidden characters are written out."""
    bid = None
    if payload.bid is not None and payload.contract is not None:
        bid = words("draft.bid", bid=bid_text(words, Bid(payload.bid, payload.contract, payload.currency)))
    answers = [
        piece
        for number, item in enumerate(payload.answers, start=1)
        for piece in labelled(
            words("draft.question", n=number, text=clip(item.question, 1000)), reveal(item.answer)
        )
    ]
    return [*([bid] if bid else []), *quoted(reveal(payload.text)), *answers]
