"""How large each draft is. Those that are there get about their size, and the very one when they are saved again."""

from typing import Any

from django.db import migrations, models
from django.db.models.functions import Cast, Length


def measure_drafts(apps: Any, schema_editor: Any) -> None:
    assets = apps.get_model("dubbing", "Asset").objects.filter(status__in=["draft", "awaiting", "refused"])
    text = Cast("typed", models.TextField())
    assets.exclude(typed={}).update(typed_bytes=Length(text))


class Migration(migrations.Migration):
    dependencies = [("dubbing", "0012_default_provider")]

    operations = [
        migrations.AddField(
            model_name="asset",
            name="typed_bytes",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="How large that is, or the texts of a copy that nobody has changed yet.",
            ),
        ),
        migrations.RunPython(measure_drafts, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="asset",
            index=models.Index(fields=["created_by", "status", "typed_bytes"], name="asset_by_maker_and_size"),
        ),
    ]
