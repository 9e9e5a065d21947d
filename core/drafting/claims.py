"""placeholder"""

from __future__ import annotations

from core.drafting.draft import ClaimFinding, DraftOutput, DraftRequest


def check_claims(request: DraftRequest, output: DraftOutput) -> tuple[ClaimFinding, ...]:
    return ()
