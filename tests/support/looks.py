"""What the media child says of the same bytes is the same: tests that are not about the child ask it once for each."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from dubbing.media import parent

# Larger files are made to be slow or sparse, and their tests are about that.
_LARGEST = 4 * 1024**2
# Copies and peaks are left alone: their tests stop them half-way.
_REMEMBERED = {"probe", "hear", "poster"}
_Key = tuple[str, ...]

_answers: dict[_Key, dict[str, Any]] = {}
_pictures: dict[_Key, bytes] = {}


@pytest.fixture(autouse=True)
def remembered_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is a real one, given once in each test process. ``tests/dubbing`` imports this."""
    ask = parent._ask

    def ask_once(command: str, path: str, *rest: str, **bounds: Any) -> dict[str, Any]:
        out = Path(rest[0]) if command == "poster" else None
        key = _key(command, path, *(rest[1:] if out else rest))
        if key is None:
            return ask(command, path, *rest, **bounds)
        if key not in _answers:
            answer = ask(command, path, *rest, **bounds)
            if not answer:  # it died or was stopped, which says nothing of the file
                return answer
            _answers[key] = answer
            if out and out.exists():
                _pictures[key] = out.read_bytes()
        elif out and key in _pictures:
            out.write_bytes(_pictures[key])
        return deepcopy(_answers[key])

    monkeypatch.setattr(parent, "_ask", ask_once)


def _key(command: str, path: str, *rest: str) -> _Key | None:
    file = Path(path)
    if command not in _REMEMBERED or not file.is_file() or file.stat().st_size > _LARGEST:
        return None
    # FFmpeg takes a hint from the suffix.
    return command, *rest, file.suffix, hashlib.sha256(file.read_bytes()).hexdigest()
