from __future__ import annotations

import json
from typing import Any

import pytest

from dubbing.providers.base import Delivery
from dubbing.providers.modelslab.callbacks import concerns, read


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"status": "success", "id": 334166, "track_id": 7, "output": ["x"]}, ("success", "334166", "7")),
        ({"status": "failed", "id": "334166", "track_id": "7", "message": "m"}, ("failed", "334166", "7")),
        ({"id": 5}, ("", "5", "")),
        ({"track_id": 5, "status": None}, ("", "", "5")),
        ({"track_id": 5, "id": "../x"}, ("", "", "5")),
        ({"track_id": {"a": 1}, "id": "a-b", "status": "s" * 99}, ("s" * 40, "a-b", "")),
    ],
)
def test_a_callback_is_read_in_every_shape(body: Any, hint: tuple[str, str, str]) -> None:
    told = read(json.dumps(body).encode(), {"Content-Type": "text/plain"})
    event, job, track = hint
    assert (told.event, told.asset_id, told.named) == (event, job, frozenset({job, track}))


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
        read(body, {})


def test_a_callback_concerns_a_job_by_its_id_or_address_or_if_it_names_none() -> None:
    both = "334166~v6~voice~fetch~271"
    assert concerns(Delivery(event="success", asset_id="334166"), both)
    assert concerns(Delivery(event="success", asset_id="271"), both)
    assert concerns(Delivery(event="success", asset_id=""), both)
    assert not concerns(Delivery(event="success", asset_id="27"), both)
