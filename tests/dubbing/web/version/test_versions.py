"""The version page: play, compare, download, and going back to editing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Result, Version
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.people import People


@pytest.fixture
def result(people: People) -> Result:
    return rows.make_done(people.project, people.owner, start=1.0, end=9.5, source_srt=rows.SRT)


def page(client: Client, version: Version, query: str = "") -> str:
    answer = client.get(reverse("version", args=[version.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def revise(client: Client, version: Version) -> Any:
    return client.post(reverse("version-revise", args=[version.pk]), follow=True)


def test_source_and_dub_are_in_the_page_with_their_subtitles(viewer: Client, result: Result) -> None:
    words = page(viewer, result.version)
    for name, pk in (
        ("result-file", result.pk),
        ("source-file", result.version.dubbing.asset_id),
        ("subtitles-vtt", result.version.dubbing_id),
        ("source-subtitles", result.version.dubbing.asset_id),
        ("result-download", result.pk),
    ):
        assert f'"{reverse(name, args=[pk])}"' in words
    assert 'data-start="1.0"' in words
    assert result.sha256 in words


def test_the_address_says_which_side_is_shown(viewer: Client, result: Result) -> None:
    assert 'data-side="dub"' in page(viewer, result.version)
    assert 'data-side="source"' in page(viewer, result.version, "?side=source&t=2.5")
    assert 'data-side="dub"' in page(viewer, result.version, "?side=<script>")


def test_a_source_that_is_an_address_is_not_promised(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed", locales=[])
    version = rows.make_version(rows.make_dubbing(asset, status="completed"))
    rows.make_result(version)
    words = page(viewer, version, "?side=source")
    assert "no copy to play" in words
    assert 'data-side="dub"' in words


def test_a_version_without_a_result_says_what_comes_next(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, locales=[])
    version = rows.make_version(rows.make_dubbing(asset), status="preparing")
    words = page(viewer, version)
    assert "Nothing to play yet" in words
    assert "Being dubbed." in words


def test_earlier_results_stay_within_reach(viewer: Client, result: Result) -> None:
    newer = rows.make_result(result.version, content=b"another film", warnings=["too_short"])
    words = page(viewer, result.version)
    assert f'src="{reverse("result-file", args=[newer.pk])}"' in words
    assert "Earlier final videos" in words
    assert reverse("result-download", args=[result.pk]) in words
    assert "shorter than the part of the source" in words


def test_going_back_to_editing_says_what_is_lost_and_is_enqueued(
    editor: Client, result: Result, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    words = page(editor, result.version)
    assert "permanently deletes its copy of the final video" in words
    with committed():
        revise(editor, result.version)
    result.version.refresh_from_db()
    assert result.version.revise_asked_at is not None
    assert ("revise", result.version.pk) in wake_ups
    assert "It is already being sent back to editing." in page(editor, result.version)


@pytest.mark.parametrize("keep", [Version.Keep.WAITING, Version.Keep.STUCK])
def test_nothing_goes_back_before_our_copy_is_kept(
    editor: Client, result: Result, wake_ups: WakeUps, keep: str
) -> None:
    Version.objects.update(keep=keep)
    assert "would delete the only copy" in page(editor, result.version)
    assert "Our copy is not saved yet. Sending it back now" in revise(editor, result.version).content.decode()
    result.version.refresh_from_db()
    assert result.version.revise_asked_at is None
    assert wake_ups == []


def test_a_version_in_the_making_does_not_go_back(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, locales=[])
    version = rows.make_version(rows.make_dubbing(asset), status="generating")
    assert "send it back to editing when that is finished" in revise(editor, version).content.decode()


def test_viewers_get_no_buttons_that_change_anything(viewer: Client, result: Result) -> None:
    words = page(viewer, result.version)
    assert "Send back to editing" not in words
    assert "Open in studio" not in words
