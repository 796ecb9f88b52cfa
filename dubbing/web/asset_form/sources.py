"""Where a video or a background comes from: an uploaded file, or a link that the provider can fetch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext

from dubbing.models import Asset, Link, Upload
from dubbing.platform import formatting
from dubbing.uploads import refusals

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def usable_upload(value: Any, kind: str, *, asset: Asset, user: User) -> Upload:
    """The upload, if it is complete, of this kind, and this person's or the asset's. Raises ValidationError."""
    upload = find_upload(value, asset=asset, user=user)
    if upload is None:
        raise ValidationError(gettext("This file is no longer available. Upload it again."), code="gone")
    if upload.kind != kind:
        message = gettext("This file was not uploaded as %(kind)s. Upload it here.")
        params = {"kind": formatting.inside_sentence(str(Upload.Kind(kind).label))}
        raise ValidationError(message, code="kind", params=params)
    if upload.status == Upload.Status.REFUSED:
        raise ValidationError(_refusal(refusals.of_upload(upload)), code="refused")
    name = formatting.isolated(upload.name)
    if upload.status == Upload.Status.ARRIVED:
        message = gettext("“%(name)s” is being checked. Wait a few seconds, then submit again.")
        raise ValidationError(message, code="checking", params={"name": name})
    if upload.status != Upload.Status.COMPLETE:
        message = gettext(
            "“%(name)s” is not fully uploaded. Wait for the upload, or choose the file again to continue."
        )
        raise ValidationError(message, code="partial", params={"name": name})
    return upload


def find_upload(value: Any, *, asset: Asset, user: User) -> Upload | None:
    """The upload itself, or found by its id, if this person may use it for this asset."""
    try:
        pk = value.pk if isinstance(value, Upload) else UUID(str(value))
    except ValueError:
        return None
    mine = Q(owner_id=user.pk) | Q(pk__in=filter(None, (asset.source_id, asset.background_id)))
    return Upload.objects.filter(mine, pk=pk).first()


def read_link_facts(url: str, name: str, user: User) -> Link | None:
    """The last result of checking the link in this field. Uses no network."""
    kind = Upload.Kind.VIDEO if name == "media_url" else Upload.Kind.BACKGROUND
    return Link.objects.filter(owner_id=user.pk, kind=kind, url=url).first()


def refusal_texts(link: Link) -> str:
    """Why the link cannot be used, and what to do; empty if it can."""
    if link.status == Link.Status.GOOD:
        return ""
    if link.status == Link.Status.CHECKING:
        return gettext("We are checking the file at this link. Wait a few seconds, then submit again.")
    return _refusal(refusals.of_link(link))


def _refusal(texts: Mapping[str, Any]) -> str:
    return f"{texts.get('message') or gettext('Refused.')} {texts.get('remedy', '')}".strip()
