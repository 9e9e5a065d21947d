"""A factor shown on one of our pages, turned into a step-up for one act."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.crypto import TenantKeys
from core.security.assurance import Act
from core.security.factors import passkeys, service
from core.security.factors.models import Binding, FactorKind
from core.security.stepup import service as stepup
from core.settings import Settings


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """What a form brought: a typed code, or a passkey's answer to a challenge."""

    code: str = ""
    challenge_id: UUID | None = None
    answer: str = ""

    def __bool__(self) -> bool:
        return bool(self.code or self.answer)

    @property
    def kind(self) -> FactorKind:
        """What it claims to be; guesses are counted under it."""
        return FactorKind.PASSKEY if self.answer else service.kind_of_code(self.code)


async def prove_for(
    session: AsyncSession,
    keys: TenantKeys,
    settings: Settings,
    shown: Shown,
    *,
    act: Act,
    subject: str,
    by: str,
    clock: Clock,
) -> bool:
    """Check what was shown and, when it is right, note the proof and the grant for this act. Let a miss commit."""
    if shown.answer:
        right = shown.challenge_id is not None and await passkeys.finish_assertion(
            session,
            keys,
            settings,
            challenge_id=shown.challenge_id,
            answer=shown.answer,
            binding=Binding(act, subject, by),
            clock=clock,
        )
    else:
        right = await service.verify_code(session, keys, code=shown.code, clock=clock) is not None
    if right:
        await stepup.prove(session, by=by, kind=shown.kind, clock=clock, acts={act: subject})
    return right
