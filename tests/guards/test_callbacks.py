"""Buttons: unique prefixes, 64 bytes at the worst, and somebody who answers each of them."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin
from uuid import UUID

import pytest
from aiogram import Router
from aiogram.filters.callback_data import CallbackData, CallbackQueryFilter

from bot import callbacks
from bot.features import build_routers
from core.crypto import new_token

BOT = Path(__file__).resolve().parents[2] / "bot"
CLASSES: list[type[CallbackData]] = [
    kind
    for _, kind in inspect.getmembers(callbacks, inspect.isclass)
    if issubclass(kind, CallbackData) and kind is not CallbackData
]
LONGEST_UUID = UUID(int=2**128 - 1)


def words_in_code(kind: type[CallbackData], name: str) -> list[str]:
    """Every constant that code passes for a field of this class."""
    found: list[str] = []
    for path in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == kind.__name__
            ):
                found += [
                    keyword.value.value
                    for keyword in node.keywords
                    if keyword.arg == name
                    and isinstance(keyword.value, ast.Constant)
                    and isinstance(keyword.value.value, str)
                ]
    return found


def longest(kind: type[CallbackData], name: str, annotation: Any) -> Any:
    options = get_args(annotation) if get_origin(annotation) is UnionType else (annotation,)
    if UUID in options:
        return LONGEST_UUID
    if int in options:
        return 99_999
    if name == "nonce":
        return new_token()
    if name == "arg":
        return "change_price"
    return max([*words_in_code(kind, name), "restore"], key=len)


def test_there_are_callbacks() -> None:
    assert len(CLASSES) >= 10


def test_prefixes_are_unique_and_short() -> None:
    prefixes = [kind.__prefix__ for kind in CLASSES]
    assert len(set(prefixes)) == len(prefixes)
    assert all(len(prefix) <= 3 for prefix in prefixes)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_the_longest_data_fits_and_comes_back(kind: type[CallbackData]) -> None:
    values = {name: longest(kind, name, field.annotation) for name, field in kind.model_fields.items()}
    data = kind(**values)
    packed = data.pack()
    assert len(packed.encode()) <= 64
    assert kind.unpack(packed) == data


def observed(router: Router) -> list[type[CallbackData]]:
    return [
        rule.callback.callback_data
        for handler in router.callback_query.handlers
        for rule in handler.filters or []
        if isinstance(rule.callback, CallbackQueryFilter)
    ]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_callback_has_one_handler(kind: type[CallbackData]) -> None:
    handled = [found for router in build_routers() for found in observed(router)]
    assert handled.count(kind) == 1
