"""What projects demand and reuse. Owners change it in the portal, where it is checked; here it is for reading."""

from __future__ import annotations

from django.contrib import admin

from dubbing.admin.base import LookOnly
from dubbing.models import Policy, Preset, Term


@admin.register(Policy)
class PolicyAdmin(LookOnly):
    """The minimums of each project."""

    list_display = ("project", "least_anonymization", "consent_required", "no_lips", "approval_above", "changed_at")
    list_filter = ("consent_required", "no_lips")
    search_fields = ("project__name",)
    list_select_related = ("project",)


@admin.register(Preset)
class PresetAdmin(LookOnly):
    """Languages and options that drafts begin with."""

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
