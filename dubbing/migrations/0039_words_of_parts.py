from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Codes with the project and a part of its assets in front: the part is the id without its last bits, see `text_search`.
# In plpgsql and said to cost much: it is not to be computed of every row instead of looked up in the index.
CODES = """
CREATE FUNCTION dubbing_words_of_part(project bigint, asset bigint, words text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT COST 10000 AS $$
DECLARE
  part text := project || '.' || (asset >> 13) || ' ';
BEGIN
  RETURN string_to_array(part || replace(words, ' ', ',' || part), ',');
END
$$
"""
INDEX = (
    "CREATE INDEX subtitle_words_in_part ON dubbing_subtitlewords"
    " USING gin (dubbing_words_of_part(project_id, asset_id, words))"
)

# As before: with the project alone in front.
CODES_BEFORE = """
CREATE FUNCTION dubbing_project_words(project bigint, words text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT string_to_array(project || ' ' || replace(words, ' ', ',' || project || ' '), ',')
$$
"""
INDEX_BEFORE = (
    "CREATE INDEX subtitle_words_in_project ON dubbing_subtitlewords"
    " USING gin (dubbing_project_words(project_id, words))"
)


def index_parts(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _replace(schema_editor, CODES, INDEX, "subtitle_words_in_project", "dubbing_project_words(bigint, text)")


def index_projects(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _replace(
        schema_editor,
        CODES_BEFORE,
        INDEX_BEFORE,
        "subtitle_words_in_part",
        "dubbing_words_of_part(bigint, bigint, text)",
    )


def _replace(schema_editor: BaseDatabaseSchemaEditor, codes: str, index: str, old_index: str, old_codes: str) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("SET LOCAL statement_timeout = 0")
    schema_editor.execute(codes)
    schema_editor.execute(index)
    schema_editor.execute(f"DROP INDEX IF EXISTS {old_index}")
    schema_editor.execute(f"DROP FUNCTION IF EXISTS {old_codes}")
    schema_editor.execute("ANALYZE dubbing_subtitlewords")


class Migration(migrations.Migration):
    dependencies = [
        ("dubbing", "0038_judged_words"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("status", "reviewed")), fields=["project", "id"], name="review_for_an_owner"
            ),
        ),
        migrations.RunPython(index_parts, index_projects),
        # The newest assets of a tag.
        migrations.RunSQL(
            "CREATE INDEX tagged_asset_by_tag ON dubbing_asset_tags (tag_id, asset_id)",
            "DROP INDEX tagged_asset_by_tag",
        ),
    ]
