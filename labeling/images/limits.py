"""What an image may cost before it is a fault of its pin."""

from __future__ import annotations

from dataclasses import dataclass

from labeling.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of one image; see the settings `image_*`."""

    max_bytes: int = 20_000_000
    seconds: float = 10.0
    """For a URL in all: names, redirects, headers and body."""
    max_pixels: int = 100_000_000
    threads: int = 16
    """URLs that a process waits for at the same time."""
    private_hosts: tuple[str, ...] = ()
    """Host names and networks that may be reached although they are private."""

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Return the limits that the settings name."""
        return cls(
            max_bytes=settings.image_max_bytes,
            seconds=settings.image_seconds,
            max_pixels=settings.image_max_pixels,
            threads=settings.image_threads,
            private_hosts=settings.image_private_hosts,
        )
