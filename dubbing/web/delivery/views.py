"""Deliveries: a project's list, a new one, and one with its files and downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dubbing import tasks
from dubbing.delivery import deliverables as choosing
from dubbing.delivery import deliveries, labels
from dubbing.models import Batch, Delivery, Project
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.web.delivery import page as pages
from dubbing.web.delivery.forms import BESIDE, DeliveryForm
from dubbing.web.shared import bulk_forms
from dubbing.web.shared.live_lists import LiveList
from dubbing.web.shared.users import signed_in

if TYPE_CHECKING:
    from dubbing.delivery.deliverables import Deliverable


@require_safe
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the deliveries of a project, latest first."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    number = numbers.whole(request.GET.get("page")) or 1
    live_list = LiveList(
        request, ("deliveries", pk, number), lambda: pages.list_deliveries(pk, number), follows_events=False
    )
    may_share = Project.objects.editable_by(request.user).filter(pk=pk).exists()
    context = {"project": project, "may_share": may_share}
    return live_list.answer("page", "delivery/_list.html", "delivery/list.html", lambda: context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """Create a delivery.

    ``?assets=7,8``: of these videos, or ``batch=3``; ``part=preview``: what the choice amounts to.
    """
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    user = signed_in(request)
    deliverables = _deliverables(request, project)
    given = request.POST or (request.GET if request.GET.get("part") else None)
    form = DeliveryForm(
        given,
        initial=DeliveryForm.beginning(deliverables, deliveries.pattern_of(project)),
        deliverables=deliverables,
        may_keep_pattern=Project.objects.is_owner(user, project.pk),
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _created(request, project, form)
        except NotPossible as problem:
            form.add_error(None, str(problem))
    if given:
        form.is_valid()
    context = {"project": project, "form": form, "deliverables": deliverables, "preview": pages.preview(form)}
    context |= {"more": numbers.whole(request.GET.get("more")), "beside": [form[name] for name in BESIDE]}
    wanted = form.wanted()
    context["unlabelled"] = (wanted.audio or wanted.multitrack) and labels.policy_of(project.pk) is not None
    return render(request, "delivery/_preview.html" if request.GET.get("part") else "delivery/new.html", context)


def _deliverables(request: HttpRequest, project: Project) -> list[Deliverable]:
    user = signed_in(request)
    ids = bulk_forms.read_ids(request.GET.get("assets", ""))
    if number := numbers.whole(request.GET.get("batch")):
        batches = Batch.objects.owned_by(user).filter(project=project, pk=number)
        ids += list(batches.values_list("rows__asset", flat=True).order_by("rows__number"))
    return choosing.of_assets(project, user, [pk for pk in ids if pk])


def _created(request: HttpRequest, project: Project, form: DeliveryForm) -> HttpResponse:
    data = form.cleaned_data
    delivery = deliveries.create_delivery(
        project,
        signed_in(request),
        form.chosen(),
        form.wanted(),
        pattern=data["pattern"],
        recipients=data["recipients"],
        days=data["days"],
    )
    if data.get("keep_pattern"):
        deliveries.keep_pattern(project, data["pattern"])
    if deliveries.is_ready_at_once(delivery):
        deliveries.prepare(delivery.pk)
    else:
        tasks.prepare_delivery.enqueue(delivery.pk)
    files = list(delivery.entries.all()[:2])
    if len(files) == 1 and files[0].key:
        return redirect("delivery-file", delivery.pk, files[0].pk)
    return redirect("delivery", delivery.pk)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one delivery. ``?part=``: the part that the page polls while it is being prepared."""
    user = signed_in(request)
    delivery = get_object_or_404(Delivery.objects.visible_to(user).select_related("project"), pk=pk)
    live_list = LiveList(request, ("delivery", pk, user.pk), lambda: pages.build(pk, user), follows_events=False)
    context = {"project": delivery.project}
    return live_list.answer("page", "delivery/_delivery.html", "delivery/page.html", lambda: context)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """End it early. The list of its contents stays."""
    user = signed_in(request)
    delivery = get_object_or_404(Delivery.objects.visible_to(user), pk=pk)
    if not pages.may_delete(delivery, user):
        messages.error(request, gettext("Only the person who created a delivery and project owners can delete it."))
        return redirect("delivery", pk)
    deliveries.end(delivery)
    messages.success(request, gettext("Delivery deleted. Its list of files and the final videos are kept."))
    return redirect("deliveries", delivery.project_id)
