from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubbing.providers import base
from dubbing.providers.answers import failure, parsed, reason_in, redacted, retry_after, without_queries

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, base.BadAnswer),
        (400, base.Rejected),
        (401, base.KeyRejected),
        (403, base.AccountLimited),
        (404, base.NotFound),
        (408, base.AnswerLost),
        (409, base.Rejected),
        (413, base.Rejected),
        (422, base.Rejected),
        (429, base.Throttled),
        (500, base.AnswerLost),
        (502, base.AnswerLost),
        (503, base.AnswerLost),
        (504, base.AnswerLost),
        (599, base.AnswerLost),
    ],
)
def test_a_status_becomes_an_error(status: int, kind: type[base.ProviderError]) -> None:
    error = failure(status, {"retry-after": "7"}, b'{"detail": "no"}', call="POST /x")
    assert type(error) is kind
    assert (error.status, error.call, error.reason, error.retry_after) == (status, "POST /x", "no", 7.0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("30", 30.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("999999", 3600.0),
        ("-5", None),
        ("soon", None),
        ("1e9", None),
        ("nan", None),
        ("٣", None),
        ("Sat, 21 Nov 2026 12:01:00 GMT", 60.0),
        ("Saturday, 21-Nov-26 12:01:00 GMT", 60.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 21 Nov 2033 11:00:00 GMT", 3600.0),
        ("Sat, 99 Nov 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_in_every_form(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_never_fails(value: str) -> None:
    wait = retry_after(value)
    assert wait is None or 0 <= wait <= 3600


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"detail": "Unsupported locale"}, "Unsupported locale"),
        (
            {"detail": [{"loc": ["body", "languages", 0, "locale"], "msg": "bad"}, {"loc": ["body"], "msg": "worse"}]},
            "body.languages.0.locale: bad; body: worse",
        ),
        ({"detail": {"message": "inner"}}, "inner"),
        ({"detail": ["a", "b"]}, "a; b"),
        ({"error": {"message": "deep"}}, "deep"),
        ({"message": "plain"}, "plain"),
        ("bare", "bare"),
        ({"other": 1}, ""),
        ({"detail": 5}, ""),
        (None, ""),
        ([], ""),
        (7, ""),
    ],
)
def test_the_reason_is_found_in_every_form(body: Any, reason: str) -> None:
    assert reason_in(json.dumps(body).encode()) == reason


def test_the_reason_in_a_page_is_its_text() -> None:
    page = b"<html><style>b{}</style><h1>502 Bad\nGateway</h1><script>x()</script></html>"
    assert redacted(reason_in(page)) == "502 Bad Gateway"


def test_a_long_reason_is_cut() -> None:
    reason = failure(400, {}, json.dumps({"detail": "x" * 9000}).encode(), call="GET /x").reason
    assert len(reason) == 500


def test_a_deeply_nested_error_does_no_harm() -> None:
    assert failure(400, {}, b'{"detail":' * 100_000, call="GET /x").status == 400
    assert failure(400, {}, b"[" * 900 + b'"x"' + b"]" * 900, call="GET /x").status == 400


def test_a_reason_holds_neither_keys_nor_signatures_nor_control_characters() -> None:
    text = "key k3yk3y, Bearer abc, https://a.example.com/x?sig=1&b=2 'http://b/y?z' \x1b[31m\n\u202ered"
    said = redacted(text, ["k3yk3y"])
    assert said == "key [key], Bearer [key], https://a.example.com/x 'http://b/y' [31m red"


def test_credentials_are_removed_from_a_link() -> None:
    raw = {
        "a": ["https://nina:s3cr3t@x.example.com/r.mp4?sig=1", "ftp://s3cr3t@y/z"],
        "b": "nina@example.com, http://a/@b",
    }
    assert without_queries(raw) == {
        "a": ["https://x.example.com/r.mp4", "ftp://y/z"],
        "b": "nina@example.com, http://a/@b",
    }


def test_queries_are_removed_from_links_at_any_depth() -> None:
    raw = {"a": [{"url": "https://x.example.com/r.mp4?sig=1#f"}, 5, None], "b": "see https://y/z?s=1 there"}
    assert without_queries(raw) == {
        "a": [{"url": "https://x.example.com/r.mp4"}, 5, None],
        "b": "see https://y/z there",
    }


def test_values_that_no_database_stores_are_removed() -> None:
    body = b'{"a\\u0000": "\\ud800\\u0000x", "n": [NaN, Infinity, 1e999, 1.5]}'
    assert parsed(body) == {"a?": "??x", "n": [None, None, None, 1.5]}


@pytest.mark.parametrize("text", ["http://" * 150_000, "http://a?" * 100_000, "<script" * 150_000, "bearer " * 150_000])
def test_a_malicious_reason_is_processed_quickly(text: str) -> None:
    begun = time.monotonic()
    failure(400, {}, json.dumps({"detail": text}).encode(), call="GET /x", secrets=["k3yk3y"])
    failure(400, {}, text.encode(), call="GET /x", secrets=["k3yk3y"])
    assert time.monotonic() - begun < 10  # and not minutes
