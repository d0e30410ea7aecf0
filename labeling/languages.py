"""The language of a text, roughly: by its script, and in Latin script by its most frequent words. Good
enough to slice by; a short text is often unknown."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

UNKNOWN = "unknown"
LATIN = "LATIN"
WORDS = {
    "en": "the of and to in is you that it for on with this are your my how what from be at by or an",
    "es": "el la los las de que y en un una por con para es del se su más como no tu mi al lo",
    "fr": "le la les des de et un une du pour dans est que en sur avec au pas vous votre ce qui par",
    "de": "der die das und ist in zu den von mit für ein eine auf nicht sie dem des im wie aus sich",
    "pt": "o a os as de que e em um uma para com não por do da no na mais como seu sua ao você",
    "it": "il lo la i gli le di che e un una per con non del della in è sono come da su più nel",
    "nl": "de het een en van in is op te dat voor met zijn niet aan er om ook als bij je naar",
}
"""Language -> words that are frequent in it."""
SCRIPTS = {
    "CYRILLIC": "cyrillic",
    "CJK": "han",
    "HIRAGANA": "japanese",
    "KATAKANA": "japanese",
    "HANGUL": "korean",
    "ARABIC": "arabic",
    "HEBREW": "hebrew",
    "GREEK": "greek",
    "DEVANAGARI": "devanagari",
    "THAI": "thai",
}
"""How Unicode's names of letters begin -> what is said of the text."""

_SETS = {language: frozenset(words.split()) for language, words in WORDS.items()}
_WORD = re.compile(r"\w+")


def language_of(text: str) -> str:
    """Return a language's code, another script's name, or `unknown`.

    >>> language_of("10 things that you should know"), language_of("гадкий утёнок"), language_of("lol")
    ('en', 'cyrillic', 'unknown')
    """
    if not text.isascii():
        scripts = Counter(
            unicodedata.name(letter, "?").partition(" ")[0] for letter in text if letter.isalpha()
        )
        first = scripts.most_common(1)
        if first and first[0][0] != LATIN:
            kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
            return "japanese" if kana else SCRIPTS.get(first[0][0], UNKNOWN)
    words = Counter(_WORD.findall(text.casefold()))
    hits = Counter({language: sum(words[word] for word in own) for language, own in _SETS.items()})
    (best, most), (_, second) = hits.most_common(2)
    return best if most > second else UNKNOWN
