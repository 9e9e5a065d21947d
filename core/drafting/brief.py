"""What a posting asks for, in its own words turned to the reader: "migrate our invoices" becomes "migrate your invoices"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.drafting.contacts import find_contacts
from core.drafting.names import is_common
from core.drafting.prompts import visible
from core.jobs_feed.posting import JobPosting
from core.matching.instructions import find_instructions

NEED_WORDS = 14
_VERB_WORDS = (
    "add adapt adjust analyse analyze animate apply assemble assess audit automate build calculate capture clean code collect"
    " compare compile complete compose conduct configure connect convert copy correct create customise customize debug define"
    " deliver deploy design develop digitize document download draft draw edit embed enhance enrich enter establish evaluate"
    " execute expand export extend extract fill film finalize find finish fix format forecast gather generate get grow handle"
    " identify illustrate implement import improve increase index install integrate interview launch lay list localize log"
    " maintain make manage map measure merge migrate model modernize modify monitor move optimise optimize organise organize"
    " outline paint parse perform photograph pick plan polish port post predict prepare print process produce program promote"
    " proofread prototype provide publish pull push reach read rebuild record recover redesign redo reduce refactor refine"
    " refresh remake remodel remove render reorganise repair replace report reproduce rescue research resolve restore"
    " restructure retouch review revise rewrite rework run scale scan schedule scrape script secure select sell separate set"
    " shoot shorten simplify sketch solve sort split standardize store streamline structure style summarise"
    " summarize supply support switch sync tag teach test touch track train transcribe transfer transform translate trim tune"
    " turn type unify update upgrade upload validate verify visualise visualize watch wire write help"
)
_VERBS = frozenset(_VERB_WORDS.split())
_TO = re.compile(
    r"\b(?:need|want|wish|like|have|hop(?:e|ing)|look(?:ing)?|goal|aim|task|project|job|idea|someone|somebody|person|help|able|ready"
    r"|developer|designer|engineer|expert|specialist|writer|freelancer|assistant|consultant|professional|agency|editor"
    r"|translator|artist|analyst|marketer|programmer)\b[^.!?\n]{0,90}?\bto (?P<need>[a-z][^.!?;:\n]+)",
    re.IGNORECASE,
)
_WILL = re.compile(
    r"\b(?:you will|you'll|you would|you should|you must|will be to|involves?)\s+(?P<need>[a-z][^.!?;:\n]+)",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\b(?:we|i) (?:need|require|want) (?P<thing>(?:an?|the|our|my|some) [^.!?;:\n]+)", re.IGNORECASE
)
_UK_TO = re.compile(
    r"\b(?:потрібно|треба|необхідно|хочемо|хочу|маємо|слід|задача|завдання|мета|допомогти|щоб)\b[^.!?\n]{0,40}?"
    r"(?P<need>\b[а-яіїєґ'’]{3,}ти(?:ся|сь)?\b[^.!?;:\n]*)",
    re.IGNORECASE,
)
_UK_INFINITIVE = re.compile(r"[а-яіїєґ'’]{3,}ти(?:ся|сь)?\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•–—·▪►✓✔]|\d{1,2}[.)])\s+(?P<item>\S.*)$")
_CUT = re.compile(
    r"\s*(?:\(|\[|,? (?:so that|because|since|which|where|while|but|although|please|and you|and we|if|as we|as our)\b"
    r"|,? (?:щоб|бо|тому що|який|яка|яке|які|але|якщо|будь ласка)\b| [-–—] ).*$",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"(?:[,\s]+(?:and|or|to|for|of|in|on|at|with|by|the|an?|your|from|etc|і|та|або|для|з|в|на|до|по))+$",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"https?:|www\.|@|<|>|\{|\}|\bignore\b|\binstruction|\bprompt\b|\bproposal|\bcover letter|\bappl(?:y|ying|ication)|\bbid\b"
    r"|\byour (?:rate|price|portfolio|resume|cv|experience|name)|\bsystem\b.{0,12}\bmessage|\breply\b|\brespond|\bprofile"
    r"|\b(?:free|unpaid|test) (?:test|task|trial|sample|work)\b|\bbefore you decide\b"
    r"|\bI'll\b|\bhire\b|\bhear from|\bwork with (?:us|me|you)\b|\bjoin\b|\bзаявк|\bвідгук|\bставк|\bрезюме|\$",
    re.IGNORECASE,
)
_VAGUE = frozenset(
    {"them", "it", "this", "that", "these", "those", "him", "her", "agent", "review", "calendar", "sheet"}
)
_FINITE = re.compile(r"\b(?:is|are|was|were|should|must|will|has|have|had)\b", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:developer|engineer|designer|expert|specialist|writer|freelancer|assistant|consultant|editor|agent|person|someone)\b",
    re.IGNORECASE,
)
_FLIPS = {
    "our": "your", "ours": "yours", "my": "your", "mine": "yours", "we": "you", "us": "you", "me": "you", "i": "you",
    "we're": "you're", "i'm": "you're", "we've": "you've", "i've": "you've", "ourselves": "yourselves", "myself": "yourself",
    "нам": "вам", "нас": "вас", "ми": "ви", "мені": "вам", "мене": "вас", "я": "ви",
}  # fmt: skip
_UK_OURS = re.compile(r"\b(н)(аш(?:а|е|і|у|ого|ої|ому|ій|им|ою|их|ими)?)\b", re.IGNORECASE)
_UK_MINE = {
    "мій": "ваш", "моя": "ваша", "моє": "ваше", "мої": "ваші", "мою": "вашу", "мого": "вашого", "моєї": "вашої",
    "моєму": "вашому", "моїм": "вашим", "моїх": "ваших", "моїй": "вашій",
}  # fmt: skip
_TITLE_NOISE = re.compile(
    r"\b(?:urgent(?:ly)?|asap|needed|wanted|required|hiring|immediate(?:ly)?|long[- ]term|quick job|start now|small budget"
    r"|looking for"
    r"|терміново|потрібно терміново)\b[:!,. ]*|\((?:[A-Z]{2,4}|\w+) (?:hours|only)\)|[!*#✅🔥⭐]+|\s*\[[^\]]*\]\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Brief:
    """`title` is tidy and quotable; `needs` are infinitive phrases without "to", most telling first."""

    title: str
    needs: tuple[str, ...]


def read_posting(posting: JobPosting, language: str) -> Brief:
    """What the offline composer may quote. Links, contacts, prices and anything that talks to applicants stay out."""
    raw_title = " ".join(_TITLE_NOISE.sub(" ", visible(posting.title)).split()).strip(" -–—|:.,")
    safe = len(raw_title) <= 120 and not find_contacts(raw_title) and not _REFUSED.search(raw_title)
    title = raw_title if safe else ""
    text = visible(posting.description)[:8000]
    told = {instruction.sentence for instruction in find_instructions(text)}
    needs: list[str] = []
    for sentence in _sentences(text):
        if any(sentence in other or other in sentence for other in told) or find_contacts(sentence):
            continue
        for phrase in _phrases(sentence, language):
            if (need := _tidy(phrase, language)) and need.lower() not in (kept.lower() for kept in needs):
                needs.append(need)
    if title and (first := _tidy(title, language)):
        needs.insert(0, first[0].lower() + first[1:])
    return Brief(title.replace("“", "").replace("”", "").replace('"', ""), tuple(needs[:6]))


def _sentences(text: str) -> list[str]:
    parts: list[str] = []
    for line in text.splitlines():
        if bullet := _BULLET.match(line):
            parts.append(bullet["item"].strip())
        else:
            parts.extend(part.strip() for part in re.split(r"(?<=[.!?])\s+", line) if part.strip())
    return parts


def _phrases(sentence: str, language: str) -> list[str]:
    if language == "uk":
        found = [match["need"] for match in _UK_TO.finditer(sentence)]
        return found or ([sentence] if _UK_INFINITIVE.match(sentence) else [])
    found = [match["need"] for pattern in (_TO, _WILL) for match in pattern.finditer(sentence)]
    if not found and (first := sentence.split()) and first[0].lower().strip(",:") in _VERBS:
        found = [sentence]
    if not found:
        found = [f"get {match['thing']}" for match in _NOUN.finditer(sentence)]
    return found


def _tidy(phrase: str, language: str) -> str:
    """An infinitive phrase from the reader's side, or "" when it cannot be quoted safely or does not begin with a verb."""
    if _REFUSED.search(phrase):
        return ""
    phrase = _CUT.sub("", phrase).strip(" .,:;-–—•\"'")
    words = phrase.split()
    if len(words) > NEED_WORDS:
        comma = " ".join(words[:NEED_WORDS]).rfind(",")
        words = " ".join(words[:NEED_WORDS])[: comma if comma > 25 else None].split()
    while words and words[0].lower() in {"to", "please", "also", "then", "and", "just"}:
        words = words[1:]
    if words[:1] and words[0].lower() == "help" and len(words) > 3 and words[1].lower() in {"us", "me"}:
        words = words[3:] if words[2].lower() == "to" else words[2:]
    if len(words) > 3 and words[1].lower() == "to" and words[2].lower() in _VERBS:
        words = words[2:]
    if (
        len(words) < 2
        or words[1].lower() in _VAGUE
        or _FINITE.search(" ".join(words[1:4]))
        or _ROLE.search(" ".join(words[1:4]))
    ):
        return ""
    verb = words[0].lower()
    if not (_UK_INFINITIVE.fullmatch(verb) if language == "uk" else verb in _VERBS):
        return ""
    if sum(word[0].isupper() for word in words) * 3 > len(words) * 2:
        words = [word.lower() if is_common(word.strip(",:")) else word for word in words]
    while len(words) > 3 and words[-2].lower() == "and" and words[-1].lower() in _VERBS:
        words = words[:-2]
    flipped = " ".join(_flip(word) for word in [verb, *words[1:]])
    return _DANGLING.sub("", flipped).strip(" ,.")


def _flip(word: str) -> str:
    core = word.strip(",.")
    low = core.lower()
    if low in _FLIPS and (low != "i" or core == "I"):
        return word.replace(core, _FLIPS[low])
    if low in _UK_MINE:
        return word.replace(core, _UK_MINE[low])
    return _UK_OURS.sub(lambda match: ("В" if match[1] == "Н" else "в") + match[2], word)
