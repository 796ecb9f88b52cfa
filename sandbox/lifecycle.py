"""The studio: assets come in, versions move on, results appear. All on the event loop, so moves never race."""

import asyncio
import os
import shutil
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx

from sandbox.callbacks import Callbacks
from sandbox.config import Config
from sandbox.engine import Engine, EngineError, dub_job
from sandbox.faults import Faults
from sandbox.guests import Guest
from sandbox.intake import examine, fetch
from sandbox.keys import Keys
from sandbox.links import Links
from sandbox.records import (
    COMPLETED,
    FAILED,
    GENERATING,
    NOT_READY,
    READY_TO_EDIT,
    Asset,
    Version,
    ledger_entry,
    new_id,
)
from sandbox.store import Store
from sandbox.switches import Policy, Switches

_TICK = 0.05
_MOVING = (NOT_READY, READY_TO_EDIT, GENERATING)


class Studio:
    """Owns the assets and everything that happens to them."""

    def __init__(self, config: Config) -> None:
        """Take up the stored state; `start` begins the work."""
        self.config = config
        self.sources, self.results = config.folder("sources"), config.folder("results")
        self.keys = Keys(config.folder("."))
        self.links = Links(self.keys.link_secret)
        self.store = Store(config.state_dir / "state.sqlite3")
        self.switches = Switches(**(self.store.setting("switches") or {}))
        if config.policy:
            self.switches.policy = Policy(progress=config.policy)
        self.faults = Faults(self.store)
        self.callbacks = Callbacks(self.store, self.faults, self.keys, lambda: self.switches.delivery)
        self.engine = Engine()
        self.guests: list[Guest] = []
        self._load()

    def _load(self) -> None:
        self.assets = {asset.asset_id: asset for asset in self.store.assets()}
        self.versions = {
            version.version_id: (asset, version) for asset in self.assets.values() for version in asset.versions
        }
        self._open: dict[str, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # -- the program

    async def start(self) -> None:
        """Begin, or go on where the last run stopped: unfinished dubs are simply done again."""
        self.web = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=30)
        self.callbacks.start(self.web)
        for asset in self.assets.values():
            self._watch(asset)
        for guest in self.guests:
            guest.resume()
        self._ticker = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop working; the state file has everything."""
        self._ticker.cancel()
        await self._cancel_work()
        await self.callbacks.stop()
        await self.web.aclose()
        await self.engine.stop()
        self.store.close()

    async def reset(self) -> None:
        """Forget everything but the key pair."""
        await self._cancel_work()
        await self.callbacks.stop()
        self.store.clear()
        for folder in (self.sources, self.results):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        self.switches = Switches()
        if self.config.policy:
            self.switches.policy = Policy(progress=self.config.policy)
        self.faults.clear()
        self._load()
        for guest in self.guests:
            guest.load()
        self.callbacks.start(self.web)

    def save_switches(self) -> None:
        """Keep the switches for the next start."""
        self.store.save_setting("switches", self.switches.model_dump())

    def now(self) -> float:
        """The sandbox clock."""
        return time.time() + self.switches.clock_offset

    # -- assets

    def accept(self, asset: Asset, operation: str) -> None:
        """A new asset: this is the moment that costs money, so the ledger says it."""
        self.assets[asset.asset_id] = asset
        self.store.save_asset(asset)
        self._write_ledger(asset, operation, asset.versions)
        for version in asset.versions:
            self.versions[version.version_id] = (asset, version)
        self._watch(asset)

    def new_version(self, locale: str, srt: str | None, auto: str, dubbing_id: str = "") -> Version:
        """A version that has not started."""
        now = self.now()
        return Version(new_id(), dubbing_id or new_id(), locale, now, now, srt=srt, auto=auto)

    def add_versions(self, asset: Asset, versions: list[Version]) -> None:
        """New languages of an old asset."""
        asset.versions += versions
        for version in versions:
            self.versions[version.version_id] = (asset, version)
        self.store.save_asset(asset)
        self._write_ledger(asset, "add_languages", versions)
        self._watch(asset)

    def fail_asset(self, asset: Asset, code: str, message: str) -> None:
        """End an asset with an error."""
        asset.error = {"code": code, "message": message}
        self._open.pop(asset.asset_id, None)
        self.store.save_asset(asset)
        self.callbacks.emit(asset, "asset_failed")

    def _write_ledger(self, asset: Asset, operation: str, versions: list[Version]) -> None:
        entry = ledger_entry(asset, versions)
        self.store.write_ledger({"operation": operation, **entry, "at": self.now()})

    # -- versions

    def look(self, asset: Asset, version: Version) -> None:
        """Somebody looks at a version; under looks:N this moves it."""
        self._step(asset, version)
        version.looks += 1

    def generate(self, asset: Asset, version: Version, lips: str) -> None:
        """Start making the final video."""
        version.enter(GENERATING, self.now())
        version.auto, version.lips, version.round, version.error = "off", lips, version.round + 1, None
        self._report(asset, version, "version_generating")
        self._open[asset.asset_id] = None
        self.spawn(self._render(asset, version))

    def revise(self, asset: Asset, version: Version) -> None:
        """Back to editing; the generated video is gone for good."""
        self._remove_result(version)
        version.enter(READY_TO_EDIT, self.now())
        version.auto, version.error = "off", None
        self.store.save_asset(asset)

    def fail_version(self, asset: Asset, version: Version, code: str, message: str, *, to: str = FAILED) -> None:
        """A dub or a generation went wrong."""
        event = "version_generate_failed" if version.status == GENERATING else "version_failed"
        version.round += 1
        version.auto, version.error = "off", {"code": code, "message": message}
        version.enter(to, self.now())
        self._report(asset, version, event)

    def result_file(self, version: Version) -> Path | None:
        """The finished video of a version."""
        return self.results / version.rendered if version.rendered and version.status == COMPLETED else None

    def _remove_result(self, version: Version) -> None:
        if version.rendered:
            (self.results / version.rendered).unlink(missing_ok=True)
            version.rendered = None

    def _report(self, asset: Asset, version: Version, event: str) -> None:
        self.store.save_asset(asset)
        self.callbacks.emit(asset, event, version)

    # -- moving on

    async def _run(self) -> None:
        while True:
            for operation, asset in self.store.take_due(self.now()):
                self.accept(asset, operation)
            for asset_id in list(self._open):
                self._advance(self.assets[asset_id])
            for guest in self.guests:
                guest.tick()
            await asyncio.sleep(_TICK)

    def _advance(self, asset: Asset) -> None:
        for version in asset.versions:
            self._step(asset, version)
        if not any(_moves(version) for version in asset.versions):
            self._open.pop(asset.asset_id, None)

    def _step(self, asset: Asset, version: Version) -> None:
        """One move at most, so that every status can be seen."""
        if asset.error or not asset.prepared or not self._may_move(version):
            return
        if version.status == NOT_READY:
            self._finish_dubbing(asset, version)
        elif version.status == READY_TO_EDIT and version.auto != "off":
            self.generate(asset, version, version.auto)
        elif version.status == GENERATING and version.rendered:
            self._finish_generation(asset, version)

    def _may_move(self, version: Version) -> bool:
        # Seconds are spent on work, not on the short stop before an automatic generation.
        if version.status == READY_TO_EDIT and self.switches.policy.progress.startswith("seconds"):
            return True
        return self.switches.policy.passed(looks=version.looks, seconds=self.now() - version.since)

    def _finish_dubbing(self, asset: Asset, version: Version) -> None:
        action = self.faults.draw("version", asset.name)
        if action:
            self.fail_version(asset, version, action.code, action.message)
            return
        version.enter(READY_TO_EDIT, self.now())
        self._report(asset, version, "version_ready")

    def _finish_generation(self, asset: Asset, version: Version) -> None:
        action = self.faults.draw("generate", asset.name)
        if action:
            self._remove_result(version)
            self.fail_version(asset, version, action.code, action.message, to=action.to)
            return
        version.enter(COMPLETED, self.now())
        self._report(asset, version, "version_generated")

    # -- work

    def _watch(self, asset: Asset) -> None:
        if asset.error:
            return
        self._open[asset.asset_id] = None
        if not asset.prepared:
            self.spawn(self._prepare(asset))
        for version in asset.versions:
            if version.status == GENERATING and not version.rendered:
                self.spawn(self._render(asset, version))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Work in the background; a reset ends it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _cancel_work(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _prepare(self, asset: Asset) -> None:
        action = self.faults.draw("asset", asset.name)
        try:
            if action:
                raise EngineError(action.code, action.message)
            await fetch(asset, self.web, self.config, self.sources, self.switches)
            asset.duration = await examine(asset, self.engine, self.sources, self.switches)
        except EngineError as error:
            self.fail_asset(asset, error.code, error.message)
        else:
            asset.prepared = True
            self.store.save_asset(asset)

    async def _render(self, asset: Asset, version: Version) -> None:
        round_, name = version.round, f"{version.version_id}.{version.round}.mp4"
        try:
            await self._make(asset, version, self.results / name)
        except EngineError as error:
            if version.round == round_ and version.status == GENERATING:
                self.fail_version(asset, version, error.code, error.message)
            return
        if version.round == round_ and version.status == GENERATING:
            version.rendered = name
            self.store.save_asset(asset)
        else:
            (self.results / name).unlink(missing_ok=True)

    async def _make(self, asset: Asset, version: Version, path: Path) -> None:
        if self.switches.policy.engine == "stub":
            path.unlink(missing_ok=True)
            os.link(self.sources / asset.source, path)
            return
        await self.engine.run(dub_job(asset, version, self.sources, path, self.switches.policy.damage))


def _moves(version: Version) -> bool:
    return version.status in _MOVING and not (version.status == READY_TO_EDIT and version.auto == "off")
