"""A person's limits and how much of them is used."""

from __future__ import annotations

from decimal import Decimal

from bot.callbacks import LimitCb
from bot.texts import Html, Words
from bot.ui import Screen, blocks, button, lines
from core.access.quota import ModelMoney
from core.proposals.spending import CONNECTS_EACH, Spent
from core.security.stepup.limits import OF_MODELS, WHOLE, Limit, Limits


def limits_screen(words: Words, limits: Limits, spent: Spent, models: ModelMoney) -> Screen:
    rows = [
        [button(words.plain(f"button.{limit.value}"), LimitCb(verb="ask", limit=limit))] for limit in Limit
    ]
    return Screen(
        blocks(
            words("limits.heading"),
            lines(*(_line(words, limit, limits, spent) for limit in Limit if limit not in OF_MODELS)),
            words(
                "limits.models",
                day=f"{models.day:.2f}",
                of_day=f"{models.of_day:.2f}",
                month=f"{models.month:.2f}",
                of_month=f"{models.of_month:.2f}",
                plan_day=f"{models.plan_day:.2f}",
                plan_month=f"{models.plan_month:.2f}",
            ),
            words("limits.how"),
        ),
        rows,
    )


def _line(words: Words, limit: Limit, limits: Limits, spent: Spent) -> Html:
    used = {Limit.BIDS_A_DAY: spent.bids, Limit.CONNECTS_A_WEEK: spent.connects}.get(limit, 0)
    return words(
        f"limits.{limit.value}", value=shown(limit, limits.value(limit)), used=used, each=CONNECTS_EACH
    )


def shown(limit: Limit, value: Decimal) -> str:
    """The number as people write it; money without needless cents."""
    return f"{value:,.0f}" if limit in WHOLE or value == int(value) else f"{value:,.2f}"
