"""Due dates, as people enter them."""

from __future__ import annotations

from datetime import date, datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class DueDateForm(forms.Form):
    """A form with a due date."""

    due = forms.DateField(
        required=False,
        label=_("Due date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Until the end of that day. Leave blank for no due date."),
    )

    def clean_due(self) -> date | None:
        """Today or a later day."""
        day: date | None = self.cleaned_data["due"]
        if day is not None and day < timezone.localdate() and "due" in self.changed_data:
            raise forms.ValidationError(gettext("This day has passed. Choose today or a later day."))
        if day is not None and day.year > timezone.localdate().year + 10:
            raise forms.ValidationError(gettext("Choose a day within the next ten years."))
        return day

    @property
    def due_at(self) -> datetime | None:
        """The end of the due date, if there is one. Only for a valid form."""
        day = self.cleaned_data["due"]
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59))) if day else None
