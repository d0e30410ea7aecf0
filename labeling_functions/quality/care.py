"""How much care a pin shows: what is filled in, how much is said, and what is only noise."""

import re

import numpy as np
import pandas as pd

from labeling import ABSTAIN, Pin
from labeling_functions.quality import GOOD, LOW, quality

HASHTAG = re.compile(r"#\w+")
CRIES = re.compile(r"[!?！？]{2}|\.{3}|…")
EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
SENTENCE_ENDS = tuple(".!?)。！？")
VAGUE = re.compile(
    r"(?:so (?:good|cute)|need to try|(?:love ?)+|saving this.*|ideas?|this|obsessed.*|nice.*"
    r"|cute|untitled|favou?rite.*|tengo que probarlo|para guardar|me encanta|(?:qué )?bonito"
    r"|muss ich (?:probieren|machen)|merken.*|ideen|(?:so )?schön"
    r"|やってみたい|あとで見る|かわいい|すてき|メモ|いい感じ)?\W*",
    re.IGNORECASE,
)


@quality.function
def vague_title_and_little_else(pin: Pin) -> int:
    """Over a real recipe "so good" may pass; over a line of text nobody learns what it is."""
    vague = VAGUE.fullmatch(pin.title)
    return LOW if vague and len(HASHTAG.sub("", pin.description)) < 60 else ABSTAIN


@quality.function
def hashtags_instead_of_words(pin: Pin) -> int:
    """Hashtags bring people to a pin; with hardly a word beside them, they come for nothing."""
    words, tags = HASHTAG.subn("", pin.description)
    return LOW if tags and len(words.strip()) < 40 else ABSTAIN


@quality.function
def stops_in_mid_sentence(pin: Pin) -> int:
    """Notes to oneself end anywhere; text for others ends with a full stop."""
    words = HASHTAG.sub("", pin.description).rstrip()
    return LOW if words and not words.endswith(SENTENCE_ENDS) else ABSTAIN


@quality.function
def two_flaws_at_once(pin: Pin) -> int:
    """One flaw happens to anybody; a second one shows that nobody looked."""
    flaws = [
        VAGUE.fullmatch(pin.title) is not None,  # or no title at all
        pin.title.isupper() or CRIES.search(pin.title) is not None,
        len(HASHTAG.sub("", pin.description)) < 40,
        not pin.image,
    ]
    return LOW if sum(flaws) >= 2 else ABSTAIN


@quality.batch_function
def starts_small_and_ends_soon(pins: pd.DataFrame) -> np.ndarray:
    """No capital at the start is how one types a note; in a long text it may be a manner."""
    description = pins["description"]
    small = description.str.match(r"[a-zäöüáéíóúñ]") & ~pins["title"].str.islower()
    return np.where(small & (description.str.len() < 120), LOW, ABSTAIN)


@quality.batch_function
def three_sentences(pins: pd.DataFrame) -> np.ndarray:
    """Three whole sentences take care to write; hardly anybody does it for a note to oneself."""
    sentences = pins["description"].str.count(r"\w[.!](?:\s|$)|[。！]")
    return np.where(sentences >= 3, GOOD, ABSTAIN)


@quality.batch_function
def everything_filled_in(pins: pd.DataFrame) -> np.ndarray:
    """Somebody who fills in every field, at length, cares about the pin.

    Kana and kanji say more than letters do, so each counts twice.
    """
    description = pins["description"]
    length = description.str.len() + description.str.count(r"[\u3040-\u9fff]")
    filled = (pins[["title", "link", "image", "board"]] != "").all(axis=1)
    return np.where(filled & (length > 120), GOOD, ABSTAIN)


@quality.batch_function
def title_names_the_thing(pins: pd.DataFrame) -> np.ndarray:
    """Six plain words, or twelve kana and kanji, neither shouted nor decorated, name a thing."""
    title = pins["title"]
    telling = (title.str.count(r"\S+") >= 6) | (title.str.count(r"[\u3040-\u9fff]") >= 12)
    plain = ~title.str.isupper() & ~title.str.contains(CRIES) & ~title.str.contains(EMOJI)
    return np.where(telling & plain, GOOD, ABSTAIN)
