"""What was understood of the user's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.callbacks import ProfileCb
from bot.texts import Words
from bot.ui import BLUE, GREEN, TEXT_LIMIT, Screen, blocks, button, clip, lines, visible
from bot.views.posting import money
from core.matching.skills import display_name
from core.profile.facts import Fact, Profile
from core.profile.parsing import MAX_BYTES, MAX_FACTS

_SHOWN_FACTS = 14
_SHOWN_SKILLS = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What could not be taken of a text: `full` when the profile holds no more facts, `cut` when only its beginning was read."""

    full: bool = False
    cut: bool = False
    nothing_new: bool = False


def profile_screen(words: Words, profile: Profile, *, onboarding: bool, taken: Taken | None = None) -> Screen:
    """What was understood: the headline, the rate, each fact with its number."""
    rows = [
        [
            button(words.plain("button.add_facts"), ProfileCb(verb="add"), BLUE),
            button(words.plain("button.replace_profile"), ProfileCb(verb="replace")),
        ],
        [
            button(words.plain("button.rate"), ProfileCb(verb="rate")),
            button(words.plain("button.import"), ProfileCb(verb="import")),
        ],
    ]
    if onboarding:
        rows = [[button(words.plain("button.looks_right"), ProfileCb(verb="ok"), GREEN)], *rows]
    skills = [display_name(skill) for skill in sorted(profile.skills)[:_SHOWN_SKILLS]]
    parts = (
        words("profile.understood", headline=clip(profile.headline, 150)),
        words("profile.rate", rate=money(profile.hourly_rate))
        if profile.hourly_rate
        else words("profile.no_rate"),
        words("profile.skills", skills=clip(", ".join(skills), 500)) if skills else None,
    )
    for count in range(_SHOWN_FACTS, 0, -1):
        facts = _facts(words, profile.facts, count, newest=taken is not None)
        text = blocks(*parts, facts, _remarks(words, taken))
        if visible(text) <= TEXT_LIMIT:
            break
    return Screen(text, rows)


def _facts(words: Words, facts: Sequence[Fact], count: int, *, newest: bool) -> str:
    """As many as fit: from the beginning, or, after a text was added, those that came of it."""
    some = facts[-count:] if newest else facts[:count]
    shown = [words("profile.fact", label=fact.label, text=clip(fact.text, 160)) for fact in some]
    more = words("profile.more", n=len(facts) - len(some)) if len(facts) > len(some) else None
    return lines(more, *shown) if newest else lines(*shown, more)


def _remarks(words: Words, taken: Taken | None) -> str | None:
    if taken is None:
        return None
    return lines(
        words("profile.nothing_new") if taken.nothing_new else None,
        words("profile.cut", kb=MAX_BYTES // 1000) if taken.cut else None,
        words("profile.full", n=MAX_FACTS) if taken.full else None,
    )
