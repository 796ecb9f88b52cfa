"""How many words each dub is judged by. What was dubbed before is counted when somebody first judges it."""

import django.db.models.deletion
from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ('dubbing', '0037_review_notices'),
    ]

    operations = [
        migrations.CreateModel(
            name='JudgedWords',
            fields=[
                ('dubbing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='judged_words', serialize=False, to='dubbing.dubbing')),
                ('count', models.PositiveIntegerField()),
                ('origin', models.CharField(choices=[('source', 'Source transcript'), ('target', 'Subtitles')], max_length=6)),
            ],
            options={
                'verbose_name_plural': 'judged words',
            },
        ),
    ]
