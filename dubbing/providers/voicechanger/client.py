"""The client for VoiceChangerAPI. https://voicechanger.co/ar/voice-changer-api/dubbing

A job takes three steps: get a slot (free), upload the video to it (free), and start, which reserves the credits. The
start has no idempotency key, but a job can be fetched: one that is past ``waiting_upload`` was started.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import quote

from dubbing.providers.addresses import acceptable
from dubbing.providers.base import (
    AnswerLost,
    AssetOrder,
    BadAnswer,
    Capabilities,
    Listing,
    LocalFile,
    NotFound,
    Prepared,
    Progress,
    ProviderError,
    Rejected,
    RemoteAsset,
    RemoteVersion,
    ResultStream,
    Sought,
    Target,
)
from dubbing.providers.http import DEADLINE, Caller
from dubbing.providers.voicechanger import objects, orders, results, slots

LARGEST_RESULT = 20 * 1024**3
SLOTS = 3
"""Slots used for one attempt before it waits for later."""
_KEY = re.compile(r"[!-~]+")


class VoiceChangerProvider:
    """VoiceChangerAPI, version 1. Its base address is not published, so there is no default."""

    name = "voicechanger"
    label = "VoiceChangerAPI"
    capabilities = Capabilities(uploads=True, notes=True, may_return_placeholder=True, prepares=True)

    def __init__(
        self, base_url: str, api_key: str, *, deadline: float = DEADLINE, largest_result: int = LARGEST_RESULT
    ) -> None:
        """``deadline``: seconds for a call that sends no file, and until a result begins to arrive; ``largest_result``:
        bytes. Raises ``ValueError`` for an unusable address or key.
        """
        self._key = api_key.strip()
        if not _KEY.fullmatch(self._key):
            raise ValueError("the VoiceChangerAPI API key is empty or has invalid characters")
        self._headers = {"X-API-Key": self._key}
        self._base, self._deadline, self._largest_result = base_url.rstrip("/"), deadline, largest_result
        self._caller = Caller(base_url, self._headers, secrets=(self._key,), deadline=deadline, provider=self.name)

    def reachable(self, url: str) -> bool:
        return acceptable(url, near=self._base)

    def create_asset(
        self, order: AssetOrder, *, progress: Progress | None = None, prepared: Prepared | None = None
    ) -> RemoteAsset:
        """Slot, upload, start.

        ``prepared`` is called with the job's id once the video is there, right before the paid start.

        ``progress`` is called again before the start, and may stop it. Only if the start fails can the outcome be
        unknown; an expired slot is replaced, and then ``prepared`` may be called with another id.
        """
        video = orders.checked(order)
        with suppress(slots.SlotGone):
            if order.prepared_id:
                return self._resume(order, video, progress or _ignore)
        send = partial(self._send, order, video, progress or _ignore, prepared or _ignore)
        for _ in range(SLOTS - 1):
            with suppress(slots.SlotGone):
                return send()
        return send()

    def add_locales(
        self,
        remote_id: str,
        targets: tuple[Target, ...],
        *,
        auto_generate: str,
        progress: Progress | None = None,
    ) -> RemoteAsset:
        """Raises: there is no such call; another language is another job."""
        raise Rejected("VoiceChangerAPI takes one language per job: it cannot add languages")

    def fetch_asset(self, remote_id: str) -> RemoteAsset:
        """The job as an asset, even if it was never started (``status`` "waiting_upload"): see ``find``."""
        return objects.asset(self._job(remote_id), f"GET {_path(remote_id)}", expected=remote_id)

    def find(self, sought: Sought) -> Listing:
        """What became of a request whose answer was lost: the job, if it was started.

        There is no list of jobs, but ``sought.candidate_id`` is the id that ``prepared`` was called with. Without one
        the paid step was never reached, because it comes after ``prepared``; so finding nothing is always complete.
        """
        if not sought.candidate_id:
            return Listing((), complete=True)
        try:
            asset = self.fetch_asset(sought.candidate_id)
        except NotFound:
            return Listing((), complete=True)
        return Listing((asset,) if _started(asset) else (), complete=True)

    def fetch_version(self, remote_id: str) -> RemoteVersion:
        """The job as a version, without a link: ``open_result`` requests the result by the id."""
        return objects.version(self._job(remote_id), f"GET {_path(remote_id)}", expected=remote_id)

    def revise(self, remote_id: str) -> None:
        """Raises: there is no such call."""
        raise Rejected("VoiceChangerAPI has no editor: a result cannot be sent back to editing")

    @contextmanager
    def open_result(self, version: RemoteVersion) -> Iterator[ResultStream]:
        """See ``results.opened``; also raises ``LinkExpired`` while there is no result yet."""
        url = f"{self._base}{_path(version.remote_id)}/result"
        with results.opened(
            url,
            self._headers,
            near=self._base,
            limit=self._largest_result,
            deadline=self._deadline,
            key=self._key,
        ) as stream:
            yield stream

    def _job(self, job_id: str) -> Any:
        return objects.without_key(self._caller.get(_path(job_id)), self._key)

    def _send(self, order: AssetOrder, video: LocalFile, on_progress: Progress, prepared: Prepared) -> RemoteAsset:
        slot = self._slot(orders.content_type(video), on_progress)
        size = slots.fill(slot, video, on_progress, near=self._base)
        prepared(slot.job_id)
        return self._start(slot.job_id, orders.body(order), partial(on_progress, size))

    def _resume(self, order: AssetOrder, video: LocalFile, on_progress: Progress) -> RemoteAsset:
        """Start the job that already has the video, unless that was done; raises ``SlotGone`` if it cannot be used.

        Whatever an earlier start may still do, it does to the same job.
        """
        on_progress(0)
        with slots.unpaid():
            try:
                asset = self.fetch_asset(order.prepared_id)
            except NotFound as error:
                raise _gone(error) from None
        if objects.word(asset.status) == objects.EXPIRED:
            raise _gone(Rejected("the slot has expired"))
        if _started(asset):
            return asset
        return self._start(order.prepared_id, orders.body(order), partial(on_progress, video.path.stat().st_size))

    def _slot(self, content_type: str, on_progress: Progress) -> slots.Slot:
        path = "/v1/dubbing/uploads"
        query = f"?content_type={quote(content_type, safe='')}"
        with slots.unpaid():
            answer = self._caller.send("POST", path + query, None, before_first_byte=partial(on_progress, 0))
            return slots.read(answer, f"POST {path}", content_type=content_type, near=self._base, key=self._key)

    def _start(self, job_id: str, body: dict[str, str], last_check: Callable[[], None]) -> RemoteAsset:
        path = f"/v1/dubbing/jobs/{job_id}/start"
        try:
            answer = self._caller.send("POST", path, body, before_first_byte=last_check)
            asset = objects.asset(objects.without_key(answer, self._key), f"POST {path}", expected=job_id)
            if not _started(asset):
                raise BadAnswer("the job is still waiting for its video", call=f"POST {path}")
        except (Rejected, AnswerLost, BadAnswer) as error:
            return self._looked_at(job_id, error)
        return asset

    def _looked_at(self, job_id: str, why: ProviderError) -> RemoteAsset:
        """The job, if it was started in spite of ``why``; otherwise raises an error based on ``why``."""
        refused = isinstance(why, Rejected)
        try:
            asset = self.fetch_asset(job_id)
        except ProviderError as error:
            if refused and isinstance(error, NotFound):
                raise _gone(why) if why.status in (404, 410) else why from None
            raise _lost(why) from None
        if refused and objects.word(asset.status) == objects.EXPIRED:
            raise _gone(why)
        if not _started(asset):
            raise why if refused else _lost(why)
        return asset


def _started(asset: RemoteAsset) -> bool:
    return objects.word(asset.status) != objects.WAITING


def _lost(why: ProviderError) -> AnswerLost:
    return AnswerLost(why.reason, call=why.call, status=why.status)


def _gone(why: ProviderError) -> slots.SlotGone:
    return slots.SlotGone(why.reason, call=why.call, status=why.status)


def _path(job_id: str) -> str:
    if not objects.is_id(job_id):
        raise NotFound("this is not a valid id")
    return f"/v1/jobs/{job_id}"


def _ignore(event: object) -> None:
    pass
