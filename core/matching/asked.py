"""What an applicant is asked to tell: the client's screening questions and those inside the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.jobs_feed.posting import JobPosting
from core.matching.instructions import find_instructions
from core.matching.quotes import Quote, locate, quote_at
from core.matching.sentences import spans


@dataclass(frozen=True, slots=True)
class Question:
    """`position` is Upwork's for a screening question and then there is no quote; one from the text has a quote instead."""

    text: str
    position: int | None = None
    quote: Quote | None = None


_YOU = re.compile(
    r"\b(?:you|your|yours|you've|you'd|ви|вас|вам|ваш\w*|вами|маєте|можете|готові|працювали|робили)\b",
    re.IGNORECASE,
)
# "How long will it take?" is for the applicant; "Which week sold most?" is what a report has to answer.
_ABOUT_TERMS = re.compile(
    r"^\W*(?:how\s+(?:long|much|soon|fast|many\s+(?:hours|days|weeks))|скільки\s+(?:часу|коштує|коштуватиме|днів)|як\s+швидко|як(?:ий|а)\s+"
    r"(?:термін|ціна|вартість|строк))\b",
    re.IGNORECASE,
)
_LONGEST_REQUEST = 400
_RHETORICAL = re.compile(
    r"^\W*(?:tired\s+of|love\b|looking\s+(?:for|to)|ready\s+(?:for|to)|want\s+to|interested|sounds?\s+(?:good|interesting|like)|"
    r"does\s+(?:this|that|it)\s+sound|is\s+this\s+you|are\s+you\s+(?:full\s+of|up\s+for|tired|looking|ready|passionate|the\s+one|an?\s|someone|interested)|"
    r"think\s+you|why\s+(?:us|join|work\s+with)|do\s+you\s+(?:love|enjoy|want|dream)|got\s+what|what\s+are\s+you\s+waiting|"
    r"who\s+(?:are\s+we|we\s+are)|хочете|шукаєте|втомилися|любите|готові\s+до|цікаво)",
    re.IGNORECASE,
)
_HYPE = re.compile(
    r"^\W*(?:then|look\s+no|read\s+on|join|apply|great|perfect|so\s+do\s+we|if\s+so|тоді|приєднуй|чудово)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"(?:^|[,;:]\s+|\band\s+|\bplease\s+|\bkindly\s+|\bto\s+apply,?\s+)(?:please\s+|kindly\s+|briefly\s+|also\s+)*"
    r"(?:(?:tell|show|walk)\s+(?:me|us)\b|let\s+(?:me|us)\s+know\b|describe\b|explain\b|state\b|specify\b|share\b|include\b|mention\b|"
    r"outline\b|list\b|розкаж\w+|опиш\w+|вкаж\w+|поясн\w+|поділ\w+ся)",
    re.IGNORECASE,
)
_ABOUT_APPLICANT = re.compile(
    r"\b(?:you|your|you've|yours|similar|it\s+would\s+(?:cost|take)|ви|вас|ваш\w*|про|досвід\w*)\b",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    r"\b(?:handle|phone|number|e-?mail|whats\s?app|telegram|cv|resume|sample\s+of|for\s+free|any\s+(?:other\s+|further\s+)?questions)\b",
    re.IGNORECASE,
)
_CLOSING = "\"”»'’)"
LIMIT = 12


def find_questions(posting: JobPosting) -> tuple[Question, ...]:
    """Screening questions in Upwork's order, then those of the text, without repeats."""
    found: dict[str, Question] = {}
    for item in posting.questions:
        found.setdefault(_key(item.text), Question(item.text, position=item.position))
    text = posting.text
    told = [place for item in find_instructions(text) if (place := locate(text, item.sentence))]
    parts = list(spans(text))
    for index, (offset, sentence) in enumerate(parts):
        if any(place.offset <= offset < place.offset + len(place.text) for place in told):
            continue
        following = parts[index + 1][1] if index + 1 < len(parts) else ""
        if _asks(sentence, following):
            quote = quote_at(offset, sentence)
            found.setdefault(_key(sentence), Question(quote.text, quote=quote))
    return tuple(found.values())[: max(LIMIT, len(posting.questions))]


def _asks(sentence: str, following: str) -> bool:
    plain = sentence.replace("’", "'")
    if plain.rstrip(_CLOSING).endswith("?"):
        # An odd number of quotation marks: the question is one that somebody else is to answer.
        if (
            plain[-1] in _CLOSING
            or plain.count('"') % 2
            or "“" in plain
            or _RHETORICAL.match(plain)
            or _HYPE.match(following)
        ):
            return False
        return bool(_YOU.search(plain) or _ABOUT_TERMS.match(plain))
    request = _REQUEST.search(plain)
    if request is None or len(plain) > _LONGEST_REQUEST:
        return False
    asked = plain[request.start() :]
    return bool(_ABOUT_APPLICANT.search(asked)) and not _ATTACHED.search(asked)


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
