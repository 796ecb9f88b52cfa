"""The embedded broker hands out whole messages only: half a one would end the worker that reads it."""

from __future__ import annotations

from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from dubbing import tasks
from portal.embedded_broker import Channel


def test_a_message_is_not_seen_before_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    write = Path.write_text

    def look_first(path: Path, text: str) -> int:
        path.touch()
        with pytest.raises(Empty):
            channel._get("celery")
        return write(path, text)

    monkeypatch.setattr(Path, "write_text", look_first)
    with Connection("filesystem://", transport_options=folders) as connection:
        channel: Any = connection.channel()
        channel._put("celery", {"body": "ring"})
        assert isinstance(channel, Channel)
        assert channel._get("celery") == {"body": "ring"}
    assert not list(tmp_path.glob("*.part"))


def test_results_that_are_there_come_before_more_looks(tmp_path: Path) -> None:
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    priorities = [(tasks.sync.rank, "look"), (tasks.sync.rank, "look"), (tasks.keep.rank, "keep")]
    with Connection("filesystem://", transport_options=folders) as connection:
        channel: Any = connection.channel()
        for priority, body in priorities:
            channel._put("celery", {"body": body, "properties": {"priority": priority}})
        assert [channel._get("celery")["body"] for _ in priorities] == ["keep", "look", "look"]
