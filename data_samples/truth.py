"""What is true of a pin before anybody writes it down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Secret:
    """What is true of a pin; the labels come from here and from nowhere else."""

    topic: str
    language: str
    spam: str  # "", or how the spammer works: "loud", "mixed" or "sneaky"
    low: bool
    doubtful: bool  # people would disagree about spam, and half are called spam
