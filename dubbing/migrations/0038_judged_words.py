"""How many words each dub is judged by, also for what was dubbed before."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from dubbing.models import judged_words

SOME = 200


def count_words(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Of what was dubbed so far."""
    assets, dubbings, kept = (apps.get_model("dubbing", name) for name in ("Asset", "Dubbing", "JudgedWords"))
    last = 0
    while some := list(assets.objects.filter(pk__gt=last).order_by("pk").exclude(status="draft")[:SOME]):
        texts: dict[int, dict[int, str]] = {asset.pk: {} for asset in some}
        for pk, asset_id, srt in dubbings.objects.filter(asset__in=texts).values_list("pk", "asset_id", "srt"):
            texts[asset_id][pk] = srt
        for asset in some:
            counted = judged_words.counts(asset.source_srt, asset.start, asset.end, texts[asset.pk])
            kept.objects.bulk_create(
                kept(dubbing_id=pk, count=count, origin=origin) for pk, (count, origin) in counted.items()
            )
        last = some[-1].pk


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
        migrations.RunPython(count_words, migrations.RunPython.noop),
    ]
