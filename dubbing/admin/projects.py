"""Admin pages of projects with members and monthly minutes, and of providers on hold."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from dubbing.admin.base import ModelAdmin, ProviderFilter, TabularInline
from dubbing.models import Hold, Membership, Project, Review


class MembershipInline(TabularInline):
    """Who may do what."""

    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Project)
class ProjectAdmin(ModelAdmin):
    """Ops may create projects and manage members; a project with assets cannot be deleted."""

    list_display = ("name", "provider", "monthly_minutes", "created_at")
    list_filter = (ProviderFilter,)
    search_fields = ("name", "members__username", "members__email")
    inlines = (MembershipInline,)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fills in the minutes of new projects; blanking them is a decision."""
        return {"monthly_minutes": settings.NEW_PROJECT_MINUTES, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Project, form: ModelForm[Project], change: bool) -> None:
        """Records who created it."""
        if not change:
            obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Removes former members as reviewers, as the members page does."""
        super().save_formset(request, form, formset, change)
        for membership in formset.deleted_objects:
            Review.objects.unassign(membership.project_id, membership.user_id)


@admin.register(Hold)
class HoldAdmin(ModelAdmin):
    """Providers that accept nothing now. Deleting a hold makes the next request go out at once."""

    list_display = ("provider", "reason", "message", "since", "restored_from", "next_try_at")
    list_filter = ("reason", ProviderFilter)
    search_fields = ("provider", "message")
    readonly_fields = ("provider", "reason", "message", "since", "restored_from", "next_try_at")

    def has_add_permission(self, request: object) -> bool:
        """Holds come from the provider's answers."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A hold after a restore ends with ``manage.py reconcile``: requests would be paid for twice."""
        restored = obj is not None and obj.reason == Hold.Reason.RESTORED
        return not restored and super().has_delete_permission(request, obj)
