"""Export, erasure and consent."""

from __future__ import annotations

TEXTS: dict[str, str] = {}
