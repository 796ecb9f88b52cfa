from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BOOKED = """
UPDATE dubbing_dubbing SET booked = TRUE WHERE status = 'completed' AND (
  NOT EXISTS (SELECT 1 FROM dubbing_ledgerentry l WHERE l.asset_id = dubbing_dubbing.asset_id)
  OR 'settle' = (
    SELECT l.kind FROM dubbing_ledgerentry l
    WHERE l.asset_id = dubbing_dubbing.asset_id AND l.locale = dubbing_dubbing.locale ORDER BY l.id DESC LIMIT 1
  )
)
"""
CLOSED = """
UPDATE dubbing_ledgerentry SET closed = TRUE WHERE kind = 'reserve' AND EXISTS (
  SELECT 1 FROM dubbing_ledgerentry c WHERE c.closes_id = dubbing_ledgerentry.id
)
"""


def take_the_time_it_takes(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Our connections give up after thirty seconds; a large table takes longer."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")


def index_names(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A part of a name is found by its trigrams. SQLite's index of them is made by ``dubbing.models.name_search``."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        schema_editor.execute("CREATE INDEX asset_by_name ON dubbing_asset USING gin (UPPER(name) gin_trgm_ops)")
        schema_editor.execute("CREATE INDEX upload_by_name ON dubbing_upload USING gin (UPPER(name) gin_trgm_ops)")


def forget_names(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS asset_by_name")
        schema_editor.execute("DROP INDEX IF EXISTS upload_by_name")


class Migration(migrations.Migration):
    dependencies = [
        ("dubbing", "0005_attempts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(take_the_time_it_takes, migrations.RunPython.noop),
        migrations.AddField(
            model_name="dubbing",
            name="booked",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Done, and the ledger says so: the sweep need not look any more.",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="closed",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Of a reservation: a line closes it. What is open is found by this.",
            ),
        ),
        migrations.RunSQL(BOOKED, migrations.RunSQL.noop),
        migrations.RunSQL(CLOSED, migrations.RunSQL.noop),
        migrations.RunPython(index_names, forget_names),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["created_by", "status", "-submitted_at"], name="asset_by_maker"),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(
                condition=models.Q(("status", "draft")), fields=["created_by", "-id"], name="draft_by_maker"
            ),
        ),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["created_by", "-id"], name="asset_by_maker_newest"),
        ),
        migrations.AddIndex(
            model_name="dubbing",
            index=models.Index(
                condition=models.Q(("booked", False), ("status", "completed")),
                fields=["id"],
                name="dubbing_to_be_booked",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("closed", False), ("kind", "reserve")), fields=["id"], name="ledger_reserved"
            ),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["preview", "status", "next_at"], name="upload_by_preview"),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["key"], name="upload_by_key"),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(
                condition=models.Q(("revise_asked_at__isnull", False)),
                fields=["next_revise_at"],
                name="version_to_be_revised",
            ),
        ),
    ]
