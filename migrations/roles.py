"""Database roles. `gigwright_owner` owns every table and cannot log in; the login roles of `access` own nothing."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from migrations.access import Role

OWNER = "gigwright_owner"


class WrongRole(Exception):
    """A DATABASE_URL_… logs in as somebody the grants are not written for; the text says what to change."""


def passwords_in(urls: Mapping[Role, str]) -> dict[Role, str]:
    """The password in each role's own address, where there is one.

    Raises WrongRole when an address names another user: the grants are written for these roles. Raises ArgumentError for what
    is no address.
    """
    found = {}
    for role, address in urls.items():
        url = make_url(address)
        if url.username != role:
            raise WrongRole(
                f"{setting_of(role)} must log in as {role}, which the migrations create: it owns nothing and bypasses nothing. "
                "The owner's login belongs into MIGRATION_DATABASE_URL."
            )
        if url.password:
            found[role] = str(url.password)
    return found


def setting_of(role: Role) -> str:
    return "DATABASE_URL_" + role.removeprefix("gigwright_").upper()


def ensure_roles(connection: Connection, passwords: Mapping[Role, str]) -> None:
    """Create the roles that are missing, and give each the password it was given."""
    present = set(connection.scalars(text("select rolname from pg_roles where rolname like 'gigwright%'")))
    if OWNER not in present:
        connection.execute(text(f"create role {OWNER} nologin nosuperuser nobypassrls"))
    for role in Role:
        if role not in present:
            connection.execute(
                text(f"create role {role} login nosuperuser nocreatedb nocreaterole nobypassrls")
            )
        if role in passwords:
            # A role's password cannot be a bound parameter; quote_literal makes it a safe one.
            quoted = connection.scalar(text("select quote_literal(:password)"), {"password": passwords[role]})
            connection.exec_driver_sql(f"alter role {role} password {quoted}")
    connection.execute(text(f"grant {OWNER} to current_user"))
