"""``python -m tests.witness --port 8123 --state-dir somewhere``"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tests.witness.witness import Witness


def main() -> None:
    """Serve until somebody ends it."""
    parser = argparse.ArgumentParser(prog="python -m tests.witness", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state-dir", type=Path, required=True)
    options = parser.parse_args()
    Witness(options.port, options.state_dir, os.environ.get("WITNESS_API_KEY", "w1tness-key")).serve()


if __name__ == "__main__":
    main()
