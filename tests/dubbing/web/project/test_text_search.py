"""Videos are found by what is said in them, and each says where."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dubbing.assets import moves, trash
from dubbing.drafts.fields import TargetText
from dubbing.minutes import settlement
from dubbing.models import Asset, Membership, Project, SubtitleWords, text_search
from dubbing.submissions import submit
from dubbing.web.project import video_list
from tests.support import rows
from tests.support.minutes import allow, fields_of
from tests.support.people import People, client_of


@pytest.fixture(params=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Large projects are those of which nobody counts all videos, and whose texts are looked at three at a time."""
    if request.param == "large":
        monkeypatch.setattr(video_list, "FACETED", 1)
        monkeypatch.setattr(video_list, "RECENT", 1)
        monkeypatch.setattr(video_list, "TEXTS", 3)
    return str(request.param)


@pytest.fixture
def address(people: People) -> str:
    return reverse("project", args=[people.project.pk])


def srt(*lines: str) -> str:
    cues = (f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{line}\n" for n, line in enumerate(lines, 1))
    return "\n".join(cues)


def spoken(project: Project, people: People, name: str, source: str = "", **texts: str) -> Asset:
    """A video with these texts, by their languages."""
    asset = rows.make_asset(project, people.owner, name=name, status="completed", locales=[], source_srt=source)
    for locale, text in texts.items():
        rows.make_dubbing(asset, locale.replace("_", "-"), status="completed", srt=text)
    text_search.refresh(asset.pk)
    return asset


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def names(text: str) -> list[str]:
    return re.findall(r'<a href="/assets/\d+/(?:edit/)?" dir="auto"[^>]*>([^<]+)</a>', text)


def excerpts(text: str) -> list[str]:
    found = re.findall(r'<p class="line-text line-excerpt">(.*?)</p>', text)
    return [re.sub(r"<[^>]*>", "", each) for each in found]


def test_a_video_is_found_by_its_texts_and_says_in_which_of_them(
    viewer: Client, people: People, address: str, size: str
) -> None:
    spoken(people.project, people, "Nothing of it", srt("Good morning."), es_ES=srt("Buenos días."))
    spoken(
        people.project,
        people,
        "Anchor",
        srt("Welcome aboard.", "We leave the <i>harbour</i> at nine."),
        es_ES=srt("Bienvenidos a bordo.", "Salimos del Puerto a las nueve."),
    )
    text = page(viewer, address, q="harbour")
    assert names(text) == ["Anchor"]
    assert excerpts(text) == ["In the transcript: We leave the harbour at nine."]
    text = page(viewer, address, q="puerto")
    assert excerpts(text) == ["In Spanish (Spain) subtitles: Salimos del Puerto a las nueve."]
    assert '<q dir="auto" lang="es-ES">' in text
    assert names(page(viewer, address, q="nueve puerto")) == ["Anchor"]
    assert names(page(viewer, address, q="nueve morning")) == []
    assert names(page(viewer, address, q="puerto", status="done")) == ["Anchor"]
    assert names(page(viewer, address, q="puerto", status="problems")) == []
    assert names(page(viewer, address, q="puerto", sort="name")) == ["Anchor"]
    assert excerpts(page(viewer, address, q="anchor")) == []


@pytest.mark.parametrize(
    ("spoken_text", "query"),
    [
        ("Größe der Straße", "größe"),
        ("今日は良い天気です", "天気"),
        ("วันนี้อากาศดีมาก", "อากาศ"),
        ("आज मौसम अच्छा है", "मौसम"),
        ("Сегодня ХОРОШАЯ погода", "хорошая"),
        ("مرحبا بكم في الميناء", "الميناء"),
        ("It's the captain's boat", "captain"),
    ],
)
def test_every_script_is_searched(
    viewer: Client, people: People, address: str, size: str, spoken_text: str, query: str
) -> None:
    spoken(people.project, people, "Other", fr_FR=srt("Le port"))
    spoken(people.project, people, "Film", fr_FR=srt(spoken_text))
    text = page(viewer, address, q=query)
    assert names(text) == ["Film"]
    assert len(excerpts(text)) == 1


def test_times_and_numbers_of_cues_are_not_words(people: People) -> None:
    assert text_search.words_of(srt("Nine", "{\\an8}Ten <b>boats</b>")) == ["nine", "ten", "boats"]


def test_every_video_with_the_word_is_on_one_page(viewer: Client, people: People, address: str, size: str) -> None:
    wanted = []
    for number in range(70):
        asset = spoken(people.project, people, f"Film {number}", srt("harbour" if number % 2 else "pier"))
        wanted += [asset.name] if number % 2 else []
    found, before = [], ""
    while True:
        text = page(viewer, address, q="harbour", before=before)
        found += names(text)
        older = re.search(r'href="[^"]*before=(\d+)[^"]*" rel="next"', text)
        if not older:
            break
        before = older[1]
    assert found == wanted[::-1]


def test_nothing_of_other_projects_drafts_and_the_trash_is_found(
    viewer: Client, people: People, address: str, size: str
) -> None:
    elsewhere = rows.make_project("Night boats", owner=people.outsider)
    spoken(elsewhere, people, "Secret", srt("A submarine"))
    draft = spoken(people.project, people, "Secret draft", srt("A submarine"))
    Asset.objects.filter(pk=draft.pk).update(status="draft")
    thrown = spoken(people.project, people, "Thrown away", srt("A submarine"))
    Asset.objects.filter(pk=thrown.pk).update(trashed_at=timezone.now())
    spoken(people.project, people, "Other", srt("A boat"))
    text = page(viewer, address, q="submarine")
    assert names(text) == []
    assert "Secret" not in text
    assert names(page(client_of(people.outsider), reverse("project", args=[elsewhere.pk]), q="submarine")) == ["Secret"]


def test_texts_are_found_from_when_they_are_sent_until_they_are_deleted(people: People) -> None:
    def search(project: Project) -> list[int]:
        return text_search.newest(project.pk, "muelle", 10)

    allow(people.project, 100)
    asset = rows.make_asset(people.project, people.owner, status="draft", locales=[], with_source=True)
    assert asset.source
    fields = replace(fields_of(asset.source, "es-ES"), targets=(TargetText("es-ES", srt("El muelle")),))
    submit.submit(asset, fields, people.owner)
    assert search(people.project) == [asset.pk]
    elsewhere = rows.make_project("Lighthouse", owner=people.owner)
    Asset.objects.filter(pk=asset.pk).update(status="completed")
    asset.submissions.update(status="accepted")
    asset.dubbings.update(status="completed")
    asset.refresh_from_db()
    moves.move_asset(asset, elsewhere, people.owner)
    assert search(people.project) == []
    assert search(elsewhere) == [asset.pk]
    Asset.objects.filter(pk=asset.pk).update(trashed_at=timezone.now() - 2 * trash.KEPT_FOR)
    settlement.close_due(asset.pk)
    trash.purge_old()
    assert Asset.objects.get(pk=asset.pk).purged_at
    assert search(elsewhere) == []
    assert not SubtitleWords.objects.exists()


def test_a_search_takes_as_many_queries_for_thirty_videos_as_for_three(
    viewer: Client, people: People, address: str
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(viewer, address, q="harbour")
        return len(queries)

    for number in range(3):
        spoken(people.project, people, f"Film {number}", srt("The harbour"), es_ES=srt("El harbour"))
    few = asked()
    for number in range(27):
        spoken(people.project, people, f"Film {number}", srt("The harbour"), fr_FR=srt("Le harbour"))
    assert asked() == few


def test_only_members_can_search(people: People, address: str) -> None:
    spoken(people.project, people, "Anchor", srt("The harbour"))
    Membership.objects.filter(user=people.viewer).delete()
    assert client_of(people.viewer).get(address, {"q": "harbour"}).status_code == 404
