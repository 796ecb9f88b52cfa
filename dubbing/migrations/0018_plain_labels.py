"""Labels and help texts in plain English. Nothing in the database changes."""

import django.db.models.deletion
import django.utils.timezone
import dubbing.providers
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dubbing', '0017_turnaround'),
    ]

    operations = [
        migrations.AlterField(
            model_name='asset',
            name='asked_at',
            field=models.DateTimeField(help_text='When someone last asked to check with the provider.', null=True),
        ),
        migrations.AlterField(
            model_name='asset',
            name='auto_generate',
            field=models.CharField(choices=[('off', 'Edit in the studio first'), ('with_lips', 'Finished video with lip sync'), ('no_lips', 'Finished video, lip sync off')], default='with_lips', max_length=10),
        ),
        migrations.AlterField(
            model_name='asset',
            name='consent',
            field=models.CharField(blank=True, help_text='Where the speakers’ consent is recorded.', max_length=200),
        ),
        migrations.AlterField(
            model_name='asset',
            name='duration',
            field=models.FloatField(help_text='Seconds, as reported by the provider. For information: minutes are counted from our own measurement.', null=True),
        ),
        migrations.AlterField(
            model_name='asset',
            name='options',
            field=models.JSONField(default=dict, help_text='Options that only some providers support, by name.'),
        ),
        migrations.AlterField(
            model_name='asset',
            name='override_reason',
            field=models.TextField(blank=True, help_text='Why the project’s policy was overridden for this video.'),
        ),
        migrations.AlterField(
            model_name='asset',
            name='typed',
            field=models.JSONField(default=dict, help_text='The draft’s form values, until it is submitted.'),
        ),
        migrations.AlterField(
            model_name='asset',
            name='typed_bytes',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='The size of the form values, or of the texts of an unchanged copy.'),
        ),
        migrations.AlterField(
            model_name='asset',
            name='waits_for_person',
            field=models.BooleanField(db_default=False, default=False, help_text='One language is waiting for a person while others are in progress.'),
        ),
        migrations.AlterField(
            model_name='attempt',
            name='begun_at',
            field=models.DateTimeField(db_index=True, help_text='When the first counted attempt was made.'),
        ),
        migrations.AlterField(
            model_name='attempt',
            name='who',
            field=models.CharField(help_text='An IP address, a user or an email address.', max_length=254),
        ),
        migrations.AlterField(
            model_name='batchrow',
            name='checks',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='How many times the row was checked.'),
        ),
        migrations.AlterField(
            model_name='batchrow',
            name='given',
            field=models.JSONField(default=dict, help_text='The original row: column name to text.'),
        ),
        migrations.AlterField(
            model_name='batchrow',
            name='milliseconds',
            field=models.BigIntegerField(default=0, help_text='The cost, weighted.'),
        ),
        migrations.AlterField(
            model_name='batchrow',
            name='number',
            field=models.PositiveIntegerField(help_text='Counted from 1, in the order of the files or of the manifest.'),
        ),
        migrations.AlterField(
            model_name='batchrow',
            name='stale',
            field=models.BooleanField(default=True, help_text='The row changed since it was last checked.'),
        ),
        migrations.AlterField(
            model_name='batchrow',
            name='status',
            field=models.CharField(choices=[('problem', 'Needs fixing'), ('good', 'Ready to send'), ('sent', 'Sent'), ('refused', 'Not sent')], default='problem', max_length=10),
        ),
        migrations.AlterField(
            model_name='batchrow',
            name='waits_for',
            field=models.ForeignKey(help_text='The video that is still uploading.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='dubbing.upload'),
        ),
        migrations.AlterField(
            model_name='batchrow',
            name='words',
            field=models.JSONField(default=list, help_text='A list of problems: [field, message].'),
        ),
        migrations.AlterField(
            model_name='dubbing',
            name='booked',
            field=models.BooleanField(db_default=False, default=False, help_text='Completed, and its minutes are recorded: the sweep skips it.'),
        ),
        migrations.AlterField(
            model_name='dubbing',
            name='warning',
            field=models.CharField(blank=True, help_text='What to check in the result.', max_length=40),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('created', 'Draft created'), ('submitted', 'Submitted'), ('sending', 'Request started'), ('accepted', 'Accepted by the provider'), ('refused', 'Refused by the provider'), ('held', 'Put on hold'), ('answer_lost', 'Answer lost'), ('looked_for', 'Checked with the provider'), ('abandoned', 'Confirmed as never carried out'), ('duplicate', 'Duplicate found at the provider'), ('needs_person', 'Waiting for an administrator'), ('settled', 'Decided manually'), ('callback', 'Callback received'), ('status', 'Status changed'), ('late', 'Later than usual'), ('stuck', 'Much later than usual'), ('dubbing_status', 'Language status changed'), ('unknown_word', 'Unknown status from the provider'), ('sync_failed', 'Could not reach the provider'), ('length_differs', 'Provider reports a different length'), ('kept', 'Result saved'), ('keep_failed', 'Result could not be saved'), ('locales_added', 'Languages added'), ('revised', 'Sent back to editing'), ('approval_asked', 'Approval requested'), ('approved', 'Approved'), ('given_back', 'Changes requested'), ('overridden', 'Policy overridden'), ('pilot', 'Pilot created'), ('retried', 'Tried again as a new video'), ('ops', 'Action in the admin site')], max_length=20),
        ),
        migrations.AlterField(
            model_name='hold',
            name='reason',
            field=models.CharField(choices=[('key', 'The API key is not accepted'), ('account', 'The account has reached a limit'), ('throttled', 'Too many requests'), ('down', 'The provider is not responding')], max_length=12),
        ),
        migrations.AlterField(
            model_name='hold',
            name='words',
            field=models.CharField(blank=True, help_text='The provider’s message.', max_length=500),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='closed',
            field=models.BooleanField(db_default=False, default=False, help_text='For a reservation: another entry closes it.'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='month',
            field=models.DateField(help_text='The first day of the month it counts toward.'),
        ),
        migrations.AlterField(
            model_name='link',
            name='duration',
            field=models.FloatField(help_text='Seconds, if we could measure it from the start and end of the file.', null=True),
        ),
        migrations.AlterField(
            model_name='link',
            name='looked_at',
            field=models.DateTimeField(default=django.utils.timezone.now, help_text='When it was last checked, or when the current check began.'),
        ),
        migrations.AlterField(
            model_name='link',
            name='next_at',
            field=models.DateTimeField(db_index=True, help_text='When to check it next.', null=True),
        ),
        migrations.AlterField(
            model_name='link',
            name='provider',
            field=models.CharField(blank=True, help_text='The provider that would download it.', max_length=40),
        ),
        migrations.AlterField(
            model_name='link',
            name='size',
            field=models.BigIntegerField(help_text='Bytes, if the server reports it.', null=True),
        ),
        migrations.AlterField(
            model_name='link',
            name='status',
            field=models.CharField(choices=[('checking', 'Being checked'), ('good', 'Can be used'), ('refused', 'Cannot be used')], max_length=10),
        ),
        migrations.AlterField(
            model_name='link',
            name='tries',
            field=models.PositiveSmallIntegerField(default=0, help_text='Checks started since it was requested.'),
        ),
        migrations.AlterField(
            model_name='monthlytotal',
            name='milliseconds',
            field=models.BigIntegerField(default=0, help_text='The sum of the month’s ledger entries across all projects.'),
        ),
        migrations.AlterField(
            model_name='monthlyuse',
            name='milliseconds',
            field=models.BigIntegerField(default=0, help_text='The sum of the month’s ledger entries.'),
        ),
        migrations.AlterField(
            model_name='policy',
            name='approval_above',
            field=models.PositiveIntegerField(blank=True, help_text='Videos that cost more minutes need an owner’s approval. Leave blank for no limit.', null=True),
        ),
        migrations.AlterField(
            model_name='policy',
            name='consent_required',
            field=models.BooleanField(default=False, help_text='Every video needs a consent reference.'),
        ),
        migrations.AlterField(
            model_name='policy',
            name='least_anonymization',
            field=models.FloatField(default=0.0, help_text='From 0 to 1. 0 sets no minimum.'),
        ),
        migrations.AlterField(
            model_name='policy',
            name='no_lips',
            field=models.BooleanField(default=False, help_text='Lip sync is off in this project.'),
        ),
        migrations.AlterField(
            model_name='preset',
            name='is_default',
            field=models.BooleanField(default=False, help_text='New drafts start with this preset.'),
        ),
        migrations.AlterField(
            model_name='project',
            name='monthly_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='Minutes that the project may use each month. Leave blank for no limit.', null=True),
        ),
        migrations.AlterField(
            model_name='project',
            name='provider',
            field=models.CharField(default=dubbing.providers.default_name, help_text='For new videos, unless another one is chosen.', max_length=20),
        ),
        migrations.AlterField(
            model_name='result',
            name='checked_at',
            field=models.DateTimeField(default=django.utils.timezone.now, help_text='When it last matched the provider’s copy.'),
        ),
        migrations.AlterField(
            model_name='submission',
            name='candidate_id',
            field=models.CharField(blank=True, help_text='An id entered by an administrator, or an unpaid job.', max_length=128),
        ),
        migrations.AlterField(
            model_name='submission',
            name='empty_at',
            field=models.DateTimeField(help_text='When a complete check after the waiting time found nothing.', null=True),
        ),
        migrations.AlterField(
            model_name='submission',
            name='error_message',
            field=models.TextField(blank=True, help_text='The provider’s message.'),
        ),
        migrations.AlterField(
            model_name='submission',
            name='kind',
            field=models.CharField(choices=[('create', 'Create the video'), ('add_locales', 'Add languages')], default='create', max_length=12),
        ),
        migrations.AlterField(
            model_name='submission',
            name='locale',
            field=models.CharField(blank=True, help_text='The language it is for, if the provider dubs one per job or it was sent again separately.', max_length=20),
        ),
        migrations.AlterField(
            model_name='submission',
            name='looks',
            field=models.PositiveSmallIntegerField(default=0, help_text='How many times we checked for the outcome.'),
        ),
        migrations.AlterField(
            model_name='submission',
            name='lost_at',
            field=models.DateTimeField(help_text='When we stopped waiting for an answer.', null=True),
        ),
        migrations.AlterField(
            model_name='submission',
            name='reference',
            field=models.CharField(help_text='Part of the video’s name at the provider.', max_length=24, unique=True),
        ),
        migrations.AlterField(
            model_name='submission',
            name='status',
            field=models.CharField(choices=[('ready', 'To be sent'), ('sending', 'Being sent'), ('accepted', 'Accepted'), ('refused', 'Refused'), ('unknown', 'Outcome unknown'), ('abandoned', 'Never carried out'), ('duplicate', 'Duplicate, carried out late'), ('superseded', 'Failed at the provider, sent again')], default='ready', max_length=10),
        ),
        migrations.AlterField(
            model_name='submission',
            name='tries',
            field=models.PositiveSmallIntegerField(default=0, help_text='Requests started in this attempt.'),
        ),
        migrations.AlterField(
            model_name='term',
            name='rule',
            field=models.CharField(choices=[('required', 'Required translation'), ('forbidden', 'Forbidden word')], default='required', max_length=10),
        ),
        migrations.AlterField(
            model_name='upload',
            name='announced_sha256',
            field=models.CharField(blank=True, help_text='The SHA-256 stated by the sender, in hex.', max_length=64),
        ),
        migrations.AlterField(
            model_name='upload',
            name='duration',
            field=models.FloatField(help_text='Seconds, as we measured.', null=True),
        ),
        migrations.AlterField(
            model_name='upload',
            name='expires_at',
            field=models.DateTimeField(help_text='When an unfinished upload is removed.', null=True),
        ),
        migrations.AlterField(
            model_name='upload',
            name='preview',
            field=models.CharField(choices=[('none', 'Not needed yet'), ('waiting', 'Being created'), ('ready', 'Created'), ('failed', 'Could not be created')], default='none', max_length=10),
        ),
        migrations.AlterField(
            model_name='upload',
            name='proxy_key',
            field=models.CharField(blank=True, help_text='A copy that browsers can play. It is never sent for dubbing.', max_length=120),
        ),
        migrations.AlterField(
            model_name='upload',
            name='sha256',
            field=models.CharField(blank=True, db_index=True, help_text='The SHA-256 of the received file, in hex.', max_length=64),
        ),
        migrations.AlterField(
            model_name='upload',
            name='verification',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='The version of our check that last verified it.'),
        ),
        migrations.AlterField(
            model_name='version',
            name='by_hand',
            field=models.BooleanField(default=False, help_text='Sent back to editing, or generating failed: from now on only a person generates the final video.'),
        ),
        migrations.AlterField(
            model_name='version',
            name='keep',
            field=models.CharField(choices=[('none', 'Nothing to save'), ('waiting', 'Being saved'), ('kept', 'Saved'), ('stuck', 'Could not be saved'), ('placeholder', 'Placeholder received')], default='none', max_length=12),
        ),
        migrations.AlterField(
            model_name='version',
            name='superseded',
            field=models.BooleanField(db_default=False, default=False, help_text='Belongs to an earlier attempt: the language was sent again.'),
        ),
    ]
