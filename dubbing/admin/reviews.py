"""Admin pages of reviews and automatic checks: what is waiting, for whom, and why a check did not finish."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dubbing import tasks
from dubbing.admin.base import LookOnly, note
from dubbing.models import Comment, DefaultReviewer, ProjectThresholds, QualityReport, Review, ReviewPolicy


@admin.register(QualityReport)
class QualityReportAdmin(LookOnly):
    """View the checks of a result; have it checked again."""

    list_display = ("result", "status", "worst", "count", "tries", "next_at", "checked_at")
    list_filter = ("status", "worst", "checked_at")
    search_fields = ("result__sha256", "result__version__dubbing__asset__name")
    searched_by = ("result__sha256", "result__version__remote_id", "result__version__dubbing__asset__remote_id")
    searched_by_asset = "result__version__dubbing__asset"
    list_select_related = ("result__version__dubbing__asset",)
    exclude = ("lease_token",)
    actions = ("check_again",)

    @admin.action(description=_("Check again"), permissions=["operate"])
    def check_again(self, request: HttpRequest, queryset: QuerySet[QualityReport]) -> None:
        """Check it as if it had just been kept. Results that are waiting for their check are left alone."""
        chosen = list(queryset.select_related("result__version__dubbing__asset"))
        reports = [report for report in chosen if QualityReport.objects.ask_again(report.pk)]
        for report in reports:
            note(request, report.result.version.dubbing.asset, "check again", result=report.result_id)
            tasks.check_quality.enqueue(report.pk)
        message = ngettext(
            "Checking %(count)s result again. Results that wait for their check are skipped.",
            "Checking %(count)s results again. Results that wait for their check are skipped.",
            len(reports),
        )
        self.message_user(request, message % {"count": len(reports)})


@admin.register(Review)
class ReviewAdmin(LookOnly):
    """Who reviews what, and what exactly was approved. Decisions are made in the portal, by those who may."""

    list_display = ("dubbing", "project", "status", "reviewer", "due_at", "decided_by", "decided_at")
    list_filter = ("status",)
    search_fields = ("dubbing__asset__name", "reviewer__username")
    searched_by = ("dubbing__remote_id", "dubbing__asset__remote_id")
    searched_by_asset, searched_by_user = "dubbing__asset", "reviewer"
    list_select_related = ("dubbing__asset", "project", "reviewer", "decided_by")


@admin.register(Comment)
class CommentAdmin(LookOnly):
    """Comments on dubs, including deleted ones."""

    list_display = ("id", "dubbing", "author", "kind", "severity", "answer", "created_at", "resolved_at", "deleted_at")
    list_filter = ("kind", "severity", "answer")
    search_fields = ("dubbing__asset__name", "author__username")
    searched_by = ("id", "dubbing__remote_id", "dubbing__asset__remote_id")
    searched_by_asset, searched_by_user = "dubbing__asset", "author"
    list_select_related = ("dubbing__asset", "author")
    raw_id_fields = ("mentions",)


@admin.register(ReviewPolicy)
class ReviewPolicyAdmin(LookOnly):
    """How each project reviews."""

    list_display = ("project", "required", "two_steps", "makers_may_approve", "pass_mark", "answer_hours")
    list_filter = ("required", "two_steps")
    search_fields = ("project__name",)
    list_select_related = ("project",)


@admin.register(DefaultReviewer)
class DefaultReviewerAdmin(LookOnly):
    """Who reviews a language of a project unless somebody else is chosen."""

    list_display = ("project", "locale", "reviewer", "days")
    search_fields = ("project__name", "reviewer__username")
    list_select_related = ("project", "reviewer")


@admin.register(ProjectThresholds)
class ProjectThresholdsAdmin(LookOnly):
    """The limits from which projects want findings reported."""

    list_display = ("project", "figures", "changed_at")
    search_fields = ("project__name",)
    list_select_related = ("project",)
