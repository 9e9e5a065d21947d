"""The pages that say what is kept, and the one that hands a copy out: to its person's browser, once, and to nobody else."""

from __future__ import annotations

import dataclasses
import html
import io
import re
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from core.accounts.service import Account
from core.privacy import export
from core.privacy.models import DataExport, ExportState
from core.privacy.rules import Basis, Group
from core.runtime import Runtime
from core.security.models import PageLink
from core.security.page_links import LINK_LIFE, Purpose, new_page_link
from tests.web.driving import MovableClock, change
from web.app import create_app
from web.words.privacy import PrivacyWords, words_in

MakeTenant = Callable[..., Awaitable[Account]]


async def nobody_listens(_done: int, _total: int) -> None:
    return None


@asynccontextmanager
async def browsing(rt: Runtime, language: str = "en") -> AsyncIterator[httpx.AsyncClient]:
    base = rt.settings.public_url
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(rt)), base_url=base) as web:
        web.headers.update({"accept": "text/html", "accept-language": language, "origin": base})
        yield web


async def finished(rt: Runtime, account: Account) -> tuple[UUID, str]:
    """A copy that is ready, and a fresh link to it."""
    async with rt.db.begin(account.tenant_id) as session:
        row = DataExport(
            tenant_id=account.tenant_id,
            id=uuid4(),
            state=ExportState.WAITING,
            language="en",
            size=0,
            rows=0,
            expires_at=rt.clock.now() + export.EXPORT_LIFE,
        )
        session.add(row)
    await export.build(rt, tenant_id=account.tenant_id, export_id=row.id, told=nobody_listens)
    return row.id, await linked(rt, account, row.id)


async def linked(rt: Runtime, account: Account, export_id: UUID, purpose: Purpose = Purpose.EXPORT) -> str:
    async with rt.db.begin(account.tenant_id) as session:
        return f"/export/{await new_page_link(session, purpose, clock=rt.clock, ref=export_id)}"


def proof_on(page: httpx.Response) -> dict[str, str]:
    found = re.search(r'name="proof" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return {"proof": found.group(1)}


def strings(words: object) -> Iterator[str]:
    if isinstance(words, str):
        yield words
    elif dataclasses.is_dataclass(words):
        for field in dataclasses.fields(words):
            yield from strings(getattr(words, field.name))
    elif isinstance(words, dict):
        for value in words.values():
            yield from strings(value)
    elif isinstance(words, tuple):
        for value in words:
            yield from strings(value)


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("path", ["/privacy", "/terms"])
async def test_everybody_can_read_them_in_their_language(rt: Runtime, path: str, language: str) -> None:
    words = words_in(language)
    document = words.privacy if path == "/privacy" else words.terms
    async with browsing(rt, language) as web:
        for page in (await web.get(path), await web.get(f"{path}?language={language}")):
            assert page.status_code == 200
            assert page.headers["content-language"] == language
            assert document.title in page.text
            assert page.text.count("<h2>") >= len(document.sections)
            assert words.operator_unknown[:40] in html.unescape(page.text)


async def test_every_group_is_explained_with_its_basis(rt: Runtime) -> None:
    for language in ("en", "uk"):
        words = words_in(language)
        assert set(words.kept) == set(Group)
        assert set(words.basis) == set(Basis)
        async with browsing(rt, language) as web:
            page = html.unescape((await web.get("/privacy")).text)
        for kept in words.kept.values():
            assert kept.what[:25] in page


async def test_who_runs_it_and_which_models_it_asks_is_said_as_it_is(rt: Runtime) -> None:
    named = change(rt, operator_name="Green <b>Hill</b>", operator_contact="privacy@hill.example")
    async with browsing(named) as web:
        page = (await web.get("/privacy")).text
        assert "Green &lt;b&gt;Hill&lt;/b&gt;" in page
        assert "privacy@hill.example" in page
        assert words_in("en").llm_none[:30] in page
        assert "OpenAI" not in page
    with_key = change(named, openai_api_key=SecretStr("sk-test"))
    async with browsing(with_key) as web:
        page = (await web.get("/privacy")).text
        assert "OpenAI" in page
        assert "Anthropic" not in page


def test_the_words_of_both_languages_are_their_own() -> None:
    english, ukrainian = words_in("en"), words_in("uk")
    assert isinstance(english, PrivacyWords)
    assert not [text for text in strings(english) if re.search(r"[а-яіїєґ]", text, re.IGNORECASE)]
    assert not [text for text in strings(ukrainian) if re.search(r"[ыэёъ]", text, re.IGNORECASE)]
    latin_only = [text for text in strings(ukrainian) if not re.search(r"[а-яіїєґ]", text, re.IGNORECASE)]
    assert latin_only == []


async def test_looking_changes_nothing_and_downloading_works_once(
    rt: Runtime, make_tenant: MakeTenant
) -> None:
    olena = await make_tenant()
    _export_id, link = await finished(rt, olena)

    async def state() -> list[tuple[object, object]]:
        async with rt.db.begin(olena.tenant_id) as session:
            return [(row.browser_hash, row.used_at) for row in await session.scalars(select(PageLink))]

    async with browsing(rt) as web:
        page = await web.get(link)
        assert page.status_code == 200
        assert await state() == [(None, None)]
        done = await web.post(link, data=proof_on(page))
        assert done.status_code == 200
        assert zipfile.ZipFile(io.BytesIO(done.content)).testzip() is None
        assert (await web.post(link, data=proof_on(page))).status_code == 404
        assert (await web.get(link)).status_code == 404


async def test_only_the_browser_that_came_first(rt: Runtime, make_tenant: MakeTenant) -> None:
    olena = await make_tenant()
    _export_id, link = await finished(rt, olena)
    async with browsing(rt) as mine, browsing(rt) as other:
        mine_page, other_page = await mine.get(link), await other.get(link)
        # A form belongs to the browser it was made for.
        assert (await other.post(link, data=proof_on(mine_page))).status_code == 403
        assert (await other.post(link, data={"proof": ""})).status_code == 403
        assert (await mine.post(link, data=proof_on(mine_page))).status_code == 200
        assert (await other.post(link, data=proof_on(other_page))).status_code in (403, 404)


async def test_a_link_of_another_kind_or_to_nothing_opens_nothing(
    rt: Runtime, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    olena = await make_tenant()
    export_id, late = await finished(rt, olena)
    clock.advance(LINK_LIFE.total_seconds())
    protect = await linked(rt, olena, export_id, Purpose.PROTECT)
    nothing = await linked(rt, olena, uuid4())
    async with browsing(rt) as web:
        for link in (late, protect, nothing, "/export/unknown", f"/export/{'x' * 500}"):
            assert (await web.get(link)).status_code == 404, link


async def test_another_accounts_copy_cannot_be_named(rt: Runtime, make_tenant: MakeTenant) -> None:
    olena, taras = await make_tenant(), await make_tenant()
    export_id, _link = await finished(rt, olena)
    link = await linked(rt, taras, export_id)
    async with browsing(rt) as web:
        assert (await web.get(link)).status_code == 404


async def test_a_day_later_there_is_nothing_to_fetch(
    rt: Runtime, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    olena = await make_tenant()
    export_id, _link = await finished(rt, olena)
    clock.advance(timedelta(hours=24).total_seconds())
    link = await linked(rt, olena, export_id)
    async with browsing(rt) as web:
        assert (await web.get(link)).status_code == 404
