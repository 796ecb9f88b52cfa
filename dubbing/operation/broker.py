"""Whether the broker answers, asked in bounded time: a broker may accept a connection and then say nothing."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, gettext_lazy
from kombu import Connection

from dubbing.operation.health_lines import HealthLine, failing, good
from dubbing.platform import formatting

SECONDS = 1.0
_NAMES = {
    "filesystem": gettext_lazy("embedded"),
    "redis": "Redis",
    "rediss": "Redis",
    "amqp": "RabbitMQ",
    "amqps": "RabbitMQ",
}


def broker_line() -> HealthLine:
    """Ask the broker, for a second at most."""
    begun = time.monotonic()
    problem = _ask_folder() if settings.CELERY_BROKER_URL.startswith("filesystem:") else _ask_in_thread()
    if problem is not None:
        return failing("broker", problem, "broker_down")
    milliseconds = formatting.number((time.monotonic() - begun) * 1000)
    scheme = settings.CELERY_BROKER_URL.partition(":")[0]
    kind = _NAMES.get(scheme, scheme)
    return good(
        "broker", gettext("%(kind)s, answered in %(milliseconds)s ms") % {"kind": kind, "milliseconds": milliseconds}
    )


def _ask_folder() -> str | None:
    """The embedded broker is a folder."""
    folder = Path(settings.CELERY_BROKER_DIR)
    if not folder.exists():
        return None  # made by the first process that needs it
    return None if os.access(folder, os.W_OK) else gettext("its folder is not writable")


def _ask_in_thread() -> str | None:
    found: list[str | None] = []
    thread = threading.Thread(target=lambda: found.append(_ask()), name="broker-check", daemon=True)
    thread.start()
    thread.join(SECONDS)
    no_answer = gettext("no answer within %(seconds)s s") % {"seconds": formatting.number(SECONDS)}
    return found[0] if found else no_answer


def _ask() -> str | None:
    """What is wrong; None if it answered. The limits let the thread end soon, whatever the broker does."""
    options: dict[str, Any] = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS}
    if settings.CELERY_BROKER_URL.startswith(("redis", "amqp", "pyamqp")):
        limit = SECONDS * 2
        options |= (
            {"socket_connect_timeout": SECONDS, "socket_timeout": limit}
            if settings.CELERY_BROKER_URL.startswith("redis")
            else {"read_timeout": limit, "write_timeout": limit}
        )
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=SECONDS, transport_options=options) as connection:
            channel: Any = connection.channel()
            if settings.RABBITMQ:
                _send_to_nobody(channel)
            channel.close()
    except Exception as error:  # brokers' clients raise anything
        return formatting.one_line(type(error).__name__)
    return None


def _send_to_nobody(channel: Any) -> None:
    """Have RabbitMQ confirm a message without a queue: it accepts none while its memory or disk is short."""
    message = channel.prepare_message(b"", content_encoding="binary")
    channel.basic_publish(message, routing_key="portal.health", confirm_timeout=SECONDS * 2)
