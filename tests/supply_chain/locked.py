"""What the image's lock pins, and under which licences it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements-observability.lock"
_LICENCES = ROOT / "docs" / "operating" / "licences.md"
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\\n]+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_LICENCE = re.compile(r"^\| `([^`]+)` \| ([^|]+?) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """A package and the files of it that pip accepts. ``marker``: where it is installed; blank: everywhere."""

    name: str
    version: str
    marker: str
    sha256: tuple[str, ...]
    licence: str


def read_lock(lock: Path = LOCK) -> list[LockedPackage]:
    """Every package, in the order of the lock. Raises ValueError for a line of another form, or an unknown licence."""
    licences = dict(_LICENCE.findall(_LICENCES.read_text()))
    return [_package(entry, licences) for entry in re.split(r"\n(?=\S)", lock.read_text().strip())]


def _package(entry: str, licences: dict[str, str]) -> LockedPackage:
    pinned, hashes = _PINNED.match(entry), tuple(_HASH.findall(entry))
    if pinned is None or not hashes:
        raise ValueError(f"not a pinned package with hashes: {entry[:60]!r}")
    if pinned["name"] not in licences:
        raise ValueError(f"{pinned['name']} is not in {_LICENCES.name}")
    marker = (pinned["marker"] or "").strip()
    return LockedPackage(pinned["name"], pinned["version"], marker, hashes, licences[pinned["name"]])
