"""Keys, callback tokens and signed links do not reach the log."""

from __future__ import annotations

import logging
import sys
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


def test_a_signature_is_cut_off_its_link() -> None:
    assert logged("GET %s failed", LINK) == "GET https://files.example.com/v/1.mp4?[cut] failed"


def test_a_callback_token_is_cut_out() -> None:
    token = "T0k3n_-x" * 5
    assert token not in logged("Unauthorized: %s", f"/callbacks/panjaya/{token}/")


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


def test_every_handler_cleans() -> None:
    logging_settings: Any = configured.LOGGING
    handlers = logging_settings["handlers"].values()
    assert all("redact" in handler["filters"] for handler in handlers)
