"""How many words a dub is judged by: what its issues are divided by. Counted when texts change, not when pages ask."""

from __future__ import annotations

from typing import TypeAlias

from django.db import models
from django.utils.translation import gettext_lazy as _

from dubbing import subtitles
from dubbing.models.assets import Asset
from dubbing.models.dubbings import Dubbing


class WordOrigin(models.TextChoices):
    """Whose words they are."""

    SOURCE = "source", _("Source transcript")
    TARGET = "target", _("Subtitles")


class JudgedWords(models.Model):
    """The words inside the trim: of the source's transcript, or of the subtitles where there is none to count.

    A dub without a row has neither, or only texts in scripts that part no words.
    """

    Origin: TypeAlias = WordOrigin

    dubbing = models.OneToOneField(Dubbing, on_delete=models.CASCADE, primary_key=True, related_name="judged_words")
    count = models.PositiveIntegerField()
    origin = models.CharField(max_length=6, choices=WordOrigin.choices)

    class Meta:
        verbose_name_plural = "judged words"

    def __str__(self) -> str:
        return f"{self.dubbing_id} · {self.count}"


def recount(asset_id: int) -> None:
    """Count the words of all dubs of an asset. Called in the transaction that changes its texts."""
    asset = Asset.objects.filter(pk=asset_id).values_list("source_srt", "start", "end").first()
    if asset is None:
        return
    texts = Dubbing.objects.filter(asset=asset_id).order_by("pk").values_list("pk", "srt")
    counted = counts(*asset, dict(texts))
    JudgedWords.objects.filter(dubbing__asset=asset_id).exclude(dubbing__in=counted).delete()
    JudgedWords.objects.bulk_create(
        (JudgedWords(dubbing_id=pk, count=count, origin=origin) for pk, (count, origin) in counted.items()),
        update_conflicts=True,
        unique_fields=["dubbing"],
        update_fields=["count", "origin"],
    )


def ensure(dubbing: Dubbing) -> None:
    """Count the words of a dub that somebody judges, if they were not counted when it was sent."""
    if not JudgedWords.objects.filter(dubbing=dubbing.pk).exists():
        recount(dubbing.asset_id)


def of_dubbing(dubbing: Dubbing) -> tuple[int, str] | None:
    """The words of a dub and whose they are; None where there are none to count."""
    row = JudgedWords.objects.filter(dubbing=dubbing.pk).values_list("count", "origin").first()
    asset = dubbing.asset
    return row or counts(asset.source_srt, asset.start, asset.end, {dubbing.pk: dubbing.srt}).get(dubbing.pk)


def counts(
    source: str, start: float | None, end: float | None, texts: dict[int, str]
) -> dict[int, tuple[int, WordOrigin]]:
    """The words of each dub and whose they are, by the dub's id; only of those that have some."""
    if spoken := _words(source, start, end):
        return dict.fromkeys(texts, (spoken, WordOrigin.SOURCE))
    counted = {pk: _words(text, start, end) for pk, text in texts.items()}
    return {pk: (count, WordOrigin.TARGET) for pk, count in counted.items() if count}


def _words(text: str, start: float | None, end: float | None) -> int | None:
    if not text.strip():
        return None
    try:
        cues = subtitles.read(text).cues
    except subtitles.SubtitleError:
        # A transcript without times: how much of it is inside a trim cannot be told.
        return subtitles.count_words(text) if start is None and end is None else None
    return subtitles.count_words(" ".join(cue.text for cue in subtitles.shift_and_clip(cues, start, end)))
