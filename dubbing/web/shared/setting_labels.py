"""The settings of a candidate in words, and in which of them candidates differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.platform import formatting, numbers
from dubbing.web.shared import choices

if TYPE_CHECKING:
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

LABELS: dict[str, StrOrPromise] = {
    "provider": _("Provider"),
    "auto_generate": _("Result"),
    "lips_model": _("Lip sync quality"),
    "voice_anonymization": _("Voice anonymization"),
    "speakers": _("Speakers"),
    "background": _("Music and effects"),
    "voice_id": _("Voice"),
    "voice_model": _("Voice model"),
    "speed": _("Speed"),
    "seed": _("Seed"),
}


def value(name: str, settings: Mapping[str, Any]) -> str:
    """One setting in words."""
    given = settings.get(name)
    return _LABELS[name](given) if name in _LABELS else str(given if given not in (None, "") else gettext("Not given"))


def differing(each: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the settings in which these differ."""
    return [name for name in LABELS if len({value(name, settings) for settings in each}) > 1]


def titles(each: Sequence[Mapping[str, Any]]) -> list[str]:
    """What distinguishes these, in a few words for each; no two have the same title."""
    names = differing(each)
    called = [" · ".join(_short(name, settings) for name in names) for settings in each]
    if len(set(called)) == len(called):
        return called
    # Made with the same settings at different times, or generated again.
    numbered = [gettext("Final video %(number)s") % {"number": number} for number in range(1, len(called) + 1)]
    return [" · ".join(filter(None, pair)) for pair in zip(called, numbered, strict=True)]


def saved_at(settings: Mapping[str, Any]) -> datetime | None:
    """When the candidate was saved here."""
    try:
        return parse_datetime(str(settings.get("kept_at", "")))
    except ValueError:
        return None


def _short(name: str, settings: Mapping[str, Any]) -> str:
    """A setting on its own, without its label if it needs none."""
    text = value(name, settings)
    if name in ("provider", "auto_generate", "speakers") or (name == "lips_model" and not settings.get(name)):
        return text
    if name == "lips_model":
        return gettext("Lip sync: %(quality)s") % {"quality": formatting.inside_sentence(text)}
    if name == "voice_anonymization":
        return gettext("Anonymization %(value)s") % {"value": _number(settings.get(name))}
    return f"{LABELS[name]}: {formatting.inside_sentence(text)}"


def _result(given: object) -> str:
    title = choices.AUTO_GENERATE_TITLE.get(str(given))
    return gettext(title) if title else gettext("Not given")


def _lips(given: object) -> str:
    title = choices.LIPS_TITLE.get(str(given))
    return gettext(title) if title else gettext("Lip sync off")


def _number(given: object) -> str:
    return formatting.number(numbers.figure(given, low=0, high=1) or 0.0, digits=2)


def _anonymization(given: object) -> str:
    figure = numbers.figure(given, low=0, high=1) or 0.0
    return f"{_number(given)} · {formatting.inside_sentence(choices.anonymization(figure))}"


def _speakers(given: object) -> str:
    count = numbers.whole(given)
    if not count:
        return gettext("Speakers not given")
    return ngettext("%(count)s speaker", "%(count)s speakers", count) % {"count": count}


def _background(given: object) -> str:
    return gettext("Uploaded") if given else gettext("Separated by the provider")


_LABELS: dict[str, Callable[[Any], str]] = {
    "provider": lambda given: providers.label(str(given or "")),
    "auto_generate": _result,
    "lips_model": _lips,
    "voice_anonymization": _anonymization,
    "speakers": _speakers,
    "background": _background,
}
