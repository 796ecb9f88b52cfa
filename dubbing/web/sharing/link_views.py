"""Share links as the project sees them: made, listed, looked into and revoked. Their address is shown once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dubbing.models import Asset, Delivery, Project, ShareLink, Version
from dubbing.models.share_links import ShareLinkQuerySet
from dubbing.platform import formatting, numbers
from dubbing.platform.errors import NotPossible
from dubbing.sharing import links
from dubbing.web.shared.users import signed_in
from dubbing.web.sharing import link_page as pages
from dubbing.web.sharing.forms import ShareForm

PAGE = 50
LOGGED = 200
"""Visits in the log of a link."""


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn share links on (``on=1``) or off."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    on = request.POST.get("on") == "1"
    links.switch(project, signed_in(request), on=on)
    text = gettext("Share links are on. Editors and owners can create them.")
    messages.success(request, text if on else gettext("Share links are off. None of them works now."))
    return redirect(reverse("project-settings", args=[pk]) + "#title-sharing")


@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """The links of a project, the latest first."""
    project = get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    number = numbers.whole(request.GET.get("page")) or 1
    listed = Paginator(_listed(request).filter(project=project), PAGE).get_page(number)
    context = {"project": project, "listed": listed, "lines": pages.lines(listed), "is_on": links.is_on(pk)}
    return render(request, "sharing/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def of_version(request: HttpRequest, pk: int) -> HttpResponse:
    """The links to a version; a POST makes one."""
    editable = Asset.objects.editable_by(request.user)
    related = ("dubbing__asset__project", "dubbing__asset__source")
    version = get_object_or_404(
        Version.objects.select_related(*related).filter(editable.reached_by("dubbing__asset")), pk=pk
    )
    asset = version.dubbing.asset
    form = ShareForm(request.POST or None, target=version, has_source=bool(asset.source and asset.source.key))
    context = {"version": version, "asset": asset}
    return _target_page(request, asset.project, form, ShareLink.objects.filter(version=version), context)


@require_http_methods(["GET", "HEAD", "POST"])
def of_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """The links to a delivery; a POST makes one."""
    editable = Project.objects.editable_by(request.user).values("pk")
    delivery = get_object_or_404(Delivery.objects.select_related("project").filter(project__in=editable), pk=pk)
    form = ShareForm(request.POST or None, target=delivery)
    made = ShareLink.objects.filter(delivery=delivery)
    return _target_page(request, delivery.project, form, made, {"delivery": delivery})


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One link: what it allows, and who used it."""
    link = get_object_or_404(_listed(request), pk=pk)
    context = {
        "project": link.project,
        "line": pages.lines([link])[0],
        "visits": link.visits.order_by("-last_at", "-pk")[:LOGGED],
        "may_revoke": ShareLink.objects.revocable_by(request.user).filter(pk=pk).exists(),
    }
    return render(request, "sharing/link.html", context)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a link at once."""
    link = get_object_or_404(ShareLink.objects.revocable_by(request.user), pk=pk)
    if ShareLink.objects.filter(pk=pk).revoke(signed_in(request)):
        text = gettext("Revoked the link for “%(name)s”. It no longer works.")
        messages.success(request, text % {"name": formatting.isolated(link.name)})
    return redirect("share-link", pk)


def _target_page(
    request: HttpRequest, project: Project, form: ShareForm, made: ShareLinkQuerySet, about: dict[str, Any]
) -> HttpResponse:
    """The page says the address itself, in the answer to this one request: it is stored nowhere."""
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            link, token = links.create(project, signed_in(request), form.new())
        except NotPossible as problem:
            form.add_error(None, str(problem))
        else:
            about |= {"made": link, "text": request.build_absolute_uri(reverse("guest", args=[token]))}
            form, status = type(form)(target=form.target, has_source="shows_source" in form.fields), 201
    rows = pages.lines(made.select_related("created_by")[:PAGE])
    context = about | {"project": project, "form": form, "lines": rows, "is_on": links.is_on(project.pk)}
    context["is_owner"] = Project.objects.is_owner(request.user, project.pk)
    return render(request, "sharing/share.html", context, status=422 if form.errors else status)


def _listed(request: HttpRequest) -> ShareLinkQuerySet:
    related = ("project", "created_by", "revoked_by", "version__dubbing__asset", "delivery")
    return ShareLink.objects.shown_to(request.user).select_related(*related)
