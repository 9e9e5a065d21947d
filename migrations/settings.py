"""What a migration needs: the owner's connection, and the address of each process, whose login role it creates."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from migrations.access import Role
from migrations.roles import setting_of


class MigrationSettings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    migration_database_url: SecretStr
    database_url_bot: SecretStr
    database_url_web: SecretStr
    database_url_admin: SecretStr
    database_url_drafting: SecretStr
    database_url_upwork: SecretStr
    database_url_notify: SecretStr
    database_url_upkeep: SecretStr

    @property
    def urls(self) -> dict[Role, str]:
        """Each role's own address."""
        return {role: getattr(self, setting_of(role).lower()).get_secret_value() for role in Role}
