"""Hosts that do not answer: each of their pins would wait for `image_seconds`, and there can be many.

A host that let many pins wait for some minutes, and answered none, rests; then one attempt decides
whether it rests again (a circuit breaker: Nygard, "Release It!").
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from labeling.errors import ImageFault

ATTEMPTS = 32
"""In a row, without an answer of whatever kind."""
SECONDS = 120.0
"""From the first of them to the last: a server that is away for a moment does not rest."""
REST = 300.0
"""Seconds in which a host is not asked then."""

Host = tuple[str, int]
"""Name and port."""


@dataclass
class _Silence:
    attempts: int
    first: float
    last: float


class SilentHosts:
    """What is known of hosts in this process, for many threads."""

    def __init__(
        self, attempts: int = ATTEMPTS, seconds: float = SECONDS, rest: float = REST
    ) -> None:
        self._attempts, self._seconds, self._rest = attempts, seconds, rest
        self._silences: dict[Host, _Silence] = {}
        self._lock = threading.Lock()

    def check(self, host: Host) -> None:
        """Raise ImageFault where a host rests."""
        with self._lock:
            silence = self._silences.get(host)
            if silence is None or silence.attempts < self._attempts:
                return
            if silence.last - silence.first < self._seconds:
                return
            now = time.monotonic()
            if now - silence.last < self._rest:
                raise ImageFault(
                    f"its server did not answer {self._attempts} times in a row and rests; "
                    "`labeling images --again`, later, asks it anew"
                )
            silence.last = now  # whoever asks next waits for what comes of this attempt

    def was_silent(self, host: Host) -> None:
        """Remember that a host let a pin wait in vain."""
        with self._lock:
            now = time.monotonic()
            silence = self._silences.setdefault(host, _Silence(0, now, now))
            silence.attempts += 1
            silence.last = now

    def has_answered(self, host: Host) -> None:
        """Forget that a host was silent."""
        with self._lock:
            self._silences.pop(host, None)
