"""The three faces of a step-up in the chat: asked for, passed, failed."""

from __future__ import annotations

from bot.callbacks import StepUpCb
from bot.texts import Words
from bot.ui import GREEN, Screen, blocks, button, link
from core.security.assurance import LEVELS, Act, Level
from core.security.stepup.models import ChallengeRow
from core.security.stepup.service import Challenge, Way


def asking_screen(words: Words, act: Act, challenge: Challenge) -> Screen:
    """What is to be confirmed, the number to look for, and the way to the page."""
    what = words("step_up.what", act=_act(words, act))
    if challenge.way is Way.PROTECT:
        return Screen(
            blocks(words("step_up.protect"), what, words("step_up.protect_how")),
            [[link(words.plain("button.protect"), challenge.url)]],
        )
    return Screen(
        blocks(words("step_up.asked"), what, words("step_up.how", number=challenge.number)),
        [[link(words.plain("button.verify"), challenge.url)]],
    )


def outcome_screen(words: Words, row: ChallengeRow) -> Screen:
    """How it went; after a success the button leads to where the person was."""
    act = Act(row.act)
    what = words("step_up.what", act=_act(words, act))
    if row.passed_at is None:
        return Screen(blocks(words("step_up.failed"), what, words("step_up.failed_how")))
    if row.way == Way.PROTECT:
        head, then = words("step_up.protected"), words("step_up.protected_how")
    elif LEVELS[act] is Level.S1:
        head, then = words("step_up.passed"), words("step_up.passed_today")
    else:
        head, then = words("step_up.passed"), words("step_up.passed_once")
    if not row.resume:
        return Screen(blocks(head, what, words("step_up.start_again")))
    return Screen(
        blocks(head, what, then), [[button(words.plain("button.go_on"), StepUpCb(challenge=row.id), GREEN)]]
    )


def gone_screen(words: Words) -> Screen:
    return Screen(words("step_up.gone"))


def _act(words: Words, act: Act) -> str:
    return words.plain(f"step_up.act_{act.value}")
