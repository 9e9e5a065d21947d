"""The text of a PDF, read in a process of its own.

A PDF is a program for a stack of decoders, and it was made by a stranger. A thread could not be stopped when one of them runs
for ever, and its memory would be the worker's. A child process is given a few seconds of processor, half a gigabyte, no
environment and no open file, answers with JSON, and is killed when it does not.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import Invalid, Unavailable
from core.media.pdf_child import MOST_CHARACTERS, MOST_PAGES, MOST_SCANS

SECONDS = 20.0
_ROOT = Path(__file__).resolve().parents[2]
_MOST_ANSWER = 32 * 1024 * 1024
_SIDE_BY_SIDE = 2
_turns = asyncio.Semaphore(_SIDE_BY_SIDE)


@dataclass(frozen=True, slots=True)
class PdfContent:
    """What a PDF says. `scans` are pictures of its first pages, as they lie in the file, when it has no text."""

    text: str
    pages: int
    scans: tuple[bytes, ...] = ()


async def read_pdf(data: bytes, *, seconds: float = SECONDS) -> PdfContent:
    """Raises Invalid ("pdf_broken", "pdf_locked", "pdf_pages" with `limit` and `pages`, "pdf_heavy") or Unavailable."""
    async with _turns:
        answer = await _ask_child(data, seconds)
    if problem := answer.get("problem"):
        raise Invalid(reason=problem, limit=MOST_PAGES, pages=answer.get("pages", 0))
    return PdfContent(
        text=str(answer["text"])[:MOST_CHARACTERS],
        pages=int(answer["pages"]),
        scans=tuple(base64.b64decode(scan) for scan in answer["scans"][:MOST_SCANS]),
    )


async def _ask_child(data: bytes, seconds: float) -> dict[str, Any]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        # -I forgets the folder that the product lies in, and everything else from outside.
        f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from core.media.pdf_child import main; main()",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        cwd="/",
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await child.communicate(data)
    except TimeoutError:
        raise Invalid(reason="pdf_heavy") from None
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode != 0 or not output or len(output) > _MOST_ANSWER:
        # Out of processor or memory, or the decoder itself fell over.
        raise Invalid(reason="pdf_heavy")
    try:
        answer = json.loads(output)
    except ValueError:
        raise Unavailable("pdf") from None
    if not isinstance(answer, dict):
        raise Unavailable("pdf")
    return answer
