import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Texts alone: no column changes."""

    dependencies = [
        ('dubbing', '0062_names'),
    ]

    operations = [
        migrations.AlterField(
            model_name='asset',
            name='in_place',
            field=models.BooleanField(db_default=False, default=False, help_text='A draft: once sent, it becomes the next attempt for the video that it was copied from.'),
        ),
        migrations.AlterField(
            model_name='blindcomparison',
            name='preset',
            field=models.ForeignKey(help_text='Created from the winner.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='dubbing.preset'),
        ),
        migrations.AlterField(
            model_name='comment',
            name='guest',
            field=models.CharField(blank=True, help_text='Who said it through a share link, in their own words.', max_length=80),
        ),
        migrations.AlterField(
            model_name='deliveryentry',
            name='passport',
            field=models.JSONField(default=dict, help_text='For a passport: all of it, because its file is deleted when the delivery ends.'),
        ),
        migrations.AlterField(
            model_name='dubbing',
            name='sent_settings',
            field=models.JSONField(default=dict, help_text='The settings the current attempt was sent with, if the video’s own settings are different.'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('failed', 'Failed'), ('approval', 'Needs your approval'), ('decided', 'Approval decided'), ('pilot', 'Pilot ready'), ('finished', 'Finished'), ('review', 'To review'), ('reviewed', 'Review decided'), ('mention', 'Mentioned in a comment'), ('vote', 'Blind comparison'), ('minutes', 'Minutes running low'), ('late', 'Late or stuck'), ('hold', 'Provider on hold'), ('webhook', 'Webhook turned off'), ('alert', 'Problem with the portal')], max_length=10),
        ),
        migrations.AlterField(
            model_name='noticechoice',
            name='kind',
            field=models.CharField(choices=[('failed', 'Failed'), ('approval', 'Needs your approval'), ('decided', 'Approval decided'), ('pilot', 'Pilot ready'), ('finished', 'Finished'), ('review', 'To review'), ('reviewed', 'Review decided'), ('mention', 'Mentioned in a comment'), ('vote', 'Blind comparison'), ('minutes', 'Minutes running low'), ('late', 'Late or stuck'), ('hold', 'Provider on hold'), ('webhook', 'Webhook turned off'), ('alert', 'Problem with the portal')], max_length=10),
        ),
        migrations.AlterField(
            model_name='submission',
            name='candidate_id',
            field=models.CharField(blank=True, help_text='An ID entered by an administrator, or an unpaid job.', max_length=128),
        ),
        migrations.AlterField(
            model_name='submission',
            name='sent_settings',
            field=models.JSONField(default=dict, help_text='The settings it was sent with, if the video’s own settings are different.'),
        ),
    ]
