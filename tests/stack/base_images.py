"""Images in the place of those that ``Dockerfile`` and ``compose.yaml`` name, made with debootstrap instead of pulled.

One Debian with Python, PostgreSQL, Redis and nginx serves for all of them. What they promise of the published images is
what the stack uses: the entry points, users and folders below, no more.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = Path(__file__).resolve().parent / "files"
SUITE = "bookworm"
LABEL = "stack.packages"
PACKAGES = "python3,python3-venv,python-is-python3,ca-certificates,postgresql,redis-server,nginx-light"


@dataclass(frozen=True, slots=True)
class Base:
    """``tag``: the image's name; ``changes``: its configuration, as ``docker import --change`` takes it."""

    tag: str
    changes: tuple[str, ...] = ()


BASES = (
    Base("python:stack"),
    Base("postgres:16", ('ENTRYPOINT ["/stack/postgres.sh"]', "EXPOSE 5432", "VOLUME /var/lib/postgresql/data")),
    Base("redis:7", ('ENTRYPOINT ["/stack/redis.sh"]', "EXPOSE 6379", "VOLUME /data", "WORKDIR /data")),
    Base("nginx:1.28", ('CMD ["nginx", "-g", "daemon off;"]', "EXPOSE 80")),
)


def make_missing_images() -> None:
    """Imports those that the Docker engine does not have, or has for other packages. Takes minutes the first time."""
    missing = [base for base in BASES if not _is_current(base)]
    if not missing:
        return
    with _debian() as root:
        for base in missing:
            _import(root, base)


def _is_current(base: Base) -> bool:
    template = f'{{{{index .Config.Labels "{LABEL}"}}}}'
    command = ["docker", "image", "inspect", "-f", template, base.tag]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() == _packages()


def _packages() -> str:
    """What is inside, in short: another lock or list of packages is another image."""
    return hashlib.sha256((ROOT / "requirements-observability.lock").read_bytes() + PACKAGES.encode()).hexdigest()[:16]


@contextmanager
def _debian() -> Iterator[Path]:
    """The root of a Debian with everything in it, and with the locked packages, for a pip that looks nowhere else."""
    with tempfile.TemporaryDirectory(prefix="stack-") as folder:
        root = Path(folder) / "root"
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
        shutil.copytree(FILES, root / "stack")
        _download_packages(root / "wheels")
        (root / "etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n")
        yield root


def _download_packages(target: Path) -> None:
    """What is locked, also for Pythons older than this one, as Debian's may be; and what builds what has no wheel."""
    lock = re.sub(r" ; python_full_version < '[\d.]+'", "", (ROOT / "requirements-observability.lock").read_text())
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "-d", str(target)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(lock)
        requirements.flush()
        subprocess.run([*pip, "--require-hashes", "-r", requirements.name], check=True)
    subprocess.run([*pip, "setuptools", "wheel"], check=True)


def _import(root: Path, base: Base) -> None:
    labelled = (*base.changes, f"LABEL {LABEL}={_packages()}")
    changes = [part for change in labelled for part in ("--change", change)]
    with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as archive:
        subprocess.run(["docker", "import", *changes, "-", base.tag], stdin=archive.stdout, check=True)
