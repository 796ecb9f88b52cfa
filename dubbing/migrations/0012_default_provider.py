"""The default provider is asked of the registrations. No database keeps a default of ours, so nothing runs there."""

from django.db import migrations, models

import dubbing.providers


class Migration(migrations.Migration):
    dependencies = [("dubbing", "0011_link_tries")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="asset",
                    name="provider",
                    field=models.CharField(default=dubbing.providers.default_name, max_length=20),
                ),
                migrations.AlterField(
                    model_name="project",
                    name="provider",
                    field=models.CharField(
                        default=dubbing.providers.default_name,
                        help_text="Of new assets, unless they choose.",
                        max_length=20,
                    ),
                ),
            ]
        )
    ]
