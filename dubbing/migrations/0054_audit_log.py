import hashlib
import json
from datetime import UTC

import django.db.models.deletion
from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

KINDS = [
    ('request', 'Change'), ('download', 'Download'), ('signed_in', 'Signed in'),
    ('sign_in_failed', 'Sign-in failed'), ('signed_out', 'Signed out'), ('token_created', 'Token created'),
    ('token_revoked', 'Token revoked'), ('webhook_created', 'Webhook created'),
    ('webhook_changed', 'Webhook changed'), ('webhook_secret', 'Webhook secret replaced'),
    ('webhook_deleted', 'Webhook deleted'), ('webhook_disabled', 'Webhook turned off'),
    ('sharing_on', 'Share links turned on'), ('sharing_off', 'Share links turned off'),
    ('link_created', 'Share link created'), ('link_revoked', 'Share link revoked'),
]


def chain(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Number the events that are there, name their people and projects, and hash them (AuditEvent.facts)."""
    event_model, head_model = apps.get_model('dubbing', 'AuditEvent'), apps.get_model('dubbing', 'AuditHead')
    position, previous = 0, ''
    for event in event_model.objects.select_related('actor', 'project').order_by('pk').iterator(2000):
        position += 1
        event.position, event.previous = position, previous
        event.actor_name = event.actor.username if event.actor else ''
        event.project_name = event.project.name if event.project else ''
        event.details = json.dumps(event.data, sort_keys=True, ensure_ascii=False)
        facts = {
            'position': position, 'at': event.at.astimezone(UTC).isoformat(timespec='microseconds'),
            'kind': event.kind, 'subject': event.subject, 'actor': event.actor_id, 'actor_name': event.actor_name,
            'project': event.project_id, 'project_name': event.project_name, 'address': '', 'request_id': '',
            'details': event.details, 'previous': previous,
        }
        text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(',', ':'))
        event.hash = previous = hashlib.sha256(text.encode()).hexdigest()
        event.save()
    head_model.objects.create(pk=1, position=position, hash=previous)


class Migration(migrations.Migration):

    dependencies = [
        ('dubbing', '0053_share_links'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.BigIntegerField(default=0)),
                ('hash', models.CharField(blank=True, max_length=64)),
            ],
        ),
        # Events outlive what they name, and no row of them changes any more.
        migrations.AlterField(
            model_name='auditevent', name='actor',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='auditevent', name='project',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='dubbing.project'),
        ),
        migrations.RemoveConstraint(model_name='auditevent', name='known_audit_kind'),
        migrations.AlterField(
            model_name='auditevent', name='kind', field=models.CharField(choices=KINDS, max_length=20),
        ),
        migrations.AlterField(model_name='auditevent', name='at', field=models.DateTimeField(db_index=True)),
        migrations.AddField(
            model_name='auditevent', name='actor_name',
            field=models.CharField(blank=True, default='', max_length=150, verbose_name='person'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditevent', name='project_name',
            field=models.CharField(blank=True, default='', max_length=200, verbose_name='project'), preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditevent', name='address',
            field=models.CharField(blank=True, default='', help_text='The network address it came from.', max_length=45),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditevent', name='request_id', field=models.CharField(blank=True, default='', max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(model_name='auditevent', name='details', field=models.TextField(default='{}')),
        migrations.AddField(
            model_name='auditevent', name='previous', field=models.CharField(blank=True, default='', max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditevent', name='hash', field=models.CharField(default='', max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(model_name='auditevent', name='position', field=models.BigIntegerField(null=True)),
        migrations.RunPython(chain, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='auditevent', name='position',
            field=models.BigIntegerField(help_text='Its place in the log, counted from 1.', unique=True),
        ),
        migrations.RemoveField(model_name='auditevent', name='data'),
        migrations.AlterModelOptions(
            name='auditevent',
            options={'ordering': ['-position'], 'verbose_name': 'audit event', 'verbose_name_plural': 'audit events'},
        ),
        migrations.AddConstraint(
            model_name='auditevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', [value for value, _label in KINDS])), name='known_audit_kind'),
        ),
        migrations.AddIndex(
            model_name='auditevent', index=models.Index(fields=['actor_name', '-position'], name='audit_by_actor_name'),
        ),
        migrations.AddIndex(
            model_name='auditevent', index=models.Index(fields=['project_name', '-position'], name='audit_by_project_name'),
        ),
        migrations.AddIndex(
            model_name='auditevent', index=models.Index(fields=['address', '-position'], name='audit_by_address'),
        ),
        migrations.AddIndex(
            model_name='auditevent', index=models.Index(fields=['request_id', '-position'], name='audit_by_request_id'),
        ),
    ]
