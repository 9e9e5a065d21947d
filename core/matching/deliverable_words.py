"""The words and signs by which the grammar of `deliverables.py` tells a thing that is asked for from everything else."""

from __future__ import annotations

import re
from pathlib import Path

from core.matching.words import stem


def stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HEADS = stems(
    " ".join(
        line
        for line in Path(__file__).with_name("deliverable_heads.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
)
# "Rulebook", "worksheet", "moodboard": what ends like a thing is one.
HEAD_ENDINGS = re.compile(r"\w{3}(?:book|sheet|board|page|deck|kit|card)s?$")
# Names of several words are one word to the grammar.
JOINED = re.compile(
    r"\b(?:voice[\s-]+overs?|(?:terms|conditions)[\s-]+(?:of|and|&)[\s-]+(?:service|use|sale|conditions)|bills?[\s-]+of[\s-]+materials"
    r"|(?:scope|statement)s?[\s-]+of[\s-]+work|proofs?[\s-]+of[\s-]+concept|standard[\s-]+operating[\s-]+procedures?|case[\s-]+stud(?:y|ies)"
    r"|articles[\s-]+of[\s-]+association|(?:press|media)[\s-]+kits?|business[\s-]+cards?|cheat[\s-]+sheets?|(?:test|use)[\s-]+cases?|user[\s-]+stories)\b",
    re.IGNORECASE,
)
PAIRED = re.compile(r"\bprofit\s+and\s+loss(?=\s+\w)", re.IGNORECASE)
# Ways to say "want" in several words; what they swallow is not wanted itself.
WANT = " want"
WANTING = re.compile(
    r"\b(?:hand(?:ed)?\s+(?:over|in)|hand\s+(?:me|us)|end\s+up\s+with|comes?\s+with|hop(?:e|ing)\s+(?:for|to\s+(?:get|have|receive))"
    r"|looking\s+(?:for|to\s+(?:get|have|receive|order|buy|commission))|would\s+(?:(?:also|really|ideally)\s+)?(?:like|love|appreciate|welcome)(?:\s+to\s+(?:get|have|receive|see|order))?"
    r"|(?<=['’])d\s+(?:(?:also|really|ideally)\s+)?(?:like|love|need|want|appreciate|welcome)(?:\s+to\s+(?:get|have|receive|see|order))?|(?<=['’]m\s)after|(?<=\bam\s)after|(?<=\bare\s)after|(?<=['’]re\s)after|in\s+(?:need|search)\s+of"
    r"|deliverables\s+(?:are|include)|send\s+(?:(?:me|us)\s+)?back|(?:is|are)\s+needed\s+for|leaves?\s+(?:me|us)\s+with|help\s+(?:me|us)\s+with(?=\s+an?\b)|(?:(?:outcome|output|(?:end|final)\s+(?:result|product)|result|deliverables?)\s*:|(?:goal|outcome|output|aim|(?:end|final)\s+(?:result|product)|result|deliverables?)\s+(?:is|are|(?:should|will|must|would)\s+be))"
    r"|(?:turn|convert|transform|redesign|rewrit|remak|rework|condens|repurpos|adapt|mak|split|cut)\w*\s+(?:[\w'’-]+\s+){0,5}?into"
    r"|(?:should|must|will)\s+(?:also\s+)?(?:include|contain)|(?:is|are|be)\s+delivered\s+(?:as|with)|set\s+me\s+up\s+with|що\s+маємо\s+отримати|на\s+виході(?:\s*[:—–-])?)(?!\w)",
    re.IGNORECASE,
)
MAKE = stems(
    "keep ship return build create design redesign develop cut write rewrite subtitle make produce deliver prepare compile draw"
    " draft generate add implement code compose record shoot film edit program set need want require seek"
    " order looking look like wish hire provide expect become compile layout rebuild extend do does receive finalize"
    " finish convert sketch illustrate animate translate craft implement commission model render"
    " скласти перекласти зняти записати озвучити зібрати налаштувати замовляємо замовити переробити потребуємо зробіть"
    " створіть розробіть напишіть намалюйте підготуйте зверстайте складіть потребуємо чекаємо"
    " очікуємо зробити створити розробити написати намалювати оформити"
    " потрібно потрібен потрібна потрібні треба хочемо хочу шукаємо змонтувати підготувати додати зверстати"
)
PAST = stems(
    "built created designed developed wrote written made produced had has have ran showed designed recorded edited"
)
RESET = re.compile(r"(?:,|\band\b|\bplus\b|\bта\b|\bі\b|&)\s*$", re.IGNORECASE)
NUMBER = (
    r"\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty"
    r"|hundred|several|дві|два|три|чотири|п'ять|десять"
)
COUNT = re.compile(rf"(?:{NUMBER})$", re.IGNORECASE)
DETERMINERS = words("a an one another some один одну одна")
REMADE = stems(
    "rewrite redesign rework revise refresh polish rebuild reformat out retouch переписати оновити переробити"
)
"""What is done to a thing of the client's own, which comes back as a new one; "out" as in "lay out"."""
MADE_NEW = stems(
    "record film illustrate build write prepare draft compile deliver compose design create produce develop"
)
OWNED = words(
    "our my the your their its his her this that these those existing current наш наша наше нашу нашого "
    "мій моя мою цей ця"
)
PREPOSITIONS = words(
    "with for of from on in to by about at into through as per than like similar using via without "
    "between для з із зі на в у до про через без по від"
)
WORK = words(
    "maintain maintaining setting up manage managing improve optimize support update testing building creating"
)
GATHERED = words(
    "sequence set series batch bundle collection pack couple total range minutes hours pages words"
    " rounds версій серію набір комплект"
)
HANDED = stems("hand give provide deliver send надайте дайте")
TO_US = stems("shoot write add hire")
"""With "me" they ask for a word, not for work: "shoot me an email"."""
VERBS = words(
    "is are was were be been has have had will would can could should must may might do does did we"
    " i you they he she it us our my "
    "need needs want wants must let please є був була було були має мають ми ви я вони він вона треба потрібно потрібен потрібна "
    "потрібні хочемо шукаємо"
)
"""With none of them a line is a heading: "Weekly newsletter on bees"."""
CHAIN = re.compile(
    r"\s*(?:[,+&/;✅•|]|\band\b|\bplus\b|\bта\b|\bі\b|\bй\b|\s)+(?:an?\b|the\b|one\b)?\s*", re.IGNORECASE
)
CYRILLIC = re.compile(r"[а-яіїєґ]", re.IGNORECASE)
WITH_WHAT = re.compile(r"(?:[оеє]м|им|ами|ями|[оеє]ю)$")
"""The Ukrainian instrumental: "з особистим кабінетом"."""
GIVEN = re.compile(
    r"\b(?:attached|ready|exists?|existing|below|included|done|available|enclosed|supplied|готов\w+|додан\w+|додаєм\w*|надам\w*)\b|\?\W*$",
    re.IGNORECASE,
)
NO_HEADING = stems(
    "budget file question test form text files post price plan terms time design дизайн текст бюджет"
)
"""Alone at the head of a line they name a condition, not a thing: "Files by e-mail", "Budget 50$"."""
FORMATS = stems(
    "pdf docx dxf dwg step stl obj psd svg mp3 wav srt vtt gif file files sheets format source vector vectors"
)
NO_THING = re.compile(
    r"\b(?:google|facebook|meta|tiktok|amazon|linkedin|apple)\s+(?:sheets|docs|slides|forms|ads|maps|drive|books|store)$|\b(?:code|peer)\s+reviews?$"
    r"|^(?:paid\s+)?(?:trial|sample)\s+\w+$|^(?:paid\s+)?test\s+(?:scene|task|project|article|page|image|video|assignment|job|shot)$|\b(?:long|short|full|part)[\s-]+\w+$(?<=term)",
    re.IGNORECASE,
)
"""Names and doings that end like a thing."""
LIST_LEAD = re.compile(
    r"(?:\b(?:each|every|per)\s+(?:week|month|day|episode|article|video)|\bneed(?:ed|s)?|\bdeliver(?:s|y|ables?)?|\bwant(?:\s+back)?|\bscope|\btasks?|\boutput|\bincludes?|\bwe\s+expect"
    r"|\bmonthly|\bweekly|\bwanted|\brequired|потрібно|потрібні|треба|щотижня|щомісяця|завдання|результат|виході)\s*$",
    re.IGNORECASE,
)
MEASURES = stems("page pages slide slides screen screens word minute сторінка сторінок")
VERB_LIKE = re.compile(r"(?:[иаіу]л[аи]|[аиіуя]ти(?:ся)?|ємо|имо|ють|ять|ить|ає|ує)$")
STOP = (
    DETERMINERS
    | OWNED
    | PREPOSITIONS
    | WORK
    | words(
        "and or plus but is are be was were will would should must can could may that which who whose where "
        "when we i you they it please also then so if need needs want wants build builds create design "
        "develop write make makes produce deliver prepare compile draw draft generate add implement code "
        "compose record edit do does receive expect become compile finalize finish convert"
        " illustrate animate translate craft implement "
        "commission rebuild extend redesign rewrite us me no not any all each every і та або але що який яка яке які щоб ми ви "
        "треба потрібно потрібен потрібна потрібні хочемо хочу зробити створити розробити написати "
        "змонтувати оформити намалювати шукаємо додати також теж ще плюс"
    )
)
AFTER = PREPOSITIONS | words(
    "back who has have shall may needs required needed included wanted a an the i we you every each per twice once"
    " and or plus but that which should must will would can could who where when made is are weekly"
    " monthly daily so running based і та або але що який яка яке які щоб під"
)
TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\w)|[^\W_](?:[\w'’+#&/.-]*[\w+#])?")
LIST_HEAD = re.compile(
    r"^(?:the\s+)?(?:deliverables?|what\s+(?:you|we)\s+(?:will\s+)?(?:deliver|get|expect|need)|scope|you\s+deliver|результат\w*|що\s+потрібно)"
    r"[^.!?]{0,30}:?\s*$",
    re.IGNORECASE,
)
BULLET = re.compile(r"^(?:[-*•–—·▪✓✔]|\d{1,2}[.)])\s*")
PEOPLE = re.compile(
    r"(?:users?|customers?|clients?|visitors?|guests?|testers?|students?|people|applicants?|candidates?)$"
)
BACK_OFF = re.compile(
    r"\b(?:you(?:'ve|\s+have)|have\s+you|did\s+you|we\s+(?:already\s+)?have|we\s+built|previous|past)\b",
    re.IGNORECASE,
)
DEMANDED = re.compile(
    r"[^.:;]{0,60}?\b(?:is|are|will\s+be|must\s+be|should\s+be)\s+(?:also\s+)?(?:required|needed|expected|wanted|included)\b",
    re.IGNORECASE,
)
FROM_APPLICANTS = stems(
    "resume cv letter portfolio demo nda sample proposal profile reference references review reviews bio form"
)
"""What a client may demand before any work begins."""
SUPPLIED = re.compile(
    r"[^.:;,]{0,40}?\b(?:is|are|will\s+be|were|was)\s+(?:already\s+|all\s+)?(?:provided|supplied|available|attached|ready|done|given|written|here|there|on\s+us|not\s+(?:needed|necessary|required|part))\b",
    re.IGNORECASE,
)
BEFORE_VERBS = words("who which to will can could would please you we they i must should also")
"""After one of them a lone word is a verb: "somebody who audits"."""
LEAST_THING = 4
MAKERS = stems(
    "build create design redesign develop write rewrite make produce compile draw draft code compose"
    " record implement program"
)
NO_THINGS = stems(
    "experience voice knowledge background degree call interview meeting chat look way lot bit couple time"
    " hours hour day days week weeks month months year years minute minutes budget price rate quote fee"
    " payment deadline start help hand support idea problem issue difference decision attention team"
    " company business agency relationship basis role position project task part services"
    " access account trial sample example reply response answer message offer people users clients"
    " customers members quality style tone feel sense understanding ability skill skills portfolio"
    " timezone laptop internet connection phone impression number amount option options space chance"
    " opportunity effort process approach kind type sort range variety person someone somebody anyone"
    " developer designer writer freelancer professional native talent human partner hire word words"
    " sentence percent dollar dollars launch timeline turnaround change changes step steps thing"
    " things discussion conversation collaboration partnership commitment overlap"
    " availability speaker vendor student candidate applicant rockstar ninja guru pair eyes half"
    " third quarter second success market audience family room rooms city"
    " country world life hobby passion love fan minimum maximum total studio estimate robot bot link links"
    " revision revisions mention heads-up referral good great nice better best clean simple small short"
    " long full complete modern senior junior reliable experienced dedicated talented"
)
"""What is wanted of a person or of the work, and is nothing to be handed over."""
PERSON = re.compile(
    r"(?:[eo]r|ist|ian|ant|eur|[ao]rs|ers|ists|ians|ants|man|men|woman|expert|experts|va|cpa|pro|pros|guy|gal|hand|hands|attorney|architects?|coach|services?|solutions?|brands?|products?|contracts?)$"
)
ASIDE = stems("send do does have has")
RELATIVE = words("which who that where when because so")
CLAUSE = words("that which who whose if whether sure so because when where are is be was were not")
"""What a new clause begins with; a thing without a listed name is only looked for in the clause of its verb."""
BESIDE = words("for of in on about")
UNRELATED = VERBS | CLAUSE | words("with from like using including as such that")
"""Between two members of a list stands at most what the first is for."""
OPENERS = words("also plus additionally besides ideally finally then optionally afterwards later")
"""Adverbs before what a sentence really begins with."""
LIMIT = 8
REACH = 30
