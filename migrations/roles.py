"""Database roles. `gigwright_owner` owns every table and cannot log in; the app's login role owns nothing."""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

OWNER = "gigwright_owner"
APP = "gigwright_app"


class WrongRole(Exception):
    """DATABASE_URL logs in as somebody the grants are not written for; the text says what to change."""


def ensure_roles(connection: Connection, app_url: str) -> None:
    """Create the roles that are missing; give the app's role the password that DATABASE_URL carries.

    Raises WrongRole when DATABASE_URL names another user: the grants are written for `gigwright_app`.
    """
    url = make_url(app_url)
    if url.username != APP:
        raise WrongRole(
            f"DATABASE_URL must log in as {APP}, which the migrations create: it owns nothing and bypasses nothing. "
            "The owner's login belongs into MIGRATION_DATABASE_URL."
        )
    present = set(
        connection.scalars(
            text("select rolname from pg_roles where rolname in ('gigwright_owner', 'gigwright_app')")
        )
    )
    if OWNER not in present:
        connection.execute(text(f"create role {OWNER} nologin nosuperuser nobypassrls"))
    if APP not in present:
        connection.execute(text(f"create role {APP} login nosuperuser nocreatedb nocreaterole nobypassrls"))
    if url.password:
        # A role's password cannot be a bound parameter; quote_literal makes it a safe one.
        quoted = connection.scalar(text("select quote_literal(:password)"), {"password": str(url.password)})
        connection.exec_driver_sql(f"alter role {APP} password {quoted}")
    connection.execute(text(f"grant {OWNER} to current_user"))
