"""Which language a text is in, told by the small words that every text of some length is full of.

A table of stop words, and no library: the well kept ones were looked at (py3langid: numpy, 100 MB of memory for each
worker and 0.6 s before its first answer; lingua: a wheel of 96 MB). Subtitles have hundreds of words, the question is
only whether they are what the slot says, and languages that are much alike are never told apart here.
"""

from collections import Counter
from functools import lru_cache

from .scripts import expected, letters

# Cut at blanks and not at what is no letter: the vowel signs of many scripts are none.
_EDGES = " .,;:!?…\"'“”„‚‘’«»‹›()[]{}-–—¿¡।،؟؛<>/*♪"
_LEAST_HITS, _LEAST_KINDS, _LEAST_SHARE = 6, 4, 0.12
_SAMPLE = 50_000  # characters; more would only fill the memory
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
    "uk": "і не в що на я це з він як ми ви але ти за так його у мене то все був по вона та",
    "ar": "في من على لا ما هذا أن إلى كان هل أنا هو عن مع لقد أنت هذه ذلك لم كل نحن",
    "fa": "و در به از که این را است با من تو برای آن نه ما خوب اون چی می هم یک شما",
    "ur": "ہے میں کے کی اور سے کا نہیں کو یہ ہیں کیا تم وہ پر نے مجھے بھی ہو آپ",
    "hi": "है में के की और से का नहीं को यह हैं क्या तुम वह पर ने मुझे भी हो आप मैं",
    "mr": "आहे आणि मी तू नाही हे काय ते या च्या मला पण होते आम्ही तो ती केले आहेत",
    "ne": "छ र म हो छैन यो के को मा लाई हामी तिमी पनि तर भने गर्न थियो हुन्छ",
}
# Alike enough that a few hundred words do not tell them apart for sure.
_FAMILIES = (
    {"da", "nb", "no", "nn"},
    {"id", "ms"},
    {"hr", "bs", "sr", "sr-l", "sl"},
    {"es", "gl"},
    {"pt", "gl"},
    {"bg", "mk"},
)
_SETS = {language: frozenset(words.split()) for language, words in _STOP_WORDS.items()}
# A script that one language of our table alone is written in says it all.
_BY_SCRIPT = {
    "ARMENIAN": "hy", "GEORGIAN": "ka", "GREEK": "el", "HANGUL": "ko", "HEBREW": "he", "HIRAGANA": "ja",
    "KANNADA": "kn", "KATAKANA": "ja", "MALAYALAM": "ml", "TAMIL": "ta", "TELUGU": "te", "THAI": "th",
}  # fmt: skip


def language_of(locale: str) -> str:
    """The language of a tag: "pt-BR" is "pt"."""
    return {"tl": "fil", "no": "nb"}.get(locale.partition("-")[0], locale.partition("-")[0])


def guess(text: str) -> str:
    """The language of the text ("de"), or an empty string when there is too little to go by."""
    return _guess(text[:_SAMPLE])


@lru_cache(maxsize=128)
def _guess(text: str) -> str:
    found = letters(text)
    if sum(found.values()) < 30:
        return ""
    script, count = found.most_common(1)[0]
    if count * 10 < sum(found.values()) * 6 and script != "CJK":
        return ""
    if found["HIRAGANA"] + found["KATAKANA"] > sum(found.values()) // 20:
        return "ja"
    if script == "CJK":
        return "zh"
    return _BY_SCRIPT.get(script) or _by_words(text, script)


def _by_words(text: str, script: str) -> str:
    counted = Counter(word.strip(_EDGES) for word in text.lower().replace("’", "'").split())
    hits = {
        language: sum(counted[word] for word in words)
        for language, words in _SETS.items()
        if script in expected(language.partition("-")[0])
    }
    if not hits:
        return ""
    best = max(hits, key=lambda language: hits[language])
    kinds = sum(word in counted for word in _SETS[best])
    rivals = [count for language, count in hits.items() if not alike(language, best)]
    enough = hits[best] >= max(_LEAST_HITS, _LEAST_SHARE * sum(counted.values())) and kinds >= _LEAST_KINDS
    return best.removesuffix("-l") if enough and hits[best] >= _SURE * max(rivals, default=0) else ""


def alike(one: str, other: str) -> bool:
    """Whether the two are the same language, or too much alike to be told apart here."""
    return one == other or any(one in family and other in family for family in _FAMILIES)
