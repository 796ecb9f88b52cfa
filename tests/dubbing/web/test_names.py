"""Names that people give turn no sentence around: at the door what does so is left out, on pages they are isolated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from dubbing import uploads
from dubbing.models import Asset, Batch, Preset, Project, Term, Upload
from dubbing.platform import formatting
from tests.support import hostile, rows
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db
TURNED = "\u202efdp.\u2066x\u2069txe"
HEBREW = "סרט 7"
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use"}
# What is typed into is shown as it was typed; what only scripts read is not shown.
TYPED = {"input", "textarea", "option", "script", "template"}


class Shown(HTMLParser):
    """Every place of a page where a name is shown and not isolated."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.open, self.loose = name, [], []  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = dict(attrs)
        for attribute in ("title", "aria-label", "placeholder", "alt", "label", "content"):
            said = words.get(attribute) or ""
            if self.name in said and f"\u2068{self.name}\u2069" not in said and tag not in TYPED:
                self.loose.append(f"<{tag} {attribute}={said!r}>")
        if tag not in VOID:
            self.open.append((tag, tag == "bdi" or words.get("dir") == "auto"))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        isolated = self.open and any(isolated for _, isolated in self.open[-2:])
        typed = any(tag in TYPED for tag, _ in self.open)
        if self.name in data and not isolated and not typed and f"\u2068{self.name}\u2069" not in data:
            self.loose.append(f"<{self.open[-1][0]}> {' '.join(data.split())[:120]}")


@pytest.fixture
def page(people: People) -> Client:
    people.owner.user_permissions.add(Permission.objects.get(codename="add_project"))
    return client_of(people.owner)


@pytest.fixture
def ids(people: People) -> dict[str, Any]:
    return hostile.make_ids(people)


def rename(name: str) -> None:
    """Everything that people name has this name, however it came into the rows."""
    Asset.objects.update(name=name, consent=name)
    for asset in Asset.objects.exclude(typed={}):
        Asset.objects.filter(pk=asset.pk).update(typed=asset.typed | {"name": name})
    Upload.objects.update(name=name)
    Preset.objects.update(name=name)
    Batch.objects.update(name=name)
    Term.objects.update(source=name, target=name, note=name)
    User.objects.update(first_name=name)
    Project.objects.filter(name="Harbour").update(name=name)


def pages(page: Client, ids: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every page of the portal, by its address."""
    for pattern in hostile.patterns():
        url = hostile.address(pattern, ids)
        answer = page.get(url)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            yield url, answer.content.decode()
        if answer.streaming:
            list(answer)


def test_a_name_that_is_read_from_the_right_is_isolated_wherever_it_is_shown(page: Client, ids: dict[str, Any]) -> None:
    rename(HEBREW)
    loose = {}
    for url, html in pages(page, ids):
        shown = Shown(HEBREW)
        shown.feed(html)
        if shown.loose:
            loose[url] = shown.loose
    assert not loose, sorted({place for places in loose.values() for place in places})


def test_no_page_shows_what_turns_its_sentences_around(page: Client, ids: dict[str, Any]) -> None:
    rename(TURNED)
    outside = re.compile(
        r'<bdi>[^<]*</bdi>|dir="auto"[^>]*>[^<]*<|value="[^"]*"|<textarea.*?</textarea>|<option.*?</option>', re.S
    )
    found = {url: outside.sub("", html) for url, html in pages(page, ids)}
    assert not {url: html[html.index("\u202e") - 90 :][:140] for url, html in found.items() if "\u202e" in html}


# --- at the door ------------------------------------------------------------------------------------------------------


def test_what_turns_sentences_around_is_left_out_of_what_people_name(page: Client, people: People) -> None:
    draft = rows.make_asset(people.project, people.owner, status="draft", locales=[])
    page.post(f"/assets/{draft.pk}/autosave/", {"name": TURNED, "targets": "es-ES", "targets_shown": "1"})
    page.post(f"/assets/{draft.pk}/preset/", {"preset_save": "1", "preset_name": TURNED})
    page.post(f"/projects/{people.project.pk}/terms/", {"source": TURNED, "target": TURNED, "rule": "required"})
    page.post("/projects/new/", {"name": TURNED})
    draft.refresh_from_db()
    assert draft.name == "fdp.xtxe"
    assert Preset.objects.get().name == "fdp.xtxe"
    assert Term.objects.get().source == Term.objects.get().target == "fdp.xtxe"
    assert not Project.objects.filter(name__contains="\u202e").exists()
    assert uploads.plain_name(f"C:\\x\\{TURNED}.mp4") == "fdp.xtxe.mp4"


def test_a_project_needs_something_to_read_in_its_name(page: Client) -> None:
    before = Project.objects.count()
    assert "no visible characters" in page.post("/projects/new/", {"name": "\u202e\u2066"}).content.decode()
    assert Project.objects.count() == before


@pytest.mark.parametrize("name", ["Harbour", "Käse №7", "日本語", "a\u200db", "👩\u200d🚀", "e\u0301"])
def test_names_that_turn_nothing_stay_as_they_are(name: str) -> None:
    assert formatting.isolated(name) == formatting.one_line(name) == name


def test_a_sentence_keeps_its_order_around_a_name_from_the_right(page: Client, people: People) -> None:
    draft = rows.make_asset(people.project, people.owner, status="draft", locales=[], name=HEBREW)
    said = page.post(f"/assets/{draft.pk}/discard/", follow=True).content.decode()
    assert f"Draft “\u2068{HEBREW}\u2069” deleted." in said
    assert formatting.isolated(f"{HEBREW}\u2069\u202e") == f"\u2068{HEBREW}\u2069"
