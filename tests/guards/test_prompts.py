"""Every prompt loads, is used, and says what form its answer has."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from core.drafting.prompts import FOLDER, load_prompts

CORE = Path(__file__).resolve().parents[2] / "core"


def test_every_file_is_a_prompt() -> None:
    files = {path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.md")}
    assert files
    assert set(load_prompts()) == files


def test_every_prompt_is_used_and_every_used_one_exists() -> None:
    constants = {
        node.value
        for path in CORE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(load_prompts()) <= constants


@pytest.mark.parametrize("name", sorted(load_prompts()))
def test_a_prompt_names_its_form_and_treats_foreign_text_as_data(name: str) -> None:
    prompt = load_prompts()[name]
    assert prompt.output in {"draft", "data"}
    assert prompt.version >= 1
    assert prompt.max_output_tokens > 0
    assert "data" in prompt.system.lower()
    assert "$" not in prompt.system
