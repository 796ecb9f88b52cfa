"""The bill of materials has everything that is locked, and an audit that could ask nobody is not a clean one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from tests.supply_chain import audit, sbom
from tests.supply_chain.locked import LOCK, ROOT, LockedPackage, read_lock
from tests.support.http_server import Request, Server

AUDIT_PYTHON = ROOT / ".venv-audit" / "bin" / "python"
needs_audit_venv = pytest.mark.skipif(not AUDIT_PYTHON.exists(), reason="no .venv-audit: make audit creates it")


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As the command writes it."""
    out = tmp_path_factory.mktemp("sbom") / "deep" / "sbom.cdx.json"
    command = [sys.executable, "-m", "tests.supply_chain.sbom", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    written: dict[str, Any] = json.loads(out.read_text())
    return written


def test_every_locked_package_is_in_the_bill_with_its_version_and_all_its_hashes(bill: dict[str, Any]) -> None:
    text = LOCK.read_text()
    pinned = re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)
    assert [(part["name"], part["version"]) for part in bill["components"]] == pinned
    hashes = [entry["content"] for part in bill["components"] for entry in part["hashes"]]
    assert sorted(hashes) == sorted(re.findall(r"--hash=sha256:(\w+)", text))
    assert all(part["hashes"] for part in bill["components"])
    assert all(entry["alg"] == "SHA-256" for part in bill["components"] for entry in part["hashes"])


def test_the_image_begins_with_one_that_is_named_by_its_digest() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    (base,) = [line.removeprefix("ARG BASE=") for line in lines if line.startswith("ARG BASE=")]
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", base)
    assert {line.split()[1] for line in lines if line.startswith("FROM ")} == {"${BASE}"}


def test_every_package_in_the_bill_has_a_licence_and_an_address(bill: dict[str, Any]) -> None:
    for part in bill["components"]:
        (licence,) = part["licenses"]
        assert licence.get("expression") or licence["license"]["id"]
        assert part["purl"] == part["bom-ref"] == f"pkg:pypi/{part['name']}@{part['version']}"
    references = [part["bom-ref"] for part in bill["components"]]
    assert len(set(references)) == len(references)
    (portal,) = bill["dependencies"]
    assert portal["dependsOn"] == references


def test_the_bill_is_of_what_is_installed_here(bill: dict[str, Any]) -> None:
    """A package that is not, or in another version, is marked as one for other systems."""
    for part in bill["components"]:
        try:
            is_installed = version(part["name"]) == part["version"]
        except PackageNotFoundError:
            is_installed = False
        assert is_installed or part["properties"][0]["name"] == "python:environment-marker"


def test_the_same_lock_has_the_same_serial_number(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert sbom.bill_of_materials(read_lock())["serialNumber"] == bill["serialNumber"]
    assert bill["metadata"]["component"]["name"] == "dubbing-portal"


def test_the_time_of_a_reproducible_build_is_the_given_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert sbom.bill_of_materials([])["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize("entry", ["amqp>=5", "amqp==5.4.2", "-e .", "unlisted==1 \\\n    --hash=sha256:" + "a" * 64])
def test_a_lock_of_another_form_is_refused(tmp_path: Path, entry: str) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(entry)
    with pytest.raises(ValueError, match=r"not a pinned package|not in licences\.md"):
        read_lock(lock)


def test_a_report_in_which_packages_were_skipped_is_no_clean_one() -> None:
    skipped = {"name": "amqp", "skip_reason": "Dependency not found on PyPI and could not be audited: amqp (5.4.2)"}
    asked = {"name": "anyio", "version": "4.16.0", "vulns": []}
    outcome = audit.read_report({"dependencies": [skipped, asked], "fixes": []})
    assert (outcome.looked_up, outcome.flaws, outcome.unknown) == (1, [], ["amqp"])


def test_the_tools_are_in_no_other_environment() -> None:
    own = re.findall(r"^([\w.-]+)==", (ROOT / "requirements-audit.lock").read_text(), re.MULTILINE)
    assert {"pip-audit", "cyclonedx-python-lib"} <= set(own)
    for name in ("requirements.lock", "requirements-observability.lock", "requirements-dev.lock"):
        assert not re.search(r"^(pip-audit|cyclonedx-python-lib)==", (ROOT / name).read_text(), re.MULTILINE)


@needs_audit_venv
def test_the_bill_fits_the_schema_of_cyclonedx(bill: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "sbom.cdx.json"
    path.write_text(json.dumps(bill))
    assert "is valid" in validated(path).stdout
    path.write_text(json.dumps(bill | {"components": [{"type": "library"}]}))
    assert validated(path).returncode == 1


def validated(path: Path) -> subprocess.CompletedProcess[str]:
    command = [str(AUDIT_PYTHON), "-m", "tests.supply_chain.validation", str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def audited(address: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """An audit that asks this database."""
    command = [str(AUDIT_PYTHON), "-m", "tests.supply_chain.audit", "--osv", address]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.long
@needs_audit_venv
def test_an_audit_asks_about_every_package_and_lists_known_flaws(tmp_path: Path) -> None:
    flawed = next(package for package in read_lock() if package.name == "django")

    def answer(request: Request) -> None:
        asked = json.loads(request.body)
        request.answer(200, {"vulns": [flaw_of(flawed)]} if asked["package"]["name"] == "django" else {})

    with Server(answer) as server:
        done = audited(server.url, tmp_path)
        asked = {json.loads(request.body)["package"]["name"] for request in server.requests}
    assert done.returncode == audit.FLAWED
    assert f"django {flawed.version}: PYSEC-2099-1 CVE-2099-1 (fixed in 99.1)" in done.stdout
    everywhere = {package.name for package in read_lock() if not package.marker}
    assert everywhere <= asked
    with Server(lambda request: request.answer(200, {})) as server:
        done = audited(server.url, tmp_path)
    assert (done.returncode, done.stderr) == (audit.CLEAN, "")
    assert "known flaws: 0" in done.stdout


def flaw_of(package: LockedPackage) -> dict[str, Any]:
    """As the OSV database describes one."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}]
    affected = {"package": {"name": package.name, "ecosystem": "PyPI"}, "ranges": ranges, "versions": [package.version]}
    dates = {"published": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z"}
    about = {"id": "PYSEC-2099-1", "aliases": ["CVE-2099-1"], "summary": "An example", "details": "An example"}
    return about | dates | {"affected": [affected]}


@pytest.mark.long
@needs_audit_venv
def test_an_audit_that_reaches_no_database_says_so_and_is_not_clean(tmp_path: Path) -> None:
    done = audited("http://127.0.0.1:1/", tmp_path)
    assert done.returncode == audit.NOT_ASKED
    assert "Not audited: no database of known flaws could be asked about all packages." in done.stderr
    assert done.stdout == ""
