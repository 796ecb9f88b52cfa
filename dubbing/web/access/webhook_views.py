"""Webhooks of a project, for its owners: their addresses, messages and outcomes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from dubbing import tasks
from dubbing.models import Project, Webhook
from dubbing.platform.errors import NotPossible
from dubbing.web.access import webhook_log
from dubbing.web.access.webhook_form import WebhookForm
from dubbing.web.shared.live_lists import LiveList
from dubbing.web.shared.users import signed_in
from dubbing.webhooks import endpoints


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the webhooks of a project; a POST creates one, whose secret is shown once."""
    project = get_object_or_404(Project.objects.owned_by(request.user), pk=pk)
    form = WebhookForm(request.POST or None, initial={"kinds": Webhook.Kind.values})
    if request.method == "POST" and form.is_valid():
        try:
            made = endpoints.create(project, form.cleaned_data["url"], form.cleaned_data["kinds"], signed_in(request))
        except NotPossible as problem:
            form.add_error(None, str(problem))
        else:
            return _page(request, made, text=endpoints.secrets_of(made)[0], status=201)
    context = {"project": project, "webhooks": project.webhooks.all(), "form": form}
    return render(request, "access/webhooks.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one webhook with its log; a POST changes, tests or deletes it, or gives it a new secret."""
    webhook = get_object_or_404(Webhook.objects.owned_by(request.user).select_related("project"), pk=pk)
    if request.method != "POST":
        live_list = LiveList(request, ("webhook", pk), lambda: webhook_log.build(pk), follows_events=False)
        return live_list.answer(
            "log", "access/_webhook_log.html", "access/webhook.html", lambda: _context(webhook, form=None)
        )
    user, action = signed_in(request), request.POST.get("action")
    if action == "delete":
        endpoints.delete(webhook, user)
        messages.success(request, gettext("Webhook deleted."))
        return redirect("webhooks", webhook.project_id)
    if action == "secret":
        endpoints.replace_secret(webhook, user)
        return _page(request, webhook, text=endpoints.secrets_of(webhook)[0], status=201)
    if action == "test":
        tasks.send_webhook.enqueue(endpoints.send_test(webhook).pk)
        messages.success(request, gettext("A test message is on its way. The answer appears below."))
        return redirect("webhook", pk)
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _page(request, webhook, form=form, status=422)
    endpoints.change(webhook, form.cleaned_data["url"], form.cleaned_data["kinds"], user)
    messages.success(request, gettext("Webhook saved."))
    return redirect("webhook", pk)


@require_POST
def send_again(request: HttpRequest, pk: int, message_pk: int) -> HttpResponse:
    """Send a message again."""
    webhook = get_object_or_404(Webhook.objects.owned_by(request.user), pk=pk)
    message = get_object_or_404(webhook.messages, pk=message_pk)
    endpoints.send_again(message)
    tasks.send_webhook.enqueue(message.pk)
    messages.success(request, gettext("The message is being sent again. The answer appears below."))
    return redirect("webhook", pk)


def _page(
    request: HttpRequest, webhook: Webhook, *, status: int = 200, form: WebhookForm | None = None, **more: Any
) -> HttpResponse:
    context = _context(webhook, form) | {"log": webhook_log.build(webhook.pk)} | more
    return render(request, "access/webhook.html", context, status=status)


def _context(webhook: Webhook, form: WebhookForm | None) -> dict[str, Any]:
    form = form or WebhookForm(initial={"url": webhook.url, "kinds": webhook.kinds})
    return {"webhook": webhook, "project": webhook.project, "form": form}
