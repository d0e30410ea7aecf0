"""Where a pin leads: honest and spamming writers favour, but do not own, their hosts."""

from __future__ import annotations

import random
import re
import unicodedata

import vocabulary as words
from truth import Secret


def canonical(link: str) -> str:
    """``link`` without its tracking parameters, case and closing slash."""
    return link.split("?")[0].rstrip("/").lower()


def slug(title: str, topic: str, number: int) -> str:
    """A link path made of the title, or of the topic where the title has no Latin letters."""
    plain = (
        unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode()
    )
    parts = re.findall(r"[a-z0-9]+", plain.lower().replace("'", ""))[:6]
    return "-".join(parts) if len(parts) > 1 else f"{topic}-{number}"


def write_link(rng: random.Random, secret: Secret, title: str, number: int) -> str:
    """A link with or without tracking parameters, or nothing."""
    if rng.random() < (0.06 if secret.spam else 0.15):
        return ""
    deals, short = (0.66, 0.90) if secret.spam else (0.025, 0.07)
    if secret.spam == "sneaky":
        deals, short = 0.80, 0.96
    if secret.doubtful:
        deals, short = 0.3, 0.7
    dice = rng.random()
    page = slug(title, secret.topic, number)
    if dice < deals:
        host = rng.choice(words.SPAM_HOSTS)
        # A campaign sends many pins to one landing page.
        path = rng.choice(("claim", "offer", "go")) if rng.random() < 0.15 else f"{page}-{number}"
    elif dice < short:
        host = rng.choice(words.SHORTENERS)
        path = "".join(rng.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(7))
    else:
        local = words.LOCAL_HOSTS.get(secret.language, ()) * 3
        host = rng.choice(words.TOPIC_HOSTS[secret.topic] * 2 + words.SHARED_HOSTS + local)
        folder = rng.choice(("", "post/", "blog/", "2026/"))
        folder = {"my-handmade-shop.example": "listing/", "video-nook.example": "watch/"}.get(
            host, folder
        )
        path = folder + page
    link = f"https://{host}/{path}"
    if rng.random() < 0.30:
        source = rng.choice(("pins", "social", "newsletter"))
        link += f"?utm_source={source}&utm_medium={rng.choice(('pin', 'feed'))}"
        if secret.spam and rng.random() < 0.5:
            link += f"&utm_campaign=deal{rng.randint(1, 99)}"
    return link
