"""What the sandbox remembers: assets with their versions, as plain data that turns into JSON and back."""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

NOT_READY, READY_TO_EDIT, GENERATING, COMPLETED, FAILED = (
    "NotReady",
    "ReadyToEdit",
    "Generating",
    "Completed",
    "Failed",
)


def new_id() -> str:
    """24 hex digits, the form the documentation shows."""
    return secrets.token_hex(12)


def stamp(seconds: float) -> str:
    """ISO-8601 in UTC with a Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Version:
    """One workable state of one language. `round` counts generations, so that a late result is recognised."""

    version_id: str
    dubbing_id: str
    locale: str
    created: float
    since: float
    srt: str | None = None
    auto: str = "off"
    lips: str = "off"
    status: str = NOT_READY
    looks: int = 0
    round: int = 0
    rendered: str | None = None
    error: dict[str, str] | None = None

    def enter(self, status: str, now: float) -> None:
        """Move to a status and start counting looks and seconds afresh."""
        self.status, self.since, self.looks = status, now, 0


@dataclass
class Asset:
    """One source video. `source` and `background` are files under the state directory, empty until they are here."""

    asset_id: str
    name: str
    locale: str
    created: float
    callback_url: str | None = None
    media_url: str | None = None
    background_url: str | None = None
    source: str = ""
    background: str = ""
    speakers_count: int | None = None
    start_time: float | None = None
    end_time: float | None = None
    auto_generate: str = "off"
    source_srt: str | None = None
    lips_model: str = "real_face"
    voice_anonymization: float = 0.0
    duration: float | None = None
    error: dict[str, str] | None = None
    prepared: bool = False
    looks: int = 0
    versions: list[Version] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Derived from the versions; only a failure is the asset's own."""
        states = {version.status for version in self.versions}
        if self.error:
            return FAILED
        if NOT_READY in states or not states:
            return "Dubbing"
        return "Ready" if states == {COMPLETED} else "PendingReview"

    def as_json(self) -> dict[str, Any]:
        """A plain dictionary for the state file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Asset":
        """The way back from the state file."""
        versions = [Version(**version) for version in data.pop("versions")]
        return cls(**data, versions=versions)


def ledger_entry(asset: Asset, versions: list[Version]) -> dict[str, Any]:
    """What the ledger says about work on an asset."""
    address = urlsplit(asset.callback_url or "")
    return {
        "asset_id": asset.asset_id,
        "name": asset.name,
        "locales": [version.locale for version in versions],
        "callback_host": address.hostname,
        "callback_path": address.path,
    }


@dataclass
class Delivery:
    """One callback: what was to be sent, where to, and what became of it."""

    seq: int
    asset_id: str
    url: str
    body: str
    attempts: int = 0
    outcome: str = "pending"
    signed: bool = True
    answers: list[str] = field(default_factory=list)
