"""Remote ids of ModelsLab: the job's id, and the address to fetch it from if ``fetch_result`` names another one.

The two can disagree (as in ModelsLab's own sample), so the remote id contains both: ``334166`` if the address follows
from the id, else ``334166~v6~voice~fetch~271``. https://docs.modelslab.com/voice-cloning/fetch-voice
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from dubbing.providers.addresses import acceptable
from dubbing.providers.base import NotFound

LONGEST = 128
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STEP = re.compile(r"(?!\.+$)[A-Za-z0-9_.-]+")
_PORTS = {"http": 80, "https": 443}


def is_id(value: str) -> bool:
    """Whether ``value`` can be one of their ids: opaque, but safe in a path."""
    return bool(_ID.fullmatch(value))


@dataclass(frozen=True, slots=True)
class Site:
    """Where the API is. The key is sent to no address outside ``root``, such as ``https://modelslab.com/api``."""

    root: str
    version: str

    @classmethod
    def of(cls, base_url: str) -> Site:
        """``https://modelslab.com/api/v6`` has the root ``.../api`` and the version ``/v6``; raises ``ValueError``."""
        base = base_url.strip().rstrip("/")
        _, api, version = f"{urlsplit(base).path}/".partition("/api/")
        version = f"/{version}".rstrip("/") if api else ""
        return cls(base.removesuffix(version), version)

    def own_path(self, job_id: str) -> str:
        """The path, below the root, from which a job is fetched by its id."""
        return f"{self.version}/voice/fetch/{job_id}"

    def path_of(self, url: str) -> str:
        """The part of ``url`` below the root; empty for an address that must not get the key."""
        if not acceptable(url, near=self.root):
            return ""
        asked, root = urlsplit(url), urlsplit(self.root)
        path = asked.path.rstrip("/").removeprefix(root.path)
        inside = _origin(asked) == _origin(root) and asked.path.startswith(f"{root.path}/")
        plain = not asked.query and not asked.fragment and all(map(_STEP.fullmatch, path.split("/")[1:]))
        return path if inside and plain else ""


@dataclass(frozen=True, slots=True)
class Job:
    """A job by its id, by the path in its ``fetch_result``, or by both; if both are empty, it is no job."""

    id: str
    path: str

    @property
    def remote_id(self) -> str:
        """Both in one opaque text; without the path if that would be too long."""
        both = "~".join((self.id, *self.path.split("/")[1:]))
        return both if len(both) <= LONGEST else self.id

    def paths(self, site: Site) -> tuple[str, ...]:
        """The paths to fetch it from, likeliest first."""
        own = site.own_path(self.id) if self.id else ""
        return tuple(dict.fromkeys(filter(None, (self.path, own))))


def named(job_id: str, fetch_result: str, site: Site) -> Job:
    """The job that an answer names, without anything that cannot be one of their ids or addresses."""
    path = site.path_of(fetch_result)
    last = path.rpartition("/")[2]
    job_id = job_id if is_id(job_id) else ""
    if is_id(last) and path == site.own_path(last) and job_id in ("", last):
        return Job(last, "")
    return Job(job_id, path)


def parsed(remote_id: str) -> Job:
    """The job that ``Job.remote_id`` stands for; raises ``NotFound`` for any other text."""
    job_id, *steps = remote_id.split("~")
    usable = (is_id(job_id) or (not job_id and steps)) and all(map(_STEP.fullmatch, steps))
    if not usable or len(remote_id) > LONGEST:
        raise NotFound("this is not a valid id")
    return Job(job_id, "".join(f"/{step}" for step in steps))


def _origin(split: SplitResult) -> tuple[str, str | None, int | None]:
    return split.scheme, split.hostname, split.port or _PORTS.get(split.scheme)
