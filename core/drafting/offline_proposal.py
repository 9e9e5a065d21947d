"""The writer used when there is no model: composes from the user's facts and the posting's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from string import Template

from core.drafting.brief import Brief, read_posting
from core.drafting.draft import (
    Answer,
    Bid,
    Claim,
    DraftOutput,
    Note,
    NoteCode,
    Opener,
    ProposalRequest,
    Tone,
)
from core.drafting.evidence import GOOD_FIT, rank_facts, select_facts, words_of
from core.drafting.obedience import obeyed
from core.drafting.phrases import Phrases, Voice
from core.drafting.phrases_en import ENGLISH
from core.drafting.phrases_uk import UKRAINIAN
from core.drafting.render import letter_language, money_text
from core.drafting.telling import Told, in_language, retell
from core.jobs_feed.posting import ContractType, ScreeningQuestion
from core.profile.facts import Fact

PHRASES = {"en": ENGLISH, "uk": UKRAINIAN}
_MOST_PROOFS = 4
_RELEVANT = 0.3
"""A third fact or more must be at least this share as relevant as the best one."""
_PRICE_QUESTION = re.compile(
    r"\b(?:rate|price|cost|charge|budget|quote|bid|ставк\w+|цін\w+|кошту\w+|бюджет\w*|вартіст\w+)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Materials:
    """All a letter is put together from. `proofs` are facts in the letter's language, best first."""

    phrases: Phrases
    voice: Voice
    brief: Brief
    proofs: tuple[Fact, ...]
    tools: tuple[str, ...]
    notes: tuple[Note, ...]


def offline_language(request_language: str) -> tuple[str, tuple[Note, ...]]:
    """The language the composer can write in, and the note that says so when it is not the client's."""
    if request_language in PHRASES:
        return request_language, ()
    return "en", (Note(NoteCode.LANGUAGE_FALLBACK, {"language": request_language}),)


def gather(request: ProposalRequest) -> Materials:
    language, notes = offline_language(letter_language(request))
    chosen = request.facts or select_facts(request.profile, request.posting, 8) or request.profile.facts[:3]
    ranked = rank_facts(chosen, request.posting)
    best = ranked[0][1] if ranked else 0.0
    chosen = tuple(fact for place, (fact, fit) in enumerate(ranked) if place < 2 or fit >= best * _RELEVANT)
    fitting, foreign = in_language(chosen, language)
    if foreign and len(fitting) < 2:
        labels = ", ".join(fact.label for fact in foreign)
        notes = (*notes, Note(NoteCode.FACTS_IN_OTHER_LANGUAGE, {"facts": labels, "language": language}))
    if len(chosen) < 2 or best < GOOD_FIT:
        notes = (*notes, Note(NoteCode.FEW_FACTS))
    return Materials(
        phrases=PHRASES[language],
        voice=Voice(f"{request.seed}|{request.posting.upwork_id}"),
        brief=read_posting(request.posting, language),
        proofs=tuple(fitting),
        tools=shared_tools(request.posting.skills, chosen),
        notes=notes,
    )


def write_proposal(request: ProposalRequest) -> DraftOutput:
    """A complete letter and the answers, without any network. Deterministic for the same request."""
    stock = gather(request)
    told = proofs_told(stock, _proof_count(request))
    style = request.style
    question = stock.voice.pick("question", stock.phrases.questions)
    first, proofs = opener(stock, 0), proof_paragraph(stock, told)
    if request.opener is Opener.PROOF:
        first, proofs = proofs, first
    elif request.opener is Opener.QUESTION or (request.opener is None and style.question_first):
        first, question = f"{question} {first}", ""
    paragraphs = [
        f"{style.greeting}," if style.greeting else greeting(stock, style.tone),
        first,
        proofs,
        plan_paragraph(stock) if (style.words or 150) >= 90 else "",
        f"{question} {closing(stock, style.tone)}".strip(),
        sign_off(stock, request.profile.signature, style.sign_off),
    ]
    letter, gaps = obeyed(
        "\n\n".join(filter(None, paragraphs)),
        request.instructions,
        phrases=stock.phrases,
        voice=stock.voice,
        facts=stock.proofs,
    )
    claims = tuple(Claim(one.sentence, (one.fact.label,)) for one in told if one.sentence in letter)
    if line := tool_line(stock, " ".join(one.sentence for one in told)):
        labels = tuple(
            fact.label
            for fact in request.facts or request.profile.facts
            if shared_tools(stock.tools, (fact,))
        )
        claims = (*claims, Claim(line, labels)) if labels else claims
    answers = tuple(answer_question(request, question, stock) for question in request.posting.questions)
    language = "uk" if stock.phrases is UKRAINIAN else "en"
    return DraftOutput(letter, language, answers, claims, gaps, notes=stock.notes, bid=request.bid)


def greeting(stock: Materials, tone: Tone) -> str:
    options = stock.phrases.warm_greetings if tone is Tone.WARM else stock.phrases.greetings
    return stock.voice.pick("greeting", options)


def opener(stock: Materials, turn: int) -> str:
    """The first paragraph; another `turn` gives another one."""
    fields = {"title": stock.brief.title}
    voice = Voice(f"{stock.voice.seed}|{turn}") if turn else stock.voice
    if stock.brief.needs:
        fields["need"] = voice.pick("need", stock.brief.needs[:5])
    options = stock.phrases.openers_need if "need" in fields else stock.phrases.openers_title
    options = tuple(line for line in options if fields["title"] or "$title" not in line)
    lines = [_fill(voice.pick("opener", options), fields)] if options else []
    if stock.proofs:
        lines.append(voice.pick("lead", stock.phrases.leads_on))
    return " ".join(lines)


def proofs_told(stock: Materials, count: int) -> list[Told]:
    told: list[Told] = []
    for place, fact in enumerate(stock.proofs[:count]):
        leads = stock.phrases.proof_nexts if place else stock.phrases.proof_firsts
        told.append(retell(fact, stock.voice.pick(f"lead-{place}", leads), stock.voice))
    return told


def proof_paragraph(stock: Materials, told: Sequence[Told]) -> str:
    lines = [one.sentence for one in told]
    if line := tool_line(stock, " ".join(lines)):
        lines.append(line)
    if not lines:
        return ""
    if len(told) > 1 and stock.voice.number("layout") % 2:
        return "\n".join(
            [stock.voice.pick("intro", stock.phrases.proof_intros), *(f"- {line}" for line in lines)]
        )
    return " ".join(lines)


def tool_line(stock: Materials, told: str) -> str:
    """Names the shared tools the facts above it did not name already."""
    fresh = [tool for tool in stock.tools if tool.lower() not in told.lower()]
    if not fresh:
        return ""
    names = _list(fresh, stock.phrases.conjunction)
    return _fill(stock.voice.pick("tools", stock.phrases.tool_lines), {"tools": names})


def plan_paragraph(stock: Materials) -> str:
    voice, phrases = stock.voice, stock.phrases
    steps = [voice.pick("plan-1", phrases.plan_first)]
    later = [need for need in stock.brief.needs if need != voice.pick("need", stock.brief.needs[:5])]
    if later and voice.number("plan-need-used") % 2:
        steps.append(_fill(voice.pick("plan-need", phrases.plan_need), {"need": voice.pick("later", later)}))
    else:
        steps.append(voice.pick("plan-2", phrases.plan_second))
    steps.append(voice.pick("plan-3", phrases.plan_third))
    intro = voice.pick("plan", phrases.plan_intros)
    if voice.number("plan-layout") % 2:
        return "\n".join([intro, *(f"{place}. {_capital(step)}." for place, step in enumerate(steps, 1))])
    return f"{intro} {'; '.join(steps)}."


def closing(stock: Materials, tone: Tone) -> str:
    options = stock.phrases.warm_closings if tone is Tone.WARM else stock.phrases.closings
    return stock.voice.pick("closing", options)


def sign_off(stock: Materials, signature: str | None, own: str = "") -> str:
    line = own or stock.voice.pick("sign-off", stock.phrases.sign_offs)
    return f"{line},\n{signature.strip()}" if signature and signature.strip() else f"{line}!"


def shared_tools(tags: Sequence[str], facts: Sequence[Fact]) -> tuple[str, ...]:
    """At most four of the posting's tags that the user's facts name, in the posting's spelling."""
    known = {skill.lower().replace("-", " ") for fact in facts for skill in fact.skills}
    texts = " ".join(fact.text for fact in facts).lower()
    return tuple(
        tag
        for tag in dict.fromkeys(tags)
        if tag.lower() in known or re.search(rf"(?<!\w){re.escape(tag.lower())}(?!\w)", texts)
    )[:4]


def answer_question(request: ProposalRequest, question: ScreeningQuestion, stock: Materials) -> Answer:
    """From the facts that share most with the question, else from the bid if it asks the price, else a gap."""
    if request.bid is not None and _PRICE_QUESTION.search(question.text):
        return Answer(question.position, price_line(stock, request.bid))
    asked = set(words_of(question.text))
    scored = [
        (
            len(
                asked
                & (set(words_of(fact.text)) | {word for skill in fact.skills for word in words_of(skill)})
            ),
            fact,
        )
        for fact, _ in rank_facts(stock.proofs, request.posting)
    ]
    fitting = [fact for score, fact in sorted(scored, key=lambda pair: -pair[0]) if score]
    if not fitting:
        return Answer(question.position, "", question.text[:200])
    voice = Voice(f"{stock.voice.seed}|answer-{question.position}")
    told = [
        retell(
            fact,
            voice.pick(f"lead-{place}", stock.phrases.proof_nexts if place else stock.phrases.proof_firsts),
            voice,
        )
        for place, fact in enumerate(fitting[:2])
    ]
    return Answer(question.position, " ".join(one.sentence for one in told))


def price_line(stock: Materials, bid: Bid) -> str:
    options = stock.phrases.price_hourly if bid.contract is ContractType.HOURLY else stock.phrases.price_fixed
    return _fill(stock.voice.pick("price", options), {"price": money_text(bid)})


def _proof_count(request: ProposalRequest) -> int:
    words = request.style.words or 150
    return 2 if words < 110 else 3 if words < 190 else _MOST_PROOFS


def _fill(template: str, fields: dict[str, str]) -> str:
    """The posting's words go in as they are: a dollar sign in them is not a placeholder."""
    return Template(template).safe_substitute(fields)


def _list(names: Sequence[str], conjunction: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {conjunction} {names[-1]}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
