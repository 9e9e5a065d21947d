"""The exact bytes of an action: what is shown, hashed, approved and sent is this one value."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.jobs_feed.posting import ContractType
from core.proposals.models import ActionKind


class PayloadAnswer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    answer: str


class Payload(BaseModel):
    """A proposal or a reply, complete. `target` is Upwork's numeric job id or room id. Money is in `currency`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant_id: UUID
    kind: ActionKind
    target: str
    text: str
    draft_id: UUID
    version: int
    bid: Decimal | None = None
    contract: ContractType | None = None
    currency: str = "USD"
    answers: tuple[PayloadAnswer, ...] = ()

    def canonical(self) -> str:
        """One spelling per value: keys sorted, no spaces, text as it is."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @classmethod
    def read(cls, canonical: str, *, expected_hash: str) -> Payload:
        """Raises ValueError when the stored bytes are not those that were approved."""
        payload = cls.model_validate_json(canonical)
        if payload.sha256 != expected_hash or payload.canonical() != canonical:
            raise ValueError("the stored payload differs from the approved hash")
        return payload
