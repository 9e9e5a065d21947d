"""The writer used when there is no model: composes from the user's facts and the posting's own words, and says so."""

from __future__ import annotations

from core.drafting.draft import DraftOutput, DraftRequest, ProposalRequest, RevisionRequest
from core.drafting.evidence import select_facts
from core.drafting.language import language_of


def write_offline(request: DraftRequest) -> DraftOutput:
    """A complete draft without any network. Deterministic for the same request."""
    if isinstance(request, ProposalRequest):
        facts = request.facts or select_facts(request.profile, request.posting, 4)
        lines = [f'Hello! About "{request.posting.title}":', *(fact.text for fact in facts[:4])]
        lines.append(request.profile.signature or "")
        return DraftOutput(
            "\n\n".join(filter(None, lines)), language_of(request.posting.text), bid=request.bid
        )
    if isinstance(request, RevisionRequest):
        return DraftOutput(request.letter, language_of(request.letter), request.answers, bid=request.bid)
    return DraftOutput("Thank you for your message!", "en")
