"""The licence of every package that the portal is delivered with: docs/operating/licences.md names them all."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LISTED = dict(
    re.findall(r"^\| `([^`]+)` \| ([^|]+?) \|$", (ROOT / "docs/operating/licences.md").read_text(), re.MULTILINE)
)
_LOCK = (ROOT / "requirements-observability.lock").read_text()
LOCKED = sorted(set(re.findall(r"^([A-Za-z0-9._-]+)==", _LOCK, re.MULTILINE)))
# What packages write instead of the identifiers of SPDX.
SPDX = {
    "BSD": "BSD-3-Clause", "New BSD": "BSD-3-Clause", "BSD License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause", "MIT License": "MIT",
    "PSFL": "PSF-2.0", "GPLv3": "GPL-3.0-only", "Dual License": "Apache-2.0 OR BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0", "Apache 2": "Apache-2.0",
}  # fmt: skip
# Said in a text of many lines, or in a file alone.
READ_BY_HAND = {"fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0"}


def stated_licence(package: str) -> str:
    """What the installed package says of itself."""
    said = metadata(package)
    classifiers = [text.rpartition(" :: ")[2] for text in said.get_all("Classifier") or [] if "License ::" in text]
    text = said["License-Expression"] or said["License"] or (classifiers or [""])[0]
    return SPDX.get(text, text)


def test_every_package_is_listed_with_its_licence() -> None:
    assert sorted(LISTED) == LOCKED


@pytest.mark.parametrize("package", LOCKED)
def test_the_listed_licence_is_that_of_the_package(package: str) -> None:
    try:
        stated = READ_BY_HAND.get(package) or stated_licence(package)
    except PackageNotFoundError:
        pytest.skip("installed on other systems only")
    assert LISTED[package] == stated
