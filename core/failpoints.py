"""Named places where a test may have the process die, to see that nothing is lost or done twice.

Outside of a test nothing can be armed, and a place that was not armed costs one comparison.
"""

from __future__ import annotations

import os

from core.settings import Environment

PLACES = frozenset(
    {
        "before_claim_commit",
        "after_claim",
        "after_on_wire_commit",
        "after_bytes_sent",
        "after_response",
        "after_sent_commit",
        "after_card_edit",
        "after_inbox_insert",
        "mid_erase",
        "mid_rewrap",
        "mid_export",
    }
)
_DIED = 137  # what a shell reports for SIGKILL

_armed: str | None = None


def arm(place: str, environment: Environment) -> None:
    """Die at this place, once. Raises RuntimeError in anything but a test, ValueError for a place that does not exist."""
    global _armed  # noqa: PLW0603 - one process dies at one place
    if environment is not Environment.TEST:
        raise RuntimeError("failpoints are for tests only")
    if place not in PLACES:
        raise ValueError(f"there is no failpoint {place!r}")
    _armed = place


def reach(place: str) -> None:
    """Called by the product at each place. `os._exit` runs nothing on the way out, like a kill."""
    if _armed == place:
        os._exit(_DIED)
