"""Choose the interface language, signed in or not; serve the texts of scripts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag, url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing.accounts import languages
from dubbing.platform import translations
from dubbing.web.language.cookie import keep_language

FOREVER = "public, max-age=31536000, immutable"


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Change the interface language. For signed-in people, it applies on every device and in emails."""
    language = request.POST.get("language", "")
    if language and language not in dict(languages.offered()):
        raise BadRequest("not a language of the interface")
    if isinstance(request.user, User):
        languages.choose_language(request.user, language)
        with translation.override(language or translation.get_language_from_request(request)):
            messages.success(request, gettext("Language saved."))
    response = HttpResponseRedirect(_next_page(request))
    keep_language(response, language)
    return response


@login_not_required
@require_safe
def script_texts(request: HttpRequest, language: str, fingerprint: str) -> HttpResponse:
    """Serve the texts of scripts, at an address that changes with them: browsers request it once."""
    texts = translations.script_texts(language) if language in dict(languages.offered()) else None
    if texts is None:
        raise Http404
    etag = quote_etag(texts.fingerprint)
    response = get_conditional_response(request, etag=etag) or HttpResponse(texts.body, "application/json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = FOREVER if fingerprint == texts.fingerprint else "no-cache"
    return response


def _next_page(request: HttpRequest) -> str:
    page = request.POST.get("next", "")
    hosts, secure = {request.get_host()}, request.is_secure()
    return page if url_has_allowed_host_and_scheme(page, hosts, require_https=secure) else reverse("work")
