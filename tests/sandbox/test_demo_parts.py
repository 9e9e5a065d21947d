"""The demo's own pieces: which part is real, what is missing, and a child that falls again and again."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

from core.settings import Settings
from sandbox.demo import check
from sandbox.demo.child import Child, ChildFailed, Fell, says
from sandbox.demo.lock import AlreadyRunning, only_one
from sandbox.demo.parts import PARTS, Addresses, Mode, choose, markdown_table, variables_for
from sandbox.processes import alive

ROOT = Path(__file__).resolve().parents[2]
AT = Addresses(sandbox="http://127.0.0.1:1", web="http://127.0.0.1:2", smtp="smtp://127.0.0.1:3")
TELEGRAM, UPWORK, MODEL, MAIL, SMS = (part.name for part in PARTS)


def modes(given: dict[str, str], *, llm_offline: bool = False) -> dict[str, Mode]:
    return {choice.part.name: choice.mode for choice in choose(given, llm_offline=llm_offline)}


def test_with_nothing_set_everything_is_stood_in_for() -> None:
    choices = choose({})
    assert {choice.mode for choice in choices} == {Mode.STAND_IN}
    variables = variables_for(choices, AT, {})
    addresses = [value for name, value in variables.items() if name.endswith(("_URL", "_BASE"))]
    assert len(addresses) == 9
    assert all(value.startswith(("http://127.0.0.1:", "smtp://127.0.0.1:")) for value in addresses)


@pytest.mark.parametrize(
    ("given", "real"),
    [
        ({"TELEGRAM_BOT_TOKEN": "1:x"}, {TELEGRAM}),
        ({"UPWORK_CLIENT_ID": "x", "UPWORK_CLIENT_SECRET": "y"}, {UPWORK}),
        ({"UPWORK_CLIENT_ID": "x"}, set()),
        ({"OPENAI_API_KEY": "x"}, {MODEL}),
        ({"ANTHROPIC_API_KEY": "x"}, {MODEL}),
        ({"TELEGRAM_BOT_TOKEN": ""}, set()),
        ({"SMTP_URL": "smtp://mail.example"}, {MAIL}),
        ({"SMS_ACCOUNT": "AC1", "SMS_TOKEN": "x", "SMS_FROM": "+1"}, {SMS}),
        ({"SMS_ACCOUNT": "AC1", "SMS_TOKEN": "x"}, set()),
    ],
)
def test_setting_a_parts_variables_makes_it_real_and_leaves_it_alone(
    given: dict[str, str], real: set[str]
) -> None:
    choices = choose(given)
    assert {choice.part.name for choice in choices if choice.mode is Mode.REAL} == real
    variables = variables_for(choices, AT, given)
    for part in PARTS:
        touched = set(part.variables(AT)) & set(variables)
        assert bool(touched) == (part.name not in real), part.name


def test_a_half_set_part_is_pointed_out() -> None:
    upwork = next(choice for choice in choose({"UPWORK_CLIENT_ID": "x"}) if choice.part.name == UPWORK)
    assert "UPWORK_CLIENT_SECRET still missing" in upwork.why


def test_the_model_can_be_switched_off() -> None:
    given = {"OPENAI_API_KEY": "x"}
    assert modes(given, llm_offline=True)[MODEL] is Mode.OFF
    variables = variables_for(choose(given, llm_offline=True), AT, given)
    assert (variables["OPENAI_API_KEY"], variables["ANTHROPIC_API_KEY"]) == ("", "")


def test_the_callback_address_of_a_real_upwork_key_is_kept() -> None:
    given = {"UPWORK_CLIENT_ID": "x", "UPWORK_CLIENT_SECRET": "y", "PUBLIC_URL": "https://example.org"}
    assert "PUBLIC_URL" not in variables_for(choose(given), AT, given)
    assert variables_for(choose({}), AT, {"PUBLIC_URL": "https://example.org"})["PUBLIC_URL"] == AT.web


def test_every_variable_is_one_the_product_reads() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for part in PARTS:
        assert set(part.variables(AT)) <= known
        assert {name for group in part.switches for name in group} <= known


def test_the_readmes_table_names_every_switch() -> None:
    assert len(markdown_table().splitlines()) == 2 + len(PARTS)
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("|")]
    for part in PARTS:
        for group in part.switches:
            assert any(all(f"`{name}`" in row for name in group) for row in rows), group


def test_a_complete_installation_has_no_problems() -> None:
    assert check.problems() == []


def test_a_missing_package_names_the_make_step(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# pins\nno-such-package-here==1.0\npytest==0.0.1  # too old\n"
    )
    (problem,) = check.problems(tmp_path)
    assert "no-such-package-here==1.0, pytest==0.0.1" in problem
    assert "make install" in problem


def test_another_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))
    monkeypatch.setattr(sys, "version", "3.12.1 (main)")
    (problem,) = check.problems()
    assert "this is Python 3.12.1" in problem
    assert "make demo" in problem


def test_the_folder_belongs_to_one_demo_at_a_time(tmp_path: Path) -> None:
    with (
        only_one(tmp_path, "http://127.0.0.1:5/"),
        pytest.raises(AlreadyRunning, match=r"running already .*http://127\.0\.0\.1:5/"),
        only_one(tmp_path, "http://127.0.0.1:6/"),
    ):
        pass
    (tmp_path / "running").write_text('{"pid": 1, "url": "stale"}')
    with only_one(tmp_path, "http://127.0.0.1:7/"):
        assert "127.0.0.1:7" in (tmp_path / "running").read_text()


async def test_three_falls_in_a_row_end_with_the_last_words(tmp_path: Path) -> None:
    falls: list[Fell] = []
    child = Child(
        "thing",
        [sys.executable, "-c", "print('almost'); raise SystemExit('the reason')"],
        cwd=tmp_path,
        env={},
        log_path=tmp_path / "thing.log",
        is_ready=says("thing.ready"),
        on_fall=falls.append,
    )
    with pytest.raises(ChildFailed, match="thing stopped with exit code 1, 3 times in a row") as failure:
        await child.keep_running()
    assert {"almost", "the reason"} <= set(failure.value.tail.splitlines())
    assert [(fell.name, fell.pause) for fell in falls] == [("thing", 1.0), ("thing", 2.0)]


async def test_a_deaf_child_and_its_own_children_are_ended(tmp_path: Path) -> None:
    script = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('thing.ready', grandchild.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    child = Child(
        "thing",
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={},
        log_path=tmp_path / "thing.log",
        is_ready=says("thing.ready"),
        on_fall=lambda _fell: None,
    )
    running = asyncio.create_task(child.keep_running())
    await asyncio.wait_for(child.ready.wait(), 30)
    match = re.search(r"thing\.ready (\d+)", child.log())
    assert match
    await child.stop(seconds=0.2)
    await running
    for _ in range(100):
        if not alive(int(match[1])):
            break
        await asyncio.sleep(0.05)
    assert not alive(int(match[1]))
