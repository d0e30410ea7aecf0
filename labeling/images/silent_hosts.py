"""Hosts that do not answer: each of their pins would wait for `image_seconds`, and there can be many.

After some attempts in a row a host rests; then one attempt decides whether it rests again (a circuit
breaker: Nygard, "Release It!").
"""

from __future__ import annotations

import threading
import time

from labeling.errors import ImageFault

ATTEMPTS = 32
"""In a row, without an answer of whatever kind."""
REST = 300.0
"""Seconds in which a host is not asked then."""

Host = tuple[str, int]
"""Name and port."""


class SilentHosts:
    """What is known of hosts in this process, for many threads."""

    def __init__(self, attempts: int = ATTEMPTS, rest: float = REST) -> None:
        self._attempts, self._rest = attempts, rest
        self._silent: dict[Host, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def check(self, host: Host) -> None:
        """Raise ImageFault where a host rests."""
        with self._lock:
            count, since = self._silent.get(host, (0, 0.0))
            if count < self._attempts:
                return
            if time.monotonic() - since < self._rest:
                raise ImageFault(
                    f"its server did not answer {self._attempts} times in a row and rests; "
                    "`labeling images --again` asks it anew"
                )
            self._silent[host] = (count, time.monotonic())  # whoever asks next waits for this one

    def was_silent(self, host: Host) -> None:
        """Remember that a host gave no answer."""
        with self._lock:
            count, _ = self._silent.get(host, (0, 0.0))
            self._silent[host] = (count + 1, time.monotonic())

    def has_answered(self, host: Host) -> None:
        """Forget that a host was silent."""
        with self._lock:
            self._silent.pop(host, None)
