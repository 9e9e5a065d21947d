"""Responses that break off: the connection is cut under the server's feet."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import struct
from pathlib import Path

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

DESCRIPTORS = Path("/dev/fd")


class Cut(Response):
    """Ends the connection instead of answering; with ``head`` the status line and half of a body go out first.

    ``reset`` sends RST (the peer sees a connection reset), otherwise FIN (the peer sees an early end).
    """

    def __init__(self, *, reset: bool = False, head: bytes | None = None) -> None:
        super().__init__()
        self._reset = reset
        self._head = head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._head is not None:
            length = str(len(self._head)).encode()
            headers = [(b"content-type", b"application/json"), (b"content-length", length)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            half = self._head[: len(self._head) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        if not cut_connection(scope.get("client"), reset=self._reset):
            message = "no socket of this peer: the cut works behind a real server only"
            raise ConnectionResetError(message)
        # returning earlier would make the server complain about a missing response
        while (await receive())["type"] != "http.disconnect":
            pass


class Hang(Response):
    """Keeps the caller waiting, then answers 504; ends at once when the caller gives up."""

    def __init__(self, seconds: float) -> None:
        super().__init__("Gateway Timeout", 504, media_type="text/plain")
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                while (await receive())["type"] != "http.disconnect":
                    pass
                return
        await super().__call__(scope, receive, send)


def cut_connection(peer: tuple[str, int] | None, *, reset: bool) -> bool:
    """Shut down this process's socket whose remote end is ``peer``; whether one was found.

    ASGI gives an application no handle on its transport, so the socket is found by its descriptor.
    """
    if peer is None:
        return False
    for entry in list(DESCRIPTORS.iterdir()):
        with contextlib.suppress(OSError):
            descriptor = int(entry.name)
            # asked before duplicating: a duplicate that turns out to be no socket would stay open for good
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            with socket.socket(fileno=os.dup(descriptor)) as duplicate:
                if duplicate.getpeername()[:2] != tuple(peer):
                    continue
                if reset:
                    duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    # disconnecting is the one way to send RST while another descriptor keeps the socket open
                    _disconnect(duplicate)
                else:
                    duplicate.shutdown(socket.SHUT_RDWR)
                return True
    return False


def _disconnect(connection: socket.socket) -> None:
    """Send RST by connecting to AF_UNSPEC (Linux); elsewhere an ordinary shutdown."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    unspecified = struct.pack("H14x", socket.AF_UNSPEC)
    if libc.connect(connection.fileno(), unspecified, len(unspecified)) != 0:
        connection.shutdown(socket.SHUT_RDWR)
