"""The image collects the pages' files once, under names that carry their hash."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IN_THE_IMAGE = ("manage.py", "portal", "dubbing", "templates", "static")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """What the Dockerfile copies, and nothing else."""
    for name in IN_THE_IMAGE:
        whole = ROOT / name
        if whole.is_dir():
            shutil.copytree(whole, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(whole, tmp_path / name)
    return tmp_path


def run(image: Path, *command: str) -> str:
    keys = {"SECRET_KEY": "x" * 50, "PANJAYA_API_KEY": "x", "MEDIA_ROOT": str(image / "media")}
    environment = {"PATH": os.environ["PATH"], **keys}
    done = subprocess.run(
        [sys.executable, *command], cwd=image, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
def test_files_are_collected_and_pages_name_them_by_their_hash(image: Path) -> None:
    run(image, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    manifest = json.loads((image / "staticfiles" / "staticfiles.json").read_text())["paths"]
    assert (image / "staticfiles" / manifest["css/tokens.css"]).exists()
    page = "from django.template.loader import get_template; print(get_template('registration/login.html').render())"
    assert manifest["css/tokens.css"] in run(image, "manage.py", "shell", "--no-imports", "-c", page)
