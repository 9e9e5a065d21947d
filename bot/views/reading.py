"""What the reading of a posting adds to its card: a few lines, each with the client's words where they say more than ours."""

from __future__ import annotations

from bot.texts import Html, Words
from bot.ui import clip, lines
from bot.views.posting import money
from core.matching.budget import Budget, Realism
from core.matching.posting_facts import PostingFacts, Reader
from core.matching.quotes import Quote

_THINGS = 3
_QUESTIONS = 2
_LANGUAGES = 2
_TELLING = ("en", "uk")


def reading_lines(words: Words, facts: PostingFacts) -> Html:
    """Deliverables, a level that differs from the ticked one, pay that cannot be meant, languages, questions in the text.

    The last line says who read: the rules where they found anything, or a model.
    """
    things = "; ".join(clip(item.text, 60) for item in facts.deliverables[:_THINGS])
    if len(facts.deliverables) > _THINGS:
        things += "; …"
    level = facts.seniority
    demanded = list(dict.fromkeys(item.quote for item in facts.languages))
    asked = [question.quote for question in facts.questions if question.quote]
    found = lines(
        words("card.deliverables", things=things) if things else None,
        words(
            "card.level_asked",
            level=words.plain(f"level.{level.level.value}"),
            text=_said(level.quote),
        )
        if level.level and level.quote and level.contradicts
        else None,
        _pay(words, facts.budget),
        words("card.written_in", code=facts.language) if facts.language not in _TELLING else None,
        *(words("card.languages", text=_said(quote)) for quote in demanded[:_LANGUAGES]),
        *(words("card.asked", text=_said(quote)) for quote in asked[:_QUESTIONS]),
        words("card.asked_more", n=len(asked) - _QUESTIONS) if len(asked) > _QUESTIONS else None,
    )
    if not found and facts.reader is Reader.RULES:
        return found
    return lines(found or None, words(f"card.read_by_{facts.reader.value}"))


def _pay(words: Words, budget: Budget) -> Html | None:
    if budget.realism is Realism.OPEN and budget.quote:
        return words("card.budget_open", text=_said(budget.quote))
    if budget.realism is not Realism.LOW or budget.hourly is None:
        return None
    if budget.hours is None:
        return words("card.rate_low", hourly=money(budget.hourly))
    worked = words("card.budget_low", hourly=money(budget.hourly), hours=budget.hours)
    return Html(f"{worked}{words('card.quoted', text=_said(budget.quote))}") if budget.quote else worked


def _said(quote: Quote) -> str:
    return clip(" ".join(quote.text.split()), 120)
