"""/upwork in the chat: a factor first, a step-up to disconnect, codes that expire, and the truth about what there was to do."""

from __future__ import annotations

import re

import pyotp
import pytest
from sqlalchemy import text

from core.jobs import Job
from core.security.alerts.models import AlertKind
from core.security.assurance import ACCOUNT, Act
from core.upwork.linking import CONFIRM_LIFE
from tests.bot.person import Person, words_of
from tests.bot.stage import Stage


async def forced(person: Person, data: str) -> dict[str, object]:
    """Press a button that stands under an older message."""
    message = await person.last()
    await person.forces(data, message["message_id"])
    return await person.last()


async def signs_in(person: Person) -> str:
    """From Connect to the page with the code, which is not typed."""
    acts = {Act.CONNECT_UPWORK: ACCOUNT}
    await (person.proves(acts) if person.secret else person.protects(acts))
    await person.presses("button.connect")
    code = await person.consents(str((await person.presses("button.open_page"))["url"]))
    await person.stage.work(Job.CONFIRM_LINK)
    return code


async def statuses(person: Person) -> list[str]:
    async with person.stage.rt.db.begin((await person.account()).tenant_id) as session:
        return list(await session.scalars(text("select status from app.upwork_accounts")))


async def waits_for(person: Person) -> str | None:
    async with person.stage.rt.db.begin((await person.account()).tenant_id) as session:
        found: str | None = await session.scalar(text("select state from app.dialogs"))
    return found


@pytest.mark.parametrize("language", ["en", "uk"])
async def test_connecting_without_a_factor_leads_to_protection_and_goes_on_in_the_chat(
    stage: Stage, language: str
) -> None:
    person = await stage.person(language=language)
    await person.onboards(link=False)

    await person.presses("button.connect")
    url = str((await person.presses("button.protect"))["url"])
    assert "/protect/" in url
    async with person.browser() as web:
        page = await web.get(url)
        proof = re.search(r'name="proof" value="([^"]+)"', page.text)
        assert proof is not None
        headers = {"origin": str(web.base_url).rstrip("/")}
        offer = await web.post(f"{url}/totp", data={"proof": proof[1]}, headers=headers)
        secret = re.search(r'id="secret">([^<]+)<', offer.text)
        assert secret is not None, offer.text
        code = pyotp.TOTP(secret[1].replace(" ", "")).at(stage.rt.clock.now())
        done = await web.post(f"{url}/totp-confirm", data={"proof": proof[1], "code": code}, headers=headers)
        assert done.status_code == 200, done.text
    await stage.work(Job.TELL_STEP_UP)

    await person.presses("button.go_on")
    link = str((await person.presses("button.open_page"))["url"])
    shown = await person.consents(link)
    await stage.work(Job.CONFIRM_LINK)
    await person.says(shown)

    assert words_of(await person.last(containing="Olena")).startswith("✅")


@pytest.mark.parametrize("language", ["en", "uk"])
async def test_who_links_while_paused_is_told_why_no_card_comes(stage: Stage, language: str) -> None:
    person = await stage.person(language=language)
    await person.onboards(link=False)
    await person.says("/pause")
    await person.links()
    assert words_of(await person.last()) == person.words.plain("next.paused")
    await person.presses("button.resume_all")


async def test_disconnecting_takes_a_step_up_and_happens_once(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await person.says("/upwork")
    await person.presses("button.disconnect")
    await person.presses("button.yes_disconnect")
    assert "Please confirm" in words_of(await person.last())
    assert await statuses(person) == ["linked"]

    await person.steps_up()
    await person.presses("button.go_on")

    assert "Disconnected. The access was given back" in words_of(await person.last(containing="Disconnected"))
    assert await statuses(person) == []
    again = await forced(person, "up:disconnect")
    assert words_of(again) == "There is nothing to disconnect: Upwork is not linked."


async def test_upwork_not_confirming_the_end_is_not_hidden(stage: Stage) -> None:
    person = await stage.person()
    await person.onboards()
    await stage.upwork("faults", operation="oauth.revoke", kind="502")
    await forced(person, "up:disconnect")

    await person.steps_up()
    await person.presses("button.go_on")

    assert "did not confirm" in words_of(await person.last(containing="Disconnected here"))


@pytest.mark.parametrize("language", ["en", "uk"])
async def test_an_expired_code_is_said_and_the_next_message_is_no_code(stage: Stage, language: str) -> None:
    person = await stage.person(language=language)
    await person.onboards(link=False)
    await signs_in(person)
    assert await waits_for(person) == "link_code"
    stage.passes(seconds=CONFIRM_LIFE.total_seconds() + 1)

    await stage.work(Job.KEEP_TOKEN, hurry=True)
    await stage.work(Job.CONFIRM_LINK)

    assert await waits_for(person) is None
    assert words_of(await person.last()) == person.words.plain("upwork.stopped_expired")
    await person.says("What now?")
    assert words_of(await person.last()) != person.words.plain("upwork.not_a_code")
    assert await statuses(person) == []


async def test_the_owner_hears_of_a_conflict_and_the_other_learns_nothing(stage: Stage) -> None:
    owner, other = await stage.person("Olena"), await stage.person("Roman")
    await owner.onboards()
    await other.onboards(link=False)

    with pytest.raises(AssertionError, match="upwork_cannot_link"):
        await signs_in(other)
    await stage.work(Job.TELL_ALERT)
    await stage.work(Job.CONFIRM_LINK)

    told = words_of(await owner.last(containing=owner.words.plain(f"alert.{AlertKind.LINK_CONFLICT}")))
    assert "Roman" not in told
    assert str(other.user_id) not in told
    stopped = words_of(await other.last(containing="cannot be linked"))
    assert stopped == other.words.plain("upwork.stopped_cannot_link")
    assert "Olena" not in await other.transcript()
