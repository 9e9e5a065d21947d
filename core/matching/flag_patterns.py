"""How the schemes of bad clients read, in English, Ukrainian and Russian. Matched against one sentence at a time."""

from __future__ import annotations

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_LOOK_ALIKES = {"a": "[a@4а]", "e": "[e3е]", "i": "[i1і]", "l": "[l1i]", "o": "[o0о]", "s": "[s$5]"}


def _disguised(name: str) -> str:
    """A name that may be spelled "t e l e g r a m", "tele-gram" or "te1egram" so that a filter does not see it."""
    return r"[\s._*-]?".join(_LOOK_ALIKES.get(sign, sign) for sign in name)


_DISGUISED = "|".join(map(_disguised, ("telegram", "whatsapp", "viber", "skype", "wechat")))
# Nicknames of the messengers: by colour and picture, by two letters.
_NICKNAMES = (
    r"(?:(?:app|messenger|one)\s+with\s+(?:the|a|an|that)\s+(?:little\s+|white\s+|blue\s+|green\s+|paper\s+)*(?:plane|phone|bubble|icon|logo)|"
    r"(?:blue|paper|white)[\s-]+(?:paper[\s-]+)?(?:plane|airplane)(?:\s+(?:app|messenger))?|(?:green|blue|purple|violet)\s+(?:messenger|chat\s+app)|"
    r"(?:(?:зелен|син|фіолетов|блакитн)\w+\s+)(?:месенджер\w*|літач\w+)|літачк\w+)"
)
_APPS = (
    rf"(?:{_DISGUISED}|{_NICKNAMES}|telega|tlgrm|tg|whats\s?app|wats?app|w\.?app|signal|discord|google\s+chat|hangouts|zalo|"
    r"imessage|facebook\s+messenger|fb\s+messenger|"
    r"телеграм\w*|телег\w|тележ\w+|тг|вайбер\w*|[ву]от?с[ао]п\w*|ватс?[ао]п\w*|вацап\w*|скайп\w*|сигнал[іу]?)"
)
_HANDLE = r"@\w{4,32}"
_PHONE = r"(?:\+\s?\d|\(\d{3}\)|\d{3}[\s.-]\d{3})[\d\s().-]{5,16}\d"
_ME = r"(?:me|us|our\s+\w+|him|her|directly|мені|нам|нас|мене|мне|нашому|менеджеру)"
_REACH = (
    r"(?:contact|message|msg|text|write|reach|ping|dm|add|call|find|hit|inbox|"
    r"напиш\w+|пиш\w+|зв'яж\w+|звертай\w+|додай\w*|свяж\w+|связ\w+)"
)
_LETTER = r"(?:cv|resumes?|portfolio|samples?|details|applications?|work|резюме|портфоліо|приклади)"

# "A WhatsApp bot that messages our clients" is a job, not an invitation.
PRODUCT = _any(
    r"\b(?:build|integrat\w+|implement\w*|develop\w*|creat(?:e|ing)|automat\w+|scrap\w+|features?|widgets?|buttons?|apis?|"
    r"(?:chat)?bots?|pages?|forms?|modules?|checkout|plugins?|stripe|booking|users?|customers?|guests?|members?|signup|sign-up|subscriptions?|"
    r"бот\w*|інтегр\w+|розроб\w+|сторінк\w+|форм\w|кнопк\w+|користувач\w*|чат-?бот\w*)\b"
)

# Reported even inside a sentence about a product: the sender speaks of themselves.
OFF_PLATFORM_DIRECT = _any(
    rf"\b{_REACH}\s+(?:up\s+)?(?:to\s+)?{_ME}\b[^.!?\n]{{0,40}}\b{_APPS}\b",
    rf"\b(?:my|our|мій|наш|мой)\s+{_APPS}\b(?!\s+(?:bot|channel|group|account|business|community|server|page|app|bots|бот|канал|груп))",
    rf"\b{_APPS}\W{{0,3}}(?:(?:id|number|handle|username|me|us)\W{{0,3}})?(?:is\s+)?(?:@\w{{3,}}|\+?\d[\d\s-]{{6,}})",
    r"\b(?:e-?mail|send|contact|reach|write|message|apply|напиш\w+|надішл\w+|надсилай\w+)\b[^!?\n]{0,60}(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.\w{2,}",
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:\(at\)|\[at\]|\{at\}|\sat\s|\sсобака\s)\s*(?:gmail|yahoo|outlook|hotmail|proton\w*|icloud|ukr)\b",
    # "hank (at) boards dot com": nobody spells out an address but to hide it.
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:\(at\)|\[at\]|\{at\}|\s(?:собака|равлик|ет)\s)\s?[\w-]{1,63}\s?(?:\(dot\)|\[dot\]|\.|\s(?:dot|крапка|точка)\s)"
    r"\s?[a-z]{2,}\b",
    r"(?<![\w.+-])[\w.+-]{1,64}\sat\s[\w-]{1,63}\s(?:\(dot\)|dot)\s[a-z]{2,}\b",
    # A nickname is only of use elsewhere.
    rf"\b(?:my|our|мій|наш)\s+(?:nick(?:name)?|handle|user\s?name|contact|id|tag|нік\w*|контакт)\b\W{{0,3}}(?:there\s+|is\s+){{0,2}}{_HANDLE}",
    rf"\b(?:dm|pm|ping|add|text|find|message)\s+(?:me\s+|us\s+)?(?:at\s+|on\s+|:\s*)?{_HANDLE}",
    r"\b(?:take|move|continue|keep|carry\s+on|bring)\s+(?:this|it|the\s+(?:talk|chat|conversation|discussion))\s+(?:\w+\s+){0,2}"
    r"(?:off(?:line|-?platform|\s+(?:the\s+)?(?:platform|site|upwork))|outside|elsewhere|to\s+(?:another|a\s+different)\s+(?:app|messenger|place|platform))\b",
    r"\b(?:talk|chat|speak|contact|communicat\w+|communication|discuss\w*)\b[^.!?\n]{0,30}\b(?:outside|off)\s+(?:of\s+)?(?:the\s+|this\s+)?(?:upwork|platform|site)\b",
    r"\b(?:pay|payments?|paid|work|hire|continue|deal|contract)\b[^.!?\n]{0,30}\b(?:outside|off)\s+(?:of\s+)?(?:the\s+|this\s+)?(?:upwork|platform|site)\b",
    r"(?:поза|оминаючи|в\s+обхід|вне|в\s+обход)\s+(?:апворк\w*|upwork|платформ\w+|біржі|биржи)",
)
OFF_PLATFORM = _any(
    rf"\b{_REACH}\b[^.!?\n]{{0,25}}\b(?:on|via|through|in|at|by|у|в|через)\s+{_APPS}\b",
    rf"\b(?:let'?s|lets|please|we\s+(?:can|will|could)|we'll|давай\w*)\s+(?:continue|chat|talk|discuss|connect|move|communicate|speak|meet|switch|go|спілкува\w+|"
    rf"поговор\w+|общат\w+|перейд\w+)\b[^.!?\n]{{0,40}}\b{_APPS}\b",
    rf"\b(?:me|us|мені|нам)\s+(?:\w+\s+){{0,3}}(?:on|in|via|over|through|в|у|через)\s+{_APPS}\b",
    # Off the marketplace by telephone: a number of somebody's own.
    rf"\b(?:call|ring|phone|text|reach|message|contact|write|line|sms|whats\s?app|дзвон\w+|зателефон\w+|телефон\w*|пиш\w+|напиш\w+)\b[^.!?\n]{{0,30}}?{_PHONE}",
    rf"\b(?:communicat\w+|interviews?|onboarding|briefings?|details|the\s+rest|everything\s+else|спілкування|зв'язок|деталі|подробиці|решт\w+)\b[^.!?\n]{{0,30}}"
    rf"\b(?:on|in|via|over|through|by|у|в|через)\s+{_APPS}\b",
    rf"\b(?:apply|send\s+(?:your\s+|us\s+|me\s+)*{_LETTER}|надішл\w+\s+(?:\w+\s+)?{_LETTER})\b[^.!?\n]{{0,30}}\b{_APPS}\b",
    rf"\b(?:prefer|like|want|рад\w+|хоч\w+)\s+(?:to\s+)?(?:talk|chat|communicate|discuss|work|спілкува\w+|общат\w+)\b"
    rf"[^.!?\n]{{0,20}}\b{_APPS}\b",
    r"\b(?:send|leave|share|drop|give)\s+(?:us\s+|me\s+)?(?:your|ur)\s+(?:\w+\s+){0,2}(?:handle|username|nickname|phone(?:\s+number)?|number|contacts)\b",
    rf"\b(?:leave|share|drop|give)\s+(?:us\s+|me\s+)?(?:your|ur)\s+{_APPS}\b",
    r"\b(?:залиш\w+|надішл\w+|лиш\w+|скиньте)\s+(?:нам\s+|мені\s+)?(?:свій\s+|ваш\s+)?(?:номер\s+телефон\w+|номер|нік|юзернейм)\b",
    r"\b(?:you(?:'ll|\s+will)?\s+)?(?:find|look\s+for|search\s+for|look)\s+(?:me|us)\s+(?:up\s+)?on\s+(?:instagram|insta|ig|facebook|fb|linkedin|vk)\b",
    r"\b(?:dm|pm|message|write\s+to)\s+(?:me|us|our\s+page)\s+(?:there\s+)?(?:on|via)\s+(?:instagram|insta|ig|facebook|fb|linkedin)\b",
    r"\b(?:skip|avoid|save|saves|without)\b[^.!?\n]{0,25}\b(?:platform|upwork)(?:'s)?\s+(?:fees?|commission)\b",
    rf"\b(?:join|sign\s+up\s+(?:in|on|via|to)|register\s+(?:in|via|on)|subscribe\s+to)\s+(?:our|my|the)\s+{_APPS}\s+(?:group|channel|chat|community)\b",
    r"\b(?:pay|paid|payments?|the\s+money)\b[^.!?\n]{0,30}\b(?:in|via|through|with|by|using)\s+(?:an?\s+)?(?:crypto\w*|bitcoin|usdt|western\s+union|zelle|"
    r"cash\s?app|paypal|wise|payoneer|bank\s+transfer)\b",
    r"(?:оплат\w+|плат\w+)\s+(?:\w+\s+){0,2}(?:криптою|криптовалют\w+|на\s+карт\w+|usdt|напряму)",
    rf"(?:чека\w+|шукайте|знайд\w+|відповім\w*|обговор\w+|домов\w+|решта|далі)\s+(?:\w+\s+){{0,3}}(?:у|в|через)\s+{_APPS}",
    r"без\s+коміс\w+\s+(?:біржі|платформи|апворк\w*|upwork)",
    r"(?:t\.me|wa\.me|telegram\.me)/\S+",
)
# "Buyers message us on WhatsApp", "the shop takes payments via PayPal": what the product does, not what the freelancer should.
OTHERS_DO = re.compile(
    r"\b(?:guests?|shoppers?|buyers?|clients|viewers?|customers?|users?|visitors?|patients?|tenants?|subscribers?|fans?|members?|readers?|players?|people|leads?|they|"
    r"systems?|shops?|stores?|sites?|websites?|apps?|platforms?|services?|tools?|scripts?|servers?|"
    r"покупц\w+|клієнт\w*|користувач\w*|гост\w+|відвідувач\w*|пацієнт\w*|сайт\w*|магазин\w*)\s+"
    r"(?:(?:can|could|should|must|will|may|want|wants|need|needs|has|have|to|be|able|also|then|automatically|easily|accept|accepts|take|who|that|which|"
    r"write|writes|message|messages|text|texts|contact|contacts|reach|писати|пишуть|писали|які|що|мають|"
    r"takes|get|gets|могли|можуть|зможуть|має|мають|повинні)\s+){0,4}$",
    re.IGNORECASE,
)
ACCOUNT_SHARING = _any(
    r"\b(?:rent|lend|borrow|buy|sell)\b[^.!?\n]{0,30}\b(?:upwork|freelancer|linkedin|fiverr|paypal|bank|payoneer|wise)\s+"
    r"(?:accounts?|profiles?)",
    r"\b(?:share|use|access\s+to|provide|give)\b[^.!?\n]{0,20}\byour\s+(?:\w+\s+){0,2}(?:upwork|freelancer|linkedin|fiverr|paypal|bank|"
    r"payoneer)\s+(?:account|profile|login|credentials)",
    r"\b(?:use|using|work\s+(?:on|under|through))\s+(?:an?|some)\s+(?:\w+\s+){0,2}(?:upwork|freelancer|fiverr|linkedin)\s+(?:account|profile)\b",
    r"\b(?:upwork|linkedin|fiverr)\s+accounts?\s+(?:for\s+rent|to\s+rent|rental)",
    r"\b(?:log\s*in|work)\s+(?:from|through|under|via|on)\s+(?:my|our)\s+upwork\s+(?:account|profile)\b",
    r"\b(?:use|work\s+(?:from|under|through|via))\s+(?:my|our)\s+account\b(?!\s+(?:managers?|team|on|at|in|for|with)\b)",
    r"\b(?:anydesk|teamviewer|remote\s+access)\b[^.!?\n]{0,40}\byour\s+(?:computer|laptop|pc|account)",
    r"(?:оренд\w+|здат\w+|передат\w+|купл\w+|продат\w+)[^.!?\n]{0,30}(?:акаунт\w*|аккаунт\w*)",
    r"(?:акаунт\w*|аккаунт\w*|профіл\w+)\s+(?:upwork\s+|апворк\s+)?в\s+(?:оренду|аренду)",
    # Work or bid under somebody else's name, in either direction.
    r"\b(?:work|bid|apply|log\s*in|sell|operate)(?:s|ing)?\s+(?:\w+\s+){0,2}(?:under|from|through|via|with|on|behind)\s+(?:my|our)\s+(?:own\s+|existing\s+|verified\s+|top\s+rated\s+)?"
    r"(?:accounts?|profiles?|identity|name)\b(?!\s+(?:managers?|teams?|executives?|page|settings|is|was)\b)",
    r"\b(?:we|i|our\s+\w+|my\s+\w+)\s+(?:will\s+|would\s+|can\s+|want\s+to\s+|need\s+to\s+)?(?:use|works?|bids?|apply|operate|manage|borrow|rent)\s+(?:\w+\s+){0,3}"
    r"(?:your|ur)\s+(?:\w+\s+){0,2}(?:account|profile|identity)\b(?!\s+(?:manager|team|page)\b)",
    r"\b(?:rent|lend|lease|sell)\s+(?:us\s+|me\s+|out\s+)?(?:your|ur|a)\s+(?:\w+\s+){0,3}(?:account|profile)\b",
    r"\b(?:rent|lend|lease|sell)\s+(?:it|them)\s+(?:out\s+)?to\s+(?:us|me|our)\b",
    r"\b(?:attend|take|do|pass|sit)\s+(?:the\s+|client\s+|video\s+|job\s+)*interviews?\s+(?:for|instead\s+of|on\s+behalf\s+of|in\s+place\s+of|pretending)\b",
    r"(?:працюва\w+|працює\w*|подава\w+|заход\w+)\s+(?:\w+\s+){0,3}(?:з|із|під|через)\s+(?:моїм|нашим|вашим|вашого|мого|нашого|ваш|мій|наш|чуж\w+)\s+(?:\w+\s+)?"
    r"(?:акаунт\w*|аккаунт\w*|профіл\w+)",
    r"(?:оренд\w+|здат\w+|здайте|здаєте|продат\w+|продайте|передайте|купим\w*|купл\w+|викуп\w+)[^.!?\n]{0,25}(?:акаунт\w*|аккаунт\w*|профіл\w+)",
    r"\b(?:здайте|передайте|продайте)\s+(?:\w+\s+){0,2}нам\s+(?:\w+\s+)?(?:в|у)\s+(?:оренду|користування)",
)
_FEE = (
    r"(?:refundable|administration|admin|access|activation|membership|security|registration|training|onboarding|application|"
    r"processing|starter|verification|small|initial)"
)
UPFRONT_PAYMENT = _any(
    rf"\b(?:you|freelancers?|candidates?|applicants?|must|need\s+to|have\s+to|required\s+to)\b[^.!?\n]{{0,40}}\b(?:pay|make|send|"
    rf"transfer|cover|deposit)\b[^.!?\n]{{0,30}}\b(?:{_FEE}\s+)?(?<!platform\s)(?<!upwork\s)(?<!service\s)(?:deposit|fee|crypto|usdt|payment\s+to\s+us)\b",
    rf"\b{_FEE}\s+(?:deposit|fee)\b[^.!?\n]{{0,40}}?\s(?:is\s+|will\s+be\s+)?(?:required|needed|mandatory|refunded|returned|applies)",
    rf"\b{_FEE}\s+(?:deposit|fee)\b[^.!?\n]{{0,40}}\b(?:charged|due|payable|collected)\b"
    r"[^.!?\n]{0,30}\b(?:before|prior|first|upfront|in\s+advance)\b",
    r"\bpay\b[^.!?\n]{0,25}\b(?:deposit|fee)\b[^.!?\n]{0,30}\b(?:to\s+(?:start|begin|join|unlock|activate)|before\s+(?:we|you|starting))",
    r"\b(?:send|transfer|deposit|pay)\s+(?:us\s+)?\$?\d[\d.,]*\s*(?:\$|usdt|usdc|usd|eth|btc|eur|dollars|euros?|грн|гривень)?\s*"
    r"to\s+(?:the|our|my|this|an?)\s+(?:\w+\s+)?(?:address|wallet|account|card)\b",
    r"\b(?:buy|purchase)\b[^.!?\n]{0,30}\b(?:gift\s+cards?|(?:starter|training|welcome|work|home)\s+kit|equipment\s+from\s+our)",
    r"\b(?:we|i)\s+(?:will\s+)?(?:send|mail)\s+(?:you\s+)?(?:a\s+)?(?:check|cheque)\b",
    r"(?:сплач\w+|сплат\w+|плат\w+|внес\w+|внос\w+)\s+\d+\s*(?:грн|гривень|\$|доларів|usdt)\s+"
    r"(?:за\s+(?:доступ|навчання|матеріали|реєстрацію)|завдатк\w+|застав\w+|депозит\w*)",
    r"(?:внес\w+|внос\w+|сплат\w+|сплач\w+|оплат\w+|перераху\w+|перекаж\w+)\s+(?:\w+\s+){0,3}(?:застав\w+|депозит\w*|внесок|завдат\w+|залог)",
    r"(?:оплат\w+|сплат\w+|сплач\w+|плат\w+|кошту\w+)\s+(?:за\s+)?(?:\w+\s+){0,2}(?:реєстраці\w+|навчальн\w+\s+матеріал\w+|доступ\w*\s+до\s+(?:завдан\w+|робот\w+|баз\w+)|"
    r"стартов\w+\s+(?:набір|пакет)\w*|активаці\w+)",
    r"(?:застав\w+|депозит\w*|внесок|завдат\w+|залог)[^.!?\n]{0,40}(?:поверн\w+|поверта\w+)[^.!?\n]{0,30}(?:перш\w+|зарплат\w+|виплат\w+)",
    # Registration for the job itself that costs.
    r"\b(?:registration|application|onboarding|training|access|activation|the\s+(?:job|position|work|contract)|to\s+(?:start|begin|join|apply|get\s+started))\b[^.!?\n]{0,25}"
    r"\b(?:requires?|costs|needs)\b[^.!?\n]{0,30}\b(?:deposit|fee|payment|\$\s?\d+|\d+\s?(?:\$|usd|usdt|eur|euros?|dollars))",
    rf"\b(?:{_FEE}\s+){{1,2}}(?:deposit|fee|payment)\b[^.!?\n]{{0,50}}\b(?:you(?:'ll|\s+will)?\s+(?:get|receive)|get(?:s)?\s+(?:it\s+)?back|refunded|returned|deducted)\b"
    r"[^.!?\n]{0,50}\b(?:first|salary|pay(?:ment|out|check|slip)?|after|contract|task|week|day)\b",
    r"\b(?:you|your|u)\b[^.!?\n]{0,20}\btop\s*up\s+(?:your|the|ur)\s+(?:balance|account|wallet)\b|^\W*top\s*up\s+your\s+(?:balance|account|wallet)\b",
    r"\b(?:unlock|activate|open|access)\s+(?:the\s+|your\s+)?(?:tasks?|jobs?|work|account|contract|payouts?|withdrawals?|earnings)\b[^.!?\n]{0,40}"
    r"\b(?:pay|deposit|send|transfer|invest|top\s*up)\b",
    r"\b(?:you|freelancers?|applicants?|candidates?|workers?)\b[^.!?\n]{0,30}\b(?:buy|purchase|pay\s+for|cover|order)\s+(?:your\s+own\s+|the\s+|a\s+|our\s+)?(?:\w+\s+){0,2}"
    r"(?:licen[sc]e|background\s+check|id\s+(?:card|badge)|training|kit|starter\s+pack|certificate|course|software|materials)\b[^.!?\n]{0,40}"
    r"\b(?:from\s+(?:us|our|me)|before|first|upfront|in\s+advance|to\s+(?:start|begin|qualify)|(?:we|will\s+be)\s+(?:refund|reimburs)\w*|(?:refunded|reimbursed))\b",
    r"\b(?:send|pay|transfer|wire)\s+(?:us|me|our\s+\w+)\s+(?:a\s+|an\s+|the\s+)?(?:\w+\s+){0,3}(?:deposit|fee|\$\s?\d+|\d+\s?(?:\$|usd|usdt|eur|euros?|dollars|bucks))",
    r"\b(?:cash|deposit)\s+(?:the|our|a)\s+(?:check|cheque)\b",
    r"\b(?:buy|purchase)\s+(?:\w+\s+){0,3}(?:gift|steam|apple|itunes)\s+(?:gift\s+)?cards?\b[^.!?\n]{0,40}\b(?:send|codes?|reimburse\w*|refund\w*|photos?)\b",
    r"(?:застав\w+|депозит\w*|внесок)\s+(?:\w+\s+){0,2}(?:перед\s+початком|для\s+початку)",
)
_SAMPLE = r"(?:trial|test|sample|mock-?up|demo|draft|concept)"
_PIECE = (
    r"(?:task|work|project|job|article|design|video|logo|edit|page|translation|assignment|post|day|week|training|internship|sketch|"
    r"draft|chapter|shift|probation|piece|rows?|image|photo|clip|mock-?up|minutes?|lesson|audition)"
)
_FIRST_PART = (
    r"(?:first|those|these|initial|trial|test|sample|audition|pilot|probation\w*|training|onboarding)s?"
)
# Money that customers owe, and a customer's free month, are a product's.
_OWED = (
    r"(?![^.!?\n]{0,60}\b(?:invoices?|orders?|bills?|bookings?|subscriptions?|subscribers?|members?|leave|tickets?|debts?|rents?|tax(?:es)?|customers?|"
    r"users?|clients?|guests?|students?|fines?|tutors?|version|plan|tier|period|reservations?|drivers?|visitors?)\b)"
)
_UNPAID = (
    r"(?:unpaid|un-?compensated|(?:not|never)\s+(?:be\s+|being\s+)?(?:paid|compensated|rewarded|remunerated|billable|billed)|free\s+of\s+charge|"
    r"without\s+(?:pay|payment|compensation)|on\s+the\s+house|on\s+you|at\s+your\s+own\s+(?:expense|cost)|zero\s+pay)"
)
_NO_PAY = r"(?:do\s+not|don'?t|won'?t|will\s+not|can\s?not|can'?t|could\s+not|are\s+not\s+going\s+to|are\s+unable\s+to)"
FREE_WORK = _any(
    rf"\b(?:unpaid|no[\s-]pay|non[\s-]paid)\s+(?:\w+\s+){{0,2}}(?:{_SAMPLE}|{_PIECE})s?\b",
    rf"\bfree\s+{_SAMPLE}\s+{_PIECE}s?\b",
    rf"\b(?:provide|do|make|create|send|submit|complete|give|deliver|prepare)\s+(?:us\s+|me\s+)?(?:a\s+|one\s+)?free\s+(?:{_SAMPLE}|{_PIECE})s?\b",
    rf"\b(?:{_SAMPLE}|{_PIECE}|month|hour)s?\s+(?:\w+\s+){{0,3}}(?:is|will\s+be|are)\s+(?:unpaid|for\s+free|free\s+of\s+charge|not\s+paid)",
    r"\b(?:work|first\s+\w+|start|test|trial)\b[^.!?\n]{0,25}\bfor\s+free\b(?!\s+(?:tier|plan|account|user|shipping|download))",
    rf"\bnot\s+(?:be\s+)?(?:paid|pay)\s+for\s+(?:the\s+|this\s+)?{_SAMPLE}",
    rf"\b{_OWED}(?:{_SAMPLE}|first\s+\w+)\b[^.!?\n]{{0,40}}\b(?:will\s+not|won't|is\s+not|isn't|are\s+not|not)\s+(?:be\s+)?(?:paid|compensated|rewarded)\b",
    rf"\b(?:send|make|do|prepare|submit|create)\b[^.!?\n]{{0,30}}\b(?:{_SAMPLE}|{_PIECE})s?\b[^.!?\n]{{0,25}}\b(?:for\s+free|free\s+of\s+charge|"
    r"at\s+no\s+(?:cost|charge)|without\s+(?:pay|payment))\b(?!\s+(?:tier|plan|account|users?|shipping|download))",
    rf"\b(?:{_SAMPLE}|{_PIECE})s?\b[^.!?\n]{{0,60}}\b(?:do\s+not|don't|won't|will\s+not|cannot)\s+pay\s+for\s+(?:it|that|this|them)\b",
    r"\b(?:write|make|do|create|design|prepare|deliver|draw|record)s?\b[^.!?\n]{0,40}\b(?:at\s+no\s+(?:cost|charge)|free\s+of\s+charge|"
    r"without\s+(?:pay|payment|compensation))\b"
    r"(?!\s+(?:to|for)\s+(?:the\s+|our\s+)?(?:customers|users|clients|buyers|members|guests))",
    r"\bon\s+an?\s+(?:volunteer|voluntary|unpaid)\s+basis\b|\b(?:in\s+exchange\s+for|paid\s+in)\s+exposure\b",
    r"\b(?:pay|paid)\s+only\s+if\s+(?:we|i)\s+(?:like|choose|select|love)",
    rf"\b{_FIRST_PART}\b{_OWED}[^.!?\n]{{0,50}}\b{_UNPAID}\b",
    rf"\b{_UNPAID}{_OWED}\s+(?:\w+\s+){{0,3}}(?:{_SAMPLE}|{_PIECE})s?\b",
    rf"\b(?:i|we|and|but|company|studio|budget)\s+{_NO_PAY}\s+(?:\w+\s+)?(?:pay|compensate|reimburse|offer\s+(?:payment|money))\s+"
    rf"(?:you\s+)?(?:for\s+)?(?:it|that|this|them|these|those|(?:the\s+|a\s+|any\s+|this\s+)?(?:first\s+)?(?:{_SAMPLE}|{_PIECE}|auditions?)s?)\b",
    rf"\b(?:{_SAMPLE}|{_PIECE})s?\b[^.!?\n]{{0,40}}\b(?:that|which)\s+(?:we|i)\s+{_NO_PAY}\s+(?:pay|compensate)\b",
    r"\b(?:pay|paying)\s+(?:for\s+)?(?:only\s+)?(?:for\s+)?(?:the\s+)?(?:one|ones|winner|winning|best|chosen|selected|design|version|logo|article|text)s?\b[^.!?\n]{0,25}"
    r"\b(?:we|i)\s+(?:choose|pick|like|select|use|prefer|love|publish|keep)\b",
    r"\bonly\s+(?:the\s+)?(?:winner|winning\s+\w+|best\s+\w+|chosen\s+\w+|selected\s+\w+)\s+(?:is|are|gets?|will\s+(?:be|get))\s+paid\b",
    r"\b(?:send|make|do|write|design|deliver|submit|show|finish|complete|hand\s+in)\b[^.!?\n;]{0,25}\b(?:whole|full|finished|complete[d]?|entire|ready)\b[^.!?\n;]{0,30}"
    r"\b(?:first|upfront|before\s+(?:i|we|any|the\s+contract|hiring|payment|a\s+contract))\b",
    r"\bif\s+(?:i|we)\s+(?:like|love|accept|approve|am\s+happy|are\s+happy)\s+(?:it|them|what|the\s+\w+|your\s+\w+)[^.!?\n]{0,30}\b(?:pay|paid|payment|i'?ll\s+hire|we'?ll\s+hire)\b",
    r"\b(?:payment|pay|money|salary)\s+(?:starts?|begins?|comes?|is\s+made|follows?|will\s+(?:start|begin|come|follow|be\s+made))\s+(?:only\s+)?(?:after|from|once|with)\s+"
    r"(?:a\s+|an\s+|the\s+|your\s+)?(?:\w+\s+){0,2}(?:trial|test|probation|sample|second|third|launch|first\s+sale|product\s+(?:sells|makes))",
    r"\b(?:pay|paid)\b[^.!?\n]{0,25}\b(?:when|once|after|as\s+soon\s+as)\s+(?:we|the\s+(?:app|site|product|company|game|startup|business|project))\s+(?:\w+\s+)?(?:makes?|earns?|sells?|profit\w*|raises?|gets?\s+fund\w+)\b",
    r"\binstead\s+of\s+(?:money|payment|pay|a\s+salary)\b|\b(?:no|without)\s+(?:budget|money|pay)\b[^.!?\n]{0,50}\b(?:exposure|portfolio|credits?|reference|testimonial)\b"
    r"|\b(?:exposure|credits?|experience|a\s+reference|testimonial)\b[^.!?\n]{0,20}\b(?:instead|is\s+(?:the|your)\s+(?:pay|payment|reward))\b",
    r"\b(?:equity|revenue\s+share|profit\s+share|commission)\s+only\b",
    r"(?:безкоштовн\w+|безоплатн\w+|неоплачуван\w+)\s+(?:\w+\s+){0,2}(?:ескіз\w*|чернет\w+|переклад\w*|статт\w+|сторін\w+|стажуванн\w+|макет\w*|роб[оі]т\w*|навчанн\w+|ролик\w*)",
    r"(?:тест\w*|пробн\w+|перш\w+|ескіз\w*|зраз\w+|стажуванн\w+|випробувальн\w+)(?![^.!?\n]{0,40}(?:період\w*\s+для|підпис\w+|доступ|клієнт\w*|урок))"
    r"[^.!?\n]{0,40}(?:не\s+оплачу\w+|без\s+оплати|не\s+платимо|не\s+платим|не\s+плачу|безоплатн\w+|безкоштовн\w+|неоплачуван\w+)",
    r"(?:плат\w+|оплат\w+)\s+(?:\w+\s+){0,2}(?:лише|тільки)\s+(?:якщо|коли|за\s+(?:той|те|ту)\w*)[^.!?\n]{0,25}(?:сподоба\w+|обер\w+|вибер\w+|підійд\w+)",
    r"(?:замість|без)\s+(?:грошей|оплати|гонорару)[^.!?\n]{0,40}(?:портфоліо|досвід|рекомендац\w+)|(?:портфоліо|досвід|рекомендац\w+)\s+(?:\w+\s+)?замість\s+(?:грошей|оплати|гонорару)",
    r"(?:на\s+волонтерських\s+засадах|на\s+громадських\s+засадах)",
    r"(?:безкоштовн\w+|неоплачуван\w+|бесплатн\w+|неоплачиваем\w+)\s+(?:\w+\s+){0,2}(?:тест\w*|завдання|задани\w+|проб\w+|зраз\w+)",
    r"(?:тестове|пробне|тестовое|пробное)\s+(?:завдання|задание)\s+(?:\w+\s+){0,2}(?:безкоштовн\w*|не\s+оплачу\w+|бесплатн\w*|не\s+оплачив\w+)",
)
EASY_MONEY = _any(
    r"\b(?:earn|make)\s+(?:up\s+to\s+)?\$?\s*\d[\d,]*\s*(?:\$|usd)?\s*(?:(?:per|a|/|every)\s*(?:day|week)|daily|weekly)\b",
    r"\bno\s+(?:experience|skills?)\s+(?:is\s+)?(?:needed|required|necessary)\b[^.!?\n]{0,80}\$\s*\d{2,}",
    r"\beasy\s+money\b",
    r"\b(?:pay|paid|pays|earn|earning|income|salary|get|make|making)\b[^.!?\n]{0,25}?(?:\$\s?\d{3,9}|(?<!\d)\d{3,9}\s?(?:\$|usd|usdt|dollars|euros?|eur|bucks))[^.!?\n]{0,8}?"
    r"(?:\s(?:a|per|each|every)\s+day|/\s?day|\sdaily|\s(?:a|per)\s+shift)\b(?=[^.!?\n]{0,80}\b(?:home|phone|easy|simple|no\s+(?:experience|skills?)|likes?|liking|clicks?|clicking|watching|"
    r"typing|minutes|hours?\s+(?:a|per)\s+day)\b)",
    r"(?:\$\s?\d{2,9}|(?<!\d)\d{2,9}\s?(?:\$|usd|usdt|dollars|euros?|eur|bucks))\s+(?:for|per|in|each|every)\s+(?:only\s+|just\s+)?(?:\d{1,2}|five|ten|fifteen|twenty|thirty)\s*(?:min|mins|minutes)\s+"
    r"(?:of\s+)?(?:simple\s+|easy\s+|your\s+)*(?:copy|typ|work|time|click|lik|watch|data|survey|task|job|a\s+day|per\s+day)\w*",
    r"(?:заробі\w+|зароблят\w+|отриму\w+|дохід|заробіток|плат\w+)\s+(?:\w+\s+){0,2}(?:\$\s?\d{2,}|\d[\d\s]{1,8}\s?(?:\$|грн|гривень|доларів|usd))\s*(?:на|за|в|щодня)\s*(?:день|добу|день|дня|вечір)?"
    r"[^.!?\n]{0,40}(?:без\s+(?:досвід|вкладен|навич)\w*|лайк\w*|перегляд\w*|набір|набор\w*|з\s+телефон\w+)",
    r"(?<!\d)\d{4,9}\s?(?:грн|гривень)\s*(?:за|на|в|/)\s*(?:годин\w+|год)\b[^.!?\n]{0,30}(?:набор\w*|набір|лайк\w*|копіюванн\w+|введенн\w+)",
    r"\bget\s+rich\b",
    r"\bguaranteed\s+income\b",
    r"(?:легкі|швидкі|легкие|быстрые)\s+(?:гроші|деньги)",
    r"без\s+(?:досвіду|опыта)[^.!?\n]{0,60}\$\s*\d{2,}",
)
EASY_WORK = _any(
    r"\b(?:data\s+entry|copy[\s-]*(?:and[\s-]*)?paste|retyp\w*|typing|typist|pdf\s+to\s+word|likes?\s+and\s+comments?|captcha)\b",
    r"(?:ввід|введення|внесення)\s+даних|набір\s+тексту|набор\s+текста",
)
# "$1500 for 20 pages" of typing.
PRICED_PIECES = re.compile(
    r"\$\s?(?P<price>\d[\d,]{0,8})\s+(?:for|per|to)\s+(?:type\s+|copy\s+|retype\s+)?(?P<n>\d{1,4})\s+(?:\w+\s+)?(?:pages?|forms?|images?|documents?|files?|rows?|lines?)\b",
    re.IGNORECASE,
)
# The client's own admission; a tool that reposts tweets is a job.
REPOST = _any(
    r"^(?:re-?post(?:ed|ing)?|re-?listed)\b\s*[:!–—-]",
    r"\b(?:i\s+am|i'm|we\s+are|we're|am|i\s+had\s+to|we\s+had\s+to)\s+(?:re-?post(?:ing)?|re-?listing|posting)\s+(?:this|it|the\s+job|again)\b[^.!?\n]{0,30}"
    r"\b(?:again|because|since|as|after|job)\b",
    r"\b(?:this\s+is\s+a|it\s+is\s+a|it's\s+a)\s+(?:re-?post|re-?listing)\b",
    r"\b(?:i|we)\s+(?:have\s+to\s+|had\s+to\s+|must\s+|now\s+|are\s+|am\s+|therefore\s+|just\s+)*(?:re-?)?(?:post|list|publish|advertis)(?:e|ed|es|ing)?\s+"
    r"(?:this|it|the\s+same|our|my)?\s*(?:same\s+)?(?:job|ad|advert|listing|project|task|posting|position|role)?\s*(?:here\s+)?(?:again|once\s+more|anew)\b",
    r"^\W*(?:posting|listing|advertising)\s+(?:this|it)?\s*(?:again|once\s+more)\b|\b(?:previous|last|first|earlier)\s+(?:freelancer|contractor|hire|developer|designer|writer)\b"
    r"[^.!?\n]{0,60}\b(?:so|hence)\b[^.!?\n]{0,25}\b(?:again|re-?post\w*|re-?hir\w+)\b",
    r"\b(?:second|third|2nd|3rd)\s+time\b[^.!?\n]{0,20}\b(?:we|i)\s+(?:post|list|publish)\w*|^(?:second|third)\s+(?:attempt|try)\b"
    r"|\b(?:we|i)\b[^.!?\n]{0,15}\b(?:post|list|publish)\w*\b[^.!?\n]{0,20}\b(?:a|the)\s+(?:second|third)\s+time\b",
    r"(?:публіку\w+|розміщу\w+|викладаю)\s+(?:це\s+|вакансію\s+|завдання\s+|замовлення\s+|оголошення\s+)*(?:ще\s+раз|знову|повторно|вдруге|втретє)",
    r"(?:повторно|знову|вдруге|втретє|ще\s+раз)\s+(?:розміщу\w+|публіку\w+|викладаю|виставля\w+)|повторн\w+\s+(?:публікаці\w+|розміщення|оголошення)",
)
# Praise for money, from people who never bought the thing. A page that shows reviews, or a letter that asks buyers, is a job.
FAKE_REVIEWS = _any(
    r"\b(?:buy|buying|purchase|sell|order)\s+(?:\w+\s+){0,3}(?:reviews|ratings|upvotes|followers|likes|testimonials)\b(?!\s+(?:site|platform|plugin|widget|software|tool))",
    r"\b(?:fake|paid[\s-]for)\s+(?:\w+\s+){0,2}(?:reviews?|ratings?|testimonials)\b(?=[^.!?\n]{0,40}\b(?:need|want|for\s+(?:our|my)|post|write|from)\b)",
    r"\b(?:write|post|leave|publish|submit|give|drop)\s+(?:us\s+|me\s+)?(?:an?\s+|\d+\s+|some\s+|the\s+)?(?:(?:5|five)[\s-]*stars?|positive|good|glowing|great)\s+(?:\w+\s+){0,2}"
    r"(?:reviews?|ratings?|feedback)\b[^.!?\n]{0,40}\b(?:google|trust\s?pilot|amazon|yelp|play|app\s+store|booking|tripadvisor|g2|glassdoor|product|our|my|us)\b",
    r"\b(?:need|want|looking\s+for|require|order)\s+(?:\w+\s+){0,2}\d+\+?\s+(?:\w+[\s-]+){0,4}(?:reviews|ratings|upvotes|testimonials)\b[^.!?\n]{0,40}"
    r"\b(?:from|accounts?|profiles?|ips?|on\s+(?:google|trust\s?pilot|amazon|yelp|play|glassdoor))\b",
    r"\b(?:reviews?|ratings?|upvotes)\b[^.!?\n]{0,30}\bfrom\s+(?:real|different|aged|verified|multiple|several|unique|your\s+friends'?)\s+(?:\w+\s+)?(?:accounts?|profiles?|ips?|devices)\b",
    r"(?:куп\w+|потрібн\w+|треба|замов\w+|напис\w+|напиш\w+|залиш\w+)\s+(?:\w+\s+){0,2}?(?:\d+\s+)?(?:(?:позитивн|схвальн|гарн|хорош)\w+\s+відгук\w*|відгук\w*\s+(?:на|у|в)\s+"
    r"(?:google|гугл|play|карт|maps|розетк|prom|різних|додатк)\w*)",
    r"відгук\w*[^.!?\n]{0,30}з\s+(?:різних|реальних|живих)\s+акаунт\w*|накрут\w+\s+(?:\w+\s+)?(?:відгук\w*|лайк\w*|підписник\w*|перегляд\w*)",
)
# Whoever pays here is a customer of what is built: "tutors pay a registration fee".
OTHERS_PAY = re.compile(
    r"\b(?:guests?|shoppers?|buyers?|clients|viewers?|customers?|users|visitors?|patients?|tenants?|subscribers?|fans?|members|readers?|players?|people|they|tutors?|students?|"
    r"parents?|drivers?|renters?|sellers?|vendors?|donors?|couples?|app|shop|store|checkout|screen|"
    r"покупц\w+|покупець|клієнт\w*|користувач\w*|гост\w+|гість|відвідувач\w*|пацієнт\w*|учн\w+|студент\w*|орендар\w*|екран\w*)\b(?![^.!?]*\b(?:you|ви)\b)",
    re.IGNORECASE,
)
# "Please don't contact me on WhatsApp" is a client who keeps the rules.
NEGATED = re.compile(
    r"\b(?:do\s+not|don'?t|never|no|not|nobody|no\s+one|neither|without|avoid|won'?t|will\s+not|instead\s+of|не|ніколи|ніхто|без|жодн\w+|никогда)\b"
    r"(?!\s+(?:hesitate|wait|be\s+shy|forget|worry|need\s+experience|соромтеся|зволікайте|забудьте|соромтесь)\b)[^.!?,;:()–—]{0,60}$",
    re.IGNORECASE,
)
