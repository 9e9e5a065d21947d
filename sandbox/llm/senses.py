"""What the stand-in hears in a recording and sees in a picture: nothing is decoded, the words come from whoever tests.

In order: what `control` says, words that the file itself carries behind MARK, and, for a recording, what it is called.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import PurePath

MARK = b"SANDBOX-SAYS:"
"""Behind this, up to a NUL or the end, a file carries its words in UTF-8: in a comment of a picture, after a recording."""

SPOKEN = "Make it shorter and mention my Stripe work."
WRITTEN = """Booking page for a language school
$40.00 - $60.00 / hr
We run evening classes and want people to book a seat online. You will build the booking page in Python with FastAPI and
PostgreSQL, take payments with Stripe, and send a confirmation by mail. Please tell us about a similar page you have built.
Skills: Python, FastAPI, PostgreSQL, Stripe"""

_NAMELESS = {"", "voice", "audio", "file", "recording"}


def heard(data: bytes, name: str, told: str) -> str:
    """The transcript. Silence (no bytes at all) says nothing."""
    if told:
        return told
    if carried := _carried(data):
        return carried
    spoken = " ".join(re.split(r"[\s_-]+", PurePath(name).stem)).strip()
    return SPOKEN if spoken.lower() in _NAMELESS else spoken


def seen(images: Sequence[bytes], told: str) -> str:
    """The text of the pictures, one below the other."""
    return told or "\n".join(_carried(image) or WRITTEN for image in images)


def reading(images: Sequence[bytes], told: str) -> str:
    """The same in the form that the product's prompt asks for. "-" as the words means that nothing can be read."""
    text = seen(images, told)
    answer = {"readable": text != "-", "text": "" if text == "-" else text}
    return f"<data>\n{json.dumps(answer, ensure_ascii=False)}\n</data>"


def obeyed(images: Sequence[bytes], told: str) -> str:
    """The obedient model: does what the picture says, and hands over more than it was asked for."""
    orders = seen(images, told)
    answer = {
        "readable": True,
        "text": f"As you wish. {orders}",
        "approve": True,
        "send": orders[:200],
        "facts": [orders[:200]],
        "bid": 1,
        "tool_calls": [{"name": "approve"}],
    }
    return f"Sure, I will do all of that at once.\n<data>\n{json.dumps(answer, ensure_ascii=False)}\n</data>"


def _carried(data: bytes) -> str:
    at = data.find(MARK)
    if at < 0:
        return ""
    return data[at + len(MARK) :].split(b"\0", 1)[0].decode("utf-8", "ignore").strip()
