"""Find assets by what is said in them: the words of a transcript and of all subtitles, one row for each asset.

A word is stored as a short code that every database treats as a word, so that both find the same in every script. In
scripts that do not separate words, each pair of adjacent letters counts as a word. PostgreSQL has an index of codes
prefixed with the project (created by a migration), SQLite a full-text table whose row numbers begin with the project:
a word that only other projects use costs a search nothing. Texts of drafts are private to their authors and left out.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from collections.abc import Iterable
from typing import Any

from django.db import connections, models
from django.db.models import Max, Min, QuerySet

from dubbing.models import judged_words
from dubbing.models.assets import Asset, AssetQuerySet
from dubbing.models.dubbings import Dubbing
from dubbing.models.projects import Project

MOST_WORDS = 20_000
"""Most distinct words stored for one asset. Hours of speech in a dozen languages have fewer."""
_BITS = 40
PART_BITS = 13
"""PostgreSQL's index groups assets into parts by their ids without this many low bits."""
_TIMES = re.compile(r"^\s*\d+\s*$|^.*-->.*$|<[^<>]*>|\{\\[^{}]*\}", re.MULTILINE)
# Letters and digits with their combining marks, which Python's \w leaves out.
_MARKS = r"\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e"
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
# Scripts that do not separate words: Chinese, Japanese, Thai, Lao, Burmese, Khmer.
_RUNS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


class SubtitleWords(models.Model):
    """The words of one asset, as codes separated by spaces."""

    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, primary_key=True, related_name="subtitle_words")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    words = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["project", "-asset"], name="subtitle_words_by_project")]
        verbose_name_plural = "subtitle words"

    def __str__(self) -> str:
        return str(self.asset_id)


def refresh(asset_id: int) -> None:
    """Store the words of an asset's texts, and how many words its dubs are judged by.

    Call it in the transaction that changes the texts or moves the asset.
    """
    judged_words.recount(asset_id)
    asset = Asset.objects.filter(pk=asset_id).values_list("project_id", "source_srt", "status").first()
    if asset is None:
        return
    project_id, source, status = asset
    texts = Dubbing.objects.filter(asset=asset_id).exclude(srt="").order_by().values_list("srt", flat=True)
    words = codes_of([source, *texts]) if status != Asset.Status.DRAFT else []
    if words:
        values = {"project_id": project_id, "words": " ".join(words[:MOST_WORDS])}
        SubtitleWords.objects.update_or_create(asset_id=asset_id, defaults=values)
    else:
        SubtitleWords.objects.filter(asset_id=asset_id).delete()


def words_of(text: str) -> list[str]:
    """The distinct words of a text or a search, in order."""
    plain = _TIMES.sub(" ", text).casefold()
    found: dict[str, None] = {}
    for word in _WORD.findall(plain):
        for part in _parts(word):
            found[part] = None
    return list(found)


def codes_of(texts: Iterable[str]) -> list[str]:
    """The codes of all distinct words of these texts."""
    return [_code(word) for word in dict.fromkeys(word for text in texts for word in words_of(text))]


def newest(project_id: int, query: str, most: int, *, before: int | None = None) -> list[int]:
    """The ids of a project's newest assets, whoever may see them, whose texts have all words of the query."""
    codes = codes_of([query])
    if not codes:
        return []
    rows = SubtitleWords.objects.filter(project=project_id)
    if connections[rows.db].vendor == "sqlite":
        return _newest_on_sqlite(rows, project_id, codes, most, before)
    return _newest_on_postgresql(rows, project_id, codes, most, before)


def among(assets: AssetQuerySet, project_id: int, query: str) -> set[int]:
    """The ids of those of a few assets of the project whose texts have all words of the query."""
    codes = codes_of([query])
    ids = set(assets.order_by().values_list("pk", flat=True)) if codes else set()
    if not ids:
        return set()
    rows = SubtitleWords.objects.filter(project=project_id)
    if connections[rows.db].vendor == "sqlite":
        first, last = min(ids), max(ids)
        return ids & set(_newest_on_sqlite(rows, project_id, codes, last - first + 1, last + 1, first))
    parts = sorted({pk >> PART_BITS for pk in ids}, reverse=True)
    statement, values = _in_parts(project_id, codes, parts)
    with connections[rows.db].cursor() as cursor:
        cursor.execute(statement, values)
        return ids & {pk for (pk,) in cursor.fetchall()}


_MATCHING = (
    "SELECT rowid - %s FROM dubbing_words_by_project"
    " WHERE dubbing_words_by_project MATCH %s AND rowid > %s AND rowid < %s"
)
_NEWEST_FIRST = f"{_MATCHING} ORDER BY rowid DESC LIMIT %s"


def _newest_on_sqlite(
    rows: QuerySet[SubtitleWords], project_id: int, codes: list[str], most: int, before: int | None, since: int = 1
) -> list[int]:
    first = project_id << _BITS
    wanted = " AND ".join(f'"{code}"' for code in codes)
    values: list[int | str] = [first, wanted, first + since - 1, first + (before or 1 << _BITS), most]
    with connections[rows.db].cursor() as cursor:
        cursor.execute(_NEWEST_FIRST, values)
        return [pk for (pk,) in cursor.fetchall()]


_GROWTH = 4


def _newest_on_postgresql(
    rows: QuerySet[SubtitleWords], project_id: int, codes: list[str], most: int, before: int | None
) -> list[int]:
    """Search the newest part first, then ever larger groups of parts: a common word is found in the first."""
    ends = rows.aggregate(first=Min("asset"), last=Max("asset"))
    if ends["last"] is None:
        return []
    last = min(ends["last"], before - 1) if before else ends["last"]
    parts = list(range(last >> PART_BITS, (ends["first"] >> PART_BITS) - 1, -1))
    heads: list[str] = []
    values: list[Any] = []
    size = 1
    while parts:
        head, given = _in_parts(project_id, codes, parts[:size])
        heads.append(f"({head} AND asset_id + 0 <= %s ORDER BY asset_id + 0 DESC LIMIT %s)")
        values += [*given, last, most]
        parts, size = parts[size:], size * _GROWTH
    if not heads:
        return []
    with connections[rows.db].cursor() as cursor:
        # Evaluated one after the other; those after the last row that is wanted are not evaluated at all.
        statement = f"SELECT asset_id FROM ({' UNION ALL '.join(heads)}) AS heads LIMIT %s"  # noqa: S608 - no values
        cursor.execute(statement, [*values, most])
        return sorted((pk for (pk,) in cursor.fetchall()), reverse=True)


def _in_parts(project_id: int, codes: list[str], parts: list[int]) -> tuple[str, list[Any]]:
    """SQL for all assets that have the codes in these parts of the project, using only the index of parts."""
    having = " AND ".join(["dubbing_words_of_part(project_id, asset_id, words) && %s::text[]"] * len(codes))
    statement = f"SELECT asset_id FROM dubbing_subtitlewords WHERE {having}"  # noqa: S608 - no values in it
    return statement, [[f"{project_id}.{part} {code}" for part in parts] for code in codes]


def _parts(word: str) -> Iterable[str]:
    """The word; for runs without spaces, each pair of adjacent letters."""
    at = 0
    for run in _RUNS.finditer(word):
        if run.start() > at:
            yield word[at : run.start()]
        letters = run[0]
        yield from (letters[n : n + 2] for n in range(max(1, len(letters) - 1)))
        at = run.end()
    if at < len(word):
        yield word[at:]


def _code(word: str) -> str:
    return b32encode(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=5).digest()).decode().lower()
