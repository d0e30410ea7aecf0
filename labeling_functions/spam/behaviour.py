"""How spam behaves: several small signs at once, which one word or host cannot show."""

import re

import numpy as np
import pandas as pd

from labeling import ABSTAIN, Pin
from labeling_functions.spam import OK, SPAM, spam

SHORTENERS = {"bit-link.example", "go2.example", "bit.ly", "tinyurl.com", "t.co", "amzn.to"}
OFFER = re.compile(
    r"\bonly|\bgift|\boffer|\bprice|regalo|oferta|precio|geschenk|angebot|preis|価格|残り",
    re.IGNORECASE,
)
FREE = re.compile(r"\bfree\b|gratis|\bde regalo\b|\bgeschenkt\b|無料", re.IGNORECASE)
FREELY_GIVEN = re.compile(
    r"chip free|pattern|pdf|printable|download|gluten|sugar|patrón|descarga"
    r"|anleitung|編み図|型紙|ダウンロード",
    re.IGNORECASE,
)


@spam.function
def free_thing_but_no_download(pin: Pin) -> int:
    """Makers give patterns away to download; nobody gives away sofas and flights."""
    return SPAM if FREE.search(pin.text) and not FREELY_GIVEN.search(pin.text) else ABSTAIN


@spam.function
def short_link_to_an_offer(pin: Pin) -> int:
    """A shortener hides where it leads; honest pins use one too, but not with an offer beside it."""
    offering = OFFER.search(pin.text) or FREE.search(pin.text)
    return SPAM if pin.domain in SHORTENERS and offering else ABSTAIN


@spam.function
def nowhere_to_go(pin: Pin) -> int:
    """Spam earns by the click; a pin without a link earns nothing."""
    return ABSTAIN if pin.link else OK


@spam.batch_function
def long_and_calm(pins: pd.DataFrame) -> np.ndarray:
    """Spam cries and is soon done; a long text without !, % or capitals reads like a person.

    Kana and kanji say more than letters do, so each counts twice.
    """
    description = pins["description"]
    length = description.str.len() + description.str.count(r"[\u3040-\u9fff]")
    cries = pins["text"].str.count(r"[!！%％$]|>>") + pins["title"].str.isupper()
    return np.where((length > 120) & (cries == 0), OK, ABSTAIN)
