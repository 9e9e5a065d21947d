"""`python3.11 -m sandbox.install requirements.txt …`: make `.venv` and fill it, with visible progress.

Standard library only: it runs before anything is installed. pip's own words go to `.venv/install.log`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOG = VENV / "install.log"
SUPPORTED = (3, 11)


class InstallError(Exception):
    """The text tells a person what to do."""


def main(files: list[str]) -> int:
    try:
        _check_python()
        _make_venv()
        wanted = [pin for name in files for pin in pins(ROOT / name)]
        # Alone and first: asked for by another package, pip would choose a newer torch with gigabytes of GPU libraries.
        for pin in (pin for pin in wanted if pin.startswith("torch==")):
            _pip([pin], 1, f"{pin} (the largest part)")
        requirements = [argument for name in files for argument in ("-r", str(ROOT / name))]
        _pip(requirements, len(wanted), "packages")
    except InstallError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


def pins(path: Path) -> Iterator[str]:
    """The `name==version` lines of a requirements file."""
    for line in path.read_text().splitlines():
        pin = line.split("#", 1)[0].strip()
        if pin:
            yield pin


def _check_python() -> None:
    if sys.version_info[:2] != SUPPORTED:
        raise InstallError(
            f"Gigwright runs on Python 3.11; this is {sys.version.split(maxsplit=1)[0]}. "
            "Install Python 3.11 and say `make PYTHON=/path/to/python3.11`."
        )


def _make_venv() -> None:
    if _works(VENV / "bin" / "python"):
        return
    _say("Creating .venv")
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InstallError(
            f"{(done.stdout + done.stderr).strip()}\n\n.venv could not be made. On Debian and Ubuntu the package "
            "python3.11-venv is missing; install it and run the same command again."
        )


def _works(python: Path) -> bool:
    """Whether an earlier `.venv` still has its Python (it is lost when the system's Python moves)."""
    command = [str(python), "-c", f"import sys, pip; sys.exit(sys.version_info[:2] != {SUPPORTED})"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - fixed arguments
    except OSError:
        return False


def _pip(arguments: list[str], total: int, what: str) -> None:
    """One `pip install`, followed line by line. Raises InstallError with pip's last words when it fails."""
    command = [
        str(VENV / "bin/python"),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--progress-bar",
        "off",
        *arguments,
    ]
    _say(f"Installing {what}")
    started = time.monotonic()
    seen = 0
    tail: list[str] = []
    with (
        LOG.open("a") as log,
        subprocess.Popen(  # noqa: S603 - our own interpreter, pins from our own files
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as pip,
    ):
        assert pip.stdout is not None  # noqa: S101 - Popen was given a pipe
        for line in pip.stdout:
            log.write(line)
            tail = [*tail[-11:], line.rstrip()]
            if line.startswith(("Collecting ", "Requirement already satisfied: ")):
                seen += 1
                name = (
                    line.removeprefix("Requirement already satisfied: ")
                    .removeprefix("Collecting ")
                    .split()[0]
                )
                _progress(f"  {min(seen, total):>3}/{total}  {name}", minutely=seen % 20 == 0)
            elif line.lstrip().startswith("Downloading ") and "MB" in line:
                _progress(f"  {min(seen, total):>3}/{total}  {line.strip()}", minutely=True)
            elif line.startswith("Installing collected"):
                _progress("  unpacking, about a minute", minutely=True)
    if pip.returncode:
        raise InstallError(
            "\n".join(tail)
            + f"\n\npip could not install everything (the whole story: {LOG.relative_to(ROOT)}).\n"
            "Check the network and the free space, then run the same command again; it goes on where it stopped."
        )
    _progress(f"  done in {time.monotonic() - started:.0f} s", minutely=True, last=True)


def _say(text: str) -> None:
    print(text, flush=True)


def _progress(text: str, *, minutely: bool, last: bool = False) -> None:
    """On a terminal one line that changes; elsewhere only the lines worth keeping."""
    if sys.stdout.isatty():
        print(f"\r\x1b[2K{text[:100]}", end="\n" if last else "", flush=True)
    elif minutely:
        print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
