"""Every setting of the product, read from the environment or `.env`, and nowhere else.

Secrets have no default. A missing one stops the process with the variable's name, not with a traceback later on.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """One flat list, one variable per field, the same names as in `.env.example`."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    environment: Environment = Environment.DEVELOPMENT
    log_json: bool = False
    log_level: str = "INFO"

    database_url: SecretStr
    redis_url: SecretStr
    key_encryption_keys: SecretStr = Field(
        description="Comma-separated `version:base64 of 32 bytes`; the highest version wraps new data keys."
    )

    public_url: str = Field(
        description="Where browsers reach the web process; the OAuth callback lies below it."
    )
    web_host: str = "127.0.0.1"
    web_port: int = 8000

    telegram_bot_token: SecretStr
    telegram_api_base: str = "https://api.telegram.org"
    telegram_webhook_secret: SecretStr | None = Field(
        default=None,
        description="Set it to receive updates by webhook in the web process instead of polling.",
    )

    upwork_client_id: str
    upwork_client_secret: SecretStr
    upwork_authorize_url: str = "https://www.upwork.com/ab/account-security/oauth2/authorize"
    upwork_token_url: str = "https://www.upwork.com/api/v3/oauth2/token"  # noqa: S105 - a public address
    upwork_graphql_url: str = "https://api.upwork.com/graphql"
    upwork_poll_seconds: float = Field(
        default=90.0, description="How often one saved search is asked for, jittered."
    )
    upwork_room_poll_seconds: float = 60.0
    upwork_daily_budget: int = Field(default=36_000, le=40_000)

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    openai_model_fast: str = "gpt-6-luna"
    openai_model_smart: str = "gpt-6-sol"
    anthropic_api_key: SecretStr | None = None
    anthropic_base_url: str | None = None
    anthropic_model_fast: str = "claude-haiku-5-5"
    anthropic_model_smart: str = "claude-sonnet-5-5"
    llm_order: str = "anthropic,openai"
    llm_timeout_seconds: float = 60.0

    smtp_url: SecretStr | None = Field(
        default=None,
        description="`smtp://user:password@host:587` or `smtps://…`; without it nothing is mailed.",
    )
    mail_from: str = "Gigwright <no-reply@localhost>"
    sms_api_base: str = "https://api.twilio.com"
    sms_account: str = ""
    sms_token: SecretStr | None = None
    sms_from: str = ""

    audit_anchor: str = Field(
        default=".gigwright/anchors",
        description="Where the head of every audit chain is kept outside the database: a folder, or https:// of a store.",
    )
    operator_chat_ids: str = Field(
        default="", description="Comma-separated Telegram ids of the admins who are told of alerts."
    )
    trusted_proxies: str = Field(
        default="",
        description="Comma-separated addresses or networks whose X-Forwarded-* headers are believed.",
    )

    approval_hours: int = Field(default=24, ge=1, le=24)
    max_bid_hourly: Decimal = Decimal(500)

    @field_validator(
        "openai_api_key",
        "anthropic_api_key",
        "telegram_webhook_secret",
        "smtp_url",
        "sms_token",
        mode="before",
    )
    @classmethod
    def _blank_means_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("openai_base_url", "anthropic_base_url", mode="before")
    @classmethod
    def _blank_url_means_default(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _production_speaks_to_the_real_world(self) -> Settings:
        """A production process that talks to a stand-in would look alive and reach nobody."""
        if self.environment is not Environment.PRODUCTION:
            return self
        for name in (
            "telegram_api_base",
            "upwork_authorize_url",
            "upwork_token_url",
            "upwork_graphql_url",
            "public_url",
        ):
            if not str(getattr(self, name)).startswith("https://"):
                raise ValueError(f"{name.upper()} must start with https:// when ENVIRONMENT=production")
        return self

    @cached_property
    def kek_ring(self) -> dict[int, bytes]:
        """Key-encryption keys by version."""
        from core.crypto import parse_ring

        return parse_ring(self.key_encryption_keys.get_secret_value())

    @property
    def upwork_redirect_uri(self) -> str:
        return f"{self.public_url.rstrip('/')}/auth/upwork/callback"


def load_settings() -> Settings:
    """The settings of this process, or an exit with the names of what is missing; never a value, never a traceback."""
    try:
        settings = Settings()
        _ = settings.kek_ring
    except ValidationError as error:
        wrong = [
            str(problem["loc"][0]).upper() if problem["loc"] else problem["msg"] for problem in error.errors()
        ]
        raise SystemExit(f"Settings are missing or wrong: {', '.join(wrong)}. See .env.example.") from None
    except ValueError as error:
        raise SystemExit(str(error)) from None
    return settings
