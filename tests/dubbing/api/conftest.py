"""What the tests of the API share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections


@pytest.fixture
def application() -> Iterator[Any]:
    """The portal as a WSGI application that answers within the test's transaction.

    Django's own test client keeps the connection open in the same way: the end of a request would close it.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
