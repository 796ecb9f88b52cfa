"""Convert ModelsLab's JSON to our objects. https://docs.modelslab.com/voice-cloning/fetch-voice

One job is one video in one language, so one remote id stands for the asset, its dubbing and its version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from dubbing.providers.addresses import acceptable
from dubbing.providers.answers import redacted
from dubbing.providers.base import (
    BadAnswer,
    NotFound,
    Rejected,
    RemoteAsset,
    RemoteDubbing,
    RemoteError,
    RemoteVersion,
    VersionState,
)
from dubbing.providers.modelslab import answers, jobs
from dubbing.providers.unknown_statuses import UnknownStatuses

STATES = {
    "processing": VersionState.GENERATING,
    "success": VersionState.COMPLETED,
    "error": VersionState.FAILED,
    "failed": VersionState.FAILED,
}
_WARMING_UP = re.compile(r"\btry again\b|\bmodel\b.*\b(loading|loaded|warming)\b", re.IGNORECASE)
_FINAL = re.compile(r"fail|invalid|unable|could not|cannot|unsupported", re.IGNORECASE)
_THING = r"(?<!voice\W)(?<!model\W)\b(id|job|request|task|generation|record)\b"
_NO_SUCH_JOB = re.compile(
    r"\b(unknown|no such|invalid)\W+((fetch|request|job|task|generation)\W+)?(id|job|task)\b"
    rf"|{_THING}(\W+([^\W\d]*\d\w*|was|is|does|could|id))*\W+(not\W+(be\W+)?found|unknown|not\W+exist|doesn\W?t\W+exist)\b",
    re.IGNORECASE,
)
"""An unknown job is reported like a failed one; but an unknown voice is a real failure."""
_unknown = UnknownStatuses("ModelsLab")


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer says about a job. ``links``: to the result, if they may be opened; ``mirrors``: its copies."""

    word: str
    job_id: str
    fetch_result: str = field(repr=False)
    message: str
    file_name: str
    links: tuple[str, ...] = field(repr=False)
    mirrors: tuple[str, ...] = field(repr=False)
    raw: dict[str, Any] = field(repr=False)

    @property
    def state(self) -> VersionState | None:
        """The state in our terms.

        A job is done only with a link; a model that is warming up reports an error with the job's id.
        """
        if self.word == "success" and not self.links:
            return VersionState.GENERATING
        if self.word == "error" and self.job_id and _is_warming_up(self.message):
            return VersionState.GENERATING
        return STATES.get(self.word)

    @property
    def failed(self) -> bool:
        return self.state is VersionState.FAILED

    @property
    def error(self) -> RemoteError | None:
        return RemoteError("processing_failed", self.message or "no reason given") if self.failed else None


def read(data: Any, call: str, *, near: str, secrets: tuple[str, ...]) -> Reply:
    """The reply in an answer; raises ``BadAnswer`` if there is none."""
    if not isinstance(data, dict):
        raise BadAnswer("the answer does not describe a job", call=call)
    return Reply(
        word=redacted(answers.word(data), secrets, longest=100),
        job_id=answers.job_id(data),
        fetch_result=answers.fetch_result(data),
        message=answers.message_in(data, secrets),
        file_name=redacted(_first_name(data), secrets),
        links=_links(data.get("output"), near),
        mirrors=_links(data.get("proxy_links"), near),
        raw=answers.kept(data, secrets),
    )


def created(reply: Reply, call: str, site: jobs.Site) -> RemoteAsset:
    """The asset that was just ordered; raises ``Rejected``, or ``BadAnswer`` if nothing identifies the job."""
    if reply.failed:
        raise Rejected(reply.message or "no reason given", call=call)
    remote_id = jobs.named(reply.job_id, reply.fetch_result, site).remote_id
    if not remote_id:
        raise BadAnswer("the answer names no job", call=call)
    return asset(reply, remote_id)


def fetched(reply: Reply, call: str) -> Reply:
    """``reply`` if it is about the requested job; raises ``NotFound`` or ``BadAnswer``."""
    if reply.failed and _NO_SUCH_JOB.search(reply.message):
        raise NotFound(reply.message, call=call)
    if not reply.word:
        raise BadAnswer("the answer has no status", call=call)
    return reply


def asset(reply: Reply, remote_id: str) -> RemoteAsset:
    """The job as an asset, named after the end of its file name.

    Its locale is the one requested, as answers lack it.
    """
    return RemoteAsset(
        remote_id=remote_id,
        name=tail(reply.file_name),
        status=reply.word,
        failed=reply.failed,
        error=reply.error,
        dubbings=(RemoteDubbing("", remote_id, (remote_id,)),),
        raw=reply.raw,
    )


def version(reply: Reply, remote_id: str) -> RemoteVersion:
    """The job as a version. Links count only once it is done: until then they say where the result will be."""
    completed = reply.state is VersionState.COMPLETED
    if reply.state is None:
        _unknown.note(reply.word)
    return RemoteVersion(
        remote_id=remote_id,
        status=reply.word,
        state=reply.state,
        result_url=reply.links[0] if completed else None,
        mirror_urls=tuple(link for link in reply.mirrors if link != reply.links[0]) if completed else (),
        error=reply.error,
        raw=reply.raw,
    )


def names(links: Any) -> tuple[str, ...]:
    """The file names at the ends of ``links``: a list, or a single text."""
    return tuple(filter(None, map(_file_name, _listed(links))))


def tail(file_name: str) -> str:
    """The part of the name that we requested: ``dubbed_video_<uuid>_dub-abc.mp4`` gives ``dub-abc``."""
    return file_name.rpartition(".")[0].rpartition("_")[2][:100]


def _is_warming_up(message: str) -> bool:
    return bool(_WARMING_UP.search(message) and not _FINAL.search(message))


def _first_name(data: dict[str, Any]) -> str:
    candidates = (name for key in ("output", "future_links", "proxy_links") for name in names(data.get(key)))
    return next(candidates, "")


def _links(value: Any, near: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(link for link in _listed(value) if acceptable(link, near=near)))


def _listed(value: Any) -> list[str]:
    entries = value if isinstance(value, list) else [value]
    return [link for link in entries if isinstance(link, str) and link]


def _file_name(link: str) -> str:
    try:
        return urlsplit(link).path.rpartition("/")[2]
    except ValueError:
        return ""
