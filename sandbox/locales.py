"""The supported locales, how espeak-ng reads them, and a line to say when there is nothing else to say."""

LINES: dict[str, str] = {
    "ar-AE": "هذه دبلجة تجريبية باللغة العربية.",
    "bg-BG": "Това е пробен дублаж на български.",
    "zh-CN": "这是中文的测试配音。",
    "hr-HR": "Ovo je probna sinkronizacija na hrvatskom.",
    "cs-CZ": "Toto je zkušební dabing v češtině.",
    "da-DK": "Dette er en prøvedubbing på dansk.",
    "nl-NL": "Dit is een proefnasynchronisatie in het Nederlands.",
    "en-US": "This is a sandbox dub in English.",
    "fil-PH": "Ito ay isang pagsubok na dub sa Filipino.",
    "fi-FI": "Tämä on koejälkiäänitys suomeksi.",
    "fr-FR": "Ceci est un doublage d'essai en français.",
    "de-DE": "Dies ist eine Probesynchronisation auf Deutsch.",
    "el-GR": "Αυτή είναι μια δοκιμαστική μεταγλώττιση στα ελληνικά.",
    "hi-IN": "यह हिन्दी में एक परीक्षण डबिंग है।",
    "hu-HU": "Ez egy próbaszinkron magyarul.",
    "id-ID": "Ini adalah sulih suara percobaan dalam bahasa Indonesia.",
    "it-IT": "Questo è un doppiaggio di prova in italiano.",
    "ja-JP": "これは にほんごの テストふきかえです。",
    "ko-KR": "이것은 한국어 시험 더빙입니다.",
    "lt-LT": "Tai bandomasis dubliavimas lietuvių kalba.",
    "ms-MY": "Ini ialah alih suara percubaan dalam bahasa Melayu.",
    "nb-NO": "Dette er en prøvedubbing på norsk.",
    "pl-PL": "To jest próbny dubbing po polsku.",
    "pt-BR": "Esta é uma dublagem de teste em português.",
    "pt-PT": "Esta é uma dobragem de teste em português.",
    "ro-RO": "Acesta este un dublaj de probă în română.",
    "ru-RU": "Это пробный дубляж на русском языке.",
    "sk-SK": "Toto je skúšobný dabing v slovenčine.",
    "es-ES": "Este es un doblaje de prueba en español.",
    "es-MX": "Este es un doblaje de prueba en español de México.",
    "sv-SE": "Det här är en provdubbning på svenska.",
    "ta-IN": "இது தமிழில் ஒரு சோதனை ஒலிப்பதிவு.",
    "tr-TR": "Bu, Türkçe bir deneme dublajıdır.",
    "uk-UA": "Це пробний дубляж українською мовою.",
    "vi-VN": "Đây là bản lồng tiếng thử bằng tiếng Việt.",
}
TARGETS = frozenset(LINES)
BRITISH = "en-GB"
SOURCES = TARGETS | {"he-IL"}

_VOICES = {"zh-CN": "cmn", "en-US": "en-us", "pt-BR": "pt-br", "es-MX": "es-419", "fil-PH": "id", BRITISH: "en-gb-x-rp"}


def line_of(locale: str) -> str:
    """The line for a locale; British English is no locale of Panjaya's and has none of its own."""
    return LINES["en-US" if locale == BRITISH else locale]


def voice_of(locale: str) -> str:
    """The espeak-ng voice for a locale."""
    return _VOICES.get(locale, locale.split("-")[0])
