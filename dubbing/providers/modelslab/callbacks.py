"""Read ModelsLab's webhooks: unsigned hints from anybody who knows the address. https://docs.modelslab.com/webhooks

Only the unguessable address says which job it is for; only a fetch says whether it is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dubbing.providers.answers import parsed
from dubbing.providers.base import Delivery
from dubbing.providers.modelslab import answers, jobs


def read(body: bytes, headers: Mapping[str, str]) -> Delivery:
    """What ``body`` claims; raises ``ValueError`` if it names no job. ``headers`` are not used."""
    data = parsed(body)
    job_id = answers.job_id(data)
    remote_id, track_id = job_id if jobs.is_id(job_id) else "", _track_id(data)
    if not remote_id and not track_id:
        raise ValueError("the body names no job")
    return Delivery(event=answers.word(data)[:40], asset_id=remote_id, named=frozenset({remote_id, track_id}))


def concerns(delivery: Delivery, remote_id: str) -> bool:
    """Whether ``delivery`` can be about ``remote_id``: it has that id, the end of its address, or no id at all."""
    return not delivery.asset_id or delivery.asset_id in remote_id.split("~")


def _track_id(data: Any) -> str:
    value = data.get("track_id") if isinstance(data, dict) else None
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if jobs.is_id(text) else ""
