"""A letter made from a template of the user's own: the gaps filled, every word still to be checked like any other draft's."""

from __future__ import annotations

from core.drafting.draft import DraftOutput, DraftRequest, Note, NoteCode, ProposalRequest
from core.drafting.language import language_of
from core.drafting.obedience import obeyed
from core.drafting.offline_proposal import Materials, answer_question, gather
from core.drafting.render import letter_language
from core.templates.variables import Filled, Stock, fill


def write_from_template(request: ProposalRequest) -> DraftOutput:
    """The filled template as the letter, and the questions answered from the facts. Without any network."""
    stock = gather(request)
    letter, gaps = obeyed(
        filled(request, stock).text,
        request.instructions,
        phrases=stock.phrases,
        voice=stock.voice,
        facts=stock.proofs,
    )
    return DraftOutput(
        letter.strip(),
        language_of(letter, default=letter_language(request)),
        tuple(answer_question(request, question, stock) for question in request.posting.questions),
        gaps=gaps,
        notes=template_notes(request),
        bid=request.bid,
    )


def filled(request: ProposalRequest, stock: Materials | None = None) -> Filled:
    """The template without its gaps; nothing when there is none."""
    if request.template is None:
        return Filled("", ())
    known = stock or gather(request)
    best = known.proofs[0] if known.proofs else None
    return fill(
        request.template.body, Stock(request.posting, request.profile, request.bid, known.tools, best)
    )


def template_notes(request: DraftRequest) -> tuple[Note, ...]:
    """Which template it was, and what could not be filled in."""
    if not isinstance(request, ProposalRequest) or request.template is None:
        return ()
    notes = (Note(NoteCode.FROM_TEMPLATE, {"name": request.template.name}),)
    missing = filled(request).missing
    if not missing:
        return notes
    return (*notes, Note(NoteCode.TEMPLATE_GAPS, {"names": ", ".join(f"{{{name}}}" for name in missing)}))
