"""Drafting without a model: one function for whatever was asked."""

from __future__ import annotations

from core.drafting.draft import DraftOutput, DraftRequest, ProposalRequest, RevisionRequest
from core.drafting.from_template import write_from_template
from core.drafting.offline_proposal import write_proposal
from core.drafting.offline_reply import write_reply
from core.drafting.offline_revise import revise


def write_offline(request: DraftRequest) -> DraftOutput:
    """A complete draft without any network. Deterministic for the same request."""
    if isinstance(request, ProposalRequest):
        return write_from_template(request) if request.template else write_proposal(request)
    if isinstance(request, RevisionRequest):
        return revise(request)
    return write_reply(request)
