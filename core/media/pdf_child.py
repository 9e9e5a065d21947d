"""What runs in the child process: a PDF on its standard input, JSON on its standard output, and narrow walls around it."""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
from typing import Any

MOST_PAGES = 30
MOST_CHARACTERS = 60_000
MOST_SCANS = 4
LEAST_TEXT = 40
"""Letters below which a PDF counts as a scan: page numbers alone are no text."""

_PROCESSOR_SECONDS = 15
_MEMORY = 512 * 1024 * 1024
_MOST_SCAN_BYTES = 5 * 1024 * 1024
_IMAGES_A_PAGE = 20


def main() -> None:
    _wall_in()
    sys.stdout.write(json.dumps(_read(sys.stdin.buffer.read())))
    sys.stdout.flush()


def _wall_in() -> None:
    """Nothing this process does from here on can cost more than this."""
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(data: bytes) -> dict[str, Any]:
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.disable(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        # Many are locked against printing only: those open with no password at all.
        if reader.is_encrypted and not reader.decrypt(""):
            return {"problem": "pdf_locked"}
        pages = len(reader.pages)
        if pages > MOST_PAGES:
            return {"problem": "pdf_pages", "pages": pages}
        if not pages:
            return {"problem": "pdf_broken"}
        text = _text(reader)
        scans = [] if sum(sign.isalnum() for sign in text) >= LEAST_TEXT else _scans(reader)
    except MemoryError:
        return {"problem": "pdf_heavy"}
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OSError):
        # A decoder that trips over a hostile file trips in any of these ways.
        return {"problem": "pdf_broken"}
    return {"text": text, "pages": pages, "scans": scans}


def _text(reader: Any) -> str:
    parts: list[str] = []
    length = 0
    for page in reader.pages:
        part = page.extract_text() or ""
        parts.append(part)
        length += len(part)
        if length > MOST_CHARACTERS:
            break
    # A lone half of a pair has no place in JSON or in Telegram.
    return "\n".join(parts).encode("utf-8", "ignore").decode()[:MOST_CHARACTERS]


def _scans(reader: Any) -> list[str]:
    """The first pages' JPEGs, taken out as they are: nothing is unpacked here."""
    found: list[str] = []
    for page in reader.pages:
        best = b""
        for image in _images(page):
            if image.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
                data = bytes(image._data)  # noqa: SLF001 - the stream as it lies in the file; reading it would decode it
                if len(best) < len(data) <= _MOST_SCAN_BYTES:
                    best = data
        if best:
            found.append(base64.b64encode(best).decode())
        if len(found) == MOST_SCANS:
            break
    return found


def _images(page: Any) -> list[Any]:
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return []
    named = objects.get_object()
    shown = [named[name].get_object() for name in list(named)[:_IMAGES_A_PAGE]]
    return [item for item in shown if item.get("/Subtype") == "/Image"]
