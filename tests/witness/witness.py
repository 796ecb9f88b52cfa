"""The witness: the provider's API once more, with every open question answered differently from the notes' proposal.

Its switches are for tests: see ``Mode``. Nothing here is shared with the sandbox.
"""

from __future__ import annotations

import random
import threading
import time
import urllib.request
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.witness import film
from tests.witness.callbacks import Caller
from tests.witness.doors import ApiDoor, FileDoor, serve
from tests.witness.rules import Refusal, check_languages, check_order, kept_name

PER_PAGE = 2
LINK_SECONDS = 5.0


@dataclass
class Mode:
    """What a test can have decided differently once more."""

    callbacks: str = "after"  # "none", or "before": all of them before the create request is answered
    lose_answers: int = 0  # so many create requests are carried out and never answered
    lose_requests: int = 0  # so many are read, not carried out and never answered
    throttle: int = 0  # so many are refused with 429 and a date to come back at
    stale_links: int = 0  # so many result links have expired when they are handed out
    error: str = "object"  # or "text": the shape of an asset's error
    ids: str = "uuid"  # or "dotted"
    generate: str = "works"  # or "fails": a failed generation goes back to editing
    age: float = 0.0  # seconds that new assets are older than they are
    coarse: bool = False  # times by the hour, so that several assets have the same
    listing: str = "numbered"  # or "endless": no next, and the last page again for ever
    empty_looks: int = 2  # so often an asset is shown without its versions
    work: float = 0.3  # seconds before a dub is begun


@dataclass
class Version:
    """A version of one language."""

    version_id: str
    locale: str
    auto_generate: str
    status: str = "NotReady"
    file: Path | None = None
    problem: str = ""
    made: int = 0


@dataclass
class Asset:
    """An asset. ``looks``: how often somebody asked for it."""

    asset_id: str
    order: dict[str, Any]
    created_at: datetime
    source: Path | None = None
    versions: list[Version] = field(default_factory=list)
    failed: film.Unfit | None = None
    duration: float | None = None
    looks: int = 0

    @property
    def status(self) -> str:
        """Ready as soon as one language is; back to review when all are: nobody may lean on it."""
        done = [version.status == "Completed" for version in self.versions]
        if self.failed:
            return "Failed"
        return "PendingReview" if all(done) else "Ready" if any(done) else "Dubbing"


class Witness:
    """Everything it knows, and what each request does."""

    def __init__(self, port: int, folder: Path, key: str) -> None:
        self.folder, self.key, self.port = folder, key, port
        self.lock = threading.RLock()
        self.mode = Mode()
        self.assets: dict[str, Asset] = {}
        self.links: dict[str, tuple[Path, float]] = {}
        self.counts: Counter[str] = Counter()
        self.caller = Caller(self._make_key(), self.counts)
        self.files_port = 0

    def serve(self) -> None:
        """Answer on the port, and hand out files on another one."""
        files = serve(0, FileDoor, self)
        self.files_port = files.server_port
        threading.Thread(target=files.serve_forever, daemon=True).start()
        serve(self.port, ApiDoor, self).serve_forever()

    def _make_key(self) -> Any:
        self.folder.mkdir(parents=True, exist_ok=True)
        key = generate_private_key(SECP256R1())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (self.folder / "private_key.pem").write_bytes(private)
        (self.folder / "public_key.pem").write_bytes(public)
        return key

    # --- requests -----------------------------------------------------------------------------------------------------

    def create(self, order: Any, video: bytes | None) -> tuple[int, dict[str, Any]] | None:
        """Create an asset. None: no answer goes out."""
        with self.lock:
            if self._spend("throttle"):
                again = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
                raise Refusal(429, {"msg": "Slow down, please."}, {"Retry-After": again})
            if self._spend("lose_requests"):
                return None
            check_order(order, uploaded=video is not None)
            created_at = datetime.now(UTC) - timedelta(seconds=self.mode.age)
            if self.mode.coarse and self.mode.age:
                created_at = created_at.replace(minute=0, second=0)
            asset = Asset(self._new_id("ast"), order, created_at)
            asset.versions = [self._version(language, order) for language in order["languages"]]
            self.assets[asset.asset_id] = asset
            self.counts["created"] += 1
            answered = not self._spend("lose_answers")
        if video is not None:
            asset.source = self.folder / f"{uuid.uuid4()}.source"
            asset.source.write_bytes(video)
        if self.mode.callbacks == "before":
            self._work(asset, asset.versions)
            time.sleep(0.5)
        else:
            threading.Thread(target=self._work, args=(asset, asset.versions), daemon=True).start()
        return (202 if video is None else 200, self.shown(asset)) if answered else None

    def add(self, asset: Asset, order: Any) -> tuple[int, dict[str, Any]]:
        """Add languages."""
        with self.lock:
            check_languages(order.get("languages"), asset.order["locale"])
            present = {version.locale for version in asset.versions}
            twice = [language["locale"] for language in order["languages"] if language["locale"] in present]
            if twice or asset.failed:
                raise Refusal(409, {"type": "conflict", "description": f"There already: {twice}"})
            new = [self._version(language, order) for language in order["languages"]]
            asset.versions += new
            self.counts["added"] += len(new)
        threading.Thread(target=self._work, args=(asset, new), daemon=True).start()
        return 202, self.shown(asset)

    def page(self, number: int) -> dict[str, Any]:
        """A page of the list, oldest first, whatever size was asked for."""
        with self.lock:
            known = list(self.assets.values())
        last = max(1, -(-len(known) // PER_PAGE))
        if self.mode.listing == "endless":
            number = min(number, last)
        if not 1 <= number <= last:
            raise Refusal(404, "Invalid page.")
        results = [self.shown(asset, briefly=True) for asset in known[(number - 1) * PER_PAGE : number * PER_PAGE]]
        if self.mode.listing == "endless":
            return {"results": results, "count": len(known)}
        return {"results": results, "next": number + 1 if number < last else None, "count": len(known)}

    def shown(self, asset: Asset, *, briefly: bool = False) -> dict[str, Any]:
        """An asset as it is answered, with more in it than anybody asked for."""
        with self.lock:
            young = asset.looks <= self.mode.empty_looks
            answer: dict[str, Any] = {
                "object": "asset",
                "asset_id": asset.asset_id,
                "name": kept_name(asset.order["name"]),
                "locale": asset.order["locale"],
                "created_at": asset.created_at.replace(tzinfo=None).isoformat(timespec="seconds"),
                "status": asset.status,
                "owner": {"id": 17, "e-mail": None},
                "languages": [self._language(version, young, briefly) for version in asset.versions],
            }
            if asset.status in ("Ready", "PendingReview"):
                answer["duration"] = asset.duration
            if asset.failed:
                words = asset.failed.words
                told = {"type": asset.failed.code, "description": words, "help": []}
                answer["error"] = words if self.mode.error == "text" else told
            return answer

    def shown_version(self, version: Version) -> dict[str, Any]:
        """A version as it is answered: without its own id, and with a link that no other answer has."""
        answer = {
            "id": 4711,
            "status": version.status,
            "studio_url": None,
            "progress": 100 if version.status == "Completed" else random.randrange(100),
            "error": {"detail": version.problem} if version.problem else {},
            "lips": {"model": None},
        }
        if version.status == "Completed" and version.file:
            answer["result_url"] = self._link(version.file)
        return answer

    def revise(self, version: Version) -> tuple[int, dict[str, Any]]:
        """Back to editing; the result is gone."""
        with self.lock:
            if version.status in ("NotReady", "Generating"):
                raise Refusal(409, [{"msg": "It is being worked on."}])
            version.status, version.file = "ReadyToEdit", None
            self.counts["revised"] += 1
        return 200, {"studio_url": None, "status": version.status}

    def find_version(self, version_id: str) -> tuple[Asset, Version]:
        """A version and its asset. Raises Refusal."""
        for asset in self.assets.values():
            for version in asset.versions:
                if version.version_id == version_id:
                    return asset, version
        raise Refusal(404, {"msg": "No such version."})

    def find_asset(self, asset_id: str) -> Asset:
        """Raises Refusal."""
        if asset_id not in self.assets:
            raise Refusal(404, [{"loc": ["path", "asset_id"], "msg": "No such asset."}])
        return self.assets[asset_id]

    # --- what only tests ask for --------------------------------------------------------------------------------------

    def control(self, what: str, given: dict[str, Any]) -> Any:
        """``mode``, ``forget``, ``seen``, and ``generate``: somebody makes a version's video again in the studio."""
        if what == "mode":
            for name, value in given.items():
                assert hasattr(self.mode, name), name
                setattr(self.mode, name, value)
        elif what == "forget":
            with self.lock:
                self.mode = Mode()
                self.assets.clear()
                self.counts.clear()
                self.caller.told.clear()
        elif what == "generate":
            asset, version = self.find_version(given["version_id"])
            self._generate(asset, version)
        elif what == "tell":
            self.caller.tell(self.find_asset(given["asset_id"]).order, given["body"])
        return {
            "counts": dict(self.counts),
            "told": list(self.caller.told),
            "assets": [self.shown(asset) | {"order": asset.order} for asset in list(self.assets.values())],
            "versions": {v.version_id: v.status for a in list(self.assets.values()) for v in a.versions},
        }

    # --- work ---------------------------------------------------------------------------------------------------------

    def _work(self, asset: Asset, versions: list[Version]) -> None:
        time.sleep(self.mode.work)
        try:
            self._prepare(asset)
        except film.Unfit as problem:
            asset.failed = problem
            self._tell(asset, {"event": "asset_failed", "version_id": None})
            return
        for version in versions:
            if version.auto_generate not in ("with_lips", "no_lips"):
                version.status = "ReadyToEdit"
                self._tell(asset, _event("version_ready", version))
            else:
                self._generate(asset, version)

    def _generate(self, asset: Asset, version: Version) -> None:
        """NotReady becomes Completed at once; what happened in between is told afterwards, last things first."""
        if self.mode.generate == "fails":
            version.status, version.problem = "ReadyToEdit", "The voices would not be mixed."
            self._tell(asset, _event("version_generate_failed", version))
            return
        assert asset.source
        start, end = self._trim(asset)
        out = self.folder / f"{uuid.uuid4()}.mp4"
        pitch = 300.0 + 40 * len(version.locale) + 100 * version.made
        film.dub(asset.source, out, start=start, end=end, pitch=pitch)
        with self.lock:
            version.status, version.file, version.made = "Completed", out, version.made + 1
            asset.duration = end - start
        names = ("version_generated", "version_generated", "version_polished", "version_generating", "version_ready")
        for name in names:
            self._tell(asset, _event(name, version))

    def _prepare(self, asset: Asset) -> None:
        if asset.source is None:
            asset.source = self.folder / f"{uuid.uuid4()}.source"
            try:
                with urllib.request.urlopen(asset.order["media_url"], timeout=10) as answer:
                    asset.source.write_bytes(answer.read())
            except OSError as error:
                raise film.Unfit("media_not_fetched", f"Your link gave us: {error}") from None
        seconds = film.length(asset.source)
        start, end = asset.order.get("start_time") or 0.0, asset.order.get("end_time")
        if start >= seconds or (end is not None and (end <= start or end > seconds + 0.1)):
            raise film.Unfit("invalid_input", f"start_time and end_time must lie within {seconds:.1f} s.")

    def _trim(self, asset: Asset) -> tuple[float, float]:
        assert asset.source
        end = asset.order.get("end_time")
        return asset.order.get("start_time") or 0.0, film.length(asset.source) if end is None else end

    def _tell(self, asset: Asset, body: dict[str, Any]) -> None:
        if self.mode.callbacks != "none":
            self.caller.tell(asset.order, {"asset_id": asset.asset_id, "sent_at": time.time_ns(), **body})

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _spend(self, name: str) -> bool:
        left: int = getattr(self.mode, name)
        setattr(self.mode, name, max(0, left - 1))
        return left > 0

    def _new_id(self, kind: str) -> str:
        new = str(uuid.uuid4())
        return new if self.mode.ids == "uuid" else f"{kind}.{new[:8]}~2"

    def _version(self, language: dict[str, Any], order: dict[str, Any]) -> Version:
        name = f"{self._new_id('ver')}_{language['locale']}"
        return Version(name, language["locale"], order.get("auto_generate") or "off")

    def _language(self, version: Version, young: bool, briefly: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"dubbing_id": None if young else f"dub/{version.version_id}", "locale": version.locale}
        if not briefly:
            more = {"version_id": version.version_id, "label": "v1", "status": "?", "by": {"robot": True}}
            told["versions"] = [] if young else [more]
        return told

    def _link(self, file: Path) -> str:
        with self.lock:
            stale = self._spend("stale_links")
            name = uuid.uuid4().hex
            self.links[name] = (file, time.monotonic() + (-1 if stale else LINK_SECONDS))
        return f"http://127.0.0.1:{self.files_port}/signed/{name}?X-Expires={LINK_SECONDS:.0f}&X-Sig=s3cret"

    def take_link(self, name: str) -> Path | None:
        """The file behind a link that is still good. Each works once."""
        with self.lock:
            file, until = self.links.pop(name, (None, 0.0))
        return file if time.monotonic() < until else None

    def redirected(self, file: Path) -> str:
        """Where the file itself lies, for a moment."""
        name = uuid.uuid4().hex
        self.links[name] = (file, time.monotonic() + LINK_SECONDS)
        return f"/stored/{name}"


def _event(name: str, version: Version) -> dict[str, Any]:
    return {"event": name, "version_id": version.version_id, "locale": version.locale, "extra": [{"a": None}]}
