"""After a restore, what was sent since the backup is found by its reference, recorded, and never sent again."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from dubbing import providers
from dubbing.backup import consistency, safeguards
from dubbing.models import Asset, ConsistencyCheck, Hold, LedgerEntry, PeriodicJob, Submission, Version
from dubbing.submissions import sender
from dubbing.submissions.references import asset_number, name_with, new_reference, references_in
from tests.support.journey import events, fresh, look_and_keep, make_sent, make_wish, reconcile, touch
from tests.support.people import People
from tests.support.provider import ScriptedAsset, ScriptedProvider

LINK = "https://media.example.com/harbour.mp4"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> ScriptedProvider:
    """The only provider there is, which keeps a list. Whatever it took long ago is in the list."""
    settings.SETTLE_SECONDS = settings.SETTLE_UPLOAD_SECONDS = 0
    scripted = ScriptedProvider()
    monkeypatch.setattr(providers, "open_provider", lambda name: scripted)
    return scripted


def make_draft(people: People, name: str = "Harbour tour") -> Asset:
    """A draft as the backup has it."""
    typed = {
        "name": name, "source_from": "url", "media_url": LINK, "source_locale": "en-US", "targets": ["es-ES"],
        "auto_generate": "no_lips",
    }  # fmt: skip
    return Asset.objects.create(project=people.project, created_by=people.editor, typed=typed)


def restore() -> None:
    """As after a restore of a backup that was made just now."""
    safeguards.apply(timezone.now())


def sent_since(provider: ScriptedProvider, asset: Asset, name: str = "Harbour tour", *locales: str) -> ScriptedAsset:
    """What became of this draft after the backup."""
    return provider.add(name_with(new_reference(asset.pk), name), locales or ("es-ES",))


def run(*options: str) -> tuple[int, str]:
    """Exit status of the command, and what it says."""
    said = StringIO()
    try:
        call_command("reconcile", *options, stdout=said)
    except CommandError as error:
        return error.returncode, said.getvalue() + str(error)
    return 0, said.getvalue()


def holds() -> list[str]:
    return list(Hold.objects.values_list("reason", flat=True))


def test_a_reference_names_its_asset_and_older_ones_still_count() -> None:
    for number in (1, 29, 30, 31, 12_345, 30**9 - 1):
        reference = new_reference(number)
        assert len(reference) <= 24
        assert references_in(name_with(reference.lower(), "A film (DUB-2)")) == [reference]
        assert asset_number(reference) == number
    assert references_in("[DUB-ABCDEFGH23] Film, XDUB-ABCDEFGH24") == ["DUB-ABCDEFGH23"]
    assert asset_number("DUB-ABCDEFGH23") is None


def test_what_is_bound_stays_as_it_is_and_is_read_again(people: People, provider: ScriptedProvider) -> None:
    asset = look_and_keep(make_sent(people.project, people.editor, provider), provider)
    restore()
    status, said = run()
    assert (status, holds()) == (0, [])
    assert "videos with our references: 1, known: 1" in said
    assert fresh(asset).dirty_seq > fresh(asset).done_seq
    assert len(provider.assets) == 1


def test_a_draft_that_was_sent_since_is_recorded_with_its_minutes(people: People, provider: ScriptedProvider) -> None:
    draft = make_draft(people)
    restore()
    remote = sent_since(provider, draft, "Harbour tour", "es-ES", "fr-FR")
    status, said = run()
    asset, submission = fresh(draft), Submission.objects.get()
    assert (status, holds()) == (0, [])
    assert f"recorded as sent: video {draft.pk} “Harbour tour”" in said
    assert (asset.status, asset.remote_id, asset.media_url) == ("dubbing", remote.remote_id, LINK)
    assert (submission.status, submission.reference) == ("accepted", references_in(remote.name)[0])
    assert sorted(asset.dubbings.values_list("locale", flat=True)) == ["es-ES", "fr-FR"]
    assert LedgerEntry.objects.filter(kind="reserve", submission=submission).count() == 2
    assert {"submitted", "accepted"} <= set(events(asset))
    assert provider.asked("create_asset") == 0
    assert run()[0] == 0
    assert Submission.objects.count() == 1


def test_a_draft_that_somebody_sent_again_is_bound_and_not_paid_twice(
    people: People, provider: ScriptedProvider
) -> None:
    draft = make_draft(people)
    restore()
    remote = sent_since(provider, draft)
    again = make_wish(people.project, people.editor)
    touch(again, asset=draft)
    touch(draft, status="submitting", name="Harbour tour")
    draft.dubbings.create(locale="es-ES")
    assert sender.send(again.pk, provider=provider) is False
    assert run()[0] == 0
    assert (fresh(again).status, fresh(again).remote_id) == ("accepted", remote.remote_id)
    assert fresh(again).reference in remote.name
    assert provider.asked("create_asset") == 0


def test_a_request_whose_answer_came_after_the_backup_is_bound(people: People, provider: ScriptedProvider) -> None:
    submission = make_wish(people.project, people.editor)
    restore()
    assert fresh(submission).status == "unknown"
    remote = provider.add(name_with(submission.reference, "Harbour tour"))
    status, said = run()
    assert (status, holds()) == (0, [])
    assert "bound to its request" in said
    assert fresh(submission).remote_id == remote.remote_id


def test_the_usual_search_goes_on_during_the_hold(people: People, provider: ScriptedProvider) -> None:
    submission = make_wish(people.project, people.editor)
    restore()
    remote = provider.add(name_with(submission.reference, "Harbour tour"))
    assert reconcile(submission, provider).remote_id == remote.remote_id
    assert holds() == ["restored"]


def test_a_video_that_was_created_since_is_reported_and_added_only_when_asked(
    people: People, provider: ScriptedProvider
) -> None:
    restore()
    remote = provider.add(name_with(new_reference(4711), "Night market"))
    status, said = run()
    assert (status, holds()) == (1, ["restored"])
    assert remote.remote_id in said
    assert "Night market" in said
    assert "created after the backup" in said
    assert run("--into", people.project.name)[0] == 0
    asset = Asset.objects.get()
    assert (asset.name, asset.status, asset.remote_id) == ("Night market", "dubbing", remote.remote_id)
    assert (asset.project, asset.created_by, holds()) == (people.project, people.owner, [])
    remote.first.complete(b"the final video")
    look_and_keep(asset, provider)
    assert Version.objects.get().status == "completed"
    assert run("--into", people.project.name)[0] == 0
    assert Asset.objects.count() == 1


def test_a_draft_of_another_name_is_not_taken_for_it(people: People, provider: ScriptedProvider) -> None:
    draft = make_draft(people)
    restore()
    sent_since(provider, draft, "Another portal's film")
    status, said = run()
    assert status == 1
    assert f"video {draft.pk}, which has another name" in said
    assert fresh(draft).status == "draft"


def test_a_draft_created_after_the_restore_is_not_taken_for_it(people: People, provider: ScriptedProvider) -> None:
    restore()
    draft = make_draft(people)
    sent_since(provider, draft)
    assert run()[0] == 1
    assert fresh(draft).status == "draft"


def test_two_of_one_request_are_one_too_many(people: People, provider: ScriptedProvider) -> None:
    draft = make_draft(people)
    restore()
    first = sent_since(provider, draft)
    provider.add(first.name)
    status, said = run()
    assert status == 1
    assert "sent twice" in said
    assert holds() == ["restored"]


def test_nothing_is_concluded_from_half_a_list(people: People, provider: ScriptedProvider) -> None:
    restore()
    provider.complete_listing = False
    status, said = run()
    assert (status, holds()) == (250, ["restored"])
    assert "could not be read" in said


def test_a_hold_does_not_end_while_something_may_turn_up_late(
    people: People, provider: ScriptedProvider, settings: Settings
) -> None:
    settings.SETTLE_UPLOAD_SECONDS = 3600
    restore()
    said = run()[1]
    assert "may still turn up" in said
    # To the second: the minute alone would be too early.
    assert f"after {Hold.objects.get().since + timedelta(hours=1):%H:%M:%S} UTC" in said
    assert holds() == ["restored"]
    Hold.objects.update(since=timezone.now() - timedelta(hours=2))
    assert run()[0] == 0
    assert holds() == []


def test_no_success_ends_the_hold_and_no_failure_replaces_it(people: People, provider: ScriptedProvider) -> None:
    asset = make_sent(people.project, people.editor, provider)
    restore()
    look_and_keep(asset, provider)
    Hold.objects.put("panjaya", Hold.Reason.KEY, "no such key")
    Hold.objects.lift("panjaya")
    assert holds() == ["restored"]
    assert not Hold.objects.admits("panjaya")


def test_a_provider_without_a_list_waits_for_a_person(
    people: People, provider: ScriptedProvider, settings: Settings
) -> None:
    settings.MODELSLAB_API_KEY = "a-key"
    restore()
    status, said = run()
    assert status == 0
    assert "reconcile --lift modelslab" in said
    assert holds() == ["restored"]
    run("--lift", "modelslab")
    assert holds() == []


def test_a_request_to_a_provider_that_prepares_is_for_a_person(people: People, provider: ScriptedProvider) -> None:
    submission = make_wish(people.project, people.editor)
    touch(submission.asset, provider="voicechanger")
    restore()
    assert fresh(submission).needs_person


def test_a_version_is_not_sent_back_to_editing_again(people: People, provider: ScriptedProvider) -> None:
    asset = look_and_keep(make_sent(people.project, people.editor, provider), provider)
    Version.objects.update(revise_asked_at=timezone.now(), next_revise_at=timezone.now())
    restore()
    assert not Version.objects.due_for_revise().exists()
    assert fresh(asset).status == asset.status


def test_the_check_finds_what_is_lost_or_double(people: People, provider: ScriptedProvider) -> None:
    asset = make_sent(people.project, people.editor, provider)
    assert run("--check") == (0, "Nothing is lost, and nothing exists twice.\n")
    touch(asset, remote_id="")
    provider.add(name_with(new_reference(4711), "Night market"))
    touch(make_wish(people.project, people.editor), next_at=timezone.now() - timedelta(hours=2))
    late = make_sent(people.project, people.editor, provider)
    touch(late, late_at=timezone.now() - timedelta(hours=2), lateness=0)
    status, said = run("--check")
    assert status == 4
    noted = ConsistencyCheck.objects.first()
    assert noted
    assert (noted.violations, noted.doubts) == (3, 1)
    assert set(noted.findings.splitlines()) <= set(said.splitlines())
    assert "bound to nothing" in said
    assert "matches nothing here" in said
    assert "sent or looked for over an hour ago" in said
    assert f"Video {late.pk} is past its deadline" in said
    assert not Hold.objects.exists()


def test_a_request_that_was_just_sent_is_not_lost_yet(people: People, provider: ScriptedProvider) -> None:
    asset = make_sent(people.project, people.editor, provider)
    sent = asset.submissions.get()
    touch(asset, remote_id="", status="submitting")
    touch(sent, remote_id="", status="sending", sent_at=timezone.now())
    assert run("--check")[0] == 0
    touch(sent, status="unknown", sent_at=timezone.now() - timedelta(hours=2))
    assert "its request does not know it" in run("--check")[1]


def test_a_list_that_cannot_be_read_is_no_proof_of_a_loss(people: People, provider: ScriptedProvider) -> None:
    provider.complete_listing = False
    consistency.record_check(list(consistency.find_discrepancies()))
    noted = ConsistencyCheck.objects.get()
    assert (noted.violations, noted.doubts) == (0, 1)
    assert "could not be read" in noted.findings


def test_one_scheduler_checks_once_a_day(people: People, provider: ScriptedProvider) -> None:
    assert consistency.check_if_due()
    assert not consistency.check_if_due()
    old = ConsistencyCheck.objects.create(violations=0, doubts=0, checked_at=timezone.now() - timedelta(days=91))
    PeriodicJob.objects.update(next_at=timezone.now())
    assert consistency.check_if_due()
    assert ConsistencyCheck.objects.count() == 2
    assert not ConsistencyCheck.objects.filter(pk=old.pk).exists()
