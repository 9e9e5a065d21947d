"""Undo leads back along the versions that were kept, not along their numbers."""

from __future__ import annotations

import pytest

from core.drafting import service as drafting
from core.errors import Conflict
from tests.core.acting import LETTER, Desk


async def test_undo_skips_what_was_rejected_before(desk: Desk) -> None:
    olena = await desk.freelancer()
    draft = await olena.draft(await olena.card())

    async def current() -> tuple[int, str]:
        async with desk.rt.db.begin(olena.tenant_id) as session:
            row = await drafting.get_draft(session, draft_id=draft.id)
            version = await drafting.get_version(session, await desk.rt.keys(session), row)
            return row.current, version.output.letter

    async def edit(text: str) -> None:
        async with desk.rt.db.begin(olena.tenant_id) as session:
            keys = await desk.rt.keys(session)
            await drafting.replace_letter(session, keys, draft_id=draft.id, text=text)

    async def undo() -> None:
        async with desk.rt.db.begin(olena.tenant_id) as session:
            await drafting.undo(session, await desk.rt.keys(session), draft_id=draft.id)

    await edit("A text I rejected.")
    await undo()
    await edit("A text I kept.")
    assert await current() == (3, "A text I kept.")
    async with desk.rt.db.begin(olena.tenant_id) as session:
        row = await drafting.get_draft(session, draft_id=draft.id)
        parent = await drafting.get_parent(session, await desk.rt.keys(session), row)
        assert parent.output.letter == LETTER
    await undo()
    assert await current() == (1, LETTER)
    with pytest.raises(Conflict):
        await undo()
