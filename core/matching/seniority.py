"""How much experience the text asks for, beside the level that the client ticked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.jobs_feed.posting import ExperienceLevel, JobPosting
from core.matching.quotes import Quote, quote_at
from core.matching.sentences import spans


@dataclass(frozen=True, slots=True)
class Seniority:
    """`level` is what the text asks for, else what the client ticked; `years` at least, when named. `quote` is `None` when only
    the ticked level speaks. `contradicts`: the text asks for more or less than the client ticked."""

    level: ExperienceLevel | None = None
    years: int | None = None
    quote: Quote | None = None
    contradicts: bool = False


_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "couple": 2, "few": 3, "twelve": 12, "fifteen": 15,
}  # fmt: skip
_N = rf"(?:\d{{1,2}}|{'|'.join(_WORDS)})"
_ROLE = (
    r"(?:[\w+#./-]+\s+){0,3}?(?:developers?|engineers?|designers?|writers?|editors?|specialists?|analysts?|programmers?|marketers?"
    r"|consultants?|architects?|freelancers?|professionals?|experts?|devs?|bookkeepers?|accountants?|assistants?|testers?"
    r"|managers?|copywriters?|translators?|candidates?|people|level|positions?|roles?|someone|artists?|scientists?)"
)
_YEARS = re.compile(
    rf"\b(?P<low>{_N})(?:\s*(?:-|–|to|or)\s*(?P<high>{_N}))?\s*(?:\+|plus|or\s+more|or\s+so)?\s*(?:of\s+)?(?:years?|yrs?|yoe)\b"
    r"(?!\s*(?:old|ago|warranty|of\s+(?:data|history|transactions)))",
    re.IGNORECASE,
)
_UK_YEARS = re.compile(
    r"\bдосвід\w*\s+(?:роботи\s+)?"
    r"(?:\w+\s+){0,2}?(?:від\s+|понад\s+|більше\s+)?(?P<low>\d{1,2})\+?\s*(?:рок\w+|літ)"
    r"|(?P<after>\d{1,2})\+?\s*(?:рок\w+|літ)\s+(?:\w+\s+)?досвід\w*",
    re.IGNORECASE,
)
_EXPERIENCE = re.compile(
    r"\b(?:experience\w*|exp|yoe|required|commercial\w*|background|hands-on|work(?:ed|ing)?|with|in|behind|professional\w*|minimum|at\s+least)\b",
    re.IGNORECASE,
)
# "We have 12 years of experience", not "we are looking for somebody with 12".
_SEEK = r"(?!\s+(?:\w+\s+)?(?:looking|seeking|searching|hiring|after|in\s+(?:need|search)|open|recruiting|hoping|to\s+hire))"
_ABOUT_CLIENT = re.compile(
    r"\b(?:i|we|i've|we've|our\s+\w+|my\s+\w+|the\s+company|founded|since)\s+"
    rf"(?:have|has|had|lived|ran|run|worked|been|'ve|is|was|(?:am|are){_SEEK})\b"
    rf"|\b(?:i've|we've|маю|маємо)\b|\b(?:i'm|we're)\b{_SEEK}",
    re.IGNORECASE,
)
_EXPERT = re.compile(
    rf"\b(?:senior|sr\.?|lead|principal|staff|seasoned|veteran|expert|highly\s+experienced|very\s+experienced|top[\s-]tier)[\s-]+"
    rf"{_ROLE}\b|\b(?:senior|seniors|experts?)\s+(?:level|only)\b|\b(?:solution|software|chief)\s+architect\b"
    r"|\b(?:true|real|proven|absolute)\s+experts?\b|\b(?:senior|seasoned|top[\s-]tier)\s+(?:only|required|preferred|please)\b|\bexperts?\s+(?:please|required|needed)\b|\bсеньйор\w*|\bсіньйор\w*|\bsenior[\s-]рівн\w+|\bсин[іь]йор\w*|\bдосвідчен\w+\s+(?:розробник\w*|спеціаліст\w*|фахівц\w+|дизайнер\w*)"
    r"|\bsenior\b(?=\s+[\w#+./]+\s+розробник)",
    re.IGNORECASE,
)
_MIDDLE = re.compile(
    rf"\b(?:mid[\s-]?level|mid[\s-]senior|intermediate|middle)\b(?=[\s-]+{_ROLE}\b|\s+(?:is|are|level)\b)|\bмідл\w*|\bmiddle\b(?=\s+\w*\s*\w*[а-яі])"
    r"|\bсередн\w+\s+рівн\w+",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    rf"\b(?:junior|jr\.?|entry[\s-]level|intern(?:ship)?[\s-]level|novice)[\s-]+{_ROLE}\b|\bentry[\s-]level\b"
    r"|\b(?:beginners?|newbies|students?|interns?|(?:fresh|recent)\s+graduates?|juniors?|newcomers?)\b[^.!?,;]{0,25}\b(?:welcome|fine|ok|okay|enough|can\s+apply|"
    r"encouraged)\b|\bsuits?\s+(?:students|beginners)\b|\bstart\s+of\s+(?:their|your|a)\s+career\b"
    r"|\bno\s+(?:prior\s+|previous\s+)?experience\s+(?:is\s+)?(?:needed|required|necessary)\b|\bexperience\s+(?:is\s+)?not\s+(?:needed|required|necessary)\b"
    r"|\bno\s+experience\b[^.!?\n]{0,25}\b(?:needed|required|necessary)\b"
    r"|\b(?:fine|perfect|ideal|great|suitable|good|okay|ok|open)\s+(?:for|to)\s+(?:an?\s+)?(?:beginners?|students?|juniors?|newbies?|newcomers?|starters?|interns?|freshers?)\b"
    r"|\bfreshers?\b|\bnew\s+(?:to|on)\s+(?:upwork|the\s+platform)\s+(?:is\s+|are\s+)?(?:also\s+)?(?:fine|ok|okay|welcome)\b"
    r"|\bновач(?:ок|к\w+)|\bдля\s+початківця|\bпочатківц\w+|\bджун\w*|\bбез\s+досвіду\b|\bдосвід\w*\s+не\s+(?:потріб\w+|обов'язков\w+)|\bстудент\w*",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:our|my|the|other|with\s+(?:a|our)|reports?\s+to\s+(?:a|our)|as\s+an?|by\s+(?:a|our)|i\s+am\s+an?|i'm\s+an?|we\s+are\s+an?|from\s+an?|under\s+an?|school)\s+$",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"\b(?:not|no|don't|without|isn't|instead\s+of|не)\s+(?:\w+\s+){0,3}$", re.IGNORECASE)
_EITHER = re.compile(
    r"\b(?:junior|senior|beginner|expert)\w*\s*(?:or|/|and|to)\s*(?:junior|senior|beginner|expert)",
    re.IGNORECASE,
)
_NOT_PEOPLE = re.compile(
    r"^(?:expert|senior)\s+(?:systems?|living|citizens?|care|homes?|years?)\b", re.IGNORECASE
)


def read_seniority(posting: JobPosting) -> Seniority:
    """The first sentence that asks for a level decides; years count more than adjectives."""
    named: Seniority | None = None
    for offset, sentence in spans(posting.text):
        plain = sentence.replace("’", "'")
        if _EITHER.search(plain):
            continue
        if found := _years(plain):
            years, span = found
            level = (
                ExperienceLevel.ENTRY
                if years < 2
                else ExperienceLevel.INTERMEDIATE
                if years < 5
                else ExperienceLevel.EXPERT
            )
            return _compared(posting, Seniority(level, years, quote_at(offset, sentence, span)))
        if named is None and (hit := _named(plain)):
            level, span = hit
            named = Seniority(level, None, quote_at(offset, sentence, span))
    return _compared(posting, named) if named else Seniority(posting.experience)


def _compared(posting: JobPosting, asked: Seniority) -> Seniority:
    differs = posting.experience is not None and posting.experience is not asked.level
    return Seniority(asked.level, asked.years, asked.quote, differs)


def _years(sentence: str) -> tuple[int, tuple[int, int]] | None:
    for pattern in (_YEARS, _UK_YEARS):
        for match in pattern.finditer(sentence):
            around = sentence[max(0, match.start() - 60) : match.end() + 40]
            if _ABOUT_CLIENT.search(sentence[: match.start()]):
                continue
            if pattern is _YEARS and not _EXPERIENCE.search(around):
                continue
            low = (match["low"] or match["after"]).lower() if pattern is _UK_YEARS else match["low"].lower()
            return _WORDS.get(low) or int(low), match.span()
    return None


def _named(sentence: str) -> tuple[ExperienceLevel, tuple[int, int]] | None:
    for level, pattern in (
        (ExperienceLevel.ENTRY, _ENTRY),
        (ExperienceLevel.INTERMEDIATE, _MIDDLE),
        (ExperienceLevel.EXPERT, _EXPERT),
    ):
        for match in pattern.finditer(sentence):
            before = sentence[: match.start()]
            if not (_OWN.search(before) or _REFUSED.search(before) or _NOT_PEOPLE.match(match.group())):
                return level, match.span()
    return None
