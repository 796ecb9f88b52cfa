import time

import pytest

from dubbing.platform import locales

DOCUMENTED = {
    *("ar-AE", "bg-BG", "zh-CN", "hr-HR", "cs-CZ", "da-DK", "nl-NL", "en-US", "fil-PH", "fi-FI", "fr-FR", "de-DE"),
    *("el-GR", "hi-IN", "hu-HU", "id-ID", "it-IT", "ja-JP", "ko-KR", "lt-LT", "ms-MY", "nb-NO", "pl-PL", "pt-BR"),
    *("pt-PT", "ro-RO", "ru-RU", "sk-SK", "es-ES", "es-MX", "sv-SE", "ta-IN", "tr-TR", "uk-UA", "vi-VN", "he-IL"),
}


def codes(found: list[tuple[str, str]]) -> list[str]:
    return [code for code, _ in found]


def test_the_table_is_what_the_provider_documents() -> None:
    assert set(locales.LOCALES) == DOCUMENTED
    assert len(DOCUMENTED) == 36
    assert all(locales.LOCALES[code].code == code for code in DOCUMENTED)


def test_locales_are_in_the_order_of_their_names() -> None:
    names = [locale.name for locale in locales.LOCALES.values()]
    assert names == sorted(names)
    assert len(set(names)) == len(names)


def test_a_locale_has_names_for_everybody() -> None:
    brazil = locales.LOCALES["pt-BR"]
    assert (brazil.name, brazil.native_name, str(brazil)) == ("Portuguese (Brazil)", "português", "Portuguese (Brazil)")


def test_arabic_and_hebrew_run_from_right_to_left() -> None:
    assert {locale.code for locale in locales.LOCALES.values() if locale.rtl} == {"ar-AE", "he-IL"}


def test_hebrew_is_a_source_only() -> None:
    assert locales.LOCALES["he-IL"] in locales.sources()
    assert locales.LOCALES["he-IL"] not in locales.targets()
    assert len(locales.sources()) == 36
    assert len(locales.targets()) == 35


@pytest.mark.parametrize("written", ["pt-BR", "pt_br", " PT-br\n", "Pt_BR"])
def test_a_locale_is_found_however_it_is_written(written: str) -> None:
    found = locales.find(written)
    assert found is not None
    assert found.code == "pt-BR"


@pytest.mark.parametrize("written", ["", "pt", "pt-", "-BR", "pt-XX", "portuguese", "pt-BR-x", "pt–BR", "ｐｔ-BR"])
def test_nothing_else_is_found(written: str) -> None:
    assert locales.find(written) is None


def test_a_longer_list_at_the_provider_needs_no_release() -> None:
    assert locales.find("th-TH") is None
    thai = locales.find("th_th", extra=["th-TH"])
    assert thai is not None
    assert (thai.code, thai.name, thai.source, thai.target) == ("th-TH", "Thai (Thailand)", True, True)
    assert thai in locales.sources(extra=["th-TH"])
    assert thai in locales.targets(extra=["th-TH"])
    assert locales.problems("en-US", ["th-TH"], extra=["th-TH"]) == []


def test_an_extra_code_may_lift_a_limit_of_the_table() -> None:
    hebrew = locales.find("he-IL", extra=["he-IL"])
    assert hebrew is not None
    assert (hebrew.name, hebrew.target, hebrew.rtl) == ("Hebrew (Israel)", True, True)


def test_an_extra_code_that_is_not_a_tag_is_left_out() -> None:
    assert locales.sources(extra=["pt", "", "nonsense"]) == locales.sources()


def test_good_pairs_have_no_problems() -> None:
    assert locales.problems("he-IL", ["en-US", "pt-BR", "pt-PT"]) == []


def test_each_problem_has_a_message_for_people() -> None:
    found = locales.problems("en-US", ["xx-YY", "he-IL", "en_us", "fr-FR", "fr-fr"])
    assert codes(found) == ["unsupported", "source_only", "same_as_source", "twice"]
    assert [message for _, message in found] == [
        "“xx-YY” is not a supported target language.",
        "Hebrew (Israel) can be the source language, but not a target.",
        "English (United States) is already the source language.",
        "French (France) is chosen more than once.",
    ]


def test_an_unsupported_source_is_a_problem_of_its_own() -> None:
    assert codes(locales.problems("en", ["fr-FR"])) == ["unsupported"]


@pytest.mark.parametrize(
    ("theirs", "ours", "pairs"),
    [
        (["es-ES"], ["es-ES"], {"es-ES": "es-ES"}),
        (["es_ES"], ["es-ES"], {"es_ES": "es-ES"}),
        (["ES-es"], ["es-ES"], {"ES-es": "es-ES"}),
        (["es"], ["es-ES"], {"es": "es-ES"}),
        (["ES"], ["fr-FR", "es-MX"], {"ES": "es-MX"}),
        (["es_ES.UTF-8"], ["es-ES"], {"es_ES.UTF-8": "es-ES"}),
        (["zh-Hans-CN", "fil"], ["fil-PH", "zh-CN"], {"zh-Hans-CN": "zh-CN", "fil": "fil-PH"}),
        (["cmn-CN", "no-NO"], ["zh-CN", "nb-NO"], {"cmn-CN": "zh-CN", "no-NO": "nb-NO"}),
        (["zh-cmn-Hans-CN", "de-DE-1996"], ["zh-CN", "de-DE"], {"zh-cmn-Hans-CN": "zh-CN", "de-DE-1996": "de-DE"}),
        (["es-ES"], ["es"], {"es-ES": "es"}),
        # Another region is another language to be dubbed into.
        (["es-MX"], ["es-ES"], {}),
        (["es-419"], ["es-MX"], {}),
        (["zh-Hant"], ["zh-Hans-CN"], {}),
        (["zh_Hant"], ["zh-CN"], {}),
        (["zh_Hans", "zh-Hant"], ["zh-TW", "zh-CN"], {"zh_Hans": "zh-CN", "zh-Hant": "zh-TW"}),
        (["sr-Latn"], ["sr-RS"], {"sr-Latn": "sr-RS"}),
        (["pt"], ["es-ES"], {}),
        # Several could be meant, so none is; but what is spelled exactly is out of the question.
        (["es"], ["es-ES", "es-MX"], {}),
        (["es", "es-MX"], ["es-ES", "es-MX"], {"es-MX": "es-MX", "es": "es-ES"}),
        (["es", "es-ES"], ["es-ES"], {"es-ES": "es-ES"}),
        (["es_ES", "es-ES"], ["es-ES"], {"es_ES": "es-ES", "es-ES": "es-ES"}),
        (["", "?", "x" * 40, "klingon"], ["es-ES"], {}),
        (["Klingon"], ["klingon"], {"Klingon": "klingon"}),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_a_tag_means_one_of_ours_however_it_is_spelled(
    theirs: list[str], ours: list[str], pairs: dict[str, str]
) -> None:
    assert locales.paired(theirs, ours) == pairs


def test_many_meaningless_tags_take_no_time() -> None:
    """A provider names them, and our rows wait meanwhile."""
    began = time.process_time()
    assert locales.paired([f"aa{number}" for number in range(3000)], [f"bb{number}" for number in range(3000)]) == {}
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("pt-BR", "Portuguese (Brazil)"),
        ("sw_ke", "Swahili (Kenya)"),
        ("xx-YY", "xx-YY"),
        ("klingon", "klingon"),
        ("", ""),
    ],
)
def test_a_locale_has_one_name_wherever_it_is_shown(code: str, name: str) -> None:
    assert locales.display_name(code) == name


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        *[("es-MX", "spa"), ("pt-BR", "por"), ("fr-FR", "fra"), ("de-DE", "deu"), ("zh-CN", "zho"), ("ms-MY", "msa")],
        *[("fil-PH", "fil"), ("nb-NO", "nob"), ("he-IL", "heb"), ("fa-IR", "fas"), ("et-EE", "est"), ("hr-HR", "hrv")],
        *[("sr-RS", "srp"), ("ar-AE", "ara"), ("ro-RO", "ron"), ("", "und"), ("qq-QQ", "und")],
    ],
)
def test_files_have_codes_of_three_letters(tag: str, code: str) -> None:
    assert locales.iso_639_2(tag) == code


def test_every_language_with_a_name_has_such_a_code() -> None:
    assert all(len(locales.iso_639_2(locale.code)) == 3 for locale in locales.known())
    assert "und" not in {locales.iso_639_2(locale.code) for locale in locales.known()}
