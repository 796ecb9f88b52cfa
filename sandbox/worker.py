"""The child's main loop: one JSON job a line in, one JSON answer a line out; ends when its parent is gone."""

import json
import os
import signal
import sys
from typing import Any

from sandbox.media import MediaError, probe
from sandbox.mix import Order, dub
from sandbox.remux import remux


def _do(job: dict[str, Any]) -> dict[str, Any]:
    what = job.pop("what")
    if what == "probe":
        return {"duration": probe(**job)}
    if what == "remux":
        remux(**job)
        return {}
    dub(Order(**job))
    return {}


def main() -> None:
    """Serve jobs until the input closes. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    for line in sys.stdin:
        try:
            answer = _do(json.loads(line))
        except MediaError as error:
            answer = {"code": error.code, "message": str(error)}
        except Exception as error:  # the border of the process: whatever a broken file causes becomes an answer
            answer = {"code": "unsupported_media", "message": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
