"""Structured logs: static event names with fields, and no secret among them."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_KEYS = re.compile(
    r"token|secret|password|authorization|cookie|nonce|verifier|payload|api_key|^otp$|^code$|^state$",
    re.IGNORECASE,
)
# A bot token stands right behind the word "bot" in Telegram's addresses, so no word boundary may be asked for in front of it.
_SECRET_VALUES = re.compile(
    r"""(?<!\d)\d{6,12}:[A-Za-z0-9_-]{20,}
    | oauth2v2_[A-Za-z0-9_-]+
    | (?i:bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}
    | \bsk-[A-Za-z0-9_-]{8,}
    | (?P<name>
        (?:[?&\s{,(]|^)["']?(?i:code|state|otp)["']?\s*[=:]\s*["']?
        | (?i:access_token|refresh_token|client_secret|code_verifier|id_token|password|api_key)["']?\s*[=:]\s*["']?
        | [?&](?i:token)=
      )[^&\s"',})]+
    """,
    re.VERBOSE,
)
# Postgres and its driver quote what they were given. The statement stays, and so does the kind of error.
_GIVEN_VALUES = re.compile(
    r"""(?P<kind>invalid\ input\ for\ query\ argument\ \$\d+:
        | invalid\ input\ (?:syntax|value)\ for\ [\w ]+:
        | \bout\ of\ range: | \bmalformed\ [\w ]+: | \bDETAIL: | \bCONTEXT: )
    .*? (?=\n\[SQL | \n\n(?:The\ above|During\ handling) | \Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_PLAIN = (bool, int, float, type(None))


def _hide(text: str) -> str:
    text = _GIVEN_VALUES.sub(lambda match: f"{match.group('kind')} [redacted]", text)
    return _SECRET_VALUES.sub(lambda match: f"{match.group('name') or ''}[redacted]", text)


def _visible(text: str) -> str:
    return _CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _redact(value: object) -> object:
    if isinstance(value, dict):
        return {
            _visible(str(key)): "[redacted]" if _SECRET_KEYS.search(str(key)) else _redact(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact(item) for item in value]
    if isinstance(value, _PLAIN):
        return value
    # Whatever else it is ends as text in the line, so its text is what has to be clean.
    return _visible(_hide(str(value)))


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop secrets by key and by shape, and make control characters visible so that no line can be forged."""
    for key, value in event.items():
        if key in _LEFT_ALONE:
            continue
        event[key] = "[redacted]" if _SECRET_KEYS.search(key) else _redact(value)
    return event


_LEFT_ALONE = frozenset({"exc_info", "_record", "_from_structlog"})
"""What the logging machinery itself needs; none of it is printed as it is."""


def _redact_traceback(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Runs after the traceback was rendered. Its lines are set in, so that no message in it passes for a line of the log."""
    if isinstance(trace := event.get("exception"), str):
        event["exception"] = "\n".join(f"    {_visible(line)}" for line in _hide(trace).split("\n"))
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
