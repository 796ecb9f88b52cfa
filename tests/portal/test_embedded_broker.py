"""The embedded broker hands out whole messages only: half a one would end the worker that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection, Message, Producer, Queue

from dubbing import tasks
from portal.embedded_broker import Channel


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """What a worker reads from, in a folder of its own."""
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    with Connection("filesystem://", transport_options=folders) as connection, connection.channel() as channel:
        assert isinstance(channel, Channel)
        yield Queue("celery", channel=channel)


def put(queue: Queue, body: str, priority: int = 0) -> None:
    Producer(queue.channel).publish(body, routing_key=queue.name, priority=priority)


def got(queue: Queue) -> str | None:
    message: Message | None = queue.get(no_ack=True)
    return message.payload if message else None


def test_a_message_is_not_seen_before_it_is_whole(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, looked = Path.write_text, []

    def look_first(path: Path, text: str) -> int:
        path.touch()
        looked.append(got(queue))
        return write(path, text)

    monkeypatch.setattr(Path, "write_text", look_first)
    put(queue, "ring")
    assert looked == [None]
    assert got(queue) == "ring"
    assert not list(tmp_path.glob("*.part"))


def test_available_results_come_before_further_syncs(queue: Queue) -> None:
    for priority, body in ((tasks.sync.rank, "look"), (tasks.sync.rank, "look"), (tasks.keep.rank, "keep")):
        put(queue, body, priority)
    assert [got(queue) for _ in range(4)] == ["keep", "look", "look", None]
