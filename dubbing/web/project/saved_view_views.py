"""Saved views of a project's videos, and the row size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from dubbing.models import ListChoice, Project, RowHeight, SavedView
from dubbing.platform import formatting
from dubbing.web.project import video_filters
from dubbing.web.shared.users import signed_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    _Form = forms.ModelForm[SavedView]
else:
    _Form = forms.ModelForm

MOST = 50
"""Maximum number for one person in one project."""


class SavedViewForm(_Form):
    """Its name, and whether other members see it."""

    class Meta:
        model = SavedView
        fields = ("name", "shared")
        labels = {"name": _("Name"), "shared": _("Share with all members of the project")}
        help_texts = {"shared": ""}

    def clean_name(self) -> str:
        """The name on one line."""
        return formatting.one_line(self.cleaned_data["name"])


@require_POST
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the filters of an address under a name, replacing an existing view of that name."""
    project, user = get_object_or_404(Project.objects.visible_to(request.user), pk=pk), signed_in(request)
    filters = video_filters.parse(QueryDict(request.POST.get("query", "")[:2000]))
    name = formatting.one_line(request.POST.get("name", ""))[:60]
    shared = bool(request.POST.get("shared"))
    mine = SavedView.objects.filter(project=project, owner=user)
    if not name:
        messages.error(request, gettext("Enter a name for the view."))
    elif mine.count() >= MOST and not mine.filter(name=name).exists():
        most = gettext("You can save up to %(count)s views in a project. Delete one to save another.")
        messages.error(request, most % {"count": MOST})
    else:
        values = {"query": filters.query[: SavedView.LONGEST_QUERY], "shared": shared}
        SavedView.objects.update_or_create(project=project, owner=user, name=name, defaults=values)
        messages.success(request, gettext("Saved the view “%(name)s”.") % {"name": formatting.isolated(name)})
    return redirect(_address(project.pk, filters.query))


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int, view_pk: int) -> HttpResponse:
    """Rename, share or delete a view; its page says that the videos stay."""
    view = _view(pk, view_pk, signed_in(request))
    if request.method == "POST" and request.POST.get("do") == "delete":
        view.delete()
        messages.success(request, gettext("Deleted the view “%(name)s”.") % {"name": formatting.isolated(view.name)})
        return redirect("project", pk)
    form = SavedViewForm(request.POST or None, instance=view)
    if request.method == "POST" and form.is_valid() and _saved(form):
        return redirect(_address(pk, view.query))
    return render(request, "project/saved_view.html", {"project": view.project, "view": view, "form": form})


@require_POST
def set_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the height of rows for this person on all their devices."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    if request.POST.get("rows") in RowHeight.values:
        ListChoice.objects.update_or_create(user=signed_in(request), defaults={"rows": request.POST["rows"]})
    return redirect(_address(project.pk, video_filters.parse(QueryDict(request.POST.get("query", "")[:2000])).query))


def _view(pk: int, view_pk: int, user: User) -> SavedView:
    views = SavedView.objects.editable_by(user).select_related("project")
    return get_object_or_404(views, pk=view_pk, project=pk)


def _saved(form: SavedViewForm) -> bool:
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        form.add_error("name", gettext("A saved view with this name already exists. Choose another name."))
        return False
    return True


def _address(pk: int, query: str) -> str:
    return reverse("project", args=[pk]) + (f"?{query}" if query else "")
