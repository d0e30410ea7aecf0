"""The generative story: a pin's hidden class decides, with noise, what it says and shows."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

import phrases
import vocabulary as words
from drawing import FLAWS, Look
from links import canonical, write_link
from truth import Secret
from vocabulary import Phrases, Theme, TopicWords
from vocabulary_de import GERMAN
from vocabulary_en_activities import ENGLISH_ACTIVITIES
from vocabulary_en_things import ENGLISH_THINGS
from vocabulary_es import SPANISH
from vocabulary_ja import JAPANESE

TOPIC_WORDS = {
    "en": ENGLISH_THINGS | ENGLISH_ACTIVITIES,
    "es": SPANISH,
    "de": GERMAN,
    "ja": JAPANESE,
}
PHRASES = {
    "en": phrases.ENGLISH_PHRASES,
    "es": phrases.SPANISH_PHRASES,
    "de": phrases.GERMAN_PHRASES,
    "ja": phrases.JAPANESE_PHRASES,
}
LOUD_BANNERS = ("FREE", "50% OFF", "80% OFF", "WIN!", "$1 ONLY", "SALE")
CALM_BANNERS = ("NEW", "FREE PDF", "50% OFF", "EASY", "PART 2")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """What the world sees of a pin, beside its secret."""

    secret: Secret
    title: str
    description: str
    link: str
    board: str
    look: Look
    drawing_seed: str
    day: int  # since the first of January
    group: str  # near-duplicates share it


@dataclass(frozen=True, kw_only=True)
class Idea:
    """What one writer has in mind while writing one pin."""

    secret: Secret
    table: TopicWords
    shared: Phrases
    theme: Theme
    subject: str
    bait: str
    careless_text: bool
    careless_picture: bool


def have_idea(rng: random.Random, secret: Secret) -> Idea:
    """A subject for the pin, and where the writer will be careless."""
    table = TOPIC_WORDS[secret.language][secret.topic]
    # Corners that border on another topic are as real as the others, only rarer.
    theme = rng.choices(table.themes, [1 if theme.near else 2 for theme in table.themes])[0]
    dice = rng.random()
    if secret.low:
        text, picture = dice < 0.84, dice > 0.42
    else:
        text, picture = dice < 0.025, dice > 0.94
    return Idea(
        secret=secret,
        table=table,
        shared=PHRASES[secret.language],
        theme=theme,
        subject=rng.choice(theme.subjects),
        bait=rng.choice(table.bait),
        careless_text=text,
        careless_picture=picture,
    )


def fill(rng: random.Random, phrase: str, idea: Idea) -> str:
    """``phrase`` with its choices made and its slots filled."""
    phrase = re.sub(r"\[([^\]]+)\]", lambda found: rng.choice(found[1].split("|")), phrase)
    phrase = phrase.replace("{s}", idea.subject).replace("{b}", idea.bait)
    phrase = re.sub(r"\{n\}", lambda _: str(rng.randint(3, 12)), phrase)
    return re.sub(r"\{m\}", lambda _: str(rng.choice((10, 15, 20, 25, 30, 40, 45, 60))), phrase)


def capitalize(text: str) -> str:
    """``text`` with its first letter in upper case, and the rest as it was."""
    return text[:1].upper() + text[1:]


def other_topic(rng: random.Random, topic: str) -> str:
    """A topic that people mix up with ``topic``."""
    return rng.choice(words.NEIGHBOURS[topic])


def misspell(rng: random.Random, text: str, slips: int) -> str:
    """``text`` with that many typing slips, inside long words, as on a phone."""
    for _ in range(slips):
        places = [
            found.start() + rng.randint(1, len(found[0]) - 2)
            for found in re.finditer(r"(?<![#\w])[^\W\d_]{5,}", text)
        ]
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


def choose_title(rng: random.Random, idea: Idea) -> str:
    """An unfilled title, in the voice that the secret asks for."""
    secret, shared = idea.secret, idea.shared
    if secret.spam == "loud" or (secret.spam == "mixed" and rng.random() < 0.6):
        return rng.choice(shared.spam_titles)
    if rng.random() < (0.60 if idea.careless_text else 0.04):
        return rng.choice(shared.vague_titles)
    title = rng.choice(idea.theme.titles * 2 + idea.table.titles)
    if rng.random() < 0.08:
        gap = "" if secret.language == "ja" else " "
        title = rng.choice(shared.clickbait) + gap + title
    return title


def dress_title(rng: random.Random, title: str, idea: Idea) -> str:
    """``title`` in the writer's habits: case, punctuation, slips and emoji."""
    secret = idea.secret
    careless = idea.careless_text or secret.spam == "loud"
    style = rng.random()
    if secret.language != "ja":
        if style < (0.26 if careless else 0.07):
            title = title.upper()
        elif style < 0.35 and secret.language == "en":
            title = re.sub(r"(?<!['’\w])[a-z]", lambda found: found[0].upper(), title)
        elif style < 0.90:
            title = capitalize(title)
        if rng.random() < (0.45 if idea.careless_text else 0.04):
            title = misspell(rng, title, 1)
    if rng.random() < (0.28 if careless else 0.05):
        title += rng.choice(("!!!", "!!", "...", "??"))
    if rng.random() < 0.22:
        loud = secret.spam and rng.random() < 0.5
        pool = words.SPAM_EMOJI if loud else words.EMOJI[secret.topic] + words.ANY_EMOJI
        title += " " + rng.choice(pool)
    return title


def choose_sentences(rng: random.Random, idea: Idea, *, bare: bool) -> list[str]:
    """Unfilled sentences; where a ``bare`` title names nothing, most speak of the topic."""
    secret, shared = idea.secret, idea.shared
    count = rng.choice((0, 0, 0, 1)) if idea.careless_text else rng.choice((1, 2, 2, 3))
    if bare and rng.random() < (0.8 if idea.careless_text else 1.0):
        count = max(count, 1)
    chosen = rng.sample(idea.theme.bodies, min(count, len(idea.theme.bodies)))
    if count > 1 and rng.random() < 0.09:
        # The dresser of a DIY pin stands in a room: one sentence is about that.
        near = TOPIC_WORDS[secret.language][other_topic(rng, secret.topic)]
        chosen[-1] = rng.choice(near.themes[0].bodies)
    if idea.careless_text and rng.random() < 0.8:
        chosen.append(rng.choice(shared.low_bodies))
    if secret.doubtful:
        chosen += [rng.choice(shared.sneaky_bodies), rng.choice(shared.honest_lures)]
    elif secret.spam == "sneaky":
        if rng.random() < 0.9:
            chosen.append(rng.choice(shared.sneaky_bodies))
    elif secret.spam:
        keep = 1 if bare or rng.random() < 0.5 else 0
        chosen = chosen[:keep] + rng.sample(shared.spam_bodies, rng.choice((1, 1, 2)))
    else:
        dice = rng.random()
        if dice < 0.16:
            chosen.append(rng.choice(shared.honest_lures))
        elif dice < 0.175:
            calm = [each for each in shared.sneaky_bodies if "{b}" not in each]
            chosen.append(rng.choice(calm))
        elif dice < (0.30 if idea.careless_text else 0.45):
            chosen.append(rng.choice(shared.closers))
    return chosen


def write_description(rng: random.Random, idea: Idea, *, bare: bool) -> str:
    """A description of zero to five sentences and perhaps some hashtags."""
    language = idea.secret.language
    sentences = [fill(rng, each, idea) for each in choose_sentences(rng, idea, bare=bare)]
    if rng.random() < (0.60 if idea.careless_text else 0.10):
        sentences = [
            each if each[:2].isupper() else each[:1].lower() + each[1:] for each in sentences
        ]
        if language == "en":
            sentences = [each.replace(" I ", " i ") for each in sentences]
        if len(sentences) == 1:
            sentences = [sentences[0].rstrip(".")]
    else:
        sentences = [capitalize(each) for each in sentences]
    text = " ".join(sentences)
    if language == "ja":
        text = re.sub(r"(?<=[。！]) ", "", text)
    if language != "ja" and rng.random() < (0.70 if idea.careless_text else 0.06):
        text = misspell(rng, text, rng.randint(2, 4) if idea.careless_text else 1)
    if rng.random() < (0.40 if idea.careless_text else 0.22):
        tags = rng.sample(idea.table.tags, min(rng.randint(1, 3), len(idea.table.tags)))
        text = " ".join([text, *("#" + tag for tag in tags)]).strip()
    return text


def choose_board(rng: random.Random, secret: Secret, *, fitting: bool = False) -> str:
    """The board a person put the pin on, which is often general and sometimes plain wrong."""
    topic, dice = secret.topic, rng.random()
    if not fitting:
        if dice < (0.40 if secret.spam else 0.20):
            return rng.choice(PHRASES[secret.language].boards)
        if dice < (0.55 if secret.spam else 0.26):
            topic = rng.choice(words.TOPICS)
        elif dice < 0.34:
            topic = other_topic(rng, topic)
    return rng.choice(TOPIC_WORDS[secret.language][topic].boards)


def choose_look(rng: random.Random, idea: Idea, title: str) -> Look:
    """What the picture will show: mostly the topic, mostly the flaws and banners of its class."""
    secret, dice = idea.secret, rng.random()
    scene = secret.topic
    if idea.theme.near and dice < 0.4:
        scene = idea.theme.near
    elif dice > 0.96:
        scene = rng.choice(words.TOPICS)
    elif dice > 0.91:
        scene = other_topic(rng, scene)
    banner = ""
    if rng.random() < {"loud": 0.75, "mixed": 0.5, "sneaky": 0.2}.get(secret.spam, 0.05):
        banner = rng.choice(LOUD_BANNERS if secret.spam else CALM_BANNERS)
    # Pillow's default font has neither accents nor emoji, so other titles stay off the picture.
    plain = re.sub(r"\W+$", "", title)
    caption = plain if plain.isascii() and rng.random() < 0.3 else ""
    return Look(
        topic=scene,
        flaw=rng.choice(FLAWS) if idea.careless_picture else "",
        banner=banner,
        burst=bool(banner) and rng.random() < (0.5 if secret.spam else 0.15),
        caption=caption,
    )


def write_pin(rng: random.Random, secret: Secret, number: int) -> Pin:
    """One original pin that follows from ``secret``."""
    idea = have_idea(rng, secret)
    phrase = choose_title(rng, idea)
    bare = "{" not in phrase.replace("{m}", "").replace("{n}", "")
    plain = fill(rng, phrase, idea)
    title = dress_title(rng, plain, idea)
    dice = rng.random()
    untitled = dice < 0.06
    description = write_description(rng, idea, bare=bare or untitled)
    if untitled and description:
        title = ""
    elif dice < 0.11 and not bare:
        description = ""
    # Spam comes in bursts around a few campaign days; honest pins come all year.
    day = rng.randint(0, 300)
    if secret.spam and rng.random() < 0.5:
        day = rng.choice((40, 131, 205, 288)) + rng.randint(0, 6)
    link = write_link(rng, secret, plain, number)
    return Pin(
        secret=secret,
        title=title,
        description=description,
        link=link,
        board=choose_board(rng, secret, fitting=bare),
        look=choose_look(rng, idea, title),
        drawing_seed=f"picture {number}",
        day=day,
        group=canonical(link) or f"pin {number}",
    )
