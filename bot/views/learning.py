"""What was learned from a person, each piece with where it came from and a way to forget it; and their market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from aiogram.types import InlineKeyboardButton

from bot.callbacks import MemoryCb
from bot.texts import Html, Words
from bot.ui import RED, Screen, blocks, button, lines
from bot.views.posting import money
from core.analytics.market import MIN_IN_WEEK, MIN_WEEKS, Market, Trend
from core.drafting.style import FEWEST, StyleProfile, Trait, describe
from core.learning.answers import Memory
from core.matching.calibration import Advice, BandShare, Calibration
from core.matching.learning import Family
from core.matching.lessons import Leaning, Lesson
from core.matching.score import DEFAULT_WEIGHTS

_STEPS = {Advice.RAISE_INSTANT: 5, Advice.LOWER_INSTANT: -5}
LOWEST_RINGING, HIGHEST_RINGING = 55, 95

_ADVICE = {Advice.RAISE_INSTANT: "memory.raise", Advice.LOWER_INSTANT: "memory.lower"}


def memory_screen(words: Words, memory: Memory, style: StyleProfile) -> Screen:
    """Rules first, then habits that could be rules, then leanings, how well the bands fit, and how its person writes."""
    traits = describe(style)
    text = blocks(
        lines(words("memory.heading"), _from(words, memory)),
        lines(*(_lesson(words, "memory.rule", rule) for rule in memory.rules)),
        lines(*(_lesson(words, "memory.habit", habit) for habit in memory.habits)),
        lines(*(_leaning(words, leaning) for leaning in memory.leanings)),
        lines(
            _calibration(words, memory.calibration) if memory.answers else None,
            words("memory.ringing", n=memory.instant_at),
        ),
        lines(words("memory.style"), *(_trait(words, *each) for each in traits))
        if traits
        else _no_style(words, style),
    )
    return Screen(text, _rows(words, memory, traits))


def _no_style(words: Words, style: StyleProfile) -> Html:
    """Why there is nothing to say: too few letters since it was forgotten, or letters too unlike each other."""
    read = max(style.counted.get(trait, style.letters) for trait in Trait)
    if read < FEWEST:
        return words("memory.style_few", n=read, needed=FEWEST)
    return words("memory.style_unclear", n=read)


def _from(words: Words, memory: Memory) -> Html:
    if memory.since is None:
        return words("memory.nothing")
    if not memory.share:
        return words("memory.unproven", n=memory.answers, since=_day(memory.since))
    return words("memory.from", n=memory.answers, since=_day(memory.since), share=f"{memory.share:.0%}")


def sure_screen(words: Words, answers: int) -> Screen:
    return Screen(
        words("memory.sure", n=answers),
        [
            [button(words.plain("button.forget_learned_now"), MemoryCb(verb="reset"), RED)],
            [button(words.plain("button.keep_learned"), MemoryCb(verb="show"))],
        ],
    )


def what(words: Words, lesson: Lesson) -> str:
    """A habit's kind of job in plain words: "fixed-price jobs under $300"."""
    value = lesson.threshold
    if lesson.family is Family.HIRE_RATE:
        value *= 100
    elif lesson.family is Family.AGE:
        value /= 60
    return words.plain(f"lesson.{lesson.family.value}", value=int(value))


def _lesson(words: Words, key: str, lesson: Lesson) -> Html:
    return words(
        key,
        what=what(words, lesson),
        skipped=lesson.skipped,
        answers=lesson.answers,
        since=_day(lesson.since),
    )


def _leaning(words: Words, leaning: Leaning) -> Html:
    name = words.plain(f"family.{leaning.family.value}")
    key = "memory.for" if leaning.more else "memory.against"
    return words(key, what=name, n=leaning.answers, since=_day(leaning.since))


def _trait(words: Words, trait: str, params: Mapping[str, str]) -> Html:
    return words("memory.trait", what=trait_words(words, trait, params), n=int(params["letters"]))


def trait_words(words: Words, trait: str, params: Mapping[str, str]) -> str:
    """One trait of somebody's writing in plain words: "greets with “Hi there”"."""
    if trait == Trait.TONE:
        return words.plain(f"style.tone_{params['tone']}")
    if trait == Trait.OPENER:
        return words.plain(f"style.opener_{params['opener']}")
    if trait == Trait.LISTS:
        return words.plain(f"style.lists_{params['lists']}")
    if trait == Trait.LENGTH:
        return words.plain("style.length", n=int(params["words"]))
    return words.plain(
        "style.greeting" if trait == Trait.GREETING else "style.sign_off", phrase=params["phrase"]
    )


def _calibration(words: Words, calibration: Calibration) -> Html:
    errors = None
    if calibration.brier is not None and calibration.ece is not None and calibration.base is not None:
        errors = words(
            "memory.errors",
            ece=f"{calibration.ece:.0%}",
            brier=f"{calibration.brier:.2f}",
            base=f"{calibration.base:.2f}",
        )
    return lines(
        words("memory.bands"),
        *(_band(words, share) for share in calibration.bands if share.answers),
        errors,
        words(_ADVICE[calibration.advice]) if calibration.advice else None,
    )


def _band(words: Words, share: BandShare) -> Html:
    name = words.plain(f"band.{share.band.value}")
    if share.low is None or share.high is None:
        return words("memory.band_few", name=name, taken=share.taken, answers=share.answers)
    return words(
        "memory.band",
        name=name,
        taken=share.taken,
        answers=share.answers,
        low=f"{share.low:.0%}",
        high=f"{share.high:.0%}",
    )


def _rows(
    words: Words, memory: Memory, traits: Sequence[tuple[str, Mapping[str, str]]]
) -> list[list[InlineKeyboardButton]]:
    rows = _ringing(words, memory) + [
        [button(words.plain("button.rule", what=what(words, habit)), _press("rule", habit.family))]
        for habit in memory.habits
    ]
    named: dict[Family, str] = {
        leaning.family: words.plain(f"family.{leaning.family.value}") for leaning in memory.leanings
    }
    named |= {lesson.family: what(words, lesson) for lesson in (*memory.habits, *memory.rules)}
    rows += [
        [button(words.plain("button.forget_habit", what=name), _press("forget", family))]
        for family, name in named.items()
    ]
    rows += [
        [
            button(
                words.plain("button.forget_habit", what=trait_words(words, trait, params)),
                MemoryCb(verb="unlearn", family=trait),
            )
        ]
        for trait, params in traits
    ]
    if not rows and not memory.answers:
        return []
    return [*rows, [button(words.plain("button.forget_learned"), MemoryCb(verb="ask"), RED)]]


def _ringing(words: Words, memory: Memory) -> list[list[InlineKeyboardButton]]:
    """Doing what was suggested, and going back: each button says from which total it will ring."""
    usual = round(DEFAULT_WEIGHTS.instant_at)
    step = _STEPS[memory.calibration.advice] if memory.calibration.advice else 0
    wanted = memory.instant_at + step
    offered = [wanted] if step and LOWEST_RINGING <= wanted <= HIGHEST_RINGING else []
    if memory.instant_at != usual and usual not in offered:
        offered.append(usual)
    return [
        [button(words.plain("button.ring_from", n=total), MemoryCb(verb="ring", family=str(total)))]
        for total in offered
    ]


def _press(verb: str, family: Family) -> MemoryCb:
    return MemoryCb(verb=verb, family=family.value)


def market_text(words: Words, market: Market) -> Html:
    """Each trend with its range, or that there is not enough yet."""
    trends = (market.postings, market.hourly, market.budget, market.applicants)
    if not any(trends):
        few = words("market.few", weeks=market.weeks, needed=MIN_WEEKS, n=MIN_IN_WEEK)
        return blocks(words("market.heading"), few)
    told: Sequence[Html] = (
        _trend(words, "market.postings", market.postings, dollars=False),
        _trend(words, "market.hourly", market.hourly, dollars=True),
        _trend(words, "market.budget", market.budget, dollars=True),
        _trend(words, "market.applicants", market.applicants, dollars=False),
    )
    return blocks(words("market.heading"), lines(*told), words("market.range"))


def _trend(words: Words, key: str, trend: Trend | None, *, dollars: bool) -> Html:
    if trend is None:
        return words(key, trend=words.plain("market.unknown"))

    def say(value: float) -> str:
        return money(round(value)) if dollars else f"{value:,.0f}"

    change = ("+" if trend.change >= 0 else "–") + f"{'$' if dollars else ''}{abs(trend.change):,.1f}"
    told = words.plain(
        "market.clear" if trend.clear else "market.flat",
        now=say(trend.weekly[-1]),
        change=change,
        expected=say(trend.expected),
        low=say(trend.low),
        high=say(trend.high),
    )
    return words(key, trend=told)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
