"""What a file is, by its first bytes: names and types are whatever the sender wrote there."""

from __future__ import annotations

import struct
from dataclasses import dataclass

MOST_BYTES = 20 * 1024 * 1024
"""What Telegram lets a bot download."""
MOST_IMAGE_BYTES = 5 * 1024 * 1024
"""The least that the vendors take for one picture."""
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 8000

_OPUS_RATE = 48_000
_BYTES_A_SECOND = 16_000
"""128 kbit/s: more than a voice note needs, so whoever sends more bytes than the minutes allow sends something longer."""


@dataclass(frozen=True, slots=True)
class ImageKind:
    """The type a vendor is told, and the sides in pixels that the header claims."""

    mime: str
    width: int
    height: int

    @property
    def bearable(self) -> bool:
        """A small file may unfold to gigabytes; nobody here or at the vendor's should have to find out."""
        return (
            0 < self.width <= LONGEST_SIDE
            and 0 < self.height <= LONGEST_SIDE
            and self.width * self.height <= MOST_PIXELS
        )


def is_pdf(data: bytes) -> bool:
    """The mark may follow a few bytes of junk, as readers allow."""
    return b"%PDF-" in data[:1024]


def image_kind(data: bytes) -> ImageKind | None:
    """JPEG, PNG or WebP with a header that can be read, else None."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) >= 24:
        return ImageKind("image/png", *struct.unpack(">II", data[16:24]))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    return None


def _webp(data: bytes) -> ImageKind | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", data[26:30]))
    else:
        return None
    return ImageKind("image/webp", width, height)


def _jpeg(data: bytes) -> ImageKind | None:
    """The sides stand in the first frame header; what comes before is skipped by its stated length."""
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return ImageKind("image/jpeg", width, height)
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def audio_extension(data: bytes) -> str | None:
    """How a file of this content is called: the transcription vendors go by the name's ending."""
    if data[:4] == b"OggS":
        return "ogg"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] == b"fLaC":
        return "flac"
    if data[:4] == b"\x1aE\xdf\xa3":
        return "webm"
    if data[4:8] == b"ftyp":
        return "m4a" if data[8:11] == b"M4A" else "mp4"
    if data[:3] == b"ID3" or (data[:1] == b"\xff" and data[1:2] and data[1] & 0xE6 == 0xE2):
        return "mp3"
    return None


def audio_seconds(data: bytes, claimed: float) -> float:
    """How long it plays: Ogg says so itself, of others only what the sender's app claimed is known, never below 1."""
    return max(1.0, claimed, _ogg_seconds(data))


def _ogg_seconds(data: bytes) -> float:
    """From the last page's position, in samples of Opus."""
    at = data.rfind(b"OggS")
    if data[:4] != b"OggS" or at < 0 or len(data) < at + 14:
        return 0.0
    position = int.from_bytes(data[at + 6 : at + 14], "little", signed=True)
    return max(0, position) / _OPUS_RATE


def bytes_for(minutes: int) -> int:
    """The most bytes that a recording of so many minutes may have."""
    return min(MOST_BYTES, minutes * 60 * _BYTES_A_SECOND)
