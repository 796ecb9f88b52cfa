"""``make check``: migrations are up to date, and a production configuration passes every deployment check."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

PRODUCTION = {
    "SECRET_KEY": "b7Yq2ZkR9vTn4wXcE8mLs6HdJf3PgAu5QaWxVzNyKtSrBoCi1DeFhGjM",
    "PORTAL_URL": "https://dubbing.example.com",
    "ALLOWED_HOSTS": "dubbing.example.com",
    "PANJAYA_API_KEY": "not-a-key",
    "PROXIES": "1",
    "DEBUG": "false",
}


def main() -> int:
    """Exit status 0 when all is well."""
    with tempfile.TemporaryDirectory() as media:
        environment = os.environ | PRODUCTION | {"MEDIA_ROOT": media}
        for arguments in (
            ["makemigrations", "--check", "--dry-run"],
            ["check", "--deploy", "--fail-level", "WARNING"],
        ):
            done = subprocess.run([sys.executable, "manage.py", *arguments], env=environment, check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
