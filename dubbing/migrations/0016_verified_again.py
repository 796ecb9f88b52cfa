"""Which version of the verification has looked into a file: all that are there get another look, unless they were sent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dubbing", "0015_names_by_project")]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="verification",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="The version of our verification that looked into it last."
            ),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["status", "verification"], name="upload_by_verification"),
        ),
    ]
