"""Reviews know their project: first for those that there are."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def note_projects(apps: Any, schema_editor: Any) -> None:
    reviews = apps.get_model("dubbing", "Review").objects.using(schema_editor.connection.alias)
    dubbings = apps.get_model("dubbing", "Dubbing").objects.filter(pk=models.OuterRef("dubbing_id"))
    reviews.update(project_id=models.Subquery(dubbings.values("asset__project_id")[:1]))


class Migration(migrations.Migration):

    dependencies = [("dubbing", "0029_bulk_actions")]

    operations = [
        migrations.AddField(
            model_name="review",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reviews",
                to="dubbing.project",
            ),
        ),
        migrations.RunPython(note_projects, migrations.RunPython.noop),
    ]
