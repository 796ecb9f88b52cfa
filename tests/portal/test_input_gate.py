"""What cannot be read is a 400 with words at every address, and nothing of it is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Asset, Batch
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def draft(people: People) -> Asset:
    return rows.make_asset(people.project, people.editor, status="draft", locales=[], name="As it was")


@pytest.fixture
def cues(draft: Asset) -> str:
    return reverse("subtitles-cues", args=[draft.pk, "es-ES"])


def post(client: Client, path: str, body: bytes, kind: str = FORM, **headers: str) -> tuple[int, str]:
    """The status and the words of the answer."""
    answer = client.generic("POST", path, body, content_type=kind, headers=headers)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("charset", ["utf-7", "UTF-16", "latin-1", "rot13", "idna", "zlib", "no-such", "²", "us-ascii"])
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "application/json"])
def test_only_utf_8_is_read(editor: Client, draft: Asset, charset: str, kind: str) -> None:
    status, words = post(editor, f"/assets/{draft.pk}/autosave/", b"name=+AC0-", f"{kind}; charset={charset}")
    assert (status, "Send it as UTF-8" in words) == (400, True)
    assert Asset.objects.get().typed == {}


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"'])
def test_utf_8_by_any_of_its_names_is_read(editor: Client, draft: Asset, charset: str) -> None:
    assert post(editor, f"/assets/{draft.pk}/autosave/", b"name=Caf%C3%A9", f"{FORM}; charset={charset}")[0] == 200
    assert Asset.objects.get().name == "Café"


@pytest.mark.parametrize("body", [b"name=a%00b", b"na%00me=a", b"name=%ff", b"name=%ed%a0%80", b"name=\xff"])
def test_a_form_with_impossible_characters_is_refused(editor: Client, draft: Asset, body: bytes) -> None:
    status, words = post(editor, f"/assets/{draft.pk}/autosave/", body)
    assert (status, "NUL" in words or "UTF-8" in words) == (400, True)
    assert Asset.objects.get().typed == {}


def multipart(*parts: tuple[bytes, bytes]) -> bytes:
    """Parts of a form, each with what stands behind "form-data; "."""
    head = b"--x\r\nContent-Disposition: form-data; "
    return b"".join(head + named + b"\r\n\r\n" + value + b"\r\n" for named, value in parts) + b"--x--\r\n"


MULTIPART = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    "part",
    [
        (b'name="name"', b"Caf\xe9"),
        (b'name="name"', b"\xed\xa0\x80"),
        (b'name="na\xffme"', b"Cafe"),
        (b'name="srt_es-ES_file"; filename="caf\xe9.srt"', b"1\n00:00:01,000 --> 00:00:02,000\nHola\n"),
    ],
)
def test_undecodable_parts_of_a_form_are_refused(editor: Client, draft: Asset, part: tuple[bytes, bytes]) -> None:
    body = multipart((b'name="notes"', b"x"), part)
    status, words = post(editor, f"/assets/{draft.pk}/autosave/", body, MULTIPART)
    assert (status, "UTF-8" in words) == (400, True)
    assert Asset.objects.get().typed == {}


def test_what_is_in_a_file_of_a_form_may_be_anything(editor: Client, draft: Asset) -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,000\nMañana será otro día, señor.\n".encode("latin-1")
    body = multipart((b'name="name"', "Café \ufffd".encode()), (b'name="srt_es-ES_file"; filename="a.srt"', srt))
    assert post(editor, f"/assets/{draft.pk}/autosave/", body, MULTIPART)[0] == 200
    found = Asset.objects.get()
    assert found.name == "Café \ufffd"
    assert "Mañana será" in found.typed["srt_es-ES"]


def test_the_replacement_character_itself_may_be_sent(editor: Client, draft: Asset) -> None:
    assert post(editor, f"/assets/{draft.pk}/autosave/", "name=a\ufffdb".encode())[0] == 200


def test_a_browser_is_told_on_a_page_and_a_script_in_json(editor: Client, draft: Asset) -> None:
    address = f"/assets/{draft.pk}/edit/"
    assert "<h1" in post(editor, address, b"name=%00", Accept="text/html")[1]
    assert "NUL" in json.loads(post(editor, address, b"name=%00", Accept="application/json")[1])["message"]
    fragment = post(editor, address, b"name=%00", **{"Accept": "text/html", "HX-Request": "true"})[1]
    assert (fragment.startswith("The request contains an invalid character"), "<" in fragment) == (True, False)


@pytest.mark.parametrize("path", ["/projects/?q=%00", "/projects/?q=%ff", "/assets/1/subtitles/%00/edit/", "/%00"])
def test_an_undecodable_address_is_refused(editor: Client, path: str) -> None:
    assert editor.get(path).status_code == 400


def test_a_cookie_that_no_database_could_be_queried_for_is_refused(db: None) -> None:
    assert Client(headers={"Cookie": r'sessionid="abcdefgh\000ijkl"'}).get("/").status_code == 400


def test_more_fields_than_a_form_has_are_refused_in_words(editor: Client, draft: Asset) -> None:
    status, words = post(editor, f"/assets/{draft.pk}/autosave/", b"&".join(b"a%d=1" % n for n in range(1100)))
    assert (status, "more fields" in words) == (400, True)


ODD_JSON = [
    (b"", "not valid JSON"),
    (b"\xff", "UTF-8"),
    ('{"cues": []}'.encode("utf-16"), "UTF-8"),
    (b'{"cues": [], "cues": []}', "twice"),
    (b'{"cues": NaN}', "NaN"),
    (b'{"cues": 1e999}', "too large"),
    (b'{"cues": %s}' % (b"9" * 5000), "not valid JSON"),
    (b'{"seen": "\\u0000"}', "NUL"),
    (b"[" * 100_000, "too deep"),
    (b"[" * 60 + b"]" * 60, "too deep"),
]


@pytest.mark.parametrize(("body", "says"), ODD_JSON, ids=lambda value: repr(value)[:30])
def test_json_is_unambiguous_and_utf_8(editor: Client, people: People, body: bytes, says: str) -> None:
    batch = Batch.objects.create(project=people.project, created_by=people.editor)
    asset = rows.make_asset(people.project, people.editor, status="draft", locales=[])
    for path in (f"/batches/{batch.pk}/files/", reverse("subtitles-cues", args=[asset.pk, "es-ES"])):
        status, words = post(editor, path, body, "application/json")
        assert (status, says in words) == (400, True), words


@pytest.mark.parametrize("name", ["\\ud800", "a\\udfff", ""])
def test_a_file_with_half_a_character_or_no_name_is_not_announced(editor: Client, people: People, name: str) -> None:
    batch = Batch.objects.create(project=people.project, created_by=people.editor)
    body = b'{"files": [{"name": "%s", "size": 1}]}' % name.encode()
    assert post(editor, f"/batches/{batch.pk}/files/", body, "application/json")[0] == 400
    assert not Asset.objects.exists()


def test_a_form_where_json_is_wanted_is_refused(editor: Client, cues: str) -> None:
    for data, kind in (({"cues": "1"}, None), (b"cues=1", FORM)):
        more: dict[str, Any] = {"content_type": kind} if kind else {}
        answer = editor.post(cues, data, **more)
        assert (answer.status_code, "JSON" in answer.json()["problems"][0][1]) == (400, True)
