"""Reading ModelsLab's webhook: a hint, unsigned, from whoever knows the address. https://docs.modelslab.com/webhooks

Only the unguessable address says whose it is; only a fetch says whether it is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dubbing.providers.answers import parsed

from . import answers, jobs


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook claims: its status word, and the job's id or our ``track_id``; either may be empty."""

    event: str
    remote_id: str
    track_id: str


def read_callback(body: bytes, headers: Mapping[str, str]) -> Hint:
    """What ``body`` claims; raises ``ValueError`` if it names no job. ``headers`` have nothing to say."""
    data = parsed(body)
    job_id = answers.job_id(data)
    hint = Hint(answers.word(data)[:40], job_id if jobs.is_id(job_id) else "", _track_id(data))
    if not hint.remote_id and not hint.track_id:
        raise ValueError("the body names no job")
    return hint


def concerns(hint: Hint, remote_id: str) -> bool:
    """Whether ``hint`` can be about ``remote_id``: it names its id, the end of its address, or no id at all."""
    return not hint.remote_id or hint.remote_id in remote_id.split("~")


def _track_id(data: Any) -> str:
    value = data.get("track_id") if isinstance(data, dict) else None
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if jobs.is_id(text) else ""
