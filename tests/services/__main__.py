"""``make test-services``: the whole suite, and a real worker, on PostgreSQL and Redis."""

from __future__ import annotations

import os
import subprocess
import sys

NEEDED = ("DATABASE_URL", "CELERY_BROKER_URL")


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
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *sys.argv[1:]]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
