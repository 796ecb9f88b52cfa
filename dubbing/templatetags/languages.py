"""Template tags for the interface language."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import get_language

from dubbing.accounts import languages
from dubbing.platform import translations

register = template.Library()


@register.simple_tag
def script_texts() -> str:
    """The address of the texts that scripts show on this page; an empty string for English, which scripts contain."""
    language = get_language() or ""
    texts = translations.script_texts(language)
    return reverse("script-texts", args=[language, texts.fingerprint]) if texts else ""


@register.simple_tag(takes_context=True)
def interface_languages(context: dict[str, Any]) -> dict[str, Any]:
    """``offered``: languages with their names; ``chosen``: the code that the reader chose, or an empty string."""
    user = context.get("user")
    return {"offered": languages.offered(), "chosen": languages.language_of(user) if user else ""}
