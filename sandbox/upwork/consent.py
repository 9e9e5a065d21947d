"""The consent page: plain HTML that works without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from sandbox.upwork.records import Account, Application

PAGES = Path(__file__).parent / "pages"
TEMPLATES = Environment(
    loader=FileSystemLoader(PAGES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
CARRIED = ("response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method")
ACCESS = (
    ("Your name, profile and organisations", "to know whose account this is"),
    ("Job postings", "to run the searches you save"),
    ("Your proposals", "to submit those you approve and to follow their state"),
    ("Your messages", "to show what clients write and to send what you approve"),
    ("Your work history", "to use it as evidence in proposals"),
)


def _headers(form_targets: str) -> dict[str, str]:
    # browsers apply form-action to the redirect after the form as well, so the callback's origin must be in it
    policy = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_targets}".strip()
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        # no-referrer would make browsers send "Origin: null" with the form
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def consent_page(
    values: Mapping[str, str], *, accounts: list[Account], application: Application | None
) -> Response:
    """The page for a valid authorization request."""
    redirect = urlsplit(values["redirect_uri"])
    html = TEMPLATES.get_template("consent.html").render(
        carried={name: values[name] for name in CARRIED if name in values},
        accounts=accounts,
        app_name=(application.name if application and application.name else None) or values["client_id"][:80],
        client_id=values["client_id"],
        destination=redirect.netloc,
        access=ACCESS,
    )
    return HTMLResponse(html, headers=_headers(f"{redirect.scheme}://{redirect.netloc}"))


def problem_page(sentence: str, *, status: int = 400) -> Response:
    """A page that says why the request cannot go on."""
    html = TEMPLATES.get_template("problem.html").render(sentence=sentence)
    return HTMLResponse(html, status, headers=_headers(""))


def stylesheet() -> Response:
    """The one style sheet of these pages."""
    return Response((PAGES / "consent.css").read_text("utf-8"), media_type="text/css")
