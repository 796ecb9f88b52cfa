"""Names of delivered files: what a pattern makes of what people typed, and which of them are told apart by numbers."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubbing.delivery import names
from dubbing.models import DeliveryPolicy
from dubbing.platform.errors import NotPossible

DEFAULT = DeliveryPolicy.DEFAULT_PATTERN


def value(asset: str = "Harbour tour", locale: str = "es-ES", version: str = "v1") -> dict[str, str]:
    return {"project": "Season 2", "asset": asset, "locale": locale, "version": version}


def name_of(asset: str, pattern: str = DEFAULT) -> str:
    return names.stems(pattern, [value(asset)])[0].with_ending("mp4")


def test_a_pattern_is_filled_in() -> None:
    assert name_of("Harbour tour") == "Season-2_Harbour-tour_es-ES_v1.mp4"
    assert name_of("Harbour", "{locale}.{asset}.{ext}") == "es-ES.Harbour.mp4"


@pytest.mark.parametrize(
    ("asset", "cleaned"),
    [
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j"),
        ("../../etc/passwd", "etc-passwd"),
        ("Größe & Maß", "Größe-Maß"),
        ("हिन्दी फ़िल्म", unicodedata.normalize("NFC", "हिन्दी-फ़िल्म")),
        ("港の散歩", "港の散歩"),
        ("e\u0301te\u0301", "été"),
        ("\u202etxt.exe", "txt.exe"),
        ("🎬", ""),
        ("= 1+1", "1-1"),
    ],
)
def test_letters_and_digits_of_every_script_stay_and_nothing_else(asset: str, cleaned: str) -> None:
    assert names.cleaned(asset) == cleaned


def test_no_name_is_a_device_name_of_windows() -> None:
    assert name_of("con", "{asset}.{ext}") == "_con.mp4"
    assert name_of("...", "{asset}.{ext}") == "file.mp4"


def test_two_files_of_one_name_get_numbers_which_are_reported() -> None:
    made = names.stems("{asset}.{ext}", [value("Harbour"), value("harbour"), value("HARBOUR"), value("Other")])
    assert [stem.text for stem in made] == ["Harbour", "harbour_2", "HARBOUR_3", "Other"]
    assert [stem.is_numbered for stem in made] == [False, True, True, False]


def test_a_number_does_not_collide_with_an_existing_name() -> None:
    made = names.stems("{asset}.{ext}", [value("a_2"), value("a"), value("a")])
    assert [stem.text for stem in made] == ["a_2", "a", "a_3"]


def test_no_video_has_the_name_of_the_manifest() -> None:
    assert name_of("Manifest", "{asset}.{ext}") == "Manifest_2.mp4"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{asset}", "must end with .{ext}"),
        ("{asset}_{nobody}.{ext}", "Unknown placeholder"),
        ("{asset}/{locale}.{ext}", "“/” cannot be in a file name"),
        ("film.{ext}", "the same name"),
        ("{asset" + "x" * 300 + ".{ext}", "too long"),
        ("{asset}{ext}.{ext}", "Unknown placeholder"),
        ("{{asset}}.{ext}", "cannot be in a file name"),
    ],
)
def test_a_pattern_that_names_nothing_is_refused_with_the_reason(pattern: str, expected: str) -> None:
    with pytest.raises(NotPossible) as refused:
        names.check(pattern)
    assert expected in str(refused.value)


@given(st.lists(st.fixed_dictionaries({"asset": st.text(max_size=300), "locale": st.text(max_size=9)}), max_size=20))
def test_whatever_people_type_names_are_different_short_and_harmless(values: list[dict[str, Any]]) -> None:
    made = [stem.with_ending("passport.json") for stem in names.stems("{asset}_{locale}.{ext}", values)]
    assert len({name.casefold() for name in made}) == len(values)
    assert all(len(name.encode()) <= 200 for name in made)
    assert all(unicodedata.is_normalized("NFC", name) for name in made)
    assert not [name for name in made if set(name) & set('/\\:*?"<>|\0\n ') or name.startswith((".", "-"))]
