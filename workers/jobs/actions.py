"""Jobs a person is waiting for: drafts, approved actions, reading back, linking."""

from __future__ import annotations

from uuid import UUID

from core.drafting import workflow
from core.drafting.reading import read_card
from core.notifications.notifier import Notifier
from core.proposals import execution, readback
from core.runtime import Runtime
from core.templates.improving import improve_template as improve
from core.upwork import capabilities
from core.upwork.confirming import drop_unconfirmed
from core.upwork.tokens import keep_alive
from core.upwork.views import Priority
from workers.job import NOT_AGAIN


async def compose_draft(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    watcher = notifier.draft_watcher(tenant_id, ref)
    await workflow.write_draft(rt, watcher, tenant_id=tenant_id, draft_id=ref)


async def give_up_draft(rt: Runtime, _notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    """Whatever keeps failing, the person gets their draft, or their card, back and can ask again."""
    await workflow.give_up(rt, tenant_id=tenant_id, draft_id=ref)


async def deliver_draft(_rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await notifier.draft(tenant_id, ref)


async def improve_template(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    outcome = await improve(rt, tenant_id=tenant_id, template_id=ref)
    await notifier.template(tenant_id, ref, outcome)


async def read_posting(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    """`ref` is the card. It was sent as the rules read it, because nobody waits for a model to learn of a job."""
    if await read_card(rt, tenant_id=tenant_id, card_id=ref):
        await notifier.reading(tenant_id, ref)


async def execute_action(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await execution.execute(rt, notifier, tenant_id=tenant_id, action_id=ref)


async def read_back(rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await readback.read_back(rt, notifier, tenant_id=tenant_id, action_id=ref)


async def confirm_link(_rt: Runtime, notifier: Notifier, tenant_id: UUID, ref: UUID) -> None:
    await notifier.link(tenant_id, ref)


async def probe_account(rt: Runtime, _notifier: Notifier, tenant_id: UUID, _ref: UUID) -> None:
    await capabilities.probe(rt.upwork, tenant_id, priority=Priority.PERSON)


async def keep_token(rt: Runtime, _notifier: Notifier, tenant_id: UUID, ref: UUID) -> float | None:
    """A link nobody confirmed is revoked and erased; a linked account's tokens are kept from dying unused, and
    what its key can do is asked anew now and then."""
    if await drop_unconfirmed(rt, tenant_id=tenant_id, account_id=ref):
        return NOT_AGAIN
    await keep_alive(rt.upwork.means, tenant_id)
    await capabilities.ask_when_old(rt.upwork.means, tenant_id)
    return None
