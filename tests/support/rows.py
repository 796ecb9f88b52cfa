"""Create rows for tests with plain functions; anything not given gets an ordinary value."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from dubbing.delivery import deliverables, deliveries
from dubbing.models import (
    Asset,
    Delivery,
    Dubbing,
    Event,
    Membership,
    Project,
    Result,
    Review,
    Submission,
    Upload,
    Version,
)
from dubbing.platform import storage

SRT = "1\n00:00:01,500 --> 00:00:03,000\nHola.\n\n2\n00:00:04,000 --> 00:00:06,000\n¿Qué tal?\n\n"
BYTES = bytes(range(256)) * 8

_DUBBING_OF = {
    "completed": "completed",
    "failed": "failed",
    "ready": "ready",
    "dubbing": "preparing",
}
_KNOWN_TO_PROVIDER = {"dubbing", "ready", "completed", "partly_done", "failed"}


def make_project(name: str, *, owner: User) -> Project:
    """A project with an owner."""
    project = Project.objects.create(name=name)
    Membership.objects.create(project=project, user=owner, role=Membership.Role.OWNER)
    return project


def make_file(kind: storage.Kind, content: bytes = BYTES, suffix: str = ".mp4") -> storage.Stored:
    """A file in our storage."""
    with storage.open_temporary(kind, suffix) as incoming:
        incoming.write(content)
        return incoming.keep()


def make_upload(
    owner: User,
    *,
    name: str = "harbour.mp4",
    duration: float = 60.0,
    content: bytes = BYTES,
    kind: Upload.Kind = Upload.Kind.VIDEO,
) -> Upload:
    """A source video that arrived, with a poster, or a background."""
    stored = make_file(storage.Kind.SOURCE, content)
    poster = make_file(storage.Kind.POSTER, b"no real picture", ".jpg")
    return Upload.objects.create(
        owner=owner,
        kind=kind,
        status=Upload.Status.COMPLETE,
        name=name,
        size=stored.size,
        content_type="video/mp4",
        key=stored.key,
        sha256=stored.sha256,
        duration=duration,
        poster_key=poster.key,
    )


def make_asset(
    project: Project,
    user: User,
    *,
    status: str = "dubbing",
    locales: Iterable[str] = ("es-ES",),
    with_source: bool = False,
    **fields: Any,
) -> Asset:
    """An asset in this status, with a dubbing for each locale that fits it."""
    values: dict[str, Any] = {"name": "Harbour tour", "source_locale": "en-US", "status": status}
    values["submitted_at"] = None if status == "draft" else timezone.now() - timedelta(minutes=5)
    if status in _KNOWN_TO_PROVIDER:
        values["remote_id"] = secrets.token_hex(12)
        values["last_ok_at"] = timezone.now()
    if with_source:
        values["source"] = make_upload(user)
    elif "source" not in fields:
        values["media_url"] = "https://media.example.com/harbour.mp4"
    asset = Asset.objects.create(project=project, created_by=user, **(values | fields))
    for locale in locales:
        make_dubbing(asset, locale, status=_DUBBING_OF.get(status, "pending"))
    return asset


def make_dubbing(asset: Asset, locale: str = "es-ES", *, status: str = "preparing", **fields: Any) -> Dubbing:
    """A dubbing of the asset."""
    return Dubbing.objects.create(asset=asset, locale=locale, status=status, **fields)


def make_version(dubbing: Dubbing, *, status: str = "completed", **fields: Any) -> Version:
    """A version of the dubbing."""
    values: dict[str, Any] = {"studio_url": "https://studio.example.com/v/1"}
    if status == "completed":
        values["keep"] = Version.Keep.KEPT
    values |= fields
    return Version.objects.create(
        dubbing=dubbing, provider=dubbing.asset.provider, remote_id=secrets.token_hex(12), status=status, **values
    )


def make_result(version: Version, *, content: bytes = BYTES, **fields: Any) -> Result:
    """A result with a real file, too small to be a film."""
    stored = make_file(storage.Kind.RESULT, content)
    values: dict[str, Any] = {"duration": 8.5, "crc32": stored.crc32} | fields
    return Result.objects.create(version=version, key=stored.key, sha256=stored.sha256, size=stored.size, **values)


def make_done(project: Project, user: User, *, locale: str = "es-ES", srt: str = SRT, **fields: Any) -> Result:
    """A finished asset with one language, its version and its result."""
    asset = make_asset(project, user, status="completed", locales=[], with_source=True, **fields)
    dubbing = make_dubbing(asset, locale, status="completed", srt=srt)
    return make_result(make_version(dubbing))


def make_review(dubbing: Dubbing, *, status: str = "to_review", **fields: Any) -> Review:
    """A review of the dubbing; decided ones name a result."""
    values: dict[str, Any] = {"project_id": dubbing.asset.project_id}
    if status in Review.DECIDED:
        values["result_sha256"] = "a" * 64
    return Review.objects.create(dubbing=dubbing, status=status, **(values | fields))


def make_delivery(user: User, *results: Result, **wanted: bool) -> Delivery:
    """A delivery of these results, of one project, that is ready. ``wanted``: what goes beside them."""
    project = results[0].version.dubbing.asset.project
    assets = [result.version.dubbing.asset_id for result in results]
    chosen = deliverables.of_assets(project, user, assets)
    pattern = deliveries.pattern_of(project)
    delivery = deliveries.create_delivery(project, user, chosen, deliveries.Wanted(**wanted), pattern=pattern)
    deliveries.prepare(delivery.pk)
    return delivery


def make_submission(asset: Asset, *, status: str = "sending", **fields: Any) -> Submission:
    """A request for the asset."""
    values: dict[str, Any] = {"locales": list(asset.dubbings.values_list("locale", flat=True))} | fields
    return Submission.objects.create(
        asset=asset,
        asked_by_id=asset.created_by_id,
        reference=f"DUB-{secrets.token_hex(5).upper()}",
        status=status,
        **values,
    )


def make_event(asset: Asset, kind: str, **fields: Any) -> Event:
    """Something that happened to the asset."""
    return Event.objects.record(asset, kind, **fields)
