"""The way in through the identity provider, on the sign-in pages of the portal and of the admin site."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from dubbing.sign_in import single_sign_on

register = template.Library()


@register.inclusion_tag("account/_sso.html", takes_context=True)
def single_sign_on_button(context: template.Context) -> dict[str, Any]:
    """The button that leads to the provider; nothing where none is configured. ``{% single_sign_on_button %}``."""
    return {
        "on": single_sign_on.is_on(),
        "name": settings.OIDC_NAME,
        "next": context.get("next", ""),
        "primary": not settings.PASSWORD_SIGN_IN,
        "csrf_token": context.get("csrf_token"),
    }
