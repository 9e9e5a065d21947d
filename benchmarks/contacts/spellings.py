"""A hundred contacts, and the ways in which people write one so that no filter finds it.

Every family turns any contact into text by rule: nothing is written to fit the detector. The first half of the contacts is
for looking at misses, the second is only counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    MAIL = "mail"
    PHONE = "phone"
    MESSENGER = "messenger"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Bait:
    """`app` is the messenger's name (or empty), `value` the address, number, handle or link itself."""

    kind: Kind
    value: str
    app: str = ""


_MAILS = """olena.koval@gmail.com taras_dev@ukr.net studio@northlight.io k.petrenko88@outlook.com hello@brickandbyte.dev
maryna-writes@proton.me ivan@ivanko.com.ua contact@small-agency.eu nadia.s@icloud.com job4oleh@yahoo.com vira.design@i.ua
sales@codehive.co romko@meta.ua lina.data@fastmail.com yuri@webforge.pro bohdan.ml@gmail.com info@quiet-tools.net
sofia99@hotmail.com d.lysenko@zoho.com artem@api-works.app inna@copyroom.online petro.qa@gmx.de oleksa@devhouse.tech
zoya.k@aol.com mail@pixelmill.xyz"""
_PHONES = """+380671234567 +380509876543 +14155550132 +447911123456 +4915112345678 +48601234567 +380931112233 +12025550177
+33612345678 +34600123456 +393331234567 +380661239876 +380445556677 +16465550199 +447700900123 +4367612345678
+41791234567 +31612345678 +420601234567 +40721234567 +359881234567 +37061234567 +37255512345 +46701234567 +380971231231"""
_MESSENGERS = """Telegram:olena_codes WhatsApp:+380671234567 Viber:+380509876543 Skype:live.taras.dev Discord:pixelmill_artem
Telegram:nadia_writes Signal:+14155550132 WeChat:romko_wx Telegram:zoya_qa_pro WhatsApp:+447911123456 Skype:bohdan.ml
Discord:codehive_lina Telegram:yuri_webforge Viber:+380931112233 Telegram:sofia_copy99 WhatsApp:+4915112345678
Skype:live.inna.text Telegram:petro_tests Discord:oleksa_dev Telegram:vira_draws Signal:+48601234567 WhatsApp:+12025550177
Telegram:d_lysenko_data Skype:artem.api.works Viber:+380661239876"""
_LINKS = """t.me/olena_codes wa.me/380671234567 t.me/nadia_writes discord.gg/hT7kQ2 join.skype.com/invite/aBc12 t.me/+AbCdEf123
calendly.com/taras-dev/30min linkedin.com/in/olena-koval facebook.com/northlight.studio instagram.com/vira.draws
api.whatsapp.com/send?phone=380671234567 t.me/zoya_qa_pro zoom.us/j/81234567890 meet.google.com/abc-defg-hij
chat.whatsapp.com/KxYz12 m.me/codehive telegram.me/yuri_webforge calendly.com/inna-copy discord.com/invite/qw3Er
t.me/petro_tests wa.me/14155550132 linkedin.com/in/bohdan-ml facebook.com/brickandbyte t.me/d_lysenko_data
instagram.com/pixelmill.xyz"""


def baits() -> list[Bait]:
    """Mails, phones, messengers and links in turn, so that each half has all of them."""
    mails = [Bait(Kind.MAIL, value) for value in _MAILS.split()]
    phones = [Bait(Kind.PHONE, value) for value in _PHONES.split()]
    links = [Bait(Kind.LINK, value) for value in _LINKS.split()]
    messengers = []
    for entry in _MESSENGERS.split():
        app, _, value = entry.partition(":")
        messengers.append(Bait(Kind.MESSENGER, value, app))
    return [bait for four in zip(mails, phones, messengers, links, strict=True) for bait in four]


def _joined(bait: Bait, value: str, app: str | None = None, between: str = " ") -> str:
    named = bait.app if app is None else app
    return f"{named}{between}{value}" if bait.app else value


def plain(bait: Bait) -> str:
    return _joined(bait, bait.value, between=": ")


_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_CIPHERS = ("нуль", "один", "два", "три", "чотири", "п'ять", "шість", "сім", "вісім", "дев'ять")


def in_words(bait: Bait) -> str:
    """Signs and digits as English words."""
    if bait.value.startswith("+"):
        spoken = " ".join(_DIGITS[int(sign)] if sign.isdigit() else "plus" for sign in bait.value)
        return _joined(bait, spoken)
    signs = {"@": " at ", ".": " dot ", "/": " slash ", "_": " underscore ", "-": " dash "}
    return _joined(bait, "".join(signs.get(sign, sign) for sign in bait.value))


def in_ukrainian(bait: Bait) -> str:
    """As it is said aloud in Ukrainian; the names of messengers and mail providers too."""
    names = {
        "Telegram": "телеграм",
        "WhatsApp": "вотсап",
        "Viber": "вайбер",
        "Skype": "скайп",
        "Discord": "діскорд",
        "Signal": "сигнал",
        "WeChat": "вічат",
    }
    if bait.value.startswith("+"):
        spoken = " ".join(_CIPHERS[int(sign)] if sign.isdigit() else "плюс" for sign in bait.value)
        return _joined(bait, spoken, f"пишіть у {names.get(bait.app, '')}")
    value = bait.value.replace("gmail.com", "джимейл.ком")
    signs = {"@": " собака ", ".": " крапка ", "/": " слеш "}
    return _joined(
        bait, "".join(signs.get(sign, sign) for sign in value), f"пишіть у {names.get(bait.app, '')}"
    )


def spaced(bait: Bait) -> str:
    """A space after every sign."""
    return _joined(bait, " ".join(bait.value), " ".join(bait.app), "  ")


def wrapped(bait: Bait) -> str:
    """Signs in brackets, digits in groups."""
    if bait.value.startswith("+"):
        digits = bait.value[1:]
        return _joined(bait, f"({digits[:2]}) [{digits[2:5]}] {digits[5:8]}/{digits[8:]}", f"[{bait.app}]")
    return _joined(
        bait,
        bait.value.replace("@", " [at] ").replace(".", " [dot] ").replace("/", " [/] "),
        f"({bait.app})",
    )


_TWINS = str.maketrans("aceopxyiABCEHKMOPTX", "асеорхуіАВСЕНКМОРТХ")


def lookalikes(bait: Bait) -> str:
    """Letters of another alphabet that look the same, digits as wide as Chinese ones."""
    wide = "".join(chr(0xFF10 + int(sign)) if sign.isdigit() else sign for sign in bait.value)
    return _joined(bait, wide.translate(_TWINS), bait.app.translate(_TWINS))


def hidden(bait: Bait) -> str:
    """A sign nobody sees after every other one."""
    marks = ("\u200b", "\u00ad", "\u2060", "\u200d")
    broken = "".join(f"{sign}{marks[place % 4]}" for place, sign in enumerate(bait.value))
    return _joined(bait, broken, "\u200b".join(bait.app))


_LEET = str.maketrans("aeiostAEIOST", "4310574310$7")


def leet(bait: Bait) -> str:
    """Digits for letters and, in numbers, letters for digits."""
    if bait.value.startswith("+"):
        return _joined(bait, bait.value.translate(str.maketrans("01", "Ol")), bait.app.translate(_LEET))
    head, at, tail = bait.value.rpartition("@")
    return _joined(bait, f"{head.translate(_LEET)}{at}{tail}", bait.app.translate(_LEET))


def broken_up(bait: Bait) -> str:
    """Over several lines and between stars and dashes."""
    if bait.value.startswith("+"):
        return _joined(bait, "-\n".join(_chunks(bait.value, 3)), bait.app)
    value = bait.value.replace("@", "\n*@*\n").replace(".", " -.- ").replace("/", " / ")
    return _joined(bait, value, "-".join(_chunks(bait.app, 3)), "\n")


def _chunks(value: str, size: int) -> list[str]:
    return [value[start : start + size] for start in range(0, len(value), size)]


def told(bait: Bait) -> str:
    """In the middle of a friendly sentence that names it without a sign in front."""
    match bait.kind:
        case Kind.MAIL:
            head, _, tail = bait.value.partition("@")
            return f"my mail is {head} and it lives at {tail}"
        case Kind.PHONE:
            digits = bait.value[1:]
            return f"give me a call, {digits[:3]} {digits[3:5]} {digits[5:8]} {digits[8:10]} {digits[10:]} is mine"
        case Kind.MESSENGER:
            return f"you will find me on {bait.app} as {bait.value}"
        case Kind.LINK:
            return f"open https://{bait.value} and say hello"


FAMILIES: Mapping[str, Callable[[Bait], str]] = {
    "plain": plain,
    "in words": in_words,
    "in Ukrainian": in_ukrainian,
    "spaced out": spaced,
    "in brackets": wrapped,
    "look-alike letters": lookalikes,
    "hidden signs": hidden,
    "digits for letters": leet,
    "broken up": broken_up,
    "told": told,
}

_CARRIERS = (
    "Thank you for the details. {} We can start on Monday.",
    "I have read your brief twice and have two questions. {} Best regards",
    "Дякую за запрошення, проєкт цікавий. {} Чекаю на відповідь.",
    "{}",
    "Happy to help with the API and the tests; {}, whatever suits you.",
)


@dataclass(frozen=True, slots=True)
class Spelled:
    family: str
    bait: Bait
    text: str
    held: bool


def spelled() -> Iterator[Spelled]:
    """Every contact in every family, each in a sentence of its own."""
    found = baits()
    for number, bait in enumerate(found):
        for place, (family, spell) in enumerate(FAMILIES.items()):
            carrier = _CARRIERS[(number + place) % len(_CARRIERS)]
            yield Spelled(family, bait, carrier.format(spell(bait)), number >= len(found) // 2)
