"""Every call the bots made, in order, for tests and for curious people."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

KEPT_CALLS = 20_000


@dataclass(frozen=True, slots=True)
class SentCall:
    seq: int
    token_tail: str
    method: str
    params: dict[str, Any]
    status: int
    result: Any
    description: str | None
    at: str


class Outbox:
    """The last calls; polls are kept apart so that they do not crowd out the rest."""

    def __init__(self) -> None:
        self._calls: deque[SentCall] = deque(maxlen=KEPT_CALLS)
        self._polls: deque[SentCall] = deque(maxlen=1000)
        self._seq = 0

    def add(
        self,
        token: str,
        *,
        method: str,
        params: dict[str, Any],
        status: int,
        result: Any,
        description: str | None,
    ) -> None:
        self._seq += 1
        secret = token.partition(":")[2]
        tail = secret[-min(4, len(secret) // 2) :] if len(secret) > 1 else ""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        call = SentCall(self._seq, tail, method, params, status, result, description, now)
        quiet = method == "getUpdates" and status == 200
        (self._polls if quiet else self._calls).append(call)

    def after(self, seq: int, *, with_polls: bool = False) -> list[dict[str, Any]]:
        calls = [*self._calls, *(self._polls if with_polls else ())]
        return [asdict(call) for call in sorted(calls, key=lambda call: call.seq) if call.seq > seq]

    def clear(self) -> None:
        self._calls.clear()
        self._polls.clear()
