"""Server-rendered pages: which language, which words, one template each, no script."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from web.texts import LANGUAGES, texts_in

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
DEFAULT_LANGUAGE = "en"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.globals["stylesheet"] = (
        f"/static/site.css?v={sha256((STATIC / 'site.css').read_bytes()).hexdigest()[:10]}"
    )
    return environment


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """Render a template in the reader's language. Values are escaped; `t` is the language's texts."""
    language = language_of(request)
    html = _environment().get_template(template).render(t=texts_in(language), language=language, **context)
    return HTMLResponse(
        html, status, {**(headers or {}), "Content-Language": language, "Vary": "Accept-Language"}
    )


def speak(request: Request, language: str | None) -> None:
    """From here on this request is answered in `language`, when it is one of ours."""
    if language in LANGUAGES:
        request.state.language = language


def language_of(request: Request) -> str:
    """The tenant's language when a route found it, else the browser's first that we speak, else English."""
    chosen = getattr(request.state, "language", None)
    if isinstance(chosen, str):
        return chosen
    wishes = []
    for position, part in enumerate(request.headers.get("accept-language", "")[:200].split(",")):
        tag, _, quality = part.strip().partition(";")
        language = tag.split("-")[0].strip().lower()
        if language in LANGUAGES:
            wishes.append((-_quality(quality), position, language))
    return min(wishes)[2] if wishes else DEFAULT_LANGUAGE


def _quality(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=")) if text.strip() else 1.0
    except ValueError:
        return 0.0


def wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
