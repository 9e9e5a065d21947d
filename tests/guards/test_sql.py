"""No statement is put together from what somebody wrote: values go beside the SQL, never into it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("bot", "core", "web", "workers")
TAKES_SQL = {
    "text",
    "execute",
    "exec_driver_sql",
    "scalar",
    "scalars",
    "executemany",
    "fetch",
    "fetchval",
    "fetchrow",
}


def put_together(source: str) -> Iterator[int]:
    """Lines on which SQL is made of parts: an f-string with a value, `%`, `+`, `.format`, `.join`."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in TAKES_SQL and _is_made(node.args[0]):
            yield node.lineno


def _is_made(value: ast.expr) -> bool:
    if isinstance(value, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in value.values)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Mod):
        return any(_is_text(side) for side in (value.left, value.right))
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in {"format", "join"} and _is_text(value.func.value)
    return False


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.JoinedStr) or (
        isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


@pytest.mark.asvs("V1.2.4")
def test_no_statement_is_put_together() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in put_together(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'text(f"select * from {name}")',
        'session.execute("select %s" % name)',
        'session.execute("select " + name)',
        'session.scalar("select {}".format(name))',
        'connection.exec_driver_sql(f"drop table {name}")',
        'text(", ".join(names))',
    ],
)
def test_the_search_finds_every_way(source: str) -> None:
    assert list(put_together(source)) == [1]


def test_the_search_lets_constants_be() -> None:
    assert list(put_together('text("select 1")\nsession.execute(select(x))\ntext("a" "b")')) == []
