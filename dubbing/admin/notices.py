"""Admin pages of notices, and of the emails that follow them: which are waiting, and why they were not accepted."""

from __future__ import annotations

from django.contrib import admin

from dubbing.admin.base import LookOnly
from dubbing.models import Mail, Notice, NoticeChoice, NoticeCursor


@admin.register(Mail)
class MailAdmin(LookOnly):
    """Nobody types or deletes these; the portal retries automatically."""

    list_display = ("recipient", "rhythm", "status", "next_at", "tries", "problem", "made_at", "sent_at")
    list_filter = ("status", "rhythm")
    list_select_related = ("recipient",)
    searched_by, searched_by_user = ("message_id",), "recipient"


@admin.register(Notice)
class NoticeAdmin(LookOnly):
    """What people were notified of, and the email that contained it."""

    list_display = ("recipient", "kind", "asset", "project", "locale", "created_at", "read_at", "mail")
    list_filter = ("kind",)
    search_fields = ("asset__name", "recipient__username")
    searched_by, searched_by_asset, searched_by_user = ("asset__remote_id",), "asset", "recipient"
    list_select_related = ("recipient", "asset", "project", "mail__recipient")


@admin.register(NoticeChoice)
class NoticeChoiceAdmin(LookOnly):
    """Why somebody gets emails of a kind, or none."""

    list_display = ("user", "kind", "project", "rhythm")
    list_filter = ("kind", "rhythm")
    search_fields = ("user__username", "project__name")
    list_select_related = ("user", "project")


@admin.register(NoticeCursor)
class NoticeCursorAdmin(LookOnly):
    """How far events were read for notices: it stops if no process reads them."""

    list_display = ("last_id", "gaps")
