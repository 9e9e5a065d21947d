"""What is declared is connected: features, commands, states, jobs."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiogram import Router
from aiogram.filters import Command

import bot.features
import workers.jobs
from bot.commands import COMMANDS
from bot.features import build_routers
from bot.filters import Expecting
from bot.states import State
from core.accounts import dialogs
from core.jobs import Job
from core.proposals.models import ActionState
from workers.jobs import JOBS


def message_filters(router: Router) -> Iterator[object]:
    for handler in router.message.handlers:
        for rule in handler.filters or []:
            yield rule.callback


def test_every_feature_is_attached_and_the_catch_all_is_last() -> None:
    features = {
        module.name
        for module in pkgutil.iter_modules(bot.features.__path__)
        if hasattr(__import__(f"bot.features.{module.name}", fromlist=["x"]), "build_router")
    }
    names = [router.name for router in build_routers()]
    assert features <= set(names)
    assert len(set(names)) == len(names)
    assert names[-1] == "fallback"


def test_routers_are_built_anew_each_time() -> None:
    assert not set(map(id, build_routers())) & set(map(id, build_routers()))


@pytest.mark.parametrize("command", [*COMMANDS, "start"])
def test_every_command_of_the_menu_is_handled_once(command: str) -> None:
    handled = [
        name
        for router in build_routers()
        for rule in message_filters(router)
        if isinstance(rule, Command)
        for name in rule.commands
    ]
    assert handled.count(command) == 1


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_one_handler(state: State) -> None:
    waiting = [
        name
        for router in build_routers()
        for rule in message_filters(router)
        if isinstance(rule, Expecting)
        for name in rule.states
    ]
    assert waiting.count(state) == 1
    assert set(waiting) == set(State)


def test_the_web_process_and_the_bot_name_the_link_code_alike() -> None:
    assert State.LINK_CODE == dialogs.LINK_CODE


def test_every_job_has_its_function() -> None:
    assert set(JOBS) == set(Job)
    functions = {
        name
        for module in pkgutil.iter_modules(workers.jobs.__path__)
        for name, found in inspect.getmembers(
            __import__(f"workers.jobs.{module.name}", fromlist=["x"]), inspect.iscoroutinefunction
        )
        if found.__module__.startswith("workers.jobs.")
    }
    assert {job.value for job in Job} <= functions
    assert all(spec.handler.__name__ == job.value for job, spec in JOBS.items())


def test_an_approval_ends_in_one_of_the_promised_ways() -> None:
    assert {"sent", "needs_human", "rejected", "expired"} <= {state.value for state in ActionState}


def test_handlers_stay_short() -> None:
    """Parse, act in one block, reply: what is longer belongs elsewhere."""
    too_long = [
        f"{path.name}:{node.name}"
        for path in Path(bot.features.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncFunctionDef)
        and node.name.startswith("on_")
        and (node.end_lineno or 0) - node.body[0].lineno + 1 > 25
    ]
    assert too_long == []
