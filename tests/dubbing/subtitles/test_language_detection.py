"""Which language a text is in, and whether it stands where it belongs."""

# ruff: noqa: E501 - sentences stay whole

from __future__ import annotations

from typing import Any

import pytest

from dubbing import subtitles
from dubbing.platform import locales
from dubbing.subtitles import Context, Cue, Other
from dubbing.subtitles.language_detection import alike, guess, language_of, stranger
from tests.support.sentences import KITCHEN, MACHINE

SAMPLES = {
    "bg": "Днес ще отидем заедно на море. Това не е за мен, но какво да правим? Аз съм тук, а ти си там, и така е добре.",
    "cs": "Dnes jdeme společně k moři. To není pro mě, ale co se dá dělat? Jsem tady a ty jsi tam, tak je to dobře.",
    "da": "I dag går vi sammen til havet. Det er ikke noget for mig, men hvad skal vi gøre? Jeg er her og du er der.",
    "de": "Heute gehen wir alle zusammen ans Meer. Das ist nichts für mich, aber was soll man machen? Ich bin hier und du bist dort.",
    "en": "Today we are all going to the sea together. It is not for me, but what can you do? I am here and you are there with them.",
    "es": "Hoy vamos todos juntos al mar. No es para mí, pero ¿qué se puede hacer? Yo estoy aquí y tú estás allí con los otros.",
    "fi": "Tänään menemme kaikki yhdessä merelle. Se ei ole minua varten, mutta mitä voi tehdä? Minä olen täällä ja sinä olet siellä, niin se on.",
    "fil": "Ngayon ay pupunta tayo sa dagat. Hindi ito para sa akin, ngunit ano ang magagawa ko? Nandito ako at nandoon ka sa mga iba.",
    "fr": "Aujourd'hui nous allons tous ensemble à la mer. Ce n'est pas pour moi, mais que faire ? Je suis ici et vous êtes là avec les autres dans une maison.",
    "hr": "Danas svi zajedno idemo na more. To nije za mene, ali što se može? Ja sam ovdje i ti si tamo, to je sve kako smo htjeli.",
    "hu": "Ma mindannyian együtt megyünk a tengerhez. Ez nem nekem való, de mit lehet tenni? Én itt vagyok és te ott, hogy mi van, azt nem tudom.",
    "id": "Hari ini kita semua pergi ke laut. Ini tidak untuk saya, tapi apa yang bisa kita lakukan? Saya di sini dan kamu di itu dengan dia.",
    "it": "Oggi andiamo tutti insieme al mare. Non è per me, ma che cosa si può fare? Io sono qui e tu sei lì con gli altri, e questo è il problema.",
    "lt": "Šiandien visi kartu einame prie jūros. Tai ne man, bet ką daryti? Aš esu čia, o tu esi ten, ir tai yra labai gerai, kad mes kartu.",
    "nb": "I dag går vi sammen til havet. Det er ikke noe for meg, men hva skal vi gjøre? Jeg er her og du er der.",
    "nl": "Vandaag gaan we allemaal samen naar de zee. Het is niet voor mij, maar wat kun je doen? Ik ben hier en jij bent daar met een van hen.",
    "pl": "Dziś wszyscy razem jedziemy nad morze. To nie jest dla mnie, ale co można zrobić? Jestem tutaj, a ty jesteś tam, i tak to jest, że już się nie da.",
    "pt": "Hoje vamos todos juntos ao mar. Não é para mim, mas o que se pode fazer? Eu estou aqui e você está lá com uma amiga, e isso é muito bom.",
    "ro": "Astăzi mergem cu toții la mare. Nu este pentru mine, dar ce pot să fac? Eu sunt aici și tu ești acolo, iar asta e din ce în ce mai bine cu un prieten.",
    "ru": "Сегодня мы все вместе идём на море. Это не для меня, но что же делать? Я здесь, а ты там, и так было всё время, как он сказал.",
    "sk": "Dnes ideme všetci spolu k moru. To nie je pre mňa, ale čo sa dá robiť? Som tu a ty si tam, tak je to dobre, keď už sme tu.",
    "sv": "I dag går vi alla tillsammans till havet. Det är inte för mig, men vad ska man göra? Jag är här och du är där, och det är bra att vi har det.",
    "tr": "Bugün hep birlikte denize gidiyoruz. Bu benim için değil ama ne yapabiliriz? Ben buradayım ve sen oradasın, çok güzel bir gün, o da var, daha ne olsun.",
    "uk": "Сьогодні ми всі разом ідемо на море. Це не для мене, але що робити? Я тут, а ти там, і так було весь час, як він сказав, та й то.",
    "vi": "Hôm nay chúng ta cùng đi biển. Cái này không phải cho tôi, nhưng làm gì được? Tôi ở đây và anh ở đó với một người trong những người đã đến.",
    "ar": "اليوم نذهب كلنا إلى البحر. هذا ليس من أجلي، لكن ما العمل؟ أنا هنا وأنت هناك مع كل الناس في هذه المدينة، لا شيء على ما يرام.",
    "hi": "आज हम सब समुद्र जा रहे हैं। यह मेरे के लिए नहीं है, पर क्या करें? मैं यहाँ हूँ और तुम वहाँ हो, और यह सब की बात है।",
    "ja": "今日はみんなで海へ行きます。それは私のためではありませんが、どうしましょう。私はここにいます。あなたはそこにいます。とてもきれいです。",
    "ko": "오늘 우리는 모두 함께 바다에 갑니다. 그것은 나를 위한 것이 아니지만 어떻게 할까요? 나는 여기 있고 당신은 거기 있습니다.",
    "zh": "今天我们大家一起去海边。这不是为了我，但是有什么办法呢？我在这里，你在那里，这里的风景非常美丽，我们都很高兴，一起回家吃饭吧。",
    "el": "Σήμερα πάμε όλοι μαζί στη θάλασσα. Δεν είναι για μένα, αλλά τι να κάνεις;",
    "th": "วันนี้เราไปทะเลด้วยกัน มันไม่ใช่สำหรับฉัน แต่จะทำอย่างไรได้ ฉันอยู่ที่นี่และคุณอยู่ที่นั่น",
    "ta": "இன்று நாம் அனைவரும் கடலுக்குப் போகிறோம். இது எனக்கு அல்ல, ஆனால் என்ன செய்வது?",
}


@pytest.mark.parametrize("language", SAMPLES)
def test_a_few_sentences_are_enough(language: str) -> None:
    assert alike(guess(SAMPLES[language]), language)


@pytest.mark.parametrize(
    "text", ["", "Ja.", "12 13 14", "Anna Bob Clara Dora Emil Fritz Gustav Hans Ida Jan Karl Lena"]
)
def test_nothing_is_guessed_from_too_little(text: str) -> None:
    assert guess(text) == ""


@pytest.mark.parametrize("code", locales.LOCALES)
def test_no_language_of_the_table_is_taken_for_another(code: str) -> None:
    language = language_of(code)
    if language in SAMPLES:
        assert not kinds(SAMPLES[language], locale=code) & {"language", "crossed", "misplaced"}


TALKS = {"kitchen": KITCHEN, "machine": MACHINE}


def cues_of(sentences: tuple[str, ...]) -> list[Cue]:
    return [Cue(at * 6_000, at * 6_000 + 5_500, text) for at, text in enumerate(sentences)]


@pytest.mark.parametrize("code", locales.LOCALES)
@pytest.mark.parametrize("talk", TALKS)
def test_clean_subtitles_in_their_own_language_raise_no_alarm(talk: str, code: str) -> None:
    cues = cues_of(TALKS[talk][code])
    found = subtitles.findings(cues, Context(locale=code, duration=60.0, file_name=f"talk.{code}.srt"))
    assert found == ()


@pytest.mark.parametrize("code", locales.LOCALES)
@pytest.mark.parametrize("talk", TALKS)
def test_no_single_cue_is_taken_for_another_language(talk: str, code: str) -> None:
    for sentence in TALKS[talk][code]:
        assert stranger(sentence, language_of(code)) == ""


# Czech and Slovak sentences as short as these may be told apart or not.
NEAR = [{"cs", "sk"}]


@pytest.mark.parametrize("code", locales.LOCALES)
@pytest.mark.parametrize("talk", TALKS)
def test_a_few_cues_in_the_slot_of_another_language_are_reported(talk: str, code: str) -> None:
    text = "\n".join(TALKS[talk][code])
    mine = language_of(code)
    for other in map(language_of, locales.LOCALES):
        if not alike(mine, other) and {mine, other} not in NEAR:
            assert stranger(text, other), other


@pytest.mark.parametrize(("code", "others"), [("es-ES", "es-MX"), ("pt-BR", "pt-PT"), ("en-US", "en-GB")])
def test_a_region_of_the_same_language_raises_no_alarm(code: str, others: str) -> None:
    for one, other in ((code, others), (others, code)):
        for talk in TALKS.values():
            if one in talk:
                assert not kinds("\n".join(talk[one]), locale=other) & {"language", "misplaced", "crossed"}


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Klick auf File, dann auf Save as, und gib dem Backup einen Namen. Der Download startet im Browser.", "de-DE"),
        ("John y Mary van con Michael a New York, y luego The Rolling Stones tocan Start Me Up.", "es-ES"),
        ("OK! Yeah! Let's go, amigos, vamos ya a la casa de mi abuela.", "es-MX"),
        ("Le weekend, on fait du shopping, puis un brunch avec le manager de la start-up.", "fr-FR"),
        ("Mahlzeit! Tschüss! Servus! Grüezi!", "de-DE"),
        ("La la la, oh oh oh, na na na, hey hey hey, la la la", "es-ES"),
    ],
)
def test_foreign_words_in_a_text_raise_no_alarm(text: str, locale: str) -> None:
    assert not kinds(text, locale=locale) & {"language", "misplaced", "crossed"}


def kinds(text: str, **known: Any) -> set[str]:
    return {finding.kind for finding in subtitles.findings([Cue(0, 19_000, text)], Context(**known))}


def test_a_language_other_than_the_slot_s_is_reported() -> None:
    assert "language" in kinds(SAMPLES["de"], locale="fr-FR")
    assert "language" in kinds(SAMPLES["ru"], locale="uk-UA")
    assert "language" in kinds(SAMPLES["uk"], locale="ru-RU")
    assert "language" in kinds(SAMPLES["en"], locale="de-DE")


def test_two_crossed_texts_can_be_swapped() -> None:
    there = subtitles.described("fr-FR", "fr-FR", SAMPLES["de"])
    (finding,) = subtitles.misplacements(SAMPLES["fr"], Context(locale="de-DE", others=(there,)))
    assert (finding.kind, finding.fix) == ("crossed", "Swap with French (France)")


def test_a_text_can_be_moved_to_the_one_place_it_fits() -> None:
    empty = Other("fr-FR", "fr-FR")
    (finding,) = subtitles.misplacements(SAMPLES["fr"], Context(locale="de-DE", others=(empty,)))
    assert (finding.kind, finding.fix) == ("misplaced", "Move to French (France)")
    two = (Other("es-ES", "es-ES"), Other("es-MX", "es-MX"))
    (finding,) = subtitles.misplacements(SAMPLES["es"], Context(locale="de-DE", others=two))
    assert (finding.kind, finding.fix) == ("language", "")


def test_the_same_words_in_another_slot_are_reported_whatever_their_times() -> None:
    copy = subtitles.described("source", "en-US", SAMPLES["de"].upper())
    assert "same_text" in kinds(SAMPLES["de"], locale="de-DE", others=(copy,))
    other = subtitles.described("source", "en-US", SAMPLES["en"])
    assert "same_text" not in kinds(SAMPLES["de"], locale="de-DE", others=(other,))


def test_two_regions_of_a_language_may_share_a_text() -> None:
    other = subtitles.described("es-ES", "es-ES", SAMPLES["es"])
    (finding,) = subtitles.misplacements(SAMPLES["es"], Context(locale="es-MX", others=(other,)))
    assert (finding.kind, finding.severity) == ("same_text", "hint")


@pytest.mark.parametrize(
    ("name", "is_reported"),
    [
        ("film.fr.srt", True),
        ("film_fr-FR.srt", True),
        ("film [ger].srt", False),
        ("film-fre.srt", True),
        ("film.de-DE.srt", False),
        ("film.de.forced.srt", False),
        ("How to do it.srt", False),
        ("film.srt", False),
        ("", False),
    ],
)
def test_a_file_named_for_another_language_is_reported_if_the_text_is_inconclusive(
    name: str, is_reported: bool
) -> None:
    assert ("file_name" in kinds("Hallo.", locale="de-DE", file_name=name)) is is_reported


def test_a_file_named_for_another_region_is_reported() -> None:
    assert "file_name" in kinds(SAMPLES["es"], locale="es-ES", file_name="film.es-MX.srt")
    assert "file_name" not in kinds(SAMPLES["es"], locale="es-ES", file_name="film.es.srt")
    assert "file_name" not in kinds(SAMPLES["de"], locale="de-DE", file_name="film.fr.srt")
