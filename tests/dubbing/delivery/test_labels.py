"""The AI label: in every file that the portal puts together, unless an owner has it left out; the passport says so."""

from __future__ import annotations

import copy
import json
from io import StringIO
from pathlib import Path
from typing import Any

import av
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from jsonschema import Draft202012Validator

from dubbing.delivery import deliveries, labels, passports
from dubbing.models import Asset, Delivery, DeliveryEntry, Result, Upload
from dubbing.platform import storage
from dubbing.platform.errors import NotPossible
from tests.support import rows
from tests.support.media import make_film
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db

REASON = "The broadcaster shows a notice of its own."
SCHEMAS = Path(passports.SCHEMA_PATH).parent


@pytest.fixture
def asset(people: People, source: Upload, tmp_path: Path) -> Asset:
    made = rows.make_asset(
        people.project, people.editor, status="completed", locales=[], source=source, auto_generate="no_lips"
    )
    dub = make_film(tmp_path / "es-MX.mp4", video="mpeg4", size=(32, 24)).read_bytes()
    dubbing = rows.make_dubbing(made, "es-MX", status="completed")
    rows.make_result(rows.make_version(dubbing), content=dub, duration=2.0)
    return made


def deliver(people: People, asset: Asset) -> Delivery:
    results = Result.objects.filter(version__dubbing__asset=asset)
    return rows.make_delivery(people.editor, *results, multitrack=True, audio=True, passport=True)


def entry_of(delivery: Delivery, kind: str) -> DeliveryEntry:
    return delivery.entries.get(kind=kind)


def texts_in(entry: DeliveryEntry) -> str:
    """Everything that a player could show of a file, and its bytes: a label could hide anywhere."""
    path = storage.path(entry.key)
    with av.open(str(path)) as container:
        shown = [container.metadata, *(stream.metadata for stream in container.streams)]
    return json.dumps(shown) + path.read_bytes().decode("latin-1")


def content_of(delivery: Delivery) -> dict[str, Any]:
    content: dict[str, Any] = entry_of(delivery, DeliveryEntry.Kind.PASSPORT).passport["content"]
    return content


def verified(passport: dict[str, Any], folder: Path) -> str:
    path = folder / "passport.json"
    path.write_bytes(passports.write(passport))
    output = StringIO()
    call_command("passport", "verify", str(path), stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("kind", [DeliveryEntry.Kind.AUDIO, DeliveryEntry.Kind.MULTITRACK])
def test_files_that_the_portal_puts_together_have_the_label_until_an_owner_has_it_left_out(
    people: People, asset: Asset, kind: str
) -> None:
    assert "AI-dubbed" in texts_in(entry_of(deliver(people, asset), kind))
    labels.leave_out(people.project, people.owner, REASON)
    unlabelled = texts_in(entry_of(deliver(people, asset), kind))
    assert "AI-dubbed" not in unlabelled
    assert "AI-generated" not in unlabelled
    labels.put_back(people.project)
    assert "AI-dubbed" in texts_in(entry_of(deliver(people, asset), kind))


def test_the_final_video_is_the_same_with_and_without_the_label(people: People, asset: Asset) -> None:
    result = Result.objects.get()
    labels.leave_out(people.project, people.owner, REASON)
    entry = entry_of(deliver(people, asset), DeliveryEntry.Kind.RESULT)
    assert (entry.key, entry.sha256) == (result.key, result.sha256)


def test_a_passport_says_who_had_the_label_left_out_in_which_role_when_and_why(
    people: People, asset: Asset, tmp_path: Path
) -> None:
    assert content_of(deliver(people, asset))["disclosure"]["label"] == {"in_assembled_files": True, "left_out": {}}
    labels.leave_out(people.project, people.owner, REASON)
    delivery = deliver(people, asset)
    label = content_of(delivery)["disclosure"]["label"]
    assert label["in_assembled_files"] is False
    policy = labels.policy_of(people.project.pk)
    assert policy
    assert label["left_out"] == {
        "by": "owner",
        "role": "owner",
        "at": policy.changed_at.isoformat(timespec="seconds"),
        "reason": REASON,
    }
    passport = entry_of(delivery, DeliveryEntry.Kind.PASSPORT).passport
    schema = json.loads((SCHEMAS / "passport-2.schema.json").read_text())
    assert not [error.message for error in Draft202012Validator(schema).iter_errors(passport)]
    assert "DOES NOT" not in verified(passport, tmp_path)
    printed = client_of(people.viewer).get(
        reverse("passport", args=[delivery.pk, entry_of(delivery, DeliveryEntry.Kind.PASSPORT).pk])
    )
    assert REASON in printed.content.decode()
    assert "have no AI label" in printed.content.decode()


def test_what_applied_when_a_delivery_was_created_counts_for_it(people: People, asset: Asset) -> None:
    labels.leave_out(people.project, people.owner, REASON)
    delivery = deliver(people, asset)
    Delivery.objects.filter(pk=delivery.pk).update(status="preparing", next_at=timezone.now())
    DeliveryEntry.objects.filter(delivery=delivery, kind=DeliveryEntry.Kind.AUDIO).update(key="")
    labels.put_back(people.project)
    passports_before = content_of(delivery)["disclosure"]
    deliveries.prepare(delivery.pk)
    assert "AI-dubbed" not in texts_in(entry_of(delivery, DeliveryEntry.Kind.AUDIO))
    assert content_of(delivery)["disclosure"] == passports_before


def test_only_an_owner_can_have_it_left_out_and_only_for_a_reason(people: People) -> None:
    for person in (people.editor, people.viewer, people.outsider):
        with pytest.raises(NotPossible, match="Only a project owner"):
            labels.leave_out(people.project, person, REASON)
    for reason in ("", "   ", "too short", "  a \n\n b  "):
        with pytest.raises(NotPossible, match="at least 10 characters"):
            labels.leave_out(people.project, people.owner, reason)
    assert labels.policy_of(people.project.pk) is None


def test_a_passport_of_an_earlier_release_can_still_be_verified_and_printed(
    people: People, asset: Asset, tmp_path: Path
) -> None:
    delivery = deliver(people, asset)
    entry = entry_of(delivery, DeliveryEntry.Kind.PASSPORT)
    content = earlier_content(entry.passport["content"])
    entry.passport = passports.sealed(content)
    entry.save()
    schema = json.loads((SCHEMAS / "passport-1.schema.json").read_text())
    assert not [error.message for error in Draft202012Validator(schema).iter_errors(entry.passport)]
    assert "DOES NOT" not in verified(entry.passport, tmp_path)
    answer = client_of(people.viewer).get(reverse("passport", args=[delivery.pk, entry.pk]))
    assert answer.status_code == 200
    assert "AI label" not in answer.content.decode()


def earlier_content(content: dict[str, Any]) -> dict[str, Any]:
    """As the first form had it."""
    earlier = copy.deepcopy(content)
    del earlier["disclosure"]["label"], earlier["c2pa"]
    earlier["form"] = "dubbing-portal/passport/1"
    earlier["schema"] = earlier["schema"].replace("passport-2", "passport-1")
    return earlier
