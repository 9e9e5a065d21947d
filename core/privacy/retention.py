"""`docs/retention.md`, written from the rules: `python -m core.privacy.retention`; a test wants the file to say the same.

The words around the table are here as well, so that there is one source.
"""

from __future__ import annotations

import sys
from pathlib import Path

from core.privacy.rules import RULES, Basis, Erase, Export, Group, Rule

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "retention.md"

_HEAD = """# What is kept, how long, and how it goes

Written by `python -m core.privacy.retention` from `core/privacy/rules.py`; a test fails when they differ, and another one fails
for a table without a rule. People read the same, table groups instead of tables, at `/privacy`.

"""

_TAIL = """
## Getting a copy, leaving

`/export` asks for a step-up, then a worker (`EXPORT_DATA`) reads every table by its rule, opens what is sealed, and
stores a ZIP under the account's own key. A one-time link in the chat leads to the download: ten minutes, one browser,
one download; another link takes another step-up. The ZIP is emptied after 24 hours. Columns and tables marked *held*
are named in it and not given out.

`/forget` asks twice and for a step-up. From then on nothing is sent. The worker (`ERASE_TENANT`) waits for an action
that is on the wire, revokes the consent at Upwork, deletes the bot's messages of the last two days, notes the erasure
outside the database (`ERASURE_LOG`, and a last anchor of the audit chain), destroys the data key, and deletes the rows.
It may be killed anywhere and goes on where it was. Two minutes later it looks once more for what a job that was running
put back.

## Backups

The data keys (`app.tenant_keys`) belong into a backup of their own that is kept seven days at most; the main backup
goes without them. Then an erased account is unreadable in every older main backup as soon as the last copy of its key
has lapsed:

    pg_dump -Fc --exclude-table-data=app.tenant_keys -f main.dump gigwright       # kept as long as you like
    pg_dump -Fc --data-only -t app.tenant_keys -f keys.dump gigwright             # kept seven days

`ERASURE_LOG`, `AUDIT_ANCHOR` and the key-encryption keys lie outside the database and must survive its loss: keep them
on another disk. Every worker of the kind `upkeep` must see the same `ERASURE_LOG`. A backup is readable only together
with the keys and a key-encryption key of their version, so a retired version is kept (offline) as long as the oldest
keys backup: seven days.

## After restoring one

Before any process is started:

    pg_restore --clean --if-exists -d gigwright main.dump && pg_restore --data-only -d gigwright keys.dump
    python -m core.privacy.replay --restored

This erases again whoever was erased since the backup. What the backup takes for approved or on its way may have been
sent meanwhile: it is quarantined, Upwork is asked, and nothing is sent by itself; what is not found waits for its
person. Logins from the time of the backup end. Used backup codes come back with a backup: tell people to make new ones
at the next step-up. Locks set and roles taken away since the backup are undone with it: set them again
before the bot starts. The mails about locks tell of those; of roles keep a note outside.

## Rotating the key-encryption keys

1. Put a key with a higher version into the ring (`KEY_ENCRYPTION_KEYS`, `KEY_ENCRYPTION_FILE` or what
   `KEY_ENCRYPTION_COMMAND` prints). Processes with a file or a command find it by themselves within a minute or two;
   those with `KEY_ENCRYPTION_KEYS` are stopped together and started again, because one that still has the old ring
   cannot open what one with the new ring seals. Messages to the bot wait meanwhile.
2. `make rotate-keys` moves every data key and the installation's own secrets under it, while everything runs. Killed,
   it goes on with the next call.
3. `make rotate-keys ARGS="--check 1"` says whether version 1 is still needed. Updates on their way in and logins that
   wait to be confirmed pass by themselves within a day; anchors of the audit are written anew once a day.
4. Take version 1 out of the ring, and keep it offline for the seven days of the keys backup.

Data keys themselves are not replaced: the audit chain is made over what they sealed, so new ones would break it.

`KEY_ENCRYPTION_COMMAND` runs at the start of each process, and again when a newer key is heard of (at most every 30
seconds), without a shell, for 20 seconds at most. It is the place for a KMS or an HSM: the ring lies encrypted beside
the process and the vendor's tool opens it. The opened ring then lives in the memory of the process; a KMS that wraps
and unwraps every single data key is not supported, because each transaction opens one.
"""

_COLUMNS = ("| Table | What for | Kept | In a copy | Erased | Art. 6(1) |", "|---|---|---|---|---|---|")
_EXPORT = {Export.ROWS: "in full", Export.HELD: "held: named only", Export.NOTHING: "about nobody"}
_ERASE = {
    Erase.CASCADE: "with the account",
    Erase.BY_TENANT: "by the account's id",
    Erase.BY_CHAT: "by the chat: emptied, the number stays 48 hours",
    Erase.STAYS: "stays",
}
_BASIS = {
    Basis.CONTRACT: "(b) contract",
    Basis.INTEREST: "(f) interest",
    Basis.CONSENT: "(a) consent",
    Basis.DUTY: "(c) duty",
}


def document() -> str:
    return _HEAD + "\n".join(_group(group) for group in Group) + _TAIL


def _group(group: Group) -> str:
    rows = [_row(name, rule) for name, rule in RULES.items() if rule.group is group]
    return "\n".join((f"## {group.value.capitalize()}", "", *_COLUMNS, *rows, ""))


def _row(name: str, rule: Rule) -> str:
    given = _EXPORT[rule.export]
    if rule.held:
        given += f", but held: {', '.join(f'`{column}`' for column in sorted(rule.held))}"
    return f"| `{name}` | {rule.why} | {rule.keep} | {given} | {_ERASE[rule.erase]} | {_BASIS[rule.basis]} |"


def main() -> int:
    DOCUMENT.write_text(document())
    sys.stdout.write(f"{DOCUMENT} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
