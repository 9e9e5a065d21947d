"""What the client wants to hold in hand at the end: "a landing page", "five rendered images". By grammar, not by a model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.matching.quotes import Quote, quote_at
from core.matching.sentences import spans
from core.matching.words import key_of, stem


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HEADS = _stems(
    "website site page pages app application apps platform marketplace store shop portal dashboard panel"
    " extension plugin widget module component script bot chatbot scraper parser crawler api endpoint"
    " integration pipeline tool importer exporter macro template theme prototype mvp wireframe mockup logo"
    " banner flyer brochure poster infographic icon illustration cover packaging label menu card invitation"
    " guide book ebook manual documentation article post posts caption blog newsletter email copy description"
    " descriptions script screenplay story novel memoir report audit analysis spreadsheet workbook"
    " presentation deck slide slides video reel reels trailer animation voiceover jingle song track artwork"
    " image photo render model game level shader course lesson quiz question survey test tests subtitles"
    " transcript database schema crm erp network engine system plan strategy campaign calendar list notebook"
    " stickers emoji invoice font mascot avatar сайт сайту лендинг лендінг сторінка сторінку магазин"
    " застосунок додаток бот бота чат-бот логотип візитка візитку візитівка візитівку банер презентація"
    " презентацію стаття статтю статті статей допис дописів пост постів текст текстів відео ролик ролики макет"
    " дизайн ілюстрація ілюстрацію ілюстрацій звіт таблиця таблицю скрипт парсер плагін інтеграція інтеграцію"
    " мережа мережу платформа платформу панель каталог брошура брошуру листівка листівку обкладинка обкладинку"
)
_VOICE_OVER = re.compile(r"\b(voice)[\s-]+(overs?)\b", re.IGNORECASE)
_MAKE = _stems(
    "build create design redesign develop write rewrite subtitle make produce deliver prepare compile draw"
    " draft generate add implement code compose record shoot film edit program set need want require seek"
    " order looking look like wish hire provide зробити створити розробити написати намалювати оформити"
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
_GATHERED = _words("sequence set series batch bundle collection pack couple total range серію набір")
_STOP = (
    _DETERMINERS
    | _OWNED
    | _PREPOSITIONS
    | _WORK
    | _words(
        "and or plus but is are be was were will would should must can could may that which who whose where "
        "when we i you they it please also then so if need needs want wants build builds create design "
        "develop write make makes produce deliver prepare compile draw draft generate add implement code "
        "compose record edit us me no not any all each every і та або але що який яка яке які щоб ми ви "
        "треба потрібно потрібен потрібна потрібні хочемо хочу зробити створити розробити написати "
        "змонтувати оформити намалювати шукаємо додати"
    )
)
_AFTER = _PREPOSITIONS | _words(
    "and or plus but that which should must will would can could who where when made is are each weekly "
    "monthly daily so running based і та або але що який яка яке які щоб під"
)
_TOKEN = re.compile(r"[^\W_](?:[\w'’+#&/.-]*[\w+#])?")
_LIST_HEAD = re.compile(
    r"^(?:the\s+)?(?:deliverables?|what\s+(?:you|we)\s+(?:will\s+)?(?:deliver|get|expect|need)|scope|you\s+deliver|результат\w*|що\s+потрібно)"
    r"[^.!?]{0,30}:?\s*$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?:[-*•–—·▪✓✔]|\d{1,2}[.)])\s*")
_BACK_OFF = re.compile(
    r"\b(?:you(?:'ve|\s+have)|have\s+you|did\s+you|we\s+(?:already\s+)?have|we\s+built|previous|past)\b",
    re.IGNORECASE,
)
LIMIT = 8


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


def _things(
    sentence: str, *, listed: bool = False, titled: bool = False
) -> Iterator[tuple[str, tuple[int, int]]]:
    joined = _VOICE_OVER.sub(lambda match: match[1] + "-" + match[2], sentence)
    tokens = list(_TOKEN.finditer(joined))
    words = [token.group().lower().replace("’", "'") for token in tokens]
    for index, word in enumerate(words):
        last = stem(word.rsplit("-", 1)[-1])
        if (last not in _HEADS and not word.startswith("voice-over")) or not _ends_here(
            joined, tokens, words, index
        ):
            continue
        first = _first(joined, tokens, words, index)
        if _wanted(joined, tokens, words, first, listed=listed, titled=titled):
            start, end = tokens[first].start(), tokens[index].end()
            yield sentence[start:end], (start, end)


def _ends_here(text: str, tokens: list[re.Match[str]], words: list[str], index: int) -> bool:
    """Whether the noun phrase is over after this word: "landing page copywriter" is no page."""
    if index + 1 == len(tokens):
        return True
    gap = text[tokens[index].end() : tokens[index + 1].start()]
    following = words[index + 1]
    return bool(gap.strip()) or following in _AFTER or following.endswith("ed") or following[0].isdigit()


def _first(text: str, tokens: list[re.Match[str]], words: list[str], index: int) -> int:
    first = index
    while first > 0 and index - first < 4:
        gap = text[tokens[first - 1].end() : tokens[first].start()]
        if gap.strip() or words[first - 1] in _STOP:
            break
        first -= 1
        if _COUNT.match(words[first]):
            break
    return first


def _wanted(
    text: str, tokens: list[re.Match[str]], words: list[str], first: int, *, listed: bool, titled: bool
) -> bool:
    """Whether the sentence asks for the phrase that begins at `first`."""
    before = words[:first]
    lead = text[: tokens[first].start()]
    if before and before[-1] in _OWNED:
        return False
    begins = not before or (len(before) == 1 and before[0] in _DETERMINERS)
    if begins:
        counted = bool(before) or bool(_COUNT.match(words[first]))
        modal = any(word in {"should", "must", "має", "повинен"} for word in words[first : first + 8])
        return listed or titled or counted or (modal and bool(before))
    if _BACK_OFF.search(lead):
        return False
    fixed = before[-1] in _DETERMINERS or bool(_COUNT.match(words[first]))
    for place in range(len(before) - 1, max(-1, len(before) - 14), -1):
        word = before[place]
        if word in {"me", "us"}:
            return False
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
