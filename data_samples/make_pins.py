"""Writes pins.csv and images/: 1,000 invented pins, the same bytes on every run."""

from __future__ import annotations

import csv
import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from drawing import JPEG_QUALITY, draw_pin
from links import canonical
from story import PHRASES, Pin, choose_board, misspell, write_pin
from truth import Secret
from vocabulary import ANY_EMOJI, LANGUAGE_SHARES, TOPIC_SHARES

# Of a few seeds, one under which each split holds its share of spam and of the rare topic.
SEED = "pins 2026 h"
PINS = 1000
REPINS = 40
DOUBTFUL = 20
SPAM_SHARE = 0.18
LOW_SHARE_OF_SPAM = 0.40
LOW_SHARE = 0.25
NO_IMAGE_SHARE = 0.03
SPAM_KINDS = {"loud": 0.48, "mixed": 0.36, "sneaky": 0.16}
FIRST_DAY = date(2026, 1, 1)

HERE = Path(__file__).resolve().parent
COLUMNS = (
    "pin_id",
    "image",
    "title",
    "description",
    "link",
    "board",
    "language",
    "created_at",
    "split",
    "label_spam",
    "label_quality",
    "label_topic",
)


def deal(rng: random.Random, shares: dict[str, float], count: int) -> list[str]:
    """``count`` names in random order, each as often as its share says."""
    dealt = [name for name, share in shares.items() for _ in range(round(share * count))]
    names = list(shares)
    while len(dealt) < count:
        dealt.append(names[0])
    rng.shuffle(dealt)
    return dealt[:count]


def choose_secrets(rng: random.Random, count: int) -> list[Secret]:
    """The hidden truth of ``count`` pins, with class counts that hit their shares."""
    topics = deal(rng, TOPIC_SHARES, count)
    languages = deal(rng, LANGUAGE_SHARES, count)
    spam = [""] * count
    # Language by language, since chance alone would leave a small language without spam.
    for language in LANGUAGE_SHARES:
        places = [i for i in range(count) if languages[i] == language]
        for i in rng.sample(places, round(SPAM_SHARE * len(places))):
            spam[i] = "spam"
    kinds = deal(rng, SPAM_KINDS, count)
    honest_low = (LOW_SHARE - SPAM_SHARE * LOW_SHARE_OF_SPAM) / (1 - SPAM_SHARE)
    spam_count = sum(map(bool, spam))
    low_spam = iter(
        deal(rng, {"": 1 - LOW_SHARE_OF_SPAM, "low": LOW_SHARE_OF_SPAM}, spam_count),
    )
    low_honest = iter(deal(rng, {"": 1 - honest_low, "low": honest_low}, count - spam_count))
    # An affiliate link that is half advice, half sales pitch: half of these count as spam.
    doubtful = {
        i
        for guilty in (True, False)
        for i in rng.sample([j for j in range(count) if bool(spam[j]) is guilty], DOUBTFUL // 2)
    }
    secrets = []
    for i in range(count):
        low = bool(next(low_spam) if spam[i] else next(low_honest))
        kind = kinds[i] if spam[i] else ""
        if kind and i in doubtful:
            kind = "sneaky"
        secrets.append(
            Secret(
                topic=topics[i],
                language=languages[i],
                spam=kind,
                low=low,
                doubtful=i in doubtful,
            ),
        )
    return secrets


def repin(rng: random.Random, pin: Pin) -> Pin:
    """A near-duplicate of ``pin``: someone saved it again with small edits."""
    title, description, secret = pin.title, pin.description, pin.secret
    edit = rng.choice(("case", "emoji", "typo", "cut", "closer"))
    if edit == "case" and title != title.lower():
        title = title.lower()
    elif edit == "emoji" and title:
        title = f"{title} {rng.choice(ANY_EMOJI)}"
    elif edit == "typo" and secret.language != "ja" and description:
        description = misspell(rng, description, 1)
    elif edit == "cut" and title and description:
        description = re.split(r"(?<=[.!?。！])", description, maxsplit=1)[0]
    else:
        closer = rng.choice(PHRASES[secret.language].closers)
        gap = "" if secret.language == "ja" and "#" not in description else " "
        description = f"{description}{gap}{closer}".strip()
    # The page stays the same, so that a re-pin can never bridge two groups.
    link = canonical(pin.link)
    if link and rng.random() < 0.5:
        link += "?utm_source=repin"
    flaw = pin.look.flaw or rng.choice(("", "", "", "contrast"))
    return replace(
        pin,
        title=title,
        description=description,
        link=link,
        board=pin.board if rng.random() < 0.4 else choose_board(rng, secret),
        look=replace(pin.look, flaw=flaw),
        day=min(330, pin.day + rng.randint(1, 30)),
    )


def split_of(group: str) -> str:
    """The split that a group of pins always falls in, whatever else is in the file."""
    share = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8]) / 2**64
    if share < 0.70:
        return "train"
    return "valid" if share < 0.80 else "test"


def make_pins() -> list[Pin]:
    """All pins, shuffled; near-duplicates share a group with the pin that they copy."""
    rng = random.Random(SEED)
    pins = []
    for number, secret in enumerate(choose_secrets(rng, PINS - REPINS), start=1):
        pins.append(write_pin(random.Random(f"{SEED} {number}"), secret, number))
    for number, pin in enumerate(rng.sample(pins, REPINS), start=PINS - REPINS + 1):
        pins.append(repin(random.Random(f"{SEED} {number}"), pin))
    rng.shuffle(pins)
    return pins


def write_samples(pins: Sequence[Pin], folder: Path) -> None:
    """Nothing; writes the pictures and the table of ``pins`` under ``folder``."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    for old in images.glob("pin-*.jpg"):
        old.unlink()
    bare = set(random.Random(f"{SEED} bare").sample(range(len(pins)), int(PINS * NO_IMAGE_SHARE)))
    with (folder / "pins.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for i, pin in enumerate(pins):
            pin_id = f"pin-{i + 1:04d}"
            image = "" if i in bare else f"images/{pin_id}.jpg"
            if image:
                picture = draw_pin(pin.look, pin.drawing_seed)
                picture.save(folder / image, quality=JPEG_QUALITY, optimize=True)
            table.writerow(
                {
                    "pin_id": pin_id,
                    "image": image,
                    "title": pin.title,
                    "description": pin.description,
                    "link": pin.link,
                    "board": pin.board,
                    "language": pin.secret.language,
                    "created_at": (FIRST_DAY + timedelta(days=pin.day)).isoformat(),
                    "split": split_of(pin.group),
                    "label_spam": "spam" if pin.secret.spam else "ok",
                    "label_quality": "low" if pin.secret.low else "good",
                    "label_topic": pin.secret.topic,
                },
            )


if __name__ == "__main__":
    made = make_pins()
    write_samples(made, HERE)
    print(f"{len(made)} pins in pins.csv")
