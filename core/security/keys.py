"""A tenant's data key: made with the account, unwrapped anew in each transaction, never kept longer."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import CannotUnseal, TenantKeys, Vault
from core.db import tenant_of
from core.security.models import TenantKey

_CACHED = "tenant_keys"


async def create_key(session: AsyncSession, vault: Vault) -> TenantKeys:
    """Make the data key of the session's tenant. One per tenant; the primary key refuses a second."""
    tenant_id = tenant_of(session)
    version, wrapped = vault.new_data_key(tenant_id)
    session.add(TenantKey(tenant_id=tenant_id, kek_version=version, wrapped=wrapped))
    await session.flush()
    return vault.unwrap(tenant_id, version, wrapped)


async def keys_for(session: AsyncSession, vault: Vault) -> TenantKeys:
    """The data key of the session's tenant. Raises CannotUnseal when it was erased or its wrapping key is gone."""
    cached = session.info.get(_CACHED)
    if isinstance(cached, TenantKeys):
        return cached
    tenant_id = tenant_of(session)
    row = await session.scalar(select(TenantKey).where(TenantKey.tenant_id == tenant_id))
    if row is None:
        raise CannotUnseal
    keys = vault.unwrap(tenant_id, row.kek_version, row.wrapped, sealed=row.sealed)
    session.info[_CACHED] = keys
    return keys
