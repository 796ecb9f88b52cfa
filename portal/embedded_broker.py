"""The embedded broker: kombu's folder of files, except that a message is seen only when it is complete, and only once.

kombu opens a file under its final name and then writes it, and takes it by moving it to the folder for temporary files,
which copies it if that is on another disk. A worker that reads it in between finds it empty, takes the broker for
broken, and ends. https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.transport.filesystem.html
"""

from __future__ import annotations

import logging
import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Writes messages in one step, and takes them in one step."""

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write a message.

        Its name, which determines the order, is kombu's after the priority: lower numbers come first.
        """
        priority = self._get_message_priority(message)
        whole = Path(self.data_folder_out, f"{priority}_{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg")
        part = whole.with_suffix(".part")
        part.write_text(dumps(message))
        part.rename(whole)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """Take the first message. A file can be removed by one worker only, and to that one the message belongs.

        Raises Empty. What is no message is removed, and said in the log: the sweep enqueues what it stood for.
        """
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            path = Path(self.data_folder_in, name)
            try:
                content = path.read_bytes()
                path.unlink()
            except FileNotFoundError:
                continue
            try:
                return loads(content.decode())
            except ValueError:
                log.warning("a message in %s cannot be read and was removed", path)
        raise Empty


class Transport(filesystem.Transport):
    """``filesystem://``, see ``portal/celery.py``."""

    Channel = Channel
