"""What a text may say without any fact: what is denied, asked or promised, and what only speaks about the client's job."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from core.drafting.candidates import Candidate
from core.drafting.clauses import Clause
from core.drafting.draft import FindingKind
from core.drafting.hedges import END_POINT, MORE
from core.drafting.names import Name, is_format
from core.drafting.quantities import Quantity
from core.drafting.record import may_be_free, over_promises, retells
from core.drafting.sources import A_WEEK, Source
from core.drafting.standing import FLAWLESS, Standing
from core.matching.skills import canonical

SMALL = 3
PLAN_SMALL = 10
PROMISED = 100
"""A plan may speak of so many things nobody counted before ("test it on twenty boards"); more sounds like a record."""
_PLAN_NOUN = re.compile(
    r"\s*(?:\w+\s+)?(?:questions?|steps?|options?|things?|points?|ways?|phases?|parts?|stages?|milestones?|calls?"
    r"|rounds?|ideas?|words?"
    r"|sentences?|lines?|запитан\w*|питан\w*|крок\w*|етап\w*|варіант\w*|частин\w*|реч\w*|пункт\w*)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\b(?:remaining|other|rest|решт\w+|інш\w+)\s+$", re.IGNORECASE)
_LAST_WORD = re.compile(r"[\w.+#]+(?=\s$)")
_REPLIES = re.compile(
    r"\b(?:i|we) (?:\w+ ){0,2}(?:reply|respond|answer|get back|update|report|check in|send)\b|\bmy repl(?:y|ies)\b"
    r"|\b(?:відповідаю|пишу"
    r"|звітую|попереджаю|надсилаю|на зв['’]язку)\b",
    re.IGNORECASE,
)
_AFTERCARE = re.compile(
    r"\b(?:support|warranty|bug ?fix\w*|fix(?:es)? .{0,20}free|free of charge|for free|after (?:the )?(?:launch"
    r"|delivery|handover|release|go-live)"
    r"|після (?:запуску|здачі|релізу)|безкоштовн\w+|підтримк\w+|гарантійн\w+)\b",
    re.IGNORECASE,
)
_AFTERCARE_LONGEST = Fraction(93)
_EACH = re.compile(
    r"(?:\s*(?:or|to|[–-]|або|чи)\s*\w+)?\s+(?:[\w-]+ ){1,2}?(?:per|for each|for every|on each|each|на кож\w+"
    r"|до кож\w+|для кож\w+)\b",
    re.IGNORECASE,
)
_ITEMS = re.compile(
    r"\s+(?:[\w-]+ ){0,2}(?:certifications?|certificates?|projects|examples?|cases|highlights|things|reasons|points|facts"
    r"|сертифікати|проєкти|приклади|речі|причини|моменти|факти)\b",
    re.IGNORECASE,
)
_EVERYDAY_NAMES = (
    "zoom,slack,loom,google meet,google docs,google drive,google sheets,google doc,google sheet,google play,app store,play store"
    ",dropbox,wetransfer,github,gitlab,trello,word,excel,pdf,upwork messages,upwork chat,microsoft teams,teams,chrome,safari"
    ",firefox,windows,linux,macos,android,ios,iphone,ipad,europe,internet,youtube,stack overflow,google,rgb,cmyk"
)
_EVERYDAY = frozenset(_EVERYDAY_NAMES.split(","))
"""What everybody shares files, talks and looks things up with; worked for, it is a client like any other."""
_FOR_WHOM = re.compile(
    r"\b(?:for|at|worked with|clients?|customers?|such as|expert|certified|years? of|для|клієнт\w*"
    r"|замовник\w*)\s+(?:\w+\s+)?$|[:&«]\s*$",
    re.IGNORECASE,
)
_TO_THE_END = re.compile(r"[^.!?\n]*\?")
_PROPORTION = re.compile(r"\d{1,2}(?:\.\d)?:(?!00)\d{1,2}|50/50")
_BY_YEARS = re.compile(r"year|yr|decade|рік|рок|десятил|річн", re.IGNORECASE)
_YOUR = re.compile(r"\b(?:your|ваш\w*)\s+(?:[\w-]+\s+)?$", re.IGNORECASE)
_YOUR_NEED = re.compile(
    r"\byour (?:need|search|job|post|posting|project|request|ad|requirements?|vacancy)s? (?:for|about|of|as|titled"
    r"|called) (?:[\w-]+ ){0,3}$",
    re.IGNORECASE,
)
_YOUR_PRODUCT = re.compile(r"\b(?:your|ваш\w*)\s+$", re.IGNORECASE)
_PRODUCT_AFTER = re.compile(
    r"\s+(?:themes?|sites?|website|stores?|shops?|apps?|application|backend|frontend|code|codebase|projects?|plugins?"
    r"|extension|bot"
    r"|dashboards?|pipelines?|servers?|clusters?|models?|games?|тем\w+|сайт\w*|магазин\w*|застосун\w*|проєкт\w*"
    r"|бекенд\w*|бот\w*|гр[аиуі]\b)",
    re.IGNORECASE,
)
_MONTH = Fraction(30)
_MINUTE = Fraction(1, 1440)
_YEAR = Fraction(365)
_WEEK = Fraction(80, 24)
_MEASURE = re.compile(
    r"\s?(?:px|dpi|ppi|fps|kbps|k?hz|mm|cm|kb|mb|gb|tb|lufs|db|ma|пікс\w*|мм|см|гб|мб)\b", re.IGNORECASE
)
_ALWAYS = {FindingKind.LINK, FindingKind.EMAIL, FindingKind.PHONE, FindingKind.NAME, FindingKind.MONEY}
_ZONE_AFTER = re.compile(r"\s+(?:time\b|day\b|hours\b|business hours)", re.IGNORECASE)
_ZONE_BEFORE = re.compile(r"\d\s+(?:за|по)\s+$|\d\s?[ap]m\s+$", re.IGNORECASE)
_BY_MEANS = re.compile(
    r"\b(?:in|using|via|into|through|suggest|recommend|use|try|go with|choose|pick|prefer|add|install|an?|or"
    r"|(?<!work )(?<!partner )(?<!start )(?<!begin )with|у|в"
    r"|через)\s+(?:[a-z]+\s+)?$"
)
_ALL_OF = re.compile(
    r"\b(?:all|both|these|those|the other|усі|всі|обидв\w|ці|ті)\s+(?:of )?(?:the )?$", re.IGNORECASE
)
_TECHNICAL = re.compile(r"[A-Z]{2,5}\d?s?|[A-Z]\d{1,2}s?|[A-Z]{2,4}-[A-Z]{2,4}|[a-z]+-[A-Z]{2,3}")
"""Letters that stand for a technology in talk about the client's job: "OTA", "S3", "cross-AZ"."""
_ONE = frozenset({"1", "one", "один", "одна", "одну", "одне", "одного"})
_SPELLINGS = frozenset({"american", "british", "european", "western"})
_ONE_AT_A_TIME = re.compile(r"\b(?:each|every|per|first|next|кожн\w+|перш\w+|наступн\w+)\s+$", re.IGNORECASE)
_WITHIN = re.compile(
    r"\b(?:in|within|for|takes?|after|under|only|just|about|за|через|протягом)\s+$", re.IGNORECASE
)


def states_nothing(candidate: Candidate, clause: Clause | None, before: str) -> bool:
    """What is denied is not claimed, except that "never missed a deadline" claims a great deal. What is promised is no record.

    `before` are the words just before the candidate: "your CEO" is not the writer.
    """
    if isinstance(candidate.what, Standing) and _YOUR.search(before):
        return True
    if clause is None or not isinstance(candidate.what, Name | Standing):
        return False
    if isinstance(candidate.what, Standing) and (clause.supposed or candidate.what.key == "language:uk"):
        return True  # who writes in it or lives by it need not prove it
    flawless = isinstance(candidate.what, Standing) and candidate.what.key in FLAWLESS
    return clause.plan or clause.lacking or clause.yours if flawless else clause.denied


def only_asks(candidate: Candidate, sentence: str) -> bool:
    """An open question states nothing; but who is named in it, and for what money, is still to be looked up."""
    return sentence.endswith("?") and candidate.kind not in _ALWAYS


def is_small_detail(candidate: Candidate, text: str) -> bool:
    """A two or three in the retelling of a fact ("64 components, two themes"); what a change led to is no detail."""
    what = candidate.what
    return (
        isinstance(what, Quantity)
        and what.kind is FindingKind.NUMBER
        and not (what.unit or what.at_least)
        and what.amount in {2, 3}
        and END_POINT.search(text[max(0, candidate.start - 12) : candidate.start]) is None
    )


def is_harmless(
    candidate: Candidate,
    text: str,
    clause: Clause | None,
    told: frozenset[str],
    sources: Sequence[Source],
    *,
    own: bool,
) -> bool:
    """What needs no support: an anaphora ("all three"), and outside the record what is said of the job and what a plan promises.

    `told` are the content words of the sentence.
    """
    if isinstance(candidate.what, Quantity):
        return _is_harmless_amount(candidate.what, text, clause, told, sources, own=own)
    if candidate.what is None and candidate.kind is FindingKind.NUMBER:
        told_of = own or clause is None or clause.did
        return not told_of and _PROPORTION.fullmatch(candidate.quote) is not None
    return isinstance(candidate.what, Name) and _is_harmless_name(candidate, text, clause, own=own)


def _is_harmless_amount(
    quantity: Quantity,
    text: str,
    clause: Clause | None,
    told: frozenset[str],
    sources: Sequence[Source],
    *,
    own: bool,
) -> bool:
    before = text[max(0, quantity.start - 20) : quantity.start]
    if _is_weekly(quantity, text):
        return not over_promises(quantity, sources)
    if _ALL_OF.search(before) and quantity.amount <= PLAN_SMALL:
        return quantity.kind is FindingKind.NUMBER
    if _is_release(quantity, before, sources) or _is_denied(quantity, before, clause):
        return True
    if own:
        return clause is not None and _is_idle_of_mine(quantity, text, clause, sources)
    told_again = clause is not None and not (clause.plan or clause.ahead or clause.yours)
    excused = _MEASURE.match(text, quantity.end) or _ONE_AT_A_TIME.search(before)
    if told_again and excused and retells(quantity, told, sources):
        return False
    return _is_idle_of_job(quantity, text, before, clause) or (
        clause is not None and may_be_free(quantity, text, clause, told, sources)
    )


def _is_harmless_name(candidate: Candidate, text: str, clause: Clause | None, *, own: bool) -> bool:
    before = text[max(0, candidate.start - 20) : candidate.start]
    if _ZONE_AFTER.match(text, candidate.end) or _ZONE_BEFORE.search(before):
        return True
    if _YOUR_NEED.search(text[max(0, candidate.start - 60) : candidate.start]):
        return False
    if candidate.quote.lower() in _EVERYDAY and not _FOR_WHOM.search(before):
        return True
    if _YOUR_PRODUCT.search(before) and _PRODUCT_AFTER.match(text, candidate.end):
        return False
    return not own and (_is_asked(candidate, text) or _is_tool(candidate.quote, before, clause))


def _is_asked(candidate: Candidate, text: str) -> bool:
    """An ordinary word with a capital in a question: "Is your plan Advanced or higher?"""
    rest = _TO_THE_END.match(text, candidate.end)
    return (
        rest is not None
        and isinstance(candidate.what, Name)
        and (candidate.what.common or canonical(candidate.quote) is not None)
        and " " not in candidate.quote
    )


def _is_release(quantity: Quantity, before: str, sources: Sequence[Source]) -> bool:
    """The 18 of "React 18" counts nothing, unless a fact says which release it is."""
    word = _LAST_WORD.search(before)
    return (
        quantity.kind is FindingKind.NUMBER
        and not (quantity.unit or quantity.in_words or quantity.at_least)
        and quantity.amount < PROMISED
        and word is not None
        and word[0][0].isupper()
        and canonical(word[0]) is not None
        and not any(
            item.own and known.amount < PROMISED and f" {word[0].lower()} {known.amount} " in item.flat
            for item in sources
            for known in item.quantities
        )
    )


def _is_denied(quantity: Quantity, before: str, clause: Clause | None) -> bool:
    """What was not done was not done so many times either; "never fewer than ten" is another matter."""
    return (
        clause is not None
        and clause.denied
        and quantity.kind is FindingKind.NUMBER
        and not quantity.unit
        and not quantity.hedge
        and MORE.search(before) is None
    )


def _is_idle_of_mine(quantity: Quantity, text: str, clause: Clause, sources: Sequence[Source]) -> bool:
    """Of the writer's own doings: what was not done, how each piece is gone about, and how many of the facts are to follow."""
    if quantity.kind is FindingKind.DURATION:
        part = text[clause.start : clause.end]
        offered = _REPLIES.search(part) is not None or _AFTERCARE.search(part) is not None
        return _MINUTE <= quantity.amount <= _AFTERCARE_LONGEST and not clause.did and offered
    if quantity.kind is not FindingKind.NUMBER or quantity.unit:
        return False
    if not clause.did and quantity.amount <= PLAN_SMALL and _EACH.match(text, quantity.end):
        return True
    return quantity.amount <= SMALL and _ITEMS.match(text, quantity.end) is not None and len(sources) > SMALL


def _is_weekly(quantity: Quantity, text: str) -> bool:
    """Hours a week are an offer, not a record."""
    around = text[max(0, quantity.start - 30) : quantity.end + 25]
    return (
        quantity.kind is FindingKind.DURATION
        and quantity.amount <= _WEEK
        and A_WEEK.search(around) is not None
    )


def _is_idle_of_job(quantity: Quantity, text: str, before: str, clause: Clause | None) -> bool:
    """Amounts in talk about the client's job that no fact could support and that claim nothing of the writer."""
    if clause is not None and (clause.supposed or (clause.plan and _may_be_promised(quantity))):
        return True
    if quantity.kind is FindingKind.DURATION:
        ahead = clause is not None and clause.ahead and _MINUTE <= quantity.amount < 1
        small = quantity.quote.split()[0].lower() in _ONE or ahead
        return (small and not _WITHIN.search(before)) or _ONE_AT_A_TIME.search(before) is not None
    if quantity.kind is not FindingKind.NUMBER or quantity.unit:
        return False
    amount = quantity.amount
    if _MEASURE.match(text, quantity.end) or _ONE_AT_A_TIME.search(before):
        return True
    if amount > PROMISED or amount != int(amount):
        return False
    plan = _PLAN_NOUN.match(text, quantity.end) is not None or (clause is not None and clause.yours)
    return amount <= SMALL or (amount <= PLAN_SMALL and plan) or _OTHERS.search(before) is not None


def _is_tool(quote: str, before: str, clause: Clause | None) -> bool:
    """Kinds of technology, and what a plan would be carried out with."""
    if quote.lower() in _SPELLINGS or all(
        is_format(word) or _TECHNICAL.fullmatch(word) for word in quote.split()
    ):
        return True
    known = canonical(quote) is not None
    if clause is None or not (clause.plan or clause.supposed or clause.ahead):
        return False
    return (known and (clause.plan or clause.supposed)) or (
        (clause.plan or clause.ahead) and " " not in quote and _BY_MEANS.search(before) is not None
    )


def _may_be_promised(quantity: Quantity) -> bool:
    """Time and small counts. Money is the bid's to name, and a promised result is a guarantee."""
    if quantity.kind is FindingKind.DURATION:
        return quantity.amount < _YEAR or (
            quantity.amount <= 3 * _YEAR and not _BY_YEARS.search(quantity.quote)
        )
    return quantity.kind is FindingKind.NUMBER and not quantity.unit and quantity.amount <= PROMISED
