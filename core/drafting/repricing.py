"""A new bid where the text asks for the old one: a letter that names one price under another tells the client two things."""

from __future__ import annotations

import re
from dataclasses import replace

from core.drafting.draft import Bid, DraftOutput
from core.drafting.render import money_text
from core.jobs_feed.posting import ContractType

_SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\d))+")
_HOURLY = re.compile(
    r"\s*(?:(?:per|an|a|each)\s+hour|/\s*h|hourly|/\s*год|(?:за|на)\s+годину)", re.IGNORECASE
)
_ASKING = re.compile(
    r"\bmy (?:\w+ ){0,2}?(?:rate|price|bid|offer|quote)\b|\b(?:I would|I will|I can|I['’](?:d|ll)|would be|comes? to)\b"
    r"|\b(?:price|rate)\b[^.!?\n]{0,20}$|\bмо(?:я|ю|єю) (?:\w+ ){0,2}?(?:ставк|цін)\w*"
    r"|\b(?:працюватиму|виконаю|зроблю|візьмуся)\b",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:your|client|was|were|earned|paid|charged|saved|worked|used to|ваш\w*|був|була|було|заробля\w+|платил\w+)\b",
    re.IGNORECASE,
)
_RANGE_BEFORE = re.compile(r"(?:[-–—]|\b(?:to|до))\s*$")
_RANGE_AFTER = re.compile(r"\s*(?:[-–—]|\b(?:to|до)\b)\s*\$?\d")


def repriced(output: DraftOutput, bid: Bid) -> DraftOutput:
    """`output` with `bid`, in its letter and answers too. What the old bid alone had proven is to be judged again."""
    old = output.bid
    if old is None or old.amount == bid.amount:
        return replace(output, bid=bid)
    return replace(
        output,
        bid=bid,
        letter=restated(output.letter, old, bid),
        answers=tuple(replace(answer, text=restated(answer.text, old, bid)) for answer in output.answers),
        claims=tuple(replace(claim, quote=restated(claim.quote, old, bid)) for claim in output.claims),
        findings=tuple(finding for finding in output.findings if set(finding.supported_by) != {"bid"}),
    )


def restated(text: str, old: Bid, new: Bid) -> str:
    """`text` with the new price in the sentences that ask for the old one; what is told of a client or of the past stays."""
    price = re.compile(rf"(?<![\w.,]){re.escape(money_text(old))}(?:\.00)?(?![\d]|[.,]\d)")

    def in_sentence(match: re.Match[str]) -> str:
        sentence = match.group()
        return price.sub(lambda found: _in_place(found, sentence, old, new), sentence)

    return _SENTENCE.sub(in_sentence, text)


def _in_place(found: re.Match[str], sentence: str, old: Bid, new: Bid) -> str:
    before, after = sentence[: found.start()], sentence[found.end() :]
    if _RANGE_BEFORE.search(before) or _RANGE_AFTER.match(after) or _TOLD.search(sentence):
        return found.group()
    alone = not before.strip() and len(after.split()) <= 2
    hourly = old.contract is ContractType.HOURLY and _HOURLY.match(after)
    return money_text(new) if alone or hourly or _ASKING.search(before) else found.group()
