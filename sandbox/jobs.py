"""What the sandbox remembers of a provider that makes one film in one language per job."""

from dataclasses import dataclass, field
from typing import Any

WAITING, QUEUED, PROCESSING, COMPLETED, FAILED = "waiting", "queued", "processing", "completed", "failed"
OPEN = (QUEUED, PROCESSING)


@dataclass
class Job:
    """One job. `asked` is what the client wanted, without its key; files lie under the state directory.

    `due`: the client's answer is lost and the job only appears, or starts, at this time. `code` is a failure to come or
    one that has come. `epoch` counts how often the operator let its links expire.
    """

    job_id: str
    reference: str
    created: float
    since: float
    status: str = WAITING
    due: float | None = None
    looks: int = 0
    asked: dict[str, Any] = field(default_factory=dict)
    base: str = ""
    tag: str = ""
    alias: str = ""
    source: str = ""
    upload: str = ""
    locale: str = ""
    make: str = "dub"
    rendered: str = ""
    code: str = ""
    message: str = ""
    ended: float | None = None
    epoch: int = 0
    reserved: int = 0

    def enter(self, status: str, now: float) -> None:
        """Move to a status and start counting looks and seconds afresh."""
        self.status, self.since, self.looks = status, now, 0
