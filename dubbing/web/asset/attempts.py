"""Attempts at a language: the settings that it was sent with, and the requests before the current one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.models import Asset, Dubbing, Submission, sent_settings
from dubbing.platform import failure_messages, formatting, locales

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_LABELS: dict[str, StrOrPromise] = {
    "source_locale": _("Spoken language"),
    "source_srt": _("Transcript"),
    "background_id": _("Music and effects"),
    "background_url": _("Link to the background"),
    "start": _("Start"),
    "end": _("End"),
    "speakers": _("Number of speakers"),
    "auto_generate": _("Final video"),
    "lips_model": _("Lip sync"),
    "voice_anonymization": _("Voice anonymization"),
    "options": _("Options"),
    "consent": _("Consent"),
    "override_reason": _("Policy"),
}


@dataclass(frozen=True, slots=True)
class EarlierAttempt:
    """A request before the current one. ``settings``: those that differ from the current ones."""

    at: datetime
    outcome: str
    message: str
    settings: tuple[str, ...]


def own_settings(asset: Asset, dubbing: Dubbing) -> tuple[str, ...]:
    """The settings that this language was sent with, if they differ from the video's."""
    return _others(dubbing.sent_settings, sent_settings.of_asset(asset)) if dubbing.sent_settings else ()


def earlier(asset: Asset, dubbing: Dubbing, submissions: Iterable[Submission]) -> tuple[EarlierAttempt, ...]:
    """The earlier requests for this language, newest first, without any that never arrived."""
    arrived = (sent for sent in submissions if sent.status != Submission.Status.ABANDONED)
    asked = [sent for sent in arrived if dubbing.locale in sent.locales]
    now = dubbing.sent_settings or sent_settings.of_asset(asset)
    return tuple(_attempt(asset, dubbing, before, now) for before in reversed(asked[:-1]))


def _attempt(asset: Asset, dubbing: Dubbing, submission: Submission, now: Mapping[str, Any]) -> EarlierAttempt:
    then = submission.sent_settings or sent_settings.of_asset(asset)
    settings = _others(then, now)
    texts = sent_settings.texts_of(submission.sent_settings)
    if "texts" in submission.sent_settings and texts.get(dubbing.locale, "") != dubbing.srt:
        settings += (gettext("other subtitles") if texts.get(dubbing.locale) else gettext("no subtitles"),)
    outcome = submission.get_status_display()
    if submission.error_code:
        outcome = str(failure_messages.explain(submission.error_code, providers.label(asset.provider)).what)
    elif submission.status == Submission.Status.ACCEPTED:
        outcome = gettext("Failed")  # for this language: another request followed
    return EarlierAttempt(submission.created_at, outcome, submission.error_message, settings)


def _others(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[str, ...]:
    differing = [name for name in sent_settings.differing(mine, theirs) if name in _LABELS]
    return tuple(f"{_LABELS[name]}: {_value_text(name, mine.get(name))}" for name in differing)


def _value_text(name: str, value: Any) -> str:
    if name in ("start", "end"):
        return formatting.timecode(value) if value is not None else gettext("not set")
    if name == "source_srt":
        return gettext("yours") if value else gettext("created by the provider")
    if name == "background_id":
        return gettext("your file") if value else gettext("from the source video")
    if name == "speakers":
        return str(value) if value else gettext("detected by the provider")
    if name == "options":
        return ", ".join(str(part) for part in (value or {}).values()) or gettext("not set")
    if name == "voice_anonymization":
        return formatting.number(value, digits=3) if value else gettext("off")
    if name == "source_locale":
        return locales.display_name(str(value))
    labels = {**dict(Asset.AutoGenerate.choices), **dict(Asset.LipsModel.choices)}
    return str(labels.get(value, value) or gettext("not set"))
