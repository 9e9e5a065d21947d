"""What is stored and on which terms, for everybody to read before they begin."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.privacy.consent import PRIVACY_VERSION, TERMS_VERSION, processors
from core.privacy.rules import RULES, Basis, Group
from core.runtime import Runtime
from core.settings import Settings
from web.pages import language_of, page, speak
from web.shapes import HTML, refusals
from web.words.privacy import PrivacyWords, words_in


def build_router(rt: Runtime) -> APIRouter:
    router = APIRouter(tags=["privacy"])

    @router.get("/privacy", response_class=Response, responses={**HTML, **refusals()})
    async def privacy(request: Request, language: str = "") -> Response:
        """What is stored about a person, what for, and for how long."""
        speak(request, language)
        words = words_in(language_of(request))
        return page(
            request,
            "privacy.html",
            w=words,
            operator=_operator(words, rt.settings),
            version=words.version.format(version=PRIVACY_VERSION),
            models=_models(words, rt.settings),
            kept=[(words.kept[group], _bases(words, group)) for group in Group],
        )

    @router.get("/terms", response_class=Response, responses={**HTML, **refusals()})
    async def terms(request: Request, language: str = "") -> Response:
        """The terms of use."""
        speak(request, language)
        words = words_in(language_of(request))
        return page(
            request,
            "terms.html",
            w=words,
            operator=_operator(words, rt.settings),
            version=words.version.format(version=TERMS_VERSION),
        )

    return router


def _operator(words: PrivacyWords, settings: Settings) -> str:
    if not settings.operator_name or not settings.operator_contact:
        return words.operator_unknown
    return words.operator.format(name=settings.operator_name, contact=settings.operator_contact)


def _models(words: PrivacyWords, settings: Settings) -> str:
    vendors = [words.vendors[name] for name in processors(settings)]
    return words.llm_some.format(vendors=", ".join(vendors)) if vendors else words.llm_none


def _bases(words: PrivacyWords, group: Group) -> list[str]:
    found = {rule.basis for rule in RULES.values() if rule.group is group}
    return [words.basis[basis] for basis in Basis if basis in found]
