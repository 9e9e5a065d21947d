"""`python -m benchmarks [name …]`: run the measurements; without a name, those that need no data of yours.

Every figure stands beside a baseline of the same machine and moment, because seconds alone say nothing about a change.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks import alerts, alerts_delivery, experiments, inbox, learning, prediction, scoring, sealing
from benchmarks.contacts import __main__ as contacts

BENCHMARKS: dict[str, Callable[[], None]] = {
    "inbox": inbox.main,
    "sealing": sealing.main,
    "scoring": scoring.main,
    "alerts": alerts.main,
    "alerts-delivery": alerts_delivery.main,
    "contacts": contacts.main,
    "learning": learning.main,
    "prediction": prediction.main,
    "experiments": experiments.main,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
        return 2
    for name in names or BENCHMARKS:
        print(f"\n== {name}")
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
