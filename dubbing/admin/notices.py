"""Mails with notices: what waits to be sent, and why it was not taken."""

from __future__ import annotations

from django.contrib import admin

from dubbing.admin.base import LookOnly
from dubbing.models import Mail


@admin.register(Mail)
class MailAdmin(LookOnly):
    """Nobody types or deletes these; the portal tries again by itself."""

    list_display = ("recipient", "rhythm", "status", "next_at", "tries", "problem", "made_at", "sent_at")
    list_filter = ("status", "rhythm")
    list_select_related = ("recipient",)
    searched_by, searched_by_user = ("message_id",), "recipient"
