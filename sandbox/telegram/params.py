"""The parameters of one Bot API call, however they were encoded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from sandbox.telegram import strict_json
from sandbox.telegram.errors import ApiError, bad_request

FIELD_LIMIT = 8 * 1024 * 1024
BODY_LIMIT = 64 * 1024 * 1024
_NESTED = {
    "reply_markup",
    "entities",
    "caption_entities",
    "media",
    "commands",
    "scope",
    "reply_parameters",
    "link_preview_options",
    "allowed_updates",
    "message_ids",
    "reaction",
    "menu_button",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """One file part of a multipart body."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Params:
    """Values by name; strings from forms, any JSON value from JSON bodies."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool | dict | list):
            raise bad_request(f'field "{name}" must be of type String')
        text = str(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
        return text

    def integer(self, name: str) -> int | None:
        value = self.values.get(name)
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, int):
            return value
        try:
            return int(str(value).strip()) if value is not None else None
        except ValueError:
            return None

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).strip().lower() in {"true", "yes", "1"}

    def nested(self, name: str) -> Any:
        """A JSON value, whether it came as JSON or as a string holding JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return strict_json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def items(self, name: str) -> list[Any] | None:
        value = self.nested(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise bad_request(f"expected an Array of {name.replace('_', ' ')}")
        return value

    def object(self, name: str) -> dict[str, Any] | None:
        value = self.nested(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise bad_request(f"object expected as {name.replace('_', ' ')}")
        return value

    def readable(self) -> dict[str, Any]:
        """For the outbox: nested JSON opened, files described without their bytes."""
        shown: dict[str, Any] = {}
        for name, value in self.values.items():
            shown[name] = value
            if name in _NESTED and isinstance(value, str):
                try:
                    shown[name] = strict_json.loads(value)
                except ValueError:
                    shown[name] = value
        for name, upload in self.files.items():
            shown[name] = {"file_name": upload.name, "mime_type": upload.mime, "size": len(upload.data)}
        return shown


async def read_params(
    query: Mapping[str, str], headers: Mapping[str, str], body: AsyncIterator[bytes]
) -> Params:
    """Read query and body (JSON, urlencoded or multipart; chunked or not) into one set of values."""
    values: dict[str, Any] = dict(query)
    files: dict[str, Upload] = {}
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        await _read_multipart(headers, body, values, files)
        return Params(values, files)
    data = b"".join([chunk async for chunk in _limited(body)])
    if not data:
        return Params(values, files)
    if kind == "application/json":
        try:
            decoded = strict_json.loads(data)
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(decoded, dict):
            raise bad_request("object expected")
        values |= {name: value for name, value in decoded.items() if value is not None}
    else:
        text = data.decode("utf-8", "replace")
        values |= dict(parse_qsl(text, keep_blank_values=True))
    return Params(values, files)


async def _limited(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size > BODY_LIMIT:
            raise ApiError(413, "Request Entity Too Large")
        yield chunk


async def _read_multipart(
    headers: Mapping[str, str], body: AsyncIterator[bytes], values: dict[str, Any], files: dict[str, Upload]
) -> None:
    async def stream() -> Any:
        async for chunk in _limited(body):
            yield chunk
        yield b""

    try:
        form = await MultiPartParser(Headers(dict(headers)), stream(), max_part_size=FIELD_LIMIT).parse()
    except (MultiPartException, KeyError):
        raise bad_request("can't parse multipart form data") from None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            data = await value.read()
            await value.close()
            mime = value.content_type or "application/octet-stream"
            files[name] = Upload(value.filename or name, mime, data)
        else:
            values[name] = value
