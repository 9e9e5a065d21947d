"""Structured logs: static event names with fields, and no secret among them."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_KEYS = re.compile(
    r"token|secret|password|authorization|cookie|nonce|verifier|payload|api_key|^code$|^state$", re.IGNORECASE
)
_SECRET_VALUES = re.compile(
    r"\b\d{6,12}:[A-Za-z0-9_-]{20,}|oauth2v2_[A-Za-z0-9_-]+|Bearer\s+\S+|\bsk-[A-Za-z0-9_-]{8,}|([?&](?:code|state|token)=)[^&\s]+"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def _redact(value: object) -> object:
    if isinstance(value, str):
        hidden = _SECRET_VALUES.sub(lambda match: f"{match.group(1) or ''}[redacted]", value)
        return _CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", hidden)
    if isinstance(value, dict):
        return {
            key: "[redacted]" if _SECRET_KEYS.search(str(key)) else _redact(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_redact(item) for item in value]
    return value


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop secrets by key and by shape, and make control characters visible so that no line can be forged."""
    for key, value in event.items():
        event[key] = "[redacted]" if _SECRET_KEYS.search(key) else _redact(value)
    return event


def _redact_traceback(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Runs after the traceback was rendered; keeps its line breaks, hides what looks like a secret."""
    if isinstance(trace := event.get("exception"), str):
        event["exception"] = _SECRET_VALUES.sub("[redacted]", trace)
    return event


def configure(*, json: bool, level: str = "INFO") -> None:
    """Set up structlog and route the standard library's records through the same redaction."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
        structlog.processors.format_exc_info,
        _redact_traceback,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # These print full URLs or arguments: the bot token is part of Telegram's URLs, job arguments belong to tenants.
    for noisy in ("httpx", "httpcore", "aiogram.event", "arq.worker", "uvicorn.access", "sqlalchemy.engine"):
        logging.getLogger(noisy).setLevel("WARNING")


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
