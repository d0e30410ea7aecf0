"""What answers come to, found out in the background as `labeling agree` does: nobody waits for the
command to see what is disputed."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

from labeling.database import Database
from labeling.review.agreeing import agree
from labeling.review.verdicts import Rules
from labeling.signals import Signal

SECONDS = 30.0
"""How old the comparison of the answers may be."""
TIMES = 20
"""And at least so many times as long as it took: some 4 s for 100,000 answers."""

_begun: dict[tuple[str, str, str], Future[float]] = {}
_pool = ThreadPoolExecutor(1, thread_name_prefix="settle")
_lock = threading.Lock()


def settle(
    database: Database, signal: Signal, collection: str, rules: Rules, patience: float
) -> bool:
    """Compare the answers where that was not done lately, and wait for it so many seconds at most;
    return whether it is done. Raises what stood in its way."""
    key = (str(database.url), signal.name, collection)
    with _lock:
        known = _begun.get(key)
        if known is None or (known.done() and _is_due(known)):
            known = _begun[key] = _pool.submit(_compare, database, signal, collection, rules)
    wait([known], timeout=patience)
    if known.done():
        known.result()
    return known.done()


def _is_due(known: Future[float]) -> bool:
    return known.exception() is not None or time.monotonic() > known.result()


def _compare(database: Database, signal: Signal, collection: str, rules: Rules) -> float:
    """Return when it is to be done again."""
    begun = time.monotonic()
    agree(database, signal, collection, rules)
    now = time.monotonic()
    return now + max(SECONDS, TIMES * (now - begun))
