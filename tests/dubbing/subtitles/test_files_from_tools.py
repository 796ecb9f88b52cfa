"""Subtitle files as tools really write them, and what happens to them on the way: read, or refused with the line.

Each is built here, after the habits of the tool: none is anybody's file. What is found in it is looked at against a
film of 20 seconds, to be dubbed into the language that the case says.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from dubbing import subtitles
from dubbing.subtitles import Context, Cue, SubtitleError

STRICT = (
    "1\n00:00:01,000 --> 00:00:03,500\nGuten Morgen zusammen.\n\n"
    "2\n00:00:04,000 --> 00:00:07,000\nHeute sehen wir uns\ndas Meer an.\n\n"
    "3\n00:00:08,000 --> 00:00:10,000\nUnd dann gehen wir heim.\n\n"
)
CUES = (
    Cue(1000, 3500, "Guten Morgen zusammen."),
    Cue(4000, 7000, "Heute sehen wir uns\ndas Meer an."),
    Cue(8000, 10_000, "Und dann gehen wir heim."),
)
CRLF = STRICT.replace("\n", "\r\n")
RUSSIAN = STRICT.replace("Guten Morgen zusammen.", "Доброе утро, сегодня мы идём смотреть на море.")
VTT = "WEBVTT\n\n" + STRICT.replace(",", ".")


@dataclass(frozen=True)
class File:
    """A file, the first cue that is read of it and how many there are; or words of the refusal."""

    name: str
    data: str | bytes
    count: int = 3
    first: Cue | None = CUES[0]
    notes: tuple[str, ...] = ()
    kinds: set[str] = field(default_factory=set)
    refused: str = ""
    locale: str = "de-DE"

    def __str__(self) -> str:
        return self.name


FILES = [
    File("strict", STRICT),
    File("Subtitle Edit: a mark in front, Windows line ends", "\ufeff" + CRLF),
    File(
        "Aegisub: tags of ASS",
        STRICT.replace("Guten", "{\\an8\\fad(200,200)}Guten"),
        first=Cue(1000, 3500, "{\\an8\\fad(200,200)}Guten Morgen zusammen."),
        kinds={"markup"},
    ),
    File(
        "Aegisub: a drawing",
        STRICT.replace("Guten Morgen zusammen.", "{\\p1}m 0 0 l 10 0{\\p0}"),
        first=Cue(1000, 3500, "{\\p1}m 0 0 l 10 0{\\p0}"),
        kinds={"markup"},
    ),
    File(
        "Premiere: fonts",
        STRICT.replace("Guten Morgen zusammen.", '<font color="#ffffff">Guten Morgen zusammen.</font>'),
        first=Cue(1000, 3500, '<font color="#ffffff">Guten Morgen zusammen.</font>'),
        kinds={"markup"},
    ),
    File("Premiere: UTF-16 with a mark", CRLF.encode("utf-16"), notes=("UTF-16",)),
    File("Premiere: UTF-16, big-endian, without a mark", CRLF.encode("utf-16-be"), notes=("UTF-16",)),
    File(
        "Resolve: the timeline begins with hour 1",
        STRICT.replace("00:00:", "01:00:"),
        first=Cue(3_601_000, 3_603_500, CUES[0].text),
        kinds={"offset", "past_end"},
    ),
    File(
        "Resolve: bold and italics",
        STRICT.replace("Guten Morgen", "<b>Guten</b> <i>Morgen</i>"),
        first=Cue(1000, 3500, "<b>Guten</b> <i>Morgen</i> zusammen."),
    ),
    File(
        "YouTube: automatic captions overlap",
        STRICT.replace("00:00:03,500", "00:00:05,500").replace("07,000", "09,000"),
        first=Cue(1000, 5500, CUES[0].text),
        kinds={"overlap"},
    ),
    File(
        "YouTube: WebVTT with karaoke times and positions",
        "WEBVTT\nKind: captions\nLanguage: de\n\n00:00:01.000 --> 00:00:03.500 align:start position:0%\n"
        "Guten<00:00:01.500><c> Morgen</c><00:00:02.000><c> zusammen.</c>\n\n"
        "00:00:04.000 --> 00:00:07.000 align:start position:0%\nHeute\n",
        count=2,
        notes=("WebVTT", "Removed positions"),
    ),
    File(
        "YouTube: music",
        STRICT.replace("Guten Morgen zusammen.", "[Musik]"),
        first=Cue(1000, 3500, "[Musik]"),
        kinds={"noise"},
    ),
    File(
        "Whisper: one cue of no length",
        STRICT.replace("00:00:08,000 --> 00:00:10,000", "00:00:08,000 --> 00:00:08,000"),
        kinds={"no_length"},
    ),
    File(
        "Whisper: the same again and again",
        "".join(f"{n}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\nVielen Dank.\n\n" for n in range(1, 13)),
        count=12,
        first=Cue(1000, 2000, "Vielen Dank."),
    ),
    File(
        "Whisper: WebVTT without hours",
        "WEBVTT\n\n00:01.000 --> 00:03.500\nGuten Morgen zusammen.\n\n00:04.000 --> 00:07.000\nHeute.\n",
        count=2,
        notes=("WebVTT",),
    ),
    File(
        "DownSub: a line of their own at the end",
        STRICT + "4\n00:00:11,000 --> 00:00:12,500\nwww.example.org\n",
        count=4,
    ),
    File(
        "Netflix-like: italics, two speakers, notes of music",
        STRICT.replace("Guten Morgen zusammen.", "- <i>Guten Morgen.</i>\n- Ach!").replace(
            "Und dann gehen wir heim.", "♪"
        ),
        first=Cue(1000, 3500, "- <i>Guten Morgen.</i>\n- Ach!"),
        kinds={"silent"},
    ),
    File(
        "ffmpeg: from mov_text, unnumbered text lines kept",
        STRICT.replace("\n\n2\n", "\n\n\n2\n"),
        notes=("extra blank lines",),
    ),
    File(
        "HandBrake: fonts with a face",
        STRICT.replace("Guten Morgen", '<font face="Helvetica" size="12">Guten Morgen</font>'),
        first=Cue(1000, 3500, '<font face="Helvetica" size="12">Guten Morgen</font> zusammen.'),
        kinds={"markup"},
    ),
    File(
        "MKVToolNix: numbers from 0",
        STRICT.replace("1\n00", "0\n00", 1).replace("2\n00", "1\n00").replace("3\n00", "2\n00"),
        notes=("Numbered the cues from 1",),
    ),
    File("Amara: no blank line at the end", STRICT.rstrip("\n")),
    File("Amara: WebVTT with names of cues", VTT.replace("1\n00", "intro\n00", 1), notes=("WebVTT",)),
    File(
        "WebVTT with styles, regions, notes and voices",
        "WEBVTT - made by hand\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:left\n\nNOTE nothing\n\n"
        "00:00:01.000 --> 00:00:03.500 line:0\n<v Anna>Guten Morgen zusammen.\n\n"
        "00:00:04.000 --> 00:00:07.000\nHeute &amp; morgen\n",
        count=2,
        notes=("WebVTT", "Removed positions"),
    ),
    File(
        "WebVTT of a streaming service: a time map in the head",
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n" + VTT.partition("\n\n")[2],
        notes=("WebVTT",),
    ),
    File(
        "Windows-1251 from a Russian desk",
        RUSSIAN.partition("\n\n")[0].encode("cp1251"),
        count=1,
        first=Cue(1000, 3500, "Доброе утро, сегодня мы идём смотреть на море."),
        notes=("Windows-1251",),
        locale="ru-RU",
    ),
    File(
        "Windows-1252",
        STRICT.replace("Morgen", "Größe").encode("cp1252"),
        first=Cue(1000, 3500, "Guten Größe zusammen."),
        notes=("Windows-1252",),
    ),
    File(
        "Shift JIS",
        STRICT.replace("Guten Morgen zusammen.", "おはようございます、今日は海へ。")
        .partition("\n\n")[0]
        .encode("cp932"),
        count=1,
        first=Cue(1000, 3500, "おはようございます、今日は海へ。"),
        notes=("Shift JIS",),
        locale="ja-JP",
    ),
    File("dots for commas", STRICT.replace(",", "."), notes=("comma",)),
    File("no hours", STRICT.replace("00:00:", "00:"), notes=("Added hours",)),
    File(
        "no milliseconds",
        STRICT.replace(",000", "").replace(",500", ""),
        first=Cue(1000, 3000, CUES[0].text),
        notes=("three digits",),
    ),
    File("other arrows", STRICT.replace("-->", "–>"), notes=("arrow",)),
    File("no blank lines", STRICT.replace("\n\n", "\n"), notes=("blank line",)),
    File("blanks at the ends of lines", STRICT.replace("\n", "  \n")),
    File("blank lines between all lines", STRICT.replace("\n", "\n\n"), notes=("extra blank lines", "within a cue")),
    File(
        "no numbers",
        "".join(line + "\n" for line in STRICT.split("\n") if not line.isdecimal()),
        notes=("Added missing cue numbers",),
    ),
    File("the same number twice", STRICT.replace("\n2\n", "\n1\n"), notes=("Numbered the cues from 1",)),
    File(
        "an end before its start", STRICT.replace("00:00:07,000", "00:00:03,900"), refused="Line 6: The cue ends before"
    ),
    File(
        "minus one second",
        STRICT.replace("00:00:01,000", "-00:00:01,000"),
        refused="Line 2: The time “-00:00:01,000 --> 00:00:03,500” is before the start of the video.",
    ),
    File(
        "more than 99 hours",
        STRICT.replace("00:00:08,000 --> 00:00:10", "100:00:08,000 --> 100:00:10"),
        kinds={"past_end"},
    ),
    File(
        "out of order",
        "".join(block + "\n\n" for block in reversed(STRICT.strip().split("\n\n"))),
        first=CUES[2],
        notes=("Numbered the cues from 1",),
        kinds={"order"},
    ),
    File(
        "HTML: line breaks and entities", STRICT.replace("sehen wir uns\ndas", "sehen wir uns<br>das"), kinds={"markup"}
    ),
    File(
        "marks for right-to-left",
        STRICT.replace("Guten Morgen zusammen.", "\u202bשלום לכולם, היום נראה את הים\u202c").partition("\n\n")[0],
        count=1,
        first=Cue(1000, 3500, "\u202bשלום לכולם, היום נראה את הים\u202c"),
        locale="he-IL",
    ),
    File(
        "labels for speakers",
        STRICT.replace("Guten", "[ANNA] Guten").replace("Und", "[BEN]: Und"),
        first=Cue(1000, 3500, "[ANNA] Guten Morgen zusammen."),
    ),
    File("a text that is a number", STRICT.replace("Guten Morgen zusammen.", "1984"), first=Cue(1000, 3500, "1984")),
    File("an empty cue among others", STRICT + "4\n00:00:12,000 --> 00:00:13,000\n\n", notes=("without text",)),
    File(
        "text with an arrow in it",
        STRICT.replace("Guten Morgen", "A --> B"),
        first=Cue(1000, 3500, "A --> B zusammen."),
    ),
    File("old Macintosh line ends", STRICT.replace("\n", "\r")),
    File("empty", "", refused="This file is empty."),
    File("a mark and nothing else", b"\xef\xbb\xbf", refused="This file is empty."),
    File(
        "ASS itself",
        "[Script Info]\nTitle: x\n\n[Events]\nDialogue: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,Guten\n",
        refused="This is ASS/SSA (Advanced SubStation Alpha), not SRT or WebVTT.",
    ),
    File("MicroDVD", "{25}{75}Guten Morgen\n{100}{175}Heute\n", refused="This is MicroDVD, not"),
    File(
        "TTML",
        '<?xml version="1.0"?>\n<tt><body><p begin="1s" end="3s">Guten</p></body></tt>\n',
        refused="This is TTML (timed text in XML), not",
    ),
    File(
        "a web page that was saved instead",
        "<!doctype html>\n<html><body>Please sign in</body></html>\n",
        refused="This is a web page (HTML), not",
    ),
    File(
        "a zip",
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256)) * 4,
        refused="This is a ZIP archive or an Office document, not a text file.",
    ),
    File(
        "cut off in the middle of a time", STRICT + "4\n00:00:12,000 --> 00:0", refused="Line 15: The cue ends before"
    ),
]


@pytest.mark.parametrize("file", [file for file in FILES if not file.refused], ids=str)
def test_a_file_of_a_tool_is_read_and_written_strictly(file: File) -> None:
    read = subtitles.read(file.data, language=file.locale.partition("-")[0])
    assert len(read.cues) == file.count
    assert read.cues[0] == file.first
    said = " ".join(map(str, read.notes))
    assert all(word in said for word in file.notes), said
    assert bool(said) is bool(file.notes), said
    assert subtitles.read(subtitles.to_srt(read.cues)).cues == read.cues
    assert subtitles.read(subtitles.to_srt(read.cues)).notes == ()


@pytest.mark.parametrize("file", [file for file in FILES if file.refused], ids=str)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(file: File) -> None:
    with pytest.raises(SubtitleError) as refused:
        subtitles.read(file.data)
    assert file.refused in str(refused.value)


@pytest.mark.parametrize("file", [file for file in FILES if not file.refused], ids=str)
def test_findings_in_files_of_tools_are_exactly_the_known_ones(file: File) -> None:
    cues = subtitles.read(file.data, language=file.locale.partition("-")[0]).cues
    context = Context(duration=20.0, locale=file.locale)
    found = subtitles.findings(cues, context)
    assert {finding.kind for finding in found} == file.kinds
    for kind in {finding.kind for finding in found if finding.fix}:
        mended = subtitles.apply_fix(cues, kind, context)
        assert kind not in {finding.kind for finding in subtitles.findings(mended, context)}
        assert subtitles.read(subtitles.to_srt(mended)).cues == mended
