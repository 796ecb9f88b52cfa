"""The embedded broker: kombu's folder of files, except that a message appears only when it is complete.

kombu opens a file under its final name and then writes it. A worker that reads it in between finds it empty, takes the
broker for broken, and ends. https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.transport.filesystem.html
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes messages in one step."""

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write a message.

        Its name, which determines the order, is kombu's after the priority: lower numbers come first.
        """
        priority = self._get_message_priority(message)
        whole = Path(self.data_folder_out, f"{priority}_{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg")
        part = whole.with_suffix(".part")
        part.write_text(dumps(message))
        part.rename(whole)


class Transport(filesystem.Transport):
    """``filesystem://``, see ``portal/celery.py``."""

    Channel = Channel
