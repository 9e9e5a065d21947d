"""One text that cannot be opened keeps nothing else from being cleared."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.drafting.models import DraftVersion
from core.jobs_feed.service import get_card
from core.purge import purge_content
from tests.core.acting import Desk
from tests.core.upwork_side import MovableClock


@pytest.mark.parametrize(
    "damage",
    [
        "update app.draft_versions set body_sealed = 'broken' where draft_id = '{draft}'",
        "update app.approvals set payload_hash = 'other', used_at = now() where draft_id = '{draft}'",
    ],
)
async def test_a_broken_draft_is_skipped(desk: Desk, clock: MovableClock, damage: str) -> None:
    olena = await desk.freelancer()
    broken_card = await olena.card()
    good_card = await olena.card(title="Logo for a bakery", description="A logo in two colours, as vectors.")
    broken, good = await olena.draft(broken_card), await olena.draft(good_card)
    await olena.show(broken.id)
    await desk.owner_sql(damage.format(draft=broken.id))
    clock.advance(hours=24)

    assert await purge_content(desk.rt, tenant_id=olena.tenant_id) == 3

    async with desk.rt.db.begin(olena.tenant_id) as session:
        for card_id in (broken_card, good_card):
            assert (await get_card(session, card_id=card_id)).posting is None
        stripped = await session.scalars(
            select(DraftVersion.draft_id).where(DraftVersion.stripped_at.is_not(None))
        )
        assert stripped.all() == [good.id]
