"""The client for Panjaya. https://docs.panjaya.ai/apis/assets and https://docs.panjaya.ai/apis/versions"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from dubbing.providers import downloads
from dubbing.providers.addresses import acceptable
from dubbing.providers.base import (
    AssetOrder,
    Capabilities,
    LinkExpired,
    Listing,
    NotFound,
    Prepared,
    Progress,
    RemoteAsset,
    RemoteVersion,
    ResultStream,
    Sought,
    Target,
    name_matcher,
)
from dubbing.providers.http import DEADLINE, Caller
from dubbing.providers.multipart import Multipart
from dubbing.providers.panjaya import listing, objects, orders

PREFIX = "panjaya-"
LARGEST_RESULT = 20 * 1024**3
_KEY = re.compile(r"[!-~]+")


class PanjayaProvider:
    """Panjaya's Dubbing Studio API, version 1."""

    name = "panjaya"
    label = "Panjaya"
    capabilities = Capabilities(
        trim=True,
        target_srt=True,
        source_srt=True,
        lips=True,
        voice_anonymization=True,
        speakers=True,
        background=True,
        studio=True,
        revise=True,
        add_locales=True,
        several_locales=True,
        callbacks=True,
        promises_callbacks=True,
        listing=True,
        uploads=True,
        links=True,
    )

    def __init__(
        self, base_url: str, api_key: str, *, deadline: float = DEADLINE, largest_result: int = LARGEST_RESULT
    ) -> None:
        """``api_key`` with or without its ``panjaya-``; ``largest_result``: bytes.

        ``deadline``: seconds for a call that sends no file, and until a result begins to arrive. Raises ``ValueError``
        for an unusable address or key.
        """
        key = api_key.strip().removeprefix(PREFIX)
        if not _KEY.fullmatch(key):
            raise ValueError("the Panjaya API key is empty or has invalid characters")
        headers = {"Authorization": f"Bearer {PREFIX}{key}"}
        self._base, self._deadline, self._largest_result = base_url, deadline, largest_result
        self._caller = Caller(base_url, headers, secrets=(PREFIX + key, key), deadline=deadline, provider=self.name)

    def reachable(self, url: str) -> bool:
        return acceptable(url, near=self._base)

    def create_asset(
        self, order: AssetOrder, *, progress: Progress | None = None, prepared: Prepared | None = None
    ) -> RemoteAsset:
        """https://docs.panjaya.ai/apis/assets: "create asset", or its upload form if the order has a video."""
        call = "POST /v1/assets/upload" if order.video else "POST /v1/assets/"
        orders.check(order, self.reachable, call)
        answer = (
            self._upload(order, progress) if order.video else self._post("/v1/assets/", orders.body(order), progress)
        )
        return objects.asset(answer, call)

    def add_locales(
        self,
        remote_id: str,
        targets: tuple[Target, ...],
        *,
        auto_generate: str,
        progress: Progress | None = None,
    ) -> RemoteAsset:
        path = f"/v1/assets/{_id(remote_id)}/languages"
        answer = self._post(path, orders.added(targets, auto_generate), progress)
        return objects.asset(answer, f"POST {path}", expected=remote_id)

    def fetch_asset(self, remote_id: str) -> RemoteAsset:
        path = f"/v1/assets/{_id(remote_id)}"
        return objects.asset(self._caller.get(path), f"GET {path}", expected=remote_id)

    def find(self, sought: Sought) -> Listing:
        """Find the candidate by its id, or assets by our references in their names.

        Raises ``ProviderError`` if not even the first page was read; without a later one the listing is incomplete.
        """
        if sought.candidate_id:
            try:
                return Listing((self.fetch_asset(sought.candidate_id),), complete=True)
            except NotFound:
                return Listing((), complete=True)
        is_wanted = name_matcher(sought.references)
        if sought.conclusive:
            return listing.read_twice(self._page, is_wanted=is_wanted, every=sought.every)
        return listing.read(self._page, since=sought.since, is_wanted=is_wanted)

    def fetch_version(self, remote_id: str) -> RemoteVersion:
        path = f"/v1/versions/{_id(remote_id)}"
        return objects.version(self._caller.get(path), f"GET {path}", expected=remote_id, near=self._base)

    def revise(self, remote_id: str) -> None:
        """https://docs.panjaya.ai/apis/versions/versions-revise_version"""
        self._caller.send("PATCH", f"/v1/versions/{_id(remote_id)}/revise", {})

    @contextmanager
    def open_result(self, version: RemoteVersion) -> Iterator[ResultStream]:
        """See ``downloads.opened``; a version without a link also raises ``LinkExpired``."""
        if not version.result_url:
            raise LinkExpired("the version has no result")
        with downloads.opened(
            version.result_url, near=self._base, limit=self._largest_result, deadline=self._deadline
        ) as stream:
            yield stream

    def check_access(self) -> datetime | None:
        """List one asset, which is free. Returns the time by Panjaya's clock. https://docs.panjaya.ai/apis/assets"""
        self._caller.get("/v1/assets/", {"page": "1", "page_size": "1"})
        return self._caller.server_time

    def _page(self, query: listing.Query) -> Any:
        return self._caller.get("/v1/assets/", dict(query))

    def _post(self, path: str, body: dict[str, Any], progress: Progress | None) -> Any:
        return self._caller.send("POST", path, body, before_first_byte=partial(progress, 0) if progress else None)

    def _upload(self, order: AssetOrder, progress: Progress | None) -> Any:
        files = {name: file for name, file in (("video", order.video), ("background", order.background)) if file}
        body = Multipart({"request": json.dumps(orders.body(order))}, files, progress=progress)
        before_first_byte = partial(progress, 0) if progress else None
        return self._caller.upload("/v1/assets/upload", body, before_first_byte=before_first_byte)


def _id(remote_id: str) -> str:
    if not objects.is_id(remote_id):
        raise NotFound("this is not a valid id")
    return remote_id
