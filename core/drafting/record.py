"""Whether an amount that is not said of the writer outright still tells of their record, so that a fact has to carry it.

Talk about the job ahead may use any number: nobody has facts for a plan. What gives a record away is the past tense, a tally
("300+ projects"), a sentence that retells one of the facts, or one that goes on about what the sentence before it told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from core.drafting.clauses import Clause
from core.drafting.draft import FindingKind
from core.drafting.evidence import words_of
from core.drafting.quantities import Quantity
from core.drafting.sources import Source, shared_content

_YEAR = Fraction(365)
_TALLY = re.compile(
    r"\b(?:completed|delivered|shipped|sold|served|published|launched|finished|translated|so far|to date|under my belt"
    r"|in my portfolio|behind me|on my account|track record|success(?:ful)? \w+|happy|satisfied"
    r"|за плечима|на рахунку|у доробку|на сьогодні|у портфоліо|виконан\w+|завершен\w+|успішн\w+|задоволен\w+)\b",
    re.IGNORECASE,
)
_WORKS_AFTER = re.compile(
    r"\s*\+?\s*(?:[\w-]+ ){0,2}(?:projects?|clients?|customers?|countries|reviews?|jobs|contracts?|проєкт\w*|клієнт\w*"
    r"|замовник\w*|відгук\w*|країн\w*|контракт\w*)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:increas\w+|boost\w*|grow\w*|grew|cut\w*|reduc\w+|improv\w+|lift\w*|sav(?:e|es|ing|ings)|rais\w+|doubl\w+|tripl\w+"
    r"|faster|more (?:sales|leads|traffic|orders|conversions)|uptime|success\w*|accura\w+|satisf\w+|retention|approv\w+"
    r"|підвищ\w+|збільш\w+|зменш\w+|скороч\w+|зрост\w+|зріс\w*|зекономи\w+|заощад\w+|приріст\w*|швидш\w*|точн(?:ість|істю)"
    r"|успішн\w+)\b",
    re.IGNORECASE,
)
_ONCE = re.compile(
    r"\b(?:since|ever since|back in|as early as|still from|з|із|від|ще|ще у|ще в)\s+$", re.IGNORECASE
)
_TIMES = frozenset(
    words_of(
        "per day days hour hours week weeks month months year years minute minutes"
        " день дні днів години годин тиждень тижнів місяць місяців роки років"
    )
)
_NOW = re.compile(r"\b(?:now|nowadays|these days|ever since|тепер|відтоді)\b", re.IGNORECASE)
_MANY = 20
_NEAR = 400  # characters
_COSTS = re.compile(
    r"\b(?:costs?|priced?|licen[cs]es?|subscription|коштує|кошту\w+|ліцензі\w+|підписк\w+"
    r"|(?:a|per|each) (?:month|year)|на (?:місяць|рік))\b|/\s?(?:mo|month|year|yr|міс)\b",
    re.IGNORECASE,
)
_EARNS = re.compile(
    r"\b(?:earn\w*|bring\w*|brought|mak(?:e|es|ing)|made|generat\w+|sav(?:e|es|ing|ed)|revenue|profit|заробля\w+"
    r"|принос\w+|дохід\w*"
    r"|прибут\w+|еконо\w+)\b",
    re.IGNORECASE,
)
_FOR_ALL = re.compile(
    r"\b(?:do|doing|done|work|deliver|complete|build|finish|accept|take|make"
    r"|start)\b[^.!?\n]{0,40}\bfor (?:only |just )?(?:USD )?$"
    r"|\b(?:зроблю|виконаю|візьмуся|візьмусь|працюватиму|погоджуюся|згоден|згодна)\b[^.!?\n]{0,40}\bза (?:лише )?$",
    re.IGNORECASE,
)
"""What the writer would do the job for is the bid's to say."""
_ASKED = re.compile(r"[^.!?\n]*\?")
_MY_PRICE = re.compile(
    r"\b(?:rate|charge|hourly|per hour|an hour|fee|fixed price|my price|total|budget|bid|quote|ставк\w+|за годину|на годину"
    r"|ціна|вартість|бюджет|разом|загалом|усього)\b|/\s?(?:h|hr|hour|год)\w*\b",
    re.IGNORECASE,
)


def may_be_free(
    quantity: Quantity, text: str, clause: Clause, told: frozenset[str], sources: Sequence[Source]
) -> bool:
    """Whether `quantity`, in a clause that is not the writer's own, is talk about a job and not a veiled record.

    `told` are the content words of its sentence.
    """
    if (
        clause.did
        or clause.follows_record
        or (not clause.yours and retells(quantity, told, sources, bare=not (clause.plan or clause.ahead)))
    ):
        return False
    # Of a wall of text only what is near: searched through as a whole for each of its amounts, it would take seconds.
    part = text[max(clause.start, quantity.start - _NEAR) : min(clause.end, quantity.end + _NEAR)]
    if _TALLY.search(part) or (_WORKS_AFTER.match(text, quantity.end) and not (clause.plan or clause.yours)):
        return False
    before = text[max(0, quantity.start - 15) : quantity.start]
    ahead = clause.plan or clause.yours or clause.ahead
    if not ahead and _NOW.search(part):
        return False
    if quantity.in_words and quantity.at_least and quantity.amount >= _MANY and not quantity.unit:
        return False
    if quantity.kind is FindingKind.DURATION:
        return quantity.amount < _YEAR
    if quantity.kind is FindingKind.YEAR:
        return clause.plan and not _ONCE.search(before)
    if quantity.kind is FindingKind.MONEY:
        cost = _COSTS.search(part) is not None and not _EARNS.search(part)
        asked = _ASKED.match(text, quantity.end) is not None
        offer = _MY_PRICE.search(part) or _FOR_ALL.search(text[max(0, quantity.start - 70) : quantity.start])
        return (ahead or cost or asked) and not offer
    if quantity.unit == "x":
        return not (ahead or _RESULT.search(part))
    return not (quantity.unit == "%" and _RESULT.search(part))


def retells(
    quantity: Quantity, told: frozenset[str], sources: Sequence[Source], *, bare: bool = False
) -> bool:
    """Whether the sentence says what a fact with an amount of this sort says, in words the client did not use.

    `bare`: it plans nothing and addresses nobody, so that even the client's word for what is counted may be a fact's.
    """
    theirs = frozenset[str]().union(*(item.content for item in sources if not item.own))
    near = quantity.near - _TIMES if bare else quantity.near - theirs - _TIMES
    words = told - theirs - _TIMES
    return any(
        item.own
        and any(_sort(known) == _sort(quantity) for known in item.quantities)
        and (
            shared_content(words, item.content) >= 2
            or any(
                _sort(known) == _sort(quantity) and shared_content(near, known.near)
                for known in item.quantities
            )
        )
        for item in sources
    )


def _sort(quantity: Quantity) -> tuple[FindingKind, str]:
    return quantity.kind, quantity.unit


def over_promises(quantity: Quantity, sources: Sequence[Source]) -> bool:
    """More hours a week than the user says there are."""
    told = [hours for item in sources if item.own for hours in item.weekly]
    return bool(told) and quantity.amount > max(told)
