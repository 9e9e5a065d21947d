"""Contacts outside Upwork, however they are spelled. Sending one before a contract can cost the user the account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.drafting.lookalikes import View, view_of


class ContactKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    MESSENGER = "messenger"
    HANDLE = "handle"
    LINK = "link"
    OFF_PLATFORM = "off_platform"


@dataclass(frozen=True, slots=True)
class Contact:
    """`quote` is text[start:end] of the original, hidden characters included."""

    kind: ContactKind
    quote: str
    start: int
    end: int


_GAP = r"[\s.\-_*~|·•/\\'\"()\[\]{}<>,:]{0,3}"
_TLD = (
    r"(?:com|net|org|io|co|me|ua|uk|eu|de|pl|fr|es|it|nl|ch|at|se|no|us|ca|au|in|ru|by|kz|info|biz|dev|app|ai|xyz|online|site"
    r"|pro|gg|tech|email|mail)"
)
_AT = r"(?:@|\bat\b|\bсобака\b|\bsobaka\b|\b[эе]т\b|\bатто?\b|\bmonkey\b|\barroba\b|\ba\s?t\b)"
_DOT = r"(?:\.|\bdot\b|\bкрапка\b|\bточка\b|\bpunto\b|\bpoint\b|\bd\s?o\s?t\b)"
_WRAP_L, _WRAP_R = r"[\s\[({<*_~|\-/\\]{0,4}", r"[\s\])}>*_~|\-/\\]{0,4}"
_USER = r"[a-z0-9][a-z0-9.+_-]{0,63}"
_PROVIDER = (
    r"(?:g\s?-?mail|googlemail|yahoo|ymail|hot\s?mail|outlook|live|icloud|proton(?:mail)?|ukr|meta|mail|bigmir|i|aol|gmx|zoho|yandex"
    r"|tutanota|fastmail|джимейл|гмейл|гмайл)"
)
_EMAILS = (
    # A short part in nothing but look-alike letters stays Cyrillic in the view.
    re.compile(rf"{_USER}\s{{0,2}}@\s{{0,2}}[\w-]{{1,63}}(?:\s?\.\s?[\w-]{{2,24}}){{1,4}}"),
    re.compile(
        rf"{_USER}{_WRAP_L}{_AT}{_WRAP_R}[a-z0-9-]{{1,40}}{_WRAP_L}(?:dot|крапка|точка|punto|d\s?o\s?t){_WRAP_R}{_TLD}\b"
    ),
    re.compile(
        rf"{_USER}\s{{0,2}}[\[({{<*_~|]{{1,2}}\s?{_AT}\s?[\])}}>*_~|]{{1,2}}\s{{0,2}}[a-z0-9-]{{1,40}}{_WRAP_L}{_DOT}{_WRAP_R}{_TLD}\b"
    ),
    re.compile(rf"{_USER}{_WRAP_L}{_AT}{_WRAP_R}{_PROVIDER}\b(?:{_WRAP_L}{_DOT}?{_WRAP_R}{_TLD}\b)?"),
    re.compile(
        rf"{_USER}{_WRAP_L}(?:собака|sobaka|арроба|arroba){_WRAP_R}[\w-]{{1,40}}(?:{_WRAP_L}{_DOT}{_WRAP_R}[\w-]{{2,12}})?"
    ),
    re.compile(
        r"\b(?:my|моя|мій|мой|моє)\s+(?:e-?\s?mail|g-?\s?mail|mail|почта|пошта|емейл|імейл|мейл)\b(?:\s+(?:address|адрес\w*))?\s*(?:is|:|=|[-–—])\s*\S+"
    ),
    re.compile(r"(?:[a-z0-9._-][ ]){3,30}@[ ](?:[a-z0-9.-][ ]?){3,40}"),
)
_OPEN, _CLOSE = r"[\s\[({<*_~|\-]{0,4}", r"[\s\])}>*_~|\-]{0,4}"
_SIGNS = {
    ".": rf"{_OPEN}(?:\.|\bdot\b|крапка|точка|punto){_CLOSE}",
    "/": rf"{_OPEN}(?:/|\bslash\b|слеш\w*|слэш\w*){_CLOSE}",
}


def _address(written: str) -> str:
    """The pattern of an address whose dots and slashes may be words, stand in brackets, or have room around them."""
    return "".join(_SIGNS.get(sign, re.escape(sign)) for sign in written)


_MEETING_PLACES = (
    *(
        "api.whatsapp.com",
        "chat.whatsapp.com",
        "discord.gg",
        "discord.com/invite",
        "join.skype.com",
        "calendly.com",
    ),
    *("zoom.us", "meet.google.com", "facebook.com", "instagram.com", "linkedin.com/in"),
)
_LINKS = re.compile(
    rf"(?:https?\s*:\s*/\s*/\s*)?(?:www\s*\.\s*)?\b(?:t|telegram|wa|m|tlgr|tg|fb|vk|signal|line|ok){_SIGNS['.']}"
    rf"(?:me|dog|com|org|ru|cc)\b(?:{_SIGNS['/']}\S{{1,64}})?"
    rf"|\b(?:{'|'.join(map(_address, _MEETING_PLACES))}|skype:|tg://|viber://|whatsapp://|mailto:|tel:)\S{{0,80}}"
)
_SPACED_OUT = re.compile(r"(?<!\S)(?:\S ){5,}\S(?!\S)")
"""One sign at a time."""
_LINK_OK = re.compile(r"\b(?:fb|vk|ok|m|line|signal|wa)\s*\.\s*com\b")

_LEET = {
    "a": "a4@",
    "e": "e3€",
    "i": "i1!|",
    "l": "l1!|",
    "o": "o0",
    "s": "s5$",
    "t": "t7+",
    "g": "g9",
    "b": "b8",
    "r": "r",
    "p": "p",
}
_SPELLED = (
    "telegram",
    "whatsapp",
    "viber",
    "skype",
    "discord",
    "wechat",
    "signal",
    "instagram",
    "facebook",
    "messenger",
)
_PLAIN = re.compile(
    r"\b(?:telegram\w?|tele\s?gram|whats?'?s?\s?app|viber|skype|discord|wechat|we chat|signal|instagram|insta|facebook"
    r"|messenger|fb|linkedin|imo|line|slack|zoom|google meet|tg|tlg|wapp|телеграм\w{0,2}|телег[аиіуою]{1,2}|тг"
    r"|вайбер\w{0,2}|в[ао]тс?ап+\w{0,2}"
    r"|вацап\w{0,2}|вічат\w{0,2}|скайп\w{0,2}|д[иі]скорд\w{0,2}|сигнал\w{0,2}|інстаграм\w{0,2}|инстаграм\w{0,2}|фейсбук\w{0,2}|зум\w{0,2})\b"
)
_WORK_NOUN = re.compile(
    r"\s*(?:bots?|api|apis|channels?|mini|apps?\b|integrations?|parsers?|groups?|web|notifications?|alerts?|clients?|clones?|ads?"
    r"|marketing|posts?|stor(?:y|ies)|business|commerce|payments?|messages?|automation|бот\w*|канал\w*|апі|інтеграц\w*|чат-?бот\w*)"
)
_INVITES = re.compile(
    r"(?:\b(?:contact|reach|write|message|msg|ping|text|dm|pm|call|chat|talk|find|add|hit|catch|drop|join|get|connect|follow|send)"
    r"(?:\s+(?:to|with|up|a|line|in|touch|it|back))*\s+(?:me|us)\b"
    r"|\b(?:let'?s|let us|can we|could we|we can|we could|shall we|i'?m|i am|i use|prefer|better|available|also|faster"
    r"|reachable|move|switch|continue|hop)\b"
    r"|\b(?:пиш\w*|напиш\w*|зв'?яж\w*|дзвон\w*|подзвон\w*|дода\w*|знайд\w*|перейд\w*|перейт\w*|спілк\w*|поспілк\w*|продовж\w*|краще|є"
    r"|лучше|свяж\w*|набер\w*|стук\w*|доступн\w*|маякн\w*)\b)[^.!?\n]{0,40}"
    r"(?:(?<=\bme\s)|(?<=\bus\s)|\b(?:on|via|in|at|to|by|through|over|using|use|в|у|на|через|за|по|до)\s+(?:my\s+|the\s+)?)$"
    r"|\b(?:my|мій|мой|моя)\s+$"
)
_AFTER_NAME = re.compile(
    r"\s*(?:(?:is|id|handle|user(?:name)?|number|nick(?:name)?|acc(?:ount)?|нік|номер|ник)\b\s*)*"
    r"(?:[:=@]|[-–—]>?\s*@?\w*\d|\bis\b|\blive\s*:|\+?\d{5,}|\(\s*[@+\d])"
)
_HANDLE_AFTER = re.compile(
    r"[\s\])}>*]{1,4}(?:is\s+|as\s+)?@?(?!(?:on|get|set|send|bot|is|has|to|my)_)(?!\d)"
    r"[a-z0-9]{2,}(?:(?:_|\s?\bunderscore\b\s?)[a-z0-9]+)+"
)
_DOTTED_HANDLE_AFTER = re.compile(
    r"[\s\])}>*]{1,4}(?:live\b|[a-z0-9]{3,}(?:\.|\s?\[?\bdot\b\]?\s?)(?!(?:js|py|net|ts|io|api)\b)[a-z0-9]{2,})"
)
_HAS_DOTTED_HANDLES = frozenset({"skype", "discord"})
_COMMON_WORDS = frozenset({"signal", "line", "zoom", "slack", "сигнал", "messenger", "fb", "imo"})
_HANDLE = re.compile(r"(?<![\w@/.#])@\s?[a-z_][a-z0-9_]{3,31}(?![\w/.-]*[/(])")
_CODE_AT_WORDS = (
    "media import property override angular nestjs types param return returns component injectable input output author deprecated"
    " staticmethod classmethod dataclass app router test autowired bean entity model font keyframes supports include layer apply"
)
_CODE_AT = frozenset(_CODE_AT_WORDS.split())
_DISCORD_TAG = re.compile(r"\b[a-z0-9_.]{2,32}\s?#\s?\d{4}\b")
_TAG_OF_WORK = re.compile(
    r"(?:issues?|tickets?|bugs?|tasks?|orders?|pr|pull|items?|no|number|rows?|lines?|invoices?|cards?|story|colou?r|hex)\s?#"
)
_OFF = re.compile(
    r"\b(?:outside|off|beyond|away from|bypass\w*|avoid\w*|without|поза|мимо|повз|обійти|обойти|вне|без)\s+"
    r"(?:of\s+|from\s+)?(?:the\s+)?"
    # "Without the platform team" is about somebody's staff; "without the platform's cut" is not.
    r"(?:upwork|апворк\w*|(?:platform|платформ\w*)(?!\s+(?!(?:fees?|cut|commission|taking|and|or|комісі|і|та)\w*)[^\W\d])"
    r"|upwork'?s? fees?|комісі\w+ upwork)\b"
    r"|\bpay(?:ment)?s?\s+(?:me\s+|us\s+)?(?:direct(?:ly)?|via|through|by|with|to my)\s+(?:paypal|wise|payoneer|crypto|usdt"
    r"|bitcoin|btc|western union|bank transfer|revolut|zelle|venmo|cash\s?app)\b"
    r"|\b(?:usdt|btc|trc-?20|erc-?20)\s*(?:wallet|address|:)"
)
_PHONE = re.compile(
    r"(?<![\w.,$€£#/-])(?P<plus>\+|00)?\(?[0-9ol]{1,4}\)?(?:[\s.\-()\[\]{}/_*,·•|]{0,4}[0-9ol]{1,4}\)?){2,9}(?![\w%$€]|[.,]\d)"
)
_PHONE_WORD = re.compile(
    r"(?:call|phone|tel|mobile|cell|number|whats\w*|viber|telegram|text|sms"
    r"|дзвон\w*|тел\w*|номер\w*|моб\w*|вайбер\w*)\W{0,12}(?:\w+\W{1,3}){0,2}$"
)
_COUNTED = re.compile(
    r"(?:build|order|version|issue|ticket|serial|part|tax|invoice|item|page|line|row|bar\s?code|ean|isbn|sku|upc|imo|vat|iban"
    r"|tracking|замовлен\w+|рахунк\w+|рядк\w+|верс\w+|штрих-?код\w*)\W{0,3}(?:(?:number|no|nr|id|code|номер)\W{0,3})?$"
)
_IP = re.compile(r"(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}")
_DATE = re.compile(
    r"(?:19|20)\d\d[\s./,-]+(?:[01]?\d|(?:19|20)\d\d)|(?<!\d)[0-3]?\d[./-][0-3]?\d[./-](?:19|20)?\d\d\b"
)
_DIGIT_WORD = (
    r"(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|plus|double|нуль|ноль|один|два|дві|две|три|чотири|четыре|п'?ять"
    r"|пять|шість|шесть|сім|семь|вісім|восемь|дев'?ять|девять|плюс)"
)
_SPELLED_PHONE = re.compile(rf"\b{_DIGIT_WORD}(?:[\s,.\-]{{1,3}}{_DIGIT_WORD}){{6,}}\b")


def _leet_pattern(name: str) -> re.Pattern[str]:
    letters = (f"[{re.escape(_LEET.get(letter, letter))}]" for letter in name)
    return re.compile(r"(?<![a-z0-9])" + r"[\s.\-_*~|·•/\\'\"]{0,2}".join(letters) + r"(?![a-z0-9])")


_LEET_PATTERNS = tuple((name, _leet_pattern(name)) for name in _SPELLED)


def find_contacts(text: str) -> tuple[Contact, ...]:
    """Every e-mail, phone number, messenger, handle, meeting link or offer to leave the platform, in order, not overlapping.

    Naming a messenger as the thing being built ("a Telegram bot") is no contact; inviting someone there is.
    """
    view = view_of(text)
    taken: list[tuple[int, int]] = []
    found: list[Contact] = []
    for kind, start, end in _candidates(view, text):
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        taken.append((start, end))
        first, last = view.span(start, end)
        found.append(Contact(kind, text[first:last], first, last))
    return tuple(sorted(found, key=lambda contact: contact.start))


def _candidates(view: View, original: str) -> Iterator[tuple[ContactKind, int, int]]:
    text = view.text
    yield from _addresses(text)
    yield from _messengers(view, original)
    for match in _HANDLE.finditer(text):
        if match.group().lstrip("@ ") not in _CODE_AT:
            yield ContactKind.HANDLE, *match.span()
    for match in _DISCORD_TAG.finditer(text):
        if not _TAG_OF_WORK.match(match.group()):
            yield ContactKind.HANDLE, *match.span()
    for match in _SPELLED_PHONE.finditer(text):
        yield ContactKind.PHONE, *match.span()
    for match in _PHONE.finditer(text):
        if _is_phone(match, text):
            yield ContactKind.PHONE, *match.span()
    for match in _OFF.finditer(text):
        yield ContactKind.OFF_PLATFORM, *match.span()


def _addresses(text: str) -> Iterator[tuple[ContactKind, int, int]]:
    for pattern in _EMAILS:
        for match in pattern.finditer(text):
            if not _is_code(match.group()):
                yield ContactKind.EMAIL, *match.span()
    for match in _LINKS.finditer(text):
        if not _LINK_OK.match(match.group()):
            yield ContactKind.LINK, *match.span()
    for match in _SPACED_OUT.finditer(text):
        if _LINKS.search(match.group().replace(" ", "")):
            yield ContactKind.LINK, *match.span()


def _messengers(view: View, original: str) -> Iterator[tuple[ContactKind, int, int]]:
    text = view.text
    for name, pattern in _LEET_PATTERNS:
        for match in pattern.finditer(text):
            written = match.group()
            if written != name and written not in {"whats app", "what's app"}:
                # nobody disguises a name without meaning to be found under it
                yield ContactKind.MESSENGER, *match.span()
    for match in _PLAIN.finditer(text):
        name = match.group()
        before, after = text[max(0, match.start() - 90) : match.start()], text[match.end() : match.end() + 40]
        if _is_disguised(view, original, match) or _named_handle(name, after):
            yield ContactKind.MESSENGER, *match.span()
            continue
        common_word = match.group() in _COMMON_WORDS and not original[view.places[match.start()]].isupper()
        if (_AFTER_NAME.match(after) and not common_word) or (
            _INVITES.search(before) and not _WORK_NOUN.match(after) and not common_word
        ):
            yield ContactKind.MESSENGER, *match.span()


def _is_disguised(view: View, original: str, match: re.Match[str]) -> bool:
    """Whether the name only reads like that: with signs nobody sees in it, or with letters of another alphabet."""
    first, last = view.span(*match.span())
    written = original[first:last].lower()
    return len(match.group()) > 3 and len(written.split()) == 1 and written != match.group()


def _named_handle(name: str, after: str) -> bool:
    """Whether what follows the messenger's name is how somebody is called there."""
    return _HANDLE_AFTER.match(after) is not None or (
        name in _HAS_DOTTED_HANDLES and _DOTTED_HANDLE_AFTER.match(after) is not None
    )


def _is_code(written: str) -> bool:
    """ "The decorator @app.route": a word of a program behind the sign, and room only in front of it."""
    found = re.search(r"\s@([a-z]+)", written)
    return found is not None and found[1] in _CODE_AT


def _is_phone(match: re.Match[str], text: str) -> bool:
    written = match.group()
    digits = re.sub(r"\D", "", written.replace("o", "0").replace("l", "1"))
    real = sum(sign.isdigit() for sign in written)
    if real < 5 or real * (2 if match["plus"] else 3) < len(digits) * (1 if match["plus"] else 2):
        return False
    if match["plus"] and 9 <= len(digits) <= 16:
        return True
    # A list of numbers, an address in a network, or something that is counted and says so.
    if re.search(r",\s", written) or _IP.fullmatch(written):
        return False
    if _COUNTED.search(text[max(0, match.start() - 40) : match.start()]):
        return False
    told = _PHONE_WORD.search(text[max(0, match.start() - 40) : match.start()]) is not None
    if told and 6 <= len(digits) <= 16:
        return True
    if _DATE.search(written) or re.fullmatch(r"\d{1,3}(?:[ ,]\d{3})+", written):
        return False
    groups = [len(group) for group in re.findall(r"[\dol]+", written)]
    grouped = len(groups) >= 3 and max(groups) <= (5 if len(groups) > 3 else 4) and 9 <= len(digits) <= 12
    return (
        (digits.startswith("0") and 9 <= len(digits) <= 13)
        or grouped
        or (len(groups) == 1 and 10 <= len(digits) <= 13)
    )
