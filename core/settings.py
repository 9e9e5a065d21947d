"""Every setting of the product, read from the environment or `.env`, and nowhere else.

Secrets have no default. A missing one stops the process with the variable's name, not with a traceback later on.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_TOKEN = re.compile(r"\d+:\S+", re.ASCII)


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Login(StrEnum):
    """Whose connection to the database a process opens: each kind of process has a role of its own, and only its address."""

    BOT = "bot"
    WEB = "web"
    ADMIN = "admin"
    DRAFTING = "drafting"
    UPWORK = "upwork"
    NOTIFY = "notify"
    UPKEEP = "upkeep"


class Settings(BaseSettings):
    """One flat list, one variable per field, the same names as in `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    environment: Environment = Environment.DEVELOPMENT
    log_json: bool = False
    log_level: str = "INFO"

    database_url_bot: SecretStr | None = None
    database_url_web: SecretStr | None = None
    database_url_admin: SecretStr | None = None
    database_url_drafting: SecretStr | None = None
    database_url_upwork: SecretStr | None = None
    database_url_notify: SecretStr | None = None
    database_url_upkeep: SecretStr | None = None
    redis_url: SecretStr
    key_encryption_keys: SecretStr = Field(
        description="Comma-separated `version:base64 of 32 bytes`; the highest version wraps new data keys. Blank when "
        "the file or the command below gives them."
    )
    key_encryption_file: SecretStr | None = None
    key_encryption_command: SecretStr | None = None

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
    openai_model_triage: str = Field(
        default="",
        description="What reads postings; without it the one that core/drafting/models.json names.",
    )
    anthropic_api_key: SecretStr | None = None
    anthropic_base_url: str | None = None
    anthropic_model_fast: str = "claude-haiku-5-5"
    anthropic_model_smart: str = "claude-sonnet-5-5"
    anthropic_model_triage: str = ""
    llm_order: str = "anthropic,openai"
    llm_timeout_seconds: float = 60.0
    transcription_api_key: SecretStr | None = None
    transcription_base_url: str | None = None
    transcription_model: str = "gpt-transcribe"
    voice_minutes: int = Field(default=5, ge=1, le=20)

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
        default="",
        pattern=r"^[0-9,\s]*$",
        description="Comma-separated Telegram ids of the admins who are told of alerts.",
    )
    operator_emails: str = Field(
        default="", description="Comma-separated addresses of the admins who are mailed alerts."
    )
    trusted_proxies: str = Field(
        default="",
        description="Comma-separated addresses or networks whose X-Forwarded-* headers are believed.",
    )

    operator_name: str = Field(default="", description="Who runs this installation, for the privacy page.")
    operator_contact: str = Field(
        default="", description="Where a person reaches them: a mail address or a link."
    )
    erasure_log: str = Field(
        default=".gigwright/erased",
        description="A file outside the database that remembers which accounts were erased, for after a restore.",
    )

    approval_hours: int = Field(default=24, ge=1, le=24)
    max_bid_hourly: Decimal = Decimal(500)

    @model_validator(mode="before")
    @classmethod
    def _keys_may_come_from_elsewhere(cls, values: object) -> object:
        """The keys themselves are named only where no file and no command gives them."""
        if isinstance(values, dict) and (
            values.get("key_encryption_file") or values.get("key_encryption_command")
        ):
            return {"key_encryption_keys": "", **values}
        return values

    @field_validator(
        *(f"database_url_{login.value}" for login in Login),
        "openai_api_key",
        "anthropic_api_key",
        "transcription_api_key",
        "telegram_webhook_secret",
        "smtp_url",
        "sms_token",
        "key_encryption_file",
        "key_encryption_command",
        mode="before",
    )
    @classmethod
    def _blank_means_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("telegram_bot_token")
    @classmethod
    def _as_botfather_gives_it(cls, value: SecretStr) -> SecretStr:
        """Copying often takes a space along. Anything else that is no token would end in a library's traceback."""
        token = value.get_secret_value().strip()
        if not _TOKEN.fullmatch(token):
            raise ValueError("this is not what @BotFather gives: digits, a colon and letters")
        return SecretStr(token)

    @field_validator("openai_base_url", "anthropic_base_url", "transcription_base_url", mode="before")
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

    def database_url(self, login: Login) -> str:
        """The address for one role. Raises LookupError when this process was not given it."""
        url: SecretStr | None = getattr(self, f"database_url_{login.value}")
        if url is None:
            raise LookupError(f"DATABASE_URL_{login.value.upper()} is not set")
        return url.get_secret_value()

    @property
    def operators(self) -> tuple[int, ...]:
        """Telegram ids of the admins."""
        return tuple(int(part) for part in self.operator_chat_ids.split(",") if part.strip())

    @property
    def operators_by_mail(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.operator_emails.split(",") if part.strip())

    @cached_property
    def kek_ring(self) -> dict[int, bytes]:
        """Key-encryption keys by version, from the one place that names them."""
        return self.read_ring()

    @property
    def ring_can_change(self) -> bool:
        """Whether asking for the keys once more may give others: what the process was started with stays as it was."""
        return self.key_encryption_file is not None or self.key_encryption_command is not None

    def read_ring(self) -> dict[int, bytes]:
        """The keys as their source gives them now. Raises ValueError."""
        from core.security.keyring import load_ring

        file, command = self.key_encryption_file, self.key_encryption_command
        return load_ring(
            keys=self.key_encryption_keys.get_secret_value(),
            file=file.get_secret_value() if file else "",
            command=command.get_secret_value() if command else "",
        )

    @property
    def upwork_redirect_uri(self) -> str:
        return f"{self.public_url.rstrip('/')}/auth/upwork/callback"


def load_settings(*logins: Login) -> Settings:
    """The settings of this process, or an exit with the names of what is missing; never a value, never a traceback.

    `logins` are the database roles it is going to use.
    """
    try:
        settings = Settings()
        _ = settings.kek_ring
        for login in logins:
            settings.database_url(login)
    except ValidationError as error:
        wrong = [
            str(problem["loc"][0]).upper() if problem["loc"] else problem["msg"] for problem in error.errors()
        ]
        raise SystemExit(f"Settings are missing or wrong: {', '.join(wrong)}. See .env.example.") from None
    except LookupError as error:
        raise SystemExit(f"{error.args[0]}. See .env.example.") from None
    except ValueError as error:
        raise SystemExit(str(error)) from None
    return settings
