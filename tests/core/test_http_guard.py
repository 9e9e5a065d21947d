"""The outbound client goes to places the settings name, over the internet, and never where an answer sends it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpcore
import httpx
import pytest
from pydantic import SecretStr

from core.http import ForeignHost, is_public, known_places, open_http
from core.settings import Environment, Settings


@pytest.fixture
def production(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "environment": Environment.PRODUCTION,
            "upwork_graphql_url": "https://api.upwork.example/graphql",
            "sms_token": SecretStr("x"),
        }
    )


@pytest.mark.asvs("V1.3.6")
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/graphql",
        "http://api.upwork.example/graphql",
        "https://api.upwork.example:8443/graphql",
        "https://api.upwork.example.evil.example/",
        "https://api.upwork.example@evil.example/",
        "https://user@api.upwork.example/graphql",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:6379/",
        "http://[::1]/",
        "ftp://api.upwork.example/",
    ],
)
async def test_what_no_setting_names_is_not_called(production: Settings, url: str) -> None:
    async with open_http(production) as http:
        with pytest.raises((ForeignHost, httpx.UnsupportedProtocol)):
            await http.get(url)


@pytest.mark.asvs("V1.3.6")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 - an address to refuse, nothing is bound
        "10.0.0.1",
        "172.16.9.9",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "not an address",
    ],
)
async def test_a_known_name_that_leads_inside_is_not_called(
    production: Settings, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    assert not is_public(address)
    _names(monkeypatch, [address])
    async with open_http(production) as http:
        with pytest.raises(ForeignHost):
            await http.get("https://api.upwork.example/graphql")


@pytest.mark.asvs("V1.3.6")
async def test_one_inner_address_among_public_ones_is_enough_to_refuse(
    production: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _names(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    async with open_http(production) as http:
        with pytest.raises(ForeignHost):
            await http.get("https://api.upwork.example/graphql")


@pytest.mark.asvs("V1.3.6")
async def test_the_address_that_was_checked_is_the_one_that_is_called(
    production: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers with something inside the second time it is asked is asked once."""
    asked = _names(monkeypatch, ["93.184.216.34"], then=["127.0.0.1"])
    called: list[str] = []

    async def connect(_self: object, host: str, *_: object, **__: object) -> None:
        called.append(host)
        raise httpx.ConnectError("not in a test")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    async with open_http(production) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("https://api.upwork.example/graphql")
    assert called == ["93.184.216.34"]
    assert asked() == 1


def _names(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], then: list[str] | None = None
) -> Callable[[], int]:
    """Make every name lead there; returns how often one was asked for."""
    asked = 0

    async def answer(*_: object, **__: object) -> list[Any]:
        nonlocal asked
        asked += 1
        found = addresses if asked == 1 or then is None else then
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer)
    return lambda: asked


@pytest.fixture
async def sends_away() -> AsyncIterator[str]:
    """A server on loopback that answers every request with a redirect."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.asvs("V1.3.6")
async def test_a_redirect_is_an_answer_and_no_way(settings: Settings, sends_away: str) -> None:
    """Outside production loopback is allowed, where the sandbox is."""
    async with open_http(settings.model_copy(update={"upwork_graphql_url": sends_away})) as http:
        answer = await http.post(sends_away, headers={"authorization": "Bearer x"})
    assert answer.status_code == 302
    assert answer.history == []


def test_places_come_from_the_settings_alone(settings: Settings) -> None:
    assert ("https", "api.telegram.org", 443) in known_places(settings)
    assert not any("evil" in host for _, host, _ in known_places(settings))
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1::1")
