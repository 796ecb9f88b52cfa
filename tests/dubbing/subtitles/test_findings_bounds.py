"""Looking at cues has an end: no text makes the checks or the fixes do quadratic work, or list without end."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest

from dubbing import subtitles
from dubbing.subtitles import Context, Cue, Wanted
from dubbing.subtitles.checks import terms
from dubbing.web.shared import text_reports

WORDS = "eins zwei drei vier"
TERMS = tuple(Wanted(word, f"{word}mal", forbidden=bool(at % 2)) for at, word in enumerate(WORDS.split()))
SHAPES: dict[str, Callable[[int], list[Cue]]] = {
    "all at one time": lambda n: [Cue(1000, 2000, f"{WORDS} {at}") for at in range(n)],
    "all the same": lambda n: [Cue(1000, 2000, WORDS) for _ in range(n)],
    "each inside the one before": lambda n: [Cue(at, 10**7 - at, f"{WORDS} {at}") for at in range(n)],
    "each over all that follow": lambda n: [Cue(at * 10, at * 10 + 10**7, WORDS) for at in range(n)],
    "from the end to the beginning": lambda n: [Cue((n - at) * 1000, (n - at) * 1000 + 900, WORDS) for at in range(n)],
    "one cue with everything": lambda n: [Cue(0, n * 10_000, f"{WORDS}. " * n)],
    "one cue of tags in tags": lambda n: [Cue(0, n * 10_000, "<" * n + "b>" * n + WORDS)],
}


def work(look: Callable[[], Any]) -> int:
    """How many calls it takes: the same on every machine."""
    profile = cProfile.Profile()
    profile.runcall(look)
    return int(vars(pstats.Stats(profile, stream=StringIO()))["total_calls"])


def looked(cues: Sequence[Cue]) -> None:
    context = Context(
        duration=3600.0, start=1.0, end=1800.0, locale="de-DE", terms=TERMS, source_cues=tuple(cues), others=()
    )
    found = subtitles.findings(cues, context)
    subtitles.grouped(found)
    for kind in subtitles.FIXES:
        subtitles.apply_fix(cues, kind, context)
        subtitles.apply_fix(cues, kind, context, len(cues))
    subtitles.guess_timeline(cues, context)
    subtitles.speakers_in(cues)
    subtitles.to_webvtt(cues)


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_as_many_cues_are_twice_the_work(shape: str) -> None:
    looked(SHAPES[shape](20))  # what is remembered from the first time on does not count
    few, many = (work(partial(looked, SHAPES[shape](count))) for count in (50, 200))
    assert many < 6 * few  # four times would be exact, sixteen times quadratic


def test_a_missing_word_is_found_although_a_simultaneous_cue_is_far_above() -> None:
    long, short = (
        Cue(0, 60_000, "Der Fluss, der lange fließt."),
        [Cue(at * 1000, at * 1000 + 900, "x") for at in range(59)],
    )
    wanted = (Wanted("river", "Fluss"),)
    source = (Cue(50_000, 51_000, "A river"),)
    assert not list(terms.missing([long, *short], Context(locale="de-DE", terms=wanted, source_cues=source)))
    found = list(terms.missing(short, Context(locale="de-DE", terms=wanted, source_cues=source)))
    assert [one.kind for one in found] == ["term_missing"]


def test_of_very_many_findings_the_first_are_listed_and_all_are_counted() -> None:
    cues = [Cue(at * 1000, at * 1000 + 100, "Ja") for at in range(5000)]
    found = [one for one in subtitles.findings(cues, Context()) if one.kind == "too_short"]
    assert len(found) == 1000
    (group,) = subtitles.grouped(found)
    assert group.message == "5000 cues are very short"
    assert len(group.cues) == 5000
    assert (group.shown, group.hidden, group.more) == (tuple(range(1, 9)), 4992, 4992)


def test_the_worst_of_very_many_findings_is_among_those_listed() -> None:
    hurried = Cue(9_000_000, 9_001_000, "x" * 60)
    cues = [*(Cue(at * 1000, at * 1000 + 950, "x" * 21) for at in range(2000)), hurried]
    found = [one for one in subtitles.findings(cues, Context()) if one.kind == "too_fast"]
    assert {one.severity for one in found} == {"hint", "warning"}
    (group,) = subtitles.grouped(found)
    assert (group.severity, len(group.cues)) == ("warning", 2001)


def test_what_was_not_checked_in_time_is_a_finding() -> None:
    cues = [Cue(0, 100, "Ja")]
    found = subtitles.within(cues, Context(), seconds=0)
    assert [(one.kind, one.severity) for one in found] == [("unchecked", "warning")]
    assert "unchecked" not in {one.kind for one in subtitles.within(cues, Context())}


@pytest.mark.parametrize("terms", [(), TERMS * 500])
def test_the_clock_is_checked_even_while_nothing_is_found(
    monkeypatch: pytest.MonkeyPatch, terms: tuple[Wanted, ...]
) -> None:
    """A check that goes through very much and says nothing ends with the time as well."""
    looks = iter(range(10**6))
    findings = import_module("dubbing.subtitles.findings")  # the package has a function of that name
    monkeypatch.setattr(findings, "time", SimpleNamespace(monotonic=lambda: float(next(looks))))
    cues = tuple(Cue(at * 3000, at * 3000 + 2500, "Guten Morgen zusammen.") for at in range(5000))
    context = Context(locale="de-DE", terms=terms, source_cues=cues[:100])
    found = subtitles.within(cues, context, seconds=500)
    assert [one.kind for one in found if one.kind == "unchecked"] == ["unchecked"]
    assert next(looks) < 1000


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "{" + "\\" * 100_000,
        "{\\" * 50_000,
        "<a " * 50_000,
        "(" * 100_000,
        "[" + "(" * 100_000,
        "Dialogue: 0," + "," * 100_000,
    ],
)
def test_marks_that_are_never_closed_cost_no_more_than_their_length(text: str) -> None:
    looked([Cue(0, 10_000, f"Guten Morgen {text}")])


@pytest.mark.timeout(60)
def test_a_line_of_blanks_where_a_number_belongs_costs_no_more_than_its_length() -> None:
    odd = "1\n00:00:01,000 --> 00:00:02,000\nHallo\n\n#" + " " * 100_000 + "x\n00:00:03,000 --> 00:00:04,000\nDu\n"
    assert len(subtitles.read(odd).cues) == 2


def test_an_unfinished_check_is_repeated() -> None:
    text = subtitles.to_srt([Cue(0, 100, "Ja, so war das an diesem Tag.")])
    hurried = text_reports.target_report(text, text_reports.TrimmedVideo(duration=9.0), "de-DE", seconds=0)
    assert [group.kind for group in hurried.findings] == ["unchecked"]
    again = text_reports.target_report(text, text_reports.TrimmedVideo(duration=9.0), "de-DE")
    assert "unchecked" not in {group.kind for group in again.findings}


def test_more_places_than_can_be_checked_are_reported() -> None:
    # "in" stands inside of every word and nowhere alone, so each place is looked at for nothing.
    cues = [Cue(at * 1000, at * 1000 + 900, "Linie " * 50) for at in range(terms.MOST_PLACES // 50 + 10)]
    banned = Context(terms=(Wanted("in", forbidden=True),))
    assert [one.kind for one in terms.forbidden(cues, banned)] == ["unchecked_terms"]
    required = Context(terms=(Wanted("in", "im"),), source_cues=tuple(cues))
    assert [one.kind for one in terms.missing(cues, required)] == ["unchecked_terms"]
