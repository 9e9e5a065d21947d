"""Answering a client without a model: what they asked is recognised by rules, what is unknown is left open and named."""

from __future__ import annotations

import re
from string import Template

from core.drafting.draft import Claim, DraftOutput, Note, NoteCode, ReplyRequest
from core.drafting.evidence import words_of
from core.drafting.language import language_of
from core.drafting.offline_proposal import PHRASES, offline_language
from core.drafting.phrases import Phrases, Voice
from core.drafting.render import letter_language, money_text
from core.drafting.telling import in_language, retell
from core.jobs_feed.posting import ContractType
from core.profile.facts import Fact

_INTENTS: dict[str, re.Pattern[str]] = {
    "hire": re.compile(
        r"\b(?:hire you|send(?:ing)? (?:you )?(?:an? |the )?(?:offer|contract)|offer you|you'?re hired|go with you|work with you"
        r"|найма\w+|беремо вас|надішл\w+ (?:оффер|пропозиц\w+|контракт)|обрали вас)\b",
        re.IGNORECASE,
    ),
    "price": re.compile(
        r"\b(?:price|pricing|cost|costs|rate|budget|quote|charge|expensive|discount|cheaper|how much|estimate|ставк\w+|цін\w+"
        r"|кошту\w+|бюджет\w*|вартіст\w+|скільки|знижк\w+|дешевш\w+)\b",
        re.IGNORECASE,
    ),
    "when": re.compile(
        r"\b(?:when|start|available|availability|deadline|how long|timeline|time ?frame|asap"
        r"|by (?:mon|tues|wednes|thurs|fri)day|коли|почати|доступн\w+|строк\w*|термін\w*|дедлайн\w*|як довго|скільки часу)\b",
        re.IGNORECASE,
    ),
    "call": re.compile(
        r"\b(?:call|zoom|meet(?:ing)?|talk|chat|interview|phone|skype|дзвін\w*|дзвон\w*|зідзвон\w*|зустріч\w*"
        r"|поговор\w*|співбесід\w*)\b",
        re.IGNORECASE,
    ),
    "examples": re.compile(
        r"\b(?:examples?|portfolio|samples?|previous work|similar (?:work|projects?)|show me|references?|приклад\w*"
        r"|портфоліо|зразк\w*|схож\w+)\b",
        re.IGNORECASE,
    ),
}
READ = 8000
"""Characters of a client's message that are looked at."""
_THANKS_ONLY = re.compile(
    r"^\W*(?:ok(?:ay)?|thanks?|thank you|great|perfect|sounds good|дякую|добре|чудово|ок)\b.{0,40}$",
    re.IGNORECASE,
)


def write_reply(request: ReplyRequest) -> DraftOutput:
    """A short answer. The user's own words (`instruction`) are taken as they are; nothing is promised in their name."""
    language, notes = offline_language(letter_language(request))
    phrases = PHRASES[language]
    asked = next((message.text for message in reversed(request.thread) if not message.mine), "")[:READ]
    voice = Voice(f"{request.seed}|{asked[:200]}")
    hired = bool(_INTENTS["hire"].search(asked)) and not request.instruction.strip()
    parts = [] if hired else [voice.pick("thanks", phrases.reply_thanks)]
    claims: list[Claim] = []
    gaps: list[str] = []
    if request.instruction.strip():
        own = request.instruction.strip()
        if language_of(own, default=language) != language:
            notes = (*notes, Note(NoteCode.CANNOT_OFFLINE, {"instruction": own[:200]}))
        else:
            parts.append(own if own[-1] in ".!?…" else own + ".")
    elif _THANKS_ONLY.match(asked) and "?" not in asked:
        parts.append(voice.pick("closing", phrases.reply_closings))
    else:
        facts, _ = in_language(request.facts or request.profile.facts, language)
        body, claims, gaps = _answers(request, asked, phrases, voice, facts)
        parts.extend([*body, voice.pick("closing", phrases.reply_closings)])
    return DraftOutput(
        letter=" ".join(parts),
        language=language,
        claims=tuple(claims),
        gaps=tuple(gaps),
        notes=notes,
        bid=request.bid,
    )


def _answers(
    request: ReplyRequest, asked: str, phrases: Phrases, voice: Voice, facts: list[Fact]
) -> tuple[list[str], list[Claim], list[str]]:
    lines: list[str] = []
    claims: list[Claim] = []
    gaps: list[str] = []
    wanted = {name for name, pattern in _INTENTS.items() if pattern.search(asked)}
    if "hire" in wanted:
        return [voice.pick("hire", phrases.reply_hire)], [], []
    if "price" in wanted and request.bid is not None:
        hourly = request.bid.contract is ContractType.HOURLY
        price = f"{money_text(request.bid)} {phrases.per_hour}" if hourly else money_text(request.bid)
        lines.append(Template(voice.pick("price", phrases.reply_price)).safe_substitute(price=price))
    elif "price" in wanted:
        lines.append(voice.pick("price", phrases.reply_price_open))
        gaps.append(_sentence_with(asked, _INTENTS["price"]))
    if "when" in wanted:
        lines.append(voice.pick("when", phrases.reply_start_open))
        gaps.append(_sentence_with(asked, _INTENTS["when"]))
    best = _closest(asked, facts)
    if "examples" in wanted and best is None:
        lines.append(voice.pick("examples", phrases.reply_no_examples))
        gaps.append(_sentence_with(asked, _INTENTS["examples"]))
    elif best is not None:
        told = retell(best, voice.pick("lead", phrases.proof_firsts), voice).sentence
        lines.append(told)
        claims.append(Claim(told, (best.label,)))
    if "call" in wanted:
        lines.append(voice.pick("call", phrases.reply_call))
    if not lines and "?" in asked:
        lines.append(voice.pick("other", phrases.reply_other))
        gaps.append(_sentence_with(asked, re.compile(r"\?")))
    if not lines:
        lines.append(voice.pick("understood", phrases.reply_understood))
    return lines, claims, list(filter(None, gaps))


def _closest(asked: str, facts: list[Fact]) -> Fact | None:
    """The fact that shares most words with the question, if it shares any that mean something."""
    words = set(words_of(asked))
    scored = [
        (
            len(
                words
                & (set(words_of(fact.text)) | {word for skill in fact.skills for word in words_of(skill)})
            ),
            -fact.number,
            fact,
        )
        for fact in facts
    ]
    best = max(scored, key=lambda row: row[:2], default=None)
    return best[2] if best is not None and best[0] else None


def _sentence_with(text: str, pattern: re.Pattern[str]) -> str:
    sentences = re.split(r"(?<=[.!?\n])\s+", text)
    return next((sentence.strip()[:200] for sentence in sentences if pattern.search(sentence)), "")
