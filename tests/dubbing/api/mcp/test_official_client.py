"""The official SDK's client dubs a video at a real server, end to end, in both ways that the protocol knows."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx
import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from tests.support.media import make_film
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.tus import BYTES, TUS, metadata

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("processes"), pytest.mark.timeout(900)]
Mode = Literal["auto", "legacy"]
Answer = TypeVar("Answer")
_TOKEN = (
    "__import__('tests.support.programs', fromlist=['token_text'])"
    ".token_text(m.Membership.objects.filter(role='editor').earliest('pk').user)"
)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with SandboxProcess() as sandbox, Portal(tmp_path_factory.mktemp("portal"), sandbox) as running:
        yield running.start()


def run(coroutine: Coroutine[Any, Any, Answer]) -> Answer:
    """The answer, from a thread of its own: a browser of an earlier test may have left an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class Session:
    """A connected client."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        """The structured answer of a tool, which has to succeed."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result
        return result.structured_content

    async def wait_until(self, field: str, value: object, tool: str, /, **arguments: Any) -> Any:
        """The answer of a tool as soon as this field has this value."""
        while (answer := await self.call(tool, **arguments))[field] != value:
            await asyncio.sleep(0.3)
        return answer


def upload(portal: Portal, film: Path, token: str) -> str:
    """The id of the film in the portal, sent with the same token."""
    authorization = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=portal.url, headers=TUS | authorization, timeout=30, trust_env=False) as client:
        content = film.read_bytes()
        about = {"Upload-Length": str(len(content)), "Upload-Metadata": metadata(filename=film.name, kind="video")}
        place = client.post("/uploads/", headers=about).headers["Location"]
        headers = {"Upload-Offset": "0", "Content-Type": BYTES}
        assert client.patch(place, content=content, headers=headers).status_code == 204
        identifier: str = client.get(place).json()["id"]
    return identifier


async def dub(portal: Portal, token: str, mode: Mode, source: str) -> dict[str, Any]:
    """The final video, through tools alone."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(f"{portal.url}/mcp/", http_client=http), mode=mode) as client,
    ):
        session = Session(client)
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {"get_quote", "submit_video", "get_video", "list_results"} <= names
        (project,) = (await session.call("list_projects"))["items"]
        draft = await session.call(
            "create_draft", project_id=project["id"], name=f"Talk {mode}", source_upload=source,
            source_language="en-US", languages=[{"language": "es-ES"}], auto_generate="no_lips",
        )  # fmt: skip
        pk = draft["id"]
        quote = await session.wait_until("valid", True, "get_quote", asset_id=pk, tool="submit_video")
        assert quote["languages"] == 1
        refused = await client.call_tool("submit_video", {"asset_id": pk, "confirmation": "yes"})
        assert refused.is_error
        confirmation = quote["confirmation"]
        sent = [await session.call("submit_video", asset_id=pk, confirmation=confirmation) for _ in range(2)]
        assert sent[0] == sent[1]
        await session.wait_until("status", "completed", "get_video", asset_id=pk)
        found = await session.call("find_videos", project_id=project["id"], q=f"Talk {mode}")
        assert [video["id"] for video in found["items"]] == [pk]
        (result,) = (await session.call("list_results", asset_id=pk))["results"]
        film = await http.get(result["download"])
        assert len(film.content) == result["size"]
        return {"asset": pk, "language": result["language"]}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_it_dubs_a_video_which_is_paid_for_once(portal: Portal, tmp_path: Path, mode: Mode) -> None:
    token = portal.ask(_TOKEN)
    source = upload(portal, make_film(tmp_path / "talk.mp4", seconds=3), token)
    dubbed = run(dub(portal, token, mode, source))
    assert dubbed["language"] == "es-ES"
    assert portal.ask(f"m.Submission.objects.filter(asset={dubbed['asset']}).count()") == 1


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_it_does_not_connect_with_a_token_that_is_not_valid(portal: Portal, mode: Mode) -> None:
    async def connect() -> None:
        headers = {"Authorization": "Bearer dub_pat_nonsense"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http,
            Client(streamable_http_client(f"{portal.url}/mcp/", http_client=http), mode=mode) as client,
        ):
            await client.list_tools()

    with pytest.raises(ExceptionGroup) as refused:
        run(connect())
    assert refused.group_contains(MCPError)
