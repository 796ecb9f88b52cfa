"""Sending what a project lacks from its grid: what it takes is said first, and nothing is sent twice."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dubbing.minutes import ledger
from dubbing.models import Asset, DefaultReviewer, Link, Policy, Project, Submission
from dubbing.submissions import coverage, gaps
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.minutes import allow
from tests.support.people import People, client_of


@pytest.fixture
def address(project: Project) -> str:
    return reverse("grid-send", args=[project.pk])


@pytest.fixture(autouse=True)
def _always_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine keeps no totals."""
    monkeypatch.setattr(coverage, "SLOW", 3600.0)


def make_film(project: Project, user: User, *done: str, seconds: float = 120, **fields: Any) -> Asset:
    """A finished film of two minutes in these languages; one minute counts once."""
    values: dict[str, Any] = {
        "status": "completed",
        "auto_generate": "no_lips",
        "source": rows.make_upload(user, duration=seconds),
    }
    return rows.make_asset(project, user, locales=done, **(values | fields))


def look(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def lines(page: str) -> list[str]:
    """What the page's form sends."""
    return re.findall(r'name="line" value="([^"]+)"', page)


def send(client: Client, address: str, page: str) -> str:
    answer = client.post(address, {"line": lines(page)})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def added() -> list[tuple[str, list[str]]]:
    """What was asked for, by name."""
    return [(one.asset.name, one.locales) for one in Submission.objects.select_related("asset").order_by("id")]


def test_an_empty_cell_adds_its_language_to_its_video_once(
    editor: Client, people: People, project: Project, address: str, wake_ups: WakeUps, committed: Any
) -> None:
    film = make_film(project, people.owner, "de-DE", name="Harbour")
    grid = editor.get(reverse("project-grid", args=[project.pk])).content.decode()
    assert "grid/send" not in re.search(rf'id="cell-{film.pk}-de-DE".*?</td>', grid)[0]  # type: ignore[index]
    make_film(project, people.owner, "fr-FR", name="Elsewhere")
    grid = html.unescape(editor.get(reverse("project-grid", args=[project.pk])).content.decode())
    hole = re.search(rf'id="cell-{film.pk}-fr-FR"[^>]*><a href="([^"]*)"', grid)
    assert hole
    page = look(editor, hole[1])
    assert "Add French (France)" in page
    assert "Send: 2 min" in page
    assert added() == []
    with committed():
        first = send(editor, address, page)
    second = send(editor, address, page)
    assert "1 dub sent" in first
    assert "Nothing was sent" in second
    assert "was sent after you opened the page" in second
    assert added() == [("Harbour", ["fr-FR"])]
    assert wake_ups == [("submit", Submission.objects.get().pk)]
    assert ledger.balance(project).taken == 120_000


def test_a_column_adds_a_language_to_all_that_lack_it(
    editor: Client, people: People, project: Project, address: str
) -> None:
    make_film(project, people.owner, "de-DE", "fr-FR", name="Has it")
    make_film(project, people.owner, "de-DE", name="One", seconds=60)
    make_film(project, people.owner, "de-DE", name="Two", seconds=90)
    make_film(project, people.owner, "de-DE", name="Speaks it", source_locale="fr-FR")
    grid = html.unescape(editor.get(reverse("project-grid", args=[project.pk])).content.decode())
    head = re.search(r'id="head-fr-FR".*?<a href="([^"]*)" title="([^"]*)"', grid, re.DOTALL)
    assert head
    assert head[2] == "Add French (France) to the 2 videos that lack it"
    page = look(editor, head[1])
    assert "2 videos, 2 dubs" in page
    assert "Send: 2.5 min" in page
    assert "2 dubs sent" in send(editor, address, page)
    assert added() == [("Two", ["fr-FR"]), ("One", ["fr-FR"])]


def test_gaps_are_filled_for_what_was_selected(editor: Client, people: People, project: Project, address: str) -> None:
    make_film(project, people.owner, "de-DE", "fr-FR", "it-IT", name="Whole")
    chosen = make_film(project, people.owner, "de-DE", name="Chosen")
    make_film(project, people.owner, "de-DE", name="Not chosen")
    page = look(editor, address, asset=chosen.pk)
    assert "1 video, 2 dubs" in page
    assert "Send: 4 min" in page
    assert "Not chosen" not in page
    fewer = look(editor, address, asset=chosen.pk, locale=["it-IT", "de-DE"])
    assert "1 video, 1 dub" in fewer
    send(editor, address, page)
    assert added() == [("Chosen", ["fr-FR", "it-IT"])]
    assert "These videos have all" not in look(editor, address)


def test_failed_ones_are_sent_again_once(editor: Client, people: People, project: Project, address: str) -> None:
    film = make_film(project, people.owner, "de-DE", name="Half", status="partly_done")
    rows.make_dubbing(film, "fr-FR", status="failed")
    rows.make_submission(film, status="accepted", locales=["de-DE", "fr-FR"])
    make_film(project, people.owner, "de-DE", name="Fine")
    page = look(editor, address, do="again")
    assert "Send failed languages again" in page
    assert "Fine" not in page
    send(editor, address, page)
    assert added()[1:] == [("Half", ["fr-FR"])]
    # It fails once more, and the same page is sent from a tab that was left open: nobody meant that.
    film.dubbings.filter(locale="fr-FR").update(status="failed")
    Asset.objects.filter(pk=film.pk).update(status="partly_done")
    assert "Nothing was sent" in send(editor, address, page)
    assert len(added()) == 2


def test_what_cannot_be_sent_says_why(editor: Client, people: People, project: Project, address: str) -> None:
    make_film(project, people.owner, name="Waits", status="awaiting")
    film = make_film(project, people.owner, "de-DE", name="Has it")
    page = look(editor, address, locale="he-IL")
    assert "The provider does not have this video yet" in page
    assert "does not dub into Hebrew (Israel)" in page
    assert lines(page) == []
    assert "It already has all of these languages" in look(editor, address, locale="de-DE", asset=film.pk)


def test_what_is_above_the_limit_needs_an_owner(
    editor: Client, owner: Client, people: People, project: Project, address: str
) -> None:
    Policy.objects.create(project=project, approval_above=3)
    make_film(project, people.owner, "de-DE", name="Long")  # two minutes, and two more
    page = look(editor, address, locale="fr-FR")
    assert lines(page) == []
    assert "ask an owner to send it" in page
    mine = look(owner, address, locale="fr-FR")
    assert "As an owner, you approve it by sending it" in mine
    assert "Nothing was sent" in send(editor, address, mine)
    assert "1 dub sent" in send(owner, address, mine)


def test_insufficient_minutes_are_shown_before_sending(
    editor: Client, people: People, project: Project, address: str
) -> None:
    allow(project, 3)
    make_film(project, people.owner, "de-DE", name="Older")
    make_film(project, people.owner, "de-DE", name="Newer")
    page = look(editor, address, locale="fr-FR")
    assert "1 min left this month afterwards" in page
    assert "Not enough minutes are left this month to send this video as well" in page
    send(editor, address, page)
    assert added() == [("Newer", ["fr-FR"])]
    assert ledger.balance(project).left == 60_000


def test_a_broken_policy_prevents_sending(editor: Client, people: People, project: Project, address: str) -> None:
    Policy.objects.create(project=project, consent_required=True)
    make_film(project, people.owner, "de-DE")
    page = look(editor, address, locale="fr-FR")
    assert "consent" in page
    assert lines(page) == []


def test_an_unknown_length_is_stated(editor: Client, people: People, project: Project, address: str) -> None:
    make_film(project, people.owner, "de-DE", source=None)
    page = look(editor, address, locale="fr-FR")
    assert "length not known" in page
    assert "Send: 0 min or more" in page


def test_what_changed_meanwhile_is_not_sent(editor: Client, people: People, project: Project, address: str) -> None:
    film = make_film(project, people.owner, "de-DE")
    page = look(editor, address, locale="fr-FR")
    Asset.objects.filter(pk=film.pk).update(start=0, end=30)
    assert "have changed since you opened the page" in send(editor, address, page)
    page = look(editor, address, locale=["fr-FR", "it-IT"])
    rows.make_dubbing(film, "it-IT", status="completed")
    assert "have changed since you opened the page" in send(editor, address, page)
    assert added() == []


def test_others_send_nothing_and_see_nothing(people: People, project: Project, address: str, editor: Client) -> None:
    film = make_film(project, people.owner, "de-DE", name="Harbour secrets")
    page = look(editor, address, locale="fr-FR")
    stranger = client_of(people.outsider)
    theirs = Project.objects.get(name="Elsewhere")
    elsewhere = reverse("grid-send", args=[theirs.pk])
    assert "Harbour secrets" not in look(stranger, elsewhere, locale="fr-FR", asset=film.pk)
    assert "Harbour secrets" not in send(stranger, elsewhere, page)
    for client in (stranger, client_of(people.viewer)):
        assert client.get(address).status_code == 404
        assert client.post(address, {"line": lines(page)}).status_code == 404
    draft = rows.make_asset(project, people.owner, status="draft", locales=[], name="Harbour draft")
    assert "Harbour draft" not in look(editor, address, locale="fr-FR", asset=draft.pk)
    assert added() == []


HOSTILE = ["x", "", "0", "-1", "9" * 40, "1e9", "<script>", "de-DE' OR 1=1", "ﬁ-FI"]


@pytest.mark.parametrize("value", HOSTILE)
def test_strange_addresses_and_forms_send_nothing(
    editor: Client, people: People, project: Project, address: str, value: str
) -> None:
    make_film(project, people.owner, "de-DE")
    assert "<script>de" not in look(editor, address, asset=value, locale=value, do=value)
    page = look(editor, address, locale="fr-FR")
    for line in (value, lines(page)[0] + "x", lines(page)[0][1:]):
        assert "Nothing was sent" in html.unescape(editor.post(address, {"line": line}).content.decode())
    assert added() == []


def test_no_more_than_a_hundred_are_sent_at_once(
    editor: Client, people: People, project: Project, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "MOST", 2)
    for number in range(3):
        make_film(project, people.owner, "de-DE", name=f"Film {number}")
    page = look(editor, address, locale="fr-FR")
    assert "The newest 2 are shown" in page
    send(editor, address, page)
    assert [name for name, _ in added()] == ["Film 2", "Film 1"]
    rest = look(editor, address, locale="fr-FR")
    assert "are shown" not in rest
    send(editor, address, rest)
    assert [name for name, _ in added()] == ["Film 2", "Film 1", "Film 0"]


@pytest.mark.parametrize("query", [{"locale": "fr-FR"}, {"locale": ["fr-FR", "it-IT"]}, {"do": "again"}])
def test_the_number_of_queries_does_not_grow(
    editor: Client, people: People, project: Project, address: str, query: Any
) -> None:
    def make(count: int) -> None:
        for number in range(count):
            film = make_film(project, people.owner, "de-DE", status="partly_done")
            rows.make_dubbing(film, "pl-PL", status="failed")
            by_link = make_film(project, people.owner, "de-DE", source=None, status="partly_done")
            Asset.objects.filter(pk=by_link.pk).update(media_url=f"https://media.example.com/{by_link.pk}.mp4")
            rows.make_dubbing(by_link, "pl-PL", status="failed")
            if number % 2:
                url = f"https://media.example.com/{by_link.pk}.mp4"
                Link.objects.create(owner=people.owner, kind="video", url=url, status="good", duration=60)

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            look(editor, address, **query)
        return len(asked)

    make(3)
    count()  # what comparable videos took is read once a minute
    few = count()
    make(27)
    assert count() == few


def test_it_says_when_the_last_of_them_is_usually_ready_before_anything_is_sent(
    editor: Client, people: People, project: Project, address: str
) -> None:
    cache.clear()
    make_film(project, people.owner, "de-DE")
    assert "No estimate yet: too few comparable videos." in look(editor, address, locale="fr-FR")
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    for took in (240, 240, 300, 300, 420):
        film = make_film(project, people.owner, "de-DE", "fr-FR")
        Asset.objects.filter(pk=film.pk).update(submitted_at=noon, finished_at=noon + timedelta(seconds=took))
    cache.clear()
    with time_machine.travel(noon, tick=False):
        editor.force_login(people.editor)
        editor.cookies["zone"] = "Europe/Berlin"
        page = look(editor, address, locale="fr-FR")
    assert "Usually ready in 5–7 min, by about 14:07." in page or "by about 2:07 p.m." in page


def test_a_language_without_a_reviewer_is_named_before_the_gaps_are_paid_for(editor: Client, people: People) -> None:
    DefaultReviewer.objects.create(project=people.project, locale="fr-FR", reviewer=people.viewer)
    rows.make_asset(people.project, people.editor, status="completed", locales=["es-ES"], with_source=True)
    address = reverse("grid-send", args=[people.project.pk])
    assert "No reviewer for German (Germany) yet." in editor.get(address, {"locale": "de-DE"}).content.decode()
    assert "No reviewer for" not in editor.get(address, {"locale": "fr-FR"}).content.decode()
