"""Experiments in words: each variant with its interval, what the numbers say by now, and what can be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiogram.types import InlineKeyboardButton

from bot.callbacks import ExperimentCb
from bot.texts import Html, Words
from bot.ui import BLUE, GREEN, Screen, blocks, button, clip, fitting, lines
from bot.views.rates import rate_text
from core.experiments.bandit import MIN_HITS, MIN_N, Split, Verdict
from core.experiments.models import Factor, State
from core.experiments.recipe import WORDS
from core.experiments.service import Result


def experiments_screen(words: Words, found: Sequence[Result], names: Mapping[str, str]) -> Screen:
    """`names` are the templates' names by id. Results that still matter come first."""
    rows: list[list[InlineKeyboardButton]] = []
    parts = [words("experiment.heading" if found else "experiment.none")]
    templated = any(
        result.experiment.factor == Factor.TEMPLATE and result.experiment.state != State.STOPPED
        for result in found
    )
    for result in found:
        idle = templated and result.experiment.state == State.RUNNING
        idle = idle and result.experiment.factor in (Factor.OPENER, Factor.LENGTH)
        parts.append(lines(_result(words, result, names), words("experiment.idle") if idle else None))
        rows += _decisions(words, result, names)
    running = {result.experiment.factor for result in found if result.experiment.state == State.RUNNING}
    new = [
        button(
            words.plain(f"experiment.try_{factor.value}"), ExperimentCb(verb="try", arg=factor.value), BLUE
        )
        for factor in Factor
        if factor.value not in running
    ]
    rows += [new[start : start + 2] for start in range(0, len(new), 2)]
    return Screen(fitting(parts), rows)


def split_screen(words: Words, factor: Factor, names: Mapping[str, str]) -> Screen:
    """What would be compared, and how drafts are to be shared out. `names` are those of the templates by id."""
    rows = [
        [
            button(
                words.plain(f"experiment.split_{split.value}"),
                ExperimentCb(verb=split.value, arg=factor.value),
            )
        ]
        for split in Split
    ]
    variants = tuple(names) if factor is Factor.TEMPLATE else WORDS[factor]
    text = blocks(
        lines(
            words("experiment.ask_split", what=words.plain(f"experiment.factor_{factor.value}")),
            *(words("experiment.option", name=variant_name(words, factor, each, names)) for each in variants),
            words("experiment.models_only") if factor is Factor.MODEL else None,
        ),
        words("experiment.splits"),
    )
    back = button(words.plain("button.back"), ExperimentCb(verb="list"))
    return Screen(text, [*rows, [back]])


def variant_name(words: Words, factor: Factor, variant: str, names: Mapping[str, str]) -> str:
    if factor is Factor.TEMPLATE:
        return clip(names.get(variant, words.plain("experiment.deleted")), 40)
    return words.plain(f"experiment.as_{variant}")


def _result(words: Words, result: Result, names: Mapping[str, str]) -> Html:
    experiment, counts = result.experiment, result.counts
    factor = Factor(experiment.factor)
    heading = words(
        f"experiment.is_{experiment.state}",
        what=words.plain(f"experiment.factor_{factor.value}"),
        how=words.plain(f"experiment.split_{experiment.split}"),
    )
    shown = [
        words(
            "experiment.variant",
            name=variant_name(words, factor, variant, names),
            drafts=counts.drawn[place],
            rate=rate_text(words, counts.tallies[place]),
            waiting=counts.tallies[place].waiting,
        )
        for place, variant in enumerate(experiment.variants)
    ]
    if experiment.state == State.KEPT and experiment.kept is not None:
        kept = variant_name(words, factor, experiment.variants[experiment.kept], names)
        # It may have been kept before there was enough: the verdict stays beside it.
        return lines(heading, *shown, _verdict(words, result, names), words("experiment.kept", name=kept))
    void = words("experiment.void", n=counts.void) if counts.void else None
    return lines(heading, *shown, void, _verdict(words, result, names))


def _verdict(words: Words, result: Result, names: Mapping[str, str]) -> Html:
    reading = result.reading
    if reading.best is None or reading.chance is None or reading.verdict is Verdict.NOT_ENOUGH:
        return words("experiment.not_enough", n=MIN_N, hits=MIN_HITS)
    experiment = result.experiment
    name = variant_name(words, Factor(experiment.factor), experiment.variants[reading.best], names)
    return words(
        f"experiment.says_{reading.verdict.value}",
        name=name,
        chance=f"{min(reading.chance, 0.999) * 100:.1f}",
    )


def _decisions(words: Words, result: Result, names: Mapping[str, str]) -> list[list[InlineKeyboardButton]]:
    experiment = result.experiment
    if experiment.state == State.STOPPED:
        return []
    end = button(
        words.plain(
            f"experiment.end_{experiment.state}", what=words.plain(f"experiment.factor_{experiment.factor}")
        ),
        ExperimentCb(verb="stop", experiment=experiment.id),
    )
    if experiment.state == State.KEPT:
        return [[end]]
    best = result.reading.best if result.reading.verdict is Verdict.CLEAR else None
    keep = [
        button(
            words.plain(
                "experiment.keep",
                name=variant_name(words, Factor(experiment.factor), variant, names),
            ),
            ExperimentCb(verb="keep", experiment=experiment.id, arg=str(place)),
            GREEN if place == best else None,
        )
        for place, variant in enumerate(experiment.variants)
    ]
    return [*([one] for one in keep), [end]]
