"""A raw body onto the disk, without Django; everything else is Django's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

CHUNK = 1024 * 1024
_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """``PUT /`` writes, ``PUT /?flush`` also waits until the disk has it, as the portal does."""
    if environ["REQUEST_METHOD"] != "PUT":
        return _django(environ, start_response)
    with Path(settings.MEDIA_ROOT, "bare.mp4").open("wb", buffering=0) as file:
        while piece := environ["wsgi.input"].read(CHUNK):
            file.write(piece)
        if environ["QUERY_STRING"] == "flush":
            os.fsync(file.fileno())
    start_response("204 No Content", [])
    return []
