"""What a linked account's key can do, asked once after linking and again now and then; the lanes are chosen from it.

Whether a mutation exists is asked by introspection, one type per request: Upwork calls two "bad faith". Whether the key has the
permission shows only when it is used; `UpworkClient` then remembers the refusal in the same place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.jobs import Job, enqueue
from core.upwork import documents, mapping
from core.upwork.client import UpworkClient
from core.upwork.errors import Refused
from core.upwork.models import AccountStatus, UpworkAccount
from core.upwork.tokens import Means
from core.upwork.views import Capabilities, Priority
from core.upwork.wire import dig, text

PROBE_AGAIN = timedelta(days=7)

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


async def ask_when_old(means: Means, tenant_id: UUID) -> bool:
    """Ask for a new probe when the last one is a week old; True when it did. A key may be given permissions it lacked."""
    async with means.db.begin(tenant_id) as session:
        row = await session.scalar(select(UpworkAccount).where(UpworkAccount.tenant_id == tenant_id))
        if row is None or row.status != AccountStatus.LINKED:
            return False
        probed_at = mapping.capabilities(row.capabilities).probed_at
        if probed_at is not None and means.clock.now() - probed_at < PROBE_AGAIN:
            return False
        await enqueue(session, Job.PROBE_ACCOUNT, tenant_id=tenant_id, ref=tenant_id)
    return True


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
