"""Templates: the library with each one's reply rate, one in full, a better wording to decide on, and the choice on a job card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot.callbacks import CardCb, TemplateCb
from bot.foreign import markup
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, RED, Screen, blocks, button, clip, fitting, lines
from bot.views.rates import rate_text
from core.analytics.rates import Tally
from core.templates.service import Letter
from core.templates.variables import VARIABLES

_BODY = 3300
_HALF = 1600
_NOTHING = Tally()


def gaps(words: Words) -> Html:
    """Every gap that can be filled, with what is put there."""
    return lines(
        *(words("template.gap", name=f"{{{name}}}", what=words(f"gap.{name}")) for name in VARIABLES)
    )


def key_of(template_id: UUID) -> str:
    """Enough of the id for a button that already carries a card's; 48 bits tell one person's forty apart."""
    return template_id.hex[:12]


def library_screen(words: Words, letters: Sequence[Letter], rates: Mapping[UUID, Tally]) -> Screen:
    rows = [
        [button(clip(letter.name, 50), TemplateCb(verb="show", template=letter.id))] for letter in letters
    ]
    rows.append(
        [
            button(words.plain("button.template_add"), TemplateCb(verb="add"), BLUE),
            button(words.plain("button.template_import"), TemplateCb(verb="import")),
        ]
    )
    heading = words("template.list") if letters else words("template.none", gaps=gaps(words))
    items = [
        words(
            "template.item",
            n=number,
            name=clip(letter.name, 60),
            rate=rate_text(words, rates.get(letter.id, _NOTHING)),
        )
        for number, letter in enumerate(letters, 1)
    ]
    return Screen(fitting([heading, *items]), rows)


def template_screen(words: Words, letter: Letter, tally: Tally | None) -> Screen:
    def to(verb: str) -> TemplateCb:
        return TemplateCb(verb=verb, template=letter.id)

    rows = [
        [
            button(words.plain("button.template_edit"), to("edit"), BLUE),
            button(words.plain("button.template_improve"), to("improve")),
        ],
        [
            button(words.plain("button.template_delete"), to("delete"), RED),
            button(words.plain("button.template_list"), TemplateCb(verb="list")),
        ],
    ]
    text = blocks(
        words("template.heading", name=letter.name, rate=rate_text(words, tally or _NOTHING)),
        _quote(letter.body, _BODY),
        words("template.improving") if letter.improving else None,
    )
    return Screen(text, rows)


def offer_screen(words: Words, letter: Letter) -> Screen:
    """The old wording and the new one; only a tap puts the new one in place."""
    row = [
        button(words.plain("button.template_take"), TemplateCb(verb="take", template=letter.id), GREEN),
        button(words.plain("button.template_leave"), TemplateCb(verb="leave", template=letter.id)),
    ]
    text = blocks(
        words("template.offer", name=letter.name),
        words("template.offer_old"),
        _quote(letter.body, _HALF),
        words("template.offer_new"),
        _quote(letter.offered or "", _HALF),
    )
    return Screen(text, [row])


def choose_screen(
    words: Words, card_id: UUID, letters: Sequence[Letter], rates: Mapping[UUID, Tally]
) -> Screen:
    """Which template the letter for this card is made from."""
    if not letters:
        add = button(words.plain("button.template_add"), TemplateCb(verb="add"), BLUE)
        return Screen(words("template.none", gaps=gaps(words)), [[add]])
    rows: list[list[InlineKeyboardButton]] = [
        [button(_label(words, letter, rates), CardCb(verb="from", card=card_id, arg=key_of(letter.id)))]
        for letter in letters
    ]
    return Screen(words("template.choose"), rows)


def _label(words: Words, letter: Letter, rates: Mapping[UUID, Tally]) -> str:
    return f"{clip(letter.name, 40)} · {rate_text(words, rates.get(letter.id, _NOTHING))}"


def _quote(body: str, limit: int) -> Html:
    return Html(f"<blockquote expandable>{markup(clip(body, limit))}</blockquote>")
