"""What a shop's photo shows: a worked example on 715 product pins in ten classes, words and pictures."""

from labeling import Signal, keywords, nearest, pattern, pin_ids, prototype

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

EXAMPLES = {
    BAGS: pin_ids("mb01-blue-0", "mb04-black-0", "ub02-black-0", "wb03-purple-0", "wb05-red-0"),
    BRAS: pin_ids(
        "wb05-black_main", "wt01-black_main", "wt02-green_main", "wt06-blue_main", "wt08-black_main"
    ),
    GEAR: pin_ids("luma-foam-roller", "luma-yoga-strap", "ug01-bk-0", "ug02-bk-0", "ug06-lb-0"),
    HOODIES: pin_ids(
        "mh01-black_main", "mh04-green_main", "mh05-green_main", "wh01-green_main", "wh07-gray_main"
    ),
    JACKETS: pin_ids(
        "mj02-green_main", "mj09-blue_main", "wj02-black_main", "wj04-orange_main", "wj08-gray_main"
    ),
    PANTS: pin_ids(
        "mp04-gray_back", "mp08-blue_main", "mp08-green_alt1", "wp10-white_main", "wp11-blue_main"
    ),
    SHORTS: pin_ids(
        "msh06-blue_main",
        "msh08-green_main",
        "msh12-red_back",
        "wsh02-gray_back",
        "wsh06-gray_main",
    ),
    TANKS: pin_ids(
        "mt01-gray_main", "mt02-gray_main", "mt04-blue_main", "mt05-blue_main", "mt09-blue_main"
    ),
    TEES: pin_ids(
        "ms04-black_main", "ms05-black_main", "ws02-blue_main", "ws04-blue_main", "ws10-green_main"
    ),
    WATCHES: pin_ids("mg02-bk-0", "wg01-bk-0", "wg02-bk-0", "wg03-gr-0", "wg09-gr-0"),
}
"""Five pins of each class, from the split train."""
FEMININE = r"\b(?:women|woman|her|feminine|bra|bust|racerback|shelf|flattering|curves)\b"

luma.add(
    keywords("bag_title", BAGS, ["bag", "duffle", "pack", "backpack", "tote"], field="title"),
    keywords("bag_text", BAGS, ["shoulder strap", "laptop", "compartment", "zippered pocket"]),
    pattern("watch_title", WATCHES, r"\bwatch\b", field="title"),
    keywords("watch_text", WATCHES, ["stopwatch", "wristband", "countdown", "timer", "LED"]),
    pattern(
        "gear_title",
        GEAR,
        r"\b(band|ball|brick|roller|strap \d|bottle|jump rope|companion kit)\b(?!-)",
        field="title",
    ),
    keywords("gear_text", GEAR, ["resistance", "foam", "inflat", "workout tool", "BPA"]),
    pattern("bra_title", BRAS, r"\bbra\b", field="title"),
    keywords("bra_text", BRAS, ["bra", "racerback", "cups", "bust"]),
    pattern("hoodie_title", HOODIES, r"\b(hoodie|sweatshirt)", field="title"),
    keywords("hoodie_text", HOODIES, ["hoodie", "sweatshirt", "drawstring-adjustable hood"]),
    pattern("jacket_title", JACKETS, r"\b(jacket|jackshirt|shell|parka|wrap|kit-)", field="title"),
    keywords("jacket_text", JACKETS, ["windproof", "wind-resistant", "jacket", "full zip"]),
    pattern(
        "pant_title", PANTS, r"\b(pants?|leggings?|capris?|tights?|sweatpant)\b", field="title"
    ),
    pattern("short_title", SHORTS, r"\b(shorts?|skort)\b", field="title"),
    keywords("short_text", SHORTS, ["inseam shorts", "shorts", "above the knee"]),
    pattern("tee_title", TEES, r"\b(tee|t-shirt)\b", field="title"),
    keywords("tee_text", TEES, ["short sleeve", "crewneck", "crew neckline", "tee"]),
    prototype("shown", EXAMPLES, on="image", margin=0.01),
    prototype("said", EXAMPLES, on="text", margin=0.03),
    prototype("said_and_shown", EXAMPLES, on="both", margin=0.02),
    nearest("like_three", EXAMPLES, k=3, agree=0.6, on="both"),
)


@luma.batch_function
def tank(frame):
    """A tank is in the women's class where its text speaks of women, else in the men's."""
    womens = frame["text"].str.contains(FEMININE, case=False, regex=True)
    tanks = frame["title"].str.contains(r"\btank\b", case=False, regex=True)
    return womens.map({True: BRAS, False: TANKS}).where(tanks, -1).to_numpy()
