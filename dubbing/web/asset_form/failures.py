"""Why the last attempt failed, and where on the form that can be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from dubbing import providers
from dubbing.drafts import failed_fields
from dubbing.models import Asset
from dubbing.platform import failure_messages, locales
from dubbing.web.shared.field_anchors import place_of

if TYPE_CHECKING:
    from dubbing.web.asset_form.form import AssetForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One cause, as the page shows it. ``field`` and its texts are empty if no field is to blame.

    ``is_changed``: somebody has changed that field since. ``needs_new_video``: the source itself is at fault, and
    a video has one source.
    """

    entry: failure_messages.FailureMessage
    code: str
    message: str
    message_from: str
    who: str
    languages: tuple[str, ...]
    field: str = ""
    label: str = ""
    place: str = ""
    is_changed: bool = False
    needs_new_video: bool = False


def of_form(form: AssetForm, earlier: Asset | None) -> list[Failure]:
    """The failures of an earlier attempt at what is on the form. ``earlier``: the asset that it retries."""
    asset = form.asset
    if asset.status == Asset.Status.REFUSED:
        return [_failure(form, asset, cause) for cause in failed_fields.causes(asset)]
    if earlier is None or earlier.provider != asset.provider:
        return []
    tried = [dubbing.locale for dubbing in asset.dubbings.all()]
    return [_failure(form, earlier, cause) for cause in failed_fields.causes(earlier, only=tried)]


def _failure(form: AssetForm, failed: Asset, cause: failed_fields.FailureCause) -> Failure:
    provider = providers.label(failed.provider)
    entry = failure_messages.explain(cause.code, provider)
    field = cause.field if cause.field in form.fields or cause.field == failed_fields.PROVIDER else ""
    return Failure(
        entry=entry,
        code=cause.code,
        message=cause.message,
        message_from=gettext("Message from %(provider)s") % {"provider": provider},
        who=entry.who.describe(may_edit=True),
        languages=tuple(locales.display_name(code) for code in cause.locales),
        field=field,
        label=_label(form, field),
        place=place_of(field) if field else "",
        needs_new_video=form.asset.in_place and cause.field in ("source", "media_url"),
        is_changed=bool(field) and failed_fields.is_changed(failed, form.draft, field),
    )


def _label(form: AssetForm, field: str) -> str:
    if field == failed_fields.PROVIDER:
        return gettext("Provider")
    return str(form[field].label) if field else ""
