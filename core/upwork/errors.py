"""How talking to Upwork goes wrong, split by the one thing that matters for sending: could it have happened?

- `NotSent`: the effect did certainly not happen, and trying again later is safe.
- `Refused`: Upwork read the request and said no. It did not happen, and the same request will be refused again.
- `BytesLeft`: bytes may have left and no answer proves either outcome. Never send again; read back.

Reads raise the same types, plus plain `Unavailable` for an answer that could not be used.
"""

from __future__ import annotations

from core.errors import AppError, Unavailable


class NotSent(Unavailable):
    """Nothing was executed. `retry_after` is seconds."""

    code = "upwork_not_sent"


class Throttled(NotSent):
    """Upwork answered 429."""

    code = "upwork_throttled"


class Blocked(NotSent):
    """Upwork's front door answered 403 with a page for browsers."""

    code = "upwork_blocked"


class CircuitOpen(NotSent):
    """We stopped asking on our own after Upwork refused or failed repeatedly."""

    code = "upwork_paused"


class BytesLeft(AppError):
    """A mutation whose outcome is unknown."""

    code = "upwork_outcome_unknown"


class Refused(AppError):
    """Upwork's own refusal. `data["reason"]` is Upwork's text, cut to 300 characters: untrusted, show it as plain text."""

    code = "upwork_refused"


class MissingScope(Refused):
    """The key lacks the permission for something that cannot be left out. `data["fields"]` names it as `Type.field`."""

    code = "upwork_missing_scope"


class NotPermitted(Refused):
    """This account may not see or touch this object."""

    code = "upwork_not_permitted"
