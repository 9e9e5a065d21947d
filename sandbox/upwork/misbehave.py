"""Turn an armed fault into what goes over the wire."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.upwork.faults import Fault
from sandbox.upwork.gate import Gate, blocked
from sandbox.upwork.wire import Cut, Hang


async def before(fault: Fault | None, gate: Gate) -> Response | None:
    """The answer of a fault that keeps the work from being done, or None."""
    if fault is None:
        return None
    match fault.kind:
        case "429":
            if fault.retry_after is not None:
                headers = {"Retry-After": str(fault.retry_after)}
                return PlainTextResponse("Too Many Requests", 429, headers=headers)
            return gate.too_many_requests()
        case "401":
            return unauthorized()
        case "403_html":
            return blocked()
        case "502":
            return PlainTextResponse("Bad Gateway", 502)
        case "hang":
            return Hang(fault.seconds)
        case "reset":
            return Cut(reset=True)
        case "drop_before":
            return Cut()
        case _:
            return None


def after(fault: Fault | None, answer: Response) -> Response:
    """What goes out once the work is done."""
    if fault is not None and fault.kind == "reset_after":
        return Cut(reset=True)
    if fault is not None and fault.kind == "truncated":
        return Cut(head=bytes(answer.body))
    return answer


def unauthorized() -> Response:
    """401; the body of the real one is not documented."""
    return JSONResponse({"message": "Authentication failed"}, 401)
