"""Files inside messages: storing them and describing them as the Bot API does."""

from __future__ import annotations

import mimetypes
import re
import struct
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

from sandbox.telegram.errors import bad_request
from sandbox.telegram.params import Params, Upload
from sandbox.telegram.state import StoredFile
from sandbox.telegram.world import World

MEDIA_KINDS = {"photo", "document", "voice"}
PHOTO_LIMIT = 10 * 1024 * 1024
FILE_LIMIT = 50 * 1024 * 1024
_FOLDERS = {
    "photo": "photos",
    "document": "documents",
    "voice": "voice",
    "audio": "music",
    "video_note": "video_notes",
    "sticker": "stickers",
}
_SUFFIXES = {"photo": ".jpg", "voice": ".oga", "video_note": ".mp4", "sticker": ".webp"}


def image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF, JPEG or WebP."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data[:6] in {b"GIF87a", b"GIF89a"} and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp_size(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    match data[12:16]:
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case _:
            return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


def store_upload(world: World, bot_id: int, kind: str, upload: Upload) -> StoredFile:
    """Keep the bytes under a new file id."""
    number = world.next_id(f"file:{bot_id}", 0)
    name = PurePosixPath(re.sub(r"[\x00-\x1f\\/]+", "_", upload.name) or "file").name[:128]
    suffix = _SUFFIXES.get(kind) or PurePosixPath(name).suffix
    mime = upload.mime
    if mime == "application/octet-stream" or not re.fullmatch(r"[\w.+-]+/[\w.+-]+", mime):
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    size = image_size(upload.data) or (0, 0)
    stored = StoredFile(
        file_id=f"{kind[:2].upper()}{uuid4().hex}{uuid4().hex[:20]}",
        unique_id=f"AQ{uuid4().hex[:14]}",
        bot_id=bot_id,
        kind=kind,
        path=f"{_FOLDERS.get(kind, kind)}/file_{number}{suffix}",
        name=name,
        mime=mime,
        size=len(upload.data),
        width=size[0],
        height=size[1],
    )
    world.save_file(stored, upload.data)
    return stored


def describe(stored: StoredFile, *, duration: int = 0) -> dict[str, Any]:
    """The media field of a message holding this file."""
    shown: dict[str, Any] = {"file_id": stored.file_id, "file_unique_id": stored.unique_id}
    match stored.kind:
        case "photo":
            size = {"width": stored.width or 640, "height": stored.height or 480}
            return {"photo": [shown | {"file_size": stored.size} | size]}
        case "voice":
            return {
                "voice": {"duration": duration, "mime_type": stored.mime, **shown, "file_size": stored.size}
            }
        case "audio":
            named = {"file_name": stored.name, "mime_type": stored.mime}
            return {"audio": {"duration": duration} | named | shown | {"file_size": stored.size}}
        case "video_note":
            return {"video_note": {"length": 240, "duration": duration} | shown | {"file_size": stored.size}}
        case "sticker":
            size = {"width": stored.width or 512, "height": stored.height or 512}
            extras = {"type": "regular", "is_animated": False, "is_video": False, "emoji": "🙂"}
            return {"sticker": size | extras | shown | {"file_size": stored.size}}
        case _:
            named = {"file_name": stored.name, "mime_type": stored.mime}
            return {"document": named | shown | {"file_size": stored.size}}


def media_content(
    world: World, bot_id: int, kind: str, given: Upload | str, params: Params
) -> dict[str, Any]:
    """The media field for a bot's upload or for a file it already knows."""
    if isinstance(given, str):
        if re.match(r"(?i)https?://", given):
            # The sandbox never fetches anything, as if the address did not answer.
            raise bad_request("failed to get HTTP URL content")
        stored = world.files.get(given)
        if stored is None or stored.bot_id != bot_id:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if stored.kind != kind:
            raise bad_request(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
        return describe(stored, duration=params.integer("duration") or 0)
    if not given.data:
        raise bad_request("file must be non-empty")
    if len(given.data) > (PHOTO_LIMIT if kind == "photo" else FILE_LIMIT):
        raise bad_request("file is too big")
    if kind == "photo" and image_size(given.data) is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    stored = store_upload(world, bot_id, kind, given)
    return describe(stored, duration=params.integer("duration") or 0)
