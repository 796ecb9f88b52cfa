"""Comments for editors and spreadsheets: exact to the frame, and harmless."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Comment, Result
from dubbing.platform import tables
from dubbing.review import exports
from dubbing.review.timecodes import rate_of
from tests.support.people import People, client_of
from tests.support.rows import make_done

pytestmark = pytest.mark.django_db
NTSC = rate_of(29.97)
FRAME = Fraction(1001, 30000)


@pytest.mark.parametrize(
    ("figure", "exact"),
    [
        (23.976, Fraction(24000, 1001)),
        (29.97003, Fraction(30000, 1001)),
        (59.9401, Fraction(60000, 1001)),
        (25.0, Fraction(25)),
        (12.5, Fraction(25, 2)),
        (0, Fraction(25)),
        (None, Fraction(25)),
    ],
)
def test_a_measured_rate_stands_for_an_exact_one(figure: float | None, exact: Fraction) -> None:
    assert rate_of(figure).exact == exact


@pytest.mark.parametrize(
    ("frame", "timecode"),
    [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (17981, "00:09:59;29"),
        (17982, "00:10:00;00"),
        (19781, "00:10:59;29"),
        (19782, "00:11:00;02"),
        (107892, "01:00:00;00"),
    ],
)
def test_drop_frame_counts_as_broadcasters_do(frame: int, timecode: str) -> None:
    assert NTSC.timecode(frame) == timecode
    assert NTSC.frame_of(timecode) == frame


@pytest.mark.parametrize("figure", [23.976, 24, 25, 29.97, 30, 59.94])
def test_every_frame_of_two_hours_has_a_timecode_of_its_own(figure: float) -> None:
    rate = rate_of(figure)
    frames = range(0, round(7200 * figure), 7)
    assert all(rate.frame_of(rate.timecode(frame)) == frame for frame in frames)


def test_drop_frame_agrees_with_the_clock_after_a_day() -> None:
    assert NTSC.timecode(NTSC.frame(86_399.5)).startswith("23:59:59")


@pytest.mark.parametrize("text", ["", "soon", "25:00:00:00", "00:60:00:00", "00:00:00:30", "00:01:00;00", "1:2:3:4"])
def test_an_invalid_timecode_has_no_frame(text: str) -> None:
    assert NTSC.frame_of(text) is None


@pytest.fixture
def result(people: People) -> Result:
    made = make_done(people.project, people.editor)
    Result.objects.filter(pk=made.pk).update(media={"fps": 29.97, "width": 1280, "height": 720}, duration=4000.0)
    return Result.objects.get(pk=made.pk)


@pytest.fixture
def comments(people: People, result: Result) -> list[Comment]:
    about: dict[str, Any] = {"dubbing": result.version.dubbing, "result": result, "author": people.viewer}
    first = Comment.objects.create(**about, text="=1+1 | too\nlate", start=60.06, kind="sync", severity="major")
    return [
        first,
        Comment.objects.create(**about, text="Yes\x0b & <no>", parent=first),
        Comment.objects.create(**about, text="All of it", is_internal=False),
        Comment.objects.create(**about, text="Music", start=10.0, end=20.0),
    ]


def export(who: Client, result: Result, kind: str, **query: str) -> str:
    answer = who.get(reverse("comments-file", args=[result.version_id, kind]), query)
    assert answer.status_code == 200
    assert f"comments.{kind}" in answer["Content-Disposition"]
    return answer.content.decode()


def test_an_edl_has_a_marker_at_the_frame_of_each_comment(
    people: People, result: Result, comments: list[Comment]
) -> None:
    text = export(client_of(people.viewer), result, "edl")
    assert "FCM: DROP FRAME\r\n" in text
    assert re.findall(r"V     C        (\S+) (\S+) \1 \2", text) == [
        ("01:00:09;29", "01:00:10;00"),
        ("01:01:00;02", "01:01:00;03"),
    ]
    assert "|M:Music (viewer) |D:300" in text
    assert "|M:[Timing or lips, Major] =1+1 / too late (viewer) viewer: Yes & <no> |D:1" in text
    assert "00:00:09;29" in export(client_of(people.viewer), result, "edl", begins="00:00:00:00")


def test_fcpxml_is_a_timeline_of_the_right_length_with_exact_times(
    people: People, result: Result, comments: list[Comment]
) -> None:
    root = ElementTree.fromstring(export(client_of(people.viewer), result, "fcpxml"))
    sequence = root.find(".//sequence")
    assert sequence is not None
    assert (sequence.get("tcFormat"), sequence.get("duration")) == ("DF", f"{119880 * FRAME}s")
    markers = root.findall(".//marker")
    assert [marker.get("start") for marker in markers] == [f"{299 * FRAME}s", f"{1800 * FRAME}s"]
    assert "Yes & <no>" in (markers[1].get("note") or "")


def test_a_table_has_everything_and_no_formula(people: People, result: Result, comments: list[Comment]) -> None:
    text = export(client_of(people.viewer), result, "csv")
    rows = [cells for _number, cells in tables.rows(text, columns={"number"})]
    assert [cells[6] for cells in rows[1:]] == ["All of it", "Music", "=1+1 | too\nlate", "Yes\x0b & <no>"]
    assert "'=1+1" in text
    assert rows[3][3] == "00:01:00;02"
    assert rows[4][7] == str(comments[0].pk)


def test_people_outside_get_no_internal_comment(people: People, result: Result, comments: list[Comment]) -> None:
    address = reverse("comments-print", args=[result.version_id])
    inside = client_of(people.viewer).get(address).content.decode()
    outside = client_of(people.viewer).get(address, {"audience": "everybody"}).content.decode()
    assert "Music" in inside
    assert "Music" not in outside
    assert "All of it" in outside
    assert "Music" not in export(client_of(people.viewer), result, "csv", audience="everybody")


def test_an_unknown_kind_does_not_exist(people: People, result: Result) -> None:
    address = reverse("comments-file", args=[result.version_id, "exe"])
    assert client_of(people.viewer).get(address).status_code == 404


def test_a_comment_at_zero_and_one_that_was_deleted(people: People, result: Result) -> None:
    about: dict[str, Any] = {"dubbing": result.version.dubbing, "author": people.viewer}
    Comment.objects.create(**about, text="First frame", start=0.0)
    gone = Comment.objects.create(**about, text="Gone", start=1.0)
    Comment.objects.filter(pk=gone.pk).update(deleted_at=gone.created_at)
    text = export(client_of(people.viewer), result, "edl")
    assert "01:00:00;00" in text
    assert "Gone" not in text
    assert exports.markers([], NTSC) == []
