"""Would a person be glad to find this pin, or is it unfinished, careless or empty?

Below are the functions that are declared; those that are coded are in `care`.
"""

from labeling import Signal, keywords, pattern

quality = Signal(
    "quality",
    classes=["good", "low"],
    guideline="""
    Could somebody who finds this pin use it? Good pins say what they show: a title that names the
    thing, a description with something to learn, a clear image. Low pins are unfinished or
    careless: a title such as "so good", a file name for a description, a text full of slips, a
    dark or blurred image, nobody knows where it came from.

    Taste does not count: a plain photo of a plain soup is good where the recipe is there. One flaw
    is not yet low: capitals over a real recipe, a single typo, or a missing description under a
    telling title and a clear image stay good; two such flaws make it low. Do not mark a pin low
    because it is spam: a well-made advertisement is good quality and spam.
    """,
)
GOOD, LOW = quality.labels

# Haste: what people type when they do not mean to be read.
quality.add(
    pattern(
        "placeholder_or_file_name",
        LOW,
        r"\b(?:IMG|DSC|PXL|Screenshot)[_-]?\d+|\.jpe?g\b|\btext later|\blorem ipsum|\buntitled"
        r"|\bluego escribo|\btexto pendiente|\bsin título"
        r"|\btext kommt|\bfolgt noch|\bohne titel"
        r"|あとで書き|無題",
    ),
    keywords(
        "unknown_source",
        LOW,
        [
            *("idk", "repost", "credit unknown", "somewhere", "found this on", "screenshot"),
            *("no sé de dónde", "no es mío", "autor desconocido"),
            *("keine Ahnung", "Quelle unbekannt", "nicht von mir"),
            *("どこのか分からない", "出典不明", "拾い画", "転載"),
        ],
    ),
    keywords(
        "excuse_for_the_photo",
        LOW,
        [
            *("sorry", "blurry", "too dark", "bad photo", "phone pic", "pic from my phone"),
            *("se ve oscura", "borrosa", "foto del móvil"),
            *("leider dunkel", "unscharf", "Handyfoto"),
            *("写真が暗い", "暗いです", "ぼやけ", "スマホ写真"),
        ],
    ),
    pattern(
        "same_words_again",
        LOW,
        r"\b(\w{2,})(?: \1\b){2}|\b(\w+ \w+) \2\b|([\u3040-\u9fff]{2,})\W*\3\W*\3",
        field="description",
    ),
    pattern(
        "letters_gone_astray",  # "liviing", "sooo", "hPoto": fingers faster than eyes
        LOW,
        r"(?:hh|jj|qq|vv|xx|yy|ii)[a-z]|[a-vx-z]ww|uuu?[^m\W]|([a-z])\1\1|\b[a-z][A-Z][a-z]{2}",
        case_sensitive=True,
    ),
    keywords(
        "comment_that_says_nothing",
        LOW,
        [
            *("nice", "cute stuff", "good good", "see more see more", "trendy viral", "lol"),
            *("bonito", "qué bonito", "ver más ver más"),
            *("schön", "mehr mehr"),
            *("いい感じ", "もっと見る"),
        ],
        field="description",
    ),
)

# Care: what it takes to be of use to somebody else.
quality.add(
    pattern(
        "how_to_title",
        GOOD,
        r"\bhow to\b|\bstep by step|\brecipe|\bpattern\b|\btutorial|\bguide\b|\bitinerary|\bplan\b"
        r"|\bcómo hacer|\breceta|\bpaso a paso|\bpatrón|\bguía"
        r"|\brezept|\banleitung|\bschritt für schritt|\bso geht"
        r"|作り方|レシピ|やり方|コツ",
        field="title",
    ),
    pattern(
        "counted_title",
        GOOD,
        r"^\d+ [^\W\d]|: \d+ |\b\d+ (?:ways|ideas|tips|moves|tricks|minut\w+|days)|\d+選|\d+分",
        field="title",
    ),
    pattern(
        "numbers_to_work_with",
        GOOD,
        r"\b\d+ ?(?:minut\w+|min|km|cm|mm|g|grams|C|grad\w*|euros?|dollars|pieces|prendas|teile)\b"
        r"|\b\d+ (?:rounds|sets|series|runden|portion\w*|raciones)\b|\d+(?:分|度|キロ|着|人分|回)",
        field="description",
    ),
    keywords(
        "reason_given",
        GOOD,
        [
            *("so that", "because", "instead of", "you need", "all you need", "make sure", "so it"),
            *("porque", "así", "necesitas", "para que", "en lugar de"),
            *("weil", "damit", "du brauchst", "am besten", "statt"),
            *("ので", "ため", "おすすめ", "材料"),
        ],
        field="description",
    ),
)
