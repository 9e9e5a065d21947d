"""The exact bytes of an action: what is shown, hashed, approved and sent is this one value."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator

from core.jobs_feed.posting import ContractType
from core.proposals.models import ActionKind


class PayloadAnswer(BaseModel):
    """The user's answer to one of the client's questions.

    The question is the client's and lives a day; its hash stays, so that what was approved can be checked ever after.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    question_hash: str = ""
    answer: str

    @model_validator(mode="before")
    @classmethod
    def _hash_the_question(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("question") and not data.get("question_hash"):
            return {**data, "question_hash": _sha256(str(data["question"]))}
        return data

    @model_validator(mode="after")
    def _same_question(self) -> PayloadAnswer:
        if self.question and self.question_hash != _sha256(self.question):
            raise ValueError("the question differs from its hash")
        return self


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
        return _spell(self.model_dump(mode="json"))

    @property
    def sha256(self) -> str:
        """Covers everything; of each question its hash, so that it holds after the question's text was deleted."""
        return _sha256(_spell(self.model_dump(mode="json", exclude={"answers": {"__all__": {"question"}}})))

    @property
    def complete(self) -> bool:
        """False once the questions are gone: then there is nothing to send any more."""
        return all(item.question for item in self.answers)

    def without_questions(self) -> Payload:
        """The user's own words only, under the same hash."""
        bare = tuple(item.model_copy(update={"question": ""}) for item in self.answers)
        return self.model_copy(update={"answers": bare})

    @classmethod
    def read(cls, canonical: str, *, expected_hash: str) -> Payload:
        """Raises ValueError when the stored bytes are not those that were approved."""
        payload = cls.model_validate_json(canonical)
        if payload.sha256 != expected_hash or payload.canonical() != canonical:
            raise ValueError("the stored payload differs from the approved hash")
        return payload


def _spell(content: object) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
