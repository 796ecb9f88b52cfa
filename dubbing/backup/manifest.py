"""The manifest of a backup: what is in it, from when it is, and the checksums by which a changed byte is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

FORMAT = 1
NAME = "manifest.json"
_CHUNK = 1024**2


class Refused(Exception):
    """Nothing was changed; the text says why, in English."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the backup, by its path in the backup's folder."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table: how many rows it has, the columns in its file (PostgreSQL), and the last number of each sequence."""

    name: str
    rows: int
    columns: tuple[str, ...] = ()
    sequences: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What ``manifest.json`` says. ``migrations``: those applied, as (app, name)."""

    made_at: datetime
    database: str
    migrations: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    parts: tuple[Part, ...]
    media_files: int
    media_bytes: int

    def write(self, folder: Path) -> None:
        """Write it into the folder of the backup."""
        content = asdict(self) | {"format": FORMAT, "made_at": self.made_at.isoformat()}
        content["checksum"] = _checksum(content)
        path = folder / NAME
        path.touch(mode=0o600)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it, and check its own checksum and format. Raises Refused."""
        try:
            content = json.loads((folder / NAME).read_bytes())
            if not isinstance(content, dict):
                raise TypeError
        except FileNotFoundError:
            raise Refused(f"{folder} is not a backup: it has no {NAME}.") from None
        except (OSError, ValueError, TypeError) as error:
            raise Refused(f"{folder / NAME} cannot be read: {error or 'it is not an object'}.") from None
        if content.get("format") != FORMAT:
            found = content.get("format")
            raise Refused(f"This backup has format {found!r}; this portal reads format {FORMAT}. Use a newer portal.")
        if content.pop("checksum", None) != _checksum(content):
            raise Refused(f"{folder / NAME} is damaged: its checksum is wrong.")
        return cls._of(content)

    def check_parts(self, folder: Path) -> None:
        """Compare every part with its checksum. Raises Refused."""
        for part in self.parts:
            path = folder / part.name
            if not path.is_file():
                raise Refused(f"{part.name} is missing in {folder}.")
            if path.stat().st_size != part.size or checksum_of(path) != part.sha256:
                raise Refused(f"{part.name} in {folder} is damaged: its checksum is wrong.")

    @classmethod
    def _of(cls, content: dict[str, Any]) -> Self:
        """From content that a portal wrote: its checksum was right."""
        return cls(
            made_at=datetime.fromisoformat(content["made_at"]),
            database=content["database"],
            migrations=tuple((app, name) for app, name in content["migrations"]),
            tables=tuple(
                Table(row["name"], row["rows"], tuple(row["columns"]), row["sequences"]) for row in content["tables"]
            ),
            parts=tuple(Part(**part) for part in content["parts"]),
            media_files=content["media_files"],
            media_bytes=content["media_bytes"],
        )


def parts_of(folder: Path, names: Iterable[str]) -> tuple[Part, ...]:
    """Files of the folder with their sizes and checksums."""
    return tuple(Part(name, (folder / name).stat().st_size, checksum_of(folder / name)) for name in names)


def checksum_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _checksum(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
