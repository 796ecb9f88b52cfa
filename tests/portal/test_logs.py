"""Log lines say what they are about; keys, callback tokens and signed links do not reach them."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
from typing import Any

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from dubbing.platform import log_scope
from dubbing.platform.request_scope import scope_of
from dubbing.platform.wakeups import WakeUp
from portal.logs import Context, JsonFormatter, Redact, TextFormatter, redact
from tests.support.people import People, client_of

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


# --- the form of a line


def line_of(formatter: logging.Formatter, message: str, *args: object, error: bool = False, **extra: Any) -> str:
    """What the handler writes, through both filters."""
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, message, args, sys.exc_info() if error else None)
    record.__dict__.update(extra)
    assert Redact().filter(record)
    assert Context().filter(record)
    return formatter.format(record)


def test_each_line_of_json_is_an_object_with_what_it_is_about() -> None:
    with scope_of("0123abcd", "203.0.113.7"), log_scope.of_one_job():
        log_scope.note(asset=7, submission="DUB-1")
        line = line_of(JsonFormatter(), "could not send %s\nat all", "it")
    assert "\n" not in line
    found = json.loads(line)
    assert (found["level"], found["logger"], found["message"]) == ("ERROR", "x", "could not send it\nat all")
    assert (found["request"], found["asset"], found["submission"]) == ("0123abcd", "7", "DUB-1")


def test_a_line_of_text_ends_with_what_it_is_about_and_its_traceback_follows() -> None:
    formatter = TextFormatter("{levelname} {message}", style="{")
    with log_scope.of_one_job():
        log_scope.note(asset=7)
        try:
            raise ValueError("no")
        except ValueError:
            first, *rest = line_of(formatter, "it failed", error=True).splitlines()
    assert first == "ERROR it failed [asset=7]"
    assert rest[-1] == "ValueError: no"
    assert line_of(formatter, "it failed") == "ERROR it failed"


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter("%(message)s")])
def test_secrets_are_in_no_form_of_a_line(formatter: logging.Formatter) -> None:
    try:
        raise ValueError(f"Bearer panjaya-{KEY} at {LINK}")
    except ValueError:
        line = line_of(formatter, "GET %s with %s", LINK, KEY, error=True, stack_info=f"key = '{KEY}'")
    assert KEY not in line
    assert "s3cr3t" not in line


def test_what_a_job_was_about_ends_with_it() -> None:
    log_scope.note(asset=7)
    assert log_scope.current() == {}
    with log_scope.of_one_job():
        log_scope.note(asset=7)
        with log_scope.of_one_job():
            assert log_scope.current() == {}
        assert log_scope.current() == {"asset": "7"}
    assert log_scope.current() == {}


@pytest.mark.django_db
def test_a_refused_request_is_logged_with_its_id_and_its_asset(
    people: People, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(Context())
    client_of(people.owner).get("/assets/999999/")
    record = next(record for record in caplog.records if record.name == "django.request")
    assert re.fullmatch(r"[0-9a-f]{32}", record.about["request"])  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_task_names_itself_and_its_row_in_what_it_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(Context())

    class Failing(WakeUp):
        name = "dubbing.tasks.failing"

        def run(self, pk: Any) -> None:
            log_scope.note(asset=5)
            logging.getLogger("dubbing").warning("it does not work")

    Failing()(3)
    assert caplog.records[-1].about == {"task": "failing", "row": "3", "asset": "5"}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("given", "expected"), [("json", JsonFormatter), ("text", TextFormatter)])
def test_the_setting_chooses_the_form(given: str, expected: type[logging.Formatter]) -> None:
    code = "import logging, django; django.setup(); print(type(logging.getLogger().handlers[0].formatter).__name__)"
    environment = os.environ | {"LOG_FORMAT": given, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected.__name__
