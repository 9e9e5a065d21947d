"""Whatever changes a row in the core notes an event in the same transaction, or is listed here with the reason why not.

Read from the code: a function that adds, inserts, updates or deletes rows and calls no `audit.record` itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.guards.recorded import is_record, trees

# A whole module, when nothing in it decides anything; else `module:function`.
NOT_NOTED: Mapping[str, frozenset[str]] = {
    "the queue, the inbox and what a chat waits for: delivery, not decisions": frozenset(
        {
            "core/accounts/dialogs.py",
            "core/inbox.py",
            "core/jobs.py",
            "core/work.py",
            "core/privacy/export.py:note_message",
            "core/security/stepup/service.py:note_message",
            "core/security/stepup/passing.py:resumed",
        }
    ),
    "what Upwork said, copied and deleted a day later: its decisions are Upwork's": frozenset(
        {
            "core/jobs_feed/intake.py",
            "core/jobs_feed/service.py:purge_postings",
            "core/messaging/service.py",
            "core/proposals/sync.py:_note",
            "core/purge.py",
        }
    ),
    "counters and leases": frozenset(
        {
            "core/access/quota.py:take",
            "core/proposals/execution.py:_ask_read_back",
            "core/security/key_uses.py",
            "core/security/lockout/service.py",
            "core/security/stepup/limits.py:limits_of",
            "core/upwork/tokens.py:_cool_down",
            "core/upwork/tokens.py:_take_lease",
        }
    ),
    "one step of a change that its only callers note as a whole": frozenset(
        {
            "core/access/logins.py:confirm",
            "core/accounts/service.py:claim_chat",
            "core/access/quota.py:note_spend",
            "core/access/refresh.py:_keep",
            "core/access/refresh.py:_use",
            "core/access/sessions.py:_end",
            "core/access/sessions.py:shorten_sessions",
            "core/drafting/service.py:write_reply",
            "core/learning/answers.py:note_answer",
            "core/learning/answers.py:take_back",
            "core/privacy/erasure.py:_end_actions",
            "core/proposals/approval.py:withdraw",
            "core/security/factors/backup.py",
            "core/security/factors/contacts.py:_retire",
            "core/security/factors/passkeys.py",
            "core/security/factors/service.py:_end_ways_in",
            "core/security/factors/totp.py",
            "core/security/keys.py:create_key",
            "core/security/stepup/passing.py:_close",
            "core/security/stepup/service.py:grant",
            "core/security/stepup/service.py:require_known_device",
            "core/upwork/confirming.py:_claim",
            "core/upwork/confirming.py:_erase",
        }
    ),
    "a link or a code that was only made: what it is used for is noted": frozenset(
        {
            "core/security/alerts/kill.py:new_kill_link",
            "core/security/factors/codes.py",
            "core/security/page_links.py",
        }
    ),
    "of no account, or after the account's last event": frozenset(
        {
            "core/access/logins.py:register",
            "core/access/system_secrets.py:SystemSecrets._load",
            "core/privacy/erasure.py:_forget_system_rows",
            "core/privacy/erasure.py:_shred",
            "core/privacy/erasure.py:delete_rows",
            "core/privacy/replay.py:quarantine",
        }
    ),
    "keeping to the times of the retention table, and keys that only changed their wrapping": frozenset(
        {
            "core/access/retention.py",
            "core/media/service.py:forget_media",
            "core/privacy/export.py:forget_old_exports",
            "core/security/factors/contacts.py:forget_replaced",
            "core/security/rotation.py:rewrap",
        }
    ),
    "the audit itself": frozenset({"core/security/audit.py:_write"}),
}
EXEMPT = frozenset().union(*NOT_NOTED.values())
_VERBS = frozenset({"insert", "update", "delete"})
_METHODS = frozenset({"add", "add_all", "delete", "merge"})


def changes(node: ast.AST) -> bool:
    """`session.add(…)`, `update(Table)`, or SQL that writes."""
    if not isinstance(node, ast.Call):
        return False
    function, first = node.func, node.args[0] if node.args else None
    if isinstance(function, ast.Attribute):
        return (
            isinstance(function.value, ast.Name)
            and function.value.id == "session"
            and function.attr in _METHODS
        )
    if not isinstance(function, ast.Name):
        return False
    if function.id == "text" and isinstance(first, ast.Constant):
        return any(f"{verb} " in str(first.value) for verb in _VERBS)
    return function.id in _VERBS and isinstance(first, ast.Name | ast.Attribute)


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{inner.name}", inner


def silent() -> set[tuple[str, str]]:
    """(module, function) of whatever changes rows and notes nothing."""
    return {
        (str(path), name)
        for path, tree in trees()
        if path.is_relative_to(Path("core"))
        for name, body in functions(tree)
        if any(changes(node) for node in ast.walk(body))
        and not any(is_record(node) for node in ast.walk(body))
    }


def test_whatever_changes_rows_notes_it_or_is_listed_with_a_reason() -> None:
    found = {
        f"{module}:{name}"
        for module, name in silent()
        if module not in EXEMPT and f"{module}:{name}" not in EXEMPT
    }
    assert found == set()


def test_the_list_names_nothing_that_is_not_there() -> None:
    here = {module for module, _ in silent()} | {f"{module}:{name}" for module, name in silent()}
    assert EXEMPT - here == set()


def test_the_search_sees_what_it_looks_for() -> None:
    """A function that deletes without a word, in every way that is used here."""
    for body in ("session.add(row)", "await session.execute(update(Draft))", 'text("delete from app.x")'):
        [(_, function)] = functions(ast.parse(f"async def f():\n    {body}"))
        assert any(changes(node) for node in ast.walk(function)), body
