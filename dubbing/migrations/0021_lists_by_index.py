"""Indexes of what My work groups by. By themselves: PostgreSQL indexes no table that was changed a moment ago."""

from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_time(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Our connections give up after thirty seconds; the indexes of large tables take longer."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")


class Migration(migrations.Migration):
    dependencies = [
        ("dubbing", "0020_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(take_time, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(
                condition=models.Q(("check_length", True)),
                fields=["created_by", "submitted_at"],
                name="asset_to_check_by_maker",
            ),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(
                condition=models.Q(("returned", True)),
                fields=["created_by", "id"],
                name="asset_returned_by_maker",
            ),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["project", "created_by", "-id"], name="asset_by_project_and_maker"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["project", "name", "id"], name="asset_by_project_and_name"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(
                condition=models.Q(("status__in", ["submitting", "held", "unconfirmed", "dubbing", "ready"])),
                fields=["project", "late_at"],
                name="open_asset_of_project_by_dl",
            ),
        ),
    ]
