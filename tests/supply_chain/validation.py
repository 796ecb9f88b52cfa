"""``python -m tests.supply_chain.validation FILE``: check a bill of materials against the schema of CycloneDX."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def main(arguments: list[str]) -> int:
    """Exit status 0 if it fits, 1 if not."""
    (path,) = arguments
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(Path(path).read_text())
    if problem:
        print(f"{path} is not valid: {problem}", file=sys.stderr)
        return 1
    print(f"{path} is valid CycloneDX {SchemaVersion.V1_6.to_version()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
