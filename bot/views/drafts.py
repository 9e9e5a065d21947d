"""A draft: its text to the letter, what the code found out about it, and every way to change it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton

from bot.callbacks import ApproveCb, DraftCb
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, RED, TEXT_LIMIT, Screen, blocks, button, clip, lines
from bot.views.posting import money
from core.drafting.draft import Bid, Chip, DraftOutput
from core.drafting.models import Draft, DraftKind, DraftVersion
from core.drafting.service import Version
from core.jobs_feed.posting import ContractType, JobPosting
from core.proposals.approval import Shown
from core.proposals.models import ActionKind
from core.proposals.payload import Payload

_PART = 3500
_CHIPS = (Chip.SHORTER, Chip.WARMER, Chip.ADD_PROOF, Chip.FIX_OPENER)


@dataclass(frozen=True, slots=True)
class Caution:
    """A finding of the pre-approval lint: a code and its numbers; words come from the catalogue."""

    code: str
    params: dict[str, str]


def bid_text(words: Words, bid: Bid) -> str:
    amount = money(bid.amount, bid.currency)
    return (
        words.plain("bid.hourly", amount=amount)
        if bid.contract is ContractType.HOURLY
        else words.plain("bid.fixed", amount=amount)
    )


def draft_screens(
    words: Words,
    draft: Draft,
    version: Version,
    posting: JobPosting | None,
    *,
    heading: str,
    warnings: Sequence[Caution] = (),
) -> list[Screen]:
    """The draft as one message, or as several when it does not fit; the last one carries the buttons."""
    output = version.output
    letter = html.escape(output.letter, quote=False)
    top = lines(
        words("draft.heading", title=clip(heading, 120)),
        words("draft.byline", number=version.row.number, how=_how(words, version.row)),
        words("draft.bid", bid=bid_text(words, output.bid)) if output.bid else None,
    )
    answers = [_answer(words, output, position, posting) for position in range(len(output.answers))]
    rest = blocks(*answers, _warnings(words, output, warnings), words(f"draft.hint_{draft.kind}"))
    rows = _rows(words, draft, output)
    whole = blocks(top, f"<blockquote>{letter}</blockquote>", rest)
    if len(whole) <= TEXT_LIMIT - 200:
        return [Screen(whole, rows)]
    parts = [Screen(top)] + [Screen(html.escape(part, quote=False)) for part in split(output.letter)]
    tail = rest if len(rest) <= TEXT_LIMIT - 200 else blocks(words(f"draft.hint_{draft.kind}"))
    if tail is not rest:
        parts += [
            Screen(html.escape(part, quote=False)) for answer in output.answers for part in split(answer.text)
        ]
    return [*parts, Screen(tail, rows)]


def _how(words: Words, row: DraftVersion) -> str:
    if row.offline:
        return words.plain("draft.by_offline")
    how = words.plain(f"draft.by_{row.source}", model=row.model or "")
    return f"{how} · {words.plain('draft.cost', cost=f'{row.cost_usd:.4f}')}" if row.cost_usd else how


def _answer(words: Words, output: DraftOutput, index: int, posting: JobPosting | None) -> Html:
    answer = output.answers[index]
    asked = ""
    if posting is not None:
        asked = next((item.text for item in posting.questions if item.position == answer.position), "")
    missing = words("draft.needs_fact", what=answer.needs_fact) if answer.needs_fact else ""
    body = html.escape(answer.text, quote=False)
    return lines(
        words("draft.question", n=answer.position + 1, text=clip(asked, 300)),
        Html(f"<blockquote>{body}</blockquote>" if body else ""),
        missing,
    )


def _warnings(words: Words, output: DraftOutput, warnings: Sequence[Caution]) -> Html:
    found = [words("draft.unsupported", quote=clip(item.quote, 80)) for item in output.needs_fact[:5]]
    found += [words("draft.gap", what=clip(gap, 160)) for gap in output.gaps[:3]]
    found += [words(f"note.{note.code.value}", **dict(note.params)) for note in output.notes]
    found += [words(f"lint.{item.code}", **item.params) for item in warnings]
    return lines(*found)


def _rows(words: Words, draft: Draft, output: DraftOutput) -> list[list[InlineKeyboardButton]]:
    def to(verb: str, arg: str = "") -> DraftCb:
        return DraftCb(verb=verb, draft=draft.id, arg=arg)

    rows = [[button(words.plain("button.review"), to("review"), GREEN)]]
    if draft.kind == DraftKind.PROPOSAL:
        chips = [button(words.plain(f"chip.{chip.value}"), to("chip", chip.value)) for chip in _CHIPS]
        rows += [chips[:2], chips[2:]]
        rows.append(
            [
                button(words.plain("button.price"), to("price")),
                button(words.plain("button.instruct"), to("instruct"), BLUE),
            ]
        )
        if output.answers:
            rows.append(
                [
                    button(
                        words.plain("button.answer", n=answer.position + 1),
                        to("answer", str(answer.position)),
                    )
                    for answer in output.answers[:4]
                ]
            )
    else:
        rows.append([button(words.plain("button.instruct"), to("instruct"), BLUE)])
    last = [button(words.plain("button.rewrite"), to("rewrite"))]
    if draft.current > 1:
        last += [
            button(words.plain("button.undo"), to("undo")),
            button(words.plain("button.diff"), to("diff")),
        ]
    return [*rows, last, [button(words.plain("button.discard"), to("discard"), RED)]]


def approval_screens(
    words: Words, shown: Shown, *, heading: str, warnings: Sequence[Caution]
) -> list[Screen]:
    """All bytes that would leave, then the one button that sends them."""
    payload = shown.payload
    body = payload_text(words, payload)
    rows = [
        [button(words.plain("button.send"), ApproveCb(nonce=shown.nonce), GREEN)],
        [button(words.plain("button.keep_editing"), DraftCb(verb="edit", draft=payload.draft_id))],
    ]
    head = words(f"approve.{payload.kind}", title=clip(heading, 120))
    foot = lines(
        *(words(f"lint.{item.code}", **item.params) for item in warnings),
        words("approve.connects") if payload.kind is ActionKind.PROPOSAL else None,
        words("approve.exact", hash=payload.sha256[:12]),
    )
    whole = blocks(head, *body, foot)
    if len(whole) <= TEXT_LIMIT - 300:
        return [Screen(whole, rows)]
    parts = [Screen(part) for block in body for part in _split_block(block)]
    return [Screen(head), *parts, Screen(foot, rows)]


def payload_text(words: Words, payload: Payload) -> list[Html]:
    """The payload for reading: the price, the letter, each question with its answer."""
    parts = [Html(f"<blockquote>{html.escape(payload.text, quote=False)}</blockquote>")]
    if payload.bid is not None and payload.contract is not None:
        parts.insert(
            0, words("draft.bid", bid=bid_text(words, Bid(payload.bid, payload.contract, payload.currency)))
        )
    for number, item in enumerate(payload.answers, start=1):
        answer = html.escape(item.answer, quote=False)
        parts.append(
            lines(
                words("draft.question", n=number, text=item.question),
                Html(f"<blockquote>{answer}</blockquote>"),
            )
        )
    return parts


def split(text: str) -> list[str]:
    """Plain text in parts that fit a message even after escaping, cut at line ends where possible."""
    parts: list[str] = []
    rest = text
    while rest:
        size = _PART
        while len(html.escape(rest[:size], quote=False)) > TEXT_LIMIT - 100:
            size = size * 3 // 4
        if len(rest) > size and (cut := rest.rfind("\n", size // 2, size)) > 0:
            size = cut + 1
        parts.append(rest[:size])
        rest = rest[size:]
    return parts


def _split_block(block: Html) -> list[Html]:
    if len(block) <= TEXT_LIMIT - 100:
        return [block]
    plain = html.unescape(
        block.replace("<blockquote>", "").replace("</blockquote>", "").replace("<b>", "").replace("</b>", "")
    )
    return [Html(html.escape(part, quote=False)) for part in split(plain)]
