from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('dubbing', '0060_partial_indexes'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='apitoken',
            options={'ordering': ['-id'], 'verbose_name': 'API token', 'verbose_name_plural': 'API tokens'},
        ),
    ]
