"""The types of issues, by dimension, and their weights. Based on MQM, adapted to dubs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dubbing.models.reviews import IssueKind, Severity

DIMENSIONS = {
    _("Terminology"): [IssueKind.WRONG_TERM],
    _("Accuracy"): [IssueKind.MISTRANSLATION, IssueKind.OMISSION, IssueKind.ADDITION, IssueKind.UNTRANSLATED],
    _("Language"): [IssueKind.GRAMMAR, IssueKind.PRONUNCIATION],
    _("Style and locale"): [IssueKind.STYLE, IssueKind.LOCALE],
    _("Sync, voice, mix"): [IssueKind.SYNC, IssueKind.VOICE, IssueKind.MIX],
}
"""The twelve types of the card, in its order."""

WEIGHTS = {Severity.NEUTRAL: 0, Severity.MINOR: 1, Severity.MAJOR: 5, Severity.CRITICAL: 25}
"""Penalty of one issue."""

GUIDANCE = {
    Severity.NEUTRAL: _("Worth knowing. Nothing to fix."),
    Severity.MINOR: _("Noticeable, but nobody misunderstands it."),
    Severity.MAJOR: _("Viewers are misled, or clearly disturbed."),
    Severity.CRITICAL: _("Must not be published. It fails whatever the score."),
}
