"""The one outbound HTTP client: known hosts only, explicit User-Agent, deadlines, no redirects, never inside a transaction."""

from __future__ import annotations

import asyncio
import socket
import ssl
import typing
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

import certifi
import httpcore
import httpx
from httpcore import AnyIOBackend

from core.db import refuse_network_in_transaction
from core.settings import Environment, Settings

USER_AGENT = "Gigwright/0.1 (personal assistant of a freelancer; contact: the operator of this installation)"
_PORTS = {"https": 443, "http": 80}


class ForeignHost(RuntimeError):
    """A bug of ours, or somebody's trick: a call to an address that no setting names."""


Place = tuple[str, str, int]
"""Scheme, host and port: what a setting allows."""


def known_places(settings: Settings) -> frozenset[Place]:
    """Every place outside that the settings name for this client."""
    urls = (
        settings.telegram_api_base,
        settings.upwork_authorize_url,
        settings.upwork_token_url,
        settings.upwork_graphql_url,
        settings.sms_api_base,
        settings.audit_anchor,
    )
    return frozenset(_place(url) for url in urls if url.startswith(("https://", "http://")))


def _place(url: str) -> Place:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet: not to this machine, its network or a cloud's inside."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and (inner := found.ipv4_mapped or found.sixtofour) is not None:
        found = inner
    return found.is_global and not found.is_multicast


class _PublicOnly(AnyIOBackend):
    """Connects to the very address that was checked: a name that answers differently a moment later gains nothing."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[typing.Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses or not all(map(is_public, addresses)):
            raise ForeignHost(f"{host} leads to an address inside")
        return await super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)


class _GuardedTransport(httpx.AsyncHTTPTransport):
    def __init__(self) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(cafile=certifi.where()),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=_PublicOnly(),
        )


def open_http(settings: Settings | None = None, *, timeout: float = 15.0) -> httpx.AsyncClient:
    """A client for the places that `settings` name; any other raises ForeignHost. In production it also refuses a known
    name that leads to a private or loopback address.

    Upwork's front door refuses default Python agents, and a followed redirect could carry a token elsewhere. Without
    settings there is no list to hold calls to: that is for tests and measurements, never for a process of the product.
    """
    places = None if settings is None else known_places(settings)

    async def guard(request: httpx.Request) -> None:
        refuse_network_in_transaction()
        if places is not None and (request.url.userinfo or _place(str(request.url)) not in places):
            raise ForeignHost(f"{request.url.scheme}://{request.url.host} is in no setting")

    production = settings is not None and settings.environment is Environment.PRODUCTION
    return httpx.AsyncClient(
        timeout=httpx.Timeout(timeout, connect=5.0),
        headers={"User-Agent": USER_AGENT},
        follow_redirects=False,
        event_hooks={"request": [guard]},
        trust_env=False,
        transport=_GuardedTransport() if production else None,
    )
