"""What a form that is still being filled in would cost: the same figures as ``services.costs``, without asking rows."""

from __future__ import annotations

from typing import Any

from dubbing.forms.assets import AssetForm
from dubbing.models import Asset
from dubbing.services.costs import Cost, weight


def planned(form: AssetForm, seconds: float | None) -> Cost:
    """The cost of so many seconds of the source in every chosen language, with the options as they are chosen."""
    data: dict[str, Any] = form.cleaned_data
    usual = Asset()
    finish = str(data.get("auto_generate") or usual.auto_generate)
    return Cost(seconds, weight(finish, str(data.get("lips_model") or usual.lips_model)), len(form.chosen_codes()))
