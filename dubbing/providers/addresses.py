"""Which addresses may be handed to a provider, or taken from one and connected to.

The URL functions are pure and never resolve a name; ``resolves_publicly`` and ``allowed`` judge resolved addresses. A
public name can resolve to a private address (perhaps only the second time), so a URL that passed here is judged again
by its address when connecting: see ``network.Backend``.
"""

from __future__ import annotations

import re
import socket
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

LONGEST = 8192
_PRINTABLE = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces, control characters and the backslash
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOCAL_SUFFIXES = frozenset(
    {"localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "test", "invalid"}
    | {"onion", "arpa"}
)
_LOCAL_NETWORKS = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")


class _Nature(Enum):
    PUBLIC = "public"
    LOCAL = "local"
    REFUSED = "refused"


def is_public_https(url: str) -> bool:
    """Whether ``url`` is https to a host that looks public, in plain spelling."""
    split = _split(url)
    return split is not None and split.scheme == "https" and _nature(split) is _Nature.PUBLIC


def is_local(url: str) -> bool:
    """Whether ``url`` is http(s) to this machine or a private network, by its address or by its name."""
    split = _split(url)
    return split is not None and _nature(split) is _Nature.LOCAL


def acceptable(url: str, *, near: str) -> bool:
    """Whether a provider based at ``near`` may be given ``url``, or may give it to us.

    Public https always; addresses of this machine or a private network only if the provider is there too.
    """
    return is_public_https(url) or (is_local(near) and is_local(url))


def resolves_publicly(host: str) -> bool:
    """Whether ``host`` resolves, and only to public addresses. Asks the resolver, so it may take seconds."""
    try:
        addresses = resolve(host, 443)
    except OSError:
        return False
    return bool(addresses) and all(map(is_public_address, addresses))


def resolve(host: str, port: int) -> list[str]:
    """The distinct IP addresses of ``host``, best first; raises ``OSError`` when there are none."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"not a host name: {error.__class__.__name__}") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in answers))


def allowed(address: str, *, near: str) -> bool:
    """Whether we may connect to the IP ``address`` because a provider based at ``near`` told us to."""
    return is_public_address(address) or (is_local(near) and is_local_address(address))


def is_public_address(address: str) -> bool:
    """Whether an IP address is publicly routed, even if it is an IPv4 address wrapped in IPv6.

    Addresses of 6to4 (RFC 7526) and Teredo are not: both are out of use, and a relay decides where they lead.
    """
    ip = _ip(address)
    if isinstance(ip, IPv6Address) and (ip.sixtofour or ip.teredo):
        return False
    ip = _unwrapped(ip)
    if isinstance(ip, IPv6Address):
        return ip in _GLOBAL_UNICAST and ip.is_global
    return ip is not None and ip.is_global and not (ip.is_multicast or ip.is_reserved)


def is_local_address(address: str) -> bool:
    """Whether an IP address is loopback or private; link-local (where clouds keep their secrets) is neither."""
    ip = _unwrapped(_ip(address))
    return ip is not None and any(ip in network for network in _LOCAL_NETWORKS)


def _split(url: str) -> SplitResult | None:
    if len(url) > LONGEST or not _PRINTABLE.fullmatch(url):
        return None
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        return None
    good = split.scheme in ("http", "https") and split.hostname and "@" not in split.netloc and port != 0
    return split if good else None


def _nature(split: SplitResult) -> _Nature:
    host = split.hostname or ""
    if split.netloc.startswith("[") or ":" in host:
        return _nature_of_ipv6(host)
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _nature_of_address(host) if _ip(host) else _Nature.REFUSED
    return _nature_of_name(host)


def _nature_of_ipv6(host: str) -> _Nature:
    ip = None if "%" in host else _ip(host)
    plain = isinstance(ip, IPv6Address) and _unwrapped(ip) is ip
    return _nature_of_address(host) if plain else _Nature.REFUSED


def _nature_of_address(address: str) -> _Nature:
    if is_public_address(address):
        return _Nature.PUBLIC
    return _Nature.LOCAL if is_local_address(address) else _Nature.REFUSED


def _nature_of_name(host: str) -> _Nature:
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return _Nature.REFUSED
    return _Nature.LOCAL if len(labels) == 1 or labels[-1] in _LOCAL_SUFFIXES else _Nature.PUBLIC


def _ip(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.partition("%")[0])
    except ValueError:
        return None


def _unwrapped(ip: IPv4Address | IPv6Address | None) -> IPv4Address | IPv6Address | None:
    if not isinstance(ip, IPv6Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)
