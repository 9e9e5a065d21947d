"""What a migration needs: the owner's connection, and the app's, whose login role it creates."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class MigrationSettings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    migration_database_url: SecretStr
    database_url: SecretStr
