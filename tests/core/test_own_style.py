"""The learned style in the database: whose letters teach it, and forgetting that lasts."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from core.drafting import service as drafting
from core.drafting.draft import DraftOutput
from core.drafting.models import Draft, DraftState, VersionSource
from core.drafting.own_style import forget_style, forget_trait, learned_style
from core.drafting.style import StyleProfile, Trait, describe
from core.errors import Invalid
from tests.core.acting import Desk, Freelancer

LETTER = "Hi there,\n\nwhich of your reports is slowest? Number {} would be my guess.\n\nCheers,\nOlena"


async def send(freelancer: Freelancer, card_id: UUID, source: VersionSource) -> None:
    """Three letters that were approved; `source` says who had the last word."""
    for number in range(3):
        async with freelancer.rt.db.begin(freelancer.tenant_id) as session:
            draft = await drafting.request_proposal(session, card_id=card_id)
            keys = await freelancer.rt.keys(session)
            output = DraftOutput(LETTER.format(number), "en")
            await drafting.add_version(session, keys, draft, output, source=source)
            draft.state = DraftState.APPROVED


async def learned(freelancer: Freelancer) -> StyleProfile:
    async with freelancer.rt.db.begin(freelancer.tenant_id) as session:
        return await learned_style(session, await freelancer.rt.keys(session))


async def test_only_letters_with_the_users_last_word_teach_and_a_trait_stays_forgotten(desk: Desk) -> None:
    olena, other = await desk.freelancer(), await desk.freelancer()
    card_id = await olena.card()
    await send(olena, card_id, VersionSource.OFFLINE)
    assert describe(await learned(olena)) == []
    await send(olena, card_id, VersionSource.EDITED)
    style = await learned(olena)
    assert (style.letters, style.greetings) == (3, {"en": "Hi there"})
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await forget_trait(session, trait=Trait.GREETING)
        await forget_trait(session, trait=Trait.GREETING)
    shown = dict(describe(await learned(olena)))
    assert Trait.GREETING not in shown
    assert shown[Trait.SIGN_OFF]["phrase"] == "Cheers"
    assert describe(await learned(other)) == []
    await send(olena, card_id, VersionSource.EDITED)
    assert Trait.GREETING in dict(describe(await learned(olena)))
    with pytest.raises(Invalid):
        async with olena.rt.db.begin(olena.tenant_id) as session:
            await forget_trait(session, trait="everything")


async def test_a_new_price_makes_a_models_letter_nobodys_own(desk: Desk) -> None:
    olena = await desk.freelancer()
    card_id = await olena.card()
    await send(olena, card_id, VersionSource.MODEL)
    await send(olena, card_id, VersionSource.MODEL)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        keys = await olena.rt.keys(session)
        for draft in (await session.scalars(select(Draft))).all():
            draft.state = DraftState.READY
            await drafting.set_bid(session, keys, draft_id=draft.id, amount=Decimal(60))
            draft.state = DraftState.APPROVED
    assert (await learned(olena)).letters == 0


async def test_what_was_learned_again_says_from_how_many_letters(desk: Desk) -> None:
    olena = await desk.freelancer()
    card_id = await olena.card()
    await send(olena, card_id, VersionSource.EDITED)
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await forget_trait(session, trait=Trait.GREETING)
    await send(olena, card_id, VersionSource.EDITED)
    shown = dict(describe(await learned(olena)))
    assert (shown[Trait.GREETING]["letters"], shown[Trait.TONE]["letters"]) == ("3", "6")
    async with olena.rt.db.begin(olena.tenant_id) as session:
        await forget_style(session)
    assert describe(await learned(olena)) == []


async def test_a_new_price_makes_nobody_the_author(desk: Desk) -> None:
    """The letter is still the machine's; once a word of it is the user's, it teaches, and a later price changes nothing."""
    olena = await desk.freelancer()
    card_id = await olena.card()
    for touched in (False, True):
        for number in range(3):
            async with olena.rt.db.begin(olena.tenant_id) as session:
                draft = await drafting.request_proposal(session, card_id=card_id)
                keys = await olena.rt.keys(session)
                written = DraftOutput(LETTER.format(number), "en")
                await drafting.add_version(session, keys, draft, written, source=VersionSource.MODEL)
                texts = [LETTER.format(f"{number} or so") if touched else written.letter] * 2
                for text in texts:
                    edited = DraftOutput(text, "en")
                    await drafting.add_version(session, keys, draft, edited, source=VersionSource.EDITED)
                draft.state = DraftState.APPROVED
        assert (await learned(olena)).letters == (3 if touched else 0)
