"""Many at once: every row by itself, whatever breaks, and none of them twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection

from dubbing.batches import batches
from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Batch, BatchRow, Project, Submission
from dubbing.platform.errors import NotPossible
from dubbing.submissions import submit as sending
from dubbing.web.batch.row_forms import check, defaults
from tests.support.drafts import a_row

pytestmark = pytest.mark.django_db

SETTINGS = {"source_locale": "en-US", "targets": ["es-ES", "fr-FR"]}


@pytest.fixture
def batch(project: Project, user: User) -> Batch:
    return batches.start(project, user, shared=defaults(project, user) | SETTINGS)


def bring(batch: Batch, user: User, count: int, *, seconds: float = 60.0) -> list[BatchRow]:
    """Rows whose files have arrived."""
    brought = batches.add_files(batch, user, [(f"film {number}.mp4", 1000) for number in range(1, count + 1)])
    rows = [one.row for one in brought if one.row]
    for row in rows:
        assert row.asset
        saved_drafts.attach(row.asset, a_row(user, name=row.given["file"], seconds=seconds), user)
    assert batches.refresh(batch, user, check, seconds=60)
    return list(batch.rows.select_related("asset"))


def send(batch: Batch, user: User) -> list[Submission]:
    return list(batches.send(batch, user, check))


def states(batch: Batch) -> list[str]:
    return list(batch.rows.values_list("status", flat=True))


def test_every_file_is_a_draft_before_its_first_byte(batch: Batch, user: User) -> None:
    brought = batches.add_files(batch, user, [("harbour.mp4", 5), ("folder\\pier.mov", 6)])
    assert [one.row.asset.name for one in brought if one.row and one.row.asset] == ["harbour", "pier"]
    assert Asset.objects.filter(status="draft", created_by=user).count() == 2
    assert [one.has_file for one in brought] == [False, False]


def test_a_row_that_waits_for_its_file_is_not_ready_and_costs_nothing(batch: Batch, user: User) -> None:
    batches.add_files(batch, user, [("harbour.mp4", 5)])
    batches.refresh(batch, user, check)
    row = batch.rows.get()
    assert row.status == "problem"
    assert ["source", "Choose a video file or enter a link."] in row.problems
    assert send(batch, user) == []


def test_the_same_file_dropped_again_goes_to_its_row(batch: Batch, user: User) -> None:
    batches.add_files(batch, user, [("harbour.mp4", 5)])
    again = batches.add_files(batch, user, [("harbour.mp4", 5), ("harbour.mp4", 6)])
    assert [one.row.number for one in again if one.row] == [1, 2]  # another size is another film
    bring(batch, user, 1)
    last = batches.add_files(batch, user, [("film 1.mp4", 1000)])[0]
    assert last.has_file
    assert batch.rows.count() == 3


def test_a_better_file_of_the_same_name_goes_to_the_row_whose_file_was_refused(batch: Batch, user: User) -> None:
    row = batches.add_files(batch, user, [("harbour.mp4", 5)])[0].row
    assert row
    assert row.asset
    bad = a_row(user, name="harbour.mp4", status="refused", refusal={"message": "It has no sound."})
    saved_drafts.attach(row.asset, bad, user)
    batches.refresh(batch, user, check)
    assert ["source", "It has no sound."] in batch.rows.get().problems
    again = batches.add_files(batch, user, [("harbour.mp4", 77)])[0]
    assert again.row == row
    assert not again.has_file
    assert batch.rows.get().given["size"] == 77


def test_rows_are_ready_once_their_files_are_here(batch: Batch, user: User) -> None:
    rows = bring(batch, user, 3)
    assert [row.status for row in rows] == ["good"] * 3
    assert {row.milliseconds for row in rows} == {60_000 * 2}


def test_a_file_that_arrives_without_an_open_page_makes_its_row_ready(batch: Batch, user: User) -> None:
    row = batches.add_files(batch, user, [("harbour.mp4", 1000)])[0].row
    assert row
    assert row.asset
    upload = a_row(user, name="harbour.mp4", status="receiving", seconds=9)
    saved_drafts.attach(row.asset, upload, user)
    batches.refresh(batch, user, check)
    assert batch.rows.get().waits_for == upload
    upload.status = "complete"
    upload.save()
    assert batches.refresh(batch, user, check)
    row = batch.rows.get()
    assert row.status == "good"
    assert row.asset
    assert row.asset.source == upload


def test_all_are_sent_and_each_has_its_outcome(batch: Batch, user: User) -> None:
    bring(batch, user, 3)
    made = send(batch, user)
    assert len(made) == 3
    assert states(batch) == ["sent"] * 3
    assert set(Asset.objects.values_list("status", flat=True)) == {"submitting"}


def test_what_was_sent_is_not_sent_again(batch: Batch, user: User) -> None:
    bring(batch, user, 2)
    send(batch, user)
    assert send(batch, user) == []
    assert Submission.objects.count() == 2


def test_an_allowance_that_ends_half_way_keeps_what_was_sent(batch: Batch, user: User, project: Project) -> None:
    project.monthly_minutes = 13  # six rows of two minutes each
    project.save()
    bring(batch, user, 9)
    assert len(send(batch, user)) == 6
    assert states(batch) == ["sent"] * 6 + ["refused"] * 3
    words = batch.rows.filter(status="refused").values_list("problems", flat=True)
    assert all(said[0][1] for said in words)
    project.monthly_minutes = 100
    project.save()
    batch.refresh_from_db()
    assert len(send(batch, user)) == 3
    assert states(batch) == ["sent"] * 9
    assert Submission.objects.count() == 9


def test_a_row_that_breaks_does_not_stop_the_others(batch: Batch, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = bring(batch, user, 3)
    submit = sending.submit

    def break_at_two(asset: Asset, fields: Any, person: User) -> list[Submission]:
        if asset.pk == rows[1].asset_id:
            raise DatabaseError("the disk is gone")
        return submit(asset, fields, person)

    monkeypatch.setattr(batches, "submit", break_at_two)
    assert len(send(batch, user)) == 2
    assert states(batch) == ["sent", "good", "sent"]
    monkeypatch.setattr(batches, "submit", submit)
    assert len(send(batch, user)) == 1
    assert Submission.objects.count() == 3


def test_killed_between_two_rows_nothing_is_lost_and_nothing_is_sent_twice(batch: Batch, user: User) -> None:
    bring(batch, user, 4)
    killed = batches.send(batch, user, check)
    next(killed)
    next(killed)
    del killed
    assert sorted(states(batch)) == ["good", "good", "sent", "sent"]
    assert len(send(batch, user)) == 2
    assert Submission.objects.count() == 4


def test_killed_within_a_row_that_row_is_as_it_was(batch: Batch, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(batch, user, 1)

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(batches, "_settle", die)
        with pytest.raises(KeyboardInterrupt):
            send(batch, user)
    assert states(batch) == ["good"]
    assert Asset.objects.get().status == "draft"
    assert not Submission.objects.exists()
    assert len(send(batch, user)) == 1


def test_a_draft_that_was_sent_separately_counts_as_sent(batch: Batch, user: User) -> None:
    rows = bring(batch, user, 2)
    asset = rows[0].asset
    assert asset
    fields = check(asset, user).fields
    assert fields
    sending.submit(asset, fields, user)
    assert len(send(batch, user)) == 1
    assert states(batch) == ["sent", "sent"]
    assert Submission.objects.count() == 2


def test_a_returned_row_is_part_of_the_remainder(batch: Batch, user: User) -> None:
    rows = bring(batch, user, 1)
    send(batch, user)
    Asset.objects.filter(batch_row=rows[0]).update(status="draft")
    batches.refresh(batch, user, check)
    row = batch.rows.get()
    assert row.status == "refused"
    assert row.problems == [["", batches.GIVEN_BACK]]


def test_settings_reach_every_row_besides_what_was_changed_in_a_row(batch: Batch, user: User) -> None:
    rows = bring(batch, user, 2)
    assert rows[0].asset
    saved_drafts.keep_typed(rows[0].asset, {"targets": ["de-DE"]}, user)
    batches.share(batch, user, batch.shared | {"targets": ["it-IT"], "voice_anonymization": "0.5"})
    typed = [row.asset.typed for row in batch.rows.select_related("asset") if row.asset]
    assert [one["targets"] for one in typed] == [["de-DE"], ["it-IT"]]
    assert [one["voice_anonymization"] for one in typed] == ["0.5", "0.5"]
    assert batches.refresh(batch, user, check, seconds=60)
    assert [row.milliseconds for row in batch.rows.all()] == [60_000, 60_000]


def test_settings_of_a_row_that_was_opened_and_not_changed_still_follow(batch: Batch, user: User) -> None:
    row = bring(batch, user, 1)[0]
    assert row.asset
    saved_drafts.keep_typed(row.asset, {**row.asset.typed, "speakers": "", "start": ""}, user)  # as its page saves it
    batches.share(batch, user, batch.shared | {"speakers": "3", "speakers_from": "count", "auto_generate": "no_lips"})
    row.asset.refresh_from_db()
    assert row.asset.typed["speakers"] == "3"
    assert row.asset.typed["auto_generate"] == "no_lips"


def test_what_was_sent_keeps_its_settings(batch: Batch, user: User) -> None:
    row = bring(batch, user, 1)[0]
    send(batch, user)
    batches.share(batch, user, batch.shared | {"targets": ["it-IT"]})
    assert row.asset
    assert list(row.asset.dubbings.values_list("locale", flat=True).order_by("locale")) == ["es-ES", "fr-FR"]


def test_a_row_is_removed_with_its_draft_but_not_once_it_was_sent(batch: Batch, user: User) -> None:
    rows = bring(batch, user, 2)
    batches.remove(rows[0], user)
    send(batch, user)
    with pytest.raises(NotPossible):
        batches.remove(batch.rows.select_related("asset").get(), user)
    assert batch.rows.count() == 1
    assert Asset.objects.count() == 1


def test_a_draft_deleted_elsewhere_takes_its_row_with_it(batch: Batch, user: User) -> None:
    rows = bring(batch, user, 2)
    assert rows[0].asset
    saved_drafts.discard(rows[0].asset, user)
    batches.refresh(batch, user, check)
    assert batch.rows.count() == 1


def test_more_files_than_fit_are_named(batch: Batch, user: User) -> None:
    batches.add_rows(batch, user, [({"file": f"{n}.mp4", "size": 1}, {"name": str(n)}) for n in range(500)])
    left = batches.add_files(batch, user, [("one-more.mp4", 1)])[0]
    assert left.row is None
    assert "A batch can have at most 500 videos" in left.message


def test_what_is_kept_is_read_in_one_query_while_nothing_changed(
    batch: Batch, user: User, django_assert_num_queries: Any
) -> None:
    bring(batch, user, 5)
    with django_assert_num_queries(1):
        assert batches.refresh(batch, user, check)


def test_a_new_batch_is_the_untouched_one(project: Project, user: User, batch: Batch) -> None:
    assert batches.start(project, user, shared={}) == batch
    bring(batch, user, 1)
    assert batches.start(project, user, shared={}) != batch


@pytest.mark.django_db(transaction=True)
def test_two_people_sending_at_the_same_moment_send_every_row_once(
    project: Project, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():  # type: ignore[attr-defined]
        _take_turns(project, user, monkeypatch)
        return
    batch = batches.start(project, user, shared=defaults(project, user) | SETTINGS)
    bring(batch, user, 6)
    gate = Barrier(2)

    def press(_: int) -> int:
        try:
            gate.wait(10)
            return len(send(batch, user))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(press, range(2)))
    assert sum(made) == 6
    assert Submission.objects.count() == 6
    assert states(batch) == ["sent"] * 6


def _take_turns(project: Project, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """One connection cannot be in two threads: the other one is faster at the very place where it hurts."""
    batch = batches.start(project, user, shared=defaults(project, user) | SETTINGS)
    bring(batch, user, 6)
    other: list[Submission] = []

    def check_and_be_overtaken(asset: Asset, person: User) -> batches.Checked:
        found = check(asset, person)
        other.extend(send(batch, person)) if not other else None
        return found

    made = list(batches.send(batch, user, check_and_be_overtaken))
    assert len(made) + len(other) == 6
    assert Submission.objects.count() == 6
    assert states(batch) == ["sent"] * 6
