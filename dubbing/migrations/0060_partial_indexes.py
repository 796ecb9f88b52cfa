

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dubbing', '0059_restored_hold'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='asset',
            name='copied_from',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='copies', to='dubbing.asset'),
        ),
        migrations.AlterField(
            model_name='asset',
            name='pilot_of',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pilots', to='dubbing.asset'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(condition=models.Q(('copied_from__isnull', False)), fields=['copied_from'], name='asset_by_original'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(condition=models.Q(('pilot_of__isnull', False)), fields=['pilot_of'], name='pilot_by_asset'),
        ),
        migrations.AddIndex(
            model_name='asset',
            index=models.Index(condition=models.Q(('status', 'draft')), fields=['project', 'created_by'], name='draft_by_project_and_maker'),
        ),
    ]
