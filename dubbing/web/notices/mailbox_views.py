"""Show the emails in the folder to superusers."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dubbing.web.notices import mailbox
from dubbing.web.shared.users import signed_in


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the newest mails."""
    _check(request)
    return render(request, "notices/mailbox.html", {"mails": mailbox.newest()})


@require_safe
def detail(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show one mail as text."""
    _check(request)
    mail = mailbox.find(name, number)
    if mail is None:
        raise Http404
    return render(request, "notices/mailbox_mail.html", {"mail": mail})


def _check(request: HttpRequest) -> None:
    if not mailbox.may_read(signed_in(request)):
        raise Http404
