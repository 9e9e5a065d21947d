"""Proving a factor for one act: the chat's number first, then a code or a passkey; the chat goes on from there."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import ceil
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from core.errors import LimitReached
from core.runtime import Runtime
from core.security.factors.passkeys import PasskeyOptions
from core.security.factors.proving import Shown
from core.security.stepup import page as steps
from core.security.stepup.limits import Limit
from core.security.stepup.page import Door
from core.security.stepup.passing import Pending
from web.address import address_of
from web.botlink import BotLink
from web.pages import language_of, page, speak
from web.passkeys import passkey_script
from web.security import browser_of, check_form_proof, form_proof, new_browser, remember_browser
from web.shapes import HTML, refusals
from web.words.verify import VerifyWords, words_in

_CODE = 64  # characters; what is longer is no code of ours


def build_router(rt: Runtime, bot: BotLink) -> APIRouter:
    router = APIRouter(tags=["security"])

    @router.get("/verify/{token}", response_class=Response, responses={**HTML, **refusals(403, 404)})
    async def ask(request: Request, token: str) -> Response:
        """The page of a step-up. Changes nothing."""
        speak(request, await steps.language_of(rt, token))
        browser = browser_of(request, rt.settings)
        door = Door(rt, token, browser or new_browser())
        asked = await steps.look(Door(rt, token, browser))
        return await _page(request, door, asked)

    @router.post("/verify/{token}", response_class=Response, responses={**HTML, **refusals(403, 404)})
    async def answer(request: Request, token: str) -> Response:
        """The number of the chat, then a code or a passkey."""
        speak(request, await steps.language_of(rt, token))
        door = Door(rt, token, browser_of(request, rt.settings), address_of(request, rt.settings))
        async with request.form(max_files=0, max_fields=8, max_part_size=32 * 1024) as form:
            check_form_proof(form.get("proof"), door.browser, token)
            await steps.come_in(door)
            return await _step(request, door, form, bot)

    return router


async def _step(request: Request, door: Door, form: FormData, bot: BotLink) -> Response:
    words = words_in(language_of(request))
    asked = await steps.look(door)
    if not asked.matched:
        number = _text(form, "number")
        if not (number.isascii() and number.isdecimal()):
            return await _page(request, door, asked)
        if not await steps.pick(door, int(number[:4])):
            return await _closed(request, words.closed_number, bot)
        return await _page(request, door, await steps.look(door), offer=True)
    shown = Shown(
        code=_text(form, "code")[:_CODE].strip(),
        challenge_id=_uuid(_text(form, "challenge")),
        answer=_text(form, "credential"),
    )
    if _text(form, "ask") or not shown:
        problem = None if _text(form, "ask") else words.no_code
        return await _page(request, door, asked, offer=True, problem=problem)
    try:
        left = await steps.prove(door, shown)
    except LimitReached as refusal:
        problem = words.wait.format(minutes=max(1, ceil(refusal.retry_after / 60)))
        return await _page(request, door, asked, status=429, problem=problem, wait=refusal.retry_after)
    if left is None:
        return page(
            request,
            "verify_done.html",
            title=words.passed_title,
            lines=[words.passed_text],
            chat_url=await bot.url(),
            w=words,
        )
    if left == 0:
        return await _closed(request, words.closed_codes, bot)
    problem = words.last_try if left == 1 else words.wrong_code.format(left=left)
    return await _page(request, door, await steps.look(door), offer=True, status=422, problem=problem)


async def _closed(request: Request, why: str, bot: BotLink) -> Response:
    words = words_in(language_of(request))
    return page(
        request,
        "verify_done.html",
        status=403,
        title=words.closed_title,
        lines=[why, words.closed_next],
        chat_url=await bot.url(),
        w=words,
    )


async def _page(
    request: Request,
    door: Door,
    asked: Pending,
    *,
    offer: bool = False,
    status: int = 200,
    problem: str | None = None,
    wait: float = 0,
) -> Response:
    """`offer` asks for a passkey at once; that writes, so only an answer to a form does it."""
    words = words_in(language_of(request))
    has_passkey = asked.matched and await steps.has_passkey(door)
    passkey: PasskeyOptions | None = await steps.offer_passkey(door) if offer and has_passkey else None
    response = page(
        request,
        "verify.html",
        status=status,
        headers={"Retry-After": str(ceil(wait))} if wait else None,
        w=words,
        act=words.acts[asked.act],
        facts=_facts(words, asked),
        matched=asked.matched,
        choices=asked.choices,
        problem=problem,
        has_passkey=has_passkey,
        passkey=passkey,
        script=passkey_script(),
        proof=form_proof(door.browser, door.token),
    )
    remember_browser(response, door.rt.settings, door.browser)
    return response


def _facts(words: VerifyWords, asked: Pending) -> list[str]:
    """What the act is about, in numbers: nothing here is a text of a client's or a model's."""
    lines = []
    if (bid := _number(asked.facts.get("bid", ""))) is not None:
        lines.append(words.bid.format(bid=bid))
    limit, value = asked.facts.get("limit", ""), _number(asked.facts.get("value", ""))
    if limit in set(Limit) and value is not None:
        lines.append(words.limit.format(name=words.limits[Limit(limit)], value=value))
    return lines


def _number(text: str) -> str | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
