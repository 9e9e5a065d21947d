"""How the schemes of bad clients read, in English, Ukrainian and Russian. Matched against one sentence at a time."""

from __future__ import annotations

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_APPS = (
    r"(?:telegram|whats\s?app|skype|viber|signal|wechat|discord|google\s+chat|hangouts|zalo|"
    r"телеграм\w*|телег\w|вайбер\w*|ватсап\w*|скайп\w*)"
)
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
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:\(at\)|\[at\]|\sat\s)\s*(?:gmail|yahoo|outlook|hotmail)\b",
    r"\b(?:pay|payments?|paid|work|hire|continue|deal|contract)\b[^.!?\n]{0,30}\b(?:outside|off)\s+(?:of\s+)?(?:the\s+)?(?:upwork|platform)\b",
    r"(?:поза|оминаючи|в\s+обхід|вне|в\s+обход)\s+(?:апворк\w*|upwork|платформ\w+|біржі|биржи)",
)
OFF_PLATFORM = _any(
    rf"\b{_REACH}\b[^.!?\n]{{0,25}}\b(?:on|via|through|in|at|by|у|в|через)\s+{_APPS}\b",
    rf"\b(?:let'?s|please|we\s+can|давай\w*)\s+(?:continue|chat|talk|discuss|connect|move|communicate|спілкува\w+|поговор\w+|общат\w+)\b"
    rf"[^.!?\n]{{0,40}}\b{_APPS}\b",
    rf"\b(?:apply|send\s+(?:your\s+|us\s+|me\s+)*{_LETTER}|надішл\w+\s+(?:\w+\s+)?{_LETTER})\b[^.!?\n]{{0,30}}\b{_APPS}\b",
    rf"\b(?:prefer|like|want|рад\w+|хоч\w+)\s+(?:to\s+)?(?:talk|chat|communicate|discuss|work|спілкува\w+|общат\w+)\b"
    rf"[^.!?\n]{{0,20}}\b{_APPS}\b",
    r"\bsend\s+(?:us\s+|me\s+)?your\s+(?:\w+\s+)?(?:handle|username|nickname|phone(?:\s+number)?|number)\b",
    r"\b(?:skip|avoid|save|saves|without)\b[^.!?\n]{0,25}\b(?:platform|upwork)(?:'s)?\s+(?:fees?|commission)\b",
    rf"\b(?:join|sign\s+up\s+(?:in|on|via|to)|register\s+(?:in|via|on)|subscribe\s+to)\s+(?:our|my|the)\s+{_APPS}\s+(?:group|channel|chat|community)\b",
    r"\b(?:pay|paid|payments?|the\s+money)\b[^.!?\n]{0,30}\b(?:in|via|through|with|by|using)\s+(?:an?\s+)?(?:crypto\w*|bitcoin|usdt|western\s+union|zelle|"
    r"cash\s?app|paypal|wise|payoneer|bank\s+transfer)\b",
    r"(?:оплат\w+|плат\w+)\s+(?:\w+\s+){0,2}(?:криптою|криптовалют\w+|на\s+карт\w+|usdt)",
    r"(?:t\.me|wa\.me|telegram\.me)/\S+",
)
# "Buyers message us on WhatsApp", "the shop takes payments via PayPal": what the product does, not what the freelancer should.
OTHERS_DO = re.compile(
    r"\b(?:guests?|shoppers?|buyers?|clients|viewers?|customers?|users?|visitors?|patients?|tenants?|subscribers?|fans?|members?|readers?|players?|people|leads?|they|"
    r"systems?|shops?|stores?|sites?|websites?|apps?|platforms?|services?|tools?|scripts?|servers?|"
    r"покупц\w+|клієнт\w*|користувач\w*|гост\w+|відвідувач\w*|пацієнт\w*|сайт\w*|магазин\w*)\s+"
    r"(?:(?:can|could|should|must|will|may|want|wants|need|needs|has|have|to|be|able|also|then|automatically|easily|accept|accepts|take|"
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
    r"(?:акаунт\w*|аккаунт\w*)\s+(?:upwork\s+|апворк\s+)?в\s+(?:оренду|аренду)",
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
    r"(?:внес\w+|сплат\w+|оплат\w+|перераху\w+)\s+(?:\w+\s+){0,2}(?:застав\w+|депозит\w*|внесок|завдаток|залог)",
    r"(?:застав\w+|депозит\w*|внесок)\s+(?:\w+\s+){0,2}(?:перед\s+початком|для\s+початку)",
)
_SAMPLE = r"(?:trial|test|sample|mock-?up|demo|draft|concept)"
_PIECE = r"(?:task|work|project|job|article|design|video|logo|edit|page|translation|assignment|post|day|week)"
FREE_WORK = _any(
    rf"\b(?:unpaid|no[\s-]pay|non[\s-]paid)\s+(?:\w+\s+){{0,2}}(?:{_SAMPLE}|{_PIECE})s?\b",
    rf"\bfree\s+{_SAMPLE}\s+{_PIECE}s?\b",
    rf"\b(?:provide|do|make|create|send|submit|complete|give|deliver|prepare)\s+(?:us\s+|me\s+)?(?:a\s+|one\s+)?free\s+(?:{_SAMPLE}|{_PIECE})s?\b",
    rf"\b(?:{_SAMPLE}|{_PIECE}|month|hour)s?\s+(?:\w+\s+){{0,3}}(?:is|will\s+be|are)\s+(?:unpaid|for\s+free|free\s+of\s+charge|not\s+paid)",
    r"\b(?:work|first\s+\w+|start|test|trial)\b[^.!?\n]{0,25}\bfor\s+free\b(?!\s+(?:tier|plan|account|user|shipping|download))",
    rf"\bnot\s+(?:be\s+)?(?:paid|pay)\s+for\s+(?:the\s+|this\s+)?{_SAMPLE}",
    rf"\b(?:{_SAMPLE}|first\s+\w+)\b[^.!?\n]{{0,40}}\b(?:will\s+not|won't|is\s+not|isn't|are\s+not|not)\s+(?:be\s+)?(?:paid|compensated|rewarded)\b",
    rf"\b(?:send|make|do|prepare|submit|create)\b[^.!?\n]{{0,30}}\b(?:{_SAMPLE}|{_PIECE})s?\b[^.!?\n]{{0,25}}\b(?:for\s+free|free\s+of\s+charge|"
    r"at\s+no\s+(?:cost|charge)|without\s+(?:pay|payment))\b(?!\s+(?:tier|plan|account|users?|shipping|download))",
    rf"\b(?:{_SAMPLE}|{_PIECE})s?\b[^.!?\n]{{0,60}}\b(?:do\s+not|don't|won't|will\s+not|cannot)\s+pay\s+for\s+(?:it|that|this|them)\b",
    r"\b(?:write|make|do|create|design|prepare|deliver|draw|record)s?\b[^.!?\n]{0,40}\b(?:at\s+no\s+(?:cost|charge)|free\s+of\s+charge|"
    r"without\s+(?:pay|payment|compensation))\b"
    r"(?!\s+(?:to|for)\s+(?:the\s+|our\s+)?(?:customers|users|clients|buyers|members|guests))",
    r"\bon\s+an?\s+(?:volunteer|voluntary|unpaid)\s+basis\b|\b(?:in\s+exchange\s+for|paid\s+in)\s+exposure\b",
    r"\b(?:pay|paid)\s+only\s+if\s+(?:we|i)\s+(?:like|choose|select|love)",
    r"(?:безкоштовн\w+|неоплачуван\w+|бесплатн\w+|неоплачиваем\w+)\s+(?:\w+\s+){0,2}(?:тест\w*|завдання|задани\w+|проб\w+|зраз\w+)",
    r"(?:тестове|пробне|тестовое|пробное)\s+(?:завдання|задание)\s+(?:\w+\s+){0,2}(?:безкоштовн\w*|не\s+оплачу\w+|бесплатн\w*|не\s+оплачив\w+)",
)
EASY_MONEY = _any(
    r"\b(?:earn|make)\s+(?:up\s+to\s+)?\$?\s*\d[\d,]*\s*(?:\$|usd)?\s*(?:(?:per|a|/|every)\s*(?:day|week)|daily|weekly)\b",
    r"\bno\s+(?:experience|skills?)\s+(?:is\s+)?(?:needed|required|necessary)\b[^.!?\n]{0,80}\$\s*\d{2,}",
    r"\beasy\s+money\b",
    r"\bget\s+rich\b",
    r"\bguaranteed\s+income\b",
    r"(?:легкі|швидкі|легкие|быстрые)\s+(?:гроші|деньги)",
    r"без\s+(?:досвіду|опыта)[^.!?\n]{0,60}\$\s*\d{2,}",
)
EASY_WORK = _any(
    r"\b(?:data\s+entry|copy[\s-]*(?:and[\s-]*)?paste|retyp\w*|typing|typist|pdf\s+to\s+word|likes?\s+and\s+comments?|captcha)\b",
    r"(?:ввід|введення|внесення)\s+даних|набір\s+тексту|набор\s+текста",
)
# The client's own admission; a tool that reposts tweets is a job.
REPOST = _any(
    r"^(?:re-?post(?:ed|ing)?|re-?listed)\b\s*[:!–—-]",
    r"\b(?:i\s+am|i'm|we\s+are|we're|am|i\s+had\s+to|we\s+had\s+to)\s+(?:re-?post(?:ing)?|re-?listing|posting)\s+(?:this|it|the\s+job|again)\b[^.!?\n]{0,30}"
    r"\b(?:again|because|since|as|after|job)\b",
    r"\b(?:this\s+is\s+a|it\s+is\s+a)\s+re-?post\b",
    r"\b(?:second|third|2nd|3rd)\s+time\b[^.!?\n]{0,20}\b(?:we|i)\s+(?:post|list|publish)\w*|^(?:second|third)\s+(?:attempt|try)\b"
    r"|\b(?:we|i)\b[^.!?\n]{0,15}\b(?:post|list|publish)\w*\b[^.!?\n]{0,20}\b(?:a|the)\s+(?:second|third)\s+time\b",
    r"(?:публіку\w+|розміщу\w+|викладаю)\s+(?:це\s+|вакансію\s+|завдання\s+)*(?:ще\s+раз|знову|повторно)",
)
# "Please don't contact me on WhatsApp" is a client who keeps the rules.
NEGATED = re.compile(
    r"\b(?:do\s+not|don'?t|never|no|not|without|avoid|won'?t|will\s+not|instead\s+of|не|ніколи|без|жодн\w+|никогда)\b[^.!?]{0,40}$",
    re.IGNORECASE,
)
