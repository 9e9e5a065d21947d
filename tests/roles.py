"""The same runtime through the eyes of one kind of process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.db import Database
from core.runtime import Runtime
from core.settings import Login
from core.upwork.client import UpworkClient


def as_role(rt: Runtime, logins: Mapping[Login, Database], login: Login) -> Runtime:
    """The runtime of one kind of process: it may do with the database what that process may."""
    db = logins[login]
    client = UpworkClient(
        http=rt.http, db=db, redis=rt.redis, vault=rt.vault, settings=rt.settings, clock=rt.clock
    )
    return replace(rt, db=db, upwork=client, overview=logins[Login.ADMIN] if login is Login.WEB else None)
