"""Standing a text claims for its writer without a number or a name: certificates, degrees, awards, a team, a post, languages.

Each is a key ("award", "language:de"). A letter may claim only the keys the user's own facts carry, in either language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LANGUAGES = {
    "en": r"english|англійськ\w*", "uk": r"ukrainian|українськ\w*", "de": r"german|німецьк\w*", "fr": r"french|французьк\w*",
    "es": r"spanish|іспанськ\w*", "it": r"italian|італійськ\w*", "pl": r"polish|польськ\w*", "pt": r"portuguese"
    r"|португальськ\w*",
    "nl": r"dutch|нідерландськ\w*|голландськ\w*", "cs": r"czech|чеськ\w*", "sk": r"slovak|словацьк\w*",
    "tr": r"turkish|турецьк\w*",
    "zh": r"chinese|mandarin|китайськ\w*", "ja": r"japanese|японськ\w*", "ko": r"korean|корейськ\w*", "ar": r"arabic"
    r"|арабськ\w*",
    "he": r"hebrew|іврит\w*", "ru": r"russian|російськ\w*", "ro": r"romanian|румунськ\w*", "hu": r"hungarian|угорськ\w*",
    "sv": r"swedish|шведськ\w*", "da": r"danish|данськ\w*", "no": r"norwegian|норвезьк\w*", "fi": r"finnish|фінськ\w*",
    "lt": r"lithuanian|литовськ\w*", "bg": r"bulgarian|болгарськ\w*", "el": r"greek|грецьк\w*", "hi": r"hindi|гінді",
}  # fmt: skip
_PEOPLE = (
    r"assistants?|colleagues?|employees?|staff|partners?|editors?|developers?|designers?|engineers?|translators?|accountants?"
    r"|brothers?|sisters?|wife|husband|friends?|writers?|testers?|analysts?|freelancers?|subcontractors?|specialists?|experts?"
)
_PEOPLE_UK = (
    r"брат\w*|сестр\w+|дружин\w+|чоловік\w*|друг\w*|подруг\w*|помічни\w+|асистент\w+|колег\w*|працівни\w+"
    r"|партнер\w*|редактор\w+|дизайнер\w*|розробни\w+|програміст\w*|тестувал\w+"
    r"|тестувальни\w+|перекладач\w*|бухгалтер\w*|аналітик\w*|інженер\w*|фахівц\w+|спеціаліст\w*"
)
_FIRM_UK = r"студі\w+|бюро|компані\w+|фірм\w+|агенці\w+|агентств\w+|команд\w+"
_POSTS = (
    r"developer|engineer|designer|editor|writer|analyst|architect|accountant|bookkeeper|translator|programmer"
    r"|manager|artist|scientist|consultant|producer|marketer|strategist|administrator|researcher|lawyer|specialist"
)
_NATIONS = (
    "американ|канад|британ|англій|німець|поль|чесь|ізраїль|європей|швейцар|австрій|француз|італій|іспан|голланд|нідерланд|швед"
    "|норвез|дан|фін|естон|литов|латвій|австралій|япон|китай|турець|емірат|дубай"
)
_WORKS = (
    r"(?:\w+ )?(?:clients?|customers?|projects?|devices?|campaigns?|accounts?|jobs?|deliver\w+|products?|books?"
    r"|apps?|sites?|contracts?|texts?|works?)"
)
_ONE_WORK = r"(?:\w+ )?(?:client|customer|project|device|campaign|account|job|product|app|site|contract)"
_WORKS_UK = r"(?:клієнт|замовни|проєкт|робот|покуп|договор|договір|застосун|сайт|кампані)\w*"
_PATTERNS = {
    "certificate": r"certifi\w+|certs?|сертифік\w*",
    "licence": r"accredit\w+|licen[cs]ed|chartered|свідоцтв\w*|посвідченн\w*|ліценз(?:ов\w*|ію|ія)|присяжн\w*|акредит\w*",
    "doctorate": r"doctora(?:te|l)|ph\.?\s?d|дисертаці\w*|(?:доктор|кандидат)\w* наук|докторськ\w*",
    "mba": r"mba|мва",
    "master": r"master['’]?s?(?= (?:degree|in|of))|master['’]s|m\.?sc|магіст\w+",
    "degree": r"degree|b\.?a\.?(?= in\b)|b\.?sc|вищ[уої]\w* освіт\w*|bachelor['’]?s?|graduat\w+|alumn\w+"
    r"|diploma|диплом\w*|науков\w+ ступ\w+|бакалавр\w*|випускни\w*",
    "honours": r"with (?:honou?rs|distinction)|cum laude|з відзнакою",
    "award": r"award\w*|prizes?|prize-?winn\w+|winner|won (?:an?|the|first|several|two|three)\b|nominat\w+|nominee|shortlist\w*"
    r"|finalist|(?:named|voted)\b.{0,40}\bof the year|medal\w*|нагород\w*|премі[яюїєй]\w*|лауреат\w*"
    r"|відзнак[уиаои]\w*|звання(?= \w)|титул\w*"
    r"|перем(?:іг|ога|огла|огли|ожець|ожниц\w*)|номінант\w*|номінован\w*|фіналіст\w*|медал\w*",
    "badge": r"top[- ]rated(?: plus)?|rising talent|expert[- ]vetted|top \d+ ?(?:%|percent)|топ-?\d+\s?%|job success",
    "bestseller": r"best-?sell\w+|бестселер\w*",
    "team": rf"підпорядкуван\w+|підлегл\w+|report(?:s|ed|ing)? to me|(?:work\w*|serv\w*) under (?:me|my)|(?:my"
    rf"|our) (?:\w+[- ]){{0,2}}(?:team|agency|studio|company|firm|office|{_PEOPLE})"
    rf"|(?:team|group|crew|agency|studio) of (?:\w+ )?(?:\d+|{_PEOPLE}|people|professionals)|we are (?:an?"
    rf"|the) [\w -]{{0,30}}?(?:team|agency|studio"
    r"|company|firm)|employ(?:s|ees?|ing)?(?= \w)|(?:i|we) (?:lead|run|manage|managed|led|ran|have|employ) (?:an?|the"
    r"|my|two|three|four|five|six|\d+) (?:\w+ ){0,2}"
    rf"(?:team|agency|studio|company|{_PEOPLE})|with (?:an?|my|two|three|four|five|\d+) (?:\w+ )?(?:{_PEOPLE})"
    rf"|(?:мій|мою|моя|мої|моєї|моєю|мого|моїм|наш\w*|моїх)\s+(?:[\w’']+\s+)?(?:{_FIRM_UK}|{_PEOPLE_UK})"
    r"|нас (?:[\w’']+ ){0,3}(?:двоє|троє|четверо|п['’]ятеро|шестеро|семеро|восьмеро|дев['’]ятеро|десятеро|\d+)"
    r"|(?:two|three|four|five|six|seven|eight|nine|ten|\d{1,4}) of us|(?:group"
    r"|team) of \w+ (?:[\w-]+ )?(?:scientists|developers|engineers|people)"
    rf"|ми\s*[—–-]?\s*(?:{_FIRM_UK})"
    rf"|(?:зі|із|разом зі) мною\s+\w+\s+(?:\w+\s+)?(?:{_PEOPLE_UK})|(?:зі|із|разом зі) мною працюють"
    rf"|works? (?:alongside|with) me(?= as\b|[.,;]|$)|(?:маю|керую|тримаю) (?:\w+ )?(?:команд\w+"
    rf"|студі\w+|агенці\w+)",
    "abroad": rf"(?:{_NATIONS})ськ\w+ (?:\w+ )?(?:стартап|компані|клієнт|бренд|банк|агенці|замовни|фірм|магазин"
    rf"|студі|корпораці)\w*",
    "post": rf"headed (?:up )?(?:an?|the|our)\b|in charge of|oversaw|supervised|(?:qa|tech|design|project"
    rf"|product|group|dev)[- ]lead"
    rf"|(?:[\w’']{{1,20}}-)?лід(?:ом|а|и)?(?= )|(?:co-?)?found(?:er|ed)\b|co-founder|cto|ceo|cfo|coo|head of|director"
    rf"|chief|vice president|(?:lead"
    rf"|principal|senior|staff) (?:\w+ ){{0,2}}(?:{_POSTS})"
    r"|(?:працю\w+|бу[вл]\w*) (?:[\w’']+ )?головн\w+ \w+"
    r"|(?:i was|i['’]ve been|i served as|worked as|serving as) (?:an?|the) (?:[\w-]+ ){0,3}(?:manager"
    r"|supervisor|officer|coordinator|principal|consultant)"
    r"|team lead\w*|led|очол\w+|засну\w+|засновни\w+|(?:\w{1,20}-)?директор\w*|керівни\w+|керував\w*|тімлід\w*"
    r"|головн\w+ (?:бухгалтер|редактор"
    r"|інженер|розробни|дизайнер|технолог)\w*|начальни\w+|завідува\w+",
    "author": r"(?:an?|as|the|published|i am|i['’]m) (?:\w+ )?author|speaker at|keynote|авторк?\w? книг\w*",
    "broadcast": r"(?:radio|tv|television) (?:show|station|channel|host)\w*|(?:радіо|теле)(?:передач|шоу|канал|ведуч)\w*",
    "native": r"(?<!to a )(?<!by a )(?<!from a )(?<!with a )(?<!for a )(?<!hire a )native (?:\w+ )?speaker"
        r"|mother tongue|bilingual|носі(?:й|я|єм|їв|йка|йки|йкою)\b|як рідна|рідною",
    "guarantee": r"guarante\w+|money[- ]back|гаранту\w*|гаранті(?:я|ю|єю)",
    "perfect": rf"(?:all|each|every one|every single one|none|not one|not a single one) of (?:my|our) {_WORKS}"
    rf"|not a single {_WORKS}"
    rf"|(?:every|no) {_ONE_WORK} (?:i|we|of mine|has ever|ever)"
    rf"|(?:no|not one) (?:\w+ ){{1,3}}(?:of mine|(?:has|have|was|were) ever)|(?:never|not once"
    rf"|not ever)(?: \w+)? (?:missed|failed"
    rf"|lost|late|broke\w*|miss|complain\w*)"
    r"|(?:every|each) (?:single )?(?:\w+ )?\w+ (?:i|we)(?:['’]ve| have)? (?:\w+ )?(?:touch|build|make|design|write"
    r"|deliver|ship|launch|take on|handle"
    r"|work on|worked on|touched|built|made|designed|wrote|written|delivered|shipped|launched|handled|take|took)\w*"
    r"|zero (?:complaints|errors|bugs|refunds|downtime|defects)|100 ?% (?:success|satisf\w*|uptime|on time|positive)"
    rf"|(?:усі|всі) мої {_WORKS_UK}|кож(?:ен|на|не|ного|ної|ному|ній) м(?:ій|оя|оє|ого|оєї) {_WORKS_UK}",
    "none": r"жоден|жодн(?:а|е|ого|ої|ому|ій|у|им|ою)|ні разу",
    "prestige": r"fortune \d+|inc\.? \d{3,4}|forbes|big four|faang|unicorns?|y combinator|велик\w+ четвірк\w+"
    r"|(?:world|market|industry|global) leaders?"
    r"|(?:leading|famous|well-known|world-class|top|global|international|renowned|major) (?:\w+ ){0,2}(?:brands?"
    r"|companies|corporations?|banks?|firms?|makers?|manufacturers?)"
    r"|(?:провідн|відом|світов|міжнародн|всесвітньо відом)\w+ (?:\w+ )?(?:бренд|компані|корпораці|банк|виробни|фірм)\w*",
    "superior": r"(?:i|my (?:\w+ )?\w+) (?:consistently |regularly |always )?(?:outperform\w*|beats?|surpass\w*|outrank\w*)"
    r"|better than (?:any|most|all|every)|перевершу\w+|переверши\w+",
    "public": r"(?:give|gave|giving|deliver\w*|held) (?:\w+ ){0,2}(?:talks?|keynotes?|lectures?|workshops?)(?= (?:at"
        r"|on|for|about|to)\b|[.,;])"
    r"|(?:speak|spoke|spoken|speaking|present|presented) (?:\w+ )?(?:at|on) (?:\w+ ){0,4}(?:conferences?|meet-?ups?"
    r"|events?|summits?|panels?)"
    r"|conference speaker|(?:publish\w*|featured|quoted|appear\w*|interviewed) (?:\w+ )?(?:in|on|by) (?=[A-Z]"
    r"|the (?:press|media|news|radio|tv))"
    r"|виступа(?:ю|в|ла|ємо|ли)|(?:доповіда\w+|спікер\w*) (?:на|конференц\w+)|друкую\w*|публікую\w* (?:в|у|статті)"
    r"|мене (?:цитують|запрошують) \w+",
    "opensource": r"(?:core|open[- ]source) (?:contributor|committer|maintainer)"
        r"|contribut\w+ (?:\w+ )?to (?:the )?(?:\w+ )?(?:core|kernel"
    r"|open[- ]source)|maintain\w* (?:\w+ ){0,3}open[- ]source",
    "court": r"(?:represent\w*|appear\w*|defend\w*|argue\w*)\b[^.!?]{0,40}\b(?:in|before) (?:the |a )?courts?|litigat\w+"
    r"|(?:у|в) суд(?:і|ах)|судов\w+ (?:справ|засідан|практик)\w*",
    "teaching": r"(?:i|i['’]ve|i have) (?:also )?(?:teach|taught|lecture\w*|mentor\w*|coach\w*)|lecturer|(?:my"
    r"|our) (?:students|mentees|own courses?)"
    r"|викладаю|викладал?в?|викладач\w*|мої (?:учні|студенти)|(?:моїх|власних|своїх) курсах|веду курс\w*",
} | {f"language:{code}": names for code, names in _LANGUAGES.items()}  # fmt: skip
_FLUENT = (
    r"fluent(?:ly)?|proficient|perfect(?:ly)?|excellent|flawless(?:ly)?|(?<!to a )native(?:-level)?|c1|c2|b2|advanced"
    r"|bilingual|professional(?:ly)?"
    r"|вільн\w+|досконал\w+|бездоганн\w+|ідеальн\w+|чудов\w+|рідн\w+|просунут\w+"
)
_WELL_SPOKEN = {
    code: re.compile(
        rf"(?<![\w-])(?:(?:{names})[\s:(–—-]+(?:(?!not\b|не\b)\w+[\s:(–—-]+){{0,2}}?(?:{_FLUENT})"
        rf"|(?:{_FLUENT}) +(?:(?:in|на|speaker|of|level|рівні|у|в|володію|розмовляю|пишу|говорю|speak"
        rf"|write) +){{0,2}}(?:{names}))(?!\w)",
        re.IGNORECASE,
    )
    for code, names in _LANGUAGES.items()
}
"""A language on a list is not yet one that is spoken fluently."""
FLAWLESS = frozenset({"perfect", "none"})
"""Claims that something never happened: the one kind of claim that is made by denying."""
_COMPILED = {
    key: re.compile(rf"(?<![\w-])(?:{words})(?!\w)", re.IGNORECASE) for key, words in _PATTERNS.items()
}
_ANY = re.compile("|".join(f"(?:{words})" for words in _PATTERNS.values()), re.IGNORECASE)
_SCHOOL = re.compile(
    r"\b(?:B\.?A|B\.?Sc|M\.?A|M\.?Sc|university|college|polytechnic|institute|academy|bachelor|master|ph\.?d|KPI|KNU"
    r"|LNU|KNEU|NaUKMA|КПІ|КНУ|ЛНУ|КНЕУ|ХНУ|ХНУРЕ|НаУКМА|ХПІ|університет\w*"
    r"|політехніка|інститут\w*|академі\w+|коледж\w*|бакалавр\w*|магістр\w*|освіта)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """`key` names what is claimed; `quote` is `text[start:end]`."""

    key: str
    quote: str
    start: int
    end: int


def find_standing(text: str) -> Iterator[Standing]:
    """Every place of `text` that claims some standing, whoever it is said of."""
    if not _ANY.search(text):
        return
    for key, pattern in _COMPILED.items():
        for match in pattern.finditer(text):
            yield Standing(key, match.group(), *match.span())
            code = key.removeprefix("language:")
            if code != key and (
                fluent := _WELL_SPOKEN[code].search(text, max(0, match.start() - 40), match.end() + 40)
            ):
                yield Standing(f"fluent:{code}", fluent.group(), *fluent.span())


def standing_of(text: str) -> frozenset[str]:
    """The keys `text` carries. A named school stands for a degree, a master's for any lower one."""
    keys = {one.key for one in find_standing(text)}
    if _SCHOOL.search(text):
        keys.add("degree")
    return frozenset(keys)
