"""Admin pages of webhooks, their messages, and each attempt to send one."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dubbing import tasks
from dubbing.admin.base import LookOnly, TabularInline, note
from dubbing.models import Webhook, WebhookAttempt, WebhookMessage
from dubbing.webhooks import endpoints


@admin.register(Webhook)
class WebhookAdmin(LookOnly):
    """Read only: owners manage webhooks in the portal. Only the host of an address is shown: the rest may be secret."""

    list_display = ("address", "project", "created_by", "created_at", "failing_since", "disabled_at")
    list_filter = ("disabled_at", "created_at")
    search_fields = ("project__name", "created_by__username")
    list_select_related = ("project", "created_by")
    fields = readonly_fields = (
        "address", "project", "events", "created_by", "created_at", "previous_until", "failing_since", "disabled_at",
        "disabled_why",
    )  # fmt: skip

    @admin.display(description=_("Address"))
    def address(self, webhook: Webhook) -> str:
        """Its host."""
        return str(webhook)

    @admin.display(description=_("Events"))
    def events(self, webhook: Webhook) -> str:
        """The kinds of events it is called about."""
        return ", ".join(webhook.kind_labels)


class AttemptInline(TabularInline):
    """Each request with a message, newest first."""

    model = WebhookAttempt
    fields = readonly_fields = ("at", "status", "milliseconds", "answer", "problem")
    extra = 0
    can_delete = False


@admin.register(WebhookMessage)
class WebhookMessageAdmin(LookOnly):
    """Look at a message and its attempts; send it again."""

    list_display = ("made_at", "kind", "webhook", "asset", "status", "tries", "next_at")
    list_filter = ("status", "kind", "made_at")
    search_fields = ("message_id", "asset__name")
    searched_by, searched_by_asset = ("message_id", "asset__remote_id"), "asset"
    searched_by_project = "webhook__project"
    list_select_related = ("webhook", "asset")
    exclude = ("lease_token",)
    raw_id_fields = ("event", "asset")
    inlines = (AttemptInline,)
    actions = ("send_again",)

    @admin.action(description=_("Send again"), permissions=["operate"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookMessage]) -> None:
        """Send the chosen messages once more, with the same ids. Skips those of webhooks that are turned off."""
        chosen = list(queryset.filter(webhook__disabled_at=None).select_related("asset"))
        for message in chosen:
            endpoints.send_again(message)
            if message.asset:
                note(request, message.asset, "send a webhook message again", message=str(message.message_id))
            tasks.send_webhook.enqueue(message.pk)
        text = ngettext(
            "Sending %(count)s message again. Messages of webhooks that are turned off are skipped.",
            "Sending %(count)s messages again. Messages of webhooks that are turned off are skipped.",
            len(chosen),
        )
        self.message_user(request, text % {"count": len(chosen)})
