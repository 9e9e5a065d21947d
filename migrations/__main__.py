"""`python -m migrations upgrade`: Alembic without an ini file. Also: downgrade, check, lint, history, revision."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, OperationalError

from migrations import lint
from migrations.roles import WrongRole
from migrations.settings import MigrationSettings


def config(*, moves: bool = False) -> Config:
    """`moves` says that the schema changes, so that the grants follow it."""
    folder = Path(__file__).resolve().parent
    made = Config()
    made.set_main_option("script_location", str(folder))
    made.set_main_option("path_separator", "os")
    made.set_main_option("prepend_sys_path", str(folder.parent))
    made.attributes["moves"] = moves
    return made


def main(arguments: list[str]) -> int:
    verb, *rest = arguments or ["upgrade"]
    try:
        if verb == "upgrade":
            command.upgrade(config(moves=True), rest[0] if rest else "head")
        elif verb == "downgrade":
            command.downgrade(config(moves=True), rest[0] if rest else "-1")
        elif verb == "check":
            command.check(config())
        elif verb == "lint":
            return _lint()
        elif verb == "history":
            command.history(config(), verbose=True)
        elif verb == "revision":
            command.revision(config(), message=" ".join(rest), autogenerate=True)
        else:
            sys.stderr.write(
                f"unknown command {verb!r}; try: upgrade, downgrade, check, lint, history, revision\n"
            )
            return 2
    except ValidationError as error:
        missing = ", ".join(str(problem["loc"][0]).upper() for problem in error.errors())
        sys.stderr.write(f"set {missing} in the environment or in .env first\n")
        return 2
    except WrongRole as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except ArgumentError:
        sys.stderr.write("MIGRATION_DATABASE_URL or a DATABASE_URL_… is no address; see .env.example\n")
        return 2
    except (OperationalError, OSError) as error:
        sys.stderr.write(f"Postgres at MIGRATION_DATABASE_URL does not answer: {type(error).__name__}\n")
        return 1
    return 0


def _lint() -> int:
    """Print every hole in the isolation of tenants; 0 when there is none."""
    holes = lint.run(MigrationSettings().migration_database_url.get_secret_value())
    for hole in holes:
        sys.stdout.write(f"{hole}\n")
    sys.stdout.write(f"isolation: {len(holes)} holes\n")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
