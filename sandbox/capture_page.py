"""The page that shows captured mail and text messages: plain text, no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark; --line: #8883; --quiet: #7a7f87; --paper: #fff; --back: #f2f3f5; }
@media (prefers-color-scheme: dark) { :root { --paper: #20242b; --back: #16191e; --quiet: #98a0ab; } }
body { margin: 0; background: var(--back); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.25rem; }
p.quiet, time, dl { color: var(--quiet); }
article { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 1rem; margin: 0 0 1rem; }
article h2 { font-size: 1rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 .75rem; margin: 0 0 .75rem; font-size: .875rem; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_REFRESH_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Captured:
    """One message as the page shows it."""

    heading: str
    received_at: datetime
    lines: tuple[tuple[str, str], ...]
    text: str


def capture_page(title: str, empty: str, messages: Iterable[Captured]) -> HTMLResponse:
    """Newest first. Everything in a message is shown as text, whatever it contains."""
    articles = "".join(_article(message) for message in messages)
    return HTMLResponse(
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<meta http-equiv=refresh content={_REFRESH_SECONDS}>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{articles or f'<p class=quiet>{escape(empty)}</p>'}</main></body></html>",
        headers=_HEADERS,
    )


def _article(message: Captured) -> str:
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in message.lines)
    moment = message.received_at
    return (
        f"<article><h2>{escape(message.heading)}</h2>"
        f'<time datetime="{moment.isoformat()}">{moment:%d %b %Y, %H:%M:%S} UTC</time>'
        f"<dl>{lines}</dl><pre>{escape(message.text)}</pre></article>"
    )
