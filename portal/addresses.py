"""The network address that a request is attributed to, decided in this one place."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 - nobody listens here: a request over a socket that has no addresses
# One customer has all of these addresses, so counting single ones would never reach a limit.
_OF_ONE_CUSTOMER = 64


def client_address(request: HttpRequest) -> str:
    """Where a request comes from, as seen by our own proxies (``PROXIES`` of them).

    The client's own claims are ignored.

    For an IPv6 address, only the network is returned.
    """
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if settings.PROXIES and len(hops) >= settings.PROXIES:
        forwarded = _parsed(hops[-settings.PROXIES])
        if forwarded:
            return _network(forwarded)
    direct = _parsed(request.META.get("REMOTE_ADDR", ""))
    return _network(direct) if direct else UNKNOWN


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it: with or without a port, in brackets or not."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _network(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if not address.is_global:
        return str(address)
    host_bits = 128 - _OF_ONE_CUSTOMER
    return str(IPv6Address(int(address) >> host_bits << host_bits))
