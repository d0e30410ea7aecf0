"""Clickbait headlines: a worked example on a public set of 32,000 headlines."""

from labeling import ABSTAIN, Pin, Signal, keywords, pattern

clickbait = Signal(
    "clickbait",
    classes=["news", "clickbait"],
    guideline="""
    Does the headline hold back what the piece says, so that you must click to learn it?
    A list, a quiz or an address to the reader is clickbait; who did what, and where, is news.
    """,
)
NEWS, CLICKBAIT = clickbait.labels

clickbait.add(
    pattern("counts_things", CLICKBAIT, r"^\d+ \w+", field="title"),
    keywords("speaks_to_you", CLICKBAIT, ["you", "your", "you're", "you'll"], field="title"),
    pattern("promises_feelings", CLICKBAIT, r"\b(will|can) (make|blow|change|restore)\b"),
    pattern("quiz", CLICKBAIT, r"\b(can you|do you|are you|which|what) .*\b(you|your|are)\b"),
    keywords("superlative", CLICKBAIT, ["best", "greatest", "most", "perfect", "ultimate"]),
    pattern("this_is_why", CLICKBAIT, r"\b(this|these|here's|here are|things|times|reasons)\b"),
    keywords(
        "public_life",
        NEWS,
        ["minister", "president", "court", "police", "government", "election", "parliament", "UN"],
    ),
    keywords("death_and_war", NEWS, ["dies", "killed", "kills", "attack", "bomb", "war", "dead"]),
    keywords("money", NEWS, ["bank", "profit", "shares", "stocks", "economy", "billion", "deal"]),
    pattern("reports", NEWS, r"\b(says|announces|reports|wins|sues|plans|seeks|faces)\b"),
    pattern("place_colon", NEWS, r"\b(U\.S\.|Iraq|China|Iran|Israel|Australia|India|Russia)"),
)


@clickbait.function
def sentence_case(pin: Pin) -> int:
    """News agencies write headlines like sentences; Every Word In Capitals sells."""
    words = [word for word in pin.title.split()[1:] if word[:1].isalpha()]
    if len(words) < 4:
        return ABSTAIN
    capitals = sum(word[0].isupper() for word in words) / len(words)
    return NEWS if capitals < 0.4 else ABSTAIN
