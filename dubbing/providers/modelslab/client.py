"""The client for ModelsLab. https://docs.modelslab.com/voice-cloning/create-dubbing

Every call is a POST with the key in its body, so no body is ever shown, and no answer can redirect us.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

from dubbing.providers import downloads
from dubbing.providers.addresses import acceptable
from dubbing.providers.base import (
    AccountLimited,
    AssetOrder,
    BadAnswer,
    Capabilities,
    KeyRejected,
    LinkExpired,
    Listing,
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
from dubbing.providers.modelslab import answers, job_search, jobs, objects, orders

LARGEST_RESULT = 20 * 1024**3
_KEY = re.compile(r"[!-~]+")


class ModelsLabProvider:
    """ModelsLab's voice API, version 6: one language per job, from a link to the video."""

    name = "modelslab"
    label = "ModelsLab"
    capabilities = Capabilities(callbacks=True, links=True, voice=True)

    def __init__(
        self, base_url: str, api_key: str, *, deadline: float = DEADLINE, largest_result: int = LARGEST_RESULT
    ) -> None:
        """``base_url``: such as https://modelslab.com/api/v6; ``deadline``: seconds for a call, and until a result
        begins to arrive; ``largest_result``: bytes. Raises ``ValueError`` for an unusable address or key.
        """
        self._key = api_key.strip()
        if not _KEY.fullmatch(self._key):
            raise ValueError("the ModelsLab API key is empty or has invalid characters")
        self._site, self._deadline, self._largest_result = jobs.Site.of(base_url), deadline, largest_result
        self._caller = Caller(
            self._site.root, {}, secrets=(self._key,), deadline=deadline, read=answers.read, provider=self.name
        )

    def reachable(self, url: str) -> bool:
        return acceptable(url, near=self._site.root)

    def create_asset(
        self, order: AssetOrder, *, progress: Progress | None = None, prepared: Prepared | None = None
    ) -> RemoteAsset:
        """https://docs.modelslab.com/voice-cloning/create-dubbing; ``prepared`` is never called: no id comes early."""
        path = f"{self._site.version}/voice/create_dubbing"
        call, before_first_byte = f"POST {path}", partial(progress, 0) if progress else None
        body = self._keyed(orders.body(order, self.reachable, call))
        answer = self._caller.send("POST", path, body, before_first_byte=before_first_byte)
        return objects.created(self._read(answer, call), call, self._site)

    def add_locales(
        self,
        remote_id: str,
        targets: tuple[Target, ...],
        *,
        auto_generate: str,
        progress: Progress | None = None,
    ) -> RemoteAsset:
        raise Rejected("ModelsLab takes one target language per job: create another job")

    def fetch_asset(self, remote_id: str) -> RemoteAsset:
        return objects.asset(self._fetch(remote_id), remote_id)

    def find(self, sought: Sought) -> Listing:
        """What became of a request whose answer was lost: the candidate, otherwise jobs with our reference.

        Complete only if every page was read, and long enough after the request for it to be finished. Raises
        ``BadAnswer`` while a candidate does not say yet whose it is, and ``ProviderError`` if not even the first page
        was read (``Rejected`` if this key has no list at all), unless a candidate was checked: then that one does not
        exist.
        """
        candidate = self._candidate(sought.candidate_id, sought.references)
        if candidate:
            return Listing((candidate,), complete=False)
        try:
            return job_search.read(self._page, sought)
        except ProviderError as error:
            if sought.candidate_id:
                return Listing((), complete=False)
            raise _without_list(error) from None

    def fetch_version(self, remote_id: str) -> RemoteVersion:
        return objects.version(self._fetch(remote_id), remote_id)

    def revise(self, remote_id: str) -> None:
        raise Rejected("ModelsLab has no editor: a result cannot be sent back to editing")

    @contextmanager
    def open_result(self, version: RemoteVersion) -> Iterator[ResultStream]:
        """See ``downloads.opened``; if a link does not work, the next copy is tried.

        Without a link: ``LinkExpired``.
        """
        if not version.result_url:
            raise LinkExpired("the version has no result")
        *others, last = (version.result_url, *version.mirror_urls)
        with ExitStack() as stack:
            for url in others:
                with suppress(LinkExpired):
                    stream = stack.enter_context(self._opened(url))
                    break
            else:
                stream = stack.enter_context(self._opened(last))
            yield stream

    def check_access(self) -> datetime | None:
        """List the account's voices, which is free. Returns the time by ModelsLab's clock.

        https://docs.modelslab.com/voice-cloning/voice-list
        """
        self._listed(f"{self._site.version}/voice/voice_list", self._keyed({}))
        return self._caller.server_time

    def _opened(self, url: str) -> AbstractContextManager[ResultStream]:
        return downloads.opened(url, near=self._site.root, limit=self._largest_result, deadline=self._deadline)

    def _candidate(self, remote_id: str, references: Collection[str]) -> RemoteAsset | None:
        """The job that a webhook named, which anybody may have sent: the name of its file says whether it is ours.

        A failed job has no file, but must contain its own id: otherwise the id may just be unknown.
        """
        try:
            reply = self._fetch(remote_id)
        except NotFound:
            return None
        if reply.failed:
            return objects.asset(reply, remote_id) if reply.job_id else None
        if references and not reply.file_name:
            raise BadAnswer("it is not known yet which job this is", call="POST /voice/fetch")
        ours = not references or job_search.bears(reply.file_name, references)
        return objects.asset(reply, remote_id) if ours else None

    def _fetch(self, remote_id: str) -> objects.Reply:
        """The job's state from its ``fetch_result`` address, or by its id if nothing is found there."""
        *others, last = jobs.parsed(remote_id).paths(self._site)
        for path in others:
            with suppress(NotFound):
                return self._fetch_at(path)
        return self._fetch_at(last)

    def _fetch_at(self, path: str) -> objects.Reply:
        call = f"POST {path}"
        return objects.fetched(self._read(self._caller.ask(path, self._keyed({})), call), call)

    def _page(self, number: int) -> Any:
        """A page of https://docs.modelslab.com/general-api/assets-generated, which is documented with two addresses."""
        body = self._keyed({"type": "voice", "page": number, "per_page": job_search.PER_PAGE})
        with suppress(NotFound):
            return self._listed("/assets_generated", body)
        return self._listed(f"{self._site.version}/assets_generated", body)

    def _listed(self, path: str, body: dict[str, Any]) -> Any:
        data = self._caller.ask(path, body)
        if answers.word(data) in answers.FAILED:  # a refusal, whatever its HTTP status
            raise Rejected(answers.message_in(data, (self._key,)), call=f"POST {path}")
        return data

    def _read(self, answer: Any, call: str) -> objects.Reply:
        return objects.read(answer, call, near=self._site.root, secrets=(self._key,))

    def _keyed(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"key": self._key, **body}


def _without_list(error: ProviderError) -> ProviderError:
    """The error for a key without the list: it is documented for enterprise keys, so other keys may never have it."""
    if not isinstance(error, (KeyRejected, AccountLimited, Rejected)):
        return error
    why = f"ModelsLab does not list the jobs of this key ({error.reason})"
    return Rejected(why, call=error.call, status=error.status)
