from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Every three letters of a name in a row, each with the project in front. The index has all of these and no others, so
# that a word which only other projects have is not in it.
TRIGRAMS = """
CREATE FUNCTION dubbing_project_trigrams(project bigint, name text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT project || ' ' || substr(upper(name), at, 3))
  FROM generate_series(1, length(upper(name)) - 2) AS at
$$
"""
INDEX = "CREATE INDEX asset_by_name_in_project ON dubbing_asset USING gin (dubbing_project_trigrams(project_id, name))"


def index_names(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On PostgreSQL. SQLite's index of a project's names is made by ``dubbing.models.name_search``."""
    if schema_editor.connection.vendor == "postgresql":
        # Our connections give up after thirty seconds; a large table takes longer.
        schema_editor.execute("SET LOCAL statement_timeout = 0")
        schema_editor.execute(TRIGRAMS)
        schema_editor.execute(INDEX)
        # How often each occurs decides whether the index is used.
        schema_editor.execute("ANALYZE dubbing_asset")


def forget_names(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS asset_by_name_in_project")
        schema_editor.execute("DROP FUNCTION IF EXISTS dubbing_project_trigrams(bigint, text)")


class Migration(migrations.Migration):

    dependencies = [
        ('dubbing', '0014_superseded_versions'),
    ]

    operations = [
        migrations.RunPython(index_names, forget_names),
    ]
