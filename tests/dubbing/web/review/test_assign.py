"""Choosing a reviewer: for one language of a video, and for many at once, with what became of each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dubbing.models import Dubbing, Membership, Result, Review
from dubbing.platform.errors import NotPossible
from dubbing.review import assignments
from tests.support.people import People
from tests.support.rows import make_asset, make_done, make_dubbing, make_project, make_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(people: People) -> str:
    return reverse("review-assign", args=[people.project.pk])


@pytest.fixture
def result(people: People) -> Result:
    return make_done(people.project, people.editor)


@pytest.fixture
def dubbing(result: Result) -> Dubbing:
    return result.version.dubbing


def test_an_editor_chooses_a_reviewer_with_instructions_and_a_due_date(
    people: People, editor: Client, dubbing: Dubbing, address: str
) -> None:
    asset = reverse("asset", args=[dubbing.asset_id])
    assert f"{address}?dubbing={dubbing.pk}" in editor.get(asset).content.decode()
    day = timezone.localdate() + timedelta(days=2)
    data = {"dubbing": dubbing.pk, "reviewer": people.viewer.pk, "due": day.isoformat(), "instructions": "Formal."}
    answer = editor.post(address, data, follow=True)
    assert answer.redirect_chain == [(asset, 302)]
    review = Review.objects.get()
    assert (review.reviewer, review.instructions, review.status) == (people.viewer, "Formal.", "to_review")
    assert review.due_at is not None
    assert timezone.localtime(review.due_at).strftime("%Y-%m-%d %H:%M") == f"{day} 23:59"
    html = answer.content.decode()
    assert "viewer reviews 1 dub." in html
    assert "Reviewer: <bdi>viewer</bdi>" in html
    form = editor.get(f"{address}?dubbing={dubbing.pk}").content.decode()
    assert f'value="{day}"' in form
    assert f'<option value="{people.viewer.pk}" selected>' in form


def test_the_badge_of_the_review_is_beside_the_status(people: People, viewer: Client, dubbing: Dubbing) -> None:
    make_review(dubbing, status="changes_requested")
    html = viewer.get(reverse("asset", args=[dubbing.asset_id])).content.decode()
    assert "Changes requested</span>" in html
    assert "Assign" not in html


def test_many_are_assigned_at_once_and_boxes_that_were_cleared_are_left_out(
    people: People, editor: Client, address: str
) -> None:
    assets = [make_asset(people.project, people.editor, status="completed", locales=("es-ES", "fr-FR")) for _ in "ab"]
    query = "&".join(f"asset={asset.pk}" for asset in assets)
    html = editor.get(f"{address}?{query}").content.decode()
    assert html.count('name="dubbing"') == 4
    assert editor.get(f"{address}?{query}&locale=fr-FR").content.decode().count('name="dubbing"') == 2
    bulk = reverse("videos-bulk", args=[people.project.pk])
    assert editor.get(f"{bulk}?do=reviewer&{query}")["Location"] == f"{address}?{query}"
    keys = list(Dubbing.objects.filter(locale="es-ES").values_list("pk", flat=True))
    answer = editor.post(address, {"dubbings": "1", "dubbing": keys, "reviewer": people.viewer.pk}, follow=True)
    assert "viewer reviews 2 dubs." in answer.content.decode()
    assert set(Review.objects.values_list("dubbing", "reviewer")) == {(key, people.viewer.pk) for key in keys}


def test_what_cannot_be_assigned_is_reported_row_by_row(
    people: People, editor: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dubbings = [make_done(people.project, people.editor, name=f"Film {at}").version.dubbing for at in range(2)]
    assign = assignments.assign

    def refuse_first(dubbing: Dubbing, *rest: object) -> Review:
        if dubbing.pk == dubbings[0].pk:
            raise NotPossible("It is locked.")
        return assign(dubbing, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(assignments, "assign", refuse_first)
    data = {"dubbing": [dubbing.pk for dubbing in dubbings], "reviewer": people.viewer.pk}
    html = editor.post(address, data).content.decode()
    assert "viewer reviews 1 dub." in html
    assert "Film 0" in html
    assert "It is locked." in html
    assert "Film 1" not in html


def test_what_cannot_be_is_refused_beside_its_field_and_what_was_typed_stays(
    people: People, editor: Client, dubbing: Dubbing, address: str
) -> None:
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    data = {"dubbing": dubbing.pk, "reviewer": people.outsider.pk, "due": yesterday, "instructions": "Kept words."}
    html = editor.post(address, data).content.decode()
    assert "This day has passed" in html.split('id="id_due_error"')[1].split("</div></div>")[0]
    assert "field-error" in html.split('id="id_reviewer_error"')[1].split("</div></div>")[0]
    assert "Kept words." in html
    assert not Review.objects.exists()
    assert "No language is selected" in editor.post(address, {"dubbings": "1"}).content.decode()


def test_languages_of_other_projects_drafts_and_trash_are_not_there(
    people: People, editor: Client, address: str
) -> None:
    elsewhere = make_project("Another", owner=people.outsider)
    foreign = make_done(elsewhere, people.outsider).version.dubbing
    draft = make_dubbing(make_asset(people.project, people.editor, status="draft", locales=[]))
    gone = make_done(people.project, people.editor, trashed_at=timezone.now()).version.dubbing
    for dubbing in (foreign, draft, gone):
        html = editor.get(f"{address}?dubbing={dubbing.pk}").content.decode()
        assert "Nothing to assign" in html
        editor.post(address, {"dubbing": dubbing.pk, "reviewer": people.viewer.pk})
    assert not Review.objects.exists()


def test_the_page_costs_the_same_queries_for_one_video_and_ten(people: People, editor: Client, address: str) -> None:
    counts = []
    for many in (1, 10):
        for _ in range(many):
            make_asset(people.project, people.editor, status="completed", locales=("es-ES", "fr-FR"))
        query = "&".join(f"dubbing={pk}" for pk in Dubbing.objects.values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as queries:
            editor.get(f"{address}?{query}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_review_can_be_assigned_from_each_list_it_is_in(
    people: People, editor: Client, viewer: Client, dubbing: Dubbing
) -> None:
    make_review(dubbing, reviewer=people.editor)
    of_project = f"{reverse('project-reviews', args=[people.project.pk])}"
    for page, address in (
        (reverse("work"), f"{reverse('reviews-assign')}?dubbing={dubbing.pk}&amp;back=work"),
        (reverse("reviews"), f"{reverse('reviews-assign')}?dubbing={dubbing.pk}&amp;back=reviews"),
        (f"{reverse('reviews')}?show=undated", f"{reverse('reviews-assign')}?dubbing={dubbing.pk}&amp;back=reviews"),
        (of_project, f"{reverse('review-assign', args=[people.project.pk])}?dubbing={dubbing.pk}&amp;back=reviews"),
    ):
        html = editor.get(page).content.decode()
        assert f'href="{address}"' in html
        assert f'value="{dubbing.pk}" form="assign-selected"' in html
        assert 'id="assign-selected"' in html
        back = editor.post(address.replace("&amp;", "&"), {"dubbing": dubbing.pk, "reviewer": people.editor.pk})
        assert back["Location"] == page.partition("?")[0]
    # Who chooses no reviewers is offered nothing.
    Review.objects.update(reviewer=people.viewer)
    for page in (reverse("work"), reverse("reviews"), of_project):
        html = viewer.get(page).content.decode()
        assert "Harbour tour" in html
        assert "assign" not in html.lower().partition("<main")[2]


def test_reviews_of_several_projects_go_to_somebody_who_is_a_member_of_all(
    people: People, editor: Client, dubbing: Dubbing
) -> None:
    second = make_project("Second", owner=people.editor)
    Membership.objects.create(project=second, user=people.viewer, role=Membership.Role.VIEWER)
    third = make_project("Third", owner=people.outsider)
    Membership.objects.create(project=third, user=people.editor, role=Membership.Role.VIEWER)
    other, not_mine = (make_done(project, people.outsider).version.dubbing for project in (second, third))
    address = reverse("reviews-assign")
    keys = [dubbing.pk, other.pk, not_mine.pk]
    html = editor.get(address, {"dubbing": keys}).content.decode()
    assert html.count('name="dubbing"') == 2  # where this person only looks, nothing is assigned
    assert "Third" not in html
    assert "members of all of them" in html
    offered = html.partition('name="reviewer"')[2].partition("</select>")[0]
    assert ">viewer<" in offered
    assert ">owner<" not in offered
    answer = editor.post(address, {"dubbing": keys, "reviewer": people.owner.pk})
    assert answer.status_code == 200
    assert not Review.objects.exists()
    answer = editor.post(address, {"dubbing": keys, "reviewer": people.viewer.pk}, follow=True)
    assert answer.redirect_chain == [(reverse("reviews"), 302)]
    assert "viewer reviews 2 dubs." in answer.content.decode()
    assert set(Review.objects.values_list("dubbing", "reviewer")) == {
        (dubbing.pk, people.viewer.pk),
        (other.pk, people.viewer.pk),
    }


def test_selecting_nothing_is_explained(editor: Client, dubbing: Dubbing) -> None:
    html = editor.get(reverse("reviews-assign"), {"dubbings": "1", "back": "work"}).content.decode()
    assert "Select some reviews in the list first." in html
    assert f'href="{reverse("work")}">Back' in html
