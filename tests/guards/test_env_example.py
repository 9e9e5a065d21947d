"""`.env.example` names every setting with its real default, and no secret is anywhere but in the environment."""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from core.settings import Login, Settings
from migrations.settings import MigrationSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_ONLY = {"POSTGRES_PASSWORD"} | {f"DATABASE_PASSWORD_{login.name}" for login in Login}
SET, DEFAULT = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)"), re.compile(r"# ([A-Z][A-Z0-9_]*)=(.*)")


def lines(pattern: re.Pattern[str]) -> dict[str, str]:
    text = (ROOT / ".env.example").read_text()
    return {match[1]: match[2] for line in text.splitlines() if (match := pattern.fullmatch(line))}


def is_secret(field: FieldInfo) -> bool:
    kind: Any = field.annotation
    options = get_args(kind) if get_origin(kind) in {Union, types.UnionType} else (kind,)
    return SecretStr in options


def test_every_setting_is_named_once_and_nothing_else() -> None:
    named = [*lines(SET), *lines(DEFAULT)]
    known = {name.upper() for model in (Settings, MigrationSettings) for name in model.model_fields}
    assert sorted(named) == sorted(known | COMPOSE_ONLY)


@pytest.mark.parametrize("name", sorted(lines(DEFAULT)))
def test_a_shown_default_is_the_real_one(name: str) -> None:
    field = Settings.model_fields[name.lower()]
    shown = lines(DEFAULT)[name]
    assert TypeAdapter(field.annotation).validate_python(shown) == field.default


def test_secrets_have_no_default_and_no_value_in_the_example() -> None:
    shown = lines(SET) | lines(DEFAULT)
    for name, field in Settings.model_fields.items():
        if not is_secret(field):
            continue
        assert field.is_required() or field.default is None, name
        value = shown[name.upper()]
        assert value == "" or "choose-" in value or value == "redis://localhost:6379/0", name


def test_what_looks_like_a_secret_is_typed_as_one() -> None:
    for name, field in Settings.model_fields.items():
        if re.search(r"secret|token|password|api_key|encryption|database_url", name) and not name.endswith(
            "token_url"
        ):
            assert is_secret(field), name


def test_printing_the_settings_shows_no_secret() -> None:
    secrets = {name for name, field in Settings.model_fields.items() if is_secret(field)}
    required = {name for name, field in Settings.model_fields.items() if field.is_required()}
    values = {name: f"VISIBLE-{name}" for name in secrets | required}
    values["telegram_bot_token"] = "1:VISIBLE-telegram_bot_token"
    settings = Settings(_env_file=None, **values)  # type: ignore[arg-type]  # plain strings, as from the environment
    for text in (repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json()):
        for name in secrets:
            assert f"VISIBLE-{name}" not in text


def test_a_refused_value_is_not_printed_either() -> None:
    with pytest.raises(ValidationError, match="BotFather") as refused:
        Settings(_env_file=None, telegram_bot_token="VISIBLE")
    assert "VISIBLE" not in str(refused.value)
