"""The language of a subtitle file, told by its name."""

from __future__ import annotations

import pytest

from dubbing.platform import locales
from dubbing.subtitles.file_names import language_in, slot_meant

OFFERED = [locale.code for locale in locales.targets() if locale.code != "en-US"]
CHOSEN = ["es-ES", "fr-FR"]

# With English (United States) spoken, and Spanish (Spain) and French chosen.
PLACED = {
    "harbour.es-ES.srt": "es-ES",
    "harbour_es.srt": "es-ES",
    "Spanish.srt": "es-ES",
    "fr.vtt": "fr-FR",
    "film-fr-FR-v2.srt": "fr-FR",
    "HARBOUR_ES_mx.SRT": "es-MX",
    "harbour.ptBR.srt": "pt-BR",
    "harbour pt-br final (1).srt": "pt-BR",
    "Harbour - Español.srt": "es-ES",
    "Harbour - espan\u0303ol.srt": "es-ES",  # as a Mac writes it
    "harbour [FRE].srt": "fr-FR",
    "Français.vtt": "fr-FR",
    "harbour.es.srt.txt": "es-ES",
    "subs/es.srt": "es-ES",
    "C:\\subs\\es.srt": "es-ES",
    "es-ES_harbour.srt": "es-ES",
    "harbour.es-ES.reviewed by the client.srt": "es-ES",
    "Brazilian Portuguese.srt": "pt-BR",
    "Portuguese (Brazil).srt": "pt-BR",
    "Harbour (Spanish - Spain).srt": "es-ES",
    "harbour castellano.srt": "es-ES",
    "harbour.en-US.srt": "source",
    "harbour.en.srt": "source",
    "harbour.transcript.srt": "source",
    "harbour fil-PH.srt": "fil-PH",
}
UNSURE = {
    "harbour.srt": (),
    "v2.srt": (),
    ".srt": (),
    "Deutsch.srt": ("de-DE",),  # not chosen: German as spoken where?
    "harbour.ger.srt": ("de-DE",),
    "pt.srt": ("pt-BR", "pt-PT"),
    "harbour.de-fr.srt": ("fr-FR", "de-DE"),  # from one into the other
    "harbour.es-AR.srt": ("ar-AE", "es-MX", "es-ES"),
    "harbour.es-US.srt": ("es-MX", "es-ES"),
    "harbour.es-419.srt": ("es-MX", "es-ES"),
    "zh-Hans.srt": ("zh-CN",),
    "harbour.es.hi.srt": ("hi-IN", "es-MX", "es-ES"),  # for the hard of hearing, or Hindi
    "The Spanish Prisoner.srt": ("es-MX", "es-ES"),
    "It - Chapter Two.srt": ("it-IT",),
    "Is this it.srt": ("it-IT",),
    "De kampioenen.srt": ("de-DE",),
    "made in heaven.srt": (),
    "日本語.vtt": ("ja-JP",),
    "हिन्दी.srt": ("hi-IN",),
    "Tiếng Việt.srt": ("vi-VN",),
    "русский.srt": ("ru-RU",),
    "norsk bokmål.srt": ("nb-NO",),
    "harbour.no.srt": ("nb-NO",),
}


@pytest.mark.parametrize("name", PLACED)
def test_a_name_says_the_slot(name: str) -> None:
    assert slot_meant(language_in(name), OFFERED, CHOSEN, "en-US").slot == PLACED[name]


@pytest.mark.parametrize("name", UNSURE)
def test_an_unsure_name_places_nothing_and_suggests_what_it_may_mean(name: str) -> None:
    meant = slot_meant(language_in(name), OFFERED, CHOSEN, "en-US")
    assert meant.slot is None
    assert meant.candidates == UNSURE[name]


@pytest.mark.parametrize("chosen", [[], ["es-ES", "es-MX"]])
def test_a_language_without_its_region_needs_the_one_that_is_chosen(chosen: list[str]) -> None:
    assert slot_meant(language_in("harbour_es.srt"), OFFERED, chosen).slot is None
    assert slot_meant(language_in("harbour_es.srt"), OFFERED, ["es-MX", "fr-FR"]).slot == "es-MX"


def test_a_transcript_needs_a_provider_that_accepts_one() -> None:
    named = language_in("transcript.srt")
    assert slot_meant(named, OFFERED, CHOSEN).slot is None
    assert slot_meant(named, OFFERED, CHOSEN, "").slot == "source"


@pytest.mark.parametrize(
    "locale", [one for one in locales.targets() if one.code in OFFERED], ids=lambda locale: locale.code
)
def test_every_language_is_found_by_its_tag_and_by_its_names(locale: locales.Locale) -> None:
    english = locale.name.partition(" (")[0]
    for name in (locale.code, locale.code.lower().replace("-", "_"), english, locale.native_name, locale.name):
        named = language_in(f"Harbour tour.{name}.srt")
        assert slot_meant(named, OFFERED, [locale.code]).slot == locale.code, name


def test_the_stem_is_a_possible_name_of_the_video() -> None:
    assert language_in("Harbour_tour-1.es-ES-v2.srt").stems == ("harbour tour 1", "harbour tour 1 v2")
    assert language_in("es-ES_harbour.srt").stems == ("harbour",)
    assert language_in("es.srt").stems == ()
