"""What a person's history adds to a cold score: what their answers taught, their rules, and the chances of a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from core.analytics.prospects import BOOST_UPLIFT, Prospects, boost, fit_prospects
from core.clock import Clock
from core.jobs_feed.models import Band
from core.learning.answers import COLD, load_answers, load_rules
from core.matching.evidence import Evidence, EvidenceCode, Param, Sign
from core.matching.learning import Family, Numbers, Taste, fit_taste
from core.matching.lessons import Lesson
from core.matching.score import Score, Weights, blend_learned


@dataclass(frozen=True, slots=True)
class Experience:
    """Read once per scoring round."""

    taste: Taste | None
    rules: Sequence[Lesson]
    prospects: Prospects

    def applied(self, cold: Score, numbers: Numbers, weights: Weights) -> Score:
        """The score as its card will show it. A rule makes a card silent, never unseen: it waits in the list."""
        score = cold
        if self.taste is not None:
            score = blend_learned(cold, self.taste.learned(numbers, cold.total), weights)
        if any(rule.holds_for(numbers) for rule in self.rules):
            told = Evidence(EvidenceCode.OWN_RULE, Sign.MINUS)
            score = replace(
                score,
                band=Band.SILENT,
                fit=replace(score.fit, evidence=(*score.fit.evidence, told)),
            )
        return replace(
            score, odds=replace(score.odds, evidence=(*score.odds.evidence, *self._chances(numbers)))
        )

    def _chances(self, numbers: Numbers) -> list[Evidence]:
        chances = self.prospects.chances(numbers)
        params: dict[str, Param] = {"reply": round(chances.reply, 3), "hire": round(chances.hire, 3)}
        code = EvidenceCode.CHANCES_PUBLISHED
        if chances.proposals:
            code = EvidenceCode.CHANCES
            params |= {"sure": round(chances.sure, 2), "proposals": chances.proposals}
        told = [Evidence(code, Sign.NEUTRAL, params)]
        found = boost(chances, numbers.get(Family.BUDGET, 0.0))
        if found.connects:
            params = {
                "connects": found.connects,
                "uplift": BOOST_UPLIFT,
                "gained": round(found.gained, 4),
                "value": round(found.value),
            }
            told.append(Evidence(EvidenceCode.BOOST, Sign.NEUTRAL, params))
        return told


async def load_experience(session: AsyncSession, *, clock: Clock) -> Experience:
    answers = await load_answers(session)
    prospects = fit_prospects(answers, now=clock.now())
    return Experience(fit_taste(answers), await load_rules(session), prospects)


def kept_numbers(numbers: Numbers, cold: Score) -> dict[str, float]:
    """What a card keeps to learn from, should it be answered."""
    return {**numbers, COLD: cold.total}
