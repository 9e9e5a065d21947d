"""A card's posting read by a model, once per person and posting, kept beside the posting and purged with it."""

from __future__ import annotations

from uuid import UUID

from core.access.quota import check_llm_money, note_spend
from core.drafting.posting_model import read_posting
from core.errors import LimitReached, NotFound
from core.jobs_feed.service import READING_JSON, get_card, posting_row_of
from core.log import get_logger
from core.matching.posting_facts import Reader
from core.runtime import Runtime

log = get_logger(__name__)


async def read_card(rt: Runtime, *, tenant_id: UUID, card_id: UUID) -> bool:
    """Job.READ_POSTING: whether the card has something of a model's to show.

    The attempt is noted before the model is asked, so that a posting is paid for once at most, whatever dies meanwhile. Over the
    limit nothing is noted, and the next one who asks may have it read. Without a model, or when it fails, the rules have read.
    """
    if rt.llm is None:
        return False
    async with rt.db.begin(tenant_id) as session:
        try:
            card = await get_card(session, card_id=card_id)
        except NotFound:
            return False
        row = await posting_row_of(session, card.row, lock=True)
        if row is None or card.posting is None:
            return False
        if row.reading_at is not None:
            return card.reading is not None and card.reading.reader is Reader.MODEL
        try:
            await check_llm_money(session)
        except LimitReached as full:
            log.info("posting.not_read", reason=full.data["reason"])
            return False
        row.reading_at = rt.clock.now()
        seed = (await rt.keys(session)).fingerprint("voice")
    reading = await read_posting(card.posting, rt.llm, seed=seed)
    async with rt.db.begin(tenant_id) as session:
        if reading.usage is not None:
            note_spend(session, "reading", reading.usage)
        row = await posting_row_of(session, card.row, lock=True)
        if row is None:
            return False  # purged while it was read
        row.reading = READING_JSON.dump_python(reading.facts, mode="json")
    return reading.facts.reader is Reader.MODEL
