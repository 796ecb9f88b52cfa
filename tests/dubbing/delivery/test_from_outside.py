"""What is delivered after a dub by the sandbox, as ffprobe and ffmpeg see it: programs that share nothing with ours."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from array import array
from pathlib import Path
from typing import Any

import pytest

from dubbing import uploads
from dubbing.models import Asset, DeliveryEntry, Result, Upload
from dubbing.platform import storage
from dubbing.providers.base import Provider
from sandbox.sample import make_sample
from tests.support import rows
from tests.support.journey import look_and_keep, make_sent
from tests.support.people import People
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.django_db, pytest.mark.long]

RATE = 16_000
SIZE = (320, 180)
NEWEST_BAR = (2, 16, 200, 159)
"""Where the sample's picture shows how loud its voice is (``sandbox/sample.py``): width, height, left, top."""
LOCALES = ("es-ES", "fr-FR")


@pytest.fixture
def delivered(people: People, sandbox: SandboxProcess, panjaya: Provider, tmp_path: Path) -> dict[str, Path]:
    """The files of a delivery of the sample in two languages, by their endings, and the sample itself."""
    for program in ("ffprobe", "ffmpeg"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program} on this machine: what it says of delivered files was not tested")
    sandbox.control("policy", engine="real")
    film = tmp_path / "sample.mp4"
    make_sample(film, seconds=10, width=SIZE[0], height=SIZE[1])
    source = uploads.add_file(film, people.editor, kind=Upload.Kind.VIDEO)
    asset = make_sent(people.project, people.editor, panjaya, locales=LOCALES, source=source, auto_generate="no_lips")
    until = time.monotonic() + 240
    while look_and_keep(asset, panjaya).status != Asset.Status.COMPLETED:
        assert time.monotonic() < until
    first = Result.objects.earliest("pk")
    delivery = rows.make_delivery(people.editor, first, multitrack=True, audio=True)
    large = delivery.entries.exclude(kind=DeliveryEntry.Kind.MANIFEST)
    files = {entry.name.partition("_Harbour-tour_")[2]: storage.path(entry.key) for entry in large}
    return files | {"source": film}


def run(*command: str | Path) -> bytes:
    return subprocess.run(command, check=True, capture_output=True).stdout


def probed(path: Path, *what: str) -> dict[str, Any]:
    """What ffprobe says of a file."""
    answer = json.loads(run("ffprobe", "-v", "error", "-of", "json", *what, path))
    assert isinstance(answer, dict)
    return answer


def packets(path: Path, stream: str) -> list[str]:
    """The hash of each packet's content."""
    listed = probed(path, "-select_streams", stream, "-show_packets", "-show_data_hash", "sha256")["packets"]
    return [packet["data_hash"] for packet in listed]


def levels(path: Path, number: int, a_second: int) -> list[float]:
    """How loud a sound track is, as ffmpeg plays it from the beginning of the file on."""
    how = ("-map", f"0:a:{number}", "-ac", "1", "-ar", str(RATE), "-af", "aresample=async=1:first_pts=0")
    wave = array("h")
    wave.frombytes(run("ffmpeg", "-v", "error", "-i", path, *how, "-f", "s16le", "-"))
    step = RATE // a_second
    return [sum(map(abs, wave[at : at + step])) / step for at in range(0, len(wave) - step, step)]


def bars(path: Path) -> list[float]:
    """How loud the voice is by each picture."""
    width, height, left, top = NEWEST_BAR
    grey = f"crop={width}:{height}:{left}:{top},format=gray"
    raw = run("ffmpeg", "-v", "error", "-i", path, "-vf", grey, "-f", "rawvideo", "-")
    pictures = [raw[at : at + width * height] for at in range(0, len(raw), width * height)]
    return [float(sum(abs(pixel - picture[0]) for pixel in picture)) for picture in pictures]


def shift(first: list[float], second: list[float], reach: int) -> int:
    """By how many steps the second one is later than the first, where they are most alike."""
    mean, other = sum(first) / len(first), sum(second) / len(second)
    steps = range(reach, min(len(first), len(second)) - reach)

    def likeness(later: int) -> float:
        return sum((first[at] - mean) * (second[at + later] - other) for at in steps)

    return max(range(-reach, reach + 1), key=likeness)


def test_languages_are_tagged_sounds_are_in_step_and_nothing_is_encoded_anew(delivered: dict[str, Path]) -> None:
    whole, source = delivered["mul_v1.mp4"], delivered["source"]
    assert_tagged(whole)
    assert packets(whole, "v:0") == packets(source, "v:0")
    assert packets(whole, "a:0") == packets(source, "a:0")
    for number, locale in enumerate(LOCALES, 1):
        dub = delivered[f"{locale}_v1.mp4"]
        assert packets(whole, f"a:{number}") == packets(dub, "a:0") == packets(delivered[f"{locale}_v1.m4a"], "a:0")
        assert shift(levels(dub, 0, 1000), levels(whole, number, 1000), 60) == 0  # milliseconds
    # The sample's picture shows how loud its voice is just then: 25 pictures a second.
    assert shift(bars(whole), levels(whole, 0, 25), 8) in {0, 1}
    assert shift(bars(whole), levels(whole, 0, 25), 8) == shift(bars(source), levels(source, 0, 25), 8)


def assert_tagged(whole: Path) -> None:
    about = probed(whole, "-show_streams", "-show_format")
    tracks = [(stream["codec_name"], stream["tags"]["language"]) for stream in about["streams"]]
    assert tracks[:4] == [("h264", "und"), ("aac", "eng"), ("aac", "spa"), ("aac", "fra")]
    sounds = [stream for stream in about["streams"] if stream["codec_type"] == "audio"]
    assert [stream["disposition"]["default"] for stream in sounds] == [1, 0, 0]
    assert sounds[1]["tags"]["handler_name"] == "Spanish (Spain), AI-dubbed"
    assert about["format"]["tags"]["comment"] == "AI-dubbed"
