"""The audit as a chain, its anchors, and alerts; accounts can be locked

What was noted before there was a chain joins it in the order of its time, with its name and actor. Its details were in the clear
until now and are dropped: sealing them needs keys that no migration has.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.isolation import allow_lookup
from migrations.tables import (
    SCHEMA,
    big_number,
    drop,
    index,
    json,
    moment,
    number,
    sealed,
    tenant_table,
    text,
    unique,
)

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# The bytes that a hash covers; `core.security.chain` puts the same ones together.
_HASH = """
create function app.audit_hash(
    tenant uuid, id uuid, seq bigint, prev bytea, at timestamptz, event text, actor text, payload bytea
) returns bytea language sql stable as $$
    select sha256(convert_to(
        concat_ws('|', 'audit-1', tenant, id, seq, encode(prev, 'hex'), (extract(epoch from at) * 1000000)::bigint,
                  length(event), event, length(actor), actor, ''), 'UTF8') || payload)
$$
"""

# One writer of a tenant at a time, until it commits; the next one sees what it wrote. Whatever was sent for these columns is
# overwritten: nobody chooses a place in the chain, or a time. The account's row, which the foreign key locks anyway, is locked
# first: somebody may hold it and be waiting for the chain.
_CHAIN = """
create function app.chain_audit() returns trigger language plpgsql as $$
declare
    last record;
begin
    perform 1 from app.tenants as t where t.tenant_id = new.tenant_id for key share;
    perform pg_advisory_xact_lock(hashtextextended('audit|' || new.tenant_id::text, 0));
    select e.seq, e.hash into last from app.audit_events as e
     where e.tenant_id = new.tenant_id order by e.seq desc limit 1;
    new.seq := coalesce(last.seq, 0) + 1;
    new.prev := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
    new.created_at := clock_timestamp();
    new.hash := app.audit_hash(
        new.tenant_id, new.id, new.seq, new.prev, new.created_at, new.event, new.actor, new.payload_sealed);
    return new;
end $$
"""

# No role but the owner has these rights at all; this keeps the owner from a slip. The one way out is the whole account's end.
_KEEP = """
create function app.keep_audit() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and not exists (select 1 from app.tenants as t where t.tenant_id = old.tenant_id) then
        return old;
    end if;
    raise exception 'what happened is not changed afterwards';
end $$
"""

_JOIN = """
do $$
declare
    row record;
    tenant uuid;
    number bigint;
    last bytea;
begin
    for row in select * from app.audit_events order by tenant_id, created_at, id loop
        if tenant is distinct from row.tenant_id then
            tenant := row.tenant_id;
            number := 0;
            last := decode(repeat('00', 32), 'hex');
        end if;
        number := number + 1;
        update app.audit_events set seq = number, prev = last,
               hash = app.audit_hash(tenant, row.id, number, last, row.created_at, row.event, row.actor, ''::bytea)
         where tenant_id = tenant and id = row.id returning hash into last;
    end loop;
end $$
"""

# Every account has exactly one of these; rows of tenants themselves cannot be listed here.
_START = """
insert into app.work_items (id, job, tenant_id, ref, run_at)
select gen_random_uuid(), wanted.job, tenant_id, tenant_id, now() + pause
  from app.work_items,
       (values ('anchor_audit', interval '1 minute'), ('weekly_report', interval '7 days')) as wanted (job, pause)
 where work_items.job = 'purge_content'
on conflict do nothing
"""


def upgrade() -> None:
    op.add_column("tenants", moment("locked_at", nullable=True), schema=SCHEMA)
    _chain()
    tenant_table("audit_anchors", big_number("seq"), sealed("hash"), moment("anchored_at"))
    tenant_table(
        "alerts",
        text("kind"),
        text("key"),
        json("facts"),
        number("times", default=1),
        moment("told_at", nullable=True),
        moment("mailed_at", nullable=True),
        moment("operators_at", nullable=True),
        text("verdict", nullable=True),
        moment("decided_at", nullable=True),
        unique("alerts", "tenant_id", "key"),
    )
    index("alerts", "tenant_id", "created_at")
    tenant_table(
        "kill_links",
        text("token_hash"),
        moment("expires_at"),
        moment("used_at", nullable=True),
        unique("kill_links", "tenant_id", "token_hash"),
    )
    allow_lookup("kill_links", "'kill:' || token_hash")
    op.execute(_START)


def downgrade() -> None:
    op.execute(
        "delete from app.work_items where job in ('anchor_audit', 'weekly_report', 'tell_alert', 'watch_webhook')"
    )
    drop("kill_links", "alerts", "audit_anchors")
    op.execute("drop trigger chain on app.audit_events")
    op.execute("drop trigger keep on app.audit_events")
    for name in ("chain_audit()", "keep_audit()"):
        op.execute(f"drop function app.{name}")
    op.execute("drop function app.audit_hash(uuid, uuid, bigint, bytea, timestamptz, text, text, bytea)")
    op.drop_index(op.f("ix_audit_events_tenant_id_event_created_at"), "audit_events", schema=SCHEMA)
    for column in ("seq", "prev", "hash", "payload_sealed"):
        op.drop_column("audit_events", column, schema=SCHEMA)
    op.add_column(
        "audit_events",
        sa.Column("data", json("data").type, nullable=False, server_default=sa.text("'{}'")),
        schema=SCHEMA,
    )
    op.alter_column("audit_events", "data", server_default=None, schema=SCHEMA)
    op.drop_column("tenants", "locked_at", schema=SCHEMA)


def _chain() -> None:
    for function in (_HASH, _CHAIN, _KEEP):
        op.execute(function)
    op.drop_column("audit_events", "data", schema=SCHEMA)
    for column in (
        big_number("seq", nullable=True),
        sealed("prev", nullable=True),
        sealed("hash", nullable=True),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False, server_default=sa.text("''::bytea")),
    ):
        op.add_column("audit_events", column, schema=SCHEMA)
    op.alter_column("audit_events", "payload_sealed", server_default=None, schema=SCHEMA)
    # The owner is bound by row-level security too, and this once has to see every tenant's rows.
    op.execute("alter table app.audit_events no force row level security")
    op.execute(_JOIN)
    op.execute("alter table app.audit_events force row level security")
    for name in ("seq", "prev", "hash"):
        op.alter_column("audit_events", name, nullable=False, schema=SCHEMA)
    op.create_unique_constraint(
        op.f("uq_audit_events_tenant_id_seq"), "audit_events", ["tenant_id", "seq"], schema=SCHEMA
    )
    index("audit_events", "tenant_id", "event", "created_at")
    op.execute(
        "create trigger chain before insert on app.audit_events for each row execute function app.chain_audit()"
    )
    op.execute(
        "create trigger keep before update or delete on app.audit_events for each row execute function app.keep_audit()"
    )
