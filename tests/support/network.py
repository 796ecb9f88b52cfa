"""Machines that are network namespaces of their own, on one bridge, so that a cable can be pulled."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from types import TracebackType
from typing import Self

NETWORK = "10.231.0.0/24"
HOST = "10.231.0.1"


def can_make_networks() -> bool:
    """Whether this process may make namespaces and bridges."""
    return os.geteuid() == 0 and shutil.which("ip") is not None


class Machine:
    """A namespace with one address. ``prefix``: the words before a command that runs it there."""

    def __init__(self, name: str, address: str, cable: str) -> None:
        self.name, self.address, self._cable = name, address, cable
        self.prefix = ["ip", "netns", "exec", name]

    def unplug(self) -> None:
        """Nothing comes or goes any more, and nobody is told."""
        _ip("link", "set", self._cable, "down")

    def plug(self) -> None:
        """As before."""
        _ip("link", "set", self._cable, "up")


class Network:
    """A bridge, on which this process has ``HOST``, and its machines; gone at the end of the block."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(3)
        self._bridge = f"br{self._mark}"
        self._machines: list[Machine] = []

    def __enter__(self) -> Self:
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("addr", "add", f"{HOST}/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for machine in self._machines:
            _ip("netns", "del", machine.name, check=False)
        _ip("link", "del", self._bridge, check=False)

    def add(self) -> Machine:
        """Another machine."""
        number = len(self._machines) + 1
        name, cable, end = f"m{number}-{self._mark}", f"c{number}{self._mark}", f"e{number}{self._mark}"
        address = f"10.231.0.{number + 1}"
        _ip("netns", "add", name)
        machine = Machine(name, address, cable)
        self._machines.append(machine)
        _ip("link", "add", cable, "type", "veth", "peer", "name", end, "netns", name)
        _ip("link", "set", cable, "master", self._bridge, "up")
        _ip("-n", name, "addr", "add", f"{address}/24", "dev", end)
        _ip("-n", name, "link", "set", end, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        return machine


def _ip(*arguments: str, check: bool = True) -> None:
    subprocess.run(["ip", *arguments], check=check, capture_output=True)
