"""Detect the language of a text from its most common words, and from letters that few languages have.

The words are those of the stopwords-iso collection and a few of our own. A word counts more the fewer languages have
it; a letter that a language lacks counts against it. It is no general language detector. The well-maintained libraries
were considered (py3langid: numpy, 100 MB of memory per worker and 0.6 s before its first answer; lingua: a wheel of
96 MB). The only question is whether a text is in the slot's language, and very similar languages are never told apart.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache

from stopwordsiso import has_lang, stopwords

from dubbing.subtitles.writing_systems import expected, letters

# Split at blanks rather than at non-letters: the vowel signs of many scripts are not letters.
_EDGES = " .,;:!?…\"'“”„‚‘’«»‹›()[]{}-–—¿¡।،؟؛<>/*♪"
_SENTENCE_ENDS = (".", "!", "?", ":", "…")
_LEAST_LETTERS = 15
_LEAST_WORDS, _LEAST_KINDS = 8, 4  # with fewer words, no answer is given
_LEAST_SCORE, _LEAST_SHARE = 1.5, 0.2
_SURER = 2.0  # factor by which another language must beat the expected one, while a third is about as likely as it
_STRANGE, _TELLING = 0.5, 0.7  # a letter that the language lacks; one that hardly any other language has
_SAMPLE = 20_000  # characters; more would only use memory
_SURE = 1.6  # times as many hits as the next language

_STOP_WORDS = {
    "af": "die en nie is het ek jy hy sy ons dit van vir wat met sal kan maar was so by aan om",
    "az": "və bir bu mən sən nə üçün ilə var yox da də çox ki amma biz siz onlar belə necə",
    "bs": "je da se i u na nije što sam za ne ali kako si su to ovo sve bih šta smo",
    "ca": "el la els les i de que no és una un en per amb això què ho molt però jo hi ha als",
    "cs": "je se to že na jsem ale jsi co ne by tak jako když jak ten jen už pro byl jsme mě",
    "da": "det er jeg du og ikke en at har vi på til for med hvad så den der af han skal mig",
    "de": "der die das und ist nicht ich sie wir ein eine es mit auf für zu den dem auch aber was wie haben",
    "en": "the and you is to of it that in we this not are have for what was with your they be",
    "es": "de la que el en y no los una es por con para las lo un como pero muy está más yo qué",
    "et": "on ja ei see ma et mis sa oli aga kas ta me kui siis nii nagu ka seda mind olen",
    "fi": "on ja ei että se hän minä mutta oli niin en mitä kun ole tämä sinä nyt me olen jos",
    "fil": "ang ng sa na mga ay at ko hindi ka mo ito si siya ako namin para kung lang naman",
    "fr": "le la les de des et est que pas je vous nous un une dans pour ce qui il elle sur avec mais",
    "gl": "o a os as de que e non un unha en para por con é máis isto moi pero eu onde das dos",
    "hr": "je da se i u na nije što sam za ne ali kako si su to ovo sve bih smo",
    "hu": "a az és nem hogy egy is van ez meg de mit csak én itt ha mi volt azt nagyon lesz",
    "id": "yang dan di itu ini tidak ada kita untuk dengan saya kamu akan dari apa bisa ke aku sudah",
    "is": "að og er ég það ekki í þú á við sem en hann var um til með hvað þetta hún mér",
    "it": "il la che di e non è un una per in sono mi ti ma con questo del le gli come cosa ho",
    "lt": "ir kad yra tai ne aš tu į su kaip bet mes ar iš buvo jis man ką jūs čia labai",
    "lv": "un ir ka tas nav es tu uz ar kā bet mēs no par vai viņš man ko jūs šeit ļoti",
    "ms": "yang dan di itu ini tidak ada kita untuk dengan saya awak akan dari apa boleh ke aku sudah",
    "nb": "det er jeg du og ikke en at har vi på til for med hva så den som av han skal meg",
    "nl": "de het een en ik je niet is dat van we te zijn wat voor met maar op ze hij er naar",
    "pl": "nie to się na jest że co do jak w z tak ale ja ty mi za go jestem czy już dla był",
    "pt": "de que o a não os e é um uma para com eu você isso em por mas muito está do da se ele",
    "ro": "și nu de a la să în că o este un cu pe ce mai am din dar pentru care eu ai sunt",
    "sk": "je sa to že na som ale si čo nie by tak ako keď len už pre bol sme ma aj ten",
    "sl": "je da se in na ne to sem pa si kaj za ali ni kako so mi bi smo ti jaz kot zelo",
    "sq": "të dhe në një është që për nuk me ka nga kjo ai unë si do çfarë jam ti mirë",
    "sr-l": "je da se i u na nije što sam za ne ali kako si su to ovo sve bih smo",
    "sv": "det är jag du och inte en att har vi på till för med vad så den som av han ska mig",
    "sw": "na ya ni wa kwa katika hii sio mimi wewe yeye hiyo lakini sana kama nini hapa sisi cha",
    "tr": "bir ve bu ne için ben sen çok da de değil var mi ama ile o gibi daha kadar şey evet",
    "vi": "và là của không có tôi một được cho này người các trong đã với anh những đó cái gì",
    "be": "і не ў што на я ён гэта як але мы вы з да яго так калі быў яна ці ты вельмі",
    "bg": "и не да на е се това за какво ще аз ти от си но ме ли как съм той сме така много",
    "kk": "мен бұл және бір де сен не жоқ бар деп үшін біз ол емес керек қалай осы енді",
    "mk": "и не да на е се тоа за што ќе јас ти од си но ме ли како сум тој сме така многу",
    "ru": "и не в что на я это с он как мы вы но ты за так же его у меня то все был по она из",
    "sr": "је да се и у на није што сам за не али како си су то ово све бих смо",
    "uk": "і не в що на я це з він як ми ви але ти за так його у мене то все був по вона та до ні якщо тоді зі мною "
    "вже для щось треба можна тут там де коли чому бо або тільки ще дуже добре є буде була були тебе тобі мені нас вас "
    "їх цей ця цього від при про чи хто себе свою хочеш хочу знаю дякую сьогодні перед",
    "ar": "في من على لا ما هذا أن إلى كان هل أنا هو عن مع لقد أنت هذه ذلك لم كل نحن",
    "fa": "و در به از که این را است با من تو برای آن نه ما خوب اون چی می هم یک شما",
    "ur": "ہے میں کے کی اور سے کا نہیں کو یہ ہیں کیا تم وہ پر نے مجھے بھی ہو آپ",
    "hi": "है में के की और से का नहीं को यह हैं क्या तुम वह पर ने मुझे भी हो आप मैं",
    "mr": "आहे आणि मी तू नाही हे काय ते या च्या मला पण होते आम्ही तो ती केले आहेत",
    "ne": "छ र म हो छैन यो के को मा लाई हामी तिमी पनि तर भने गर्न थियो हुन्छ",
}
# Too similar for a few hundred words to tell them apart with certainty.
_FAMILIES = (
    {"da", "nb", "no", "nn"},
    {"id", "ms"},
    {"hr", "bs", "sr", "sr-l", "sl"},
    {"es", "gl"},
    {"pt", "gl"},
    {"bg", "mk"},
)
# The special letters of each language. A language that is not listed may have any.
_LETTERS = {
    "af": "áéèêëîïôöû", "az": "çəğıöşü", "bs": "čćđšž", "ca": "àçèéíïòóúü", "cs": "áčďéěíňóřšťúůýž", "da": "æøåé",
    "de": "äöüß", "en": "éï", "es": "áéíñóúü", "et": "äöõüšž", "fi": "äöåšž", "fil": "ñáéíóúâêîôûàèìòù",
    "fr": "àâæçèéêëîïôœùûüÿ", "gl": "áéíñóúü", "hr": "čćđšž", "hu": "áéíóöőúüű", "id": "é", "is": "áðéíóúýþæö",
    "it": "àèéìíîòóùú", "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "ms": "é", "nb": "æøåéòóôèê", "nl": "áéèëïíóöüúê",
    "pl": "ąćęłńóśźż", "pt": "àáâãçéêíóôõúü", "ro": "ăâîșțşţ", "sk": "áäčďéíĺľňóôŕšťúýž", "sl": "čšžćđ", "sq": "çë",
    "sr-l": "čćđšž", "sv": "åäöé", "sw": "", "tr": "çğıöşüâîû",
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя", "bg": "абвгдежзийклмнопрстуфхцчшщъьюяѝ",
    "kk": "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя", "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}  # fmt: skip
_LETTER_SETS = {language: frozenset(own) for language, own in _LETTERS.items()}
# A script that only one language of our table uses is sufficient evidence.
_BY_SCRIPT = {
    "ARMENIAN": "hy", "GEORGIAN": "ka", "GREEK": "el", "HANGUL": "ko", "HEBREW": "he", "HIRAGANA": "ja",
    "KANNADA": "kn", "KATAKANA": "ja", "MALAYALAM": "ml", "TAMIL": "ta", "TELUGU": "te", "THAI": "th",
}  # fmt: skip


def _family(language: str) -> str:
    return next((min(family) for family in _FAMILIES if language in family), language)


@cache
def _languages_by_word() -> dict[str, tuple[str, ...]]:
    """For each word, the languages that have it. Takes a tenth of a second, which no command waits for at its start."""
    known: dict[str, list[str]] = {}
    for language, own in _STOP_WORDS.items():
        kept = stopwords(_AT_ISO.get(language, language)) if has_lang(_AT_ISO.get(language, language)) else ()
        for word in {*own.split(), *(word for word in kept if word.replace("'", "").isalpha())}:
            known.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in known.items()}


_AT_ISO = {"fil": "tl", "nb": "no"}
_OWNERS = {
    letter: frozenset(language for language, letters in _LETTERS.items() if letter in letters)
    for letter in set("".join(_LETTERS.values()))
}


def language_of(locale: str) -> str:
    """The language of a tag: "pt" for "pt-BR"."""
    return {"tl": "fil", "no": "nb"}.get(locale.partition("-")[0], locale.partition("-")[0])


def letters_of(language: str) -> frozenset[str]:
    """The special letters of a language; empty if unknown."""
    return _LETTER_SETS.get(language, frozenset())


def known_words(text: str, language: str) -> int:
    """How many words of the text are common words of this language."""
    languages = _languages_by_word()
    return sum(language in languages.get(word, ()) for word in _words_in(text[:_SAMPLE]))


def guess(text: str) -> str:
    """The language of the text ("de"), or an empty string if the text is too short to tell."""
    best, is_sure, _ = _ranked(text[:_SAMPLE])
    return best if is_sure else ""


def stranger(text: str, language: str) -> str:
    """The language of the text if it is certainly not this one, or an empty string.

    It may be a language similar to it.
    """
    best, is_sure, score = _ranked(text[:_SAMPLE])
    if not best or alike(best, language):
        return ""
    mine = max((points for candidate, points in score.items() if alike(candidate, language)), default=0.0)
    return best if is_sure or max(score.values()) >= _SURER * mine else ""


@lru_cache(maxsize=128)
def _ranked(text: str) -> tuple[str, bool, dict[str, float]]:
    """The likeliest language (empty if the text is too short), whether it is certain, and all scores."""
    counts = letters(text)
    total = sum(counts.values())
    if total < _LEAST_LETTERS:
        return "", False, {}
    script, count = counts.most_common(1)[0]
    if counts["HIRAGANA"] + counts["KATAKANA"] > total // 20:
        return "ja", True, {"ja": 1.0}
    if script != "CJK" and count * 10 < total * 6:
        return "", False, {}
    alone = "zh" if script == "CJK" else _BY_SCRIPT.get(script, "")
    return (alone, True, {alone: 1.0}) if alone else _by_words(text, script)


def _by_words(text: str, script: str) -> tuple[str, bool, dict[str, float]]:
    counted = Counter(_words_in(text))
    score, kinds, hits = _scored(counted)
    possible = {
        candidate: score[candidate] for candidate in _STOP_WORDS if script in expected(candidate.partition("-")[0])
    }
    best = max(possible, key=lambda candidate: possible[candidate], default="")
    total = sum(counted.values())
    is_enough = total >= _LEAST_WORDS and kinds[best] >= _LEAST_KINDS and hits[best] >= _LEAST_SHARE * total
    if not best or not is_enough or possible[best] < _LEAST_SCORE:
        return "", False, {}
    rivals = [points for candidate, points in possible.items() if not alike(candidate, best)]
    is_sure = possible[best] >= _SURE * max(rivals, default=0.0)
    return best.removesuffix("-l"), is_sure, possible


def _words_in(text: str) -> Iterator[str]:
    """The words in lower case, without names, which are capitalised inside a sentence."""
    for line in text.replace("’", "'").split("\n"):
        begins = True
        for word in line.split():
            plain = word.strip(_EDGES)
            if plain and (begins or len(plain) == 1 or not plain.istitle()):
                yield plain.lower()
            begins = word.endswith(_SENTENCE_ENDS)


def _scored(counted: Counter[str]) -> tuple[defaultdict[str, float], Counter[str], Counter[str]]:
    """The score of each language, how many different words count for it, and how many words in all."""
    score: defaultdict[str, float] = defaultdict(float)
    kinds: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    strange = 0.0
    for word, count in counted.items():
        owners, weights = _owners(word), _weights(word)
        if owners is not None:  # subtracted from all languages, and added back for those that have these letters
            strange += _STRANGE * count
            for language in owners:
                score[language] += _STRANGE * count
            weights = {sign: weight for sign, weight in weights.items() if sign in owners or sign not in _LETTERS}
            among = len(set(map(_family, owners)))
            weights = ({} if among not in (1, 2) else dict.fromkeys(owners, _TELLING / among)) | weights
        for language, weight in weights.items():
            score[language] += weight * count
            kinds[language] += 1
            hits[language] += count
    for language in _LETTERS:
        score[language] -= strange
    return score, kinds, hits


def _weights(word: str) -> dict[str, float]:
    having = _languages_by_word().get(word, ())
    return dict.fromkeys(having, 1 / len(set(map(_family, having)))) if having else {}


def _owners(word: str) -> frozenset[str] | None:
    """The languages that have all special letters of the word; None if it has none."""
    special = [] if word.isascii() else [_OWNERS[letter] for letter in word if letter in _OWNERS]
    return frozenset.intersection(*special) if special else None


def alike(mine: str, other: str) -> bool:
    """Whether the two languages are the same, or too similar to be told apart here."""
    return mine == other or any(mine in family and other in family for family in _FAMILIES)
