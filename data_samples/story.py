"""The generative story: a pin's hidden class decides, with noise, what it says and shows."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass

import vocabulary as words
from drawing import FLAWS, Look
from vocabulary_de import GERMAN, GERMAN_SHARED
from vocabulary_es import SPANISH, SPANISH_SHARED
from vocabulary_ja import JAPANESE, JAPANESE_SHARED

TOPIC_WORDS = {"en": words.ENGLISH, "es": SPANISH, "de": GERMAN, "ja": JAPANESE}
SHARED_WORDS = {
    "en": words.ENGLISH_SHARED,
    "es": SPANISH_SHARED,
    "de": GERMAN_SHARED,
    "ja": JAPANESE_SHARED,
}
LOUD_BANNERS = ("FREE", "50% OFF", "80% OFF", "WIN!", "$1 ONLY", "SALE")
CALM_BANNERS = ("NEW", "FREE PDF", "50% OFF", "EASY", "PART 2")


@dataclass(frozen=True)
class Secret:
    """What is true of a pin; the labels come from here and from nowhere else."""

    topic: str
    language: str
    spam: str  # "", or how the spammer works: "loud", "mixed" or "sneaky"
    low: bool
    doubtful: bool  # people would disagree about spam, and half are called spam


@dataclass
class Pin:
    """What the world sees of a pin, beside its secret."""

    secret: Secret
    title: str
    description: str
    link: str
    board: str
    look: Look
    group: str = ""
    drawing_seed: str = ""
    day: int = 0


def expand(rng: random.Random, phrase: str, topic: str, language: str) -> str:
    """``phrase`` with its choices made and its slots filled."""
    table = TOPIC_WORDS[language][topic]
    phrase = re.sub(r"\[([^\]]+)\]", lambda found: rng.choice(found[1].split("|")), phrase)
    slots = {"s": table.subjects, "b": table.bait}
    for slot, entries in slots.items():
        phrase = phrase.replace("{" + slot + "}", rng.choice(entries))
    phrase = re.sub(r"\{n\}", lambda _: str(rng.randint(3, 12)), phrase)
    return re.sub(r"\{m\}", lambda _: str(rng.choice((10, 15, 20, 25, 30, 40, 45, 60))), phrase)


def capitalize(text: str) -> str:
    """``text`` with its first letter in upper case, and the rest as it was."""
    return text[:1].upper() + text[1:]


def other_topic(rng: random.Random, topic: str) -> str:
    """A topic that people mix up with ``topic``."""
    return rng.choice(words.NEIGHBOURS[topic])


def misspell(rng: random.Random, text: str) -> str:
    """``text`` with one to three typing slips, as on a phone."""
    for _ in range(rng.randint(1, 3)):
        places = [i for i in range(1, len(text) - 1) if text[i : i + 2].isalpha()]
        if not places:
            return text
        i = rng.choice(places)
        slip = rng.choice(("swap", "drop", "double"))
        if slip == "swap":
            text = text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        elif slip == "drop":
            text = text[:i] + text[i + 1 :]
        else:
            text = text[:i] + text[i] + text[i:]
    return text


def dress_title(rng: random.Random, title: str, secret: Secret) -> str:
    """``title`` in the writer's habits: case, emoji and punctuation."""
    careless = secret.low or secret.spam == "loud"
    style = rng.random()
    if secret.language != "ja":
        if style < (0.24 if careless else 0.08):
            title = title.upper()
        elif style < 0.35 and secret.language == "en":
            title = re.sub(r"\b[a-z]", lambda found: found[0].upper(), title)
            title = re.sub(r"(['’])([A-Z])", lambda found: found[1] + found[2].lower(), title)
        elif style < 0.90:
            title = capitalize(title)
    if rng.random() < (0.20 if careless else 0.05):
        title += rng.choice(("!!!", "!!", "...", "??"))
    if rng.random() < 0.22:
        loud = secret.spam and rng.random() < 0.5
        pool = words.SPAM_EMOJI if loud else words.EMOJI[secret.topic] + words.ANY_EMOJI
        title += " " + rng.choice(pool)
    if secret.language != "ja" and rng.random() < (0.32 if secret.low else 0.04):
        title = misspell(rng, title)
    return title


def write_title(rng: random.Random, secret: Secret, topic: str) -> str:
    """A title on ``topic``, in the voice that the secret asks for."""
    shared = SHARED_WORDS[secret.language]
    own = TOPIC_WORDS[secret.language][topic].titles
    if secret.spam == "loud" or (secret.spam == "mixed" and rng.random() < 0.4):
        phrase = rng.choice(shared.spam_titles)
    elif rng.random() < (0.42 if secret.low else 0.05):
        phrase = rng.choice(shared.vague_titles)
    else:
        phrase = rng.choice(own)
        if rng.random() < 0.08:
            phrase = rng.choice(shared.clickbait) + " " + phrase
    return dress_title(rng, expand(rng, phrase, topic, secret.language), secret)


def write_description(rng: random.Random, secret: Secret, topic: str) -> str:
    """A description of zero to five sentences and perhaps some hashtags."""
    shared = SHARED_WORDS[secret.language]
    table = TOPIC_WORDS[secret.language][topic]
    shows_low = secret.low and rng.random() < 0.86
    shows_low = shows_low or (not secret.low and rng.random() < 0.035)
    count = rng.choice((0, 0, 1)) if shows_low else rng.choice((1, 2, 2, 3))
    parts = rng.sample(table.bodies, min(count, len(table.bodies)))
    if rng.random() < 0.14:
        # A stray sentence from a topic next door: the dresser in the DIY pin stands in a room.
        near = other_topic(rng, topic)
        parts.append(rng.choice(TOPIC_WORDS[secret.language][near].bodies))
    if shows_low and rng.random() < 0.75:
        parts.append(rng.choice(shared.low_bodies))
    if secret.spam in ("loud", "mixed"):
        pitch = rng.sample(shared.spam_bodies, rng.choice((1, 1, 2)))
        parts = (parts[:1] if rng.random() < 0.5 else []) + pitch
    elif secret.spam == "sneaky" or secret.doubtful:
        if rng.random() < 0.85:
            parts.append(rng.choice(shared.sneaky_bodies))
    elif rng.random() < 0.04:
        parts.append(rng.choice(shared.sneaky_bodies))
    if rng.random() < (0.6 if secret.doubtful else 0.20):
        parts.append(rng.choice(shared.honest_lures))
    elif rng.random() < 0.30:
        parts.append(rng.choice(shared.closers))
    joiner = "" if secret.language == "ja" else " "
    text = joiner.join(
        capitalize(expand(rng, part, topic, secret.language)) if not shows_low else
        expand(rng, part, topic, secret.language)
        for part in parts
    )  # fmt: skip
    if secret.language != "ja" and rng.random() < (0.42 if secret.low else 0.05):
        text = misspell(rng, text)
    if rng.random() < (0.40 if shows_low else 0.22):
        size = rng.randint(1, 3)
        tags = rng.sample(table.tags, min(size, len(table.tags)))
        text = " ".join([text, *("#" + tag for tag in tags)]).strip()
    return text


def slug(title: str, topic: str, number: int) -> str:
    """A link path made of the title, or of the topic where the title has no Latin letters."""
    plain = (
        unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode()
    )
    parts = re.findall(r"[a-z0-9]+", plain.lower())[:6]
    return "-".join(parts) if len(parts) > 1 else f"{topic}-{number}"


def write_link(rng: random.Random, secret: Secret, topic: str, title: str, number: int) -> str:
    """A link, or nothing; honest and spamming writers favour, but do not own, their hosts."""
    dice = rng.random()
    if dice < (0.08 if secret.spam else 0.15):
        return ""
    dice = rng.random()
    deals, short = (0.60, 0.84) if secret.spam else (0.03, 0.09)
    if secret.doubtful:
        deals, short = 0.3, 0.7
    if dice < deals:
        host = rng.choice(words.SPAM_HOSTS)
        # A campaign sends many pins to one landing page.
        path = rng.choice(("claim", "offer", "go")) if rng.random() < 0.15 else ""
        path = path or f"{slug(title, topic, number)}-{number}"
    elif dice < short:
        host = rng.choice(words.SHORTENERS)
        path = "".join(rng.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(7))
    else:
        hosts = words.TOPIC_HOSTS[topic] * 2 + words.SHARED_HOSTS
        hosts = hosts[:-3] + words.LOCAL_HOSTS.get(secret.language, ()) * 3
        host = rng.choice(hosts)
        path = f"{rng.choice(('', 'post/', 'blog/', '2026/'))}{slug(title, topic, number)}"
    link = f"https://{host}/{path}"
    if rng.random() < 0.30:
        source = rng.choice(("pins", "social", "newsletter"))
        link += f"?utm_source={source}&utm_medium={rng.choice(('pin', 'feed'))}"
        if secret.spam and rng.random() < 0.5:
            link += f"&utm_campaign=deal{rng.randint(1, 99)}"
    return link


def choose_board(rng: random.Random, secret: Secret, topic: str) -> str:
    """The board a person put the pin on, which is often general and sometimes plain wrong."""
    dice = rng.random()
    if dice < (0.40 if secret.spam else 0.20):
        return rng.choice(SHARED_WORDS[secret.language].boards)
    if dice < (0.55 if secret.spam else 0.26):
        topic = rng.choice(words.TOPICS)
    elif dice < 0.34:
        topic = other_topic(rng, topic)
    return rng.choice(TOPIC_WORDS[secret.language][topic].boards)


def choose_look(rng: random.Random, secret: Secret, topic: str, title: str) -> Look:
    """What the picture will show: mostly the topic, mostly the flaws and banners of its class."""
    dice = rng.random()
    scene = topic
    if dice > 0.95:
        scene = rng.choice(words.TOPICS)
    elif dice > 0.86:
        scene = other_topic(rng, topic)
    flaw = rng.choice(FLAWS) if rng.random() < (0.78 if secret.low else 0.07) else ""
    banner = ""
    if rng.random() < {"loud": 0.75, "mixed": 0.5, "sneaky": 0.2}.get(secret.spam, 0.05):
        banner = rng.choice(LOUD_BANNERS if secret.spam else CALM_BANNERS)
    caption = ""
    # Pillow's default font has Latin letters only.
    if secret.language != "ja" and rng.random() < 0.3:
        caption = "".join(mark for mark in title if ord(mark) < 0x180).strip()
    return Look(topic=scene, flaw=flaw, banner=banner, caption=caption)


def write_pin(rng: random.Random, secret: Secret, number: int) -> Pin:
    """One original pin that follows from ``secret``."""
    seems = secret.topic
    if rng.random() < (0.5 if secret.doubtful else 0.06):
        seems = other_topic(rng, secret.topic)
    # The title keeps to the true topic, or else the label would be wrong and not just hard.
    title = write_title(rng, secret, secret.topic)
    description = write_description(rng, secret, seems)
    link = write_link(rng, secret, secret.topic, title, number)
    dice = rng.random()
    if dice < 0.06 and description:
        title = ""
    elif dice < 0.10 and title:
        description = ""
    # Spam comes in bursts around a few campaign days; honest pins come all year.
    day = rng.randint(0, 300)
    if secret.spam and rng.random() < 0.5:
        day = rng.choice((40, 131, 205, 288)) + rng.randint(0, 6)
    return Pin(
        secret=secret,
        title=title,
        description=description,
        link=link,
        board=choose_board(rng, secret, secret.topic),
        look=choose_look(rng, secret, seems, title),
        drawing_seed=f"picture {number}",
        day=day,
    )
