"""From what a model wrote to a draft: keep only what holds up, and find out by code what the text claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.drafting.claims import check_claims
from core.drafting.draft import (
    Answer,
    Bid,
    Claim,
    DraftOutput,
    DraftRequest,
    Note,
    NoteCode,
    ReplyRequest,
    RevisionRequest,
)
from core.drafting.language import language_of
from core.drafting.money import price_in_instruction
from core.drafting.parser import RawData, printable
from core.drafting.render import letter_language
from core.drafting.repricing import repriced
from core.profile.facts import Fact

ANSWER_LIMIT = 5000
_GAP_LIMIT = 200
_GAPS = 8


def assemble(
    request: DraftRequest,
    facts: Sequence[Fact],
    letter: str,
    data: RawData | None,
    notes: Sequence[Note] = (),
) -> DraftOutput:
    """A draft from a letter and what came with it. A quote that is not in the letter or a label nobody has is dropped."""
    labels = {fact.label for fact in facts}
    data = data or RawData()
    flat = " ".join(letter.split())
    claims = tuple(
        Claim(" ".join(claim.quote.split()), known)
        for claim in data.claims
        if (known := tuple(dict.fromkeys(label for label in claim.facts if label in labels)))
        and claim.quote.strip()
        and " ".join(claim.quote.split()) in flat
    )
    gaps = tuple(" ".join(printable(gap).split())[:_GAP_LIMIT] for gap in data.gaps[:_GAPS] if gap.strip())
    output = DraftOutput(
        letter=letter,
        language=language_of(letter, default=letter_language(request)),
        answers=_answers(request, data),
        claims=claims,
        gaps=gaps,
        notes=tuple(notes),
    )
    return checked(request, output)


def checked(request: DraftRequest, output: DraftOutput) -> DraftOutput:
    """`output` with the request's bid and with every checkable statement of its texts looked up in all of the profile."""
    bid, changed = wanted_bid(request)
    notes = output.notes
    if changed and bid is not None:
        notes = (*notes, Note(NoteCode.PRICE_CHANGED, {"amount": f"{bid.amount}"}))
        output = repriced(replace(output, bid=request.bid), bid)
    output = replace(output, bid=bid, notes=notes)
    return replace(output, findings=check_claims(request, output))


def wanted_bid(request: DraftRequest) -> tuple[Bid | None, bool]:
    """The bid to show: the request's, or the one the user's own instruction names (then True)."""
    if not isinstance(request, RevisionRequest):
        return request.bid, False
    amount = price_in_instruction(request.instruction)
    if amount is None or (request.bid is not None and amount == request.bid.amount):
        return request.bid, False
    if request.bid is not None:
        return replace(request.bid, amount=amount), True
    contract = request.posting.contract
    return (Bid(amount, contract, request.posting.currency), True) if contract else (None, False)


def _answers(request: DraftRequest, data: RawData) -> tuple[Answer, ...]:
    """One answer per question of the posting; a revision keeps the current one where the model gave none."""
    if isinstance(request, ReplyRequest):
        return ()
    given = {answer.question - 1: answer for answer in data.answers}
    current = (
        {answer.position: answer for answer in request.answers}
        if isinstance(request, RevisionRequest)
        else {}
    )
    answers = []
    for question in request.posting.questions:
        raw = given.get(question.position)
        text = printable(raw.text).strip()[:ANSWER_LIMIT] if raw else ""
        if not text and question.position in current:
            answers.append(current[question.position])
            continue
        missing = printable(raw.needs_fact).strip()[:_GAP_LIMIT] if raw else ""
        answers.append(
            Answer(question.position, text, missing if text or missing else question.text[:_GAP_LIMIT])
        )
    return tuple(answers)
