"""A WSGI application without Django, to try a web server with."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

FILE = "PLAIN_APP_FILE"


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """``/file`` a file; ``/long`` much text; ``/read`` how many bytes came; ``/refuse`` reads nothing; else hello."""
    match environ["PATH_INFO"]:
        case "/file":
            file = open(os.environ[FILE], "rb")  # noqa: SIM115 (the server closes it)
            start_response("200 OK", [("Content-Length", str(os.fstat(file.fileno()).st_size))])
            return environ["wsgi.file_wrapper"](file)  # type: ignore[no-any-return]
        case "/long":
            start_response("200 OK", [("Content-Length", str(20 * 2**20))])
            return (bytes(2**20) for _ in range(20))
        case "/read":
            try:
                status, words = "200 OK", str(len(environ["wsgi.input"].read()))
            except OSError:
                status, words = "400 Bad Request", "lost"
        case "/refuse":
            status, words = "413 Content Too Large", "no"
        case _:
            status, words = "200 OK", "hello"
    start_response(status, [("Content-Length", str(len(words)))])
    return [words.encode()]
