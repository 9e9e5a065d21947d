"""Factors, step-up and limits."""

from __future__ import annotations

TEXTS: dict[str, str] = {}
