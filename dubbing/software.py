"""What the portal runs on: versions of Python, the database and FFmpeg, and what the kernel offers."""

from __future__ import annotations

import platform
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec

from django.conf import settings
from django.db import Error, NotSupportedError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from dubbing import media
from dubbing.media import Decoder

# A host that drops packets would hold the start for minutes.
_CONNECT_S = 5


@dataclass(frozen=True)
class Database:
    """The database: its name and version, and what stands in the way of using it."""

    name: str
    too_old: str = ""
    """Why it cannot be used."""
    silent: bool = False
    """It did not answer, so that its version is not known."""
    without_wal: bool = False
    """A rollback journal is used, because the write-ahead log of this version can be corrupted."""


@dataclass(frozen=True)
class Software:
    """What this process runs on. `decoder` is None if the process that decodes media did not answer."""

    database: Database
    decoder: Decoder | None

    def __str__(self) -> str:
        journal = " with a rollback journal" if self.database.without_wal else ""
        decoder = f"FFmpeg {self.decoder.ffmpeg}" if self.decoder else "no FFmpeg"
        kernel = f"{platform.system()} {platform.release()}{_barriers(self.decoder)}"
        return f"Python {platform.python_version()}, {self.database.name}{journal}, {decoder}, {kernel}"


_OBSERVERS = {
    "SENTRY_DSN": ("sentry_sdk",),
    "OTEL_EXPORTER_OTLP_ENDPOINT": ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"),
}


def settings_without_package() -> list[str]:
    """The settings that need an optional package which is not installed."""
    return [name for name, modules in _OBSERVERS.items() if getattr(settings, name) and not _has(modules)]


def _has(modules: tuple[str, ...]) -> bool:
    try:
        return all(find_spec(module) for module in modules)
    except ModuleNotFoundError:  # a package above it
        return False


def observe() -> Software:
    """Ask the database, and the process that decodes media."""
    return Software(_sqlite() if connection.vendor == "sqlite" else _server(), media.decoder())


def _barriers(decoder: Decoder | None) -> str:
    if not decoder:
        return ""
    names = {"files": f"Landlock {decoder.landlock}", "calls": "seccomp", "network": "network namespaces"}
    closed = [name for barrier, name in names.items() if barrier not in decoder.open]
    return f" with {', '.join(closed)}" if closed else ""


def _sqlite() -> Database:
    name = f"SQLite {sqlite3.sqlite_version}"
    try:
        with closing(sqlite3.connect(":memory:")) as memory:
            memory.execute("CREATE VIRTUAL TABLE probe USING fts5(name, tokenize='trigram')")
    except sqlite3.Error as error:
        return Database(name, too_old=f"{name} has no trigram index (FTS5), which searching names needs: {error}.")
    return Database(name, without_wal=not settings.SQLITE_WAL_IS_SAFE)


def _server() -> Database:
    """A connection of its own says which version the server has; Django refuses those that are too old for it."""
    asked: BaseDatabaseWrapper = connection.copy()
    asked.settings_dict["OPTIONS"] = asked.settings_dict["OPTIONS"] | {"connect_timeout": _CONNECT_S}
    try:
        asked.ensure_connection()
        asked.check_database_version_supported()
        version = ".".join(str(part) for part in asked.get_database_version())
        return Database(f"{asked.display_name} {version}")
    except NotSupportedError as error:
        return Database(asked.display_name, too_old=str(error))
    except Error:
        return Database(f"{asked.display_name} (version unknown)", silent=True)
    finally:
        asked.close()
