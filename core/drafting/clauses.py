"""Who a clause speaks about: the writer's own record, or the client's job and plans for it.

The difference decides what may support a statement. "I built X for Acme" needs a fact of the user's; "your Acme account" is
supported by the posting. A clause that denies something ("I have not used X yet") claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'»”)]*\s+|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?i:e\.g|i\.e|vs|incl|т\.д|т\.п|напр|тис|млн)|\b(?:Mr|Ms|Mrs|Dr|No|Inc|ін|св)|\b[A-ZА-ЯІЇЄҐ])\.$"
)
_CLAUSE_END = re.compile(
    r"[;:()—–]|\s-\s|,(?!\d)|\b(?:but|which|while|because|so|where|that|although|though|whereas|as your|as you)\b"
    r"|\band (?=(?:I|we|my|our|you|your|it|this|the)\b)|\b(?:але|який|яка|яке|які|бо|тому|тож|що|а)\b"
)
_ME = re.compile(
    r"\b(?:i|we|my|our|me|us|mine|ours|myself)\b|\bi['’](?:m|ve|d|ll)\b"
    r"|\b(?:я|ми|мій|моя|моє|мої|мого|моєї|моєму|моїй|мою|моїм|моїх|мене|мені|мною|наш\w*|нас|мой|мои|мне|меня|моем|моей)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:you|your|yours|you['’]re|ви|вам|вас|вами|ваш\w*|вы|client['’]s)\b", re.IGNORECASE)
_AHEAD = re.compile(
    r"\b(?:will|would|can|could|shall|should|may|might|let['’]?s|(?:send|tell|give|show|write|let) (?:me|us)"
    r"|propose|suggest|offer|hope|plan|approach|план\w*"
    r"|want|like to|love to|look(?:ing)? forward|ready|happy|glad|excited|interested|available|understand|understood|see|read"
    r"|reading|notice|noticed|seen|looked|reviewed|gone through|think|believe|suppose|assume|expect|guess|ask|wonder|need"
    r"|have in mind|start by|begin with|going to|if we|when we|once we|questions?)\b|['’](?:ll|d)\b"
    r"|\b(?:можу|зможу|можемо|буду|будемо|зроблю|зробимо|пропоную|хочу|хотів\w*|готов\w*|планую|радо|рад|рада|розумію|бачу|прочита\w*"
    r"|напишу|перевірю|візьмусь|візьмуся|почну|почати|покажу|запропоную|підготую|питання|запитання|могу|смогу|готов|понимаю)\b",
    re.IGNORECASE,
)
_RECORD = re.compile(
    r"(?<![\w-])(?<!is )(?<!are )(?<!be )"
    r"(?:experienc\w*|expertise|background|portfolio|track record|certifi\w+|expert (?:in|at|with)"
    r"|fluent|specialis\w+|specializ\w+|previously|formerly|employ\w+|hired|worked|built|shipped|delivered|led|managed"
    r"|founded|graduated"
    r"|degree|award\w*|досвід\w*|портфоліо|клієнт\w*|замовник\w*|сертифік\w*|працюва(?:в|ла|ли|вши)|розроби[влі]\w*|створи[влі]\w*|зроби[влі]\w*"
    r"|стаж\w*|опыт\w*|клиент\w*|работал\w*|сделал\w*)\b"
    r"|\b(?:my|our|past|previous|former|happy) (?:clients?|customers?)\b"
    r"|\b(?:clients?|customers?) (?:include|such as|like|were)\b"
    r"|^\W*(?:clients?|customers?)\b"
    r"|\b\d+\+?[\s-]*(?:years?|yrs?|рок\w*|рік|років|лет|год\w*)\b|\b(?:years|decades?) (?:of|in|with)\b",
    re.IGNORECASE,
)
_MY_RECORD = re.compile(
    r"\b(?:my|our|мій|моя|мо\w{1,3}|наш\w*)\s+(?:[\w.+#-]+\s+){0,4}?"
    r"(?:experience|expertise|background|knowledge|skills?|years|portfolio|clients?|projects?|досвід\w*|знання|проєкт\w*)\b",
    re.IGNORECASE,
)
_DENIED_RECORD = re.compile(
    r"\bno (?:direct |prior |real )?(?:experience|background|knowledge)\b"
    r"|\b(?:not|never|haven['’]?t|hadn['’]?t)\s+(?:yet\s+|ever\s+)?"
    r"(?:used|worked|tried|done|built|touched|been|had|connected|integrated|deployed|installed|configured|set up"
    r"|learn(?:ed|t)|handled|written|edited|translated|designed|recorded|animated|sold|shipped)\b|\byet to\b"
    r"|\black\b|\bnew to me\b"
    r"|\b(?:do not|don['’]?t) (?:yet )?(?:know|have|use|do|speak|offer|work (?:in|with))\b"
    r"|\bне (?:маю|мав|мала|прац\w+|роби\w*|роблю|знаю|володію|використову\w+|корист\w+|пробува\w+|підключа\w+)\b"
    r"|\bнемає досвіду\b|\bще не\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\W*(?:which|that|як(?:ий|а|е|і|ого|ої|им|ою|ими|их))\b", re.IGNORECASE)
_I_DO = re.compile(
    r"\b(?!дяку|сподіва|чека|бажа|віта|пропону|плану|розумі|шука|пиш)[а-яіїєґ'’]{2,}(?:юю|аю|яю|ую|ію)\b"
    r"|\b(?:роблю|веду|пишу|створюю|керую|їжджу|вмію)\b"
    r"|\b(?!справ\b|прав\b)[а-яіїєґ'’]{3,}(?:ував|увала|ив|ила|ав|ала|яв|яла|ніс|несла)\b",
    re.IGNORECASE,
)
"""Ukrainian verbs carry their "I" in the ending."""


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Clause:
    """`own` is true when it speaks about the writer's record; `start` and `end` are offsets in the whole text.

    `denied` marks one that says what the writer has not done, `ahead` one that wishes, plans or offers.
    """

    start: int
    end: int
    own: bool
    denied: bool = False
    ahead: bool = False


def split_sentences(text: str) -> list[Sentence]:
    """Sentences and lines with their offsets; an abbreviation's dot ends nothing."""
    sentences: list[Sentence] = []
    start = 0
    for gap in _SENTENCE_END.finditer(text):
        if "\n" not in gap.group() and _ABBREVIATION.search(text[start : gap.start()].rstrip("\"'»”)")):
            continue
        sentences.append(Sentence(text[start : gap.start()], start))
        start = gap.end()
    sentences.append(Sentence(text[start:], start))
    return [sentence for sentence in sentences if sentence.text.strip()]


def split_clauses(sentence: Sentence) -> Iterator[Clause]:
    """The clauses of one sentence. One without a subject of its own continues what the one before it spoke about."""
    found: list[Clause] = []
    before: bool | None = None
    start = 0
    cuts = [match.start() for match in _CLAUSE_END.finditer(sentence.text)]
    asks = sentence.text.rstrip().endswith("?")
    for cut in [*cuts, len(sentence.text)]:
        if cut <= start:
            continue
        part = sentence.text[start:cut]
        own = _speaks_of_me(part, before) and not (asks and not _RECORD.search(part))
        denied = _DENIED_RECORD.search(part) is not None
        if denied and _RELATIVE.match(part):
            # "Klaviyo, which I have never used": the comma alone is a clause to us, the name stands before it.
            found[-2:] = [replace(clause, denied=True) for clause in found[-2:]]
        ahead = _AHEAD.search(part) is not None
        found.append(Clause(sentence.start + start, sentence.start + cut, own, denied, ahead))
        before = own
        start = cut
    yield from found


def _speaks_of_me(clause: str, before: bool | None) -> bool:
    if _DENIED_RECORD.search(clause):
        return False
    if _MY_RECORD.search(clause):
        return True
    about_you = _YOU.search(clause) is not None
    if _ME.search(clause) or (_I_DO.search(clause) and not about_you):
        return _AHEAD.search(clause) is None or (_RECORD.search(clause) is not None and not about_you)
    if _RECORD.search(clause) and not about_you:
        return True
    if about_you:
        return False
    return bool(before)
