"""A provider in memory that does what a test tells it: for what no sandbox can play, and for thousands of rounds."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, repeat

from dubbing.providers import base
from dubbing.providers.panjaya import PanjayaProvider

Step = Callable[[], None]
_NUMBERS = count(1)
WORDS = {
    base.VersionState.PREPARING: "NotReady",
    base.VersionState.READY: "ReadyToEdit",
    base.VersionState.GENERATING: "Generating",
    base.VersionState.COMPLETED: "Completed",
    base.VersionState.FAILED: "Failed",
}


@dataclass
class ScriptedVersion:
    """A version; ``word`` overrides the provider's word for its state."""

    remote_id: str
    state: base.VersionState = base.VersionState.PREPARING
    word: str = ""
    result: bytes = b""
    error: base.RemoteError | None = None

    def complete(self, result: bytes) -> None:
        """The final video is there."""
        self.state, self.result = base.VersionState.COMPLETED, result


@dataclass
class ScriptedAsset:
    """An asset with the versions of each locale."""

    remote_id: str
    name: str
    versions: dict[str, list[ScriptedVersion]]
    failed: bool = False
    error: base.RemoteError | None = None
    duration: float | None = None
    order: base.AssetOrder | None = None
    unlisted: list[ScriptedVersion] = field(default_factory=list)
    """Versions that can be fetched although the asset does not name them."""
    lists_versions: bool = True
    lists_languages: bool = True
    gone: bool = False

    @property
    def first(self) -> ScriptedVersion:
        """The only version of the first locale."""
        return next(iter(self.versions.values()))[0]


@dataclass
class Stream:
    """A result on its way, in pieces. ``taken``: bytes that somebody has read."""

    pieces: Iterable[bytes]
    size: int | None
    breaks: base.ProviderError | None = None
    taken: int = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.taken += len(piece)
            yield piece
        if self.breaks:
            raise self.breaks


@dataclass
class ScriptedProvider:
    """Implements ``base.Provider``. ``calls`` is what it was asked; ``before`` and ``after`` run around a call once.

    Results: ``streams`` are those that were opened, ``breaks`` ends each with this, ``endless`` makes them so.
    """

    name: str = "panjaya"
    label: str = "Panjaya"
    capabilities: base.Capabilities = PanjayaProvider.capabilities
    assets: dict[str, ScriptedAsset] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    sought: list[base.Sought] = field(default_factory=list)
    before: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    after: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    complete_listing: bool = True
    announces_size: bool = True
    breaks: base.ProviderError | None = None
    streams: list[Stream] = field(default_factory=list)
    endless: bool = False
    between: Step | None = None
    """What happens before each next piece of a result, which then comes byte by byte."""
    unreadable: dict[str, base.ProviderError] = field(default_factory=dict)
    """Versions whose answer is always this."""

    # --- telling it what to do

    def fail(self, call: str, error: Exception, *, times: int = 1, done: bool = False) -> None:
        """Have the next calls raise this; ``done``: after the work."""

        def step() -> None:
            raise error

        (self.after if done else self.before)[call] += [step] * times

    def then(self, call: str, step: Step) -> None:
        """Have something happen in the middle of the next call: after the work, before the answer."""
        self.after[call].append(step)

    def heal(self) -> None:
        """Forget the faults."""
        self.before.clear()
        self.after.clear()

    def add(self, name: str = "made in the studio", locales: tuple[str, ...] = ("es-ES",)) -> ScriptedAsset:
        """An asset that nobody asked for here."""
        asset = ScriptedAsset(self._id("asset"), name, {locale: [self.version()] for locale in locales})
        self.assets[asset.remote_id] = asset
        return asset

    def version(self) -> ScriptedVersion:
        """A version that has not begun."""
        return ScriptedVersion(self._id("version"))

    @property
    def only(self) -> ScriptedAsset:
        """The one asset there is."""
        (asset,) = self.assets.values()
        return asset

    def asked(self, call: str) -> int:
        """How often it was asked."""
        return self.calls.count(call)

    # --- base.Provider

    def reachable(self, url: str) -> bool:
        return True

    def create_asset(
        self, order: base.AssetOrder, *, progress: base.Progress | None = None, prepared: base.Prepared | None = None
    ) -> base.RemoteAsset:
        with self._call("create_asset"):
            if progress:
                progress(0)
            if progress and order.video:
                progress(order.video.path.stat().st_size)
            asset = self.add(order.name[:255], tuple(target.locale for target in order.targets))
            asset.order = order
            return self._shown(asset)

    def add_locales(
        self,
        remote_id: str,
        targets: tuple[base.Target, ...],
        *,
        auto_generate: str,
        progress: base.Progress | None = None,
    ) -> base.RemoteAsset:
        with self._call("add_locales"):
            if progress:
                progress(0)
            asset = self._asset(remote_id)
            if any(target.locale in asset.versions for target in targets):
                raise base.Rejected("already there", status=400)
            asset.versions |= {target.locale: [self.version()] for target in targets}
            return self._shown(asset)

    def fetch_asset(self, remote_id: str) -> base.RemoteAsset:
        with self._call("fetch_asset"):
            if self._asset(remote_id).gone:
                raise base.NotFound("no such asset", status=404)
            return self._shown(self._asset(remote_id))

    def find(self, sought: base.Sought) -> base.Listing:
        self.sought.append(sought)
        if sought.candidate_id:
            try:
                return base.Listing((self.fetch_asset(sought.candidate_id),), complete=True)
            except base.NotFound:
                return base.Listing((), complete=True)
        with self._call("list_assets"):
            shown = (self._shown(asset, versions=False) for asset in reversed(self.assets.values()))
            wanted = [reference.lower() for reference in sought.references]
            hits = tuple(one for one in shown if any(reference in one.name.lower() for reference in wanted))
            return base.Listing(hits, complete=self.complete_listing)

    def fetch_version(self, remote_id: str) -> base.RemoteVersion:
        with self._call("fetch_version"):
            if remote_id in self.unreadable:
                raise self.unreadable[remote_id]
            version = self._version(remote_id)
            done = version.state is base.VersionState.COMPLETED
            known = version.word in ("", *WORDS.values())
            return base.RemoteVersion(
                remote_id=remote_id,
                status=version.word or WORDS[version.state],
                state=version.state if known else None,
                studio_url=f"https://studio.example.com/{remote_id}",
                result_url=f"https://files.example.com/{remote_id}.mp4?signature=s1gned-l1nk" if done else None,
                error=version.error,
            )

    def revise(self, remote_id: str) -> None:
        with self._call("revise"):
            version = self._version(remote_id)
            if version.state in (base.VersionState.PREPARING, base.VersionState.GENERATING):
                raise base.Rejected("cannot be revised now", status=400)
            version.state, version.result = base.VersionState.READY, b""

    @contextmanager
    def open_result(self, version: base.RemoteVersion) -> Iterator[base.ResultStream]:
        with self._call("open_result"):
            if not version.result_url:
                raise base.LinkExpired("the version has no result")
            content = self._version(version.remote_id).result
            pieces: Iterable[bytes] = repeat(bytes(1 << 20)) if self.endless else [content]
            if self.between:
                pieces = self._slowly(content, self.between)
            size = len(content) if self.announces_size and not self.endless else None
            self.streams.append(Stream(pieces, size, self.breaks))
            yield self.streams[-1]

    # --- inside

    @contextmanager
    def _call(self, name: str) -> Iterator[None]:
        self.calls.append(name)
        if self.before[name]:
            self.before[name].pop(0)()
        yield
        if self.after[name]:
            self.after[name].pop(0)()

    def _slowly(self, content: bytes, between: Step) -> Iterator[bytes]:
        for byte in content:
            between()
            yield bytes([byte])

    def _id(self, kind: str) -> str:
        return hashlib.sha256(f"{kind} {next(_NUMBERS)}".encode()).hexdigest()[:24]

    def _asset(self, remote_id: str) -> ScriptedAsset:
        if remote_id not in self.assets:
            raise base.NotFound("no such asset", status=404)
        return self.assets[remote_id]

    def _version(self, remote_id: str) -> ScriptedVersion:
        listed = (one for asset in self.assets.values() for versions in asset.versions.values() for one in versions)
        every = [*listed, *(one for asset in self.assets.values() for one in asset.unlisted)]
        version = next((one for one in every if one.remote_id == remote_id), None)
        if version is None:
            raise base.NotFound("no such version", status=404)
        return version

    def _shown(self, asset: ScriptedAsset, *, versions: bool = True) -> base.RemoteAsset:
        dubbings = tuple(
            base.RemoteDubbing(
                locale,
                f"d-{asset.remote_id}-{locale}",
                tuple(one.remote_id for one in ones) if asset.lists_versions else (),
            )
            for locale, ones in asset.versions.items()
            if asset.lists_languages
        )
        return base.RemoteAsset(
            remote_id=asset.remote_id,
            name=asset.name,
            status="Failed" if asset.failed else "Dubbing",
            failed=asset.failed,
            error=asset.error,
            duration=asset.duration,
            dubbings=dubbings if versions else (),
        )
