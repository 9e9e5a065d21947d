"""/privacy, /export and /forget as a person walks them, in both languages."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.texts import CATALOGUES
from core.accounts.service import find_account
from core.jobs import Job
from core.privacy.consent import PRIVACY_VERSION, TERMS_VERSION
from core.privacy.models import Consent, DataExport
from core.settings import Settings
from tests.bot.person import Person, posted, words_of
from tests.bot.stage import Stage
from tests.core.acting import OwnerSql

LANGUAGES = sorted(CATALOGUES)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(
        update={"audit_anchor": str(tmp_path / "anchors"), "erasure_log": str(tmp_path / "erased")}
    )


async def protected(stage: Stage, language: str = "en") -> Person:
    olena = await stage.person(language=language)
    await olena.onboards(link=False)
    await olena.protects()
    return olena


async def copy_of(olena: Person) -> str:
    """From /export to the link of the finished copy."""
    await olena.says("/export")
    await olena.presses("button.export")
    await olena.steps_up()
    await olena.presses("button.go_on")
    await olena.stage.work(Job.EXPORT_DATA)
    return str((await olena.presses("button.download"))["url"])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_copy_is_asked_for_confirmed_made_and_downloaded(stage: Stage, language: str) -> None:
    olena = await protected(stage, language)
    url = await copy_of(olena)
    assert "/export/" in url
    assert olena.words.plain("export.how")[:30] in words_of(await olena.last())
    async with olena.browser() as web:
        page = await web.get(url)
        assert (page.status_code, page.headers["content-language"]) == (200, language)
        done = await posted(web, url)
        assert done.headers["content-type"] == "application/zip"
        assert "attachment" in done.headers["content-disposition"]
        assert done.headers["cache-control"] == "no-store"
        assert (await web.get(url)).status_code == 404
    with zipfile.ZipFile(io.BytesIO(done.content)) as archive:
        facts = json.loads(archive.read("profile/profile_facts.json"))["rows"]
        readme = archive.read("README.txt").decode()
    assert any("Stripe" in fact["text"] for fact in facts)
    assert ("Ваші дані" in readme) == (language == "uk")
    # No document ever went through the chat.
    assert [call for call in await stage.outbox() if call["method"] == "sendDocument"] == []


async def test_the_link_belongs_to_the_first_browser_and_a_new_one_takes_a_proof(stage: Stage) -> None:
    olena = await protected(stage)
    url = await copy_of(olena)
    async with olena.browser() as mine, olena.browser() as another:
        await mine.get(url)
        form = {"proof": "0" * 64}
        assert (await another.post(url, data=form)).status_code == 403
        assert (await posted(mine, url)).status_code == 200
    await olena.presses("button.new_link")
    await olena.steps_up()
    await olena.presses("button.go_on")
    again = str((await olena.presses("button.download"))["url"])
    assert again != url
    async with olena.browser() as web:
        assert (await posted(web, again)).content[:2] == b"PK"


async def test_a_copy_that_is_a_day_old_is_gone(stage: Stage) -> None:
    olena = await protected(stage)
    url = await copy_of(olena)
    stage.passes(seconds=24 * 3600)
    async with olena.browser() as web:
        assert (await web.get(url)).status_code == 404
    await olena.presses("button.new_link")
    assert olena.words.plain("export.gone") in words_of(await olena.last())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_leaving_is_asked_twice_confirmed_and_final(
    stage: Stage, language: str, owner_sql: OwnerSql
) -> None:
    olena = await protected(stage, language)
    await olena.says("/forget")
    assert "5" in words_of(await olena.last())  # that many facts go
    await olena.presses("button.forget_go_on")
    await olena.presses("button.forget_now")
    await olena.steps_up()
    await olena.presses("button.go_on")
    account = await olena.account()
    await stage.work(Job.ERASE_TENANT, hurry=True)
    assert words_of(await olena.last()).startswith("✅")
    assert await find_account(stage.rt.db, telegram_id=olena.user_id) is None
    await stage.work(Job.ERASE_TENANT, hurry=True)  # what a running job may have put back
    for table in ("tenants", "profile_facts", "audit_events", "factors", "work_items"):
        left = await owner_sql(
            f"select count(*) from app.{table} where tenant_id = :t",  # noqa: S608 - names above
            t=account.tenant_id,
        )
        assert left == [(0,)], table
    # Whoever comes back begins from the beginning.
    await olena.says("/start")
    assert (await olena.account()).tenant_id != account.tenant_id
    assert not (await olena.account()).onboarded


async def test_whoever_thinks_again_loses_nothing(stage: Stage) -> None:
    olena = await protected(stage)
    await olena.says("/forget")
    await olena.presses("button.forget_go_on")
    await olena.presses("button.keep_account")
    assert olena.words.plain("forget.kept") in words_of(await olena.last())
    await stage.work(Job.ERASE_TENANT, hurry=True)
    assert (await olena.account()).onboarded


async def test_without_a_proof_nothing_is_made_and_nothing_goes(stage: Stage) -> None:
    olena = await protected(stage)
    await olena.says("/export")
    await olena.presses("button.export")
    await olena.says("/forget")
    await olena.presses("button.forget_go_on")
    await olena.presses("button.forget_now")
    await stage.work(Job.EXPORT_DATA, Job.ERASE_TENANT, hurry=True)
    account = await olena.account()
    async with stage.rt.db.begin(account.tenant_id) as session:
        assert (await session.scalars(select(DataExport))).all() == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_going_on_is_noted_once_with_what_was_shown(stage: Stage, language: str) -> None:
    olena = await stage.person(language=language)
    await olena.says("/start")
    await olena.presses("language.name")
    shown = await olena.last(containing=olena.words.plain("consent.line")[:30])
    labels = [button["label"] for row in shown["keyboard"] for button in row]
    assert labels == [olena.words.plain("button.privacy"), olena.words.plain("button.terms")]
    account = await olena.account()

    async def consents() -> list[Consent]:
        async with stage.rt.db.begin(account.tenant_id) as session:
            return list(await session.scalars(select(Consent)))

    assert await consents() == []
    await olena.says("Python developer, 8 years with FastAPI and PostgreSQL. Rate: $50/hr")
    await olena.says("I built a payments backend on Stripe for a marketplace with 40,000 orders a month.")
    [noted] = await consents()
    assert (noted.terms_version, noted.privacy_version) == (TERMS_VERSION, PRIVACY_VERSION)
    assert (noted.language, noted.how, noted.llm) == (language, "went_on", False)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_privacy_leads_to_everything(stage: Stage, language: str) -> None:
    olena = await protected(stage, language)
    await olena.says("/privacy")
    labels = await olena.labels()
    for key in ("button.privacy", "button.terms", "button.export", "button.forget"):
        assert olena.words.plain(key) in labels
    await olena.presses("button.forget")
    assert olena.words.plain("button.keep_account") in await olena.labels()
