"""Hostile values for every field, query and body of every address."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote_from_bytes

from django.contrib.auth.models import Permission
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils.http import urlsafe_base64_encode

from dubbing import urls
from dubbing.assets import bulk
from dubbing.batches import batches
from dubbing.models import Batch, Callback, Comment, Notice, Preset, SavedView, Submission, Term, WebhookMessage
from dubbing.uploads import signed_links
from tests.support import rows
from tests.support.blind import make_comparison
from tests.support.people import People
from tests.support.programs import make_token, webhook_ids
from tests.support.sharing import everything, share

API = "api/v1/"
"""Its operations take tokens, not sessions, and are attacked by what its OpenAPI document says: tests/dubbing/api."""
Sent = tuple[str, str, str, bytes]  # method, query, content type and body
FORM = "application/x-www-form-urlencoded"
TEXTS = [
    "", " ", "0", "-1", "²", "٣", "１", "1_0", "1e999", "1e-999", "nan", "NaN", "inf", "-Infinity", "0x10", "1,5",
    "9" * 19, "9" * 25, "9" * 5000, "-" + "9" * 400, "2147483648", "9223372036854775808", "00:99:99", "99999:59",
    "0000-00", "9999-12", "0001-01", "²²²²-²²", "\u202etxt.exe", "\u2066x", "\ufeff", "\u2028", "🎬" * 300, "\ufffd",
    "e\u0301", "1.5", "' OR 1=1 --", "<script>", "../../etc", "C:\\a\\b", "%00", "{{7*7}}", "[]", "{}", "null",
    "true", "x" * 70_000, "+ADw-",
]  # fmt: skip
BYTES = [b"\0", b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"+ADw-", b"\x1b$B", b"\x80" * 200]
JSON = [
    "", "[]", "null", "1", '"\\ud800"', "{", '{"files": 1}', '{"files": [{}]}', '{"cues": {}}', "[" * 100_000, "NaN",
    '{"files": [{"name": "\\ud800", "size": 1}]}', '{"files": [{"name": "a\\u0000", "size": 1}]}',
    '{"files": [{"name": "", "size": 1}]}', '{"files": [{"name": "a", "size": 1e400}]}',
    '{"files": [{"name": "a", "size": %s}]}' % ("9" * 6000), '{"files": [{"name": "a", "size": %s}]}' % ("9" * 400),
    '{"cues": [{"start": 0, "end": 1, "text": "\\udfff"}], "seen": ""}', '{"seen": "\\ud800", "cues": []}',
    '{"cues": [], "cues": []}', '{"cues": [{"start": 1e999, "end": NaN, "text": ""}]}', '{"sha256": "\\ud800"}',
    '{"cues": [], "fix": {"kind": "\\ud800", "cue": 1}}', '{"cues": [], "fix": "x"}', '{"sha256": "²"}',
    '{"a": %s}' % ("[" * 3000 + "]" * 3000), '{"cues": [{"start": 0, "end": 9, "text": "\\u0000"}]}',
]  # fmt: skip
CHARSETS = ["utf-7", "utf-16", "latin-1", "idna", "rot13", "zlib", "unicode_escape", "undefined", "x" * 300, "²"]
KINDS = ["multipart/form-data", "multipart/form-data; boundary=", "x" * 300, "multipart/form-data; boundary=\xe9"]
FIELDS = (
    "name", "source", "background", "media_url", "start", "end", "source_locale", "source_srt", "srt_es-ES", "targets",
    "auto_generate", "lips_model", "voice_anonymization", "speakers", "speakers_from", "speed", "seed", "voice_id",
    "notes", "action", "preset", "preset_name", "preset_save", "preset_undo", "tab", "tab_seen", "provider", "asked",
    "milliseconds", "reason", "asset", "kind", "url", "text", "seen", "cue", "like", "apply", "batch", "role",
    "least_anonymization", "approval_above", "rule", "locale", "target", "note", "bring", "person", "username",
    "password", "size", "consent", "failed", "project", "choice", "candidate", "candidates", "voters", "question",
    "due", "replaced", "agreed", "replace", "which", "pattern", "recipients", "days",
    "may_comment", "may_download",
    "code", "credential", "session", "pk",
)  # fmt: skip
QUERY = (
    "project",
    "show",
    "page",
    "before",
    "cue",
    "month",
    "listen",
    "locale",
    "status",
    "q",
    "t",
    "side",
    "on",
    "as",
    "only",
    "batch",
    "asset",
    "by",
    "kind",
    "preset",
    "lips",
    "speakers",
    "answer",
    "from",
    "to",
    "assets",
    "part",
)


def make_ids(people: People) -> dict[str, Any]:
    """A row for every word that stands in an address; the owner may see and change them all."""
    people.owner.user_permissions.add(Permission.objects.get(codename="add_project"))
    result = rows.make_done(people.project, people.owner, source_srt=rows.SRT)
    batch = Batch.objects.create(project=people.project, created_by=people.owner)
    row = batches.add_rows(batch, people.owner, [({"file": "a.mp4"}, {"name": "A"})])[0]
    upload = rows.make_upload(people.owner)
    sent = rows.make_submission(rows.make_asset(people.project, people.owner, source=upload))
    preset = Preset.objects.create(project=people.project, name="Usual", created_by=people.owner)
    delivery = rows.make_delivery(people.owner, result, srt=True, passport=True)
    return {
        "projects": people.project.pk,
        "batches": batch.pk,
        "deliveries": delivery.pk,
        "entry_pk": delivery.entries.all()[0].pk,
        "links": share(people.owner, result)[0].pk,
        "key": everything(people.owner, result),
        "assets": rows.make_asset(people.project, people.owner, status="draft", locales=[]).pk,
        "versions": result.version_id,
        "notices": Notice.objects.create(recipient=people.owner, kind="failed", key="1", asset=sent.asset).pk,
        "number": 0,
        "uploads": upload.pk,
        "tokens": make_token(people.owner).pk,
        "webhooks": webhook_ids(people)["webhook"],
        "message_pk": WebhookMessage.objects.get().pk,
        "files/results": result.pk,
        "files/assets": result.version.dubbing.asset_id,
        "files/dubbings": result.version.dubbing_id,
        "comments": Comment.objects.create(dubbing=result.version.dubbing, author=people.owner, text="Too quiet.").pk,
        "user_pk": people.viewer.pk,
        "preset_pk": preset.pk,
        "term_pk": Term.objects.create(project=people.project, source="Harbour", target="Puerto").pk,
        "row_pk": row.pk,
        "bulk": bulk.start("archive", [sent.asset_id], people.owner, project=people.project).pk,
        "view_pk": SavedView.objects.create(project=people.project, owner=people.owner, name="Mine").pk,
        "callback_pk": make_callback(sent).pk,
        "blind": make_comparison(people.project, people.owner, [people.owner]).pk,
        "label": "A",
        "slot": "es-ES",
        "language": "de",
        "fingerprint": "0123456789abcdef",
        "kind": "srt",
        "name": "sample.mp4",
        "signed": signed_links.source_link(sent, upload).split("/")[-2],
        "provider": "panjaya",
        "token": default_token_generator.make_token(people.viewer),
        "uidb64": urlsafe_base64_encode(str(people.viewer.pk).encode()),
    }


def make_callback(sent: Submission) -> Callback:
    """A callback that was taken in."""
    Callback.objects.take(sent, b"{}", event="asset.updated", asset_id="", version_id="")
    return sent.callbacks.get()


def patterns() -> list[URLPattern]:
    """Every address of the product, so that a new one is tried with the others."""
    return list(_patterns(urls.urlpatterns))


def _patterns(found: Iterable[object]) -> Iterator[URLPattern]:
    for pattern in found:
        if isinstance(pattern, URLResolver) and str(pattern.pattern) == API:
            routes = [route for route in pattern.url_patterns if isinstance(route, URLPattern)]
            yield from (route for route in routes if route.name == "api-docs")
        elif isinstance(pattern, URLResolver):
            assert str(pattern.pattern) == "", "a prefix would be missing in the addresses"
            yield from _patterns(pattern.url_patterns)
        else:
            assert isinstance(pattern, URLPattern)
            yield pattern


def address(pattern: URLPattern, ids: dict[str, Any]) -> str:
    """The address with the rows of ``make_ids`` in it. A new kind of word has to be given a row there."""
    route = str(pattern.pattern)
    known = {word: ids[route.partition("/<")[0] if word == "pk" else word] for word in pattern.pattern.converters}
    return reverse(str(pattern.name), kwargs=known)


def reads_json(pattern: URLPattern) -> bool:
    """Whether its module takes JSON, so that every odd piece of it is worth a try."""
    return hasattr(sys.modules[pattern.callback.__module__], "json_of")


def forms(rounds: int, offset: int = 0) -> Iterator[Sent]:
    """Forms in which every field has another value, and others in each round; then those with one value in all.

    With as many rounds as there are values, each field had each of them.
    """
    values = [text.encode() for text in TEXTS]
    for number in range(rounds):
        yield _form(FIELDS, [values[(at * 7 + number + offset) % len(values)] for at in range(len(FIELDS))])
        yield _form(FIELDS, [values[(number * 5 + offset) % len(values)]] * len(FIELDS))


def bodies() -> Iterator[Sent]:
    """Bodies of other kinds, forms that say odd things of themselves, and bytes that are no text."""
    yield from (_form(["name"], [value]) for value in BYTES)
    yield from (("POST", "", "application/json", text.encode()) for text in JSON)
    yield "POST", "", "application/json", b'{"cues": "\xff"}'
    yield from (("POST", "", kind, b"--x\r\n\r\n\0--x--") for kind in KINDS)
    for kind in (FORM, "application/json", "multipart/form-data; boundary=x"):
        yield from (("POST", "", f"{kind}; charset={charset}", b"name=+AC0-") for charset in CHARSETS)
    part = b'--x\r\nContent-Disposition: form-data; name="cues"\r\n\r\n\xff\0\r\n--x--\r\n'
    yield "POST", "", "multipart/form-data; boundary=x", part
    yield "POST", "", FORM, b"&".join(b"a%d=1" % number for number in range(1100))


def floods(number: int = 100_000) -> Iterator[Sent]:
    """Bodies with so many fields, parts or items that looking at each of them would take long."""
    part = b'--x\r\nContent-Disposition: form-data; name="a%d"%s\r\n\r\n1\r\n'
    yield "POST", "", FORM, b"&".join(b"a%d=1" % at for at in range(number))
    yield "POST", "", FORM, b"&".join([b"name=1"] * number)
    for file_name in (b"", b'; filename="f"'):
        parts = b"".join(part % (at, file_name) for at in range(number))
        yield "POST", "", "multipart/form-data; boundary=x", parts + b"--x--\r\n"
    some = (number // 100) // len(FIELDS)
    yield "POST", "", FORM, b"&".join(b"%s=%d" % (name.encode(), at) for name in FIELDS for at in range(some))
    yield "POST", "", FORM, b"srt_es-ES=" + b"x" * 2 * number + b"&srt_es-ES=" + b"y" * 2 * number
    for text in ("{%s}", "[%s]", '{"files": [%s]}', '{"cues": [%s], "seen": ""}', '{"failed": [%s]}'):
        item = '"a%d": 1' if text == "{%s}" else '{"name": "a%d", "size": 1, "start": 0, "end": 9, "text": "a"}'
        count = number if text == "{%s}" else number // 5
        yield "POST", "", "application/json", (text % ", ".join(item % at for at in range(count))).encode()


def queries(rounds: int, offset: int = 0) -> Iterator[Sent]:
    """Queries in which every name has another value."""
    values = [text.encode() for text in TEXTS if len(text) < 6000]
    for number in range(rounds):
        chosen = [values[(at * 11 + number * 5 + offset) % len(values)] for at in range(len(QUERY))]
        yield "GET", _form(QUERY, chosen)[3].decode(), "", b""
    yield from (("GET", f"q={quote_from_bytes(value)}", "", b"") for value in BYTES[:3])
    yield from (("GET", "", f"{FORM}; charset={charset}", b"") for charset in CHARSETS[:3])


def _form(names: Sequence[str], values: Sequence[bytes]) -> Sent:
    pairs = (f"{name}={quote_from_bytes(value)}" for name, value in zip(names, values, strict=True))
    return "POST", "", FORM, "&".join(pairs).encode()


def broken(client: Client, url: str, requests: Iterable[Sent]) -> list[str]:
    """What was answered with an error of ours, of these requests. All is as it was afterwards."""
    cookies: SimpleCookie = SimpleCookie({name: one.value for name, one in client.cookies.items()})
    with transaction.atomic():
        found = [words for request in requests if (words := _broken(client, url, *request))]
        transaction.set_rollback(True)
    client.cookies = cookies  # signing out is one of the addresses
    assert client.get("/projects/").status_code == 200
    return found


def _broken(client: Client, url: str, method: str, query: str, kind: str, body: bytes) -> str:
    answer = client.generic(method, f"{url}?{query}" if query else url, body, content_type=kind)
    if answer.streaming:
        list(answer)
    said = f"{method} {url} {query[:100]} {kind[:80]} {body[:200]!r}: {answer.status_code}"
    return said if answer.status_code >= 500 else ""
