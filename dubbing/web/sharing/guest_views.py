"""What a share link opens: a version to play and comment on, or a delivery with its files. Nobody is signed in."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing.models import ShareVisit
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.sharing import guest_comments, links
from dubbing.web.sharing import guest_page as pages
from dubbing.web.sharing.forms import GuestCommentForm, PasswordForm
from dubbing.web.sharing.guests import Guest, for_guests, passed, shown_result


@require_safe
@for_guests
def page(guest: Guest) -> HttpResponseBase:
    """The version or the delivery; before that the password, if there is one. ``?side=source``: what is played."""
    if not guest.passed:
        return _render(guest, "sharing/password.html", {"form": PasswordForm()})
    if guest.request.method == "GET":
        guest.note(ShareVisit.Kind.OPENED)
    return _page(guest)


@require_POST
@for_guests
def password(guest: Guest) -> HttpResponseBase:
    """Give the password."""
    if guest.passed:
        return HttpResponseRedirect(guest.page)
    form = PasswordForm(guest.request.POST)
    if form.is_valid():
        if links.check_link_password(guest.link, form.cleaned_data["password"], guest.address):
            response = HttpResponseRedirect(guest.page)
            guest.remember(response, passed=True)
            return response
        guest.note(ShareVisit.Kind.WRONG_PASSWORD)
        form.add_error("password", gettext("Wrong password. Ask whoever sent you the link."))
    return _render(guest, "sharing/password.html", {"form": form}, status=422)


@require_POST
@passed
def comment(guest: Guest) -> HttpResponseBase:
    """Say something."""
    if not guest.link.may_comment:
        raise Http404
    result = shown_result(guest.link)
    form = GuestCommentForm(guest.request.POST)
    if form.is_valid():
        try:
            made = guest_comments.add(guest.link, result, **form.cleaned_data, address=guest.address)
        except NotPossible as problem:
            form.add_error(None, str(problem))
        else:
            named = Guest(guest.request, guest.link, guest.key, made.guest, passed=True)
            named.note(ShareVisit.Kind.COMMENTED)
            response = HttpResponseRedirect(f"{guest.page}#comment-{made.pk}")
            named.remember(response)
            return response
    return _page(guest, form, status=422)


def _page(guest: Guest, form: GuestCommentForm | None = None, *, status: int = 200) -> HttpResponseBase:
    if guest.link.delivery is not None:
        return _render(guest, "sharing/guest_delivery.html", {"page": pages.of_delivery(guest.link)}, form=False)
    query = guest.request.GET
    start = numbers.figure(query.get("t", ""), low=0, high=86_400)
    shown = pages.of_version(guest.link, side=query.get("side", ""), start=start or 0.0)
    form = form or GuestCommentForm(initial={"name": guest.name})
    context = {"page": shown, "form": form if guest.link.may_comment else None}
    return _render(guest, "sharing/guest_version.html", context, form=guest.link.may_comment, status=status)


def _render(
    guest: Guest, template: str, context: dict[str, Any], *, form: bool = True, status: int = 200
) -> HttpResponseBase:
    response = render(guest.request, template, context | {"guest": guest, "link": guest.link}, status=status)
    if form:
        response.headers["Referrer-Policy"] = "same-origin"
    return response
