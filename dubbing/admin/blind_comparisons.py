"""Admin page of blind comparisons. While voting is open, it says no more than that people voted."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing.admin.base import LookOnly
from dubbing.models import BlindComparison
from dubbing.review import blind_comparisons


@admin.register(BlindComparison)
class BlindComparisonAdmin(LookOnly):
    """Read only. Administrators may be voters, so candidates and votes appear only when voting is closed, for all.

    Ballots and candidates have no pages of their own: a ballot stores which candidate its voter knows as A.
    """

    list_display = ("name", "project", "locale", "created_by", "voted", "created_at", "due_at", "closed_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("name", "project__name", "created_by__username")
    list_select_related = ("project", "created_by")
    readonly_fields = ("voted", "result")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BlindComparison]:
        """Comparisons with the numbers of voters and votes."""
        comparisons: QuerySet[BlindComparison] = super().get_queryset(request)
        votes = Count("ballots", filter=Q(ballots__choice__isnull=False))
        return comparisons.annotate(voter_count=Count("ballots"), vote_count=votes)

    @admin.display(description=_("Voted"))
    def voted(self, comparison: BlindComparison) -> str:
        """How many of the voters voted."""
        counts = {"voted": comparison.vote_count, "voters": comparison.voter_count}  # type: ignore[attr-defined]
        return gettext("%(voted)s of %(voters)s") % counts

    @admin.display(description=_("Result"))
    def result(self, comparison: BlindComparison) -> str:
        """The candidates with their votes and settings, once voting is closed."""
        if comparison.is_open:
            return gettext("Shown when voting is closed, so that nobody who votes learns it before.")
        counts = blind_comparisons.tally_of(comparison).counts
        lines = []
        for candidate in comparison.candidates.all():
            votes = ngettext("%(count)s vote", "%(count)s votes", counts[candidate.position])
            texts = [votes % {"count": counts[candidate.position]}]
            texts += [gettext("Winner")] if candidate.pk == comparison.winner_id else []
            settings = ", ".join(f"{name}: {value}" for name, value in sorted(candidate.settings.items()))
            lines.append((candidate.position + 1, " · ".join(texts), settings))
        return format_html_join("", "<p>{}. {}<br>{}</p>", lines)
