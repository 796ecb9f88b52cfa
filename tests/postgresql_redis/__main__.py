"""``make test-postgresql-redis``: what touches a row or the broker, and a real worker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("DATABASE_URL", "CELERY_BROKER_URL")
# What no database can change: pages in a browser, files, texts, and the other side of the border.
ELSEWHERE = (
    "tests/browser/test_[!m]*.py",  # the main job stays, and its minutes
    "tests/sandbox/*",
    "tests/witness/*",
    "tests/witness_more/*",
    "tests/portal/test_demo.py",
    "tests/portal/test_static.py",
    "tests/portal/test_web_worker.py",
    "tests/faults/test_neighbours.py",
    "tests/faults/test_slow_clients.py",
    "tests/faults/test_uploads_cut.py",
    "tests/dubbing/providers/*",
    "tests/dubbing/test_media*.py",
    "tests/dubbing/test_subtitles*.py",
    "tests/dubbing/subtitles/test_findings.py",
    "tests/dubbing/subtitles/test_language_detection.py",
    "tests/test_*.py",
)


def main() -> int:
    """Run pytest against the servers that the environment names."""
    environment = os.environ | {
        name: os.environ[f"SERVICES_{short}"]
        for name, short in (("DATABASE_URL", "DATABASE_URL"), ("CELERY_BROKER_URL", "BROKER_URL"))
        if f"SERVICES_{short}" in os.environ
    }
    missing = [name for name in NEEDED if not environment.get(name)]
    if missing:
        sys.stderr.write(f"Set {' and '.join(missing)}: a PostgreSQL server's postgres database, and a Redis server.\n")
        return 2
    environment["REQUIRE_SERVICES"] = "1"
    command = [sys.executable, "-m", "pytest", "-n", "3", "--dist", "loadgroup", *_ignored(), *sys.argv[1:]]
    return subprocess.run(command, env=environment, check=False).returncode


def _ignored() -> list[str]:
    return [f"--ignore-glob={ROOT / pattern}" for pattern in ELSEWHERE]


if __name__ == "__main__":
    sys.exit(main())
