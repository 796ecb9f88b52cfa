"""What every test stands on: a project with people around it, files in a folder of its own, and no worker woken."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from dubbing.models import Link, Project
from dubbing.models.heartbeat import heartbeat
from dubbing.platform import bucket as buckets
from dubbing.platform.wakeups import WakeUp
from dubbing.uploads import links
from dubbing.web.shared import etags
from tests.support.buckets import BucketService, settings_for
from tests.support.people import People, client_of, make_people

WakeUps = list[tuple[str, int | UUID]]

# Tests empty their tables, which the triggers of the audit log refuse; its own tests install them.
post_migrate.disconnect(sender=apps.get_app_config("dubbing"), dispatch_uid="audit_triggers")

# A deadline for one example would be a test of how busy this machine is.
hypothesis_settings.register_profile("without_deadline", deadline=None)
hypothesis_settings.load_profile("without_deadline")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: searching all of it for garbage again and again took a sixth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_use_migrations() -> bool:
    """SQLite's tables are made from the models, in a tenth of the time: ``make check`` compares them with migrations.

    PostgreSQL's are migrated, and so is every portal that runs in processes of its own.
    """
    return connection.vendor != "sqlite"


@pytest.fixture(autouse=True)
def _no_lease_outlives_its_test() -> Iterator[None]:
    """What a test left held would be renewed in the middle of another one."""
    yield
    heartbeat.forget_all()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request leaves the language of its page to the thread; the next test has not asked for it."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _surroundings(settings: Settings, tmp_path: Path) -> None:
    """The same settings wherever the tests run, whatever the environment says."""
    settings.SECRET_KEY = "only-for-tests"
    settings.PANJAYA_API_KEY = settings.PANJAYA_API_KEY or "test-key"
    settings.ALLOWED_HOSTS = ["*"]
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.SAMPLES_DIR = tmp_path / "samples"
    settings.DISK_LOW_WATER_BYTES = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECURE_SSL_REDIRECT = False
    # Pages are tested as they are written; that they can be collected is tested by itself.
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_USE_FINDERS = False
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def wake_ups(monkeypatch: pytest.MonkeyPatch) -> WakeUps:
    """Which tasks were enqueued, as (short name, primary key). Nothing is executed."""
    enqueued: WakeUps = []

    def record(task: Any, pk: int | UUID) -> None:
        enqueued.append((task.name.rpartition(".")[2], pk))

    monkeypatch.setattr(WakeUp, "_hand_over", record)
    return enqueued


@pytest.fixture(autouse=True)
def _links_lead_to_films(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks the network what is behind a link, unless it brings a server of its own."""
    monkeypatch.setattr(links, "look", lambda url, kind, provider: links.LinkOutcome())
    # As if a worker were there, and faster than anybody can ask.
    monkeypatch.setattr(links, "ask", _ask_at_once)


def _ask_at_once(url: str, kind: str, user: User, *, provider: str, most: int | None = None) -> Link:
    return links.check(url, kind, user, provider=provider)


@pytest.fixture(autouse=True)
def _fresh_counters(settings: Settings) -> None:
    # Never in a real Redis: clearing that would take away what is queued there.
    settings.CACHES = settings.CACHES | {"shared": settings.CACHES["default"] | {"LOCATION": "shared"}}
    for name in settings.CACHES:
        caches[name].clear()


@pytest.fixture(autouse=True)
def _no_list_is_remembered() -> None:
    """The next test's project and people have the same ids, so that it would be answered with another test's list."""
    etags._lists.clear()
    etags._newest = (0.0, None)


@pytest.fixture(scope="session")
def bucket_service() -> Iterator[BucketService]:
    """A service that refuses every wrong signature."""
    with BucketService() as service:
        yield service


@pytest.fixture
def bucket(bucket_service: BucketService, settings: Settings) -> str:
    """The name of an empty bucket, in which the portal keeps its files from now on."""
    name = bucket_service.make_bucket()
    for setting, value in settings_for(bucket_service, name).items():
        setattr(settings, setting, value)
    settings.S3_ADDRESSING = "path"
    buckets._silent_until.clear()  # what did not answer in another test
    return name


@pytest.fixture
def committed(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[[], Any]:
    """``with committed():`` what waits for the commit happens at the end of the block."""

    @contextmanager
    def block() -> Iterator[None]:
        with django_capture_on_commit_callbacks(execute=True):
            yield

    return block


@pytest.fixture
def people(db: None) -> People:
    """A project with an owner, an editor and a viewer, and an outsider."""
    return make_people()


@pytest.fixture
def project(people: People) -> Project:
    """Their project."""
    return people.project


@pytest.fixture
def user(people: People) -> User:
    """Who brings assets: the editor."""
    return people.editor


@pytest.fixture
def owner(people: People) -> Client:
    """The owner's browser."""
    return client_of(people.owner)


@pytest.fixture
def editor(people: People) -> Client:
    """The editor's browser."""
    return client_of(people.editor)


@pytest.fixture
def viewer(people: People) -> Client:
    """The viewer's browser."""
    return client_of(people.viewer)
