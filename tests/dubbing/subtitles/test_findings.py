"""What is found in cues against the film, the trim, the source and the project's words; and that fixes mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dubbing import subtitles
from dubbing.subtitles import Context, Cue, Wanted
from dubbing.web.shared import text_reports

GOOD = (Cue(1000, 3000, "Guten Morgen zusammen."), Cue(3500, 6000, "Heute sehen wir uns das Meer an."))


def kinds_of(cues: Sequence[Cue], **known: Any) -> list[str]:
    return [finding.kind for finding in subtitles.findings(tuple(cues), Context(**known))]


def messages(cues: Sequence[Cue], **known: Any) -> list[str]:
    return [finding.message for finding in subtitles.findings(tuple(cues), Context(**known))]


def fixed(cues: Sequence[Cue], kind: str, cue: int | None = None, **known: Any) -> tuple[Cue, ...]:
    return subtitles.apply_fix(tuple(cues), kind, Context(**known), cue)


def test_in_good_cues_nothing_is_found() -> None:
    assert kinds_of(GOOD, duration=6.0, start=0, end=6.0, locale="de-DE", source_cues=GOOD) == []


@pytest.mark.parametrize(
    ("cues", "known", "message"),
    [
        (
            (Cue(0, 2000, "a"), Cue(1500, 3000, "b")),
            {},
            "Cue 2 at 1.5 s starts before cue 1 ends. They overlap by 0.5 s.",
        ),
        (
            (Cue(65_200, 66_200, "a"),),
            {"duration": 60.0},
            "Cue 1 at 1 min 5.2 s starts after the video ends (1 min).",
        ),
        ((Cue(59_000, 61_000, "a"),), {"duration": 60.0}, "Cue 1 at 59 s ends after the video ends (1 min)."),
        ((Cue(5000, 6000, "a"), Cue(0, 1000, "b")), {}, "Cue 2 at 0 s starts before cue 1 above it."),
        ((Cue(0, 1000, "a"),), {"start": 1.0}, "Cue 1 at 0 s is outside the trim."),
        ((Cue(0, 1000, "a"),), {"start": 0.5}, "Cue 1 at 0 s is cut by the trim."),
        ((Cue(3_723_000, 3_725_000, "a"),), {"end": 3724.0}, "Cue 1 at 1 h 2 min 3 s is cut by the trim."),
        ((Cue(0, 100, "a"),), {}, "Cue 1 at 0 s is very short (0.1 s)."),
        ((Cue(0, 90_000, "a"),), {}, "Cue 1 at 0 s is very long (1 min 30 s)."),
        ((Cue(0, 1000, "..."), Cue(2000, 3000, "a")), {}, "Cue 1 at 0 s has no words: “...”."),
        ((Cue(0, 1000, "[door slams]"), Cue(2000, 3000, "a")), {}, "Cue 1 at 0 s describes a sound: “[door slams]”."),
        ((Cue(0, 1000, "{\\an8}Hi"),), {}, "Cue 1 at 0 s has markup: “{\\an8}”."),
        ((Cue(0, 1000, "[…]"), Cue(2000, 3000, "a")), {}, "Cue 1 at 0 s is not filled in."),
    ],
)
def test_oddities_are_reported_with_their_cue(cues: tuple[Cue, ...], known: dict[str, float], message: str) -> None:
    assert messages(cues, **known) == [message]


def test_cues_after_the_video_are_not_also_reported_as_outside_the_trim() -> None:
    assert kinds_of([*GOOD, Cue(9000, 9500, "x")], duration=8.0, end=7.0) == ["past_end"]
    assert kinds_of([*GOOD, Cue(7500, 8500, "x")], duration=8.0, end=8.0) == ["cut_by_end"]


@pytest.mark.parametrize(
    ("cues", "mended"),
    [
        ([(0, 2000, "a"), (1500, 3000, "b")], [(0, 1500, "a"), (1500, 3000, "b")]),
        ([(0, 2000, "a"), (100, 3000, "b")], [(0, 2000, "a"), (2000, 3000, "b")]),
        ([(0, 2000, "a"), (100, 2100, "b")], [(0, 2100, "a\nb")]),
        ([(0, 2000, "a"), (0, 2000, "a")], [(0, 2000, "a")]),
        (
            [(0, 9000, "a"), (1000, 2000, "b"), (3000, 4000, "c")],
            [(0, 1000, "a"), (1000, 2000, "b"), (3000, 4000, "c")],
        ),
    ],
)
def test_an_overlap_is_ended_by_the_one_that_has_room(cues: list[Any], mended: list[Any]) -> None:
    assert fixed([Cue(*cue) for cue in cues], "overlap") == tuple(Cue(*cue) for cue in mended)


def test_a_placeholder_is_removed_and_the_words_beside_it_stay() -> None:
    cues = [Cue(0, 2000, "[…] Hallo"), Cue(3000, 4000, "[…]"), Cue(5000, 6000, "Gut")]
    assert [cue.text for cue in fixed(cues, "placeholder")] == ["Hallo", "Gut"]


def test_many_of_a_kind_are_one_group_that_names_the_first_and_counts_the_rest() -> None:
    cues = [Cue(n * 1000, n * 1000 + 50, "x") for n in range(100)]
    (group,) = subtitles.grouped(subtitles.findings(cues, Context()))
    assert (group.kind, group.message, len(group.cues)) == ("too_short", "100 cues are very short", 100)
    assert (group.shown, group.hidden, len(group.examples)) == (tuple(range(1, 9)), 92, 8)


def test_problems_come_before_warnings_and_these_before_hints() -> None:
    cues = [Cue(0, 30_000, "Hello."), Cue(29_000, 31_000, "b"), Cue(40_000, 41_000, subtitles.PLACEHOLDER)]
    groups = subtitles.grouped(subtitles.findings(cues, Context()))
    assert [group.severity for group in groups] == ["problem", "warning", "hint"]


# --- saying it in time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds", "fast"),
    [
        ("This is said at an easy pace.", 2.0, False),
        ("This is said at an easy pace.", 1.0, True),
        ("我们今天去看大海。", 1.6, False),
        ("我们今天去看大海，然后回家吃饭。", 1.6, True),
        ("今日はみんなで海を見に行きます。", 2.2, False),
        ("今日はみんなで海を見に行きます。", 1.0, True),
        ("오늘은 바다를 보러 갑니다.", 2.0, False),
        ("오늘은 바다를 보러 갑니다.", 0.9, True),
        ("اليوم نذهب لنرى البحر معا", 2.0, False),
        ("اليوم نذهب لنرى البحر معا", 1.0, True),
        ("<i>Hi</i>", 0.4, False),
        ("1999 1999 1999", 1.5, True),
    ],
)
def test_every_script_has_its_own_pace(text: str, seconds: float, fast: bool) -> None:
    assert ("too_fast" in kinds_of([Cue(0, round(seconds * 1000), text)])) is fast


def test_a_transcript_is_never_too_fast_because_it_was_spoken_that_way() -> None:
    assert kinds_of([Cue(0, 400, "All of this was said in no time at all.")], spoken=False) == []


def test_more_time_is_offered_only_where_there_is_some() -> None:
    fast = Cue(0, 1000, "These are far too many words for it.")
    (free,) = subtitles.findings([fast, Cue(5000, 6000, "b")], Context())
    (tight,) = subtitles.findings([fast, Cue(1100, 2000, "b")], Context())
    assert (free.fix, tight.fix) == (subtitles.FIXES["too_fast"], "")
    longer, after = fixed([fast, Cue(5000, 6000, "b")], "too_fast")
    assert 1000 < longer.end <= 5000
    assert after == Cue(5000, 6000, "b")
    assert fixed([fast], "too_fast", duration=1.2) == (fast,)


def test_a_very_long_cue_is_split_between_sentences() -> None:
    text = "First we look at the sea. Then we walk home along the beach. At last we eat, and sleep."
    parts = fixed([Cue(0, 24_000, text)], "too_long")
    assert [part.text for part in parts] == [
        "First we look at the sea.",
        "Then we walk home along the beach.",
        "At last we eat, and sleep.",
    ]
    assert (parts[0].start, parts[-1].end) == (0, 24_000)


# --- against the source -----------------------------------------------------------------------------------------------

SOURCE = tuple(
    Cue(1000 + 3100 * n + 170 * (n % 5), 3500 + 3100 * n, f"Sentence number {n} of the film") for n in range(40)
)


def late(by: int, cues: Sequence[Cue] = SOURCE) -> list[Cue]:
    return [Cue(cue.start + by, cue.end + by, f"Satz {n} des Films") for n, cue in enumerate(cues)]


@pytest.mark.parametrize("by", [2000, -900, 10_000, 3_600_000])
def test_everything_shifted_is_found_and_moved_back(by: int) -> None:
    cues = late(by)
    (finding,) = [one for one in subtitles.findings(cues, Context(source_cues=SOURCE)) if one.kind == "offset"]
    assert finding.message.endswith("late." if by > 0 else "early.")
    assert "2 s" in finding.fix or by != 2000
    assert [cue.start for cue in fixed(cues, "offset", source_cues=SOURCE)] == [cue.start for cue in SOURCE]


def test_cues_are_not_moved_to_before_the_start_of_the_video() -> None:
    opening = [Cue(500, 900, "Vorab"), *late(2000)]
    assert "offset" not in kinds_of(opening, source_cues=SOURCE)
    assert fixed(opening, "offset", source_cues=SOURCE) == tuple(opening)


def test_a_shift_is_found_although_cues_were_merged_and_jitter() -> None:
    jittered = [replace(cue, start=cue.start + 40 * (n % 3)) for n, cue in enumerate(late(2000)) if n % 5]
    assert "offset" in kinds_of(jittered, source_cues=SOURCE)


@pytest.mark.parametrize("by", [0, 120])
def test_what_is_in_step_is_left_alone(by: int) -> None:
    assert "offset" not in kinds_of(late(by), source_cues=SOURCE)
    assert fixed(late(by), "offset", source_cues=SOURCE) == tuple(late(by))


def test_times_that_start_at_hour_one_come_from_a_tape() -> None:
    cues = late(3_600_000)
    assert "offset" in kinds_of(cues, duration=130.0)
    assert fixed(cues, "offset", duration=130.0)[0].start == 1000
    assert "offset" not in kinds_of(cues, duration=7200.0)


def test_far_more_or_fewer_cues_than_the_source_are_reported() -> None:
    assert "count" in kinds_of(late(0)[:20], source_cues=SOURCE)
    assert "count" in kinds_of([*late(0), *late(0)], source_cues=SOURCE)
    assert "count" not in kinds_of(late(0)[:32], source_cues=SOURCE)


def test_a_cue_where_nobody_speaks_is_named() -> None:
    source = [Cue(1000, 3000, "Hello there my friend"), Cue(60_000, 62_000, "And goodbye to you")]
    cues = [Cue(1100, 3000, "Hallo"), Cue(30_000, 31_000, "Wer spricht?"), Cue(60_000, 62_000, "Tschüss")]
    assert messages(cues, source_cues=tuple(source)) == [
        "Cue 2 at 30 s starts 29 s after the nearest cue of the source."
    ]


def test_a_cue_with_the_words_of_the_source_may_be_untranslated() -> None:
    cues = [*late(0)[:39], SOURCE[39]]
    assert [one.cue for one in subtitles.findings(cues, Context(source_cues=SOURCE)) if one.kind == "untranslated"] == [
        40
    ]


# --- writing ----------------------------------------------------------------------------------------------------------

TEXTS = {
    "zh-CN": "我们今天一起去看大海，这里的风景非常美丽，后来我们说话。",
    "zh-TW": "我們今天一起去看大海，這裡的風景非常美麗，後來我們說話。",
    "ja-JP": "今日はみんなで海を見に行きます。とてもきれいです。",
    "ko-KR": "오늘은 모두 함께 바다를 보러 갑니다. 아주 아름답습니다.",
    "ar-AE": "اليوم نذهب معا لنرى البحر، والمنظر جميل جدا هنا.",
    "he-IL": "היום אנחנו הולכים לראות את הים, והנוף כאן יפה מאוד.",
    "hi-IN": "आज हम सब मिलकर समुद्र देखने जा रहे हैं और यह बहुत सुंदर है।",
    "ru-RU": "Сегодня мы все вместе идём смотреть на море, здесь очень красиво.",
    "uk-UA": "Сьогодні ми всі разом ідемо дивитися на море, тут дуже гарно.",
    "el-GR": "Σήμερα πάμε όλοι μαζί να δούμε τη θάλασσα, είναι πολύ όμορφα.",
    "th-TH": "วันนี้เราไปดูทะเลด้วยกัน สวยมาก",
    "ta-IN": "இன்று நாம் அனைவரும் கடலைப் பார்க்கப் போகிறோம்.",
    "de-DE": "Heute gehen wir alle zusammen ans Meer, es ist sehr schön hier.",
    "vi-VN": "Hôm nay chúng ta cùng nhau đi ngắm biển, ở đây rất đẹp.",
}


@pytest.mark.parametrize("locale", TEXTS)
def test_a_text_fits_the_script_of_its_own_language_and_not_that_of_another(locale: str) -> None:
    cues = [Cue(0, 19_000, TEXTS[locale])]
    assert "script" not in kinds_of(cues, locale=locale)
    other = "de-DE" if locale not in {"de-DE", "vi-VN"} else "ru-RU"
    assert "script" in kinds_of(cues, locale=other)


def test_simplified_and_traditional_characters_are_distinguished() -> None:
    assert "script" in kinds_of([Cue(0, 19_000, TEXTS["zh-CN"])], locale="zh-TW")
    assert "script" in kinds_of([Cue(0, 19_000, TEXTS["zh-TW"])], locale="zh-CN")


def test_serbian_is_written_in_either_script() -> None:
    assert "script" not in kinds_of([Cue(0, 9000, "Данас идемо на море")], locale="sr-RS")
    assert "script" not in kinds_of([Cue(0, 9000, "Danas idemo na more")], locale="sr-RS")


def test_brands_in_latin_letters_are_fine_but_a_whole_cue_is_reported() -> None:
    cues = [Cue(0, 9000, f"{TEXTS['ru-RU']} YouTube"), Cue(9000, 12_000, "This one was forgotten.")]
    findings = [one for one in subtitles.findings(cues, Context(locale="ru-RU")) if one.kind.startswith("script")]
    assert [(one.kind, one.cue) for one in findings] == [("script_cue", 2)]


# --- the project's words ----------------------------------------------------------------------------------------------

TERMS = (Wanted("Sofa", "Couch", forbidden=True), Wanted("dashboard", "Übersicht"))


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("Das Sofa ist neu.", "Das Couch ist neu."),
        ("SOFA und sofa", "Couch und Couch"),
        ("Das Sofakissen bleibt.", None),
        ("Kein Wort davon.", None),
    ],
)
def test_a_forbidden_word_is_found_whole_and_replaced(text: str, mended: str | None) -> None:
    cues = [Cue(0, 9000, text)]
    assert ("term_forbidden" in kinds_of(cues, terms=TERMS)) is (mended is not None)
    assert fixed(cues, "term_forbidden", terms=TERMS)[0].text == (mended or text)


def test_a_forbidden_word_without_a_replacement_is_only_reported() -> None:
    (finding,) = subtitles.findings([Cue(0, 2000, "Ein Sofa.")], Context(terms=(Wanted("Sofa", "", True),)))
    assert finding.fix == ""


def test_a_replacement_that_holds_the_forbidden_word_again_is_not_offered() -> None:
    terms = (Wanted("App", "mobile App", forbidden=True),)
    (finding,) = subtitles.findings([Cue(0, 2000, "Die App.")], Context(terms=terms))
    assert finding.fix == ""
    assert fixed([Cue(0, 2000, "Die App.")], "term_forbidden", terms=terms)[0].text == "Die App."


@pytest.mark.parametrize(
    ("text", "word"), [("我喜欢苹果手机", "苹果"), ("אני אוהב את התפוח", "תפוח"), ("서울은 크다", "서울")]
)
def test_words_are_found_in_scripts_that_write_them_together(text: str, word: str) -> None:
    assert "term_forbidden" in kinds_of([Cue(0, 9000, text)], terms=(Wanted(word, "", forbidden=True),))


def test_a_required_word_is_missed_at_the_time_the_source_says_it() -> None:
    source = (Cue(0, 2000, "Open the dashboard."), Cue(5000, 7000, "Thank you."))
    right = [Cue(0, 2000, "Öffnen Sie die Übersicht."), Cue(5000, 7000, "Danke.")]
    wrong = [Cue(0, 2000, "Öffnen Sie das Fenster."), Cue(5000, 7000, "Übersicht.")]
    assert "term_missing" not in kinds_of(right, source_cues=source, terms=TERMS)
    (finding,) = subtitles.findings(wrong, Context(source_cues=source, terms=TERMS))
    assert (finding.kind, finding.cue, finding.fix) == ("term_missing", 1, "")


def test_a_word_left_in_the_language_of_the_source_is_translated_by_a_click() -> None:
    source = (Cue(0, 2000, "Open the dashboard."), Cue(5000, 7000, "Thank you."))
    cues = [Cue(0, 2000, "Öffnen Sie das Dashboard."), Cue(5000, 7000, "Danke.")]
    mended = fixed(cues, "term_missing", source_cues=source, terms=TERMS)
    assert mended[0].text == "Öffnen Sie das Übersicht."
    assert kinds_of(mended, source_cues=source, terms=TERMS) == []


# --- speakers ---------------------------------------------------------------------------------------------------------


def test_speakers_are_counted_by_their_labels() -> None:
    texts = [
        "[ANNA] Hello.",
        "[Dr. Bob]: Good day.",
        "[ANNA]\nHow are you?",
        "[music]",
        "CLARA: Fine.",
        "CLARA: Really.",
        "Remember: this is no name.",
        "NOTE: only once",
    ]
    cues = [Cue(n * 1000, n * 1000 + 900, text) for n, text in enumerate(texts)]
    assert sorted(subtitles.speakers_in(cues)) == ["ANNA", "CLARA", "Dr. Bob"]


# --- every fix --------------------------------------------------------------------------------------------------------

LOSING = {"placeholder", "past_end", "outside_trim", "silent", "noise"}
WORDS = st.sampled_from(
    [
        "Hallo",
        "das Sofa",
        "dashboard ist",
        "Ja.",
        "[…]",
        "...",
        "[Musik]",
        "♪",
        "{\\an8}Oben",
        "<font color=red>rot</font>",
        "Wir gehen heute. Dann schlafen wir. Morgen ist auch ein Tag.",
        "我们去看大海",
        "<i>schräg</i>",
        "123",
        "a\nb",
    ]
)
MOMENTS = st.integers(0, 60_000) | st.integers(0, 1000)
CUES = st.lists(
    st.builds(lambda start, length, text: Cue(start, start + length, text), MOMENTS, st.integers(1, 30_000), WORDS),
    min_size=1,
    max_size=12,
)
CONTEXTS = st.builds(
    Context,
    duration=st.none() | st.sampled_from([5.0, 30.0, 100.0]),
    start=st.none() | st.sampled_from([0.0, 2.5, 20.0]),
    end=st.none() | st.sampled_from([25.0, 40.0]),
    locale=st.sampled_from(["", "de-DE", "zh-CN"]),
    source_cues=st.just(()) | CUES.map(tuple),
    terms=st.sampled_from([(), TERMS]),
)


def letters_of(cues: Sequence[Cue]) -> list[str]:
    return sorted("".join(subtitles.spoken_text(cues).split()))


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(CUES, CONTEXTS, st.sampled_from(sorted(set(subtitles.FIXES) - subtitles.ELSEWHERE)))
def test_a_fix_does_what_it_promised_and_changes_nothing_the_second_time(
    cues: list[Cue], context: Context, kind: str
) -> None:
    before = [one for one in subtitles.findings(cues, context) if one.kind == kind]
    mended = subtitles.apply_fix(cues, kind, context)
    assert subtitles.apply_fix(mended, kind, context) == mended
    assert subtitles.read(subtitles.to_srt(mended)).cues
    if not before:
        assert mended == tuple(cues)
    if before and all(one.fix for one in before):
        assert kind not in {one.kind for one in subtitles.findings(mended, context)}
        assert mended != tuple(cues)


@pytest.mark.long
@settings(max_examples=100, deadline=None)
@given(CUES, CONTEXTS, st.sampled_from(sorted(set(subtitles.FIXES) - subtitles.ELSEWHERE - LOSING)))
def test_a_fix_that_does_not_say_so_loses_no_word(cues: list[Cue], context: Context, kind: str) -> None:
    mended = subtitles.apply_fix(cues, kind, context)
    if kind.startswith("term"):
        assert len(mended) == len(cues)
    elif kind == "overlap":
        assert {line for cue in cues for line in cue.text.split("\n")} <= {
            line for cue in mended for line in cue.text.split("\n")
        }
    else:
        assert letters_of(mended) == letters_of(cues)


@pytest.mark.long
@settings(max_examples=100, deadline=None)
@given(CUES, CONTEXTS, st.sampled_from(sorted(LOSING)))
def test_a_fix_that_leaves_cues_out_keeps_all_others_as_they_are(cues: list[Cue], context: Context, kind: str) -> None:
    named = {one.cue for one in subtitles.findings(cues, context) if one.kind == kind}
    kept = [cue for number, cue in enumerate(cues, 1) if number not in named]
    mended = subtitles.apply_fix(cues, kind, context)
    assert list(mended) == (kept or cues)


@settings(max_examples=100, deadline=None)
@given(CUES, CONTEXTS, st.data())
def test_one_cue_is_fixed_without_touching_the_others(cues: list[Cue], context: Context, data: st.DataObject) -> None:
    findings = [one for one in subtitles.findings(cues, context) if one.cue and one.fix and one.kind != "order"]
    if not findings:
        return
    finding = data.draw(st.sampled_from(findings))
    mended = subtitles.apply_fix(cues, finding.kind, context, finding.cue)
    assert mended != tuple(cues)
    if finding.kind != "overlap":
        assert set(mended) >= {cue for number, cue in enumerate(cues, 1) if number != finding.cue}


def test_hours_of_text_in_one_cue_and_thousands_of_terms_are_checked_in_one_run() -> None:
    words = " ".join(f"wort{n}" for n in range(60_000))
    terms = tuple(Wanted(f"wort{n}", "", forbidden=bool(n % 2)) for n in range(2000))
    cues = [Cue(0, 36_000_000, words)]
    assert "too_long" in kinds_of(cues, terms=terms, source_cues=tuple(cues))
    assert letters_of(fixed(cues, "too_long")) == letters_of(cues)


def test_a_cue_of_no_length_stops_it_and_is_given_time_with_a_click() -> None:
    cues = (Cue(1000, 1000, "Guten Morgen zusammen."), Cue(9000, 11_000, "Heute sehen wir uns das Meer an."))
    (first, *_) = subtitles.findings(cues, Context(duration=20.0))
    assert (first.kind, first.severity, first.cue, first.fix) == ("no_length", "problem", 1, "Add time")
    mended = fixed(cues, "no_length", duration=20.0)
    assert 2000 <= mended[0].end <= 9000
    assert [one.text for one in mended] == [one.text for one in cues]
    assert kinds_of(mended, duration=20.0) == []


@pytest.mark.parametrize("after", [1000, 1100, 1500, 60_000])
def test_the_words_of_a_cue_without_length_stay_whatever_follows_it(after: int) -> None:
    cues = (Cue(1000, 1000, "Guten Morgen zusammen."), Cue(after, after + 2000, "Ja."), Cue(70_000, 70_000, "Ende."))
    for cue in (None, 1, 3):
        mended = fixed(cues, "no_length", cue, duration=70.1)
        assert [one.text for one in mended] == [one.text for one in cues]
        assert all(one.has_length for number, one in enumerate(mended, 1) if cue in (None, number))
    assert "no_length" not in kinds_of(fixed(cues, "no_length", duration=70.1), duration=70.1)


def test_cues_of_no_length_are_read_shown_and_never_sent() -> None:
    text = "1\n00:00:01,000 --> 00:00:01,000\nHallo\n\n"
    assert subtitles.to_srt(subtitles.read(text).cues) == text
    assert subtitles.stands_still(text)
    report = text_reports.target_report(text, text_reports.TrimmedVideo(), "de-DE")
    assert [group.kind for group in report.findings if group.severity == "problem"] == ["no_length"]
    assert report.problems
    assert not report.refusals


@pytest.mark.parametrize(
    ("first", "known", "by"),
    [
        ("00:59:50,000", {}, "59 min 50 s"),
        ("01:00:00,000", {}, "1 h"),
        ("10:00:03,000", {}, "10 h"),
        ("00:59:50,000", {"end": 600.0}, "59 min 50 s"),
    ],
)
def test_a_programme_that_starts_on_the_hour_is_moved_although_its_length_is_unknown(
    first: str, known: dict[str, Any], by: str
) -> None:
    begun = subtitles.read(f"1\n{first} --> {first[:6]}58,000\nGuten Morgen zusammen.\n").cues
    (offset,) = [one for one in subtitles.findings(begun, Context(**known)) if one.kind == "offset"]
    assert offset.fix == f"Move all cues by −{by}"
    assert "the length of the video is unknown" in offset.why
    assert subtitles.apply_fix(begun, "offset", Context(**known))[0].start < 10_000


@pytest.mark.parametrize(
    ("first", "known"),
    [(3_600_000 + 1_200_000, {}), (3_600_000, {"start": 3500.0, "end": 3700.0}), (3_600_000, {"end": 5000.0}), (0, {})],
)
def test_what_may_be_a_long_video_is_left_alone(first: int, known: dict[str, Any]) -> None:
    assert "offset" not in kinds_of((Cue(first, first + 2000, "Guten Morgen zusammen."),), **known)
