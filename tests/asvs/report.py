"""`python tests/asvs/report.py [pytest arguments]`: run the tests that prove an ASVS item and say which items they prove.

A test names its items with `@pytest.mark.asvs("V8.2.2")`. An item counts when a test of it passed and none of them failed.
The exit status is that of the tests; items nobody proves are listed, and make it 1 too.
"""

from __future__ import annotations

import runpy
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

# Run as a file: a package of that name that came with a library hides this folder from `python -m`.
IDS: tuple[str, ...] = runpy.run_path(str(Path(__file__).with_name("ids.py")))["IDS"]


class Proofs:
    """Collects the outcome of every marked test, by item."""

    def __init__(self) -> None:
        self.passed: dict[str, set[str]] = defaultdict(set)
        self.broken: dict[str, set[str]] = defaultdict(set)
        self.unknown: set[str] = set()

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The items travel in the report (see tests/conftest.py), so the tests may run in several processes."""
        for name in (str(value) for key, value in report.user_properties if key == "asvs"):
            if name not in IDS:
                self.unknown.add(name)
            elif report.failed or (report.skipped and report.when == "setup"):
                self.broken[name].add(report.nodeid)
            elif report.when == "call" and report.passed:
                self.passed[name].add(report.nodeid)

    def lines(self) -> list[str]:
        """What is proven, what is not, and the count last."""
        proven = [name for name in IDS if name in self.passed and name not in self.broken]
        lines = [f"{name}: {_tests(self.passed[name])}" for name in proven]
        lines += [f"{name}: a test of it failed or was skipped" for name in IDS if name in self.broken]
        lines += [f"{name}: no test" for name in IDS if name not in self.passed and name not in self.broken]
        lines += [f"{name}: not an item of ours" for name in sorted(self.unknown)]
        return [*lines, f"ASVS {len(proven)}/{len(IDS)}"]

    @property
    def complete(self) -> bool:
        return not self.broken and not self.unknown and set(IDS) <= set(self.passed)


def _tests(found: set[str]) -> str:
    return f"{len(found)} test{'' if len(found) == 1 else 's'}"


def main(arguments: Sequence[str]) -> int:
    proofs = Proofs()
    status = pytest.main(["-m", "asvs", "-q", "--durations=0", *arguments], plugins=[proofs])
    print("\n".join(["", *proofs.lines()]))  # noqa: T201 - this is what it is for
    return int(status) or int(not proofs.complete)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
