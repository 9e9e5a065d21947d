"""Alerts, the audit, lock and reports."""

from __future__ import annotations

TEXTS: dict[str, str] = {}
