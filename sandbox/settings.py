"""The sandbox's settings, read from the environment (or `.env`) and nowhere else."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SandboxSettings(BaseSettings):
    """Where the stand-ins listen and how lively their world is."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    environment: str = "development"
    sandbox_host: str = "127.0.0.1"
    sandbox_port: int = Field(default=8090, ge=1, le=65535)
    sandbox_smtp_port: int = Field(default=8025, ge=1, le=65535)
    sandbox_state_dir: Path = Path(".gigwright/sandbox")
    sandbox_feed_seed: int = Field(default=7, description="Decides every text and number of the postings.")
    sandbox_feed_backlog: int = Field(default=40, ge=0, description="Postings there are at the first start.")
    sandbox_feed_seconds: float = Field(default=20.0, gt=0, description="About how often a new one appears.")

    @field_validator("sandbox_host")
    @classmethod
    def _loopback_only(cls, value: str) -> str:
        """The stand-ins let anybody in, so nobody outside this machine may reach them."""
        if value == "localhost":
            return "127.0.0.1"
        try:
            if ip_address(value).is_loopback:
                return value
        except ValueError:
            pass
        raise ValueError(f"SANDBOX_HOST must be a loopback address such as 127.0.0.1, not {value}")

    @field_validator("environment")
    @classmethod
    def _never_in_production(cls, value: str) -> str:
        if value == "production":
            raise ValueError(
                "the sandbox stands in for Telegram and Upwork and does not run with ENVIRONMENT=production"
            )
        return value


class DemoSettings(SandboxSettings):
    """What `python -m sandbox.demo` and `python -m sandbox.tour` are told."""

    web_port: int = Field(default=8000, ge=1, le=65535)
    demo_dir: Path = Path(".gigwright/demo")
    demo_llm: Literal["sandbox", "offline"] = Field(
        default="sandbox", description="`offline`: no model at all, drafts come from the offline composer."
    )

    @field_validator("demo_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.resolve()


def given_variables(root: Path) -> dict[str, str]:
    """Every variable that is set and not blank, from the environment first, then from `.env`."""
    from_file = {name.upper(): value for name, value in dotenv_values(root / ".env").items() if value}
    return from_file | {name.upper(): value for name, value in inherited_environment().items() if value}


def inherited_environment() -> dict[str, str]:
    """The environment as a child process would get it."""
    return dict(os.environ)  # noqa: TID251 - handed on to child processes as it is
