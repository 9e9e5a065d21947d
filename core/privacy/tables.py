"""Every table there is, with its rule: what export and erasure go through. Importing this loads every model."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Table

import core
from core.db import Base
from core.privacy.rules import RULES

_ROOT = Path(core.__file__).resolve().parent
_WITH_MODELS = ("models.py", "jobs.py", "inbox.py")


def _load() -> dict[str, Table]:
    for path in sorted(_ROOT.rglob("*.py")):
        if path.name in _WITH_MODELS:
            importlib.import_module(".".join(("core", *path.relative_to(_ROOT).with_suffix("").parts)))
    return {table.name: table for table in Base.metadata.tables.values()}


TABLES: Mapping[str, Table] = {name: table for name, table in _load().items() if name in RULES}
