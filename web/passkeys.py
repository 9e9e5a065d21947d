"""The one script of ours that pages with a passkey form load."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from web.pages import STATIC


@cache
def passkey_script() -> str:
    """Its address, which changes with its content. A form for it has `data-passkey` ("create" or "get"), `data-options` (the
    JSON of `PasskeyOptions`) and a field named `credential`; see the script itself."""
    return f"/static/passkey.js?v={sha256((STATIC / 'passkey.js').read_bytes()).hexdigest()[:10]}"
