"""Blind comparisons: what can be compared, who votes, what a tie is, and what stays of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from dubbing.assets import trash
from dubbing.models import (
    Asset,
    Ballot,
    BlindCandidate,
    BlindComparison,
    Event,
    Membership,
    Notice,
    Preset,
    Project,
    Result,
    sent_settings,
)
from dubbing.notices import consumer, texts
from dubbing.platform.errors import NotPossible
from dubbing.projects import projects
from dubbing.review import blind_candidates, blind_comparisons
from dubbing.review.blind_comparisons import WrongField
from tests.support.blind import make_closed, make_comparison, make_results, vote_for
from tests.support.journey import touch
from tests.support.people import People, make_user
from tests.support.rows import make_asset, make_done, make_dubbing, make_result, make_upload, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def results(people: People) -> list[Result]:
    return make_results(people.project, people.owner)


def other_film(people: People) -> Result:
    asset = make_asset(people.project, people.owner, locales=[], source=make_upload(people.owner, content=b"other"))
    return make_result(make_version(make_dubbing(asset, "es-ES")), content=b"of another film")


def refused(people: People, results: list[Result], **more: Any) -> WrongField:
    with pytest.raises(WrongField) as problem:
        make_comparison(people.project, people.owner, more.pop("voters", [people.viewer]), results, **more)
    assert not BlindComparison.objects.exists()
    return problem.value


def notices_of(user: User) -> list[str]:
    consumer.take_events()
    return [line.text for line in texts.lines(Notice.objects.filter(recipient=user).order_by("pk"))]


# --- starting ---------------------------------------------------------------------------------------------------------


def test_a_comparison_has_two_to_six_final_videos(people: People, results: list[Result]) -> None:
    assert refused(people, results[:1]).field == "candidates"
    many = make_results(people.project, people.owner, [{"name": str(number)} for number in range(7)])
    assert "from 2 to 6" in str(refused(people, many))


def test_they_share_one_source_one_trim_and_one_language(people: People, results: list[Result]) -> None:
    asset = results[0].version.dubbing.asset
    trimmed = make_asset(people.project, people.owner, locales=[], source=asset.source, start=1.0, end=9.0)
    result = make_result(make_version(make_dubbing(trimmed, "es-ES")), content=b"trimmed")
    french = make_result(make_version(make_dubbing(asset, "fr-FR")), content=b"french")
    for odd in (other_film(people), result, french):
        assert refused(people, [results[0], odd]).field == "candidates"


def test_a_language_with_settings_of_its_own_is_compared_by_those(people: People, results: list[Result]) -> None:
    dubbing = results[0].version.dubbing
    own = sent_settings.of_asset(dubbing.asset) | {"voice_anonymization": 0.5}
    touch(dubbing, sent_settings=own)
    comparison = make_comparison(people.project, people.owner, [people.viewer], results)
    assert comparison.candidates.get(position=0).settings["voice_anonymization"] == 0.5
    comparison.delete()
    touch(dubbing, sent_settings=own | {"start": 2.0})
    assert refused(people, results).field == "candidates"
    assert blind_candidates.comparable_video(dubbing.asset, "es-ES", people.owner).results == [results[0]]


def test_the_same_file_uploaded_twice_is_the_same_source(people: People, results: list[Result]) -> None:
    source = results[0].version.dubbing.asset.source
    twice = make_done(people.project, people.owner)
    assert source is not None
    assert twice.version.dubbing.asset.source is not None
    assert twice.version.dubbing.asset.source.sha256 == source.sha256
    film = blind_candidates.comparable_video(results[0].version.dubbing.asset, "es-ES", people.owner)
    assert twice in film.results


def test_what_the_organizer_may_not_see_cannot_be_compared(people: People, results: list[Result]) -> None:
    elsewhere = make_results(Project.objects.get(name="Elsewhere"), people.outsider)
    assert "no longer exists" in str(refused(people, [results[0], elsewhere[0]]))
    Asset.objects.filter(pk=results[1].version.dubbing.asset_id).update(trashed_at=timezone.now())
    assert "no longer exists" in str(refused(people, results))


def test_only_members_can_be_asked_and_only_editors_ask(people: People, results: list[Result]) -> None:
    assert refused(people, results, voters=[]).field == "voters"
    assert refused(people, results, voters=[people.viewer, people.outsider]).field == "voters"
    with pytest.raises(NotPossible, match="Only owners and editors"):
        make_comparison(people.project, people.viewer, [people.owner], results)


def test_each_voter_has_an_order_of_their_own_that_stays(people: People) -> None:
    voters = [make_user(f"voter{number}") for number in range(24)]
    for voter in voters:
        Membership.objects.create(project=people.project, user=voter, role="viewer")
    comparison = make_comparison(people.project, people.owner, voters)
    orders = dict(comparison.ballots.values_list("user_id", "order"))
    assert {tuple(sorted(order)) for order in orders.values()} == {(0, 1, 2)}
    # Chance would give fewer than two orders once in 6 ** 23 runs.
    assert len({tuple(order) for order in orders.values()}) > 1
    vote_for(comparison, voters[0], 2)
    assert dict(comparison.ballots.values_list("user_id", "order")) == orders


# --- voting -----------------------------------------------------------------------------------------------------------


def test_a_vote_can_be_changed_until_it_is_closed(people: People) -> None:
    comparison = make_comparison(people.project, people.owner, [people.viewer])
    vote_for(comparison, people.viewer, 0, "Clear.")
    vote_for(comparison, people.viewer, 2, "Clearer.")
    ballot = Ballot.objects.get()
    assert ballot.choice is not None
    assert (ballot.choice.position, ballot.reason) == (2, "Clearer.")
    blind_comparisons.close(comparison, people.owner)
    with pytest.raises(NotPossible, match="Voting has ended"):
        vote_for(comparison, people.viewer, 1)
    assert blind_comparisons.tally_of(comparison).counts == {0: 0, 1: 0, 2: 1}


@pytest.mark.parametrize("label", ["", "D", "AB", "a", "source", "0", "\0"])
def test_a_vote_is_for_one_of_the_candidates(people: People, label: str) -> None:
    comparison = make_comparison(people.project, people.owner, [people.viewer])
    with pytest.raises(NotPossible, match="Choose one"):
        blind_comparisons.vote(comparison, people.viewer, label=label)
    assert Ballot.objects.get().choice is None


def test_people_who_were_not_asked_have_no_vote(people: People) -> None:
    comparison = make_comparison(people.project, people.owner, [people.viewer])
    with pytest.raises(NotPossible, match="not a voter"):
        blind_comparisons.vote(comparison, people.owner, label="A")


def test_the_database_refuses_a_half_vote_and_an_early_winner(people: People) -> None:
    comparison = make_comparison(people.project, people.owner, [people.viewer])
    candidate = BlindCandidate.objects.filter(comparison=comparison).first()
    ballot, later = Ballot.objects.all(), BlindComparison.objects.all()
    wrong: list[tuple[Any, dict[str, Any]]] = [
        (ballot, {"choice": candidate}),
        (ballot, {"reason": "Because."}),
        (ballot, {"choice": candidate, "voted_at": timezone.now(), "waits": True}),
        (later, {"winner": candidate}),
        (later, {"closed_at": timezone.now()}),
        (later, {"name": ""}),
        (BlindCandidate.objects.filter(position=2), {"position": 6}),
    ]
    for rows, change in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


# --- the end ----------------------------------------------------------------------------------------------------------


def test_the_one_with_the_most_votes_wins(people: People) -> None:
    comparison = make_comparison(people.project, people.owner, [people.owner, people.editor, people.viewer])
    for person, position in ((people.owner, 1), (people.editor, 1), (people.viewer, 0)):
        vote_for(comparison, person, position)
    closed = blind_comparisons.close(comparison, people.owner)
    assert closed.winner is not None
    assert closed.winner.position == 1
    with pytest.raises(NotPossible, match="already closed"):
        blind_comparisons.close(comparison, people.owner)


def test_a_tie_is_decided_by_the_organizer_among_those_with_the_most_votes(people: People) -> None:
    comparison = make_comparison(people.project, people.editor, [people.owner, people.viewer])
    vote_for(comparison, people.owner, 0)
    vote_for(comparison, people.viewer, 2)
    closed = blind_comparisons.close(comparison, people.editor)
    assert closed.winner is None
    assert blind_comparisons.tally_of(closed).leaders == [0, 2]
    for position in (1, None, 9):
        with pytest.raises(NotPossible, match="most votes"):
            blind_comparisons.pick_winner(closed, people.editor, position)
    chosen = blind_comparisons.pick_winner(closed, people.editor, 2).winner
    assert chosen is not None
    assert chosen.position == 2


def test_without_votes_there_is_no_winner(people: People) -> None:
    closed = blind_comparisons.close(make_comparison(people.project, people.owner, [people.viewer]), people.owner)
    assert closed.winner is None
    with pytest.raises(NotPossible, match="no tie"):
        blind_comparisons.pick_winner(closed, people.owner, 0)


def test_the_organizer_or_an_owner_closes_it(people: People) -> None:
    comparison = make_comparison(people.project, people.editor, [people.viewer])
    for person, may in ((people.owner, True), (people.editor, True), (people.viewer, False), (people.outsider, False)):
        assert blind_comparisons.may_close(comparison, person) is may
    Membership.objects.filter(user=people.editor).update(role="viewer")
    assert not blind_comparisons.may_close(comparison, people.editor)


def test_the_tally_outlives_the_videos_and_the_voters(people: People) -> None:
    comparison = make_closed(people.project, people.owner, [people.viewer], winner=1)
    projects.remove_member(people.project, people.viewer)
    long_ago = timezone.now() - trash.KEPT_FOR * 2
    Asset.objects.update(trashed_at=long_ago)
    assert trash.purge_old(trash.KEPT_FOR) == 3
    comparison.refresh_from_db()
    assert comparison.winner is not None
    assert comparison.winner.result is None
    assert comparison.winner.settings["voice_anonymization"] == 0.3
    assert blind_comparisons.tally_of(comparison).votes == 1


# --- presets ----------------------------------------------------------------------------------------------------------


def test_the_winners_options_become_a_preset(people: People) -> None:
    comparison = make_closed(people.project, people.owner, [people.viewer], winner=1)
    preset = blind_comparisons.make_preset(comparison, people.editor, name="House voice")
    assert preset.values == {
        "auto_generate": "with_lips", "lips_model": "real_face_turbo", "voice_anonymization": "0.3",
        "speakers_from": "unsure",
    }  # fmt: skip
    assert BlindComparison.objects.get(pk=comparison.pk).preset == preset


def test_an_owner_replaces_the_options_of_a_preset_and_its_languages_stay(people: People) -> None:
    values = {"targets": ["fr-FR"], "voice_anonymization": "1", "speakers_from": "count", "speakers": "2"}
    preset = Preset.objects.create(project=people.project, name="Usual", values=values, created_by=people.owner)
    comparison = make_closed(people.project, people.owner, [people.viewer], winner=1)
    with pytest.raises(NotPossible, match="Only a project owner"):
        blind_comparisons.make_preset(comparison, people.editor, replaced=preset)
    blind_comparisons.make_preset(comparison, people.owner, replaced=preset)
    preset.refresh_from_db()
    assert (preset.values["targets"], preset.values["voice_anonymization"]) == (["fr-FR"], "0.3")
    assert "speakers" not in preset.values


def test_viewers_make_no_preset_and_nobody_does_before_there_is_a_winner(people: People) -> None:
    open_one = make_comparison(people.project, people.owner, [people.viewer])
    with pytest.raises(NotPossible, match="no winner"):
        blind_comparisons.make_preset(open_one, people.owner, name="Early")
    closed = make_closed(people.project, people.owner, [people.viewer])
    with pytest.raises(NotPossible, match="owners and editors"):
        blind_comparisons.make_preset(closed, people.viewer, name="Mine")


# --- notices ----------------------------------------------------------------------------------------------------------


def test_voters_are_asked_once_and_notified_of_the_end_and_nobody_of_their_own_actions(people: People) -> None:
    comparison = make_comparison(people.project, people.owner, [people.owner, people.viewer])
    asked = "owner asks for your vote in a blind comparison in Spanish (Spain)."
    assert notices_of(people.viewer) == [asked]
    assert notices_of(people.owner) == notices_of(people.editor) == []
    notice = Notice.objects.get()
    assert texts.target(notice, people.viewer) == f"/blind/{comparison.pk}/"
    blind_comparisons.close(comparison, people.owner)
    assert notices_of(people.viewer)[1:] == ["owner closed the blind comparison in Spanish (Spain). See the result."]
    assert not Notice.objects.unread().filter(pk=notice.pk).exists()


def test_every_video_that_is_compared_has_it_in_its_history(people: People, results: list[Result]) -> None:
    make_comparison(people.project, people.owner, [people.viewer], results)
    events = Event.objects.filter(kind=Event.Kind.VOTE_ASKED)
    assert {event.asset_id for event in events} == {result.version.dubbing.asset_id for result in results}
