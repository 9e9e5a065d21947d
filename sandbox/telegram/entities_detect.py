"""Addresses, mentions, commands and tags that Telegram finds in plain text by itself."""

from __future__ import annotations

import re

from sandbox.telegram.entities_html import Entity
from sandbox.telegram.utf16 import utf16_len

_COUNTRY = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd"
    " cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge"
    " gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh"
    " ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw"
    " mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb"
    " sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk"
    " us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_GENERIC = (
    "com org net info biz edu gov mil int dev app agency ai art blog cloud codes company design digital email club"
    " engineering expert host jobs life link live media money network news one online page pro shop site software"
    " solutions space store studio support systems team tech tel today tools top video website wiki work works world xyz"
)
_DOMAINS = "|".join(sorted({*_COUNTRY.split(), *_GENERIC.split(), "укр", "рф"}, key=len, reverse=True))

_WITH_SCHEME = r"(?:https?|ftp)://[^\s<>\"«»]*\.[^\s<>\"«»]+|(?:tg|ton)://[^\s<>\"«»]+"
_BARE = rf"(?:[\w](?:[\w-]*[\w])?\.)+(?:{_DOMAINS})(?![\w-])(?!\.\w)(?::\d{{1,5}})?(?:[/?#][^\s<>\"«»]*)?"
_EMAIL = r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}"
_ADDRESS = re.compile(
    rf"(?i)(?<![\w@.-])(?:(?P<email>{_EMAIL})(?![\w@-])|(?P<url>{_WITH_SCHEME}|(?<![/]){_BARE}))"
)
_OTHERS = re.compile(
    r"(?P<mention>(?<![\w/@])@[A-Za-z]\w{2,31}(?![\w@]))"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/>]))"
    r"|(?P<hashtag>(?<![\w#/&])#(?=\d*[^\W\d])\w{1,256}(?:@\w{3,32})?(?![\w#]))"
    r"|(?P<cashtag>(?<![\w$])\$(?:1INCH|[A-Z]{1,8})(?:@\w{3,32})?(?![\w$]))"
)
_CLOSED = {"pre", "code", "text_link", "text_mention", "custom_emoji", "date_time"}
_PAIRS = {")": "(", "]": "[", "}": "{"}


def detect(text: str, given: list[Entity]) -> list[Entity]:
    """Entities found in `text` that do not touch code, links and mentions among the `given` ones."""
    spans = [(kind, *span) for kind, span in _addresses(text)]
    spans += [(match.lastgroup or "", *match.span()) for match in _OTHERS.finditer(text)]
    taken = [(item["offset"], item["offset"] + item["length"]) for item in given if item["type"] in _CLOSED]
    found: list[Entity] = []
    for kind, start, end in spans:
        offset, length = utf16_len(text[:start]), utf16_len(text[start:end])
        if all(offset + length <= first or offset >= last for first, last in taken):
            found.append({"type": kind, "offset": offset, "length": length})
            taken.append((offset, offset + length))
    return found


def _addresses(text: str) -> list[tuple[str, tuple[int, int]]]:
    if "." not in text and "://" not in text:
        return []
    return [
        (match.lastgroup or "url", (match.start(), match.start() + len(_trimmed(match[0]))))
        for match in _ADDRESS.finditer(text)
    ]


def _trimmed(address: str) -> str:
    """Without the punctuation that belongs to the sentence around it."""
    while address:
        last = address[-1]
        unbalanced = last in _PAIRS and address.count(last) > address.count(_PAIRS[last])
        if last not in ".,:;!?'\"…`*_~|" and not unbalanced:
            break
        address = address[:-1]
    return address
