"""Where a person is warned, and the way back for who lost everything else: over HTTP, with real mail and messages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pyotp
import pytest

from core.runtime import Runtime
from core.security.assurance import Act, StepUpNeeded
from core.security.factors import contacts
from core.security.factors.models import ContactKind, FactorKind
from core.security.stepup import service as stepup
from tests.web.driving import MakeTenant, MovableClock, OwnerSql, open_browser
from tests.web.protecting import Person, Post, digits_in, open_post, reachable, seed_on

EMAIL, PHONE = "olena@example.com", "+380441234567"


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with open_post() as opened:
        yield opened


@pytest.fixture
def named(rt: Runtime, post: Post) -> Runtime:
    return reachable(rt, post)


@pytest.fixture
async def protected(named: Runtime, make_tenant: MakeTenant) -> AsyncIterator[Person]:
    account = await make_tenant(telegram_id=777)
    async with open_browser(named) as browser:
        person = Person(named, browser, account.tenant_id, 777)
        await person.enrol()
        yield person


async def set_contacts(person: Person, post: Post) -> None:
    sent = await person.change("contact", kind="email", address=EMAIL)
    done = await person.send(sent, "contact-confirm", digits=digits_in(post.mail(EMAIL)[0]))
    assert "this e-mail address gets your warnings" in done.text.lower()
    sent = await person.change("contact", kind="phone", address=PHONE)
    done = await person.send(sent, "contact-confirm", digits=digits_in((await post.texts(PHONE))[0]))
    assert "this number gets your warnings" in done.text.lower()


async def test_an_address_counts_after_its_code(protected: Person, post: Post, owner_sql: OwnerSql) -> None:
    sent = await protected.change("contact", kind="email", address=f" {EMAIL} ")
    assert await _address(protected, "email") is None
    wrong = await protected.send(sent, "contact-confirm", digits="000000")
    assert "That is not the code" in wrong.text
    await protected.send(wrong, "contact-confirm", digits=digits_in(post.mail(EMAIL)[0]))
    assert await _address(protected, "email") == EMAIL
    assert EMAIL not in str(await owner_sql("select c::text from app.contacts c"))
    page = await protected.look()
    assert "o…a@example.com" in page.text
    assert EMAIL not in page.text


async def test_a_new_address_takes_over_and_the_old_one_is_still_warned(
    protected: Person, post: Post, owner_sql: OwnerSql, clock: MovableClock
) -> None:
    await set_contacts(protected, post)
    sent = await protected.change("contact", kind="email", address="new@example.com")
    await protected.send(sent, "contact-confirm", digits=digits_in(post.mail("new@example.com")[0]))
    assert await _address(protected, "email") == "new@example.com"
    async with protected.rt.db.begin(protected.tenant_id) as session:
        keys = await protected.rt.keys(session)
        assert await contacts.addresses_to_warn(session, keys, "email", clock=clock) == [
            "new@example.com",
            EMAIL,
        ]
    assert ("contact_changed",) in await owner_sql("select kind from app.alerts")
    clock.advance(hours=24 * 7 + 1)
    async with protected.rt.db.begin(protected.tenant_id) as session:
        keys = await protected.rt.keys(session)
        assert await contacts.addresses_to_warn(session, keys, "email", clock=clock) == ["new@example.com"]
        await contacts.forget_replaced(session, clock=clock)
    assert await owner_sql("select count(*) from app.contacts where kind = 'email'") == [(1,)]


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("email", "olena"),
        ("email", "a@b"),
        ("email", "a@b.c\r\nBcc: x@y.zz"),
        ("email", "Olena <a@example.com>"),
        ("email", "a@exa mple.com"),
        ("email", "a..b@example.com"),
        ("email", "x" * 300 + "@example.com"),
        ("phone", "0441234567"),
        ("phone", "+0441234567"),
        ("phone", "+38044"),
        ("phone", "+3804412345678901"),
        ("phone", "+38044abc4567"),
    ],
)
async def test_what_is_no_address_is_refused_with_words(protected: Person, kind: str, address: str) -> None:
    await protected.new_link()
    answer = await protected.send(await protected.look(), "contact", kind=kind, address=address)
    assert answer.status_code == 422
    assert "That does not look like" in answer.text


async def test_an_address_is_removed_with_a_proof(protected: Person, post: Post) -> None:
    await set_contacts(protected, post)
    done = await protected.change("contact-remove", kind="phone")
    assert "The address was removed" in done.text
    assert await _address(protected, "phone") is None


async def test_a_step_up_for_one_address_names_no_other(protected: Person, clock: MovableClock) -> None:
    async with protected.rt.db.begin(protected.tenant_id) as session:
        keys = await protected.rt.keys(session)
        mine = contacts.subject_of(keys, ContactKind.EMAIL, EMAIL)
        acts = {Act.CHANGE_CONTACT: mine}
        await stepup.prove(session, by=protected.by, kind=FactorKind.TOTP, clock=clock, acts=acts)
        for kind, address in ((ContactKind.EMAIL, "mallory@example.com"), (ContactKind.PHONE, PHONE)):
            with pytest.raises(StepUpNeeded):
                await contacts.set_contact(
                    session, keys, kind=kind, address=address, by=protected.by, clock=clock
                )
        await contacts.set_contact(
            session, keys, kind=ContactKind.EMAIL, address=EMAIL, by=protected.by, clock=clock
        )


async def test_without_mail_and_messages_nothing_can_be_confirmed(
    rt: Runtime, make_tenant: MakeTenant
) -> None:
    account = await make_tenant(telegram_id=780)
    async with open_browser(rt) as browser:
        person = Person(rt, browser, account.tenant_id, 780)
        await person.enrol()
        await person.new_link()
        page = await person.look()
    assert "This installation sends no e-mail" in page.text
    assert "This installation sends no text messages" in page.text


@pytest.mark.asvs("V6.4.4")
async def test_both_codes_together_lead_back_to_a_new_app(
    protected: Person, post: Post, owner_sql: OwnerSql
) -> None:
    await set_contacts(protected, post)
    await protected.new_link()
    asked = await protected.send(await protected.look(), "totp")
    begun = await protected.send(asked, "recover")
    mail, text = digits_in(post.mail(EMAIL)[0]), digits_in((await post.texts(PHONE))[0])
    scan = await protected.send(begun, "recover-confirm", email_digits=mail, sms_digits=text)
    new_seed = seed_on(scan)
    assert new_seed != protected.seed
    assert not await protected.has_proof()
    done = await protected.send(scan, "totp-confirm", code=pyotp.TOTP(new_seed).at(protected.rt.clock.now()))
    assert "Your new app counts" in done.text
    assert not await protected.has_proof()
    changes = await owner_sql("select facts ->> 'change' from app.alerts where kind = 'factor_changed'")
    assert {"recovery_begun", "recovered"} <= {change for (change,) in changes}


@pytest.mark.parametrize("known", ["email", "phone"])
@pytest.mark.asvs("V6.4.4")
async def test_one_code_alone_never_leads_back(protected: Person, post: Post, known: str) -> None:
    await set_contacts(protected, post)
    await protected.new_link()
    begun = await protected.send(await protected.send(await protected.look(), "totp"), "recover")
    mail, text = digits_in(post.mail(EMAIL)[0]), digits_in((await post.texts(PHONE))[0])
    typed = (
        {"email_digits": mail, "sms_digits": "000000"}
        if known == "email"
        else {"email_digits": "000000", "sms_digits": text}
    )
    refused = await protected.send(begun, "recover-confirm", **typed)
    assert "At least one of the codes" in refused.text
    again = await protected.send(begun, "recover-confirm", email_digits=mail, sms_digits=text)
    assert "At least one of the codes" in again.text
    for same in (mail, text):
        twice = await protected.send(begun, "recover-confirm", email_digits=same, sms_digits=same)
        assert "At least one of the codes" in twice.text


@pytest.mark.asvs("V6.4.4")
async def test_without_both_addresses_there_is_no_way_back_but_paper(protected: Person) -> None:
    await protected.new_link()
    page = await protected.send(await protected.look(), "totp")
    assert "Lost all of them?" not in page.text
    proof = page.text.split('name="proof" value="')[1].split('"')[0]
    answer = await protected.post(f"{protected.link}/recover", {"proof": proof})
    assert answer.status_code == 409
    assert "no way back but a backup code" in answer.text


async def _address(person: Person, kind: str) -> str | None:
    async with person.rt.db.begin(person.tenant_id) as session:
        return await contacts.address_of(session, await person.rt.keys(session), kind)
