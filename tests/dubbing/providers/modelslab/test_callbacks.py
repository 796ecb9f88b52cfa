from __future__ import annotations

import json
from typing import Any

import pytest

from dubbing.providers.modelslab.callbacks import Hint, concerns, read_callback


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"status": "success", "id": 334166, "track_id": 7, "output": ["x"]}, Hint("success", "334166", "7")),
        ({"status": "failed", "id": "334166", "track_id": "7", "message": "m"}, Hint("failed", "334166", "7")),
        ({"id": 5}, Hint("", "5", "")),
        ({"track_id": 5, "status": None}, Hint("", "", "5")),
        ({"track_id": 5, "id": "../x"}, Hint("", "", "5")),
        ({"track_id": {"a": 1}, "id": "a-b", "status": "s" * 99}, Hint("s" * 40, "a-b", "")),
    ],
)
def test_a_callback_is_read_in_every_shape(body: Any, hint: Hint) -> None:
    assert read_callback(json.dumps(body).encode(), {"Content-Type": "text/plain"}) == hint


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"null",
        b"{}",
        b'{"status": "success"}',
        b'{"id": true}',
        b'{"id": null, "track_id": ""}',
        b'{"id": "334166~v6~voice~create_dubbing"}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_a_callback_that_names_no_job_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_callback(body, {})


def test_a_callback_concerns_a_job_by_its_id_by_its_address_or_by_naming_none() -> None:
    both = "334166~v6~voice~fetch~271"
    assert concerns(Hint("success", "334166", ""), both)
    assert concerns(Hint("success", "271", ""), both)
    assert concerns(Hint("success", "", "5"), both)
    assert not concerns(Hint("success", "27", ""), both)
