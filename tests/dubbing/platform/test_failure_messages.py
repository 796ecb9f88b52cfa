"""What can go wrong, and how states look: nothing is left without words."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from dubbing.models import Hold
from dubbing.platform import failure_messages

DOCUMENTED = {
    "invalid_input",
    "unsupported_media",
    "empty_transcript",
    "missing_audio_track",
    "video_duration_limit_reached",
    "video_size_limit_reached",
    "time_out_of_range",
}


def test_every_code_that_is_known_has_an_entry() -> None:
    ours = {"refused", "version_failed", "failed", "unconfirmed", "needs_person", "late", "keep_waiting", "keep_stuck"}
    assert DOCUMENTED | ours | {f"hold_{reason}" for reason in Hold.Reason.values} <= failure_messages.CODES


@pytest.mark.parametrize("code", sorted(failure_messages.CODES | {"", "never heard of"}))
def test_an_entry_says_all_four_things_and_names_the_provider(code: str) -> None:
    entry = failure_messages.explain(code, "Acme")
    assert all(astuple(entry))
    assert not {"{", "%"} & set("".join(astuple(entry)))


def test_a_code_is_recognised_however_it_is_written() -> None:
    assert failure_messages.explain(" Empty_Transcript ", "Acme") == failure_messages.explain(
        "empty_transcript", "Acme"
    )
