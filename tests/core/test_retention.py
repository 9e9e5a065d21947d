"""The document says what the rules say, and what they promise about time is what the jobs do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import Clock
from core.jobs import Job
from core.privacy import retention
from core.privacy.consent import processors
from core.privacy.rules import RULES, Basis, Erase, Export, Group
from core.privacy.tables import TABLES
from core.purge import USAGE_LIFE
from core.settings import Settings
from migrations.access import ACCESS, Role, parse
from tests.core.acting import Desk, OwnerSql


def test_the_document_is_what_the_rules_make_of_it() -> None:
    assert retention.DOCUMENT.read_text() == retention.document(), "run: python -m core.privacy.retention"


def test_every_table_is_in_the_document_once() -> None:
    text = retention.document()
    for name in RULES:
        assert text.count(f"| `{name}` |") == 1


def test_every_group_has_tables_and_every_choice_is_made_somewhere() -> None:
    assert {rule.group for rule in RULES.values()} == set(Group)
    assert {rule.export for rule in RULES.values()} == set(Export)
    assert {rule.erase for rule in RULES.values()} == set(Erase)
    assert {rule.basis for rule in RULES.values()} <= set(Basis)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.export is not Export.NOTHING])
def test_the_process_that_makes_copies_may_read_what_it_gives_out_and_no_more(name: str) -> None:
    given = dict(parse(ACCESS[name][Role.UPKEEP]))
    assert "select" in given, f"{name}: a copy would miss it; give gigwright_upkeep the right to read it"
    columns = set(given["select"]) or set(TABLES[name].columns.keys())
    rule = RULES[name]
    if rule.export is Export.ROWS:
        assert set(TABLES[name].columns.keys()) - rule.held <= columns
    else:
        assert "tenant_id" in columns


def test_secrets_of_factors_are_out_of_its_reach() -> None:
    for table in ("factors", "web_logins", "backup_codes", "refresh_tokens", "passkey_challenges"):
        columns = set(dict(parse(ACCESS[table][Role.UPKEEP]))["select"])
        assert columns, table
        assert not columns & RULES[table].held


async def test_old_request_counts_go(desk: Desk, owner_sql: OwnerSql, clock: Clock) -> None:
    olena = await desk.freelancer()
    for days in (0, 34, 36, 400):
        await owner_sql(
            "insert into app.upwork_usage (day, tenant_id, requests) values (:day, :t, 1) on conflict do nothing",
            day=(clock.now() - timedelta(days=days)).date(),
            t=olena.tenant_id,
        )
    await olena.ask(Job.PURGE_CONTENT)
    [[oldest]] = await owner_sql(
        "select min(day) from app.upwork_usage where tenant_id = :t", t=olena.tenant_id
    )
    assert oldest == (clock.now() - timedelta(days=34)).date()
    assert f"{USAGE_LIFE.days} days" in RULES["upwork_usage"].keep


def test_vendors_are_named_only_when_their_key_is_set(settings: Settings) -> None:
    assert processors(settings) == ()
    both = settings.model_copy(
        update=dict.fromkeys(("openai_api_key", "anthropic_api_key"), settings.upwork_client_secret)
    )
    assert processors(both) == ("anthropic", "openai")
    assert processors(both.model_copy(update={"llm_order": "openai"})) == ("openai", "anthropic")
