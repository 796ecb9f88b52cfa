"""A transaction of its own: PostgreSQL does not change a table whose rows were changed in the same one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("dubbing", "0030_review_project")]

    operations = [
        migrations.RemoveIndex(model_name="review", name="review_by_reviewer"),
        migrations.AlterField(
            model_name="review",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                help_text="The asset’s, so that a project’s reviews are found by an index.",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reviews",
                to="dubbing.project",
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["project", "-id"], name="review_by_project"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["project", "status", "-id"], name="review_by_status"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                fields=["reviewer", "due_at", "id"],
                condition=models.Q(status__in=["to_review", "out_of_date"]),
                name="review_by_reviewer",
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                fields=["project", "id"],
                condition=models.Q(status__in=["to_review", "out_of_date"], reviewer=None),
                name="review_without_reviewer",
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                fields=["decided_by", "id"], condition=models.Q(status="to_review"), name="review_came_back"
            ),
        ),
    ]
