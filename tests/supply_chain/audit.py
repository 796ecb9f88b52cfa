"""``python -m tests.supply_chain.audit [--osv ADDRESS]``: look up everything that the image has for known flaws.

Exit status: 0 no known flaw · 1 known flaws, listed · 3 no database of flaws could be asked about all of it.

pip-audit itself ends with 0 and “No known vulnerabilities found” if it could look up nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.supply_chain.locked import LOCK

CLEAN, FLAWED, NOT_ASKED = 0, 1, 3
# The first one that knows all packages decides.
_SERVICES = ("pypi", "osv")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a database says. ``flaws``: one line each; ``unknown``: packages that were not looked up."""

    looked_up: int = 0
    flaws: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Ask one database after the other, and say what came of it."""
    parser = argparse.ArgumentParser(prog="audit", description="Look up known flaws of all locked packages.")
    parser.add_argument("--osv", default="", metavar="ADDRESS", help="of your own copy of the OSV database")
    osv = parser.parse_args(arguments).osv
    for service in ("osv",) if osv else _SERVICES:
        outcome = _ask(service, osv)
        if outcome is not None and (outcome.flaws or not outcome.unknown):
            return _report(service, outcome)
    print("Not audited: no database of known flaws could be asked about all packages.", file=sys.stderr)
    print("Reach PyPI or api.osv.dev from this machine, or name a copy: make audit OSV=https://…", file=sys.stderr)
    return NOT_ASKED


def read_report(report: dict[str, Any]) -> Outcome:
    """What a report of pip-audit says."""
    packages = report["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    flaws = [_line(package, flaw) for package in asked for flaw in package["vulns"]]
    return Outcome(len(asked), flaws, [package["name"] for package in packages if "skip_reason" in package])


def _line(package: dict[str, Any], flaw: dict[str, Any]) -> str:
    fixed = f"fixed in {', '.join(flaw['fix_versions'])}" if flaw["fix_versions"] else "not fixed yet"
    names = " ".join([flaw["id"], *flaw["aliases"]])
    return f"{package['name']} {package['version']}: {names} ({fixed})"


def _ask(service: str, osv: str) -> Outcome | None:
    """Run pip-audit. None if its database did not answer."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip_audit", "-r", str(LOCK), "--require-hashes", "--disable-pip"]
        command += ["-s", service, "-f", "json", "-o", str(out), "--progress-spinner", "off"]
        command += ["--osv-url", osv] if osv else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            outcome = read_report(json.loads(out.read_text()))
            if outcome.unknown:
                print(f"{service}: does not know {len(outcome.unknown)} of the packages", file=sys.stderr)
            return outcome
        except (OSError, ValueError):
            reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
            print(f"{service}: {reason[:300]}", file=sys.stderr)
            return None


def _report(service: str, outcome: Outcome) -> int:
    for flaw in outcome.flaws:
        print(flaw)
    if outcome.unknown:
        print(f"{service}: not looked up: {', '.join(outcome.unknown)}", file=sys.stderr)
    print(f"{service}: {outcome.looked_up} packages looked up, known flaws: {len(outcome.flaws)}")
    return FLAWED if outcome.flaws else CLEAN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
