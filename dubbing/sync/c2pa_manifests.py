"""C2PA manifests of results that were kept before the portal read them; those of others are read when they are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from os import PathLike
from typing import Any

from dubbing import media
from dubbing.models import Result
from dubbing.platform import storage

_AT_ONCE = 20


def waiting() -> list[int]:
    """The newest results whose manifest was not read."""
    return list(Result.objects.filter(c2pa_state="").order_by("-pk").values_list("pk", flat=True)[:_AT_ONCE])


def read(pk: int) -> None:
    """Read the manifest of a result. Reading it twice does no harm."""
    result = Result.objects.filter(pk=pk, c2pa_state="").first()
    if result:
        with storage.opened(result.key) as path:
            values = values_of(path)
        Result.objects.filter(pk=pk).update(**values)


def values_of(path: PathLike[str], *, still_wanted: Callable[[], bool] = lambda: True) -> dict[str, Any]:
    """The columns of a result with the manifest of this file."""
    about = asdict(media.c2pa_manifest(path, still_wanted=still_wanted))
    return {"c2pa_state": about.pop("state"), "c2pa": about}
