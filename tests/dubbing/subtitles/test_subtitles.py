import re
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dubbing import subtitles
from dubbing.subtitles import Cue, SubtitleError

STRICT = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nWorld\nagain\n\n"
CUES = (Cue(1000, 2500, "Hello"), Cue(3000, 4000, "World\nagain"))


def one(times: str, text: str = "Hello") -> str:
    return f"1\n{times}\n{text}\n\n"


def problems(data: bytes | str, max_bytes: int = subtitles.MAX_BYTES) -> list[tuple[int | None, str]]:
    with pytest.raises(SubtitleError) as caught:
        subtitles.read(data, max_bytes=max_bytes)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def outcome(data: bytes | str) -> subtitles.Subtitles | SubtitleError:
    try:
        return subtitles.read(data)
    except SubtitleError as error:
        return error


def lines_noted(data: bytes | str) -> list[int | None]:
    return [note.line for note in subtitles.read(data).notes]


def test_strict_srt_is_read_without_a_note() -> None:
    read = subtitles.read(STRICT)
    assert read == subtitles.Subtitles(CUES, "utf-8", ())


@pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n"])
def test_any_line_ending_is_accepted(end: str) -> None:
    read = subtitles.read(STRICT.replace("\n", end).encode())
    assert (read.cues, read.notes) == (CUES, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_unicode_encoding_is_recognised_with_and_without_a_mark(encoding: str) -> None:
    text = one("00:00:01,000 --> 00:00:02,000", "Привет, 你好")
    read = subtitles.read(text.encode(encoding))
    assert read.cues[0].text == "Привет, 你好"
    assert len(read.notes) == (not encoding.startswith("utf-8"))


@pytest.mark.parametrize(
    ("encoding", "language", "text"),
    [
        ("cp1252", "fr", "C'était déjà l'été, où êtes-vous allés ?"),
        ("cp1252", None, "C'était déjà l'été, où êtes-vous allés ?"),
        ("cp1250", "cs", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
        ("cp1251", None, "Привет, мир! Как дела сегодня?"),
        ("cp1251", "ru", "Привет, мир! Как дела сегодня?"),
        ("cp1253", None, "Αυτό είναι ένα αρχείο υποτίτλων"),
        ("cp1254", "tr", "Bu bir altyazı dosyasıdır, şöyle ğüzel"),
        ("cp1256", None, "هذا ملف ترجمة باللغة العربية"),
        ("cp932", None, "これは日本語の字幕です。どうぞよろしくお願いします"),
        ("gb18030", "zh", "这是一个中文字幕文件，请检查"),
        ("big5", None, "這是一個中文字幕檔案請檢查"),
        ("cp949", "ko", "이것은 한국어 자막 파일입니다"),
    ],
)
def test_a_legacy_encoding_is_guessed_and_named(encoding: str, language: str | None, text: str) -> None:
    read = subtitles.read(one("00:00:01,000 --> 00:00:02,000", text).encode(encoding), language=language)
    assert (read.encoding, read.cues[0].text) == (encoding, text)
    assert "Check that the letters look right" in read.notes[0].message


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        ("00:00:01.000 --> 00:00:02.500", 1000, 2500),
        ("00:00:01,5 --> 00:00:02,25", 1500, 2250),
        ("00:00:01 --> 00:00:02", 1000, 2000),
        ("00:00:01,123456 --> 00:00:02,999999", 1123, 2999),
        ("00:01,000 --> 00:02,000", 1000, 2000),
        ("75:01,000 --> 75:02,000", 4_501_000, 4_502_000),
        ("0:00:01,000 --> 0:00:02,000", 1000, 2000),
        ("00:00:01:250 --> 00:00:02:500", 1250, 2500),
        ("00:00:01,000-->00:00:02,000", 1000, 2000),
        ("  00:00:01,000   -->\t00:00:02,000  ", 1000, 2000),
        ("00:00:01,000 -> 00:00:02,000", 1000, 2000),
        ("00:00:01,000 —> 00:00:02,000", 1000, 2000),
        ("00:00:01,000 –-> 00:00:02,000", 1000, 2000),
        ("00: 00: 01, 000 --> 00: 00: 02, 000", 1000, 2000),
        ("00:00:01,000 --> 00:00:02,000 X1:10 X2:20 Y1:5 Y2:9", 1000, 2000),
        ("123:00:01,000 --> 123:00:02,000", 442_801_000, 442_802_000),
    ],
)
def test_times_are_read_as_people_write_them(times: str, start: int, end: int) -> None:
    read = subtitles.read(one(times))
    assert read.cues == (Cue(start, end, "Hello"),)
    assert all(note.line == 2 for note in read.notes)
    assert bool(read.notes) == (times != "123:00:01,000 --> 123:00:02,000")


def test_text_after_the_times_is_kept() -> None:
    read = subtitles.read("1\n00:00:01,000 --> 00:00:02,000 Hello\nWorld\n")
    assert read.cues == (Cue(1000, 2000, "Hello\nWorld"),)


def test_missing_numbers_are_added() -> None:
    read = subtitles.read(re.sub(r"(?m)^\d\n", "", STRICT))
    assert read.cues == CUES
    assert [str(note) for note in read.notes] == ["Line 1: Added missing cue numbers. Also on line 4."]


@pytest.mark.parametrize(("first", "second"), [(2, 1), (1, 7), (0, 0), (1, 1)])
def test_numbers_may_be_in_any_order(first: int, second: int) -> None:
    read = subtitles.read(STRICT.replace("\n2\n", f"\n{second}\n").replace("1\n", f"{first}\n", 1))
    assert read.cues == CUES
    assert len(read.notes) == 1


def test_absent_blank_lines_are_added() -> None:
    assert subtitles.read(STRICT.replace("\n\n", "\n")).cues == CUES
    assert lines_noted(STRICT.replace("\n\n", "\n")) == [5]


@pytest.mark.parametrize("blank", ["\n", "\n\n", "\n \t\n"])
def test_doubled_blank_lines_are_removed(blank: str) -> None:
    assert subtitles.read(STRICT.replace("\n", "\n" + blank)).cues == CUES


def test_a_number_may_be_what_is_said() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n1984\n\n2\n00:00:03,000 --> 00:00:04,000\n2\n3\n"
    assert [cue.text for cue in subtitles.read(text).cues] == ["1984", "2\n3"]
    unnumbered = "00:00:01,000 --> 00:00:02,000\n1984\n00:00:03,000 --> 00:00:04,000\n7\n"
    assert [cue.text for cue in subtitles.read(unnumbered).cues] == ["1984", "7"]


@pytest.mark.parametrize(
    "text", ["look -> there", "a --> b", "x -->", "<i>{\\an8}Hi & <b>you</b></i>", "<font color=red>x</font>"]
)
def test_text_is_kept_as_it_is(text: str) -> None:
    assert subtitles.read(one("00:00:01,000 --> 00:00:02,000", text)).cues[0].text == text


def test_a_blank_line_inside_a_text_is_removed_and_noted() -> None:
    read = subtitles.read(one("00:00:01,000 --> 00:00:02,000", "Hello\n\nWorld"))
    assert read.cues[0].text == "Hello\nWorld"
    assert read.notes[0].line == 4


def test_a_cue_without_text_is_left_out_and_noted() -> None:
    read = subtitles.read("1\n00:00:01,000 --> 00:00:02,000\n\n" + STRICT)
    assert read.cues == CUES
    assert read.notes[0] == subtitles.Note(2, "Removed a cue without text.")


def test_many_repairs_of_one_kind_make_one_note() -> None:
    cues = "".join(f"{n}\n00:00:{n:02}.000 --> 00:00:{n:02},900\nHi\n\n" for n in range(1, 31))
    (note,) = subtitles.read(cues).notes
    assert str(note).startswith("Line 2: Put a comma before the milliseconds. Also on lines 6, 10, 14, 18")
    assert "and 25 more" in note.message


WEBVTT = """WEBVTT - A title
Kind: captions

STYLE
::cue { color: red }

NOTE a comment that holds
00:00.000 --> 00:01.000
a cue

introduction
00:01.000 --> 00:02.500 align:start position:10%
<v Ann>Hello</v> &amp; <c.loud>good <b.x>day</b></c> &lt;3

00:01:03.000 --> 00:01:04.000
<00:01:03.500>World
"""


def test_webvtt_is_converted() -> None:
    read = subtitles.read(WEBVTT)
    assert read.cues == (Cue(1000, 2500, "Hello & good <b>day</b> <3"), Cue(63_000, 64_000, "World"))
    assert [note.line for note in read.notes] == [1, 12]
    assert "WebVTT" in read.notes[0].message


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (one("00:00:0x,000 --> 00:00:02,000"), 2),
        (one("00:00:01,000 --> later"), 2),
        (one("-00:00:01,000 --> 00:00:02,000"), 2),
        (one("00:61:01,000 --> 00:62:02,000"), 2),
        (one("00:00:61,000 --> 00:00:62,000"), 2),
        (one("00:00:01:12 --> 00:00:02:13"), 2),
        (one("00:00:01,000 --> "), 2),
        (one("00:00:02,000 --> 00:00:01,000"), 2),
        ("Hello\n\n" + STRICT, 1),
        ("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\nWorld\n\n" + STRICT, 5),
        ("no subtitles at all", 1),
        (WEBVTT.replace("00:01.000 --> 00:02.500", "00:02.500 --> 00:01.000"), 12),
    ],
)
def test_unrepairable_problems_are_reported_by_line(data: str, line: int) -> None:
    assert [found for found, _ in problems(data)] == [line]


def test_all_problems_are_reported_at_once_in_the_order_of_the_file() -> None:
    data = one("00:00:02,000 --> 00:00:01,000") + one("00:00:0x,000 --> 00:00:02,000")
    with pytest.raises(SubtitleError) as caught:
        subtitles.read(data)
    first, second = str(caught.value).splitlines()
    assert first == "Line 2: The cue ends before it starts."
    assert second.startswith("Line 6: The time “00:00:0x,000 --> 00:00:02,000” is not valid.")


def test_a_thousand_problems_are_cut_short() -> None:
    found = problems(one("00:00:02,000 --> 00:00:01,000") * 1000)
    assert len(found) == 21
    assert found[-1] == (None, "980 more problems like these.")


@pytest.mark.parametrize("data", [b"", "", b"\xef\xbb\xbf", b"\xff\xfe", " \r\n\t\n", b"\x1a", b"\0\0"])
def test_an_empty_file_is_refused(data: bytes | str) -> None:
    assert problems(data) == [(None, "This file is empty.")]


@pytest.mark.parametrize("data", ["1\n\n", "WEBVTT\n\nNOTE nothing\n"])
def test_a_file_without_a_cue_is_refused(data: str) -> None:
    assert problems(data) == [(None, "This file contains no cues.")]


def test_a_file_whose_cues_are_all_blank_is_refused() -> None:
    assert problems(one("00:00:01,000 --> 00:00:02,000", "")) == [(None, "No cue in this file has text.")]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\xff\xfe\xfd" * 9,
        b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0",
        bytes(range(256)) * 9,
        "\ud800 lone",
    ],
)
def test_anything_but_text_is_refused(data: bytes | str) -> None:
    ((line, message),) = problems(data)
    assert line is None
    assert "UTF-8" in message


def test_a_file_that_is_too_large_is_refused() -> None:
    assert problems(STRICT, max_bytes=50) == [
        (None, "This file is larger than 5e-05 MB, which is too large for subtitles.")
    ]
    assert problems(b"x" * 2_000_001) == [(None, "This file is larger than 2 MB, which is too large for subtitles.")]


FRAGMENTS = st.sampled_from(
    [
        *(
            "1",
            "2",
            "\n",
            "\n\n",
            "\r\n",
            "\r",
            "00:00:01,000",
            "00:00:02.5",
            " --> ",
            "->",
            "—>",
            "WEBVTT\n\n",
            "NOTE",
        ),
        *(
            "<b>",
            "&amp;",
            "{\\an8}",
            "\ufeff",
            "\0",
            "\x85",
            "\u2028",
            "Hello",
            "é",
            "99:99:99,999",
            "-",
            ":",
            "X1:5",
            "١",
        ),
    ]
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=5), max_size=40).map("".join)
ENCODED = st.tuples(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "cp1252", "cp1251", "shift_jis"])).map(
    lambda pair: pair[0].encode(pair[1], "ignore")
)


@settings(deadline=None, max_examples=300)
@given(st.binary() | ENCODED | TEXTS)
@example(b"\xff\xfe\x00")
@example("1\n00:00:01,000 --> 00:00:02,000\n\u3000\x1f\n")
@example("9" * 5000 + "\n00:00:01,000 --> 00:00:02,000\nx")
def test_any_input_gives_clean_cues_or_says_why_not(data: bytes | str) -> None:
    read = outcome(data)
    if isinstance(read, SubtitleError):
        assert str(read)
        return
    assert read.cues
    assert all(0 <= cue.start < cue.end and cue.text.strip() for cue in read.cues)
    again = subtitles.read(subtitles.to_srt(read.cues))
    assert (again.cues, again.notes) == (read.cues, ())


@settings(deadline=None, max_examples=200)
@given(st.binary() | ENCODED | TEXTS)
def test_any_transcript_is_accepted_or_refused_with_a_reason(data: bytes | str) -> None:
    with suppress(SubtitleError):
        text, _ = subtitles.read_transcript(data)
        assert text.strip()
        assert "\r" not in text


@pytest.mark.long
@pytest.mark.parametrize(
    "filler", ["<", "-", "1\n", "0:", "\n", "00:00:01,000 --> 00:00:02,000\n", "é ", "&", "\r\r\n", "-->"]
)
@pytest.mark.parametrize("head", ["", "WEBVTT\n\n00:01.000 --> 00:02.000\n"])
def test_a_huge_file_of_anything_is_read_in_one_go(head: str, filler: str) -> None:
    data = head + filler * (1_900_000 // len(filler.encode()))
    assert outcome(data)


@pytest.mark.long
def test_a_huge_file_in_a_legacy_encoding_is_read_in_one_go() -> None:
    assert outcome(b"\xe9" * 1_900_000)
    assert outcome(b"\xe9\n" * 900_000)


@pytest.mark.long
def test_twenty_thousand_cues_are_read_and_written() -> None:
    cues = tuple(Cue(n * 1000, n * 1000 + 900, f"Cue number {n}") for n in range(20_000))
    assert subtitles.read(subtitles.to_srt(cues)).cues == cues
    found = subtitles.findings(cues * 2, subtitles.Context(duration=5.0, start=1.0, end=2.0))
    assert all(len(group.examples) < 20 for group in subtitles.grouped(found))


def test_a_transcript_in_srt_comes_out_strict() -> None:
    text, notes = subtitles.read_transcript(STRICT.replace(",", "."))
    assert text == STRICT
    assert len(notes) == 1


def test_a_transcript_may_be_plain_text() -> None:
    text, notes = subtitles.read_transcript("\ufeffAnn: Hello\r\n\r\nBob: World\r\n".encode())
    assert text == "Ann: Hello\n\nBob: World\n"
    assert "plain text" in notes[0].message


def test_a_transcript_in_broken_srt_is_refused_and_says_where_it_broke() -> None:
    with pytest.raises(SubtitleError) as caught:
        subtitles.read_transcript(STRICT + one("00:00:02,000 --> 00:00:01,000"))
    assert str(caught.value) == "Line 11: The cue ends before it starts."


@pytest.mark.parametrize("data", [b"", b" \r\n", b"\x89PNG\r\n\x1a\n\0\0\0\r"])
def test_a_transcript_has_to_hold_text(data: bytes) -> None:
    with pytest.raises(SubtitleError):
        subtitles.read_transcript(data)


def test_the_text_of_a_file_keeps_its_lines() -> None:
    text, encoding, notes = subtitles.text_of("\ufeffbroken\r\n\r\nét\x0cé\r\n".encode("utf-16"))
    assert (text, encoding) == ("broken\n\nét é\n", "utf-16-le")
    assert "UTF-16" in notes[0].message


def test_srt_is_written_strictly() -> None:
    assert subtitles.to_srt(CUES) == STRICT
    assert subtitles.to_srt([Cue(360_000_000, 360_000_001, "late")]).startswith("1\n100:00:00,000 --> 100:00:00,001\n")


LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff"), min_size=1)
CUE_TEXTS = st.lists(LINES.map(str.strip).filter(bool), min_size=1, max_size=4).map("\n".join)
ANY_CUES = st.lists(
    st.builds(
        lambda start, length, text: Cue(start, start + length, text),
        st.integers(0, 10**9),
        st.integers(1, 10**6),
        CUE_TEXTS,
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(ANY_CUES)
def test_what_is_written_is_read_back(cues: list[Cue]) -> None:
    read = subtitles.read(subtitles.to_srt(cues).encode())
    assert (read.cues, read.notes) == (tuple(cues), ())


@settings(deadline=None)
@given(st.lists(st.builds(Cue, st.integers(0, 9), st.integers(10, 99), st.text() | TEXTS), max_size=6))
def test_no_text_breaks_out_of_its_cue(cues: Sequence[Cue]) -> None:
    srt, webvtt = subtitles.to_srt(cues), subtitles.to_webvtt(cues)
    count = srt.count("\n\n")
    assert webvtt.count("\n\n") <= count + 1
    assert webvtt.count("-->") == webvtt.count("\n\n") - 1
    if count:
        assert len(subtitles.read(srt).cues) == count


def test_a_time_inside_a_text_does_not_start_a_cue() -> None:
    cues = [Cue(0, 1000, "He wrote\n00:00:01,000 --> 00:00:02,000\nin his book")]
    assert len(subtitles.read(subtitles.to_srt(cues)).cues) == 1


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a & b", "a &amp; b"),
        ("1 < 2 > 0", "1 &lt; 2 &gt; 0"),
        ("<i>yes</i> <B>no</B> <u>x</u>", "<i>yes</i> <b>no</b> <u>x</u>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('<b onclick="x">', '&lt;b onclick="x"&gt;'),
        ("a --> b", "a --&gt; b"),
        ("one\n\n\ntwo", "one\ntwo"),
        ("{\\an8}top", "top"),
        ("&amp;", "&amp;amp;"),
    ],
)
def test_webvtt_shows_the_text_and_nothing_else(text: str, written: str) -> None:
    assert subtitles.to_webvtt([Cue(1000, 2500, text)]) == f"WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n{written}\n\n"


FILM = (
    Cue(0, 2000, "a"),
    Cue(9000, 11_000, "b"),
    Cue(12_000, 13_000, "c"),
    Cue(19_500, 21_000, "d"),
    Cue(30_000, 31_000, "e"),
)


def test_cues_follow_a_trim() -> None:
    assert subtitles.shift_and_clip(FILM, 10.0, 20.0) == (
        Cue(0, 1000, "b"),
        Cue(2000, 3000, "c"),
        Cue(9500, 10_000, "d"),
    )


def test_a_trim_may_be_open_at_either_side() -> None:
    assert subtitles.shift_and_clip(FILM, None, None) == FILM
    assert subtitles.shift_and_clip(FILM, None, 2.0) == FILM[:1]
    assert subtitles.shift_and_clip(FILM, 30.0, None) == (Cue(0, 1000, "e"),)


def test_subtitles_of_another_video_have_nothing_inside_the_trim() -> None:
    assert subtitles.nothing_inside(FILM, 40.0, None)
    assert subtitles.nothing_inside(FILM, 2.0, 9.0)
    assert not subtitles.nothing_inside(FILM, 2.0, 9.001)
    assert subtitles.nothing_inside((), None, None)


@given(ANY_CUES, st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6))
def test_trimmed_cues_lie_inside_the_trim(cues: list[Cue], start: float | None, end: float | None) -> None:
    for cue in subtitles.shift_and_clip(cues, start, end):
        assert 0 <= cue.start < cue.end
        assert end is None or cue.end <= round(end * 1000) - round((start or 0) * 1000)
