"""Start a PostgreSQL for tests alone, and find or start a Redis; print what to export."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

POSTGRES_PORT, REDIS_PORT = 54329, 6379
"""Not the usual port of PostgreSQL: a server that is there keeps what is in it safe, and waits for its disk."""
MEMORY = Path("/dev/shm")
# What is in it is thrown away: nobody waits for a disk.
_QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


def main() -> int:
    """Print shell lines that set SERVICES_DATABASE_URL and SERVICES_BROKER_URL."""
    running = started()
    database, broker = running["DATABASE_URL"], running["CELERY_BROKER_URL"]
    sys.stdout.write(f"export SERVICES_DATABASE_URL='{database}' SERVICES_BROKER_URL='{broker}'\n")
    return 0


def started() -> dict[str, str]:
    """The addresses of both servers, as settings. Starts what is not running and not named in the environment."""
    return {
        "DATABASE_URL": os.environ.get("DATABASE_URL") or _postgres(),
        "CELERY_BROKER_URL": os.environ.get("CELERY_BROKER_URL") or _redis(),
    }


def _postgres() -> str:
    """A cluster of its own, in memory where there is room for it."""
    if not _answers(POSTGRES_PORT):
        start_cluster()
    return f"postgres://postgres@127.0.0.1:{POSTGRES_PORT}/postgres"


def start_cluster(port: int = POSTGRES_PORT, *, address: str = "127.0.0.1", network: str = "127.0.0.1/32") -> Path:
    """Start a PostgreSQL that trusts this network; its folder, for ``stop_cluster``."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="portal-postgresql-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        person = pwd.getpwnam("postgres")
        os.chown(folder, person.pw_uid, person.pw_gid)
        account = {"user": person.pw_uid, "group": person.pw_gid}
    make: list[str | Path] = [
        programs / "initdb",
        "-D",
        folder / "data",
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    subprocess.run(make, check=True, cwd="/", stdout=sys.stderr, **account)
    with (folder / "data" / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {network} trust\n")
    options = f"-p {port} -k {folder} -c listen_addresses={address} {_QUICK}"
    start: list[str | Path] = [
        programs / "pg_ctl",
        "-D",
        folder / "data",
        "-l",
        folder / "log",
        "-w",
        "-o",
        options,
        "start",
    ]
    subprocess.run(start, check=True, cwd="/", stdout=sys.stderr, **account)
    return folder


def stop_cluster(folder: Path) -> None:
    """Stop it at once, and remove what it had."""
    person = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None
    stop: list[str | Path] = [_programs() / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"]
    subprocess.run(stop, check=False, cwd="/", stdout=sys.stderr, user=person)
    shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))


def _redis() -> str:
    if not _answers(REDIS_PORT):
        server = shutil.which("redis-server") or "redis-server"
        options = ["--daemonize", "yes", "--bind", "127.0.0.1", "--port", str(REDIS_PORT), "--save", ""]
        subprocess.run([server, *options], check=True, stdout=sys.stderr)
        _wait_for(REDIS_PORT)
    return f"redis://127.0.0.1:{REDIS_PORT}/0"


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 120
    while not _answers(port):
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing answers at port {port}")
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
