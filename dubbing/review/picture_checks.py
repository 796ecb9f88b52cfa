"""Check a result's picture: black and frozen parts, size and shape, and similarity to the source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean

from dubbing.media import PictureMeasures
from dubbing.review.check_input import CheckInput
from dubbing.review.findings import LOOK, STRONG, Finding, NotMeasurable

_BESIDE_S = 0.2
_LONG_S = 2.0
_FEWEST_PAIRS = 3
_SIMILAR, _SIMILAR_WITH_LIPS = 0.90, 0.80
_SAME_RATE = 0.002
_SAME_SHAPE = 0.01

Findings = Iterator[Finding | NotMeasurable]
Span = tuple[float, float]


def interruptions(checked: CheckInput) -> Findings:
    """Find parts that are black or frozen although the source is not."""
    ours, theirs = checked.picture, checked.source_picture
    if ours is None or theirs is None:
        yield NotMeasurable("interruptions", "no_picture" if ours is None else "no_source")
        return
    wanted = checked.thresholds
    black = _new(ours.black, [*theirs.black], wanted.black_seconds)
    still = _new(ours.still, [*theirs.still, *theirs.black, *ours.black], wanted.still_seconds)
    for code, spans, least in (("black", black, wanted.black_seconds), ("frozen", still, wanted.still_seconds)):
        for start, end in spans:
            severity = STRONG if end - start >= _LONG_S else LOOK
            yield Finding(code, severity, start, end, {"measured": end - start, "expected": least})


def _new(ours: Sequence[Span], theirs: Sequence[Span], least: float) -> list[Span]:
    """What is left of our spans without theirs and a little around them, if at least `least` seconds long."""
    left = list(ours)
    for start, end in theirs:
        first, last = start - _BESIDE_S, end + _BESIDE_S
        left = [
            part
            for begins, ends in left
            for part in ((begins, min(ends, first)), (max(begins, last), ends))
            if part[1] > part[0]
        ]
    # One frame more or less does not matter.
    return [(start, end) for start, end in left if end - start >= least - 0.05]


def form(checked: CheckInput) -> Findings:
    """Compare size, shape and frame rate with the source."""
    ours, theirs = checked.picture, checked.source_picture
    if ours is None or theirs is None:
        yield NotMeasurable("picture_form", "no_picture" if ours is None else "no_source")
        return
    if (ours.width, ours.height) != (theirs.width, theirs.height):
        figures: dict[str, float | str] = {"measured": _size(ours), "expected": _size(theirs)}
        yield Finding("size", LOOK, figures=figures)
    shape, expected = _shape(ours), _shape(theirs)
    if shape and expected and abs(shape / expected - 1) > _SAME_SHAPE:
        yield Finding("shape", STRONG, figures={"measured": shape, "expected": expected})
    if not (ours.steady and theirs.steady and ours.rate and theirs.rate):
        yield NotMeasurable("frame_rate", "uneven")
    elif abs(ours.rate / theirs.rate - 1) > _SAME_RATE:
        yield Finding("frame_rate", LOOK, figures={"measured": ours.rate, "expected": theirs.rate})


def _size(picture: PictureMeasures) -> str:
    return f"{picture.width} × {picture.height}"


def _shape(picture: PictureMeasures) -> float:
    """Width divided by height, as shown."""
    return picture.width * picture.pixel_aspect / picture.height if picture.height else 0.0


def similarity(checked: CheckInput) -> Findings:
    """Compare the picture with the source's, ignoring lips."""
    comparison = checked.comparison
    if comparison is None or checked.picture is None:
        yield NotMeasurable("similarity", "no_source" if comparison is None else "no_picture")
        return
    if comparison.same_picture:
        return
    gone = [*checked.picture.black, *checked.picture.still]
    seen = [(at, alike) for at, alike in comparison.pictures if not any(start <= at <= end for start, end in gone)]
    if len(seen) < _FEWEST_PAIRS:
        yield NotMeasurable("similarity", "too_few_pictures")
        return
    alike = mean(value for _, value in seen)
    least = _SIMILAR_WITH_LIPS if checked.with_lips else _SIMILAR
    if alike < least:
        yield Finding("picture_differs", LOOK, figures={"measured": alike, "expected": least})
