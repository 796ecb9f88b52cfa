"""Pages of blind comparisons: starting one, voting, the tally, the table, and the preset of the winner."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dubbing.models import Asset, Ballot, BlindComparison, Membership, Preset, Result
from dubbing.projects import projects
from dubbing.review import blind_comparisons
from tests.support.blind import make_closed, make_comparison, make_results, vote_for
from tests.support.people import People, client_of
from tests.support.rows import make_done

pytestmark = pytest.mark.django_db


@pytest.fixture
def results(people: People) -> list[Result]:
    return make_results(people.project, people.editor)


def form_of(people: People, results: list[Result], **more: Any) -> dict[str, Any]:
    return {
        "name": "Which voice?",
        "candidates": [result.pk for result in results],
        "voters": [people.editor.pk, people.viewer.pk],
    } | more


def address(people: People, result: Result) -> str:
    return f"/projects/{people.project.pk}/blind/new/?asset={result.version.dubbing.asset_id}&locale=es-ES"


def test_an_editor_starts_one_and_the_voters_are_asked(people: People, editor: Client, results: list[Result]) -> None:
    page = editor.get(address(people, results[0])).text
    for shown in ("Lip sync: faster · Anonymization 0.3", "ModelsLab", "Strong", "Candidates"):
        assert shown in page
    assert page.count('name="candidates"') == 3
    answer = editor.post(address(people, results[0]), form_of(people, results, due="2199-01-01"))
    assert answer.status_code == 422
    assert "within the next ten years" in answer.text
    answer = editor.post(address(people, results[0]), form_of(people, results), follow=True)
    assert "2 people are asked to vote." in answer.text
    assert BlindComparison.objects.get().candidates.count() == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"candidates": []}, "Choose from 2 to 6 final videos."),
        ({"candidates": ["x"]}, "no longer exists"),
        ({"voters": []}, "Choose at least one voter."),
        ({"voters": ["0"]}, "Voters have to be members"),
        ({"name": ""}, "This field is required"),
        ({"due": "2020-01-01"}, "This day has passed"),
    ],
)
def test_errors_are_shown_beside_their_field(
    people: People, editor: Client, results: list[Result], change: dict[str, Any], message: str
) -> None:
    answer = editor.post(address(people, results[0]), form_of(people, results, **change))
    assert answer.status_code == 422
    assert message in answer.text
    assert not BlindComparison.objects.exists()


def test_a_video_of_another_source_is_refused_beside_the_candidates(
    people: People, editor: Client, results: list[Result]
) -> None:
    asset = results[1].version.dubbing.asset
    assert "Which voice?" not in editor.get(address(people, results[0])).text
    Asset.objects.filter(pk=asset.pk).update(start=1.0, end=9.0)
    answer = editor.post(address(people, results[0]), form_of(people, results[:2]))
    assert answer.status_code == 422
    assert "not all from the same video and trim" in answer.text.partition('id="candidates-error"')[2]


def test_a_video_with_one_final_video_says_how_to_make_more(people: People, editor: Client) -> None:
    result = make_done(people.project, people.editor)
    page = editor.get(address(people, result)).text
    assert "Not enough to compare yet" in page
    assert "to send the same pilot with several settings" in page


def test_without_a_video_those_with_several_final_videos_are_offered(
    people: People, editor: Client, results: list[Result]
) -> None:
    page = editor.get(f"/projects/{people.project.pk}/blind/new/").text
    assert "3 final videos with the same trim" in page
    for odd in ("0", "x", "9" * 30, str(make_results(elsewhere(people), people.outsider)[0].version.dubbing.asset_id)):
        assert "Choose a video" in editor.get(f"/projects/{people.project.pk}/blind/new/?asset={odd}").text


def elsewhere(people: People) -> Any:
    return people.outsider.memberships.get().project


def test_a_voter_votes_and_changes_the_vote(people: People, viewer: Client, results: list[Result]) -> None:
    comparison = make_comparison(people.project, people.editor, [people.viewer], results)
    page = viewer.post(f"/blind/{comparison.pk}/vote/", {"choice": "B", "reason": "Clear."}, follow=True).text
    assert "You voted for B." in page
    assert 'value="Clear."' in page
    viewer.post(f"/blind/{comparison.pk}/vote/", {"choice": "C"})
    ballot = Ballot.objects.get()
    assert ballot.choice is not None
    assert ballot.choice.position == ballot.order[2]


def test_a_vote_without_a_choice_says_so_and_keeps_the_reason(people: People, viewer: Client) -> None:
    comparison = make_comparison(people.project, people.editor, [people.viewer])
    answer = viewer.post(f"/blind/{comparison.pk}/vote/", {"reason": "Clear."})
    assert answer.status_code == 422
    assert "Choose one of the candidates." in answer.text
    assert 'value="Clear."' in answer.text


def test_a_vote_that_comes_too_late_changes_nothing_and_says_so(people: People, viewer: Client) -> None:
    comparison = make_closed(people.project, people.editor, [people.viewer], winner=1)
    page = viewer.post(f"/blind/{comparison.pk}/vote/", {"choice": "A"}, follow=True).text
    assert "Voting has ended. Your vote was not changed." in page


def test_my_work_has_votes_to_give_until_they_are_given(people: People, viewer: Client) -> None:
    comparison = make_comparison(people.project, people.editor, [people.viewer], due_at=timezone.now())
    page = viewer.get("/").text
    assert "Votes to cast" in page
    assert "Overdue, was due" in page
    vote_for(comparison, people.viewer, 0)
    assert "Votes to cast" not in viewer.get("/").text


def test_a_closed_comparison_waits_for_nobody(people: People, viewer: Client) -> None:
    blind_comparisons.close(make_comparison(people.project, people.editor, [people.viewer]), people.editor)
    assert "Votes to cast" not in viewer.get("/").text


def test_a_former_member_loses_access_and_their_vote_stays_anonymous(people: People, owner: Client) -> None:
    comparison = make_comparison(people.project, people.owner, [people.viewer, people.editor])
    vote_for(comparison, people.viewer, 1, "Clear.")
    projects.remove_member(people.project, people.viewer)
    projects.remove_member(people.project, people.editor)
    left = client_of(people.viewer)
    for place in ("", "media/A/"):
        assert left.get(f"/blind/{comparison.pk}/{place}").status_code == 404
    assert left.post(f"/blind/{comparison.pk}/vote/", {"choice": "A"}).status_code == 404
    assert "Votes to cast" not in left.get("/").text
    blind_comparisons.close(comparison, people.owner)
    page = owner.get(f"/blind/{comparison.pk}/").text
    assert "Former member" in page
    assert "1 of 1 voted" in page
    assert "viewer" not in page.partition('id="voters"')[2].partition("</section>")[0]


def test_the_list_says_how_far_each_is_and_that_a_vote_is_missing(people: People, viewer: Client) -> None:
    make_closed(people.project, people.editor, [people.viewer])
    make_comparison(people.project, people.editor, [people.viewer, people.editor], name="Second")
    page = viewer.get(f"/projects/{people.project.pk}/blind/").text
    for shown in ("Your vote is missing", "Closed", "0 of 2 people voted", "1 of 1 person voted", "3 candidates"):
        assert shown in page


def test_an_empty_list_says_what_belongs_there(people: People, editor: Client, viewer: Client) -> None:
    place = f"/projects/{people.project.pk}/blind/"
    assert "Compare settings blind" in editor.get(place).text
    assert "Compare settings blind" not in viewer.get(place).text


def test_a_tie_is_announced_and_the_organizer_chooses(people: People, editor: Client, viewer: Client) -> None:
    comparison = make_comparison(people.project, people.editor, [people.owner, people.viewer])
    vote_for(comparison, people.owner, 0)
    vote_for(comparison, people.viewer, 2)
    page = editor.post(f"/blind/{comparison.pk}/close/", follow=True).text
    assert "It is a tie: several have 1 vote each. Choose the winner." in page
    assert "The organizer or a project owner chooses the winner." in viewer.get(f"/blind/{comparison.pk}/").text
    page = editor.post(f"/blind/{comparison.pk}/winner/", {"candidate": "2"}, follow=True).text
    assert "There was a tie." in page


def test_the_table_has_candidates_settings_voters_and_reasons(people: People, viewer: Client) -> None:
    comparison = make_comparison(people.project, people.editor, [people.viewer], name="=1+1")
    vote_for(comparison, people.viewer, 1, "=cmd|'/c calc'!A0")
    blind_comparisons.close(comparison, people.editor)
    answer = viewer.get(f"/blind/{comparison.pk}/tally.csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert rows[0] == ["Blind comparison", "'=1+1"]
    assert rows[4][1:4] == ["1", "Winner", "Slight"]
    assert "0.3 · slightly different" in rows[4]
    assert rows[-1][0] == "You"
    assert rows[-1][2] == "'=cmd|'/c calc'!A0"


def test_the_winner_becomes_a_preset(people: People, editor: Client) -> None:
    comparison = make_closed(people.project, people.editor, [people.viewer], winner=1)
    page = editor.post(f"/blind/{comparison.pk}/preset/", {"name": "House voice"}, follow=True).text
    assert "The winner’s settings are saved as the preset" in page
    assert Preset.objects.get(name="House voice").values["voice_anonymization"] == "0.3"
    answer = editor.post(f"/blind/{comparison.pk}/preset/", {"name": "House voice"})
    assert answer.status_code == 422
    assert "already exists" in answer.text


def test_a_preset_is_replaced_only_by_an_owner_who_agreed_to_it(people: People, owner: Client, editor: Client) -> None:
    preset = Preset.objects.create(
        project=people.project, name="Usual", values={"voice_anonymization": "1"}, created_by=people.owner
    )
    comparison = make_closed(people.project, people.owner, [people.viewer], winner=1)
    place, data = f"/blind/{comparison.pk}/preset/", {"replace": "yes", "replaced": preset.pk}
    assert "Tick this box" in owner.post(place, data).text
    assert "Choose the preset to replace." in owner.post(place, {"replace": "yes"}).text
    editor.post(place, data | {"agreed": "on"})
    preset.refresh_from_db()
    assert preset.values == {"voice_anonymization": "1"}
    assert owner.post(place, data | {"agreed": "on"}).status_code == 302
    preset.refresh_from_db()
    assert preset.values["voice_anonymization"] == "0.3"


def test_a_preset_of_another_project_is_not_there(people: People, owner: Client) -> None:
    other = Preset.objects.create(project=elsewhere(people), name="Theirs", values={}, created_by=people.outsider)
    Preset.objects.create(project=people.project, name="Usual", created_by=people.owner)
    comparison = make_closed(people.project, people.owner, [people.viewer])
    data = {"replace": "yes", "replaced": other.pk, "agreed": "on"}
    answer = owner.post(f"/blind/{comparison.pk}/preset/", data)
    assert answer.status_code == 422
    assert "Theirs" not in answer.text


def test_pages_lead_to_it(people: People, editor: Client, viewer: Client, results: list[Result]) -> None:
    asset = results[0].version.dubbing.asset
    link = f"/projects/{people.project.pk}/blind/new/?asset={asset.pk}"
    assert link in editor.get(f"/assets/{asset.pk}/").text
    assert link in editor.get(f"/assets/{asset.pk}/compare/?locale=es-ES").text
    assert link not in viewer.get(f"/assets/{asset.pk}/compare/?locale=es-ES").text
    assert f"/projects/{people.project.pk}/blind/" in viewer.get(f"/projects/{people.project.pk}/reviews/").text


def test_its_history_is_on_the_page_of_each_video(people: People, editor: Client, results: list[Result]) -> None:
    make_comparison(people.project, people.editor, [people.viewer], results)
    page = editor.get(f"/assets/{results[1].version.dubbing.asset_id}/").text
    assert "Blind comparison started" in page
    assert "Which voice?" in page


def test_a_stranger_sees_no_name_and_no_row(people: People) -> None:
    comparison = make_comparison(people.project, people.editor, [people.viewer])
    stranger = client_of(people.outsider)
    for place in ("", "media/A/", "media/source/", "tally.csv"):
        answer = stranger.get(f"/blind/{comparison.pk}/{place}")
        assert answer.status_code == 404
        assert "Which voice?" not in answer.text
    Membership.objects.filter(user=people.editor).delete()
    assert client_of(people.editor).get(f"/blind/{comparison.pk}/").status_code == 404


def test_an_open_page_learns_who_voted_and_that_voting_is_closed(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)
    comparison = make_comparison(people.project, people.owner, [people.viewer, people.editor])
    client, part = client_of(people.viewer), f"/blind/{comparison.pk}/?part=voters"
    assert f'data-poll="{part}"' in client.get(f"/blind/{comparison.pk}/").content.decode()
    first = client.get(part)
    assert "0 of 2 voted" in first.content.decode()
    assert client.get(part, headers={"If-None-Match": first["ETag"]}).status_code == 304
    vote_for(comparison, people.editor, 1)
    second = client.get(part, headers={"If-None-Match": first["ETag"]})
    assert "1 of 2 voted" in second.content.decode()
    blind_comparisons.close(comparison, people.owner)
    closed = client.get(part, headers={"If-None-Match": second["ETag"]}).content.decode()
    assert "Voting is closed." in closed
    assert "data-poll" not in closed
