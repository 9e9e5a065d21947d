"""Who is calling, and over what: forwarded headers are believed only when a proxy of ours wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import Scope

from core.settings import Settings

UNKNOWN = "unknown"
_HOPS = 20
_Address = IPv4Address | IPv6Address


class Proxies:
    """The networks of `TRUSTED_PROXIES`. Raises ValueError for an entry that is none."""

    def __init__(self, networks: str) -> None:
        self._networks: tuple[IPv4Network | IPv6Network, ...] = tuple(
            ip_network(part.strip(), strict=False) for part in networks.split(",") if part.strip()
        )

    @property
    def any(self) -> bool:
        return bool(self._networks)

    def trusts(self, address: str) -> bool:
        found = _read(address)
        return found is not None and self._holds(found)

    def _holds(self, address: _Address) -> bool:
        return any(address.version == network.version and address in network for network in self._networks)

    def client(self, scope: Scope) -> str:
        """The address nearest to us that is not a proxy of ours; "unknown" where there is none.

        Read from the right: everything further left was written by somebody whom nobody checked.
        """
        peer = _peer(scope)
        if not self.trusts(peer):
            return _canonical(peer)
        written = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
        for hop in reversed(written[-_HOPS:]):
            address = _read(hop)
            if address is None:
                # What a proxy of ours passed on without being an address names nobody; the proxy itself is meant then.
                return _canonical(peer)
            if not self._holds(address):
                return str(address)
        return _canonical(peer)

    def is_plain(self, scope: Scope) -> bool:
        """Whether the request is known to have come without TLS: by the proxy's word, or straight to us."""
        if not self.trusts(_peer(scope)):
            return self.any and scope["scheme"] == "http"
        told = Headers(scope=scope).get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
        return told == "http"


def address_of(request: Request, settings: Settings) -> str:
    """The caller's address: for limits and for the log, never for anything that needs proof of who they are."""
    return Proxies(settings.trusted_proxies).client(request.scope)


def limit_key(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that one IPv6 subscriber has to themselves."""
    found = _read(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False).network_address)
    return address


def _peer(scope: Scope) -> str:
    client: Iterable[object] | None = scope.get("client")
    return str(next(iter(client), "")) if client else ""


def _canonical(peer: str) -> str:
    found = _read(peer)
    return str(found) if found is not None else UNKNOWN


def _read(text: str) -> _Address | None:
    """An address as it may stand in the header: with brackets, a port, or as IPv4 in IPv6."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
