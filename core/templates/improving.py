"""A better wording for a template: asked of a model, checked by code, offered to its person. Offline it says that it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from core.access.quota import model_money, note_spend
from core.drafting.claims import check_text
from core.drafting.draft import LETTER_LIMIT
from core.drafting.llm import LLM, Usage, complete
from core.drafting.parser import DraftParser
from core.drafting.prompts import codes_for, load_prompts
from core.drafting.render import FACTS_LIMIT, facts_text
from core.drafting.sources import profile_sources, source
from core.errors import AppError, Invalid, NotFound
from core.profile.facts import Profile
from core.profile.service import load_profile
from core.runtime import Runtime
from core.security import audit
from core.templates.models import Template
from core.templates.service import get_template
from core.templates.variables import VARIABLES, checked_body, names_in

FACTS_SHOWN = 20


class Improvement(StrEnum):
    """What became of it; the words are in the bot's texts."""

    OFFERED = "offered"
    NO_MODEL = "no_model"
    FAILED = "failed"  # the model did not answer, or not in the agreed form
    OVER_LIMIT = "over_limit"  # what models may cost was used up before its turn came
    UNTRUE = "untrue"  # it lost a gap, or said more than the template and the facts do
    SAME = "same"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Offer:
    outcome: Improvement
    text: str = ""
    usage: Usage | None = None


async def improve_template(rt: Runtime, *, tenant_id: UUID, template_id: UUID) -> Improvement:
    """Job.IMPROVE_TEMPLATE. The model is asked outside any transaction; its bill counts whatever came of it."""
    async with rt.db.begin(tenant_id) as session:
        keys = await rt.keys(session)
        try:
            letter = await get_template(session, keys, template_id=template_id)
        except NotFound:
            return Improvement.GONE
        profile = await load_profile(session, keys) or Profile(headline="", facts=())
        over = (await model_money(session)).full is not None
    if not letter.improving:
        return Improvement.OFFERED if letter.offered else Improvement.GONE
    if over and rt.llm is not None:
        offer = Offer(Improvement.OVER_LIMIT)
    else:
        offer = await ask(rt.llm, letter.body, profile, seed=keys.fingerprint("voice"))
    async with rt.db.begin(tenant_id) as session:
        keys = await rt.keys(session)
        if offer.usage is not None:
            note_spend(session, "template", offer.usage)
        row = await session.get(Template, (tenant_id, template_id), with_for_update=True)
        if row is None:
            return Improvement.GONE
        row.improving_at = None
        # Changed meanwhile: what was asked for is no longer what there is.
        unchanged = keys.unseal(row, "body_sealed") == letter.body
        if offer.outcome is Improvement.OFFERED and unchanged:
            row.offered_sealed = keys.seal(row, "offered_sealed", offer.text)
        audit.record(session, "template.improved", template=str(template_id), outcome=offer.outcome.value)
    return offer.outcome if unchanged else Improvement.GONE


async def ask(llm: LLM | None, body: str, profile: Profile, *, seed: str = "") -> Offer:
    """One call, and the code's judgement of what came back. Never raises an AppError.

    `seed` is the person's own, as in a request for a draft.
    """
    if llm is None:
        return Offer(Improvement.NO_MODEL)
    codes = codes_for(seed)
    facts = profile.facts[:FACTS_SHOWN]
    prompt = load_prompts()["templates/improve"].render(
        {
            "own": codes.own,
            "mark": codes.mark,
            "facts": codes.about("facts", facts_text(facts), limit=FACTS_LIMIT),
            "template": codes.fence("template", body, limit=LETTER_LIMIT),
            "variables": ", ".join(f"{{{name}}}" for name in VARIABLES),
        },
        cache_key=codes.cache_key,
    )
    try:
        text, usage = await complete(llm, prompt)
    except AppError:
        return Offer(Improvement.FAILED)
    parser = DraftParser()
    parser.feed(text)
    _, parsed = parser.finish()
    return Offer(judge(body, parsed.letter.strip(), profile), parsed.letter.strip(), usage)


def judge(before: str, after: str, profile: Profile) -> Improvement:
    """Whether `after` may be offered for `before`: all its gaps, no others, and no statement that neither it nor a fact makes."""
    if not any(sign.isalpha() for sign in after) or len(after) > LETTER_LIMIT:
        return Improvement.FAILED
    try:
        checked_body(after)
    except Invalid:
        return Improvement.UNTRUE
    if set(names_in(before)) != set(names_in(after)):
        return Improvement.UNTRUE
    known = [*profile_sources(profile), source("template", before, own=True)]
    if any(not finding.supported for finding in check_text(after, known)):
        return Improvement.UNTRUE
    return Improvement.SAME if after.split() == before.split() else Improvement.OFFERED
