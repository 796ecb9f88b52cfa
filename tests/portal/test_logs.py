"""Keys, callback tokens and signed links do not reach the log."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from portal.logs import Redact, redact

KEY = "c4n4ry-0123456789"
LINK = "https://files.example.com/v/1.mp4?X-Amz-Signature=s3cr3t&Expires=5"


@pytest.fixture(autouse=True)
def _key(settings: Settings) -> None:
    settings.PANJAYA_API_KEY = f"panjaya-{KEY}"


def logged(message: str, *args: object, error: bool = False) -> str:
    """What the handler would write."""
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, message, args, sys.exc_info() if error else None)
    assert Redact().filter(record)
    return logging.Formatter("%(message)s").format(record)


@pytest.mark.parametrize(
    "text",
    [f"Authorization: Bearer panjaya-{KEY}", f"key {KEY} is bad", f"'{KEY}'"],
)
def test_a_key_is_cut_out_with_and_without_its_prefix(text: str) -> None:
    assert KEY not in logged(text)


def test_a_signature_is_removed_from_its_link() -> None:
    assert logged("GET %s failed", LINK) == "GET https://files.example.com/v/1.mp4?[cut] failed"


def test_a_callback_token_is_cut_out() -> None:
    token = "T0k3n_-x" * 5
    assert token not in logged("Unauthorized: %s", f"/callbacks/panjaya/{token}/")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("postgres://portal:s3cr3t@db:5432/portal", "postgres://[cut]@db:5432/portal"),
        ("no answer from redis://:s3cr3t@redis:6379/0.", "no answer from redis://[cut]@redis:6379/0."),
        ("'https://nina:s3cr3t@films.example.com/a.mp4'", "'https://[cut]@films.example.com/a.mp4'"),
        ("https://s3cr3t@films.example.com/a.mp4", "https://[cut]@films.example.com/a.mp4"),
        ("smtp+tls://portal:s3@cr3t@mail:587", "smtp+tls://[cut]@mail:587"),
        ("amqp://portal:s3/cr3t@broker//", "amqp://[cut]@broker//"),
        ("HTTPS://Nina:S3cr3t@films.example.com/a", "HTTPS://[cut]@films.example.com/a"),
        ("Not Found: /a/?token=s3cr3t&x=1", "Not Found: /a/?token=[cut]&x=1"),
        ("GET /a?X-Amz-Signature=s3cr3t HTTP/1.1", "GET /a?X-Amz-Signature=[cut] HTTP/1.1"),
        ("{'password': 's3cr3t', 'name': 'nina'}", "{'password': '[cut]', 'name': 'nina'}"),
        ("api_key=s3cr3t", "api_key=[cut]"),
        ("wss://portal.example.com:8000/@nina", "wss://portal.example.com:8000/@nina"),
        ("http://portal.example.com:8000/a@b", "http://portal.example.com:8000/a@b"),
        ("mail to nina@example.com at 12:30", "mail to nina@example.com at 12:30"),
        ("the key is rejected: ask for a new one", "the key is rejected: ask for a new one"),
    ],
)
def test_passwords_in_addresses_and_what_is_called_a_secret_are_cut_out(text: str, left: str) -> None:
    assert logged(text) == left


def test_configured_secrets_are_removed_wherever_they_are(settings: Settings) -> None:
    settings.EMAIL_HOST_PASSWORD, settings.SECRET_KEY = "mail-s3cr3t", "signing-s3cr3t"
    settings.DATABASES["default"]["PASSWORD"] = "database-s3cr3t"
    assert logged("mail-s3cr3t, signing-s3cr3t and database-s3cr3t") == "[key], [key] and [key]"
    settings.DATABASES["default"]["PASSWORD"] = ""


@pytest.mark.parametrize("text", ["://a:" * 50_000, "://" * 50_000, "token=" * 50_000, "a" * 300_000, "x-" * 100_000])
def test_a_malicious_line_is_processed_quickly(text: str) -> None:
    begun = time.process_time()
    redact(text)
    assert time.process_time() - begun < 5


def test_the_link_to_a_new_password_is_cut_out() -> None:
    assert logged("Not Found: %s", "/password/reset/MQ/c9x-0123abc/") == "Not Found: /password/reset/MQ/[token]/"


def test_a_traceback_is_cleaned_too() -> None:
    try:
        raise ValueError(f"{KEY} {LINK}")
    except ValueError:
        text = logged("it broke", error=True)
    assert "ValueError" in text
    assert KEY not in text
    assert "s3cr3t" not in text


def test_arguments_that_do_not_fit_break_nothing() -> None:
    assert "seconds" in logged("%d seconds", "many")


def test_an_empty_key_changes_nothing(settings: Settings) -> None:
    settings.PANJAYA_API_KEY = ""
    assert redact("plain words") == "plain words"


def test_every_handler_redacts() -> None:
    logging_settings: Any = configured.LOGGING
    handlers = logging_settings["handlers"].values()
    assert all("redact" in handler["filters"] for handler in handlers)
