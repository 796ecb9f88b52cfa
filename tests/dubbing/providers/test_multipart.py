from __future__ import annotations

import email
import email.policy
from email.message import MIMEPart
from pathlib import Path

import pytest

from dubbing.providers.base import LocalFile
from dubbing.providers.multipart import Multipart


def test_the_body_has_the_announced_length_and_every_part(tmp_path: Path) -> None:
    video, background = tmp_path / "v", tmp_path / "b"
    video.write_bytes(bytes(range(256)) * 9000)
    background.write_bytes(b"")
    files = {
        "video": LocalFile(video, 'a "b"\r\nX: y é.mp4', "video/mp4"),
        "background": LocalFile(background, "b.wav", "audio/wav\r\nX: y"),
    }
    with Multipart({"request": '{"name": "é"}'}, files) as body:
        data = b"".join(body)
        assert body.length == len(data)
    parts = parsed(body.content_type, data)
    assert [part.get_param("name", header="content-disposition") for part in parts] == [
        "request",
        "video",
        "background",
    ]
    assert [part.get_payload(decode=True) for part in parts] == ['{"name": "é"}'.encode(), video.read_bytes(), b""]
    assert [part["content-type"] for part in parts] == [None, "video/mp4", "application/octet-stream"]
    assert parts[1].get_filename() == "a %22b%22%0D%0AX: y é.mp4"


def parsed(content_type: str, data: bytes) -> list[MIMEPart]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + data, policy=email.policy.HTTP)
    return list(message.iter_parts())


def test_progress_is_reported_regularly_and_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "v"
    with path.open("wb") as file:
        file.truncate(20 * 1024 * 1024)
    told: list[int] = []
    with Multipart({}, {"video": LocalFile(path, "v", "video/mp4")}, progress=told.append) as body:
        for _ in body:
            pass
        assert told[-1] == body.length
    assert len(told) >= 3
    assert told == sorted(told)


def test_a_file_that_shrinks_is_an_error_and_one_that_grows_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(b"x" * 100)
    files = {"video": LocalFile(path, "v", "video/mp4")}
    with Multipart({}, files) as body:
        path.write_bytes(b"x" * 200)
        assert len(b"".join(body)) == body.length
    with Multipart({}, files) as body:
        path.write_bytes(b"x" * 10)
        with pytest.raises(OSError, match="shorter"):
            b"".join(body)


def test_no_file_is_left_open_when_another_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(b"x")
    files = {"video": LocalFile(path, "v", "video/mp4"), "background": LocalFile(tmp_path / "no", "b", "audio/wav")}
    with pytest.raises(FileNotFoundError), Multipart({}, files):
        pass
