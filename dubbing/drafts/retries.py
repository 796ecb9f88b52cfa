"""A draft that becomes the next attempt of the asset it was copied from, as long as it is about the same video."""

from __future__ import annotations

from enum import Enum

from dubbing.models import Asset, Dubbing, Upload


class Apart(Enum):
    """Why a draft of another attempt becomes a separate video."""

    SOURCE, PROVIDER, PLACE = range(3)


def original_of(draft: Asset, *, source: Upload | None, media_url: str) -> Asset | None:
    """Return the asset whose next attempt a draft with this source is; None if the draft becomes a video of its own."""
    original = begun_from(draft)
    return None if original is None or why_apart(draft, original, source=source, media_url=media_url) else original


def begun_from(draft: Asset) -> Asset | None:
    """Return the asset that this draft was created to retry; None if there is none."""
    if not draft.in_place or draft.copied_from_id is None:
        return None
    return Asset.objects.filter(pk=draft.copied_from_id).first()


def why_apart(draft: Asset, original: Asset, *, source: Upload | None, media_url: str) -> Apart | None:
    """Return why it nevertheless becomes a separate video; None if it does not.

    An asset has one source and one provider: another video, or another provider, makes another asset.
    """
    if draft.provider != original.provider:
        return Apart.PROVIDER
    if draft.project_id != original.project_id:
        return Apart.PLACE
    same = (source.pk if source else None, media_url) == (original.source_id, original.media_url)
    return None if same else Apart.SOURCE


def failed_codes(original: Asset) -> list[str]:
    """Return the languages that can be sent again, in order."""
    failed = original.dubbings.filter(status=Dubbing.Status.FAILED)
    return list(failed.order_by("pk").values_list("locale", flat=True))
