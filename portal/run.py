"""``python -m portal.run web|worker|beat``: one process each, in a container, under make and in the demo alike."""

from __future__ import annotations

import os
import sys

PYTHON = sys.executable
BIND = os.environ.get("BIND", "127.0.0.1:8000")
THREADS = os.environ.get("THREADS", "8")

COMMANDS = {
    # Threads, because requests wait for the disk and the database; uploads take as long as they take.
    "web": ["-m", "gunicorn", "portal.wsgi", "--bind", BIND, "--worker-class", "gthread", "--threads", THREADS]
    + ["--workers", os.environ.get("WORKERS", "1"), "--timeout", "120", "--graceful-timeout", "20"],
    # The threads pool: a killed pool process wedges its worker, and nothing here needs the CPU for long.
    "worker": ["-m", "celery", "-A", "portal", "worker", "--pool", "threads", "--concurrency", THREADS]
    + ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
    "beat": ["manage.py", "sweep", "--every", "5"],
}


def main() -> int:
    """Become the process that was asked for."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in COMMANDS:
        sys.stderr.write(f"usage: python -m portal.run {'|'.join(COMMANDS)}\n")
        return 2
    os.execv(PYTHON, [PYTHON, *COMMANDS[name]])  # noqa: S606


if __name__ == "__main__":
    sys.exit(main())
