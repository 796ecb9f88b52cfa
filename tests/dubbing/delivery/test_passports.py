"""Passports: what they say, that anybody can check them, and that a changed byte is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pytest_django import Settings

from dubbing import checks
from dubbing.delivery import deliveries, passport_seals, passports
from dubbing.models import Asset, Delivery, DeliveryEntry, Dubbing, QualityReport, Result, sent_settings
from dubbing.platform import storage
from dubbing.review import decisions
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(people: People, result: Result) -> Delivery:
    asset = result.version.dubbing.asset
    asset.consent = "Consent form 12"
    asset.save()
    rows.make_submission(asset, status="accepted")
    QualityReport.objects.filter(result=result).delete()
    sound = {"loudness": -23.1, "loudness_range": 4, "true_peak": -1.5, "levels": "AAAA"}
    QualityReport.objects.create(
        result=result,
        status="checked",
        checked_at=result.kept_at,
        worst="look",
        findings=[{"check": "loudness", "severity": "look"}],
        measurements={"result": {"sound": sound}},
    )
    subject = decisions.subject_of(result.version.dubbing)
    assert subject
    hashes = {f"{part}_sha256": value for part, value in subject.hashes.items()}
    rows.make_review(result.version.dubbing, status="approved", result=result, decided_by=people.owner, **hashes)
    return rows.make_delivery(people.editor, result, srt=True, passport=True)


@pytest.fixture
def passport(delivery: Delivery, tmp_path: Path) -> Path:
    """As it was delivered, beside its video."""
    return save(delivery.entries.get(kind=DeliveryEntry.Kind.PASSPORT), tmp_path)


@pytest.fixture
def video(delivery: Delivery, tmp_path: Path) -> Path:
    return save(delivery.entries.get(kind=DeliveryEntry.Kind.RESULT), tmp_path)


def save(entry: DeliveryEntry, folder: Path) -> Path:
    piece = deliveries.piece_of(entry)
    path = folder / entry.name
    path.write_bytes(piece.path.read_bytes()[piece.offset :][: piece.size])
    return path


def verify(*arguments: Any) -> str:
    output = StringIO()
    call_command("passport", "verify", *map(str, arguments), stdout=output)
    return output.getvalue()


def refused(*arguments: Any) -> int:
    with pytest.raises(CommandError) as error:
        verify(*arguments)
    return error.value.returncode


def test_a_language_that_was_sent_separately_has_its_own_settings_and_request(people: People, result: Result) -> None:
    dubbing = result.version.dubbing
    asset = dubbing.asset
    own = sent_settings.of_asset(asset) | {"voice_anonymization": 0.5, "start": 2.0, "consent": "Consent form 14"}
    Dubbing.objects.filter(pk=dubbing.pk).update(sent_settings=own)
    rows.make_submission(asset, status="accepted", locale=dubbing.locale, remote_id="asset-of-its-own")
    made = rows.make_delivery(people.editor, result, srt=True, passport=True)
    content = made.entries.get(kind=DeliveryEntry.Kind.PASSPORT).passport["content"]
    assert (content["settings"]["voice_anonymization"], content["settings"]["start"]) == (0.5, 2.0)
    assert (content["consent_reference"], content["provider"]["asset_id"]) == ("Consent form 14", "asset-of-its-own")
    piece = deliveries.piece_of(made.entries.get(kind=DeliveryEntry.Kind.SUBTITLES))
    text = piece.path.read_bytes()[piece.offset :][: piece.size].decode()
    assert "00:00:02,000 --> 00:00:04,000" in text  # two seconds earlier than in the source


def test_a_passport_says_where_a_dub_is_from_and_who_approved_it(passport: Path, result: Result) -> None:
    content = json.loads(passport.read_bytes())["content"]
    asset = result.version.dubbing.asset
    assert asset.source
    assert content["disclosure"]["ai_dubbed"] is True
    assert content["consent_reference"] == "Consent form 12"
    assert content["source"]["sha256"] == asset.source.sha256
    assert content["result"]["sha256"] == result.sha256
    assert content["provider"]["version_id"] == result.version.remote_id
    assert content["provider"]["asset_id"] == asset.remote_id
    assert content["request"]["asked_by"] == "editor"
    assert content["approval"]["approved_by"] == "owner"
    assert content["approval"]["of_this_result"] is True
    assert content["approval"]["settings_sha256"] == content["settings"]["sha256"]
    assert content["approval"]["subtitles_sha256"] == content["texts"]["subtitles_sha256"]
    assert content["quality"]["loudness"] == {"loudness": -23.1, "loudness_range": 4, "true_peak": -1.5}
    assert [text["file"] for text in content["beside"]] == ["Harbour_Harbour-tour_es-ES_v1.srt"]


def test_a_passport_fits_its_schema_which_is_delivered_and_published(
    passport: Path, delivery: Delivery, tmp_path: Path, people: People
) -> None:
    schema = json.loads(save(delivery.entries.get(name="passport.schema.json"), tmp_path).read_bytes())
    validator = Draft202012Validator(schema)
    validator.check_schema(schema)
    assert not [error.message for error in validator.iter_errors(json.loads(passport.read_bytes()))]
    # A link, nobody reviewed it, nothing checked it: what is not known is empty, and fits as well.
    bare = rows.make_asset(people.project, people.editor, status="completed", locales=[])
    other = rows.make_result(rows.make_version(rows.make_dubbing(bare, "fr-FR", status="completed")))
    poor = rows.make_delivery(people.editor, other, passport=True).entries.get(kind=DeliveryEntry.Kind.PASSPORT)
    assert not [error.message for error in validator.iter_errors(poor.passport)]
    assert json.loads(passport.read_bytes())["$schema"].endswith("/static/schemas/passport-2.schema.json")


def test_the_videos_bytes_are_delivered_unchanged(video: Path, result: Result) -> None:
    assert video.read_bytes() == storage.path(result.key).read_bytes()


def test_a_genuine_passport_and_its_video_fit(passport: Path, video: Path) -> None:
    said = verify(passport, "--media", video)
    assert "DOES NOT" not in said
    assert said.count("fits") == 6


@tried(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_a_change_of_any_byte_is_found(passport: Path, data: st.DataObject) -> None:
    written = passport.read_bytes()
    at = data.draw(st.integers(0, len(written) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != written[at]))
    changed = passport.with_name("changed.json")
    changed.write_bytes(written[:at] + bytes([byte]) + written[at + 1 :])
    assert refused(changed) in (1, 2)


def test_another_video_is_found(passport: Path, video: Path) -> None:
    content = bytearray(video.read_bytes())
    content[100] ^= 1
    video.write_bytes(content)
    assert refused(passport, "--media", video) == 1


def change(passport: Path, edit: Callable[[dict[str, Any]], None]) -> Path:
    content = json.loads(passport.read_bytes())["content"]
    edit(content)
    passport.write_bytes(passports.write(passports.sealed(content)))
    return passport


def test_a_passport_that_somebody_else_sealed_is_found(passport: Path, settings: Settings) -> None:
    own, settings.SECRET_KEY = settings.SECRET_KEY, "another-portal"
    change(passport, lambda content: content["approval"].update(approved_by="nobody"))
    key = passport_seals.public_key()
    assert "DOES NOT" not in verify(passport)
    settings.SECRET_KEY = own
    assert refused(passport) == 1
    assert "DOES NOT" not in verify(passport, "--key", key)


def test_the_key_can_be_set_and_printed(passport: Path, settings: Settings) -> None:
    before = passport_seals.public_key()
    settings.PASSPORT_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    output = StringIO()
    call_command("passport", "key", stdout=output)
    assert output.getvalue().strip() == passport_seals.public_key() != before
    settings.SECRET_KEY = "a new one"
    assert output.getvalue().strip() == passport_seals.public_key()
    assert refused(passport) == 1
    assert "DOES NOT" not in verify(passport, "--key", before)


@pytest.mark.parametrize(
    "written", [b"", b"{}", b"[]", b"\xff", b"null", b'{"content": 1}', b"[" * 100_000, b'{"content": {"result": []}}']
)
def test_a_file_that_is_not_a_passport_is_reported(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(written)
    assert refused(path) == 2
    assert refused(tmp_path / "nothing") == 2


def test_an_invalid_key_is_refused(passport: Path, settings: Settings) -> None:
    assert refused(passport, "--key", "abc") == 2
    assert not checks.passport_key()
    settings.PASSPORT_KEY = "abc"
    assert "not 32 bytes" in str(checks.passport_key()[0].msg)


def test_a_passport_can_be_printed_also_when_the_delivery_is_over(
    viewer: Client, people: People, delivery: Delivery, result: Result
) -> None:
    entry = delivery.entries.get(kind=DeliveryEntry.Kind.PASSPORT)
    deliveries.end(delivery)
    page = viewer.get(reverse("passport", args=[delivery.pk, entry.pk])).content.decode()
    for text in ("AI-generated dub", "Consent form 12", result.sha256, "owner", entry.passport["signature"]["value"]):
        assert text in page
    other = delivery.entries.get(kind=DeliveryEntry.Kind.RESULT)
    assert viewer.get(reverse("passport", args=[delivery.pk, other.pk])).status_code == 404
    Asset.objects.update(project=rows.make_project("Moved", owner=people.outsider))
    assert viewer.get(reverse("passport", args=[delivery.pk, entry.pk])).status_code == 404


def test_an_approval_of_another_result_does_not_count_for_this_one(people: People, delivery: Delivery) -> None:
    result = Result.objects.get()
    newer = rows.make_result(result.version, content=b"newer" * 99)
    review = result.version.dubbing.review
    review.status = "reviewed"
    review.save()
    entry = rows.make_delivery(people.editor, newer, passport=True).entries.get(kind=DeliveryEntry.Kind.PASSPORT)
    assert entry.passport["content"]["approval"]["of_this_result"] is False
    assert entry.passport["content"]["result"]["version"] == 2
