"""The number of words that a dub's issues are divided by. Counted when texts change, not when pages are shown."""

from __future__ import annotations

from typing import TypeAlias

from django.db import models
from django.utils.translation import gettext_lazy as _

from dubbing import subtitles
from dubbing.models.assets import Asset
from dubbing.models.dubbings import Dubbing
from dubbing.models.prepared import PreparedQuery


class WordOrigin(models.TextChoices):
    """Which text the words were counted in."""

    SOURCE = "source", _("Source transcript")
    TARGET = "target", _("Subtitles")


class JudgedWords(models.Model):
    """Number of words inside the trim.

    Counted in the source's transcript, or in the subtitles if the transcript cannot be counted. A dub without a row has
    neither, or only texts in scripts that do not separate words.
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
    """Count the words of all dubs of an asset. Call it in the transaction that changes the texts."""
    asset = Asset.objects.only("source_srt", "start", "end").filter(pk=asset_id).first()
    if asset is None:
        return
    dubbings = Dubbing.objects.filter(asset=asset_id).only("srt", "sent_settings").order_by("pk")
    alike = {dubbing.pk: dubbing.srt for dubbing in dubbings if not dubbing.sent_settings}
    counted = counts(asset.source_srt, asset.start, asset.end, alike)
    for dubbing in dubbings:
        if dubbing.sent_settings:
            counted |= _counts_of(dubbing, asset)
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
    """The number of words of a dub and their origin; None if there are none to count."""
    for count, origin in _JUDGED.rows(dubbing=dubbing.pk):
        return count, origin
    return _counts_of(dubbing, dubbing.asset).get(dubbing.pk)


def _judged(dubbing: int) -> models.QuerySet[JudgedWords, tuple[int, str]]:
    return JudgedWords.objects.filter(dubbing=dubbing).order_by().values_list("count", "origin")


_JUDGED = PreparedQuery(_judged, "dubbing")


def _counts_of(dubbing: Dubbing, asset: Asset) -> dict[int, tuple[int, WordOrigin]]:
    sent = dubbing.as_sent(asset)
    return counts(sent.source_srt, sent.start, sent.end, {dubbing.pk: dubbing.srt})


def counts(
    source: str, start: float | None, end: float | None, texts: dict[int, str]
) -> dict[int, tuple[int, WordOrigin]]:
    """The number of words and their origin by the dub's id; dubs without words are left out."""
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
        # A transcript without times: which part of it is inside a trim is unknown.
        return subtitles.count_words(text) if start is None and end is None else None
    return subtitles.count_words(" ".join(cue.text for cue in subtitles.shift_and_clip(cues, start, end)))
