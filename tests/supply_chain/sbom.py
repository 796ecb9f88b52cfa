"""``python -m tests.supply_chain.sbom FILE``: write the bill of materials of the image (CycloneDX 1.6)."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tomllib
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.supply_chain.locked import LOCK, ROOT, LockedPackage, read_lock

SPEC = "1.6"


def main(arguments: list[str]) -> int:
    """Exit status 0 when it is written."""
    if len(arguments) != 1:
        print("usage: python -m tests.supply_chain.sbom FILE", file=sys.stderr)
        return 2
    out = Path(arguments[0])
    bill = bill_of_materials(read_lock())
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(bill, indent=2, ensure_ascii=False) + "\n")
    print(f"{out}: {len(bill['components'])} packages")
    return 0


def bill_of_materials(packages: list[LockedPackage]) -> dict[str, Any]:
    """The bill. Its serial number follows from the lock: the same lock has the same one."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    portal = {"type": "application", "bom-ref": project["name"], "name": project["name"], "version": project["version"]}
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, lock)}",
        "version": 1,
        "metadata": {"timestamp": _made_at(), "component": portal},
        "components": [_component(package) for package in packages],
        # What needs what is not in the lock; all of it is installed.
        "dependencies": [{"ref": project["name"], "dependsOn": [_address(package) for package in packages]}],
    }


def _component(package: LockedPackage) -> dict[str, Any]:
    """A package. It has a hash for each file of it that pip accepts: one for each system, and the source."""
    component = {
        "type": "library",
        "bom-ref": _address(package),
        "name": package.name,
        "version": package.version,
        "purl": _address(package),
        "licenses": [_licence(package.licence)],
        "hashes": [{"alg": "SHA-256", "content": content} for content in package.sha256],
    }
    marker = [{"name": "python:environment-marker", "value": package.marker}]
    return component | ({"scope": "optional", "properties": marker} if package.marker else {})


def _licence(licence: str) -> dict[str, Any]:
    return {"expression": licence} if " " in licence else {"license": {"id": licence}}


def _address(package: LockedPackage) -> str:
    return f"pkg:pypi/{package.name.lower().replace('_', '-')}@{package.version}"


def _made_at() -> str:
    """Now, or the moment that a reproducible build sets."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    at = datetime.fromtimestamp(int(given), UTC) if given else datetime.now(UTC)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
