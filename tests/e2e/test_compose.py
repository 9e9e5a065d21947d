"""docker-compose.yml and the Dockerfile, checked as far as it goes without a Docker engine: every command is run as written."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from packaging.requirements import Requirement

from core.jobs import Kind
from core.settings import Login, Settings
from migrations.settings import MigrationSettings
from sandbox.embedded import PostgresUrls
from sandbox.install import pins
from sandbox.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
KINDS = tuple(kind.value for kind in Kind)
PRODUCT = ("bot", "web", *KINDS)
PASSWORDS = {"POSTGRES_PASSWORD"} | {f"DATABASE_PASSWORD_{login.name}" for login in Login}
KNOWN = {name.upper() for model in (Settings, MigrationSettings) for name in model.model_fields}


@pytest.fixture
def environment(postgres_urls: PostgresUrls, valkey_url: str, settings: Settings) -> dict[str, str]:
    """What env_file and compose would put into a product container, with the embedded servers' addresses."""
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),  # a developer's own .env in the project's folder must not answer for compose
        **{name: url for name, url in postgres_urls.environment.items() if name != "MIGRATION_DATABASE_URL"},
        "REDIS_URL": valkey_url,
        "KEY_ENCRYPTION_KEYS": settings.key_encryption_keys.get_secret_value(),
        "PUBLIC_URL": settings.public_url,
        "TELEGRAM_BOT_TOKEN": settings.telegram_bot_token.get_secret_value(),
        "TELEGRAM_API_BASE": "http://127.0.0.1:9",
        "UPWORK_CLIENT_ID": "test",
        "UPWORK_CLIENT_SECRET": "test",
    }


def run(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a container's command here; its `python` is the one that runs the tests."""
    assert command[0] == "python"
    return subprocess.run(  # noqa: S603 - commands of our own compose file
        [sys.executable, *command[1:]],
        cwd=ROOT / "docs",
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_services_are_the_ones_the_product_needs() -> None:
    assert set(SERVICES) == {"postgres", "redis", "migrate", *PRODUCT}
    assert SERVICES["postgres"]["image"].startswith("pgvector/pgvector:pg18")


def test_only_the_web_process_is_reachable_and_only_from_this_machine() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_everything_waits_for_what_it_needs() -> None:
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in PRODUCT:
        assert SERVICES[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
        }
    for name in set(SERVICES) - {"migrate"}:
        assert SERVICES[name]["healthcheck"]["test"], name


def test_every_variable_is_a_setting_of_the_product() -> None:
    for name in ("migrate", *PRODUCT):
        assert set(SERVICES[name]["environment"]) - PASSWORDS <= KNOWN, name


def test_interpolated_variables_are_explained_in_the_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    example = (ROOT / ".env.example").read_text()
    assert asked == {name for name in asked if re.search(rf"^{name}=", example, re.MULTILINE)}
    assert asked == PASSWORDS


@pytest.mark.parametrize("name", PRODUCT)
def test_a_service_learns_its_own_password_and_no_other(name: str) -> None:
    environment = SERVICES[name]["environment"]
    own = {"web", "admin"} if name == "web" else {name}
    for variable in PASSWORDS | {"MIGRATION_DATABASE_URL"}:
        assert environment[variable] == "", variable
    for login in Login:
        url = environment[f"DATABASE_URL_{login.name}"]
        if login.value in own:
            assert f"gigwright_{login.value}:${{DATABASE_PASSWORD_{login.name}:" in url
        else:
            assert url == "", login


@pytest.mark.parametrize("name", PRODUCT)
def test_only_drafting_is_given_a_models_key(name: str) -> None:
    environment = SERVICES[name]["environment"]
    keys = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "TRANSCRIPTION_API_KEY")
    assert [key in environment for key in keys] == [name != "drafting"] * 3


def test_product_containers_may_do_little() -> None:
    for name in ("migrate", *PRODUCT):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]


def test_the_migrate_command_runs_as_written(
    environment: dict[str, str], postgres_urls: PostgresUrls
) -> None:
    done = run(SERVICES["migrate"]["command"], environment | {"MIGRATION_DATABASE_URL": postgres_urls.owner})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", PRODUCT)
def test_each_command_names_a_program_that_accepts_its_settings(
    service: str, environment: dict[str, str]
) -> None:
    done = run([*SERVICES[service]["command"], "--check"], environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", PRODUCT)
def test_each_command_names_the_missing_variable(service: str, environment: dict[str, str]) -> None:
    missing = f"DATABASE_URL_{service.upper()}"
    del environment[missing]
    done = run([*SERVICES[service]["command"], "--check"], environment)
    assert done.returncode != 0
    assert missing in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("service", ["bot", *KINDS])
def test_the_health_command_is_the_one_that_was_run_above(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"] == ["CMD", *SERVICES[service]["command"], "--check"]


def test_the_web_health_command_tells_running_from_stopped(environment: dict[str, str]) -> None:
    port = free_port()
    written = SERVICES["web"]["environment"] | {"WEB_PORT": str(port), "WEB_HOST": "127.0.0.1"}
    env = {**environment, **{name: value for name, value in written.items() if name.startswith("WEB_")}}
    assert SERVICES["web"]["environment"]["WEB_PORT"] == "8000"
    _, *command = SERVICES["web"]["healthcheck"]["test"]
    command = [part.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for part in command]
    with serving(SERVICES["web"]["command"], env, f"http://127.0.0.1:{port}/healthz"):
        assert run(command, env).returncode == 0
    assert run(command, env).returncode != 0


@contextmanager
def serving(command: list[str], env: dict[str, str], url: str) -> Iterator[None]:
    with subprocess.Popen([sys.executable, *command[1:]], cwd=ROOT / "docs", env=env) as process:  # noqa: S603 - as above
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    if httpx.get(url, trust_env=False).is_success:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            assert process.poll() is None
            yield
        finally:
            process.terminate()


def dockerfile() -> list[list[str]]:
    """The instructions, split into words as a shell would."""
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line.strip() and not line.startswith("#")]


def test_what_the_image_copies_is_there() -> None:
    allowed = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines()}
    for instruction, *words in dockerfile():
        if instruction != "COPY" or words[0].startswith("--from"):
            continue
        for source in words[:-1]:
            assert (ROOT / source).exists(), source
            assert source in allowed, source


def test_the_image_holds_every_program_and_runs_none_as_root() -> None:
    copied = {words[0] for instruction, *words in dockerfile() if instruction == "COPY"}
    for service in ("migrate", *PRODUCT):
        assert SERVICES[service]["command"][2] in copied
    assert [words for instruction, *words in dockerfile() if instruction == "USER"] == [["10001"]]


def test_the_image_installs_torch_first_and_every_line_is_exact() -> None:
    installs = [
        " ".join(words) for instruction, *words in dockerfile() if instruction == "RUN" and "install" in words
    ]
    assert ["torch" in line for line in installs] == [True, False]
    found = subprocess.run(
        ["grep", "^torch==", "requirements.txt"],  # noqa: S607 - as the Dockerfile calls it
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(found.stdout.splitlines()) == 1
    for name in ("requirements.txt", "requirements-dev.txt"):
        for pin in pins(ROOT / name):
            assert [item.operator for item in Requirement(pin).specifier] == ["=="], pin
