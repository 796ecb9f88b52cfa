"""Admin page of paid requests, with the decisions that only a person can make about them."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing import tasks
from dubbing.admin.base import LookOnly, OfAsset, note
from dubbing.minutes import costs
from dubbing.minutes.costs import Cost
from dubbing.models import Submission
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.submissions import reconciliation


class BindForm(forms.Form):
    """The id that ops read on the provider's own pages."""

    remote_id = forms.RegexField(
        r"^[A-Za-z0-9._~:=@+-]{1,128}$",
        label=_("Video ID at the provider"),
        help_text=_("The name of the video there starts with our reference. We check the ID before we bind it."),
        error_messages={
            "invalid": _(
                "An ID can contain only letters, digits and . _ ~ : = @ + -. Copy it from the provider’s page."
            )
        },
    )


@dataclass(frozen=True, slots=True)
class _Paid:
    """A request that would be paid for."""

    submission: Submission
    cost: Cost

    @property
    def minutes(self) -> str:
        """Its minutes as people read them; empty if the length is unknown."""
        return "" if self.cost.total is None else formatting.minutes(self.cost.total / 1000)


def _cost(submission: Submission) -> Cost:
    asker = [submission.asked_by_id] if submission.asked_by_id else []
    return costs.cost_of(submission.asset, looked_by=asker, languages=len(submission.locales))


@admin.register(Submission)
class SubmissionAdmin(LookOnly):
    """View a submission; settle one whose outcome is unknown."""

    list_display = (
        "reference",
        "asset",
        "locale",
        "status",
        "needs_person",
        "remote_id",
        "sent_at",
        "next_at",
    )
    list_filter = ("status", "needs_person", OfAsset, "kind", "sent_at")
    search_fields = ("reference", "remote_id", "candidate_id", "asset__name")
    searched_by = ("reference", "remote_id", "candidate_id")
    searched_by_asset = "asset"
    list_select_related = ("asset",)
    exclude = ("token_hash", "lease_token")
    actions = ("bind", "never_created", "requeue")

    @admin.action(description=_("Bind to a remote ID…"), permissions=["operate"])
    def bind(self, request: HttpRequest, queryset: QuerySet[Submission]) -> TemplateResponse | None:
        """Ask for the id, then have the asset checked and bound."""
        submission = queryset.first()
        if submission is None or queryset.count() > 1:
            self.message_user(request, gettext("Select exactly one submission to bind."), messages.ERROR)
            return None
        form = BindForm(request.POST if "bind" in request.POST else None)
        if not form.is_valid():
            context = {**self.admin_site.each_context(request), "form": form, "submission": submission}
            context |= {"title": gettext("Bind to a remote ID"), "opts": self.opts, "checkbox": ACTION_CHECKBOX_NAME}
            return TemplateResponse(request, "admin/dubbing/bind.html", context)
        self._try(request, submission, gettext("%(reference)s: checking the ID."), form.cleaned_data["remote_id"])
        return None

    @admin.action(description=_("Never created: send again…"), permissions=["operate"])
    def never_created(self, request: HttpRequest, queryset: QuerySet[Submission]) -> TemplateResponse | None:
        """Show the cost, then send each chosen one again: somebody made sure the provider does not have it."""
        lost = [
            unknown
            for unknown in queryset.select_related("asset__source")
            if unknown.status == Submission.Status.UNKNOWN
        ]
        if lost and "confirmed" not in request.POST:
            return self._ask(request, "never_created", lost, list(queryset), gettext("Send again"))
        for submission in queryset.select_related("asset"):
            self._try(request, submission, gettext("%(reference)s: being sent again."))
        return None

    @admin.action(description=_("Try or check now…"), permissions=["operate"])
    def requeue(self, request: HttpRequest, queryset: QuerySet[Submission]) -> TemplateResponse | None:
        """Process it now. Anything not sent yet will be paid for, so that takes a confirmation."""
        waiting = queryset.filter(status__in=Submission.OPEN).select_related("asset__source")
        unsent = [candidate for candidate in waiting if candidate.status == Submission.Status.READY]
        if unsent and "confirmed" not in request.POST:
            return self._ask(request, "requeue", unsent, list(queryset), gettext("Send now"))
        for submission in waiting:
            soon = {"next_at": timezone.now(), "needs_person": False}
            Submission.objects.filter(pk=submission.pk, status__in=Submission.OPEN).update(**soon)
            note(request, submission.asset, "re-queue", reference=submission.reference)
            tasks.submit.enqueue(submission.pk)
        message = ngettext(
            "%(count)s submission is being tried again now. Submissions that are already decided stay as they are.",
            "%(count)s submissions are being tried again now. Submissions that are already decided stay as they are.",
            len(waiting),
        )
        self.message_user(request, message % {"count": len(waiting)})
        return None

    def _ask(
        self, request: HttpRequest, action: str, paid: list[Submission], chosen: list[Submission], button: str
    ) -> TemplateResponse:
        """A page that says what pressing its button pays for. ``paid``: the chosen submissions that cost minutes."""
        rows = [_Paid(submission, _cost(submission)) for submission in paid]
        known = sum(row.cost.known for row in rows)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "checkbox": ACTION_CHECKBOX_NAME}
        context |= {"title": f"{button}?", "action": action, "rows": rows, "chosen": chosen, "button": button}
        context |= {"together": formatting.minutes(known / 1000), "unknown": sum(not row.minutes for row in rows)}
        return TemplateResponse(request, "admin/dubbing/send_again.html", context)

    def _try(self, request: HttpRequest, submission: Submission, done: str, remote_id: str = "") -> None:
        try:
            if remote_id:
                reconciliation.bind_by_hand(submission, remote_id, request.user)  # type: ignore[arg-type]
                tasks.submit.enqueue(submission.pk)
            else:
                retry = reconciliation.never_created_by_hand(submission, request.user)  # type: ignore[arg-type]
                tasks.submit.enqueue(retry.pk)
        except NotPossible as problem:
            self.message_user(request, f"{submission.reference}: {problem}", messages.ERROR)
        else:
            self.message_user(request, done % {"reference": submission.reference})
