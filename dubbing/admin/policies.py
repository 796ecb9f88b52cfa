"""Admin pages of policies, presets and terms, read only: owners change them in the portal, where they are validated."""

from __future__ import annotations

from django.contrib import admin

from dubbing.admin.base import LookOnly
from dubbing.models import ListChoice, Policy, Preset, SavedView, Term


@admin.register(Policy)
class PolicyAdmin(LookOnly):
    """The minimums of each project."""

    list_display = ("project", "least_anonymization", "consent_required", "no_lips", "approval_above", "changed_at")
    list_filter = ("consent_required", "no_lips")
    search_fields = ("project__name",)
    list_select_related = ("project",)


@admin.register(Preset)
class PresetAdmin(LookOnly):
    """Languages and options that drafts start with."""

    list_display = ("name", "project", "is_default", "created_by", "created_at")
    list_filter = ("is_default",)
    search_fields = ("name", "project__name")
    list_select_related = ("project", "created_by")


@admin.register(Term)
class TermAdmin(LookOnly):
    """Words that subtitles have to get right."""

    list_display = ("source", "target", "locale", "rule", "project")
    list_filter = ("rule", "locale")
    search_fields = ("source", "target", "note", "project__name")
    list_select_related = ("project",)


@admin.register(SavedView)
class SavedViewAdmin(LookOnly):
    """Named filters for a project's videos."""

    list_display = ("name", "project", "owner", "shared", "query")
    list_filter = ("shared",)
    search_fields = ("name", "project__name", "owner__username")
    list_select_related = ("project", "owner")


@admin.register(ListChoice)
class ListChoiceAdmin(LookOnly):
    """How lists look for each person."""

    list_display = ("user", "rows")
    list_filter = ("rows",)
    search_fields = ("user__username",)
    list_select_related = ("user",)
