"""The language of the interface: chosen by each person, and as the browser asks for everybody else."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from dubbing.accounts import languages
from dubbing.media import MediaRefused
from dubbing.models import Link, Mail, Notice, Rhythm
from dubbing.notices import mails
from dubbing.platform import formatting, locales, translations
from dubbing.uploads import links, refusals, verification
from tests.support import rows
from tests.support.people import PASSWORD, People, client_of, make_user

pytestmark = pytest.mark.django_db

GERMAN = {"accept_language": "de-AT,de;q=0.9,en;q=0.5"}


def language_of_page(client: Client, address: str = "work", **headers: str) -> str:
    text = client.get(reverse(address), headers=headers).content.decode()
    return text.partition('<html lang="')[2].partition('"')[0]


def test_without_a_choice_the_browsers_language_is_used(people: People) -> None:
    client = client_of(people.owner)
    assert language_of_page(client) == "en-gb"
    assert language_of_page(client, **GERMAN) == "de"
    assert language_of_page(Client(), "sign-in", **GERMAN) == "de"
    assert language_of_page(Client(), "sign-in", accept_language="fr") == "en-gb"


def test_a_choice_holds_on_every_device_of_the_person_and_for_nobody_else(people: People) -> None:
    client = client_of(people.owner)
    answer = client.post(reverse("language"), {"language": "de", "next": reverse("account")})
    assert answer.headers["Location"] == reverse("account")
    assert language_of_page(client) == language_of_page(client_of(people.owner), accept_language="en") == "de"
    assert language_of_page(client_of(people.editor)) == "en-gb"
    client.post(reverse("language"), {"language": ""})
    assert language_of_page(client) == "en-gb"
    assert language_of_page(client, **GERMAN) == "de"


def test_strangers_choose_a_language_for_their_browser(people: People) -> None:
    client = Client()
    answer = client.post(reverse("language"), {"language": "de", "next": reverse("sign-in")})
    assert answer.headers["Location"] == reverse("sign-in")
    assert language_of_page(client, "sign-in") == "de"
    client.post(reverse("sign-in"), {"username": "owner", "password": PASSWORD})
    assert language_of_page(client) == "de"


def test_signing_in_has_the_browser_remember_the_persons_language(people: People) -> None:
    languages.choose_language(people.owner, "de")
    client = Client()
    client.post(reverse("sign-in"), {"username": "owner", "password": PASSWORD})
    client.post(reverse("sign-out"))
    assert language_of_page(client, "sign-in") == "de"


@pytest.mark.parametrize("language", ["xx", "fr", "de-x-evil", "../de"])
def test_a_language_that_is_not_offered_is_refused(people: People, language: str) -> None:
    client = client_of(people.owner)
    assert client.post(reverse("language"), {"language": language}).status_code == 400
    assert language_of_page(client) == "en-gb"


@pytest.mark.parametrize("page", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_choosing_leads_to_no_other_site(people: People, page: str) -> None:
    answer = client_of(people.owner).post(reverse("language"), {"language": "de", "next": page})
    assert answer.headers["Location"] == reverse("work")


def test_a_language_no_longer_offered_counts_as_no_choice(people: People) -> None:
    languages.choose_language(people.owner, "eo")
    assert language_of_page(client_of(people.owner), **GERMAN) == "de"


def test_scripts_find_their_texts_under_an_address_that_changes_with_them(people: People) -> None:
    languages.choose_language(people.owner, "de")
    client = client_of(people.owner)
    page = client.get(reverse("work")).content.decode()
    address = page.partition('data-texts="')[2].partition('"')[0]
    assert f'<link rel="preload" href="{address}" as="fetch" crossorigin>' in page
    texts = Client().get(address)
    assert texts.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert isinstance(json.loads(texts.content), dict)
    assert Client().get(address, HTTP_IF_NONE_MATCH=texts.headers["ETag"]).status_code == 304
    old = Client().get(reverse("script-texts", args=["de", "0"]))
    assert (old.content, old.headers["Cache-Control"]) == (texts.content, "no-cache")
    assert Client().get(reverse("script-texts", args=["en-gb", "0"])).status_code == 404
    assert Client().get(reverse("script-texts", args=["fr", "0"])).status_code == 404


def test_english_pages_ask_for_no_texts(people: People) -> None:
    page = client_of(people.owner).get(reverse("work")).content.decode()
    assert "data-texts" not in page
    assert "preload" not in page


def test_a_poll_is_answered_in_full_once_the_language_changed(people: People) -> None:
    client = client_of(people.owner)
    address = reverse("navigation-counts")
    seen = client.get(address).headers["ETag"]
    assert client.get(address, HTTP_IF_NONE_MATCH=seen).status_code == 304
    client.post(reverse("language"), {"language": "de"})
    assert client.get(address, HTTP_IF_NONE_MATCH=seen).status_code == 200


def test_emails_are_in_the_recipients_language(people: People) -> None:
    languages.choose_language(people.owner, "de")
    asset = rows.make_asset(people.project, people.owner, status="failed")
    Mail.objects.all().delete()
    one = Mail.objects.create(recipient=people.owner, rhythm=Rhythm.SOON, next_at=timezone.now())
    Notice.objects.create(recipient=people.owner, kind="failed", key="1", asset=asset, mail=one)
    assert mails.send(one.pk)
    message = mail.outbox[0]
    assert isinstance(message, EmailMultiAlternatives)
    assert '<html lang="de">' in str(message.alternatives[0][0])
    assert translation.get_language() == settings.LANGUAGE_CODE


def test_a_forgotten_password_is_written_about_in_the_language_of_the_account() -> None:
    user = make_user("mona", first_name="Mona")
    languages.choose_language(user, "de")
    Client().post(reverse("password-reset"), {"email": "mona@example.com"})
    assert mail.outbox[0].subject == "Wählen Sie ein neues Passwort für das Dubbing Portal"
    assert "Guten Tag mona," in mail.outbox[0].body


def test_compiled_translations_are_made_when_they_are_missing_or_old() -> None:
    sources = list(translations.FOLDER.glob("*/LC_MESSAGES/*.po"))
    assert {source.parent.parent.name for source in sources} == {code for code, _ in settings.LANGUAGES} - {"en-gb"}
    for source in sources:
        assert source.with_suffix(".mo").stat().st_mtime_ns >= source.stat().st_mtime_ns


@pytest.mark.parametrize(
    ("code", "beginning"),
    [("empty", "Die Datei hinter diesem Link"), ("status 404", "Unter dieser Adresse"), ("type", "Das ist kein Video")],
)
def test_why_a_link_cannot_be_used_is_said_in_the_readers_language(people: People, code: str, beginning: str) -> None:
    link = Link(owner=people.owner, kind="video", url="https://example.com/a.mp4", content_type="text/plain")
    link.refusal = links.explain(code, link.kind, size=None, content_type=link.content_type)
    assert refusals.of_link(link)["message"] == link.refusal["message"]
    with translation.override("de"):
        assert refusals.of_link(link)["message"].startswith(beginning)


def test_why_a_file_cannot_be_used_is_said_in_the_readers_language(people: People) -> None:
    upload = rows.make_upload(people.owner)
    upload.refusal = MediaRefused("no_audio").texts(lambda text: text)
    with translation.override("de"):
        assert refusals.of_upload(upload)["message"].startswith("Diese Datei hat keinen Ton.")
        upload.refusal = {name: str(text) for name, text in verification.DAMAGED.items()}
        damaged = refusals.of_upload(upload)
    assert damaged["remedy"] == "Laden Sie sie erneut hoch."
    upload.refusal = {"code": "other", "message": "Whatever was stored.", "remedy": ""}
    with translation.override("de"):
        assert refusals.of_upload(upload) == {"message": "Whatever was stored.", "remedy": ""}


def test_languages_are_named_and_sorted_as_readers_expect() -> None:
    with translation.override("de"):
        names = [locale.name for locale in locales.targets()]
        assert locales.display_name("es-MX") == "Spanisch (Mexiko)"
        assert locales.display_name("nb-NO") == "Norwegisch (Bokmål, Norwegen)"
        assert locales.display_name("tlh-XX") == "tlh-XX"
        assert locales.language_name("el") == "Griechisch"
    assert names[3:6] == ["Dänisch (Dänemark)", "Deutsch (Deutschland)", "Englisch (Vereinigte Staaten)"]
    assert names.index("Türkisch (Türkei)") < names.index("Ukrainisch (Ukraine)")


def test_figures_are_written_as_readers_write_them() -> None:
    told = (formatting.duration(8.46), formatting.size(1_500), formatting.minutes(60_000_000), formatting.number(0.25))
    assert told == ("8.5 s", "1.5 kB", "1,000,000 min", "0.2")
    with translation.override("de"):
        assert formatting.duration(8.46) == "8,5 s"
        assert formatting.minutes(60_000_000) == "1.000.000 min"
        assert formatting.inside_sentence("Eigentümer") == "Eigentümer"
