"""No page says anything that is not marked for translation: in a language made of marks, everything else stands out."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from dubbing.batches.manifests import COLUMNS
from dubbing.models import Mail, Notice, NoticeChoice, Rhythm
from dubbing.notices import mails
from dubbing.platform import locales
from tests.dubbing.web import test_permissions
from tests.dubbing.web.test_permissions import RULES, Rule, address, put_back
from tests.support import rows
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db

world, people, ids = test_permissions.world, test_permissions.people, test_permissions.ids

BEGIN, END = "\u27e6", "\u27e7"
# What people read besides the text itself.
READ = {"title", "aria-label", "aria-valuetext", "aria-roledescription", "placeholder", "alt", "label", "data-busy"}
# The documentation of the API is the document that programs read: English.
PAGES = [rule for rule in RULES if rule.method == "get" and rule.may and rule.name != "api-docs"]
FORMS = [rule for rule in RULES if rule.method == "post" and rule.may]
WORD = re.compile(r"[A-Za-z][a-z]{2,}")
_LANGUAGES = re.compile(
    "|".join(
        sorted(
            {re.escape(name) for locale in locales.known() for name in (locale.english_name, locale.native_name)},
            key=len,
            reverse=True,
        )
    )
)
# What people typed or files are called here, units, names of columns, ids, hashes and signatures.
_DATA = re.compile(
    r"\b(?:Harbour|Lighthouse|tour|owner|editor|viewer|outsider|Usual|Late|Puerto|Panjaya|ModelsLab|VoiceChangerAPI"
    r"|Strong|Slight|Plain|Which voice|English|Deutsch|Too quiet|Hola|Qué tal|min|Filipino|rule|target)\b"
)
_TYPED = re.compile(
    r"\S+@\S+|\b[a-z]{2,3}-[A-Z]{2}\b|\b(?:[a-z_]+,)+[a-z_]+|https?://\S*|\bwebhook\.test\b|\S+\.(?:mp4|srt|csv|log|json)\b|\b[0-9a-f]{24,64}\b|[\w+/]{40,}=*|\b[a-z]+_[\w-]+|\b(?:"
    + "|".join(COLUMNS)
    + r")\b"
)


class Reader(HTMLParser):
    """What stands on a page outside of marks. Elements within a marked text are part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.silent = 0
        self.unmarked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.silent += tag in {"script", "style", "code", "kbd", "bdi", "time", "template"}
        for name, value in attrs:
            if name in READ and value:
                self._read(value)
        if tag == "input" and values.get("type") in {"submit", "button"}:
            self._read(values.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style", "code", "kbd", "bdi", "time", "template"}

    def handle_data(self, data: str) -> None:
        outside = self._outside(data)
        if not self.silent:
            self.unmarked += [outside] if WORD.search(outside) else []

    def _read(self, value: str) -> None:
        depth, self.depth = self.depth, 0
        outside = self._outside(value)
        self.unmarked += [outside] if WORD.search(outside) and not depth else []
        self.depth = depth

    def _outside(self, text: str) -> str:
        outside = ""
        for part in re.split(f"([{BEGIN}{END}])", text):
            self.depth += {BEGIN: 1, END: -1}.get(part, 0)
            outside += part if not self.depth and part not in (BEGIN, END) else " "
        return " ".join(outside.split())


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every marked text is in marks."""

    def marked(choose: Callable[..., str]) -> Callable[..., str]:
        return lambda *texts: f"{BEGIN}{choose(*texts)}{END}"

    place = "django.utils.translation._trans"
    monkeypatch.setattr(f"{place}.gettext", marked(lambda text: text))
    monkeypatch.setattr(f"{place}.pgettext", marked(lambda _context, text: text))
    monkeypatch.setattr(f"{place}.ngettext", marked(lambda one, more, count: one if count == 1 else more))
    monkeypatch.setattr(f"{place}.npgettext", marked(lambda _context, one, more, count: one if count == 1 else more))


def unmarked(html: str) -> list[str]:
    """What a page says outside of marks, and what nobody typed."""
    reader = Reader()
    reader.feed(html)
    return [text for text in reader.unmarked if WORD.search(_DATA.sub(" ", _LANGUAGES.sub(" ", _TYPED.sub(" ", text))))]


def unmarked_in(response: Any) -> list[str]:
    """The same of an answer, if it is a page."""
    if response.streaming:
        list(response)  # to its end: a file that is only closed takes the test's connection with it
    is_page = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
    return unmarked(response.content.decode()) if is_page else []


def client_for(rule: Rule, people: People) -> Client:
    return Client() if rule.open_to_strangers and rule.name != "language" else client_of(people.owner)


def test_everything_on_a_page_is_marked(people: People, ids: dict[str, Any], marks: None) -> None:
    said = {str(rule): unmarked_in(client_for(rule, people).get(address(rule, ids))) for rule in PAGES}
    assert not [f"{rule}: {texts}" for rule, texts in said.items() if texts]


def test_every_error_of_an_empty_form_is_marked(people: People, ids: dict[str, Any], marks: None) -> None:
    said = {}
    for rule in FORMS:
        said[str(rule)] = unmarked_in(client_for(rule, people).post(address(rule, ids), follow=True))
        put_back(rule, people, ids)
    assert not [f"{rule}: {texts}" for rule, texts in said.items() if texts]


def test_everything_in_an_email_is_marked(people: People, marks: None) -> None:
    asset = rows.make_asset(people.project, people.editor, status="failed")
    letter = Mail.objects.create(recipient=people.owner, rhythm=Rhythm.DAILY, next_at=timezone.now())
    for kind in Notice.Kind.values:
        Notice.objects.create(
            recipient=people.owner, kind=kind, key=kind, asset=asset, project=people.project, mail=letter,
            data={"to": "failed", "failed": ["es-ES"], "languages": ["es-ES"], "provider": "panjaya", "reason": "key"},
        )  # fmt: skip
    NoticeChoice.objects.bulk_create(
        NoticeChoice(user=people.owner, kind=kind, rhythm=Rhythm.DAILY) for kind in Notice.Kind.values
    )
    assert mails.send(letter.pk)
    message = mail.outbox[0]
    assert isinstance(message, EmailMultiAlternatives)
    assert not unmarked(str(message.alternatives[0][0]))
    assert not unmarked(str(message.body).replace("<", " "))
    assert not unmarked(str(message.subject))
