"""What a linked account's key can do, asked once after linking and again now and then; the lanes are chosen from it.

Whether a mutation exists is asked by introspection, one type per request: Upwork calls two "bad faith". Whether the key has the
permission shows only when it is used; `UpworkClient` then remembers the refusal in the same place.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.upwork import documents, mapping
from core.upwork.client import UpworkClient
from core.upwork.errors import Refused
from core.upwork.models import UpworkAccount
from core.upwork.views import Capabilities, Priority
from core.upwork.wire import dig, text

_QUESTIONS = {
    "create_proposal": ("Mutation", "createJobProposal"),
    "send_story": ("Mutation", "createRoomStoryV2"),
    "viewed_by_client": ("VendorProposal", "viewedByClient"),
}


async def probe(
    client: UpworkClient, tenant_id: UUID, *, priority: Priority = Priority.BACKGROUND
) -> Capabilities:
    """Ask which optional parts of the schema exist and store the answer. Starts afresh: fields dropped earlier are asked again.

    Raises as a read does; then nothing is stored and the account keeps what it had.
    """
    fields = {
        type_name: await _fields_of(client, tenant_id, type_name, priority)
        for type_name in dict.fromkeys(owner for owner, _ in _QUESTIONS.values())
    }
    answers: dict[str, Any] = {name: field in fields[owner] for name, (owner, field) in _QUESTIONS.items()}
    answers |= {"dropped_fields": [], "probed_at": client.means.clock.now().isoformat()}
    async with client.means.db.begin(tenant_id) as session:
        row = await session.scalar(
            select(UpworkAccount).where(UpworkAccount.tenant_id == tenant_id).with_for_update()
        )
        if row is not None:
            row.capabilities = answers
    return mapping.capabilities(answers)


async def _fields_of(
    client: UpworkClient, tenant_id: UUID, type_name: str, priority: Priority
) -> frozenset[str]:
    """Names of a type's fields; empty when Upwork refuses to say, so that nothing is taken for granted."""
    try:
        result = await client.execute(tenant_id, documents.TYPE_PROBE, {"name": type_name}, priority=priority)
    except Refused:
        return frozenset()
    found = dig(result.data, "__type", "fields")
    return frozenset(
        name for item in (found if isinstance(found, list) else ()) if (name := text(dig(item, "name")))
    )
