"""What line of business a letter takes its reader to be in.

"Your dental clinic" in a letter to a toy shop was meant for another job.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_TRADES = {
    "law": r"law firm|legal practice|attorneys?|юридичн\w+ (?:фірм|компані)\w*|адвокат\w+",
    "health": r"clinics?|dental|dentists?|dentistry|medical|hospital|physiotherap\w+|veterinar\w+|vet practice"
    r"|клінік\w*|стоматолог\w*"
    r"|лікарн\w*|медичн\w+|ветеринар\w*",
    "food": r"restaurants?|caf[eé]s?|coffee ?shops?|bakery|bakeries|pizzeria|bistro|catering|food truck|brewery|winery|bar\b"
    r"|ресторан\w*|кафе|кав['’]ярн\w*|пекарн\w*|піцері\w*|пивоварн\w*|кейтеринг\w*",
    "stay": r"hotels?|hostels?|resorts?|guest ?house|bed and breakfast|apartments? rental|airbnb|готел\w*|хостел\w*"
    r"|відпочинков\w+",
    "fitness": r"gyms?|fitness|yoga|pilates|martial arts|спортзал\w*|фітнес\w*|йог[аиоуі]\w*",
    "beauty": r"beauty|salon|barber\w*|hairdress\w*|spa\b|cosmetics?|skincare|салон\w* краси|перукарн\w*|барбершоп\w*"
    r"|косметик\w*",
    "property": r"real estate|realtors?|property (?:listings?|management|agency)|нерухом\w+|рієлтор\w*",
    "school": r"schools?|kindergarten|university|academy|courses|e-?learning|tutoring|школ\w*|садоч\w*|університет\w*"
    r"|курс(?:и|ів|ах)",
    "study": r"dissertation|thesis|homework|term paper|algebra|дисертаці\w*|курсов\w+|дипломн\w+|домашн\w+ завдан\w*",
    "faith": r"church|charity|nonprofit|non-profit|ngo|церкв\w*|благодійн\w*",
    "travel": r"travel|tours?|tourism|cruises?|airline|туристичн\w+|подорож\w*|авіаквит\w*",
    "money": r"bank(?:ing)?|fintech|insurance|crypto\w*|trading|mortgage|hedge fund|accounting firm|банк\w*"
    r"|страхов\w+|крипто\w*|трейдинг\w*"
    r"|іпотек\w*",
    "wedding": r"weddings?|event agency|весіл\w+|івент\w*",
    "farm": r"farms?|agricultur\w*|tractors?|greenhouse|ферм\w*|агро\w*|теплиц\w*",
    "cars": r"car (?:rental|dealership|parts|wash)|auto (?:repair|parts)|taxi|автосервіс\w*|автосалон\w*|автомийк\w*"
    r"|таксі|автопрокат\w*",
    "homes": r"furniture|interior|architect\w*|construction|roofing|plumbing|renovation|меблі\w*|меблев\w+"
    r"|інтер['’]єр\w*|будівельн\w+|ремонт квартир",
    "books": r"picture book|children['’]s book|novels?|memoir|cookbook|poetry|poems?|дитяч\w+ книж\w+|роман(?:у|ом"
    r"|ів)?|мемуар\w*|казк\w+",
    "games": r"video games?|mobile games?|game studio|board games?|puzzle game|мобільн\w+ гр\w+|відеоігр\w*|настільн\w+ гр\w+",
    "podcast": r"podcasts?|youtube channel|radio show|подкаст\w*|ютуб\w*|радіо\w*",
    "music": r"album|record label|band|music video|concerts?|альбом\w*|гурт\w*|концерт\w*|музичн\w+",
    "pets": r"pet (?:shop|store|food)|dog (?:walking|training|food)|зоомагазин\w*|собак\w*|котів",
    "clothes": r"fashion|clothing|apparel|jewell?ery|shoes?|sneakers?|lingerie|одяг\w*|взутт\w*|ювелірн\w+|прикрас\w*",
    "dating": r"dating|matchmaking|знайомств\w*",
    "flowers": r"florists?|flower shop|bouquets?|квітк\w*|букет\w*|флорист\w*",
    "machines": r"drones?|robots?|дрон\w*|робот(?:и|ів|а|ом)\b",
}
_NAMED = {
    trade: re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE) for trade, words in _TRADES.items()
}
_LINKING = (
    r"(?:at|in|for|of|from|with|and|or|to|the|a|an|on|by|as|is|are|was|will|can|у|в|на|для|з|із|та|і|й|до|від"
    r"|за|про|по|буде|є)\b"
)
_YOURS = re.compile(
    r"\b(?:your|ваш(?:а|е|і|ого|ої|ому|ій|у|им|ою|их|ими)?)\s+"
    rf"(?P<thing>(?:(?!{_LINKING})[^\W\d_][\w’'-]*\s+){{0,2}}(?!{_LINKING})[^\W\d_][\w-]*)",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"\b(?:if|whether|maybe|perhaps|say|either|якщо|може|наприклад|чи)\b", re.IGNORECASE)
_TITLE = re.compile(
    r"\b(?:(?:your|the) (?:\w+ )?(?:job|post|posting|project|ad|listing|vacancy)(?: (?:titled|called|named|for|about))?"
    r"|(?:вакансі|оголошенн|проєкт|завданн|замовленн)\w+)[:,]?\s*[«“‘\"'](?P<title>[^«»“”‘’\"'\n]{4,90})[»”’\"']",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_MOST = 0.7
"""The share of a quoted title's words a posting has to have; people shorten titles."""


def foreign_titles(text: str, theirs: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Spans of `text` that quote the title of a job none of the texts `theirs`, in lower case, is about."""
    known = {word[:5] for part in theirs for word in _WORD.findall(part)}
    for match in _TITLE.finditer(text):
        words = [word[:5] for word in _WORD.findall(match["title"].lower())]
        if words and sum(word in known for word in words) < _MOST * len(words):
            yield match.span("title")


def foreign_trades(text: str, theirs: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Spans of `text` that give the reader a trade none of the texts `theirs` is about."""
    known = " ".join(theirs)
    for match in _YOURS.finditer(text):
        if _BEFORE.search(text[max(0, match.start() - 25) : match.start()]):
            continue
        for pattern in _NAMED.values():
            named = pattern.search(text, match.start("thing"), match.end())
            if named and named.end() <= match.end() and not pattern.search(known):
                yield named.span()
                break
