"""A real Chromium. Whatever a page writes to the console that is not expected fails the test."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from sandbox import sample
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

# Playwright runs an event loop in this thread, which Django would take for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A refusal that a page shows to people is no mistake of the page.
_EXPECTED = "Failed to load resource: the server responded with a status of 422"

SignedIn = Callable[[Page, User], Page]


def chromium() -> str | None:
    """Where Chromium is on this machine."""
    named = os.environ.get("CHROMIUM", "")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a Chromium; say so where there is none."""
    here = [item for item in items if "tests/browser" in item.path.as_posix()]
    if here and chromium():
        _use_a_database_file()
    for item in here:
        item.add_marker(pytest.mark.browser)
        if chromium() is None and not os.environ.get("REQUIRE_BROWSER"):
            item.add_marker(
                pytest.mark.skip(reason="no Chromium on this machine (looked for: " + ", ".join(_NAMES) + ")")
            )


def _use_a_database_file() -> None:
    """An SQLite database in memory has one connection, on which the requests of a page would trip over one another."""
    config = connections["default"].settings_dict
    if config["ENGINE"].endswith("sqlite3") and not config["TEST"]["NAME"]:
        folder = Path(tempfile.mkdtemp(prefix="portal-tests-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        config["TEST"]["NAME"] = str(folder / "test.sqlite3")
        config["OPTIONS"]["init_command"] = "PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session", autouse=True)
def _static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The server lives longer than a test, so this cannot wait for the settings of a single one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_settings, "STATIC_ROOT", tmp_path_factory.mktemp("static"))
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield launched
        launched.close()


@pytest.fixture
def console() -> list[str]:
    """Errors and warnings in the console of ``page``. A test that provokes some looks at them and clears the list."""
    return []


@pytest.fixture
def page(browser: Browser, live_server: Any, console: list[str]) -> Iterator[Page]:
    """A fresh window on the running portal, whose console has to stay empty."""
    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.on("console", lambda message: _hear(message, console))
    opened.on("pageerror", lambda error: console.append(str(error)))
    yield opened
    context.close()
    assert not console, "the console did not stay empty:\n" + "\n".join(console)


def _hear(message: ConsoleMessage, said: list[str]) -> None:
    if message.type in {"error", "warning"} and not message.text.startswith(_EXPECTED):
        said.append(f"{message.type}: {message.text}")


@pytest.fixture
def signed_in(live_server: Any) -> SignedIn:
    """``signed_in(page, user)``: the window belongs to this person from now on."""

    def sign_in(page: Page, user: User) -> Page:
        client = Client()
        client.force_login(user)
        session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        return page

    return sign_in


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A talking video and its subtitles."""
    folder = tmp_path_factory.mktemp("samples")
    assert sample.main([str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Iterator[Portal]:
    """Web, worker, scheduler and sandbox in processes of their own."""
    folder = tmp_path_factory.mktemp("portal")
    with SandboxProcess(policy="seconds:1") as sandbox, Portal(folder, sandbox, SAMPLES_DIR=str(samples)) as running:
        yield running.start()
