"""Files as people have them: what is said about each, at which line, and what would be sent to the provider.

Each is written here, after the habits of a tool or a mishap; beside each mishap stand near-misses that are none. A file
goes the way of the form: its bytes become the text in the form, and that is read and looked at.
"""

# ruff: noqa: E501 - sentences stay whole

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from dubbing import subtitles
from dubbing.subtitles import SubtitleError
from dubbing.web.shared import text_reports

FILM = text_reports.TrimmedVideo(duration=60.0)
WORDS = ("Buenos días a todos.", "Hoy vemos el mar,\ny mañana el río.", "Después volvemos a casa.")
TIMES = ("00:00:01,000 --> 00:00:03,500", "00:00:04,000 --> 00:00:07,000", "00:00:08,000 --> 00:00:11,000")


def srt(*words: str, times: tuple[str, ...] = TIMES, numbers: tuple[str, ...] = ("1", "2", "3")) -> str:
    return "".join(f"{number}\n{time}\n{text}\n\n" for number, time, text in zip(numbers, times, words, strict=False))


GOOD = srt(*WORDS)
RAW = GOOD.encode()


@dataclass(frozen=True)
class File:
    """A file; words of the notes or of the refusal, the kinds of what is found, and the texts of the cues that are sent.

    `plain`: it is kept as a text without times (a transcript).
    """

    name: str
    data: str | bytes
    messages: tuple[str, ...] = ()
    kinds: frozenset[str] | set[str] = frozenset()
    sent: tuple[str, ...] = WORDS
    refused: str = ""
    locale: str = "es-ES"
    slot: str = "target"
    plain: str = ""

    def __str__(self) -> str:
        return f"{self.slot}: {self.name}"


def looked_at(file: File) -> text_reports.TextReport:
    """The way of the form: bytes to text, text to report."""
    data = file.data if isinstance(file.data, bytes) else file.data.encode()
    language = file.locale.partition("-")[0]
    try:
        text, encoding, notes = subtitles.text_of(data, language=language)
    except SubtitleError as error:
        return text_reports.refused(tuple(map(str, error.problems)))
    beside = text_reports.Beside(encoding=encoding)
    if file.slot == "source":
        report = text_reports.source_report(text, file.locale, FILM, beside)
    else:
        report = text_reports.target_report(text, FILM, file.locale, beside)
    return replace(report, notes=(*map(str, notes), *report.notes))


# --- letters ---------------------------------------------------------------------------------------------------------

GERMAN = srt(
    "Schöne Grüße an alle.", "Wir gehen heute übers Meer,\nund morgen nach Haus.", "Das ist für uns nicht schwer."
)
DAMAGED = [
    File(
        "one bad byte in UTF-8",
        RAW.replace("ñ".encode(), b"\xf1"),
        messages=("Line 8: A letter is damaged: the file is UTF-8",),
        kinds={"damaged"},
        sent=(WORDS[0], "Hoy vemos el mar,\ny ma\ufffdana el río.", WORDS[2]),
    ),
    File(
        "a letter cut in half",
        RAW.replace("días".encode(), b"d\xc3as"),
        messages=("Line 3: A letter is damaged",),
        kinds={"damaged"},
        sent=("Buenos d\ufffdas a todos.", WORDS[1], WORDS[2]),
    ),
    File(
        "a mark of UTF-8 in front and a bad byte",
        b"\xef\xbb\xbf" + RAW.replace("é".encode(), b"\xe9"),
        messages=("Line 12: A letter is damaged",),
        kinds={"damaged"},
        sent=(WORDS[0], WORDS[1], "Despu\ufffds volvemos a casa."),
    ),
    File(
        "the last letter of the file cut off",
        srt(WORDS[0], WORDS[1]).encode() + "3\n00:00:08,000 --> 00:00:11,000\nDespués, el sofá".encode()[:-1],
        messages=("Line 12: A letter is damaged",),
        kinds={"damaged"},
        sent=(WORDS[0], WORDS[1], "Después, el sof\ufffd"),
    ),
    File(
        "bad bytes in two of many Japanese lines",
        srt("今日はみんなで海へ行きます。", "それは私のためではありません。", "明日は家へ帰ります。")
        .encode()
        .replace("海".encode(), b"\xe6\xb5")
        .replace("家".encode(), b"\xff"),
        messages=("Line 3: A letter is damaged", "Also on line 11"),
        kinds={"damaged"},
        sent=("今日はみんなで\ufffdへ行きます。", "それは私のためではありません。", "明日は\ufffdへ帰ります。"),
        locale="ja-JP",
    ),
    File("near: UTF-8 as it should be", RAW),
    File("near: UTF-8 with a mark", b"\xef\xbb\xbf" + RAW),
    File("near: Windows-1252 is no damaged UTF-8", GOOD.encode("cp1252"), messages=("Windows-1252",)),
    File(
        "near: Windows-1252 with a single accent",
        GOOD.replace("Buenos días", "Hola").replace("mañana", "luego").replace("río", "lago").encode("cp1252"),
        messages=("Windows-1252",),
        sent=("Hola a todos.", "Hoy vemos el mar,\ny luego el lago.", WORDS[2]),
    ),
    File(
        "near: Shift JIS in a Japanese place",
        srt("今日はみんなで海へ行きます。").encode("cp932"),
        messages=("Shift JIS",),
        sent=("今日はみんなで海へ行きます。",),
        locale="ja-JP",
    ),
    File(
        "near: Windows-1250 in a Polish place",
        srt("Dziś wszyscy razem jedziemy nad morze.", "To nie jest dla mnie, ale co można zrobić?").encode("cp1250"),
        messages=("Windows-1250",),
        sent=("Dziś wszyscy razem jedziemy nad morze.", "To nie jest dla mnie, ale co można zrobić?"),
        locale="pl-PL",
    ),
    File(
        "a Russian file in a German place: the guess contradicts the place",
        srt("Доброе утро, сегодня мы идём смотреть на море.", "Это не для меня, но что же делать?").encode("cp1251"),
        messages=("Windows-1251",),
        kinds={"encoding", "language", "script"},
        sent=("Доброе утро, сегодня мы идём смотреть на море.", "Это не для меня, но что же делать?"),
        locale="de-DE",
    ),
    File(
        "letters of UTF-8 that were read as Windows-1252 and saved",
        RAW.decode("latin-1"),
        kinds={"misread"},
        sent=tuple(text.encode().decode("latin-1") for text in WORDS),
    ),
    File(
        "quotes of UTF-8 that were read as Windows-1252",
        srt("Heute ist nicht alles â€žgutâ€œ, aber wir sind da."),
        kinds={"misread"},
        sent=("Heute ist nicht alles â€žgutâ€œ, aber wir sind da.",),
        locale="de-DE",
    ),
    File(
        "near: a German text with its own letters",
        GERMAN,
        sent=tuple(subtitles.read(GERMAN).cues[at].text for at in range(3)),
        locale="de-DE",
    ),
    File(
        "near: a Vietnamese text full of marks",
        srt("Hôm nay chúng ta cùng đi biển, và đó là của tôi.", "Cái này không phải cho tôi, nhưng làm gì được?"),
        sent=("Hôm nay chúng ta cùng đi biển, và đó là của tôi.", "Cái này không phải cho tôi, nhưng làm gì được?"),
        locale="vi-VN",
    ),
    File(
        "near: a Portuguese text with Â and Ã",
        srt("Ele disse: NÃO, ISSO NÃO É DO JOÃO.", "Você está na estação com as mãos no chão."),
        sent=("Ele disse: NÃO, ISSO NÃO É DO JOÃO.", "Você está na estação com as mãos no chão."),
        locale="pt-BR",
    ),
    File(
        "UTF-16 with half a letter at its end",
        b"\xff\xfe" + GOOD.strip().encode("utf-16-le") + b"\x41",
        messages=("Line 12: A letter is damaged: the file is UTF-16",),
        kinds={"damaged"},
        sent=(WORDS[0], WORDS[1], f"{WORDS[2]}\ufffd"),
    ),
]

# --- character references --------------------------------------------------------------------------------------------

REFERENCES = [
    File(
        "named",
        GOOD.replace("á", "&aacute;").replace("í", "&iacute;").replace("ñ", "&ntilde;").replace("é", "&eacute;"),
        messages=("Line 3: Replaced character references", "Also on lines 7, 12"),
    ),
    File(
        "decimal and hexadecimal",
        GOOD.replace("í", "&#237;").replace("ñ", "&#xF1;"),
        messages=("Line 3: Replaced character references",),
    ),
    File(
        "an apostrophe, and quotes",
        srt("C&#39;est l&apos;&eacute;t&eacute; dans une &quot;maison&quot; pour nous."),
        messages=("Line 3: Replaced character",),
        sent=("C'est l'été dans une \"maison\" pour nous.",),
        locale="fr-FR",
    ),
    File("an ampersand", srt("Tom &amp; Jerry"), messages=("Line 3: Replaced character",), sent=("Tom & Jerry",)),
    File(
        "escaped twice",
        srt("Ma&amp;ntilde;ana &amp;amp; hoy &amp;#39;s&amp;#39;"),
        messages=("Line 3: Replaced character",),
        sent=("Mañana & hoy 's'",),
    ),
    File(
        "escaped ten times",
        srt("Tom &" + "amp;" * 10 + " Jerry"),
        messages=("Line 3: Replaced character",),
        sent=("Tom & Jerry",),
    ),
    File(
        "a space that does not break",
        srt("Uno&nbsp;dos &nbsp tres"),
        messages=("Line 3: Replaced character",),
        sent=("Uno\u00a0dos \u00a0 tres",),
    ),
    File(
        "letters of Central Europe",
        srt("P&rcaron;&iacute;li&scaron; to je dobr&eacute; &#382;e jsme tu"),
        messages=("Line 3: Replaced character",),
        sent=("Příliš to je dobré že jsme tu",),
        locale="cs-CZ",
    ),
    File("an arrow that was escaped", GOOD.replace("-->", "--&gt;"), messages=("Line 2: Wrote the arrow",)),
    File(
        "in WebVTT",
        "WEBVTT\n\n00:01.000 --> 00:03.000\nMa&ntilde;ana &amp; hoy &#39;s&#39;\n",
        messages=("WebVTT",),
        sent=("Mañana & hoy 's'",),
    ),
    File(
        "in a transcript without times",
        "Tom &amp; Jerry van al r&iacute;o.\n",
        messages=("plain text",),
        slot="source",
        plain="Tom & Jerry van al río.\n",
    ),
    File("near: AT&T", srt("AT&T y R&D; van a P&L, H&M; y Q&A."), sent=("AT&T y R&D; van a P&L, H&M; y Q&A.",)),
    File(
        "near: short names that only HTML 5 has",
        srt("Uno&in; dos&it; tres & cuatro; cinco &no;"),
        sent=("Uno&in; dos&it; tres & cuatro; cinco &no;",),
    ),
    File(
        "near: an address with parameters",
        srt("Vamos a example.org/?a=1&copy=2&lt=3"),
        sent=("Vamos a example.org/?a=1&copy=2&lt=3",),
    ),
]

# --- rolling captions ------------------------------------------------------------------------------------------------

YOUTUBE_VTT = """WEBVTT
Kind: captions
Language: es

00:00:00.160 --> 00:00:02.310 align:start position:0%
 
hola<00:00:00.399><c> a</c><00:00:00.560><c> todos</c>

00:00:02.310 --> 00:00:02.320 align:start position:0%
hola a todos
 

00:00:02.320 --> 00:00:04.630 align:start position:0%
hola a todos
hoy<00:00:02.560><c> vamos</c><00:00:02.800><c> al</c><00:00:03.120><c> mar</c>

00:00:04.630 --> 00:00:04.640 align:start position:0%
hoy vamos al mar
 

00:00:04.640 --> 00:00:06.950 align:start position:0%
hoy vamos al mar
con<00:00:04.880><c> los</c><00:00:05.200><c> otros</c>

00:00:06.950 --> 00:00:06.960 align:start position:0%
con los otros
 

00:00:06.960 --> 00:00:09.000 align:start position:0%
con los otros
que<00:00:07.200><c> no</c><00:00:07.600><c> están</c>
"""
ROLLED = ("hola a todos", "hoy vamos al mar", "con los otros", "que no están")
SECONDS = tuple(f"00:00:{at:02},000 --> 00:00:{at + 2:02},000" for at in range(0, 40, 2))
NUMBERS = tuple(map(str, range(1, 21)))
ROLLING = [
    (
        File(
            "WebVTT of a video platform",
            YOUTUBE_VTT,
            messages=("WebVTT", "Removed positions"),
            kinds={"rolling", "too_short"},
        ),
        ROLLED,
    ),
    (
        File("the same as SRT", subtitles.to_srt(subtitles.read(YOUTUBE_VTT).cues), kinds={"rolling", "too_short"}),
        ROLLED,
    ),
    (
        File(
            "two lines that move up",
            srt(
                "hola a todos",
                "hola a todos\nhoy vamos al mar",
                "hoy vamos al mar\ncon los otros",
                "con los otros\nque no están",
                times=SECONDS,
                numbers=NUMBERS,
            ),
            kinds={"rolling"},
        ),
        ROLLED,
    ),
    (
        File(
            "three lines that move up, with small gaps",
            srt(
                "hola a todos\nhoy vamos al mar\ncon los otros",
                "hoy vamos al mar\ncon los otros\nque no están",
                "con los otros\nque no están\nadiós",
                times=(
                    "00:00:01,000 --> 00:00:02,900",
                    "00:00:03,000 --> 00:00:04,900",
                    "00:00:05,000 --> 00:00:07,000",
                ),
            ),
            kinds={"rolling", "too_fast"},
        ),
        ("hola a todos\nhoy vamos al mar\ncon los otros", "que no están", "adiós"),
    ),
    (
        File(
            "a line that grows word by word",
            srt(
                "hoy", "hoy vamos", "hoy vamos al", "hoy vamos al mar", "con los otros", times=SECONDS, numbers=NUMBERS
            ),
            kinds={"rolling"},
        ),
        ("hoy vamos al mar", "con los otros"),
    ),
    (
        File(
            "a refrain inside of rolling captions",
            srt(
                "la la la",
                "la la la\nla la la",
                "la la la\nhoy vamos al mar",
                "hoy vamos al mar\ncon los otros",
                times=SECONDS,
                numbers=NUMBERS,
            ),
            kinds={"rolling"},
        ),
        ("la la la", "la la la", "hoy vamos al mar", "con los otros"),
    ),
]
NOT_ROLLING = [
    File(
        "near: a refrain sung twice",
        srt(
            "Ay, ay, ay, canta y no llores",
            "Ay, ay, ay, canta y no llores",
            "porque cantando se alegran",
            times=SECONDS,
        ),
        sent=("Ay, ay, ay, canta y no llores", "Ay, ay, ay, canta y no llores", "porque cantando se alegran"),
    ),
    File(
        "near: a verse of two lines sung twice",
        srt(
            "Ay, ay, ay,\ncanta y no llores",
            "Ay, ay, ay,\ncanta y no llores",
            "Ay, ay, ay,\ncanta y no llores",
            times=SECONDS,
        ),
        sent=("Ay, ay, ay,\ncanta y no llores",) * 3,
    ),
    File(
        "near: a word taken up once",
        srt("¿Qué quieres?\nNada.", "Nada.\nNo quiero nada.", "Pues vamos.", times=SECONDS),
        sent=("¿Qué quieres?\nNada.", "Nada.\nNo quiero nada.", "Pues vamos."),
    ),
    File(
        "near: a stutter", srt("No.", "No. No.", "No. No. No.", times=SECONDS), sent=("No.", "No. No.", "No. No. No.")
    ),
    File("near: the same answer again and again", srt(*["Sí."] * 8, times=SECONDS, numbers=NUMBERS), sent=("Sí.",) * 8),
    File(
        "near: two speakers with dashes",
        srt("- ¿Vienes?\n- Sí.", "- ¿Seguro?\n- Sí.", "- ¿Hoy?\n- Sí.", times=SECONDS),
        sent=("- ¿Vienes?\n- Sí.", "- ¿Seguro?\n- Sí.", "- ¿Hoy?\n- Sí."),
    ),
]

# --- what is clearly SRT, and what is another format -------------------------------------------------------------------

BAD = GOOD.replace("00:00:07,000", "00:00:03,900")
SRT_ALL_THE_SAME = [
    File("one bad cue in a transcript", BAD, refused="Line 6: The cue ends before it starts.", slot="source"),
    File("one bad cue in subtitles", BAD, refused="Line 6: The cue ends before it starts."),
    File(
        "a time that is none, in a transcript",
        GOOD.replace("00:00:07,000", "later"),
        refused="Line 6: The time",
        slot="source",
    ),
    File(
        "times without arrows, in a transcript",
        GOOD.replace(" --> ", " "),
        messages=("Line 2: Wrote the arrow",),
        slot="source",
    ),
    File("a hyphen for the arrow", GOOD.replace("-->", "-"), messages=("Line 2: Wrote the arrow",)),
    File("a double arrow", GOOD.replace("-->", "==>"), messages=("Line 2: Wrote the arrow",)),
    File("an arrow with a blank in it", GOOD.replace("-->", "-- >"), messages=("Line 2: Wrote the arrow",)),
    File(
        "Whisper on a terminal",
        "".join(
            f"[{time.replace(',', '.')}]  {text.replace(chr(10), ' ')}\n"
            for time, text in zip(TIMES, WORDS, strict=True)
        ),
        messages=("comma", "Moved text after the times"),
        sent=(WORDS[0], "Hoy vemos el mar, y mañana el río.", WORDS[2]),
    ),
    File(
        "the number on the line of the times",
        "".join(f"{at} {time}\n{text}\n\n" for at, time, text in zip((1, 2, 3), TIMES, WORDS, strict=True)),
        messages=("Line 1: Wrote cue numbers as plain numbers.",),
    ),
    File(
        "WebVTT named .srt",
        "WEBVTT\n\n" + GOOD.replace(",000", ".000").replace(",500", ".500"),
        messages=("Line 1: Converted from WebVTT to SRT.",),
    ),
    File(
        "frames behind the seconds",
        GOOD.replace(",000", ":12").replace(",500", ":12"),
        refused="Line 2: The time",
        slot="source",
    ),
    File(
        "near: a transcript in prose",
        "Buenos días a todos. A las 10:30 vamos al mar --> con los otros.\n",
        messages=("plain text",),
        slot="source",
        plain="Buenos días a todos. A las 10:30 vamos al mar --> con los otros.\n",
    ),
    File(
        "near: a transcript of a talk with labels",
        "[Ana] Buenos días.\n[Luis] Hola, ¿qué tal?\n",
        messages=("plain text",),
        slot="source",
        plain="[Ana] Buenos días.\n[Luis] Hola, ¿qué tal?\n",
    ),
    File(
        "near: a transcript that begins with a brace",
        "{Música} Buenos días a todos, dice la voz.\n",
        messages=("plain text",),
        slot="source",
        plain="{Música} Buenos días a todos, dice la voz.\n",
    ),
    File(
        "near: prose with commas and a tag of a word",
        "In, out, and about: text of 3 friends.\nThey end it <b>here</b>, 1,2.\n",
        messages=("plain text",),
        slot="source",
        plain="In, out, and about: text of 3 friends.\nThey end it <b>here</b>, 1,2.\n",
        locale="en-US",
    ),
    File(
        "near: talk that begins with Dialogue",
        "Dialogue: hello, my friend, said the man.\nAnd then he went, slowly, home.\n",
        messages=("plain text",),
        slot="source",
        plain="Dialogue: hello, my friend, said the man.\nAnd then he went, slowly, home.\n",
        locale="en-US",
    ),
]
SRT_ALL_THE_SAME += [
    File(
        "a transcript of a video platform, with times between the lines",
        "0:01\nBuenos días\n0:04\nhoy vemos el mar\n1:08\ny volvemos\n",
        messages=("plain text",),
        kinds={"clock"},
        slot="source",
        plain="0:01\nBuenos días\n0:04\nhoy vemos el mar\n1:08\ny volvemos\n",
    ),
    File(
        "a transcript of a meeting, with times before the names",
        "[00:00:01] Ana: Buenos días.\n[00:00:04] Luis: Hola.\n[00:00:08] Ana: Vamos.\n",
        messages=("plain text",),
        kinds={"clock"},
        slot="source",
        plain="[00:00:01] Ana: Buenos días.\n[00:00:04] Luis: Hola.\n[00:00:08] Ana: Vamos.\n",
    ),
    File(
        "a transcript without times and with a bad byte",
        "Ana: Buenos días.\nLuis: Mañana, mañana.\n".encode().replace("ñana.".encode(), b"\xf1ana."),
        messages=("plain text", "Line 2: A letter is damaged"),
        kinds={"damaged"},
        slot="source",
        plain="Ana: Buenos días.\nLuis: Mañana, ma\ufffdana.\n",
    ),
    File(
        "near: times of the day in a talk",
        "Ana: ¿Cuándo?\nLuis:\n10:30 en la playa, y a las 11:00 en casa.\nAna: Vale.\n",
        messages=("plain text",),
        slot="source",
        plain="Ana: ¿Cuándo?\nLuis:\n10:30 en la playa, y a las 11:00 en casa.\nAna: Vale.\n",
    ),
]
ASS = "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Text\nDialogue: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,Hola\n"
FORMATS = {
    "JSON": json.dumps({"segments": [{"start": 1.0, "end": 3.5, "text": "Hola"}]}, indent=1),
    "JSON ": '[{"start": 1.0, "text": "Hola"}, {"start":',
    "ASS/SSA": "\ufeff" + ASS,
    "ASS/SSA ": "Dialogue: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,Hola\nDialogue: 0,0:00:04.00,0:00:05.50,Default,,0,0,0,,Adiós\n",
    "a web page (HTML)": "\n<!DOCTYPE html>\n<html><head><!-- 1 --></head><body>Inicie sesión</body></html>\n",
    "TTML": '<?xml version="1.0" encoding="UTF-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="00:00:01.000" end="00:00:03.500">Hola</p></div></body></tt>\n',
    "TTML ": '<tt:tt xmlns:tt="http://www.w3.org/ns/ttml"><tt:body/></tt:tt>\n',
    "XML": '<?xml version="1.0"?><transcript><text start="1" dur="2">Hola</text></transcript>',
    "SAMI": "<SAMI>\n<BODY><SYNC Start=1000><P Class=ESCC>Hola\n</BODY></SAMI>\n",
    "SBV": "0:00:01.000,0:00:03.500\nHola a todos\n\n0:00:04.000,0:00:07.000\nHoy vemos el mar\n",
    "SubViewer": "[INFORMATION]\n[TITLE]x\n[END INFORMATION]\n00:00:01.00,00:00:03.50\nHola[br]a todos\n",
    "LRC": "[ar:Nadie]\n[00:01.00]Hola a todos\n[00:04.00]Hoy vemos el mar\n",
    "MicroDVD": "{1}{1}25.000\n{25}{75}Hola\n{100}{175}{y:i}Adiós\n",
    "MPL2": "[10][35]Hola\n[40][70]/Adiós\n",
    "TMPlayer": "00:00:01:Hola\n00:00:04:Adiós\n",
    "SCC": "Scenarist_SCC V1.0\n\n00:00:01:00\t9420 9420 94ae 94ae\n",
    "Spruce STL": "$FontName = Arial\n00:00:01:00 , 00:00:03:12 , Hola\n",
    "RTF": "{\\rtf1\\ansi\\deff0 1\\par 00:00:01,000 --> 00:00:03,500\\par Hola}\n",
    "a table": "start\tend\ttext\n1000\t3500\tHola\n4000\t7000\tAdiós\n",
    "a table ": "Index,Start Time,End Time,Text\n1,00:00:01.000,00:00:03.500,Hola\n",
    "a playlist": "#EXTM3U\n#EXT-X-VERSION:3\nsubs1.vtt\n",
}
BINARY = {
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    "a ZIP archive or an Office document": b"PK\x03\x04\x14\x00\x06\x00\x08\x00",
    "a gzip archive": b"\x1f\x8b\x08\x00\x00\x00",
    "EBU STL (binary subtitles)": b"850STL25.01" + b"0" * 200,
    "a video (MP4 or QuickTime)": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00",
}
NAMED = [
    File(f"{name.strip()}{at}", data, refused=f"This is {name.strip()}", slot=slot)
    for at, (name, data) in enumerate(FORMATS.items())
    for slot in ("target", "source")
] + [File(name, data, refused=f"This is {name}") for name, data in BINARY.items()]

# --- numbers, times and markup -----------------------------------------------------------------------------------------

DETAILS = [
    File(
        "numbers with dots",
        srt(*WORDS, numbers=("1.", "2.", "3.")),
        messages=("Line 1: Wrote cue numbers as plain numbers. Also on lines 5, 10.",),
    ),
    File(
        "numbers with minus",
        srt(*WORDS, numbers=("1", "-5", "3")),
        messages=("Line 5: Wrote cue numbers", "Numbered the cues from 1"),
    ),
    File(
        "numbers of a spreadsheet", srt(*WORDS, numbers=("1.0", "2.0", "3.0")), messages=("Line 1: Wrote cue numbers",)
    ),
    File(
        "numbers in brackets, with signs, and inserted ones",
        srt(*WORDS, numbers=("#1", "(2)", "2a")),
        messages=("Line 1: Wrote cue numbers", "Numbered the cues from 1"),
    ),
    File("near: a number that is said", srt("¿Cuánto es?\n-5", "1984.", "2."), sent=("¿Cuánto es?\n-5", "1984.", "2.")),
    File(
        "near: a list that is said",
        srt("Primero:\n1. Pan", "2. Leche", "3. Vino"),
        sent=("Primero:\n1. Pan", "2. Leche", "3. Vino"),
    ),
    File(
        "four digits of milliseconds at the end",
        GOOD.replace("03,500", "03,5000"),
        messages=("Line 2: Shortened milliseconds to three digits",),
    ),
    File(
        "four digits of milliseconds at the start",
        GOOD.replace("01,000", "01,0004"),
        messages=("Line 2: Shortened milliseconds to three digits",),
    ),
    File(
        "near: short milliseconds",
        GOOD.replace("03,500", "03,5"),
        messages=("Line 2: Wrote milliseconds with three digits",),
    ),
    File(
        "a negative time",
        GOOD.replace("00:00:04,000", "-00:00:04,000"),
        refused="Line 6: The time “-00:00:04,000 --> 00:00:07,000” is before the start of the video.",
    ),
    File(
        "both times negative, with a sign of mathematics",
        GOOD.replace(TIMES[1], "−00:00:04,000 --> −00:00:03,000"),
        refused="Line 6: The time “−00:00:04,000",
    ),
    File(
        "a negative time in a transcript",
        GOOD.replace("00:00:04,000", "-00:00:04,000"),
        refused="Line 6: The time",
        slot="source",
    ),
    File(
        "ASS: line breaks and spaces outside of braces",
        srt("Hola\\Na todos\\hde hoy"),
        kinds={"markup"},
        sent=("Hola\\Na todos\\hde hoy",),
    ),
    File(
        "ASS: tags that lost a brace",
        srt("{\\an8Hola a todos", "\\pos(10,20)Hoy vemos el mar"),
        kinds={"markup"},
        sent=("{\\an8Hola a todos", "\\pos(10,20)Hoy vemos el mar"),
    ),
    File(
        "ASS: a remark before the tag",
        srt("{top\\an8}Hola a todos"),
        kinds={"markup"},
        sent=("{top\\an8}Hola a todos",),
    ),
    File(
        "ASS: a whole line of it",
        srt("Dialogue: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,Hola a todos"),
        kinds={"markup"},
        sent=("Dialogue: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,Hola a todos",),
    ),
    File(
        "MicroDVD codes and braces for italics",
        srt("{y:i}Hola a todos", "{i}Hoy{/i} vemos el mar"),
        kinds={"markup"},
        sent=("{y:i}Hola a todos", "{i}Hoy{/i} vemos el mar"),
    ),
    File(
        "near: braces that are said by somebody",
        srt("{Ana} Hola a todos", "C:\\Nuevo y 1/2 \\ 3"),
        sent=("{Ana} Hola a todos", "C:\\Nuevo y 1/2 \\ 3"),
    ),
    File(
        "a programme that starts at 59:50",
        srt(*WORDS, times=("59:51,000 --> 59:53,500", "59:54,000 --> 59:57,000", "01:00:00,000 --> 01:00:03,000")),
        messages=("Added hours",),
        kinds={"offset", "past_end"},
    ),
    File(
        "a programme that starts at 00:59:50",
        srt(
            *WORDS,
            times=("00:59:51,000 --> 00:59:53,500", "00:59:54,000 --> 00:59:57,000", "01:00:00,000 --> 01:00:03,000"),
        ),
        kinds={"offset", "past_end"},
    ),
    File(
        "a programme that starts at 10:00:00",
        srt(*WORDS, times=tuple(time.replace("00:00:", "10:00:") for time in TIMES)),
        kinds={"offset", "past_end"},
    ),
    File(
        "a programme that starts at 09:58:00",
        srt(*WORDS, times=tuple(time.replace("00:00:", "09:58:") for time in TIMES)),
        kinds={"offset", "past_end"},
    ),
    File(
        "near: one cue long after the film",
        GOOD + "4\n00:59:50,000 --> 00:59:52,000\nAdiós.\n\n",
        kinds={"past_end"},
        sent=(*WORDS, "Adiós."),
    ),
]

# --- what others bring of the same kinds ------------------------------------------------------------------------------

UNNAMED = ("Removed names of cues", "Added missing cue numbers")
ODD = [
    File(
        "a letter of UTF-8 as half a pair, as some databases export it",
        RAW.replace("ñ".encode(), b"\xed\xa0\x80"),
        messages=("Line 8: A letter is damaged: the file is UTF-8",),
        kinds={"damaged"},
        sent=(WORDS[0], "Hoy vemos el mar,\ny ma\ufffd\ufffd\ufffdana el río.", WORDS[2]),
    ),
    File(
        "an emoji in two halves, as some databases export it",
        RAW.replace(b"casa.", b"casa. \xed\xa0\xbd\xed\xb8\x80"),
        sent=(*WORDS[:2], "Después volvemos a casa. \U0001f600"),
    ),
    File(
        "a letter wiped out by a program",
        GOOD.replace("ñ", "\0"),
        messages=("Line 8: A letter is damaged: ",),
        kinds={"damaged"},
        sent=(WORDS[0], "Hoy vemos el mar,\ny ma\ufffdana el río.", WORDS[2]),
    ),
    File("near: filled up with nothing at its end", GOOD + "\0" * 4),
    File("line separators of Unicode for line ends", GOOD.replace("\n", "\u2028")),
    File("line ends of a mainframe", GOOD.replace("\n", "\x85")),
    File(
        "near: a line separator inside of a line",
        GOOD.replace("Buenos días", "Buenos\u2028días"),
    ),
    File("names for numbers", srt(*WORDS, numbers=("a", "intro", "x-3")), messages=UNNAMED),
    File("words before the numbers", srt(*WORDS, numbers=("Cue 1", "Cue 2", "Cue 3")), messages=UNNAMED),
    File("one name among the numbers", srt(*WORDS, numbers=("1", "intro", "3")), messages=UNNAMED),
    File(
        "near: words alone above times, where a cue would be left with none",
        f"1\n{TIMES[0]}\n\nHola a todos.\n{TIMES[1]}\n\nBuenos días.\n",
        messages=("Added missing cue numbers", "missing blank line", "extra blank lines"),
        sent=("Hola a todos.", "Buenos días."),
    ),
    File(
        "WebVTT in small letters",
        "webvtt\n\n"
        + "".join(f"{time.replace(',', '.')}\n{text}\n\n" for time, text in zip(TIMES, WORDS, strict=True)),
        messages=("Converted from WebVTT",),
    ),
    File(
        "a web page behind a comment", "<!-- saved -->\n<!DOCTYPE html><html>Hola</html>", refused="This is a web page"
    ),
    File("a part of a web page", "<div class='x'><p>Hola</p></div>", refused="This is a web page", slot="source"),
    File(
        "TTML behind two comments",
        "<?xml version='1.0'?>\n<!-- a -->\n<!-- b -->\n<tt xmlns='http://www.w3.org/ns/ttml'></tt>",
        refused="This is TTML",
    ),
    File(
        "times with frames and a dash, as an editing program writes texts",
        "00:00:01:00 - 00:00:03:12\nHola a todos\n\n00:00:04:00 - 00:00:07:00\nQué tal\n",
        refused="This is a text with times (Premiere)",
        slot="source",
    ),
]

FILES = [*ODD, *DAMAGED, *REFERENCES, *(file for file, _ in ROLLING), *NOT_ROLLING, *SRT_ALL_THE_SAME, *NAMED, *DETAILS]


def test_the_corpus_is_large_and_varied() -> None:
    assert len({file.name + file.slot for file in FILES}) == len(FILES) >= 60


@pytest.mark.parametrize("file", [file for file in FILES if not file.refused], ids=str)
def test_the_findings_for_a_file_are_the_known_ones(file: File) -> None:
    report = looked_at(file)
    assert report.refusals == ()
    for words in file.messages:
        assert any(words in note for note in report.notes), report.notes
    assert bool(report.notes) is bool(file.messages), report.notes
    assert {group.kind for group in report.findings} == file.kinds
    assert bool(report.to_look_at) is bool(file.kinds - {"markup"})


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if not file.refused and not file.plain and file not in [one for one, _ in ROLLING]],
    ids=str,
)
def test_the_words_of_a_file_are_what_is_sent(file: File) -> None:
    report = looked_at(file)
    assert tuple(cue.text for cue in subtitles.read(report.srt).cues) == file.sent
    assert report.srt == subtitles.to_srt(subtitles.read(report.srt).cues)


@pytest.mark.parametrize("file", [file for file in FILES if file.plain], ids=str)
def test_a_transcript_without_times_is_sent_as_it_is(file: File) -> None:
    report = looked_at(file)
    assert (report.srt, report.cues) == (file.plain, 0)


@pytest.mark.parametrize("file", [file for file in FILES if file.refused], ids=str)
def test_what_cannot_be_used_is_refused_with_its_line_or_its_format(file: File) -> None:
    report = looked_at(file)
    assert report.srt == ""
    assert report.refusals[0].startswith(file.refused)


@pytest.mark.parametrize(("file", "left"), ROLLING, ids=lambda one: str(one) if isinstance(one, File) else "")
def test_rolling_captions_are_unrolled_by_one_click(file: File, left: tuple[str, ...]) -> None:
    cues = subtitles.read(looked_at(file).srt).cues
    context = text_reports.context(FILM, file.locale, text_reports.Beside())
    mended = subtitles.apply_fix(cues, "rolling", context)
    assert tuple(cue.text for cue in mended) == left
    assert "rolling" not in {one.kind for one in subtitles.within(mended, context)}
    assert all(one.start >= other.start for one, other in zip(mended[1:], mended, strict=False))


@pytest.mark.parametrize("file", [file for file in DETAILS if "offset" in file.kinds], ids=str)
def test_a_programme_of_a_tape_is_moved_to_the_beginning_by_one_click(file: File) -> None:
    cues = subtitles.read(looked_at(file).srt).cues
    context = text_reports.context(FILM, file.locale, text_reports.Beside())
    (finding,) = [one for one in subtitles.within(cues, context) if one.kind == "offset"]
    assert finding.fix.startswith("Move all cues by −")
    mended = subtitles.apply_fix(cues, "offset", context)
    assert mended[0].start == 1000
    assert {one.kind for one in subtitles.within(mended, context)} == set()


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("maÃ±ana", "mañana"),
        ("â€žgutâ€œ", "„gut“"),
        ("donâ€™t", "don’t"),
        ("rÃ\xado", "río"),
        ("ÐœÐ¾Ñ€Ðµ", "Море"),
    ],
)
def test_misread_letters_are_restored_with_one_click(broken: str, right: str) -> None:
    (cue,) = subtitles.apply_fix([subtitles.Cue(0, 2000, broken)], "misread", subtitles.Context())
    assert cue.text == right


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hola\\Na todos", "Hola\na todos"),
        ("Hola<br>a todos", "Hola\na todos"),
        ("{\\an8Hola", "Hola"),
        ("\\pos(10,20)Hoy", "Hoy"),
        ("{top\\an8}Hola", "Hola"),
        ("Dialogue: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,Hola, Ana", "Hola, Ana"),
        ("{y:i}Hola", "Hola"),
    ],
)
def test_markup_is_removed_with_one_click_and_words_stay_separate(text: str, left: str) -> None:
    (cue,) = subtitles.apply_fix([subtitles.Cue(0, 2000, text)], "markup", subtitles.Context())
    assert cue.text == left


# --- encodings of machines before Windows ----------------------------------------------------------------------------

IN_OLD = {
    "ru": ("Доброе утро, сегодня мы идём смотреть на море.", "Это не для меня, но что же делать?"),
    "uk": ("Доброго ранку, сьогодні ми йдемо дивитися на море.", "Це не для мене, але що ж робити?"),
    "es": ("Buenos días a todos, ¿cómo están?", "Hoy vemos el mar, y mañana el río. ¡Qué bien está aquí!"),
    "fr": ("Bonjour à tous, où êtes-vous allés ?", "C'était déjà l'été, et nous étions près de la forêt."),
    "de": ("Schöne Grüße an alle, ihr müßt das hören.", "Wir gehen heute übers Meer, und morgen natürlich nach Haus."),
    "pt": ("Bom dia a todos, vocês estão bem?", "Amanhã não vamos à praia, é uma pena, então ficamos."),
    "pl": ("Dziś wszyscy razem jedziemy nad morze.", "To nie jest dla mnie, ale co można zrobić?"),
    "el": ("Καλημέρα σε όλους, τι κάνετε σήμερα;", "Αυτό δεν είναι για μένα, αλλά τι να κάνω;"),
    "tr": ("Günaydın, bugün hepimiz denize gidiyoruz.", "Bu benim için değil ama ne yapabilirim? Çok güzel şeyler."),
    "cs": ("Dobré ráno, dnes jedeme všichni k moři.", "To není pro mě, ale co mám dělat?"),
    "it": ("Perché è così? Non è più come una volta.", "Lunedì andrò in città, sarà già metà mattina."),
}
OLD = {
    "ru": ("iso8859-5", "mac_cyrillic", "cp866", "koi8_r", "cp1251"),
    "uk": ("iso8859-5", "mac_cyrillic", "koi8_u", "cp1251"),
    "es": ("mac_roman", "cp850", "cp437", "cp1252"),
    "fr": ("mac_roman", "cp850", "cp437", "cp1252"),
    "de": ("mac_roman", "cp850", "cp437", "cp1252"),
    "pt": ("mac_roman", "cp850", "cp860", "cp1252"),
    "pl": ("iso8859-2", "mac_latin2", "cp852", "cp1250"),
    "el": ("mac_greek", "cp737", "cp869", "iso8859-7", "cp1253"),
    "tr": ("mac_turkish", "cp857", "cp1254"),
    "cs": ("iso8859-2", "mac_latin2", "cp852", "cp1250"),
    "it": ("mac_roman", "cp850", "cp1252"),
}


@pytest.mark.parametrize("lines", [1, 2])
@pytest.mark.parametrize(("language", "encoding"), [(one, each) for one, them in OLD.items() for each in them])
def test_an_old_encoding_is_read_as_what_it_is_and_named(language: str, encoding: str, lines: int) -> None:
    words = IN_OLD[language][-lines:]
    report = looked_at(File(encoding, srt(*words).encode(encoding), locale=f"{language}-XX"))
    assert [word for word in words if word not in report.srt] == []
    assert any("not UTF-8" in note for note in report.notes)
    assert [group for group in report.findings if group.kind == "encoding"] == []


def test_letters_that_no_encoding_of_the_language_explains_are_a_finding() -> None:
    report = looked_at(File("HP Roman-8", srt(*IN_OLD["es"]).encode("hp_roman8")))
    assert "encoding" in {group.kind for group in report.findings}
    near = srt("We met Müller in Zürich, and Köhler in Düsseldorf.", "It is not for me.").encode("cp1252")
    assert "encoding" not in {group.kind for group in looked_at(File("names", near, locale="en-US")).findings}
