"""The interface to a dubbing provider: what we may request, in the field's terms, and what can go wrong.

The error tree; ``permanent`` means that asking again cannot help, ``outcome_unknown`` that the request may have
been carried out although we have no answer::

    ProviderError
    ├── NotSent            nothing reached the provider: refused connection, DNS, TLS, full pool   retry
    ├── Rejected           the provider read the request and said no (4xx)                         permanent
    │   └── NotFound       ... because it knows no such thing (404)
    ├── OnHold             no request can succeed now; nothing is wrong with this one              retry later
    │   ├── KeyRejected    401
    │   ├── AccountLimited 403
    │   └── Throttled      429, with ``retry_after``
    ├── AnswerLost         timeout, reset, 5xx                                                     outcome unknown
    ├── BadAnswer          2xx that cannot be read, a redirect, too long an answer                 outcome unknown
    └── LinkExpired        a result link that no longer works: fetch the version for a fresh one
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol

# --- errors ---------------------------------------------------------------------------------------------------------


class ProviderError(Exception):
    """A call that failed. Its text contains no key, body or signed link."""

    permanent: ClassVar[bool] = False
    outcome_unknown: ClassVar[bool] = False

    def __init__(
        self, reason: str, *, call: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        """``reason``: the provider's words or ours, short; ``call``: "POST /v1/assets/"; ``retry_after``: seconds."""
        self.reason, self.call, self.status, self.retry_after = reason, call, status, retry_after
        super().__init__(" ".join(part for part in (call, str(status or ""), reason) if part))


class NotSent(ProviderError):
    """Nothing reached the provider."""


class Rejected(ProviderError):
    """The provider read the request and refused it."""

    permanent = True


class NotFound(Rejected):
    """The provider knows no such asset or version."""


class OnHold(ProviderError):
    """Nothing can be sent now, through no fault of this request."""


class KeyRejected(OnHold):
    """The API key is not valid (401)."""


class AccountLimited(OnHold):
    """The account may not do this now (403)."""


class Throttled(OnHold):
    """Too many requests (429); the request was not carried out."""


class AnswerLost(ProviderError):
    """No usable answer came back; the request may have been carried out."""

    outcome_unknown = True


class BadAnswer(ProviderError):
    """An answer came back, but says nothing that we can rely on."""

    outcome_unknown = True


class LinkExpired(ProviderError):
    """The result link no longer works."""


class SendAborted(Exception):
    """Raised by a ``Progress`` callback: the sender has lost the right to send."""


# --- requests ---------------------------------------------------------------------------------------------------------

Progress = Callable[[int], None]
"""Called with the bytes sent so far: with 0 right before the first byte, then at least every few seconds."""


Prepared = Callable[[str], None]
"""Called with the remote id as soon as it is known, before the step that is paid for."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of ours to send with a request."""

    path: Path
    name: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Target:
    """A locale to dub into, with the text to be spoken if we have it (as SRT)."""

    locale: str
    srt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetOrder:
    """Everything a provider needs to dub one source. Exactly one of ``media_url`` and ``video``."""

    name: str
    reference: str = ""
    locale: str
    targets: tuple[Target, ...]
    media_url: str | None = None
    video: LocalFile | None = None
    background_url: str | None = None
    background: LocalFile | None = None
    callback_url: str | None = None
    speakers: int | None = None
    start: float | None = None
    end: float | None = None
    auto_generate: str = "off"
    lips_model: str | None = None
    voice_anonymization: float | None = None
    source_srt: str | None = None
    options: Mapping[str, str | int | float] = field(default_factory=dict)
    """What only some providers support: ``voice_id``, ``voice_model``, ``speed``, ``seed``, ``notes``."""
    prepared_id: str = ""
    """The id that ``prepared`` was called with on an earlier attempt: continue with it to avoid paying twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What we know of a request whose answer was lost. A candidate carries one of the references, if there are any."""

    references: tuple[str, ...]
    since: str
    """A little before it was sent, by our clock. The provider's dates come from another clock, perhaps hours off."""
    candidate_id: str = ""
    conclusive: bool = False
    """Finding nothing must be reliable: no part may be left unread because its date says that it is older."""
    every: bool = False
    """Everything that carries one of the references is sought, not just any of it. Only for providers with a list."""


# --- answers ----------------------------------------------------------------------------------------------------------


class VersionState(StrEnum):
    """The status of a version, in our terms."""

    PREPARING = "preparing"
    READY = "ready"
    GENERATING = "generating"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RemoteError:
    """Why the provider failed: its code, if it gave one, and its message."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RemoteDubbing:
    """One locale of a remote asset."""

    locale: str
    remote_id: str | None
    version_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAsset:
    """An asset as the provider describes it. ``status`` is the provider's own word; only ``failed`` is relied on."""

    remote_id: str
    name: str
    status: str
    failed: bool
    created_at: str | None = None
    duration: float | None = None
    error: RemoteError | None = None
    dubbings: tuple[RemoteDubbing, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


def name_matcher(references: Iterable[str]) -> Callable[[RemoteAsset], bool]:
    """Whether an asset's name has one of these references in it, in whatever case the provider returns it."""
    folded = [reference.casefold() for reference in references]

    def matches(asset: RemoteAsset) -> bool:
        name = asset.name.casefold()
        return any(reference in name for reference in folded)

    return matches


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteVersion:
    """A version as the provider describes it. ``state`` is None for an unknown word (kept in ``status``)."""

    remote_id: str
    status: str
    state: VersionState | None
    studio_url: str | None = None
    result_url: str | None = field(default=None, repr=False)
    mirror_urls: tuple[str, ...] = field(default=(), repr=False)
    """Further links to the same result, in case ``result_url`` does not work."""
    progress: float | None = None
    error: RemoteError | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    """The original answer, without links that carry a signature."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Assets found in a search, newest first, with distinct ids. ``complete``: none can have been missed."""

    assets: tuple[RemoteAsset, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a callback claims. It is only ever a hint at what to sync."""

    event: str
    asset_id: str = ""
    version_id: str = ""
    named: frozenset[str] = frozenset()
    """All texts in the body: if an id has an unexpected name, it may still be one that we know."""


class NotGenuine(Exception):
    """The callback does not come from the provider."""


class ResultStream(Protocol):
    """A result being downloaded."""

    size: int | None
    """The size in bytes, if announced."""

    def __iter__(self) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider can do; forms and pages check this, never the provider's name."""

    trim: bool = False
    target_srt: bool = False
    source_srt: bool = False
    lips: bool = False
    voice_anonymization: bool = False
    speakers: bool = False
    background: bool = False
    studio: bool = False
    revise: bool = False
    add_locales: bool = False
    several_locales: bool = False
    callbacks: bool = False
    promises_callbacks: bool = False
    """Documents callbacks for every event, so that it need not be polled often."""
    listing: bool = False
    uploads: bool = False
    links: bool = False
    voice: bool = False
    notes: bool = False
    may_return_placeholder: bool = False
    prepares: bool = False
    """Gives an id before the paid step, and can tell whether that step was taken."""


class Provider(Protocol):
    """A dubbing service in our terms. Every call raises ``ProviderError`` and has a hard deadline."""

    name: str
    label: str
    capabilities: Capabilities

    def reachable(self, url: str) -> bool:
        """Whether the provider could call or fetch this address: public HTTPS, or a local one if it is local."""

    def create_asset(
        self, order: AssetOrder, *, progress: Progress | None = None, prepared: Prepared | None = None
    ) -> RemoteAsset:
        """Create an asset: the paid step. It is not idempotent; check ``outcome_unknown`` on errors."""

    def add_locales(
        self,
        remote_id: str,
        targets: tuple[Target, ...],
        *,
        auto_generate: str,
        progress: Progress | None = None,
    ) -> RemoteAsset:
        """Start dubbings in more locales: also a paid step."""

    def fetch_asset(self, remote_id: str) -> RemoteAsset:
        """The current state of the asset."""

    def find(self, sought: Sought) -> Listing:
        """Find out what became of a request whose answer was lost: its assets, and whether any can have been missed."""

    def fetch_version(self, remote_id: str) -> RemoteVersion:
        """The current state of the version, with a fresh result link if there is a result."""

    def revise(self, remote_id: str) -> None:
        """Send a version back to editing. Destroys its result at the provider."""

    def open_result(self, version: RemoteVersion) -> AbstractContextManager[ResultStream]:
        """Open the version's result for download; raises ``LinkExpired`` if the link is too old."""
