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
    r"\b(?:you|your|yours|you've|you'd|u|ur|ya|ви|вас|вам|ваш\w*|вами|маєте|можете|зможете|готові|працювали|робили|вмієте|знаєте|берете|плануєте)\b",
    re.IGNORECASE,
)
# "How long will it take?" is for the applicant; "Which week sold most?" is what a report has to answer.
_ABOUT_TERMS = re.compile(
    r"^\W*(?:how\s+(?:long|much|soon|fast|many\s+(?:hours|days|weeks))|(?:what(?:'s|s|\s+is)\s+(?:the\s+|a\s+)?(?:\w+\s+)?(?:price|cost|rate|timeline|turnaround|eta))|(?:any|ever|have)\s+(?:\w+\s+)?experience|"
    r"(?:may|can|could)\s+(?:i|we)\s+(?:see|have|get|ask|expect)|(?:any|what)\s+(?:red\s+flags|thoughts|ideas|suggestions|questions\s+for)|"
    r"скільки\s+(?:часу|коштує|коштуватиме|днів|годин|тижнів|за)|за\s+скільки|яка\s+(?:ваша\s+)?(?:ставка|вартість|ціна)|чи\s+є\s+(?:досвід|портфоліо|приклади)|як\s+швидко|як(?:ий|а)\s+"
    r"(?:термін|ціна|вартість|строк))\b",
    re.IGNORECASE,
)
# "Composed for games before?" leaves the "have you" out.
_EVER = re.compile(
    r"^\W*(?:ever\s+)?[a-z]+(?:ed|ne|lt)\b[^?]{0,80}\b(?:before|already|yet)\s*\?", re.IGNORECASE
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
    r"^\W*(?:then|look\s+no|read\s+on|join|apply|rent\s+it|sell\s+it|lend\s+it|earn\b|здайте|заробляй|great|perfect|so\s+do\s+we|if\s+so|тоді|приєднуй|чудово)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"(?:^\W*(?:\d{1,2}[.)]\s*)?|[,;:–—-]\s+|\band\s+|\bplease\s+|\bpls\s+|\bplz\s+|\bkindly\s+|\bto\s+apply,?\s+|\bта\s+|\bі\s+|\bй\s+)"
    r"(?:please\s+|pls\s+|plz\s+|kindly\s+|briefly\s+|also\s+|just\s+|будь\s+ласка,?\s+|просимо\s+)*"
    r"(?:(?:tell|show|walk|give)\s+(?:me|us)\b|let\s+(?:me|us)\s+know\b|describe\b|explain\b|state\b|specify\b|share\b|include\b|mention\b|"
    r"outline\b|list\b|indicate\b|confirm\b|clarify\b|summari[sz]e\b|elaborate\b|"
    r"answer\b|"
    r"розкаж\w+|опиш\w+|вкаж\w+|поясн\w+|поділ\w+ся|напиш\w+|покаж\w+|надішл\w+|надсилай\w+|назв\w+|зазнач\w+|уточн\w+|прикріп\w+|додайте|надайте|скиньте)"
    r",?(?:\s+будь\s+ласка,?)?",
    re.IGNORECASE,
)
_SEND = re.compile(
    r"(?:^\W*(?:\d{1,2}[.)]\s*)?|:\s+|\bplease\s+|\bpls\s+|\bplz\s+|\bkindly\s+|\bto\s+apply,?\s+)(?:please\s+|pls\s+|plz\s+|kindly\s+|also\s+|just\s+)*"
    r"(?:attach|provide|supply|submit|send|add|link)\b",
    re.IGNORECASE,
)
# What shows the applicant's work: asked for without a "your".
_MATERIAL = (
    r"(?:links?|portfolio|references?|screenshots?|case\s+stud(?:y|ies)|examples?|samples?|availability|timeline|estimate|rate|quote|time\s?zone|reel|showreel|"
    r"(?:previous|past|relevant|earlier|recent)\s+(?:\w+\s+)?(?:work|projects?)|посилан\w+|портфоліо|приклад\w*|роб[оі]т\w*|кейс\w*|вартість|ціну|термін\w*|строк\w*|ставк\w+|"
    r"часов\w+\s+пояс|доступність|графік)"
)
_SENT = re.compile(rf"\b(?:{_MATERIAL}|similar|you've|you\s+have|that\s+you|ur\s+work)\b", re.IGNORECASE)
_PLEASE = re.compile(
    rf"^\W*(?:\d{{1,2}}[.)]\s*)?(?:(?:a|an|rough|approximate|estimated|your|ur|орієнтовн\w+)\s+){{0,3}}(?:price|{_MATERIAL})\s*,?\s+"
    r"(?:please|pls|plz|будь\s+ласка)\b",
    re.IGNORECASE,
)
_ABOUT_APPLICANT = re.compile(
    rf"\b(?:you|your|you've|yours|u|ur|similar|it\s+would\s+(?:cost|take)|ви|вас|ваш\w*|свою|свій|свої|про|досвід\w*|коли\s+(?:змож|готов|мож)\w+|скільки|{_MATERIAL})\b",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    r"\b(?:handle|phone|number|e-?mail|whats\s?app|telegram|cv|resume|sample\s+of|so\s+(?:that\s+)?(?:i|we)\s+(?:can\s+)?(?:know|see)|номер\w*|телеграм\w*|тг|вайбер\w*|ватсап\w*|viber|пошт\w+|резюме|free|unpaid|безкоштовн\w+|for\s+free|any\s+(?:other\s+|further\s+)?questions)\b",
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
        return bool(_YOU.search(plain) or _ABOUT_TERMS.match(plain) or _EVER.match(plain))
    if _PLEASE.match(plain):
        return True
    if len(plain) > _LONGEST_REQUEST:
        return False
    for pattern, about in ((_REQUEST, _ABOUT_APPLICANT), (_SEND, _SENT)):
        if request := pattern.search(plain):
            asked = plain[request.start() :]
            if about.search(asked) and not _ATTACHED.search(asked):
                return True
    return False


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
