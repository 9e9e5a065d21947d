"""The page where a person proves who they are: the chat's number, then a code; each wrong way says what to do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pyotp
import pytest
from sqlalchemy import func, select

from core.accounts.service import Account
from core.jobs import Job, has_item
from core.runtime import Runtime
from core.security.assurance import ACCOUNT, Act, StepUpNeeded, chat_session
from core.security.factors import backup, totp
from core.security.models import AuditEvent
from core.security.stepup import service as stepup
from core.security.stepup.models import ChallengeRow, GrantRow
from core.security.stepup.service import Challenge
from tests.web.driving import HTML, MakeTenant, MovableClock
from web.app import create_app
from web.words.verify import words_in


@dataclass
class Scene:
    """An account with an authenticator app, and a browser that was sent to its page."""

    rt: Runtime
    clock: MovableClock
    account: Account
    web: httpx.AsyncClient
    secret: str = ""
    paper: list[str] = field(default_factory=list)

    @property
    def by(self) -> str:
        return chat_session(self.account.telegram_id)

    async def protect(self) -> None:
        async with self.rt.db.begin(self.account.tenant_id) as session:
            keys = await self.rt.keys(session)
            offer = await totp.offer(session, keys, account="Olena", via=None, clock=self.clock)
            self.secret = offer.secret
            assert await totp.confirm(session, keys, code=self.code(), via=None, clock=self.clock)
            self.paper = list(await backup.new_codes(session))
        self.clock.advance(30)

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(self.clock.now())

    def wrong(self) -> str:
        return f"{(int(self.code()) + 1) % 1_000_000:06}"

    async def ask(self, act: Act = Act.EXPORT, **resume: str) -> Challenge:
        async with self.rt.db.begin(self.account.tenant_id) as session:
            return await stepup.open_challenge(
                session,
                act,
                subject=ACCOUNT,
                by=self.by,
                clock=self.clock,
                settings=self.rt.settings,
                resume=resume,
            )

    async def post(self, url: str, web: httpx.AsyncClient | None = None, **fields: object) -> httpx.Response:
        web = web or self.web
        page = await web.get(url)
        found = re.search(r'name="proof" value="([^"]+)"', page.text)
        if found is None:
            return page
        data = {"proof": found.group(1), **{name: str(value) for name, value in fields.items()}}
        return await web.post(url, data=data)

    async def matched(self, act: Act = Act.EXPORT) -> Challenge:
        challenge = await self.ask(act)
        assert (await self.post(challenge.url, number=challenge.number)).status_code == 200
        return challenge

    async def allowed(self, act: Act = Act.EXPORT) -> bool:
        try:
            async with self.rt.db.begin(self.account.tenant_id) as session:
                await stepup.require(session, act, subject=ACCOUNT, by=self.by, clock=self.clock)
        except StepUpNeeded:
            return False
        return True

    async def grants(self) -> int:
        async with self.rt.db.begin(self.account.tenant_id) as session:
            return await session.scalar(select(func.count()).select_from(GrantRow)) or 0

    async def row(self, challenge: Challenge) -> ChallengeRow:
        async with self.rt.db.begin(self.account.tenant_id) as session:
            return await session.get_one(ChallengeRow, (self.account.tenant_id, challenge.id))


def browser(rt: Runtime, address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(rt), client=(address, 4321))
    return httpx.AsyncClient(
        transport=transport,
        base_url=rt.settings.public_url,
        headers={**HTML, "origin": rt.settings.public_url},
    )


@pytest.fixture
async def scene(rt: Runtime, clock: MovableClock, make_tenant: MakeTenant) -> AsyncIterator[Scene]:
    async with browser(rt) as web:
        made = Scene(rt, clock, await make_tenant(), web)
        await made.protect()
        yield made


async def test_number_and_code_make_a_proof_and_one_grant_and_tell_the_chat(scene: Scene) -> None:
    challenge = await scene.matched()
    assert not await scene.allowed()
    done = await scene.post(challenge.url, code=scene.code())
    assert done.status_code == 200
    assert words_in("en").passed_title in done.text
    assert await scene.allowed(Act.APPROVE)
    assert await scene.allowed()
    assert not await scene.allowed(), "one grant, one use"
    async with scene.rt.db.begin() as session:
        assert await has_item(session, Job.TELL_STEP_UP, tenant_id=scene.account.tenant_id, ref=challenge.id)
    assert (await scene.web.get(challenge.url)).status_code == 404


async def test_a_backup_code_will_do_once(scene: Scene) -> None:
    challenge = await scene.matched()
    paper = scene.paper.pop()
    assert (await scene.post(challenge.url, code=paper.lower())).status_code == 200
    assert await scene.allowed()
    again = await scene.matched()
    assert (await scene.post(again.url, code=paper)).status_code == 422
    assert not await scene.allowed()


async def test_a_step_up_for_today_makes_a_proof_and_no_grant(scene: Scene) -> None:
    challenge = await scene.matched(Act.APPROVE)
    await scene.post(challenge.url, code=scene.code())
    assert await scene.allowed(Act.APPROVE)
    assert await scene.grants() == 0


@pytest.mark.parametrize("language", ["en", "uk"])
async def test_the_page_says_in_words_and_numbers_what_is_confirmed(
    rt: Runtime, clock: MovableClock, make_tenant: MakeTenant, language: str
) -> None:
    async with browser(rt) as web:
        scene = Scene(rt, clock, await make_tenant(locale=language), web)
        await scene.protect()
        challenge = await scene.ask(Act.RAISE_LIMITS, limit="bids_a_day", value="30")
        page = (await web.get(challenge.url)).text
    words = words_in(language)
    assert words.acts[Act.RAISE_LIMITS].replace("'", "&#39;") in page
    assert "30" in page
    numbers = re.findall(r'name="number" value="(\d\d)"', page)
    assert len(set(numbers)) == 3
    assert str(challenge.number) in numbers


async def test_looking_at_the_page_changes_nothing(scene: Scene) -> None:
    challenge = await scene.ask()
    async with browser(scene.rt) as preview:
        assert (await preview.get(challenge.url)).status_code == 200
    first, second = (await scene.web.get(challenge.url)).text, (await scene.web.get(challenge.url)).text
    assert re.findall(r'value="(\d\d)"', first) == re.findall(r'value="(\d\d)"', second)
    assert (await scene.post(challenge.url, number=challenge.number)).status_code == 200


async def test_a_code_before_the_number_proves_nothing(scene: Scene) -> None:
    challenge = await scene.ask()
    page = await scene.post(challenge.url, code=scene.code())
    assert words_in("en").which_number in page.text
    assert await scene.grants() == 0
    assert (await scene.row(challenge)).passed_at is None


async def test_a_wrong_number_ends_it(scene: Scene) -> None:
    challenge = await scene.ask()
    row = await scene.row(challenge)
    other = next(number for number in row.choices if number != row.number)
    closed = await scene.post(challenge.url, number=other)
    assert closed.status_code == 403
    assert words_in("en").closed_number in closed.text
    assert (await scene.post(challenge.url, number=challenge.number)).status_code == 404
    assert await scene.grants() == 0


@pytest.mark.asvs("V6.6.3")
async def test_a_wrong_code_says_what_to_do_and_the_fifth_ends_it(scene: Scene) -> None:
    challenge = await scene.matched()
    for left in (4, 3, 2):
        page = await scene.post(challenge.url, code=scene.wrong())
        assert page.status_code == 422
        assert words_in("en").wrong_code.format(left=left) in page.text
    page = await scene.post(challenge.url, code=scene.wrong())
    assert words_in("en").last_try in page.text
    closed = await scene.post(challenge.url, code=scene.wrong())
    assert closed.status_code == 403
    assert words_in("en").closed_codes in closed.text
    assert (await scene.post(challenge.url, code=scene.code())).status_code == 404
    assert await scene.grants() == 0
    async with scene.rt.db.begin(scene.account.tenant_id) as session:
        refused = await session.scalars(
            select(AuditEvent.event).where(AuditEvent.event.in_(["step_up.refused", "step_up.failed"]))
        )
    assert sorted(refused) == ["step_up.failed", *["step_up.refused"] * 5]


@pytest.mark.asvs("V6.3.1")
async def test_whoever_guesses_too_often_waits_and_is_told_how_long(scene: Scene) -> None:
    first = await scene.matched()
    for _ in range(5):
        await scene.post(first.url, code=scene.wrong())
    second = await scene.matched()
    page = await scene.post(second.url, code=scene.code())
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0
    assert words_in("en").wait.split("{", maxsplit=1)[0] in page.text
    assert await scene.grants() == 0


@pytest.mark.asvs("V6.5.1")
async def test_of_many_at_once_with_one_code_one_passes(scene: Scene) -> None:
    challenge = await scene.matched()
    code = scene.code()
    answers = await asyncio.gather(*(scene.post(challenge.url, code=code) for _ in range(4)))
    assert [answer.status_code for answer in answers].count(200) == 1
    assert await scene.grants() == 1


@pytest.mark.asvs("V6.5.5")
@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (601, 404)])
async def test_a_challenge_lives_ten_minutes(scene: Scene, seconds: float, status: int) -> None:
    challenge = await scene.matched()
    scene.clock.advance(seconds)
    assert (await scene.post(challenge.url, code=scene.code())).status_code == status


async def test_another_browser_cannot_take_over(scene: Scene) -> None:
    challenge = await scene.matched()
    async with browser(scene.rt) as other:
        assert (await other.get(challenge.url)).status_code == 403
    assert (await scene.post(challenge.url, code=scene.code())).status_code == 200


@pytest.mark.asvs("V3.5.1")
@pytest.mark.parametrize("proof", [None, "", "x", "0" * 64])
async def test_a_form_that_is_not_ours_does_nothing(scene: Scene, proof: str | None) -> None:
    challenge = await scene.ask()
    await scene.web.get(challenge.url)
    data = {"number": str(challenge.number), **({"proof": proof} if proof is not None else {})}
    assert (await scene.web.post(challenge.url, data=data)).status_code == 403
    assert (await scene.row(challenge)).matched_at is None


async def test_an_earlier_page_dies_with_the_next_challenge(scene: Scene) -> None:
    first = await scene.matched()
    await scene.ask()
    assert (await scene.post(first.url, code=scene.code())).status_code == 404


@pytest.mark.asvs("V6.6.2")
async def test_a_page_proves_for_its_own_account_only(
    scene: Scene, make_tenant: MakeTenant, clock: MovableClock
) -> None:
    async with browser(scene.rt) as web:
        other = Scene(scene.rt, clock, await make_tenant(), web)
        await other.protect()
        challenge = await other.matched()
        assert (await other.post(challenge.url, code=scene.code())).status_code == 422
    assert not await other.allowed()
    assert not await scene.allowed()


@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "a" * 300])
async def test_an_unknown_link_is_not_found(scene: Scene, token: str) -> None:
    assert (await scene.web.get(f"/verify/{token}")).status_code == 404


@pytest.mark.parametrize("number", ["", "x", "٣٣", "9" * 50, "-1"])
async def test_nonsense_for_a_number_asks_again_or_ends_it(scene: Scene, number: str) -> None:
    challenge = await scene.ask()
    answer = await scene.post(challenge.url, number=number)
    assert answer.status_code in (200, 403)
    assert (await scene.row(challenge)).matched_at is None
