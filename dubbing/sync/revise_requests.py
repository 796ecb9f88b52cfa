"""Send a version back to editing. The provider deletes its result, so our copy has to exist first."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models import Asset, Event, Version
from dubbing.models.leases import next_count
from dubbing.platform import backoff
from dubbing.platform.errors import NotPossible
from dubbing.providers import base

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Three calls, each with its own deadline. Seconds.
LEASE = 300.0
REVISABLE = [Version.Status.COMPLETED, Version.Status.READY, Version.Status.FAILED]
NOT_KEPT = _("Our copy is not saved yet. Sending it back now would delete the only copy.")


def ask_to_revise(version: Version, user: User) -> None:
    """Record that the version goes back to editing. Raises NotPossible, for example without a copy of its result."""
    if version.status not in REVISABLE:
        raise NotPossible(
            gettext("This version is being processed. You can send it back to editing when that is finished.")
        )
    if version.superseded:
        raise NotPossible(gettext("This version belongs to an earlier attempt. Edit the current one instead."))
    now = timezone.now()
    asked: dict[str, Any] = {"revise_asked_at": now, "next_revise_at": now, "revise_tries": 0, "revise_problem": ""}
    rows = Version.objects.filter(pk=version.pk, status=version.status)
    if rows.filter(revise_asked_at__isnull=False).exists():
        raise NotPossible(gettext("This version is already being sent back to editing."))
    if version.status == Version.Status.COMPLETED:
        rows = rows.filter(keep=Version.Keep.KEPT)
    with transaction.atomic():
        if not rows.filter(revise_asked_at=None).update(**asked):
            raise NotPossible(str(NOT_KEPT))
        asset = version.dubbing.asset
        Event.objects.record(asset, Event.Kind.REVISED, actor=user, cause="person", locale=version.dubbing.locale)


def revise(version_id: int, *, provider: base.Provider) -> bool:
    """Carry out the request to revise. Return True if the asset should be synced now.

    Safe to repeat: the version's own status says whether it went through.
    """
    lease = Version.objects.filter(revise_asked_at__isnull=False, provider=provider.name).claim(
        version_id, seconds=LEASE
    )
    if lease is None:
        return False
    version = Version.objects.select_related("dubbing").get(pk=version_id)
    try:
        problem = _revise(version, provider)
    except base.Rejected as error:
        problem = error.reason
    except base.ProviderError as error:
        _later(version, lease, error.reason)
        return False
    done: dict[str, Any] = {"revise_asked_at": None, "next_revise_at": None}
    Version.objects.release(version_id, lease, **done, revise_problem=problem[:1000])
    Asset.objects.ask(version.dubbing.asset_id)
    return True


def _revise(version: Version, provider: base.Provider) -> str:
    """Revise at the provider, or return why not. Its result may be newer than when the request was recorded."""
    remote = provider.fetch_version(version.remote_id)
    if remote.state is base.VersionState.READY:
        return ""
    if remote.state is base.VersionState.COMPLETED and not _is_kept(version, remote, provider):
        return str(NOT_KEPT)
    provider.revise(version.remote_id)
    return ""


def _is_kept(version: Version, remote: base.RemoteVersion, provider: base.Provider) -> bool:
    """Whether the provider's result is the one in our storage: by its size, or by its content if no size is given."""
    result = version.results.order_by("checked_at").last()
    if result is None or version.keep != Version.Keep.KEPT or not remote.result_url:
        return False
    with provider.open_result(remote) as stream:
        if stream.size is not None:
            return stream.size == result.size
        digest = hashlib.sha256()
        for chunk in stream:
            digest.update(chunk)
    return digest.hexdigest() == result.sha256


def _later(version: Version, lease: uuid.UUID, why: str) -> None:
    next_try = timezone.now() + backoff.next_try(version.revise_tries) + timedelta(seconds=5)
    problem = {"revise_tries": next_count("revise_tries"), "revise_problem": why[:1000]}
    Version.objects.release(version.pk, lease, next_revise_at=next_try, **problem)
