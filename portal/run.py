"""``python -m portal.run web|worker|beat``: one process each, whether in a container, under make or in the demo."""

from __future__ import annotations

import os
import resource
import sys

BIND = os.environ.get("BIND", "127.0.0.1:8000")
THREADS = os.environ.get("THREADS", "8")
# An upload occupies a thread as long as it takes; UPLOADS_AT_ONCE leaves the others for pages.
WEB_THREADS = os.environ.get("WEB_THREADS", "64")
CONNECTIONS = 2000
WORKERS = os.environ.get("WORKERS", "1")

COMMANDS = {
    # Threads, because requests wait for the disk and the database; slow clients wait without one.
    # The master process loads nothing of ours itself, and has the same environment as all others (`hardening`).
    "web": f"-m gunicorn portal.wsgi --config python:portal.hardening --bind {BIND} "
    f"--worker-class portal.web_worker.WebWorker --threads {WEB_THREADS} --workers {WORKERS} "
    f"--worker-connections {CONNECTIONS} --timeout 120 --graceful-timeout 20 --keep-alive 40 --no-control-socket",
    # The threads pool: a killed pool process wedges its worker, and nothing here needs the CPU for long.
    "worker": f"-m celery -A portal worker --pool threads --concurrency {THREADS} --loglevel WARNING "
    "--without-gossip --without-mingle",
    "beat": "manage.py sweep --every 5",
}


def main() -> None:
    """Become the requested process."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in COMMANDS:
        sys.exit(f"usage: python -m portal.run {'|'.join(COMMANDS)}")
    _allow_files()
    os.execv(sys.executable, [sys.executable, *COMMANDS[name].split()])  # noqa: S606


def _allow_files() -> None:
    """Raise the limit of open files: each connection is one, and a download another; the usual limit is too low."""
    wanted, (soft, hard) = 3 * CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
