"""What a shop's photo shows: a worked example on 715 product pins in ten classes."""

from labeling import ABSTAIN, Pin, Signal, keywords, pattern

luma = Signal(
    "luma",
    classes=[
        "Bags",
        "Bras & Tanks",
        "Fitness Equipment",
        "Hoodies & Sweatshirts",
        "Jackets",
        "Pants",
        "Shorts",
        "Tanks",
        "Tees",
        "Watches",
    ],
    guideline="Which kind of article is it? Women's tops without sleeves are Bras & Tanks.",
)
BAGS, BRAS, GEAR, HOODIES, JACKETS, PANTS, SHORTS, TANKS, TEES, WATCHES = luma.labels

luma.add(
    keywords("bag_title", BAGS, ["bag", "duffle", "pack", "backpack", "tote"], field="title"),
    keywords("bag_text", BAGS, ["zippered pocket", "shoulder strap", "laptop"]),
    pattern("watch_title", WATCHES, r"\bwatch\b", field="title"),
    keywords("watch_text", WATCHES, ["stopwatch", "water-resistant", "wristband", "countdown"]),
    pattern(
        "gear_title",
        GEAR,
        r"\b(band|ball|brick|roller|strap \d|bottle|jump rope|kit)\b(?!-)",
        field="title",
    ),
    keywords("gear_text", GEAR, ["resistance", "foam", "inflat", "workout tool", "BPA"]),
    pattern("bra_title", BRAS, r"\bbra\b", field="title"),
    keywords("bra_text", BRAS, ["bra", "racerback", "cups", "bust"]),
    pattern("hoodie_title", HOODIES, r"\b(hoodie|sweatshirt|pullover)", field="title"),
    keywords("hoodie_text", HOODIES, ["hood", "hoodie", "fleece", "drawstring-adjustable hood"]),
    pattern("jacket_title", JACKETS, r"\b(jacket|jackshirt|shell|parka|wrap|kit-)", field="title"),
    keywords("jacket_text", JACKETS, ["windproof", "wind-resistant", "jacket", "full zip"]),
    pattern(
        "pant_title", PANTS, r"\b(pants?|leggings?|capris?|tights?|sweatpant)\b", field="title"
    ),
    keywords("pant_board", PANTS, ["Promotions/Pants"], field="board", whole_words=False),
    pattern("short_title", SHORTS, r"\b(shorts?|skort)\b", field="title"),
    keywords("short_text", SHORTS, ["inseam shorts", "shorts", "above the knee"]),
    pattern("tank_title", TANKS, r"\btank\b", field="title"),
    keywords("tank_text", TANKS, ["sleeveless", "armholes"]),
    pattern("tee_title", TEES, r"\b(tee|t-shirt)\b", field="title"),
    keywords("tee_board", TEES, ["Promotions/Tees"], field="board", whole_words=False),
    keywords("tee_text", TEES, ["short sleeve", "crewneck", "crew neckline", "tee"]),
)


@luma.function
def womens_tank(pin: Pin) -> int:
    """A tank that a woman's text describes is in the women's class."""
    if "tank" not in pin.title.lower():
        return ABSTAIN
    feminine = ("bra", "feminine", "racerback", "flattering", "her ", "women", "shelf")
    return BRAS if any(word in pin.description.lower() for word in feminine) else ABSTAIN
