"""The C2PA manifest of each result: read when it is kept, shown with the version, and stated in the passport."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from jsonschema import Draft202012Validator

from dubbing import tasks
from dubbing.delivery import passports
from dubbing.models import Asset, DeliveryEntry, Result
from dubbing.platform import storage
from dubbing.sync import c2pa_manifests
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.c2pa_signing import ISSUER, sign_film, tamper_with
from tests.support.journey import look_and_keep
from tests.support.people import People, client_of
from tests.support.provider import ScriptedProvider

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_film(film: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copy(film, tmp_path / "film.mp4"))


def kept(sent: Callable[..., Asset], provider: ScriptedProvider, film: Path) -> Result:
    """The result of a dub for which the provider made this film."""
    asset = sent(start=0.0, end=2.0)
    provider.only.first.complete(film.read_bytes())
    look_and_keep(asset, provider)
    return Result.objects.get()


def shown(result: Result) -> str:
    """The page of its version, for its maker."""
    maker = client_of(result.version.dubbing.asset.created_by)
    return maker.get(reverse("version", args=[result.version.pk])).content.decode()


def in_passport(result: Result) -> dict[str, Any]:
    """What its passport says, which fits the schema."""
    maker = result.version.dubbing.asset.created_by
    entry = rows.make_delivery(maker, result, passport=True).entries.get(kind=DeliveryEntry.Kind.PASSPORT)
    schema = json.loads(passports.SCHEMA_PATH.read_text())
    assert not [error.message for error in Draft202012Validator(schema).iter_errors(entry.passport)]
    printed = client_of(maker).get(reverse("passport", args=[entry.delivery_id, entry.pk])).content.decode()
    assert "C2PA manifest" in printed
    about: dict[str, Any] = entry.passport["content"]["c2pa"]
    return about


def test_a_result_without_a_manifest(sent: Callable[..., Asset], provider: ScriptedProvider, own_film: Path) -> None:
    result = kept(sent, provider, own_film)
    assert result.c2pa_state == "none"
    assert "No manifest" in shown(result)
    assert in_passport(result) == {"state": "none", "issuer": "", "generator": "", "problem": ""}


def test_a_signed_result_is_kept_as_it_is_and_its_issuer_is_shown(
    sent: Callable[..., Asset], provider: ScriptedProvider, own_film: Path
) -> None:
    signed = sign_film(own_film)
    result = kept(sent, provider, signed)
    assert storage.path(result.key).read_bytes() == signed.read_bytes()
    assert result.c2pa_state == "valid"
    page = shown(result)
    assert "Present and valid, signed by" in page
    assert ISSUER in page
    assert (in_passport(result)["state"], in_passport(result)["issuer"]) == ("valid", ISSUER)


def test_a_result_that_was_changed_after_it_was_signed(
    sent: Callable[..., Asset], provider: ScriptedProvider, own_film: Path
) -> None:
    result = kept(sent, provider, tamper_with(sign_film(own_film)))
    assert result.c2pa_state == "invalid"
    assert "Present, but does not match the file" in shown(result)
    about = in_passport(result)
    assert about["state"] == "invalid"
    assert "mismatch" in about["problem"]


@pytest.mark.usefixtures("trusting")
def test_a_result_whose_manifest_cannot_be_read_is_kept_all_the_same(
    sent: Callable[..., Asset], provider: ScriptedProvider, tmp_path: Path
) -> None:
    odd = tmp_path / "odd.mp4"
    odd.write_bytes(b"the result")
    result = kept(sent, provider, odd)
    assert result.c2pa_state == "unreadable"
    assert "Cannot be read" in shown(result)
    assert in_passport(result)["state"] == "unreadable"


def test_older_results_are_read_later_and_until_then_nothing_is_said_of_them(
    people: People, own_film: Path, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    asset = rows.make_asset(people.project, people.editor, status="completed", locales=[])
    dubbing = rows.make_dubbing(asset, "es-ES", status="completed")
    result = rows.make_result(rows.make_version(dubbing), content=sign_film(own_film).read_bytes())
    assert "Not read yet" in shown(result)
    assert in_passport(result)["state"] == "not_read"
    with committed():
        tasks.enqueue_older_results()
    assert ("read_c2pa_manifest", result.pk) in wake_ups
    tasks.read_c2pa_manifest(result.pk)
    result.refresh_from_db()
    assert (result.c2pa_state, result.c2pa["issuer"]) == ("valid", ISSUER)
    assert c2pa_manifests.waiting() == []
    storage.path(result.key).unlink()
    tasks.read_c2pa_manifest(result.pk)
    result.refresh_from_db()
    assert result.c2pa_state == "valid"  # read once


def test_an_older_result_whose_file_is_gone_is_not_tried_for_ever(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="completed", locales=[])
    result = rows.make_result(rows.make_version(rows.make_dubbing(asset, "es-ES", status="completed")))
    storage.path(result.key).unlink()
    tasks.read_c2pa_manifest(result.pk)
    result.refresh_from_db()
    assert result.c2pa_state == "unreadable"
    assert c2pa_manifests.waiting() == []
