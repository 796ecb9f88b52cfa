"""Fetch the files of an asset and check that they can be dubbed."""

from pathlib import Path

import anyio
import httpx

from sandbox.config import Config
from sandbox.engine import Engine, EngineError
from sandbox.records import Asset
from sandbox.switches import Switches


async def fetch(asset: Asset, web: httpx.AsyncClient, config: Config, folder: Path, switches: Switches) -> None:
    """Download what the asset names by URL and is not here yet."""
    if asset.media_url and not asset.source:
        asset.source = await download(web, asset.media_url, config, folder / f"{asset.asset_id}.source", switches)
    if asset.background_url and not asset.background:
        path = folder / f"{asset.asset_id}.background"
        asset.background = await download(web, asset.background_url, config, path, switches)


async def examine(asset: Asset, engine: Engine, folder: Path, switches: Switches) -> float:
    """The duration of a source that can be dubbed; EngineError otherwise."""
    has_words = bool(asset.source_srt) or any(version.srt for version in asset.versions)
    trim = {"start": asset.start_time, "end": asset.end_time}
    return await check(folder / asset.source, engine, switches, may_be_silent=has_words, **trim)


async def check(
    path: Path,
    engine: Engine,
    switches: Switches,
    *,
    may_be_silent: bool,
    start: float | None = None,
    end: float | None = None,
) -> float:
    """The duration of a file that can be dubbed; EngineError otherwise."""
    if switches.limits.max_bytes is not None and path.stat().st_size > switches.limits.max_bytes:
        raise EngineError("video_size_limit_reached", f"the file is larger than {switches.limits.max_bytes} bytes")
    found = await engine.run(
        {
            "what": "probe",
            "path": str(path),
            "start": start,
            "end": end,
            "max_seconds": switches.limits.max_seconds,
            "may_be_silent": may_be_silent,
            "trim_error": switches.shapes.trim_error,
        }
    )
    return float(found["duration"])


async def download(web: httpx.AsyncClient, url: str, config: Config, path: Path, switches: Switches) -> str:
    """Fetch a file from an address this sandbox may reach; its name, once it is complete."""
    if not config.may_reach(url):
        raise EngineError("invalid_input", "this sandbox only downloads from loopback and --allow-host addresses")
    limit = switches.limits.max_bytes
    part = path.with_suffix(".part")
    try:
        async with (
            web.stream("GET", url) as answer,
            await anyio.open_file(part, "wb") as file,
        ):
            if answer.status_code != 200:
                raise EngineError("invalid_input", f"the media address answered {answer.status_code}")
            size = 0
            async for chunk in answer.aiter_raw(1 << 20):
                size += len(chunk)
                if limit is not None and size > limit:
                    raise EngineError("video_size_limit_reached", f"the file is larger than {limit} bytes")
                await file.write(chunk)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise EngineError("invalid_input", f"the media address could not be read: {type(error).__name__}") from error
    part.replace(path)
    return path.name
