"""The new-asset page says what it costs, what is left, and what stands in the way, before anything is pressed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dubbing.models import Asset, Link, Project
from tests.support.drafts import a_draft, a_row, typed
from tests.support.journey import fresh
from tests.support.minutes import allow, kinds
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(project: Project, user: User) -> Asset:
    return a_draft(user, project)


@pytest.fixture
def form(user: User) -> dict[str, Any]:
    """90 seconds into three languages: 4.5 minutes."""
    film = a_row(user, seconds=90.0)
    given = typed(source_from="file", source=str(film.pk), targets=["es-ES", "fr-FR", "de-DE"])
    return given | {"auto_generate": "no_lips"}


def typing(client: Client, draft: Asset, form: dict[str, Any]) -> str:
    return client.post(reverse("asset-autosave", args=[draft.pk]), form).content.decode()


def pressed(client: Client, draft: Asset, form: dict[str, Any]) -> Any:
    return client.post(reverse("asset-edit", args=[draft.pk]), form | {"action": "submit"}, follow=True)


def test_the_price_follows_what_is_typed(editor: Client, draft: Asset, form: dict[str, Any]) -> None:
    said = typing(editor, draft, form)
    assert '<strong class="figure">4.5 min</strong>' in said
    assert "1 min 30 s × 3 languages" in said
    assert '<span id="submit-text" hx-swap-oob="true">Submit: 4.5 min, 3 languages</span>' in said
    assert "Submit: 1.5 min, 3 languages" in typing(editor, draft, form | {"end": "30"})


def test_the_button_states_what_is_reserved(editor: Client, draft: Asset, form: dict[str, Any]) -> None:
    pressed(editor, draft, form)
    assert sum(milliseconds for _, _, milliseconds in kinds(draft)) == 270_000


def test_weights_are_shown_and_reserved(editor: Client, draft: Asset, form: dict[str, Any], settings: Settings) -> None:
    settings.WEIGHT_REAL_FACE = 2.0
    form |= {"auto_generate": "with_lips"}
    said = typing(editor, draft, form)
    assert "Submit: 9 min, 3 languages" in said
    assert "1 min 30 s × 3 languages × 2" in said
    assert "With lip sync, each minute counts as 2." in said
    pressed(editor, draft, form)
    assert sum(milliseconds for _, _, milliseconds in kinds(draft)) == 540_000


def test_a_length_from_the_browser_counts_for_nothing(editor: Client, draft: Asset, form: dict[str, Any]) -> None:
    form |= {"duration": "0.1", "milliseconds": "1", "seconds": "1", "minutes": "0"}
    assert "Submit: 4.5 min, 3 languages" in typing(editor, draft, form)
    pressed(editor, draft, form)
    assert sum(milliseconds for _, _, milliseconds in kinds(draft)) == 270_000


def test_it_says_what_is_left_now_and_afterwards(
    editor: Client, project: Project, draft: Asset, form: dict[str, Any]
) -> None:
    assert "left in" not in typing(editor, draft, form)
    allow(project, 20)
    said = typing(editor, draft, form)
    assert '<span class="figure">20 min</span> left in' in said
    assert '<span class="figure">15.5 min</span> after this' in said


def test_too_few_minutes_are_shown_before_the_click_and_refused_after_it(
    editor: Client, project: Project, draft: Asset, form: dict[str, Any]
) -> None:
    allow(project, 4)
    words = "This needs 4.5 min. The project has 4 min of 4 min left this month."
    assert words in typing(editor, draft, form)
    answer = pressed(editor, draft, form)
    assert words in answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse("asset-edit", args=[draft.pk])
    assert (fresh(draft).status, fresh(draft).typed["targets"]) == (Asset.Status.DRAFT, ["es-ES", "fr-FR", "de-DE"])


def test_the_button_says_if_it_requests_approval(
    editor: Client, project: Project, draft: Asset, form: dict[str, Any]
) -> None:
    allow(project, None, approval_above=4)
    said = typing(editor, draft, form)
    assert "Request approval: 4.5 min, 3 languages" in said
    assert "Nothing is sent or charged until then. Owners: owner." in said
    pressed(editor, draft, form)
    assert (fresh(draft).status, kinds(draft)) == (Asset.Status.AWAITING, [])


def test_an_owner_is_told_that_no_approval_is_needed(people: People, project: Project, form: dict[str, Any]) -> None:
    allow(project, None, approval_above=4)
    draft = a_draft(people.owner, project)
    film = a_row(people.owner, seconds=90.0)
    said = typing(client_of(people.owner), draft, form | {"source": str(film.pk)})
    assert "Submit: 4.5 min, 3 languages" in said
    assert "You are an owner, so it is sent right away" in said


def test_a_link_costs_what_our_check_measured(editor: Client, project: Project, user: User, draft: Asset) -> None:
    allow(project, 20, approval_above=4)
    url = "https://media.example.com/harbour.mp4"
    form = typed(source_from="url", media_url=url, auto_generate="no_lips")
    unknown = typing(editor, draft, form)
    assert "the length of the video × 2 languages" in unknown
    assert "The length of the video is not known before it is dubbed" in unknown
    assert "Request approval: 2 languages" in unknown
    Link.objects.create(owner=user, kind="video", url=url, status="good", duration=60.0)
    assert "Submit: 2 min, 2 languages" in typing(editor, draft, form)
