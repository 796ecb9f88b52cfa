"""The operator's start options, which never change while the program runs."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

KEY_PREFIX = "panjaya-"


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name or address stays on this machine."""
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Config:
    """Addresses, the key, and where things are kept."""

    api_key: str
    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 8010
    policy: str | None = None
    allow_hosts: frozenset[str] = field(default_factory=frozenset)

    @property
    def bearer(self) -> str:
        """The only accepted bearer value: exactly one prefix, however the key was configured."""
        return KEY_PREFIX + self.api_key.removeprefix(KEY_PREFIX)

    def may_reach(self, url: str) -> bool:
        """Tell whether the sandbox may fetch this address, or call it without TLS."""
        host = urlsplit(url).hostname
        return is_loopback(host) or host in self.allow_hosts

    def folder(self, name: str) -> Path:
        """A folder under the state directory, made when missing."""
        path = self.state_dir / name
        path.mkdir(parents=True, exist_ok=True)
        return path
