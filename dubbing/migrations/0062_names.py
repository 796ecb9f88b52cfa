from django.db import migrations, models


class Migration(migrations.Migration):
    """Attributes get other names, columns keep theirs, so that older code can run beside this."""

    dependencies = [
        ('dubbing', '0061_api_tokens'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField(model_name='batchrow', old_name='words', new_name='problems'),
                migrations.AlterField(
                    model_name='batchrow',
                    name='problems',
                    field=models.JSONField(db_column='words', default=list, help_text='A list of problems: [field, message].'),
                ),
                migrations.RenameField(model_name='hold', old_name='words', new_name='message'),
                migrations.AlterField(
                    model_name='hold',
                    name='message',
                    field=models.CharField(blank=True, db_column='words', help_text='The provider’s message.', max_length=500),
                ),
            ],
        ),
    ]
