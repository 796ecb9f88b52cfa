"""The database with all tables, and the people of ``seed``: made once in a test run, and copied for each portal."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = "PORTAL_TEST_RUN_FOLDER"


def begin_run() -> None:
    """Make the folder that all processes of this test run share, unless one of them has made it."""
    if _FOLDER not in os.environ:
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="portal-test-run-")
        atexit.register(_end_run)


@contextmanager
def locked(server: str) -> Iterator[Path]:
    """The file with its name, which is there once it is made. Nobody else makes one meanwhile.

    ``server``: the address of a PostgreSQL server; empty for SQLite.
    """
    begin_run()
    folder = Path(os.environ[_FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / ("postgresql" if server else "sqlite")


def run_on(server: str, statement: str) -> None:
    """Run a statement on a PostgreSQL server."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def _end_run() -> None:
    folder = Path(os.environ[_FOLDER])
    if (folder / "postgresql").exists():
        run_on(os.environ["DATABASE_URL"], f'DROP DATABASE IF EXISTS "{(folder / "postgresql").read_text()}"')
    shutil.rmtree(folder, ignore_errors=True)
