"""What the client wants to hold in hand at the end: "a landing page", "five rendered images". By grammar, not by a model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.matching.quotes import Quote, quote_at
from core.matching.sentences import spans
from core.matching.words import key_of, stem


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HEADS = _stems(
    " ".join(
        line
        for line in Path(__file__).with_name("deliverable_heads.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
)
# "Rulebook", "worksheet", "moodboard": what ends like a thing is one.
_HEAD_ENDINGS = re.compile(r"\w{3}(?:book|sheet|board|page|deck|kit|card)s?$")
# Names of several words are one word to the grammar.
_JOINED = re.compile(
    r"\b(?:voice[\s-]+overs?|(?:terms|conditions)[\s-]+(?:of|and|&)[\s-]+(?:service|use|sale|conditions)|bills?[\s-]+of[\s-]+materials"
    r"|(?:scope|statement)s?[\s-]+of[\s-]+work|proofs?[\s-]+of[\s-]+concept|standard[\s-]+operating[\s-]+procedures?|case[\s-]+stud(?:y|ies)"
    r"|articles[\s-]+of[\s-]+association|(?:press|media)[\s-]+kits?|business[\s-]+cards?|cheat[\s-]+sheets?|(?:test|use)[\s-]+cases?|user[\s-]+stories)\b",
    re.IGNORECASE,
)
_PAIRED = re.compile(r"\bprofit\s+and\s+loss(?=\s+\w)", re.IGNORECASE)
# Ways to say "want" in several words; what they swallow is not wanted itself.
_WANT = " want"
_WANTING = re.compile(
    r"\b(?:hand(?:ed)?\s+(?:over|in)|hand\s+(?:me|us)|end\s+up\s+with|comes?\s+with|hop(?:e|ing)\s+(?:for|to\s+(?:get|have|receive))"
    r"|looking\s+(?:for|to\s+(?:get|have|receive|order|buy|commission))|would\s+(?:like|love)(?:\s+to\s+(?:get|have|receive|see|order))?"
    r"|(?<=['’])d\s+(?:like|love|need|want)(?:\s+to\s+(?:get|have|receive|see|order))?|(?<=['’]m\s)after|(?<=\bam\s)after|(?<=\bare\s)after|(?<=['’]re\s)after|in\s+(?:need|search)\s+of"
    r"|deliverables\s+(?:are|include)|help\s+(?:me|us)\s+with(?=\s+an?\b)|(?:goal|outcome|output|aim|(?:end|final)\s+(?:result|product)|result|deliverables?)\s*(?:is|are|:|(?:should|will|must|would)\s+be)"
    r"|(?:turn|convert|transform|redesign|rewrit|remak|rework|condens|repurpos|adapt)\w*\s+(?:[\w'’-]+\s+){0,5}?into"
    r"|(?:should|must|will)\s+(?:also\s+)?(?:include|contain)|(?:is|are|be)\s+delivered\s+(?:as|with)|set\s+me\s+up\s+with|що\s+маємо\s+отримати|на\s+виході(?:\s*[:—–-])?)(?!\w)",
    re.IGNORECASE,
)
_MAKE = _stems(
    "build create design redesign develop cut write rewrite subtitle make produce deliver prepare compile draw"
    " draft generate add implement code compose record shoot film edit program set need want require seek"
    " order looking look like wish hire provide expect become compile layout rebuild extend do does receive finalize"
    " finish convert sketch illustrate animate translate craft implement commission model render"
    " скласти перекласти зняти записати озвучити зібрати налаштувати замовляємо замовити переробити потребуємо зробіть"
    " створіть розробіть напишіть намалюйте підготуйте зверстайте складіть потребуємо чекаємо"
    " очікуємо зробити створити розробити написати намалювати оформити"
    " потрібно потрібен потрібна потрібні треба хочемо хочу шукаємо змонтувати підготувати додати зверстати"
)
_PAST = _stems(
    "built created designed developed wrote written made produced had has have ran showed designed recorded edited"
)
_RESET = re.compile(r"(?:,|\band\b|\bplus\b|\bта\b|\bі\b|&)\s*$", re.IGNORECASE)
_NUMBER = (
    r"\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty"
    r"|hundred|several|дві|два|три|чотири|п'ять|десять"
)
_COUNT = re.compile(rf"(?:{_NUMBER})$", re.IGNORECASE)
_DETERMINERS = _words("a an one another some один одну одна")
_REMADE = _stems(
    "rewrite redesign rework revise refresh polish rebuild reformat out retouch переписати оновити переробити"
)
"""What is done to a thing of the client's own, which comes back as a new one; "out" as in "lay out"."""
_MADE_NEW = _stems("build write prepare draft compile deliver compose design create produce develop")
_OWNED = _words(
    "our my the your their its his her this that these those existing current наш наша наше нашу нашого "
    "мій моя мою цей ця"
)
_PREPOSITIONS = _words(
    "with for of from on in to by about at into through as per than like similar using via without "
    "between для з із зі на в у до про через без по від"
)
_WORK = _words(
    "maintain maintaining setting up manage managing improve optimize support update testing building creating"
)
_GATHERED = _words(
    "sequence set series batch bundle collection pack couple total range minutes hours pages words"
    " rounds версій серію набір комплект"
)
_HANDED = _stems("hand give provide deliver send надайте дайте")
_TO_US = _stems("shoot write add hire")
"""With "me" they ask for a word, not for work: "shoot me an email"."""
_VERBS = _words(
    "is are was were be been has have had will would can could should must may might do does did we"
    " i you they he she it us our my "
    "need needs want wants must let please є був була було були має мають ми ви я вони він вона треба потрібно потрібен потрібна "
    "потрібні хочемо шукаємо"
)
"""With none of them a line is a heading: "Weekly newsletter on bees"."""
_CHAIN = re.compile(
    r"\s*(?:[,+&/;✅•|]|\band\b|\bplus\b|\bта\b|\bі\b|\bй\b|\s)+(?:an?\b|the\b|one\b)?\s*", re.IGNORECASE
)
_CYRILLIC = re.compile(r"[а-яіїєґ]", re.IGNORECASE)
_WITH_WHAT = re.compile(r"(?:[оеє]м|им|ами|ями|[оеє]ю)$")
"""The Ukrainian instrumental: "з особистим кабінетом"."""
_GIVEN = re.compile(
    r"\b(?:attached|ready|exists?|existing|below|included|done|available|enclosed|supplied|готов\w+|додан\w+|додаєм\w*|надам\w*)\b|\?\W*$",
    re.IGNORECASE,
)
_NO_HEADING = _stems(
    "budget file question test form text files post price plan terms time design дизайн текст бюджет"
)
"""Alone at the head of a line they name a condition, not a thing: "Files by e-mail", "Budget 50$"."""
_FORMATS = _stems(
    "pdf docx dxf dwg step stl obj psd svg mp3 wav srt vtt gif file files sheets format source vector vectors"
)
_NO_THING = re.compile(
    r"\b(?:google|facebook|meta|tiktok|amazon|linkedin|apple)\s+(?:sheets|docs|slides|forms|ads|maps|drive|books|store)$|\b(?:code|peer)\s+reviews?$"
    r"|^(?:an?\s+)?(?:paid\s+)?(?:test|trial|sample)\s+(?!cases?|plans?|suites?|reports?)\w+$|\b(?:long|short|full|part)[\s-]+\w+$(?<=term)",
    re.IGNORECASE,
)
"""Names and doings that end like a thing."""
_LIST_LEAD = re.compile(
    r"(?:\b(?:each|every|per)\s+(?:week|month|day|episode|article|video)|\bneed(?:ed|s)?|\bdeliver(?:s|y|ables?)?|\bwant|\bscope|\btasks?|\boutput|\bincludes?|\bwe\s+expect"
    r"|\bmonthly|\bweekly|\bwanted|\brequired|потрібно|потрібні|треба|щотижня|щомісяця|завдання|результат|виході)\s*$",
    re.IGNORECASE,
)
_MEASURES = _stems("page pages slide slides screen screens word minute сторінка сторінок")
_VERB_LIKE = re.compile(r"(?:[аиіуя]ти(?:ся)?|ємо|имо|ють|ять|ить|ає|ує)$")
_STOP = (
    _DETERMINERS
    | _OWNED
    | _PREPOSITIONS
    | _WORK
    | _words(
        "and or plus but is are be was were will would should must can could may that which who whose where "
        "when we i you they it please also then so if need needs want wants build builds create design "
        "develop write make makes produce deliver prepare compile draw draft generate add implement code "
        "compose record edit do does receive expect become compile finalize finish convert"
        " illustrate animate translate craft implement "
        "commission rebuild extend redesign rewrite us me no not any all each every і та або але що який яка яке які щоб ми ви "
        "треба потрібно потрібен потрібна потрібні хочемо хочу зробити створити розробити написати "
        "змонтувати оформити намалювати шукаємо додати"
    )
)
_AFTER = _PREPOSITIONS | _words(
    "has have shall may needs required needed included wanted a an the i we you every each per twice once and or plus but that which should must will would"
    " can could who where when made is are each weekly "
    "monthly daily so running based і та або але що який яка яке які щоб під"
)
_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\w)|[^\W_](?:[\w'’+#&/.-]*[\w+#])?")
_LIST_HEAD = re.compile(
    r"^(?:the\s+)?(?:deliverables?|what\s+(?:you|we)\s+(?:will\s+)?(?:deliver|get|expect|need)|scope|you\s+deliver|результат\w*|що\s+потрібно)"
    r"[^.!?]{0,30}:?\s*$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?:[-*•–—·▪✓✔]|\d{1,2}[.)])\s*")
_PEOPLE = re.compile(
    r"(?:users?|customers?|clients?|visitors?|guests?|testers?|students?|people|applicants?|candidates?)$"
)
_BACK_OFF = re.compile(
    r"\b(?:you(?:'ve|\s+have)|have\s+you|did\s+you|we\s+(?:already\s+)?have|we\s+built|previous|past)\b",
    re.IGNORECASE,
)
_DEMANDED = re.compile(
    r"[^.:;]{0,60}?\b(?:is|are|will\s+be|must\s+be|should\s+be)\s+(?:also\s+)?(?:required|needed|expected|wanted|included)\b",
    re.IGNORECASE,
)
_FROM_APPLICANTS = _stems(
    "resume cv letter portfolio demo nda sample proposal profile reference references review reviews bio form test"
)
"""What a client may demand before any work begins."""
LIMIT = 8
_REACH = 30


@dataclass(frozen=True, slots=True)
class Deliverable:
    """`text` is the thing in the client's words with its count, without the article; `quote` the sentence that asks for it."""

    text: str
    quote: Quote


def find_deliverables(title: str, description: str) -> tuple[Deliverable, ...]:
    """The things asked for, at most `LIMIT`, the description's wording before the title's. Offsets are into title, line
    break, description."""
    shift = len(title) + 1
    found: list[Deliverable] = []
    seen: list[frozenset[str]] = []
    in_list = False
    for offset, sentence in spans(description):
        listed = in_list and bool(_BULLET.match(sentence))
        in_list = bool(_LIST_HEAD.match(sentence)) or listed
        for text, span in _things(sentence, listed=listed):
            keys = frozenset(key_of(text))
            if not any(keys <= other or other <= keys for other in seen):
                seen.append(keys)
                found.append(Deliverable(text, quote_at(shift + offset, sentence, span)))
    # A title sums up: beside a described thing its own is the same thing in other words.
    for offset, sentence in spans(title) if not found else ():
        for text, span in _things(sentence, titled=True):
            found.append(Deliverable(text, quote_at(offset, sentence, span)))
    return tuple(found[:LIMIT])


def _hyphened(match: re.Match[str]) -> str:
    return re.sub(r"[\s&]", "-", match.group())


def _things(
    sentence: str, *, listed: bool = False, titled: bool = False
) -> Iterator[tuple[str, tuple[int, int]]]:
    joined = _PAIRED.sub(_hyphened, _JOINED.sub(_hyphened, sentence))
    joined = _WANTING.sub(lambda match: _WANT.ljust(len(match.group())), joined)
    tokens = list(_TOKEN.finditer(joined))
    words = [token.group().lower().replace("’", "'") for token in tokens]
    heading = _is_heading(words) and not _GIVEN.search(joined)
    last_end = -1
    for index, word in enumerate(words):
        last = stem(word.rsplit("-", 1)[-1])
        if not _is_head(word, last) or not _ends_here(joined, tokens, words, index):
            continue
        first = _first(joined, tokens, words, index)
        start, end = tokens[first].start(), tokens[index].end()
        if _NO_THING.search(joined[start:end]) or _is_aside(
            joined[:start], words, (first, index), beside=last_end >= 0
        ):
            continue
        if _is_command(joined, tokens, words, index):
            continue
        # "A shop: catalogue, cart, checkout" asks for one thing and tells its parts.
        if (
            first == index
            and 0 <= last_end <= joined.rfind(":", 0, start)
            and "," in joined[start:] + joined[last_end:start]
        ):
            continue
        # "…illustrations + cover": a member of the same list.
        measured = _COUNT.match(words[first]) is not None and last in _MEASURES
        chained = last_end >= 0 and not measured and _CHAIN.fullmatch(joined, last_end, start) is not None
        if chained or _wanted(
            joined, tokens, words, (first, index), listed=listed, titled=titled, heading=heading
        ):
            last_end = end
            yield sentence[start:end], (start, end)


def _is_head(word: str, last: str) -> bool:
    return last in _HEADS or _JOINED.fullmatch(word) is not None or _HEAD_ENDINGS.search(word) is not None


def _is_aside(lead: str, words: list[str], span: tuple[int, int], *, beside: bool) -> bool:
    """Whether brackets say more of a thing, its form or its parts: "drawings (PDF and DXF)", "a site (7 pages, a blog)"."""
    first, index = span
    if lead.count("(") <= lead.count(")"):
        return False
    return beside or stem(words[index]) in _MEASURES or (stem(words[index]) in _FORMATS and first == index)


def _is_command(text: str, tokens: list[re.Match[str]], words: list[str], index: int) -> bool:
    """Whether the first word of a sentence is a verb: "Copy 500 cards", "Design a menu"."""
    if index or len(words) == 1 or text[tokens[0].end() : tokens[1].start()].strip():
        return False
    return words[1] in _DETERMINERS or words[1] in _OWNED or _COUNT.match(words[1]) is not None


def _is_heading(words: list[str]) -> bool:
    if any(word in _VERBS or "'" in word for word in words) or any(stem(word) in _PAST for word in words):
        return False
    return len(words) <= 40 and not any(_VERB_LIKE.search(word) for word in words)


def _ends_here(text: str, tokens: list[re.Match[str]], words: list[str], index: int) -> bool:
    """Whether the noun phrase is over after this word: "landing page copywriter" is no page."""
    if index + 1 == len(tokens):
        return True
    gap = text[tokens[index].end() : tokens[index + 1].start()]
    following = words[index + 1]
    if words[index] in _GATHERED and following in {"of", "з", "із"}:
        return False
    if _CYRILLIC.match(words[index]):
        # The Ukrainian noun comes first and its genitive after it.
        return True
    return bool(gap.strip()) or following in _AFTER or following.endswith("ed") or following[0].isdigit()


def _first(text: str, tokens: list[re.Match[str]], words: list[str], index: int) -> int:
    first = index
    while first > 0 and index - first < 6:
        gap = text[tokens[first - 1].end() : tokens[first].start()]
        previous = words[first - 1]
        if gap.strip() or previous in _STOP:
            break
        if _CYRILLIC.match(previous) and (stem(previous) in _MAKE or _VERB_LIKE.search(previous)):
            break
        first -= 1
        if _COUNT.match(words[first]):
            break
    return first


def _wanted(
    text: str,
    tokens: list[re.Match[str]],
    words: list[str],
    span: tuple[int, int],
    *,
    listed: bool,
    titled: bool,
    heading: bool,
) -> bool:
    """Whether the sentence asks for the phrase from the first to the last word of `span`."""
    first, index = span
    before = words[:first]
    lead = text[: tokens[first].start()]
    if before == ["the"]:
        return any(word in {"should", "must"} for word in words[first : first + 5])
    if before and before[-1] in _OWNED:
        verb = stem(before[-2]) if len(before) > 1 else ""
        return verb in _REMADE or (before[-1] in {"the", "our", "my"} and verb in _MADE_NEW)
    begins = not before or (len(before) == 1 and before[0] in _DETERMINERS)
    if begins:
        counted = bool(before) or bool(_COUNT.match(words[first]))
        following = words[first : first + 8]
        modal = " has to " in f" {' '.join(following)} " or any(
            word in {"should", "must", "має", "повинен"} for word in following
        )
        wanted = any(word in {"потрібен", "потрібна", "потрібно", "потрібні"} for word in following) or (
            bool(following[index - first + 1 : index - first + 2])
            and following[index - first + 1] in {"required", "needed", "wanted"}
        )
        headed = (
            heading
            and not (index == first and stem(words[index]) in _NO_HEADING)
            and stem(words[index]) not in _FORMATS
            and not _PEOPLE.match(words[first])
        )
        return (
            listed
            or titled
            or counted
            or headed
            or wanted
            or (modal and (bool(before) or stem(words[index]) not in _NO_HEADING))
        )
    if _BACK_OFF.search(lead):
        return False
    if _DEMANDED.match(text, tokens[index].end()) and stem(words[index]) not in _FROM_APPLICANTS:
        return True
    cyrillic = _CYRILLIC.match(words[first]) is not None
    among = next((word for word in reversed(before) if word not in {"та", "і", "й"}), "")
    fixed = (
        (cyrillic and not _WITH_WHAT.search(words[first]) and not _WITH_WHAT.search(among))
        or before[-1] in _DETERMINERS
        or bool(_COUNT.match(words[first]))
    )
    if _in_colon_list(lead, fixed=fixed):
        return True
    if heading and bool(_COUNT.match(words[first])):
        if lead.rstrip().endswith((",", "+", ";")) or not any(word in _PREPOSITIONS for word in before):
            return True
    for place in range(len(before) - 1, max(-1, len(before) - _REACH), -1):
        word = before[place]
        if word in {"me", "us"}:
            return place > 0 and fixed and stem(before[place - 1]) in (_HANDED | _MAKE) - _TO_US
        if stem(word) in _MAKE:
            return (
                "not" not in before[max(0, place - 2) : place]
                and "don't" not in before[max(0, place - 2) : place]
            )
        if stem(word) in _PAST:
            return False
        if word == "of" and before[place - 1 : place] and before[place - 1] in _GATHERED:
            continue
        if word in _PREPOSITIONS and not (word == "for" and before[place - 1 : place] == ["looking"]):
            # "…in Blender plus five images": a new member of the list, not part of the place.
            members = text[: tokens[first].start()].rstrip()
            members = re.sub(r"\b(?:an?|one)$", "", members, flags=re.IGNORECASE).rstrip()
            if not (fixed and _RESET.search(members)):
                return False
    return False


def _in_colon_list(lead: str, *, fixed: bool) -> bool:
    """Whether a phrase is an item after a colon: "Every week: show notes, 5 clips and a thumbnail"."""
    head, colon, items = lead.rpartition(":")
    if (
        not colon
        or _GIVEN.search(head)
        or re.search(r"\b(?:test|trial)\b", head)
        or not (fixed or _LIST_LEAD.search(head))
    ):
        return False
    if any(word.lower() in _VERBS for word in re.findall(r"[\w']+", items)):
        return False
    bare = re.sub(r"\b(?:an?|one)$", "", items.rstrip(), flags=re.IGNORECASE).rstrip()
    return not bare or bare.endswith(";") or _RESET.search(bare) is not None
