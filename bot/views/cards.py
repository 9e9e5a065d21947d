"""A job card: what is offered, why it might be yours, what to beware of, and what to do now."""

from __future__ import annotations

from datetime import datetime

from aiogram.types import InlineKeyboardButton

from bot.callbacks import CardCb, JobsCb
from bot.foreign import markup
from bot.texts import Html, Words
from bot.ui import GREEN, TEXT_LIMIT, Screen, blocks, button, clip, lines, link, visible
from bot.views.evidence import axis
from bot.views.posting import age, duration, terms
from bot.views.reading import reading_lines
from core.jobs_feed.models import CardState
from core.jobs_feed.posting import JobPosting
from core.jobs_feed.service import SKIP_REASONS, Card
from core.matching.evidence import Axis
from core.matching.flags import Flag, Severity
from core.matching.percentile import percentile
from core.matching.posting_facts import PostingFacts, Reader, read_facts
from core.matching.score import Score

_DESCRIPTION = 900
_TITLE = 150
_INSTRUCTIONS = 3
_SENTENCE = 160


def title_of(words: Words, card: Card) -> str:
    """The posting's title while we may keep it, plain text."""
    return clip(card.posting.title, _TITLE) if card.posting else words.plain("card.purged_title")


def card_screen(
    words: Words, card: Card, *, now: datetime, recent: list[int], asking_reason: bool = False
) -> Screen:
    """The card in its present state. After 24 hours the posting's text is gone and only numbers are left."""
    if card.posting is None or card.score is None:
        text = blocks(
            words(
                "card.purged",
                score=card.row.total,
                fit=card.row.fit,
                client=card.row.client,
                odds=card.row.odds,
            ),
            _state_line(words, card),
        )
        return Screen(text, ())
    posting, score = card.posting, card.score
    rank = percentile(card.row.total, recent)
    head = lines(
        Html(f"<b>{markup(title_of(words, card))}</b>"),
        words("card.terms", terms=terms(words, posting)),
        _when(words, card, posting, now),
        words("card.total", total=card.row.total)
        + (Html(" · ") + words("card.percentile", n=rank) if rank is not None else Html("")),
    )
    state = _state_line(words, card)
    facts = card.reading or read_facts(posting)
    reading = reading_lines(words, facts)
    for description, reasons, told, quoted in (
        (_DESCRIPTION, 3, reading, _SENTENCE),
        (400, 3, reading, _SENTENCE),
        (400, 1, reading, _SENTENCE),
        (0, 1, reading, _SENTENCE),
        (0, 1, None, _SENTENCE),
        (0, 1, None, _SENTENCE // 2),
    ):
        text = blocks(
            head,
            *(axis(words, name, value, shown=reasons) for name, value in _axes(score)),
            _remarks(words, card, posting, score, facts, quoted=quoted),
            told,
            _quoted(posting.description, description),
            state,
        )
        if visible(text) <= TEXT_LIMIT:
            break
    return Screen(text, _reason_rows(words, card) if asking_reason else _rows(words, card))


def _axes(score: Score) -> tuple[tuple[str, Axis], ...]:
    return ("fit", score.fit), ("client", score.client), ("odds", score.odds)


def _remarks(
    words: Words, card: Card, posting: JobPosting, score: Score, facts: PostingFacts, *, quoted: int
) -> Html:
    """Warnings first, each with so much of its sentence, then what the client wants an applicant to notice."""
    tests = [test.quote for test in facts.tests if test.quote][:_INSTRUCTIONS]
    return blocks(
        lines(*(_flag(words, flag, quoted) for flag in (*score.flags, *_more_flags(score, facts)))),
        lines(
            *(words("card.instruction", text=clip(quote.text, 200)) for quote in tests),
            words("card.questions", n=len(posting.questions)) if posting.questions else None,
            words("card.reposted", n=card.row.reposts) if card.row.reposts else None,
        ),
    )


def _more_flags(score: Score, facts: PostingFacts) -> list[Flag]:
    """Warnings that only the model saw; the score's own stay as they are."""
    known = {flag.kind for flag in score.flags}
    return [
        Flag(flag.kind, flag.severity, flag.quote.text if flag.quote else "", flag.params)
        for flag in facts.flags
        if flag.kind not in known and facts.reader is Reader.MODEL
    ]


def _quoted(description: str, limit: int) -> Html | None:
    if not limit or not description.strip():
        return None
    return Html(f"<blockquote expandable>{markup(clip(description, limit))}</blockquote>")


def _when(words: Words, card: Card, posting: JobPosting, now: datetime) -> Html:
    if posting.own:
        return words("card.own")
    reached = card.row.delivered_at or card.row.sending_at or now
    delay = duration(words, (reached - card.row.seen_at).total_seconds())
    return words("card.when", age=age(words, posting, reached), delay=delay)


def _flag(words: Words, flag: Flag, length: int) -> Html:
    mark = "⛔" if flag.severity is Severity.STOP else "⚠️"
    text = words(f"flag.{flag.kind.value}", **dict(flag.params))
    quoted = words("card.quoted", text=clip(flag.sentence, length)) if flag.sentence else ""
    return Html(f"{mark} {text}{quoted}")


def _state_line(words: Words, card: Card) -> Html | None:
    state = card.row.state
    if state == CardState.SKIPPED:
        return words("card.skipped", reason=words.plain(f"skip.{card.row.skip_reason or 'other'}"))
    if state in (CardState.SAVED, CardState.DRAFTING, CardState.APPLIED):
        return words(f"card.{state}")
    return None


def _rows(words: Words, card: Card) -> list[list[InlineKeyboardButton]]:
    opened = [link(words.plain("button.open"), card.posting.url)] if card.posting and card.posting.url else []
    state = card.row.state
    if state == CardState.SKIPPED:
        return [[button(words.plain("button.unskip"), CardCb(verb="restore", card=card.id)), *opened]]
    if state == CardState.APPLIED:
        return [opened]
    if state == CardState.DRAFTING:
        # It is put aside by discarding the draft.
        return [
            [button(words.plain("button.continue_draft"), CardCb(verb="draft", card=card.id), GREEN)],
            opened,
        ]
    second = [button(words.plain("button.skip"), CardCb(verb="skip", card=card.id))]
    if state != CardState.SAVED:
        second.append(button(words.plain("button.save"), CardCb(verb="save", card=card.id)))
    return [
        [
            button(words.plain("button.draft"), CardCb(verb="draft", card=card.id), GREEN),
            button(words.plain("button.from_template"), CardCb(verb="patterns", card=card.id)),
        ],
        [*second, *opened],
    ]


def _reason_rows(words: Words, card: Card) -> list[list[InlineKeyboardButton]]:
    reasons = [
        button(words.plain(f"skip.{reason}"), CardCb(verb="why", card=card.id, arg=reason))
        for reason in SKIP_REASONS
    ]
    rows = [reasons[start : start + 2] for start in range(0, len(reasons), 2)]
    return [*rows, [button(words.plain("button.back"), CardCb(verb="redraw", card=card.id))]]


def list_line(words: Words, card: Card) -> Html:
    """One card on one line, for digests and lists."""
    pay_line = terms(words, card.posting) if card.posting else ""
    return words("card.line", total=card.row.total, title=clip(title_of(words, card), 70), terms=pay_line)


def list_screen(words: Words, heading: Html, cards: list[Card]) -> Screen:
    """Cards to choose from; each has a button that opens it in full."""
    rows = [
        [button(f"{card.row.total} · {clip(title_of(words, card), 45)}", CardCb(verb="open", card=card.id))]
        for card in cards
    ]
    return Screen(blocks(heading, lines(*(list_line(words, card) for card in cards))), rows)


def jobs_screen(words: Words, cards: list[Card], *, page: int, more: bool) -> Screen:
    """One page of the open cards, with the way to the pages beside it."""
    heading = words("jobs.heading") if page == 0 else words("jobs.heading_page", n=page + 1)
    screen = list_screen(words, heading, cards)
    turn = []
    if page > 0:
        turn.append(button(words.plain("button.newer"), JobsCb(page=page - 1)))
    if more:
        turn.append(button(words.plain("button.older"), JobsCb(page=page + 1)))
    return Screen(screen.text, [*screen.rows, turn])
