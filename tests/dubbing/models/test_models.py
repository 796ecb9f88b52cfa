"""What the database itself refuses, and who sees what."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from dubbing.models import (
    AppendOnly,
    Asset,
    Callback,
    Dubbing,
    Event,
    Hold,
    Membership,
    Project,
    Result,
    Submission,
    Upload,
    Version,
)
from tests.support.journey import touch
from tests.support.people import People
from tests.support.rows import make_asset, make_done, make_dubbing, make_submission, make_upload, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def asset(project: Project, user: User) -> Asset:
    return make_asset(project, user)


def refused(change: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            change()
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    "values",
    [
        {"status": "odd"},
        {"start": -1.0},
        {"start": 5.0, "end": 5.0},
        {"start": 5.0, "end": 4.0},
        {"end": 0.0},
        {"voice_anonymization": 1.01},
        {"voice_anonymization": -0.01},
        {"auto_generate": "maybe"},
        {"lips_model": "fake_face"},
    ],
    ids=str,
)
def test_an_impossible_asset_is_refused(asset: Asset, values: dict[str, Any]) -> None:
    assert refused(lambda: touch(asset, **values))


@pytest.mark.parametrize(
    "values", [{"start": 0.0, "end": 0.1}, {"start": 1.0, "end": 9.5}, {"end": 3.0}, {"start": 2.0}]
)
def test_a_possible_trim_is_accepted(asset: Asset, values: dict[str, Any]) -> None:
    assert not refused(lambda: touch(asset, **values))


def test_two_assets_cannot_share_one_remote_asset(asset: Asset, project: Project, user: User) -> None:
    other = make_asset(project, user)
    assert refused(lambda: touch(other, remote_id=asset.remote_id))


def test_many_assets_may_still_lack_a_remote_id(project: Project, user: User) -> None:
    assert [make_asset(project, user, status="draft").remote_id for _ in range(2)] == ["", ""]


def test_a_language_exists_once(asset: Asset) -> None:
    assert refused(lambda: make_dubbing(asset, "es-ES"))


def test_a_version_exists_once(asset: Asset) -> None:
    version = make_version(asset.dubbings.get())
    other = make_version(make_dubbing(asset, "fr-FR"))
    assert refused(lambda: touch(other, remote_id=version.remote_id))


@pytest.mark.parametrize("first", ["ready", "sending", "unknown", "accepted"])
@pytest.mark.parametrize("second", ["ready", "sending", "unknown", "accepted"])
def test_an_asset_has_one_live_request(asset: Asset, first: str, second: str) -> None:
    make_submission(asset, status=first)
    assert refused(lambda: make_submission(asset, status=second))


@pytest.mark.parametrize("first", ["refused", "abandoned", "duplicate"])
def test_a_settled_request_makes_room_for_another(asset: Asset, first: str) -> None:
    make_submission(asset, status=first)
    assert not refused(lambda: make_submission(asset, status="ready"))


def test_languages_can_be_added_again_and_again_but_not_at_once(asset: Asset) -> None:
    make_submission(asset, kind="add_locales", status="accepted")
    make_submission(asset, kind="add_locales", status="ready")
    assert refused(lambda: make_submission(asset, kind="add_locales", status="unknown"))


def test_a_callback_address_belongs_to_one_request(asset: Asset, project: Project, user: User) -> None:
    make_submission(asset, token_hash="a" * 64)
    assert refused(lambda: make_submission(make_asset(project, user), token_hash="a" * 64))


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (Dubbing, "status"),
        (Version, "status"),
        (Version, "keep"),
        (Submission, "status"),
        (Submission, "kind"),
        (Upload, "status"),
        (Upload, "kind"),
        (Membership, "role"),
        (Hold, "reason"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_an_unknown_status_is_refused(project: Project, user: User, model: Any, column: str) -> None:
    make_submission(make_done(project, user).version.dubbing.asset)
    Hold.objects.put("panjaya", Hold.Reason.KEY, "")
    assert refused(lambda: model.objects.update(**{column: "odd"}))


@pytest.mark.parametrize(
    "model", [Asset, Dubbing, Version, Submission, Upload, Membership, Hold], ids=lambda m: m.__name__
)
def test_every_status_of_ours_is_accepted_by_the_database(model: Any, project: Project, user: User) -> None:
    make_submission(make_done(project, user).version.dubbing.asset)
    Hold.objects.put("panjaya", Hold.Reason.KEY, "")
    row = model.objects.first()
    for field in ("status", "keep", "kind", "role", "reason", "auto_generate", "lips_model"):
        if field in {one.name for one in model._meta.fields}:
            for word, _ in model._meta.get_field(field).choices or ():
                assert not refused(partial(touch, row, **{field: word}))


@pytest.mark.parametrize(("model", "column"), [(Upload, "size"), (Result, "size")], ids=["upload", "result"])
def test_a_file_has_bytes(project: Project, user: User, model: Any, column: str) -> None:
    make_done(project, user)
    assert refused(lambda: model.objects.update(**{column: 0}))


def test_a_result_is_kept_once(project: Project, user: User) -> None:
    result = make_done(project, user)
    twin = {"version": result.version, "sha256": result.sha256, "size": 1, "duration": 1.0, "key": "results/x"}
    assert refused(lambda: Result.objects.create(**twin))


def test_history_is_neither_changed_nor_removed(asset: Asset) -> None:
    Event.objects.record(asset, Event.Kind.STATUS)
    with pytest.raises(AppendOnly):
        Event.objects.update(kind="kept")
    with pytest.raises(AppendOnly):
        Event.objects.all().delete()


def test_a_project_with_assets_stays(asset: Asset) -> None:
    with pytest.raises(ProtectedError):
        asset.project.delete()


def test_a_file_that_an_asset_needs_stays(project: Project, user: User) -> None:
    source = make_upload(user)
    make_asset(project, user, source=source)
    with pytest.raises(ProtectedError):
        source.delete()


def test_a_body_is_delivered_at_least_once(asset: Asset) -> None:
    values = {"body": b"{}", "sha256": "a" * 64, "last_received_at": asset.created_at, "count": 0}
    assert refused(lambda: Callback.objects.create(submission=make_submission(asset), **values))


@pytest.mark.parametrize(
    ("who", "sees", "changes"),
    [("owner", 1, 1), ("editor", 1, 1), ("viewer", 1, 0), ("outsider", 0, 0), ("anonymous", 0, 0)],
)
def test_members_see_and_editors_change(people: People, who: str, sees: int, changes: int) -> None:
    result = make_done(people.project, people.editor)
    person: Any = people.everybody()[who]
    assert Asset.objects.visible_to(person).count() == sees
    assert Asset.objects.editable_by(person).count() == changes
    for model in (Dubbing, Version, Result):
        assert model.objects.visible_to(person).count() == sees
    assert result.version.dubbing.asset.role_of(person) == (who if sees else "")


def test_a_draft_is_visible_to_its_author_only(people: People) -> None:
    make_asset(people.project, people.editor, status="draft")
    assert Asset.objects.visible_to(people.editor).count() == 1
    assert Asset.objects.visible_to(people.owner).count() == 0


@pytest.mark.parametrize("status", Asset.Status.values)
def test_a_status_is_ours_open_or_final(status: str) -> None:
    unsent = [Asset.Status.DRAFT, Asset.Status.AWAITING]
    assert (status in Asset.OPEN) + (status in Asset.FINAL) + (status in unsent) == 1


def test_the_second_of_two_moves_fails(asset: Asset) -> None:
    asset.status = Asset.Status.DUBBING
    asset.save(update_fields=["status"])
    stale = Asset.objects.get(pk=asset.pk)
    assert Asset.objects.move(asset, Asset.Status.READY, cause="test")
    assert not Asset.objects.move(stale, Asset.Status.FAILED, cause="test")
    assert Asset.objects.get(pk=asset.pk).status == Asset.Status.READY


@pytest.mark.parametrize("status", Asset.Status.values)
def test_every_status_lists_its_transitions(status: str) -> None:
    assert Asset.Status.DUBBING in Asset.MOVES[status]
    mirrored = status in Asset.MIRRORED
    assert (
        set(Asset.MOVES[status]) <= set(Asset.MIRRORED) if mirrored else Asset.Status.READY not in Asset.MOVES[status]
    )


@pytest.mark.parametrize(("before", "to"), [("draft", "completed"), ("completed", "draft"), ("dubbing", "refused")])
def test_an_unlisted_transition_is_refused(asset: Asset, before: str, to: str) -> None:
    asset.status = before
    asset.save(update_fields=["status"])
    with pytest.raises(ValueError, match=f"from {before} to {to}"):
        Asset.objects.move(asset, to, cause="test")
    assert Asset.objects.get(pk=asset.pk).status == before
