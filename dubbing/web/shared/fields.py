"""Form fields for times, decimal numbers and subtitles."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from dubbing.platform import formatting, json_values, numbers

_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,6}(?:[.,]\d{1,6})?)", re.ASCII)


class LineField(forms.Field):
    """Text on one line."""

    def to_python(self, value: Any) -> str:
        """The text without control characters; an empty string for nothing."""
        return formatting.one_line(str(value or ""))


class SecondsField(forms.Field):
    """A moment in a video: ``9.5``, ``1:09.5`` or ``0:01:09.500``, with a point or a comma. Cleans to seconds.

    It is shown as ``00:01:09.500``, or as it was entered if it is invalid.
    """

    def prepare_value(self, value: Any) -> Any:
        """The value for the page."""
        try:
            seconds = self.to_python(value)
        except ValidationError:
            return value
        return "" if seconds is None else formatting.clock(round(seconds * 1000))

    def to_python(self, value: Any) -> float | None:
        """Seconds, or None for a blank."""
        text = str(value if value is not None else "").strip().removesuffix("s").strip()
        if not text:
            return None
        match = _TIME.fullmatch(text)
        if match is None:
            raise ValidationError(_unreadable(text), code="invalid")
        hours, minutes, seconds = match[1], match[2], float(match[3].replace(",", "."))
        if (minutes and seconds >= 60) or (hours and int(minutes) >= 60):
            raise ValidationError(_unreadable(text), code="invalid")
        return round((int(hours or 0) * 60 + int(minutes or 0)) * 60 + seconds, 3)


def _unreadable(text: str) -> str:
    message = gettext("“%(text)s” is not a time. Use seconds (9.5) or minutes and seconds (1:09.5).")
    return message % {"text": text[:30]}


class FigureField(forms.Field):
    """A number within limits, with a decimal point or comma; ``whole``: only whole numbers."""

    def __init__(self, low: float, high: float, whole: bool = False, **kwargs: Any) -> None:
        self.low, self.high, self.whole = low, high, whole
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> float | int | None:
        """The number, or None for a blank."""
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        figure = numbers.figure(text, low=self.low, high=self.high)
        if figure is None or (self.whole and not figure.is_integer()):
            message = gettext("“%(text)s” is not valid. Enter a number from %(low)s to %(high)s.")
            if self.whole:
                message = gettext("“%(text)s” is not valid. Enter a whole number from %(low)s to %(high)s.")
            limits = {"low": formatting.number(self.low, digits=3), "high": formatting.number(self.high, digits=3)}
            raise ValidationError(message, code="invalid", params={"text": text[:30], **limits})
        return int(figure) if self.whole else figure


class CodesField(forms.Field):
    """Several locale codes; a single one or a list."""

    widget = forms.CheckboxSelectMultiple

    def to_python(self, value: Any) -> list[str]:
        """The codes as they were sent, without blank ones."""
        values = [value] if isinstance(value, str) else json_values.texts(value)
        return [code.strip() for code in values if code.strip()]


class TextFileField(forms.Field):
    """The contents of a text file: ``str`` if pasted, or ``bytes`` whose encoding is unknown."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str | bytes:
        """The contents; an empty string for nothing."""
        if isinstance(value, bytes):
            return value
        text = str(value or "")
        return text if text.strip() else ""


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice of people, by their names."""

    def label_from_instance(self, person: User) -> str:
        """The person's name."""
        return formatting.person(person)
