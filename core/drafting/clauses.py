"""Who a clause speaks about: the writer's own record, or the client's job and plans for it.

The difference decides what may support a statement. "I built X for Acme" needs a fact of the user's; "your Acme account" is
supported by the posting. A clause that denies something ("I have not used X yet") claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'»”)]*\s+|\n+")
_ABBREVIATION = re.compile(
    r"(?:(?:^|\n)[ \t]*\d{1,2}|\b(?:дол|грн|год|хв|тис|див|ред)|\b(?i:e\.g|i\.e|vs|incl|т\.д|т\.п|напр|тис|млн)"
    r"|\b(?:Mr|Ms|Mrs|Dr|No|Inc|ін|св)"
    r"|(?<![&/+-])\b[A-ZА-ЯІЇЄҐ])\.$"
)
_UNIT_END = re.compile(r"(?:дол|грн|год|хв|тис|млн)\.$")
_CLAUSE_END = re.compile(
    r"[;:()—–]|\s-\s|,(?!\d)|\b(?:but|which|while|because|so|where|that|although|though|whereas|as your|as you)\b"
    r"|\band (?=(?:I|we|my|our|you|your|it|this|the)\b)|\b(?:але|який|яка|яке|які|бо|тому|тож|що|а)\b"
)
_TAKEN = (
    r"built|made|did|ran|won|led|grew|kept|cut|wrote|took|brought|gave|got|sold|spent|held|taught|drove|sent|saw"
    r"|began|drew|shot|went|fell|rose|became|came|lost|paid"
)
_ME = re.compile(
    r"\b(?:i(?!\.e\b)|my|me|mine|myself)\b|\bi['’](?:m|ve|d|ll)\b|\b(?:we|our|ours)\b(?=.{0,80}\b(?:\w{3,}ed|was|were)\b)"
    rf"|\b(?:we|our|ours)\b(?=.{{0,80}}\b(?:{_TAKEN})\b)"
    r"|\bwe(?:['’](?:ve|re)| have| are)\b|\bour (?:\w+ )?(?:team|agency|studio|company|clients?|customers?|work"
    r"|projects?|process)\b"
    r"|\b(?:я|ми|мій|моя|моє|мої|мого|моєї|моєму|моїй|мою|моїм|моїми|моїх|моєю|мене|мені|мною|наш\w*|нас|мой|мои|мне"
    r"|меня|моем|моей)\b",
    re.IGNORECASE,
)
_YOU = re.compile(
    r"\b(?:you|your|yours|you['’]re|ви|вам|вас|вами|ваш\w*|вы|client['’]s)\b"
    r"|\b[а-яіїєґ'’]{3,}(?:єте|їте|ете|ите|діть|жіть|шіть|літь|айте|уйте)(?:ся|сь)?\b"
    r"|\b(?:the|that|this|both|two|a|your)\s+(?:\w+\s+)?(?:previous|last|former|other"
    r"|earlier) (?:\w+ )?(?:contractors?|freelancers?|developers?"
    r"|agency|agencies|designers?|vendors?|teams?)\b"
    r"|\b(?:попередн\w+|минул\w+|колишн\w+) (?:виконав\w+|розробни\w+|підрядни\w+|дизайнер\w*|фахів\w+|агенці\w+"
    r"|спеціаліст\w*)",
    re.IGNORECASE,
)
_REPORTS = re.compile(
    r"\b(?:you|the (?:post|posting|brief|job|description|ad)|your (?:post|posting|brief|description"
    r"|ad))\s+(?:\w+ly )?(?:write|say|mention|note|ask|describe"
    r"|wrote|said|says|mentioned|mentions|asked|asks|noted|described)\b"
    r"|\b(?:ви|у вас|вам)\s+(?:пишете|кажете|згада\w+|згадуєте|просите|зазнача\w+|написали|питаєте|вказали)\b",
    re.IGNORECASE,
)
_LOOKED = re.compile(
    r"\b(?:saw|seen|found|noticed|spotted|came across|went|gone|go|looked|read|skimmed|browsed|opened|visited"
    r"|checked|studied|reviewed|tried"
    r"|clicked|watched"
    r"|tested|scrolled)\b"
    r" (?:\w+ ){0,3}(?:your|the|this) (?:[\w-]+ ){0,3}(?:posts?|posting|brief|description|job|site|website|web ?page|apps?"
    r"|store|shop|pages?|repo|listings?|profile|photos?|videos?|channel|screenshots?|mock-?ups?|designs?|files?|links?"
    r"|attachments?|specs?|requirements|document|task|details|feed|blog|catalogue|catalog)\b"
    r"|\b(?:caught|stood out|jumped out|struck) (?:my eye|to me|at me|me)\b|\bcaught my (?:eye|attention)\b"
    r"|\b(?:ознайоми\w+|прочита\w+|перегляну\w+|подиви\w+|вивчи\w+|зайш\w+|відкри\w+|погорта\w+)(?:ся"
    r"|сь)?\s+(?:[\w’']+\s+){0,3}?"
    r"(?:ваш\w*|опис\w*|завдан\w*|оголошен\w*|сайт\w*|вакансі\w*|бриф\w*|тз\b)",
    re.IGNORECASE,
)
"""What was looked at is the client's: no record of the writer's."""
_THAT = re.compile(r"^\W*(?:that|що)\b", re.IGNORECASE)
_AHEAD = re.compile(
    r"\b(?:will|would|can|could|shall|should|may|might|let['’]?s|(?:send|tell|give|show|write|let) (?:me|us)"
    r"|propose|suggest|offer|hope|plan|approach|план\w*|my (?:guess|question|suggestion|proposal|estimate|idea|advice"
    r"|rate|price|first (?:step|move|task|question|thought|idea|day|week|hour|draft|morning|guess|version|suggestion))"
    r"|want|like to|love to|look(?:ing)? forward|ready|happy|glad|excited|interested|time ?zone|overlap|open to"
    r"|flexible|confident"
    r"|convinced|certain|available|understand|understood|see|read"
    r"|reading|notice|noticed|seen|looked|reviewed|gone through|think|believe|suppose|assume|expect|guess|ask|wonder|need"
    r"|estimate|reckon|takes me|i (?:calculate|budget|count)|have in mind|start by|begin with|going to|if we|when we"
    r"|once we|questions?)\b|['’](?:ll|d)\b"
    r"|\b(?:можу|зможу|можемо|буду|будемо|зроблю|зробимо|пропоную|хочу|хотів\w*|готов\w*|планую|радо|рад|рада|розумію"
    r"|бачу|прочита\w*"
    r"|(?:за )?мо(?:я|єю|ю|єї) (?:\w+ )?(?:ставк\w+|пропозиці\w+|порад\w+|цін\w+)|мо[єя] (?:запитання|питання"
    r"|припущення|ідея)|закладаю|запитую|надішлю"
    r"|віддам|відповім"
    r"|вийде|виходить|становитиме|складе|очікую|передбачаю|займатиме|рахую|оцінюю|розраховую|орієнтуюся|орієнтуюсь"
    r"|встигну|складу|зміг би|могла б"
    r"|міг би|дам|скажу|домовимось|домовимося|гадаю|думаю|припускаю|почала? б|почав би"
    r"|зробила? б|зробив би"
    r"|вистачить|потрібн\w+|треба|знадоб\w+|напишу|перевірю|візьмусь|візьмуся|почну|почати|покажу|запропоную|підготую"
    r"|питання|запитання|могу|смогу|готов"
    r"|понимаю|б|би)\b",
    re.IGNORECASE,
)
_RECORD = re.compile(
    r"(?<![\w-])(?<!is )(?<!are )(?<!be )"
    r"(?:experienc\w*|expertise|background (?:in|as|with|is|was|includes|spans|covers)|portfolio|track record"
    r"|certifi\w+|expert (?:in|at|with)"
    r"|fluent|specialis\w+|specializ\w+|previously|formerly|employ\w+|hired|worked|built|shipped|delivered|led|managed"
    r"|founded|graduated"
    r"|degree|award\w*|досвід\w*|портфоліо|сертифік\w*|працюва(?:в|ла|ли|вши)|розроби[влі]\w*"
    r"|створи[влі]\w*|зроби[влі]\w*"
    r"|стаж\w*|опыт\w*|клиент\w*|работал\w*|сделал\w*)\b"
    r"|\b(?:мо\w{1,3}|мої\w*|наш\w*|колишн\w+|попередн\w+|останн\w+|серед|задоволен\w+) (?:\w+ )?(?:клієнт|замовник)\w*"
    r"|^\W*(?:клієнти|замовники|мій (?:клієнт|замовник))\b|\bдля (?:\w+ )?(?:клієнт|замовник)\w*"
    r"|\b(?:my|our|past|previous|former|happy) (?:clients?|customers?)\b"
    r"|\b(?:clients?|customers?) (?:include|such as|like|were)\b"
    r"|^\W*(?:clients?|customers?)\b"
    r"|\b\d+\+?[\s-]*(?:years?|yrs?|рок\w*|рік|років|лет|года?|годов)\b|\b(?:years|decades?) (?:of|in|with)\b",
    re.IGNORECASE,
)
_MY_RECORD = re.compile(
    r"\b(?:my|our|мій|моя|мо\w{1,3}|наш\w*)\s+(?:[\w.+#-]+\s+){0,4}?"
    r"(?:experience|expertise|background|knowledge|skills?|years|portfolio|clients?|projects?|досвід\w*|знання|проєкт\w*)\b",
    re.IGNORECASE,
)
_DENIED_RECORD = re.compile(
    r"\b(?:no|without|zero) (?:[\w+#.-]+ ){0,3}(?:experience|background|knowledge)\b"
    r"|\b(?:have|has|had) (?:not|never)(?: yet| ever)? \w+|\b(?:haven|hadn|hasn|didn)['’]?t(?: yet| ever)? \w+|\b(?:i"
    r"|we)['’]ve never \w+"
    r"|\b(?:not|never)\s+(?:yet\s+|ever\s+)?"
    r"(?:used|worked|tried|done|built|touched|been|had|connected|integrated|deployed|installed|configured|set up"
    r"|learn(?:ed|t)|handled|written|edited|translated|designed|recorded|animated|sold|shipped)\b|\byet to\b"
    r"|\black\b|\bnew to me\b"
    r"|\b(?:i|we) (?:do|did|am|was|have|had|can|could)(?: not|n['’]?t) (?!only\b|just\b|merely\b|miss|fail|los"
    r"|complain|guarante)\w+"
    r"|\b(?:do not|don['’]?t) (?:yet )?(?:know|have|use|do|speak|offer|work (?:in|with))\b|\bi['’]m not an?\b|\bi am not an?\b"
    r"|\bлише з назви\b|\bonly by name\b|\bне (?:був|була|є|володі\w+|займа\w+|перекладаю|маю|мав|мала|прац\w+"
    r"|роби\w*|роблю|знаю|володію"
    r"|використову\w+|корист\w+|пробува\w+|підключа\w+)\b"
    r"|\bне (?!маю собі|пропуск|зрива|зірва|підв|запізн|помил|втрат|підво)(?:[а-яіїєґ'’]+ )?[а-яіїєґ'’]{2,}(?:ую|юю"
    r"|аю|яю|лю|жу|чу|шу|ував|увала|ив|ила|ав|ала)\b"
    r"|\bнемає досвіду\b|\bще не\b|\bне [а-яіїєґ'’]+(?:тиму|атиме|итиме|тимемо)\b",
    re.IGNORECASE,
)
_LACKING = re.compile(
    r"\bне (?:маю|мав|мала|знаю|володі\w+|працю\w+|робив|робила|роблю|корист\w+|використ\w+|пробу\w+|займа\w+|бачу"
    r"|бачив|бачила)\b"
    r"|\bнемає\b|\b(?:no|zero|without) (?:[\w+#.-]+ ){0,3}(?:experience|background|knowledge)\b",
    re.IGNORECASE,
)
_CONDITIONAL = re.compile(r"\b[а-яіїєґ'’]+(?:в|ла|ло|ли|г|с) (?:би|б)\b", re.IGNORECASE)
_RELATIVE = re.compile(r"\W*(?:which|that|who|nobody|як(?:ий|а|е|і|ого|ої|им|ою|ими|их))\b", re.IGNORECASE)
_I_DO = re.compile(
    r"\b(?!дяку|сподіва|чека|бажа|віта|пропону|плану|розумі|шука|пиш)[а-яіїєґ'’]{2,}(?:юю|аю|яю|ую|ію)(?:ся|сь)?\b"
    r"|\b(?:роблю|веду|пишу|створюю|керую|їжджу|вмію)\b"
    r"|\bмаю\b|\b(?!справ\b|прав\b|правила\b|держав\b|крила\b)[а-яіїєґ'’]{3,}(?:ував|увала|ив|ила|ав|ала|яв|яла|ніс|несла)\b",
    re.IGNORECASE,
)
"""Ukrainian verbs carry their "I" in the ending."""


_PLAN = re.compile(
    r"\b(?:will|would|can|could|shall|should|might|may|let['’]?s|going to|propose|suggest|offer|plan|estimate|expect|aim"
    r"|(?:want|like|ready|happy|glad|able|need|prefer) to|available|my (?:guess|estimate|suggestion|proposal|plan"
    r"|first (?:step|move|task|question|thought|idea|day|week|hour|draft|morning|guess|version|suggestion))"
    r"|takes? (?:roughly|about|around|approximately|up to|maybe)|(?:that|which|it) (?:gives|leaves|makes|means"
    r"|should))\b|['’](?:ll|d)\b|\b(?:i|we) (?:estimate|reckon|figure|calculate|budget|price|count)\b|^\W*(?:first"
    r"|then|next|finally"
    r"|after that|later)(?:,|:| (?:i|we|you|a|an|the|your)\b)|^\W*(?:day|days|week|weeks|steps|plan|approach"
    r"|deliverables|scope|price|effort|delivery|cost"
    r"|first (?:numbers|draft|version|results?|sketch|report|cut)|month|step|phase|stage|total|timeline|estimate)\b(?!-)"
    r"|\b(?:би|б|можу|зможу|можемо|зможемо|буду|будемо|будете|буде|пропоную|планую|готов\w*|почну|почати|почнемо"
    r"|встигну|встигнемо|надішлю"
    r"|віддам|покажу|напишу|зроблю|зробимо|перевірю|підготую|запропоную|виконаю|закладаю|гадаю|думаю|вистачить|вийде"
    r"|займе|займає|забере|забира(?:є|тиме|тимуть)|потрібн\w+|треба|[а-яіїєґ'’]{3,}(?:імо|ьмо|ймо)|підійде|обійдеться"
    r"|краще|достатньо"
    r"|знадоб\w+|варто|реально|можна|слід|завтра|наступн\w+|скажу|дам|додам|закінчу|завершу|пишемо|робимо"
    r"|лишаємо|отримаєте|побачите"
    r"|візьму\w*|приділя\w+|це|вклад(?:усь|уся|емось|емося)|попрацю\w+|(?:за|по|зро|спро|поча?|вкла|об"
    r"|пере)\w+(?:емо|имо)(?:ся|сь)?)\b"
    r"|^\W*(?:перш(?:а|і|ий|у) (?:верс\w+|чернетк\w+|результат\w*|варіант\w*|випуск)|спершу|спочатку|далі|потім"
    r"|після цього|тоді|згодом|день|тиждень|етап|крок|разом|усього|загалом|термін|строк)\b",
    re.IGNORECASE,
)
_NOT_PAST = (
    r"(?!(?:hundred|need|speed|feed|seed|indeed|breed|proceed|succeed|exceed|embed|fixed|detailed|proposed|estimated|dedicated"
    r"|attached|required|planned|expected|agreed|related|based|advanced|automated|limited|unlimited|shared|combined"
    r"|naked|included|excluded)\b)"
)
_DID = re.compile(
    rf"\b(?:i|we)['’]d (?:already |once )?{_NOT_PAST}\w{{2,}}ed\b"
    rf"|\b(?:i|we)(?:['’]ve| have| had)?(?: \w+ly| also| once| already| just| ever)? (?:{_NOT_PAST}"
    rf"\w{{2,}}ed|{_TAKEN}"
    rf"|done|been|written|given|taken|run|was|were|had)\b|\bmy (?:[\w-]+ ){{1,3}}(?:{_NOT_PAST}\w{{3,}}ed|{_TAKEN}"
    rf"|was|were|had)\b"
    rf"|^\W*(?!(?:if |when |once |not,? )*you\b|\S+['’](?:d|ll)\b|(?:\S+ )?(?:will|would|can"
    rf"|could)\b)(?:[\w'’&-]+ ){{1,6}}?(?<!is )(?<!are )(?<!be )(?<!being )(?<!get )(?<!gets"
    rf" )(?:{_NOT_PAST}\w{{3,}}ed|{_TAKEN}|was|were|had)\b"
    r"|\b(?!справ\b|прав\b|держав\b|правила\b|сила\b|хвила\b|хвили\b|крила\b|мила\b|мали\b)[а-яіїєґ'’]{2,}(?:ував|увала|ив|ила"
    r"|ав|ала|яв|яла|ніс|несла|іг|огла|или|али|яли|іли|їла|їло|їли|було|були|ало|ило|шов|шла|шли|ріс|росла|росли"
    r"|росло)(?:ся|сь)?\b",
    re.IGNORECASE,
)
_IF = re.compile(r"\W*(?:if|unless|suppose|whether|якщо|коли б|якби|чи)\b", re.IGNORECASE)
_UNPROMISED = re.compile(
    r"\b(?:wouldn|won|can|couldn|don|shouldn)(?:['’]t|not) (?:\w+ )?(?:promise|guarantee|claim|pretend)"
    r"|\b(?:would|will|can) (?:not|never) (?:promise|guarantee|claim)"
    r"|\b(?:nobody|no one|no honest|ніхто)\b.{0,40}\b(?:guarantee|promise|гарант\w+|пообіця\w+|обіця\w+)"
    r"|\bне (?:обіця\w+|гаранту\w+|запевня\w+)|\b(?:an )?exaggeration\b|\bперебільшення\b",
    re.IGNORECASE,
)
_LIST_LINE = re.compile(r"\s*(?:[^\w\s\"'«“(\[$€£₴#+@]{1,3}|\d{1,2}(?:[.):]|\s[–—-]))\s")
_RUN = re.compile(
    r"\b(?:run|running|maintain\w*|manag\w+|support\w*|own|host\w*|operat\w+|serv\w+|handl\w+|веду|підтриму\w+|керую"
    r"|маю|обслугову\w+)\b",
    re.IGNORECASE,
)
_PLAN_HEADING = re.compile(
    r"\b(?:plan|approach|steps?|milestones?|timeline|schedule|phases?|stages?|roadmap|deliverables?|estimate|scope"
    r"|process|includ\w+|excluded|need from you|how (?:i|we) work|як працю\w+|потрібно від вас|would (?:do|propose|suggest)"
    r"|you(?: will|['’]ll)? get|how i|план\w*|етап\w*|крок\w*|графік\w*|строк\w*|як бачу|як це|що (?:в|у)війде|обсяг\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Clause:
    """`own` is true when it speaks about the writer's record; `start` and `end` are offsets in the whole text.

    `denied` marks one that says what the writer has not done, `ahead` one that wishes, plans or offers, `plan` one that
    tells what is to be done on this job and nothing of what was: a promise, for which there can be no fact; `yours` one about
    the client, `lacking` one that owns to having none of something, `supposed` one that only supposes or declines to promise,
    `did` one that tells what was, `follows_record` one without a subject of either side after a sentence about the record.
    """

    start: int
    end: int
    own: bool
    denied: bool = False
    ahead: bool = False
    plan: bool = False
    yours: bool = False
    lacking: bool = False
    supposed: bool = False
    did: bool = False
    follows_record: bool = False


def split_sentences(text: str) -> list[Sentence]:
    """Sentences and lines with their offsets; an abbreviation's dot ends nothing."""
    sentences: list[Sentence] = []
    start = 0
    for gap in _SENTENCE_END.finditer(text):
        before = text[start : gap.start()].rstrip("\"'»”)")
        goes_on = _ABBREVIATION.search(before) and not (
            _UNIT_END.search(before) and text[gap.end() : gap.end() + 1].isupper()
        )
        if "\n" not in gap.group() and goes_on:
            continue
        sentences.append(Sentence(text[start : gap.start()], start))
        start = gap.end()
    sentences.append(Sentence(text[start:], start))
    return [sentence for sentence in sentences if sentence.text.strip()]


def clauses_of(sentences: Sequence[Sentence]) -> list[Clause]:
    """The clauses of a whole text: the lines of a list belong to the line that introduces it."""
    found: list[Clause] = []
    listing = recorded = False
    end = 0
    for sentence in sentences:
        in_list = _LIST_LINE.match(sentence.text) is not None
        clauses = list(split_clauses(sentence, plan=listing and in_list))
        if sentence.start - end > 1 and not in_list:
            recorded = False  # a new paragraph speaks of something new
        if recorded and all(map(_is_bare, clauses)):
            clauses = [replace(clause, follows_record=True) for clause in clauses]
        else:
            recorded = any(_tells(clause, sentence) for clause in clauses)
            clauses = [
                replace(clause, follows_record=True)
                if place and _is_bare(clause) and _goes_on(clauses[:place])
                else clause
                for place, clause in enumerate(clauses)
            ]
        end = sentence.start + len(sentence.text)
        found.extend(clauses)
        if not in_list:
            heads = sentence.text.rstrip().endswith(":")
            planned = any(clause.plan for clause in clauses) or _PLAN_HEADING.search(sentence.text)
            listing = heads and bool(planned)
            recorded = recorded and not listing
    return found


def mentions_record(text: str) -> bool:
    return _RECORD.search(text) is not None or _MY_RECORD.search(text) is not None


def _tells(clause: Clause, sentence: Sentence) -> bool:
    """Whether what follows may go on about it: something done, had or run by the writer."""
    part = sentence.text[clause.start - sentence.start : clause.end - sentence.start]
    running = clause.own and (mentions_record(part) or _RUN.search(part) is not None)
    return (clause.did or running) and not clause.denied


def _goes_on(before: Sequence[Clause]) -> bool:
    """Whether the last of these clauses that is about somebody tells of the writer's record."""
    telling = next((one for one in reversed(before) if one.did or not _is_bare(one)), None)
    return telling is not None and (telling.own or telling.did)


def _is_bare(clause: Clause) -> bool:
    return not (clause.own or clause.plan or clause.yours or clause.ahead)


def split_clauses(sentence: Sentence, *, plan: bool = False) -> Iterator[Clause]:
    """The clauses of one sentence. One without a subject of its own continues what the one before it spoke about."""
    found: list[Clause] = []
    before: bool | None = None
    reported = False
    start = 0
    cuts = [match.start() for match in _CLAUSE_END.finditer(sentence.text)]
    asks = sentence.text.rstrip().endswith("?")
    for cut in [*cuts, len(sentence.text)]:
        if cut <= start:
            continue
        part = sentence.text[start:cut]
        reported = _REPORTS.search(part) is not None or (
            reported and not _ME.search(part) and (_THAT.match(part) is not None or before is False)
        )
        looked = _LOOKED.search(part) is not None and not _RECORD.search(part)
        own = (
            not reported
            and not looked
            and _speaks_of_me(part, before)
            and not (asks and not _RECORD.search(part))
        )
        denied = _DENIED_RECORD.search(part) is not None
        if denied and _RELATIVE.match(part):
            # "Klaviyo, which I have never used": the comma alone is a clause to us, the name stands before it.
            found[-2:] = [replace(clause, denied=True) for clause in found[-2:]]
        ahead = _AHEAD.search(part) is not None
        did = (
            not looked
            and _DID.search(_CONDITIONAL.sub(" ", part)) is not None
            and not (plan and (_RELATIVE.match(part) or not (_ME.search(part) or _I_DO.search(part))))
        )
        if_so = _IF.match(part) is not None
        if if_so and not _RECORD.search(part):
            own = False
        if plan and own and not did and not mentions_record(part):
            own = False
        supposed = _UNPROMISED.search(part) is not None
        own = own and not supposed
        plan = not own and not did and (_PLAN.search(part) is not None or (plan and not _YOU.search(part)))
        found.append(
            Clause(
                sentence.start + start,
                sentence.start + cut,
                own,
                denied,
                ahead,
                plan,
                not own and _YOU.search(part) is not None,
                _LACKING.search(part) is not None,
                supposed or (if_so and not own),
                did,
            )
        )
        before = own
        start = cut
    yield from found


def _speaks_of_me(clause: str, before: bool | None) -> bool:
    clause = _CONDITIONAL.sub("би", clause)
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
    if (_RELATIVE.match(clause) or _PLAN.search(clause)) and not _DID.search(clause):
        return False
    return bool(before)
