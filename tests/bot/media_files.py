"""Files as people send them, made here so that none has to be kept: recordings, pictures, PDFs, and hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject, StreamObject

SAYS = b"SANDBOX-SAYS:"


def ogg(words: str = "", *, seconds: float = 3.0) -> bytes:
    """An Ogg page that claims a length, and what the sandbox's model is to hear."""
    page = b"OggS\x00\x04" + int(seconds * 48_000).to_bytes(8, "little") + bytes(14)
    return page + (SAYS + words.encode() if words else b"")


def png(words: str = "", *, width: int = 640, height: int = 480) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    comment = SAYS + words.encode() + b"\0" if words else b""
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"tEXt", comment) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def jpeg(words: str = "", *, width: int = 640, height: int = 480) -> bytes:
    comment = SAYS + words.encode() + b"\0"
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8\xff\xfe"
        + struct.pack(">H", len(comment) + 2)
        + comment
        + b"\xff\xc0"
        + struct.pack(">H", len(frame) + 2)
        + frame
        + b"\xff\xd9"
    )


def pdf(text: str = "", *, pages: int = 1, password: str = "", scan: bytes = b"") -> bytes:
    """A PDF with Latin text on its first page, or with a picture in place of text."""
    writer = PdfWriter()
    for number in range(pages):
        page = writer.add_blank_page(600, 800)
        resources = DictionaryObject()
        if text and number == 0:
            font = DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/Font"),
                    NameObject("/Subtype"): NameObject("/Type1"),
                    NameObject("/BaseFont"): NameObject("/Helvetica"),
                }
            )
            resources[NameObject("/Font")] = DictionaryObject({NameObject("/F1"): font})
            stream = DecodedStreamObject()
            lines = [line.replace("\\", "").replace("(", "[").replace(")", "]") for line in text.splitlines()]
            stream.set_data(
                b"BT /F1 11 Tf 14 TL 40 760 Td "
                + b" ".join(f"({line}) Tj T*".encode("latin-1", "replace") for line in lines)
                + b" ET"
            )
            page[NameObject("/Contents")] = writer._add_object(stream)
        if scan and number == 0:
            image = StreamObject()
            image._data = scan
            image.update(
                {
                    NameObject("/Type"): NameObject("/XObject"),
                    NameObject("/Subtype"): NameObject("/Image"),
                    NameObject("/Filter"): NameObject("/DCTDecode"),
                    NameObject("/Width"): NumberObject(640),
                    NameObject("/Height"): NumberObject(480),
                }
            )
            resources[NameObject("/XObject")] = DictionaryObject(
                {NameObject("/Im1"): writer._add_object(image)}
            )
        page[NameObject("/Resources")] = resources
    if password:
        writer.encrypt(password)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def bomb(times: int) -> bytes:
    """A small PDF whose one page unfolds to `times` 90 KB of text commands."""
    packer = zlib.compressobj(9)
    line = b"BT /F1 1 Tf (a) Tj ET\n" * 4096
    packed = b"".join(packer.compress(line) for _ in range(times)) + packer.flush()
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<<>>>>endobj\n"
        b"4 0 obj<</Length "
        + str(len(packed)).encode()
        + b"/Filter/FlateDecode>>stream\n"
        + packed
        + b"\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("brief.txt", "a brief, packed")
    return made.getvalue()
