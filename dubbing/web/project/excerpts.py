"""Excerpts of transcripts and subtitles around the words of a search: "In Spanish subtitles: … the harbour …"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import F, IntegerField, Value
from django.db.models.functions import Greatest, Lower, StrIndex, Substr

from dubbing.models import Asset, Dubbing, text_search
from dubbing.web.shared.asset_lists import Excerpt

if TYPE_CHECKING:
    from django.db.models import QuerySet

BEFORE, READ, SHOWN = 240, 600, 90
"""Characters that are read before a word, and in all; and shown on either side of it."""
_TAGS = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")


def find(asset_ids: Iterable[int], project_id: int, query: str) -> dict[int, Excerpt]:
    """The line of each of these assets that has most of the words, in a fixed number of queries."""
    words = text_search.words_of(query)
    spoken = text_search.among(Asset.objects.filter(pk__in=list(asset_ids)), project_id, query)
    if not words or not spoken:
        return {}
    longest = max(words, key=len)
    best: dict[int, tuple[int, Excerpt]] = {}
    for asset_id, locale, piece in _pieces(spoken, longest):
        text = _line(piece, longest)
        count = len(set(words) & set(text_search.words_of(text)))
        if text and count > best.get(asset_id, (0,))[0]:
            best[asset_id] = count, Excerpt(locale, text)
    # Found through a capital letter that this database does not know: the text has it, but the place is unknown.
    return {pk: best[pk][1] if pk in best else Excerpt("", "") for pk in spoken}


def _pieces(asset_ids: set[int], word: str) -> Iterable[tuple[int, str, str]]:
    """The surroundings of the word in each text that has it, rather than whole texts."""
    transcripts = _around(Asset.objects.filter(pk__in=asset_ids), "source_srt", word)
    subtitles = _around(Dubbing.objects.filter(asset__in=asset_ids).order_by("asset", "locale"), "srt", word)
    yield from ((pk, "", piece) for pk, piece in transcripts.values_list("pk", "piece"))
    yield from subtitles.values_list("asset_id", "locale", "piece")


def _around(rows: QuerySet[Any], column: str, word: str) -> QuerySet[Any]:
    at = StrIndex(Lower(column), Value(word), output_field=IntegerField())
    begin = Greatest(F("at") - BEFORE, Value(1), output_field=IntegerField())
    having: QuerySet[Any] = rows.annotate(at=at).filter(at__gt=0).annotate(piece=Substr(column, begin, READ))
    return having


def _line(piece: str, word: str) -> str:
    """The line that has the word, cut to what fits."""
    lines = [" ".join(_TAGS.sub("", line).split()) for line in piece.splitlines()]
    line = next((line for line in lines if word in line.casefold() and "-->" not in line), "")
    at = line.casefold().find(word)
    begin, end = max(0, at - SHOWN), at + len(word) + SHOWN
    return f"{'…' if begin else ''}{line[begin:end]}{'…' if end < len(line) else ''}"
