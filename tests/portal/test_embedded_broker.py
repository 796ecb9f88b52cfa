"""The embedded broker hands out whole messages only, each to one worker: half a one would end whoever reads it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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


def test_a_message_is_taken_without_a_copy_elsewhere(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder for temporary files may be on another disk, and other people read it."""
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    put(queue, "ring")
    assert got(queue) == "ring"
    assert not elsewhere.exists()
    assert not list(tmp_path.glob("*.msg"))


def test_many_workers_get_each_message_once(queue: Queue) -> None:
    bodies = [f"message {number}" for number in range(200)]
    for body in bodies:
        put(queue, body)
    with ThreadPoolExecutor(8) as workers:
        taken = list(workers.map(lambda _: got(queue), range(len(bodies) + 8)))
    assert sorted(body for body in taken if body) == sorted(bodies)


@pytest.mark.parametrize("content", [b"", b'{"body": ', b"\xff\xfe"])
def test_what_is_no_message_ends_no_worker(
    queue: Queue, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / "0_0_broken.celery.msg").write_bytes(content)
    put(queue, "ring")
    assert [got(queue), got(queue)] == ["ring", None]
    assert "0_0_broken.celery.msg cannot be read and was removed" in caplog.text


def test_available_results_come_before_further_syncs(queue: Queue) -> None:
    for priority, body in ((tasks.sync.rank, "look"), (tasks.sync.rank, "look"), (tasks.keep.rank, "keep")):
        put(queue, body, priority)
    assert [got(queue) for _ in range(4)] == ["keep", "look", "look", None]
