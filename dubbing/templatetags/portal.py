"""Template tags and filters that format values for people."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, ClearableFileInput, RadioSelect, Select
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext_lazy

from dubbing.models import Link, Membership, Upload
from dubbing.platform import formatting, locales
from dubbing.projects import projects
from dubbing.uploads import direct, refusals
from dubbing.web.shared import file_facts as file_facts

register = template.Library()

duration = register.filter("duration")(formatting.duration)
size = register.filter("size")(formatting.size)
minutes = register.filter("minutes")(formatting.minutes)
minutes_left = register.filter("minutes_left")(formatting.minutes_left)
timecode = register.filter("timecode")(formatting.timecode)


@register.filter
def number(value: float | str) -> str:
    """A number as readers write it, with at most two decimals: ``{{ asset.options.speed|number }}``."""
    return formatting.number(float(value), digits=2)


inside_sentence = register.filter("inside_sentence")(formatting.inside_sentence)


@register.filter
def named(name: object) -> SafeString:
    """A name in a sentence of a page: ``{{ asset|named }}``. It cannot change the direction of the words around it."""
    return format_html("<bdi>{}</bdi>", formatting.unturned(str(name)))


person = register.filter("person")(formatting.person)


@register.filter
def isolated(name: object) -> str:
    """The same for places where no element is allowed: titles and attributes."""
    return formatting.isolated(str(name))


@register.filter
def minutes_of(milliseconds: int | None) -> str:
    """Weighted milliseconds in minutes: ``{{ share.used|minutes_of }}``."""
    return formatting.minutes(None if milliseconds is None else milliseconds / 1000)


facts = register.filter("facts")(file_facts.facts)
remarks = register.filter("remarks")(file_facts.remarks)
preview_text = register.filter("preview_text")(file_facts.preview_text)


@register.filter
def seconds_of(milliseconds: int) -> float:
    """Seconds from a cue's milliseconds: ``{{ cue.start|seconds_of|timecode }}``."""
    return milliseconds / 1000


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An icon beside words, never instead of them: ``{% icon "check" %}``. The name is one in the sprite."""
    return _icon(name, css)


@lru_cache(maxsize=500)  # there are a hundred on a page, and few different ones
def _icon(name: str, css: str) -> SafeString:
    sprite = static("vendor/tabler-icons/sprite.svg")
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', css, sprite, name
    )


_KEYS = {
    "Ctrl": pgettext_lazy("key", "Ctrl"),
    "Shift": pgettext_lazy("key", "Shift"),
    "Home": pgettext_lazy("key", "Home"),
    "End": pgettext_lazy("key", "End"),
    "space": pgettext_lazy("key", "space"),
}


@register.simple_tag
def keys(names: str) -> SafeString:
    """Keys pressed together, named as on the reader's keyboard: ``{% keys "Ctrl Z" %}``."""
    return format_html("<kbd>{}</kbd>", " ".join(str(_KEYS.get(name, name)) for name in names.split()))


@register.simple_tag
def chunk_bytes() -> int:
    """The size in bytes of the pieces in which browsers send files."""
    return int(settings.UPLOAD_CHUNK_BYTES)


@register.simple_tag
def sends_directly() -> str:
    """Whether browsers send files to the bucket themselves."""
    return "yes" if direct.is_offered() else "no"


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's input with the classes it needs, and its value: ``{{ field|control }}``."""
    widget = field.field.widget
    own = widget.attrs.get("class", "")
    wrong = "is-invalid" if field.errors or failure_of(field) else ""
    css = " ".join(part for part in (own, _control_class(widget), wrong) if part)
    return field.as_widget(attrs={"class": css})


@register.filter
def failure_of(field: BoundField) -> Any:
    """Why this field made the last attempt fail, for forms that know: ``{% with failure=field|failure_of %}``."""
    return getattr(field.form, "failures", {}).get(field.html_name)


def _control_class(widget: Any) -> str:
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return "form-check-input"
    if isinstance(widget, CheckboxInput):
        return "form-check-input"
    if isinstance(widget, Select):
        return "form-select"
    if isinstance(widget, ClearableFileInput):
        return "form-control"
    return "form-range" if getattr(widget, "input_type", "") == "range" else "form-control"


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether the field is a single check box, whose label comes after it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.simple_tag
def when(moment: datetime | None, *, seconds: bool = False) -> SafeString | str:
    """A point in time in words, exact on hover and for machines: ``{% when event.at seconds=True %}``."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    machine = local.isoformat(timespec="seconds")
    exact = _exactly(machine, str(local.tzname()), gettext("j F Y, H:i:s"), get_language())
    shown = formatting.moment(local, timezone.localtime(), seconds=seconds)
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, exact, shown)


# The same times stand in list after list. As text: the same moment in another zone would be the same key.
@lru_cache(maxsize=5000)
def _exactly(moment: str, zone: str, order: str, language: str | None) -> str:
    return f"{date_format(datetime.fromisoformat(moment), order)} {zone}"


@register.filter
def role_name(role: str) -> str:
    """A member's role in a word: ``{{ project.role|role_name }}``."""
    return str(Membership.Role(role).label)


@register.filter
def refusal(file: Upload | Link) -> dict[str, str]:
    """Why a file or a link cannot be used: ``{% with why=upload|refusal %}{{ why.message }}``."""
    return refusals.of_upload(file) if isinstance(file, Upload) else refusals.of_link(file)


@register.filter
def elapsed(since: datetime) -> str:
    """The time since then: ``{{ asset.submitted_at|elapsed }}``. A script updates it while the page is open."""
    return formatting.duration(int((timezone.now() - since).total_seconds()))


@register.simple_tag
def locale(code: str) -> SafeString:
    """A language: its name, the native name if different, and the code in small print: ``{% locale "pt-BR" %}``."""
    known = locales.find(code, extra=[code])
    if known is None or known.name == code:
        return format_html('<span class="locale"><span class="locale-name">{}</span></span>', code)
    native: SafeString | str = ""
    if not known.name.startswith(known.native_name):
        direction = "rtl" if known.rtl else "ltr"
        native = format_html(
            '<span class="locale-native" lang="{}" dir="{}">{}</span>', known.code, direction, known.native_name
        )
    return format_html(
        '<span class="locale"><span class="locale-name">{}</span> {} <code class="locale-code">{}</code></span>',
        known.name,
        native,
        known.code,
    )


@register.filter
def locale_name(code: str) -> str:
    """The language's name alone, for sentences: ``{{ code|locale_name }}``."""
    return locales.display_name(code)


@register.filter
def locale_dir(code: str) -> str:
    """The language's text direction: ``dir="{{ code|locale_dir }}"``."""
    known = locales.find(code, extra=[code])
    return "rtl" if known and known.rtl else "ltr"


@register.simple_tag(takes_context=True)
def project_counts(context: Any, project: Any) -> dict[str, Any]:
    """The counts in a project's navigation for the reader: ``{% project_counts project as counts %}``."""
    return projects.counts(project.pk, context["user"])


@register.inclusion_tag("shared/_status_badge.html")
def badge(state: Any) -> dict[str, Any]:
    """A status as word, icon and colour. ``state`` has ``word``, ``icon``, ``tone`` and ``moving``."""
    return {"state": state}
