"""Proper names in a text: clients, products, places, people. Found by their spelling, so that no list of names is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.drafting.clauses import Sentence

_TOKEN = re.compile(
    r"(?<![\w])(?<!\d[-])(?<![a-z]/)(?<!\s\.)[^\W\d_][\w'’]*(?:[.&+/-][\w]+)*[+#]*", re.UNICODE
)
_GENERIC_WORDS = (
    # abbreviations that name a kind of thing, not a product, a client or a skill
    "API APIs PDF CSV UI UX UI/UX URL URLs ID IDs OK FAQ FAQs MVP NDA HTTP HTTPS PR PRs KPI KPIs ETA EOD UTC EST GMT CET PM AM"
    " EET EEST CEST BST PST PDT CST CDT MST EDT IST AEST"
    " USD EUR GBP UAH TODO CI CD CI/CD QA IT AI ROI B2B B2C SaaS CTA POC PoC RFC SLA US EU UK Upwork PS P.S Q MSc BSc PhD MBA"
    " BA BSc MA MSc VAT GST SKU SKUs IBAN Monday Tuesday Wednesday Thursday Friday Saturday Sunday January"
    " February March April June July"
    " August September October November December ФОП ПДВ ЄДРПОУ ТЗ ТОВ"
    " кВт МВт Вт кГц МГц ГГц мА дБ кОм ГБ МБ ТБ kW kWh MHz GHz kHz mAh dB Wh PNG JPG JPEG GIF SVG WebP WEBP MP4 MP3 WAV"
    " SRT TXT ZIP STL STEP DWG DXF PSD DOC DOCX XLS XLSX PPTX"
    " CTO CEO HR OS TV CV Regards Wishes A/B DB I'm I've I'd I'll I’m I’ve I’d I’ll"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
_FORMAT_WORDS = (
    # kinds of technology a plan may name without claiming a record
    "json xml html css sql rest etl ssl cms crm erp seo sdk cli jwt sso ocr orm mvc sms smtp dns cdn vps gdpr webp avif svg png"
    " jpg jpeg gif mp4 mp3 wav ttl ssh ftp sftp tls xlsx docx csv yaml markdown utm dkim spf dmarc imap oauth saml graphql grpc"
    " websocket websockets hls gpu cpu ram ssd vpn wifi bluetooth nfc qr gps iot srt txt zip stl step dwg dxf psd rgb cmyk srgb"
)
_FORMATS = frozenset(_FORMAT_WORDS.split())
_LINE_START = re.compile(r"(?:^|[\n:•*–—\"“«(→✅✔▪◦●■✓☑★]|[^\w\s'’,;.!?&)\]%$€£]|[-\d][.)]?)\s*$")
_CLIENT_TALK = re.compile(
    r"\b(?:довір\w+|клієнт\w*|замовни\w+|серед (?:тих|них|моїх|останніх)|працював\w* (?:з|для))",
    re.IGNORECASE,
)
_CLIENT_VERB = re.compile(
    r"\s+(?:(?:теж|вже|уже|раніше|також|досі|і|й|постійно|регулярно)\s+){0,2}(?:замов[ил]\w+|замовля\w+|користу\w+"
    r"|довіря\w+|довірил\w+"
    r"|обра[влн]\w*|найня\w+|найма\w+|запроси\w+|співпрацю\w+|доруч\w+|рекоменду\w+|працю\w+ зі мною|платил\w+|звертал\w+)",
    re.IGNORECASE,
)
_ANYBODY_WORDS = (
    "я ми ви вони він вона хто дехто багато люди клієнт клієнти клієнтка замовник замовники замовниця користувачі компанії"
    " команди магазини власники покупці усі всі які який вас мене нас"
)
_ANYBODY = frozenset(_ANYBODY_WORDS.split())
_LEGAL = re.compile(r"\s+(?:inc|llc|ltd|gmbh|corp|co|тов)\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """A run of capitalised words. `common` is true when every word of it is also an ordinary word ("Blue Ocean")."""

    quote: str
    start: int
    end: int
    common: bool


def find_names(sentence: Sentence) -> Iterator[Name]:
    """Names in one sentence; offsets are in the whole text. In Cyrillic text every Latin word counts as a name."""
    text = sentence.text
    cyrillic = sum("Ѐ" <= sign <= "ӿ" for sign in text) * 2 > sum(sign.isalpha() for sign in text)
    heading = text.rstrip().endswith(":") and len(text.split()) <= 8
    run: list[re.Match[str]] = []
    for token in [*_TOKEN.finditer(text), None]:
        joined = (
            token is not None
            and run
            and re.fullmatch(r"[ \t]|[ \t]&[ \t]", text[run[-1].end() : token.start()])
        )
        if token is not None and _is_name_word(token.group(), cyrillic=cyrillic) and (joined or not run):
            run.append(token)
            continue
        if run and (name := _name(sentence, run, heading=heading)):
            yield name
        run = [token] if token is not None and _is_name_word(token.group(), cyrillic=cyrillic) else []


def _is_name_word(word: str, *, cyrillic: bool) -> bool:
    bare = re.sub(r"['’]s$", "", word)
    if bare in _GENERIC or bare.rstrip("s") in _GENERIC or word in {"I", "A", "Я", "І", "В", "У", "З"}:
        return False
    kind, _, rest = bare.partition("-")
    if rest and rest.islower() and not rest.isascii() and (kind in _GENERIC or is_format(kind)):
        return False  # "IT-компанія", "PDF-файл"
    if cyrillic and word[0].isascii():
        return len(word) > 1
    return word[0].isupper() or any(sign.isupper() for sign in word[1:])


def _is_mark(text: str, place: int) -> bool:
    """Whether what stands before `place` lets a plain word begin with a capital; a dash after talk of clients does not."""
    mark = _LINE_START.search(text[max(0, place - 6) : place])
    if mark is None:
        return False
    dashed = mark.group().strip() in {"–", "—"} and text[:place].strip("–— ")
    return not (dashed and _CLIENT_TALK.search(text[:place]))


def _name(sentence: Sentence, run: list[re.Match[str]], *, heading: bool) -> Name | None:
    first = run[0]
    if _is_mark(sentence.text, first.start()) and _is_plain(first.group()) and not _is_odd(first.group()):
        said_so = _as_client(sentence.text, first)
        run = run if said_so else run[1:]
    if not run:
        return None
    words = [token.group() for token in run]
    common = all(is_common(word) and not _is_odd(word) for word in words)
    if common and heading:
        return None
    start, end = run[0].start(), run[-1].end()
    quote = _LEGAL.sub("", re.sub(r"['’]s$", "", sentence.text[start:end]))
    return Name(quote, sentence.start + start, sentence.start + start + len(quote), common)


def _as_client(text: str, first: re.Match[str]) -> bool:
    """A Cyrillic word at the start of a sentence or a quotation that the grammar shows to be a name."""
    if first.group()[0].isascii():
        return False
    before = text[: first.start()].rstrip()
    quoted = before[-1:] in {"«", "“", "„", '"'} and bool(before[:-1].strip())
    return quoted or (
        _CLIENT_VERB.match(text, first.end()) is not None and first.group().lower() not in _ANYBODY
    )


def _is_plain(word: str) -> bool:
    """Whether a capital at the start of a sentence says nothing: an ordinary word, or any Cyrillic one."""
    return is_common(word) or not word[0].isascii()


def _is_odd(word: str) -> bool:
    """Capitals inside a word ("PayPal", "AWS") are never there for grammar."""
    return any(sign.isupper() for sign in word[1:])


def is_common(word: str) -> bool:
    """Whether `word` is an ordinary English word, in some form of it."""
    low = re.sub(r"['’](?:s|m|ve|d|ll|re|t)$", "", word.lower())
    if all(part in common_words() for part in re.split(r"[-/]", low) if part):
        return True
    return any(
        low.endswith(end) and low.removesuffix(end) in common_words()
        for end in (
            "s",
            "es",
            "ed",
            "d",
            "ing",
            "ly",
            "er",
            "n't",
            "al",
            "able",
            "ful",
            "less",
            "ness",
            "ment",
            "ers",
            "ings",
        )
    )


def is_general(word: str) -> bool:
    """Whether `word` is an abbreviation for a kind of thing ("API")."""
    return word in _GENERIC


def is_format(word: str) -> bool:
    return word.lower() in _FORMATS


@cache
def common_words() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
