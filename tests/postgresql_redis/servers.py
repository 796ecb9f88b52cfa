"""Find PostgreSQL and Redis on this machine, or start what is installed; print what to export."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg

POSTGRES_PORT, REDIS_PORT = 5432, 6379


def main() -> int:
    """Print shell lines that set DATABASE_URL and CELERY_BROKER_URL."""
    database = os.environ.get("DATABASE_URL") or _postgres()
    broker = os.environ.get("CELERY_BROKER_URL") or _redis()
    sys.stdout.write(f"export SERVICES_DATABASE_URL='{database}' SERVICES_BROKER_URL='{broker}'\n")
    return 0


def _postgres() -> str:
    if not _answers(POSTGRES_PORT):
        _start_cluster()
    for user, password in (("postgres", ""), ("postgres", "portal-tests")):
        url = f"postgres://{user}{':' + password if password else ''}@127.0.0.1:{POSTGRES_PORT}/postgres"
        if _can_connect(url):
            return url
    # A fresh Debian cluster admits only its own system user, over its socket: give that role a password.
    account = pwd.getpwnam("postgres")
    statement = "ALTER ROLE postgres PASSWORD 'portal-tests'"
    subprocess.run(["psql", "-q", "-c", statement], user=account.pw_uid, group=account.pw_gid, cwd="/", check=True)
    return f"postgres://postgres:portal-tests@127.0.0.1:{POSTGRES_PORT}/postgres"


def _start_cluster() -> None:
    versions = sorted(path.name for path in Path("/etc/postgresql").iterdir())
    command = ["pg_ctlcluster", "--skip-systemctl-redirect", versions[-1], "main", "start"]
    # What is in it is thrown away: nobody waits for a disk.
    command += ["-o", "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    _wait_for(POSTGRES_PORT)


def _redis() -> str:
    if not _answers(REDIS_PORT):
        server = shutil.which("redis-server") or "redis-server"
        options = ["--daemonize", "yes", "--bind", "127.0.0.1", "--port", str(REDIS_PORT), "--save", ""]
        subprocess.run([server, *options], check=True, stdout=sys.stderr)
        _wait_for(REDIS_PORT)
    return f"redis://127.0.0.1:{REDIS_PORT}/0"


def _can_connect(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while not _answers(port):
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing answers at port {port}")
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
