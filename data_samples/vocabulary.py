"""The form that every language's words take, and what is the same in all languages.

A phrase may hold slots: ``{s}`` is a subject, ``{b}`` is something a spammer offers, ``{n}`` and
``{m}`` are numbers, and ``[a|b]`` is a choice. All words were written for this project.
"""

from __future__ import annotations

from dataclasses import dataclass

TOPICS = ("food", "home", "diy", "fashion", "travel", "beauty", "fitness", "tech")

# Shares are uneven on purpose, and tech is rare: a labeling job seldom has balanced classes.
TOPIC_SHARES = {
    "food": 0.20,
    "home": 0.17,
    "diy": 0.15,
    "fashion": 0.15,
    "travel": 0.12,
    "beauty": 0.10,
    "fitness": 0.07,
    "tech": 0.04,
}
LANGUAGE_SHARES = {"en": 0.70, "es": 0.12, "de": 0.10, "ja": 0.08}

# Topics whose pins people really do confuse: DIY home decor, travel food, fitness gadgets.
NEIGHBOURS = {
    "food": ("travel", "fitness"),
    "home": ("diy", "diy", "tech"),
    "diy": ("home", "home", "fashion"),
    "fashion": ("beauty", "diy"),
    "travel": ("food", "fashion"),
    "beauty": ("fashion", "fitness"),
    "fitness": ("tech", "food"),
    "tech": ("home", "fitness"),
}


@dataclass(frozen=True, kw_only=True)
class Theme:
    """One corner of a topic: its subjects, and sentences that are true of any of them."""

    subjects: tuple[str, ...]
    bodies: tuple[str, ...]
    titles: tuple[str, ...] = ()  # beside those of the whole topic
    near: str = ""  # the other topic that this corner borders on, or ""


@dataclass(frozen=True, kw_only=True)
class TopicWords:
    """What one topic sounds like in one language."""

    themes: tuple[Theme, ...]
    titles: tuple[str, ...]
    boards: tuple[str, ...]
    tags: tuple[str, ...]
    bait: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """What pins of any topic say in one language."""

    vague_titles: tuple[str, ...]
    clickbait: tuple[str, ...]
    closers: tuple[str, ...]
    honest_lures: tuple[str, ...]
    low_bodies: tuple[str, ...]
    spam_titles: tuple[str, ...]
    spam_bodies: tuple[str, ...]
    sneaky_bodies: tuple[str, ...]
    boards: tuple[str, ...]


def lines(text: str) -> tuple[str, ...]:
    """The non-empty lines of ``text``, stripped."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def items(text: str) -> tuple[str, ...]:
    """The comma-separated entries of ``text``, each on one line."""
    return tuple(" ".join(entry.split()) for entry in text.split(",") if entry.strip())


def theme(subjects: str, bodies: str, titles: str = "", near: str = "") -> Theme:
    """A theme from comma-separated subjects, and bodies and titles one to a line."""
    return Theme(subjects=items(subjects), bodies=lines(bodies), titles=lines(titles), near=near)


def topic(*themes: Theme, titles: str, boards: str, tags: str, bait: str) -> TopicWords:
    """A topic from its themes, titles one to a line, and comma-separated names."""
    return TopicWords(
        themes=themes,
        titles=lines(titles),
        boards=items(boards),
        tags=items(tags),
        bait=items(bait),
    )


EMOJI = {
    "food": "🍋🍞🍜🥗🍪",
    "home": "🏡🪴🛋🕯",
    "diy": "🧶✂🎨🪡",
    "fashion": "👗👟🧥👜",
    "travel": "✈🌍🏔🏖",
    "beauty": "💅💄✨💇",
    "fitness": "💪🏃🧘🔥",
    "tech": "💻📱🎧⌨",
}
ANY_EMOJI = "😍❤✨🙌👇"
SPAM_EMOJI = "🎁💰🔥🚨👇💯"

TOPIC_HOSTS = {
    "food": items("tinyrecipes.example, oven-notes.example, spoonandsalt.example"),
    "home": items("nestandnook.example, smallflatdiary.example, lampandlinen.example"),
    "diy": items("yarnshed.example, sawdust-sunday.example, papercrane-craft.example"),
    "fashion": items("hemline-journal.example, wardrobe-math.example, thriftrail.example"),
    "travel": items("slowtrain-notes.example, backroadatlas.example, ferryandfork.example"),
    "beauty": items("brushandbare.example, curlclub.example, ninenails.example"),
    "fitness": items("matandmiles.example, steadyreps.example"),
    "tech": items("deskbench.example, plainbits.example"),
}
SHARED_HOSTS = items("""pinblog.example, photo-shelf.example, my-handmade-shop.example,
    weekendpages.example, video-nook.example""")
SPAM_HOSTS = items("""shop-deals.example, prize-center.example, mega-outlet.example,
    win-today.example, super-saver-club.example, best-price-now.example""")
SHORTENERS = items("bit-link.example, go2.example")
LOCAL_HOSTS = {
    "es": items("casaymesa.example, cuadernodeideas.example"),
    "de": items("alltagsideen.example, schoenundgut.example"),
    "ja": items("kurashi-memo.example, mainichi-note.example"),
}
