"""What My work groups by: lengths that nobody looked at yet, and what owners gave back."""

from typing import Any

from django.conf import settings
from django.db import migrations, models


def note_lengths(apps: Any, schema_editor: Any) -> None:
    """Results of doubtful length that were there before."""
    doubtful = apps.get_model("dubbing", "Dubbing").objects.exclude(warning="").values("asset")
    apps.get_model("dubbing", "Asset").objects.filter(pk__in=doubtful).update(check_length=True)


def note_returned(apps: Any, schema_editor: Any) -> None:
    """Drafts that were given back with a reason, and not sent since."""
    assets, events = apps.get_model("dubbing", "Asset").objects, apps.get_model("dubbing", "Event").objects
    kinds = ["approval_asked", "given_back", "submitted"]
    last = events.filter(asset=models.OuterRef("asset"), kind__in=kinds).order_by("-id").values("id")[:1]
    back = events.filter(kind="given_back", id=models.Subquery(last), data__has_key="why").values("asset")
    assets.filter(pk__in=back, status__in=["draft", "refused"]).update(returned=True)


class Migration(migrations.Migration):
    dependencies = [
        ("dubbing", "0019_coverage_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Draft created"),
                    ("submitted", "Submitted"),
                    ("sending", "Request started"),
                    ("accepted", "Accepted by the provider"),
                    ("refused", "Refused by the provider"),
                    ("held", "Put on hold"),
                    ("answer_lost", "Answer lost"),
                    ("looked_for", "Checked with the provider"),
                    ("abandoned", "Confirmed as never carried out"),
                    ("duplicate", "Duplicate found at the provider"),
                    ("needs_person", "Waiting for an administrator"),
                    ("settled", "Decided manually"),
                    ("callback", "Callback received"),
                    ("status", "Status changed"),
                    ("late", "Later than usual"),
                    ("stuck", "Much later than usual"),
                    ("dubbing_status", "Language status changed"),
                    ("unknown_word", "Unknown status from the provider"),
                    ("sync_failed", "Could not reach the provider"),
                    ("length_differs", "Provider reports a different length"),
                    ("kept", "Result saved"),
                    ("keep_failed", "Result could not be saved"),
                    ("locales_added", "Languages added"),
                    ("revised", "Sent back to editing"),
                    ("approval_asked", "Approval requested"),
                    ("approved", "Approved"),
                    ("given_back", "Changes requested"),
                    ("length_checked", "Doubtful length said to be right"),
                    ("overridden", "Policy overridden"),
                    ("pilot", "Pilot created"),
                    ("retried", "Tried again as a new video"),
                    ("ops", "Action in the admin site"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="asset",
            name="check_length",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A result has a doubtful length, and nobody said that it is right.",
            ),
        ),
        migrations.AddField(
            model_name="asset",
            name="returned",
            field=models.BooleanField(
                db_default=False, default=False, help_text="An owner gave it back, and it was not sent since."
            ),
        ),
        migrations.RunPython(note_lengths, migrations.RunPython.noop),
        migrations.RunPython(note_returned, migrations.RunPython.noop),
    ]
