"""Where a step runs over many shards: one small seam, so a step never knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from labeling.progress import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_step(
    step: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    title: str,
    workers: int,
    progress: Progress,
) -> list[Result]:
    """Return `step(item)` for every item, in order, over up to `workers` processes.

    The step must be picklable and finish its artifacts atomically: when a worker dies the run
    aborts, and the next run finds what was finished. One worker, or one item, runs here.
    """
    results: list[Result] = []
    with progress.bar(title, len(items)) as advance:
        if workers <= 1 or len(items) <= 1:
            for item in items:
                results.append(step(item))
                advance(1)
            return results
        from joblib import Parallel, delayed

        parallel = Parallel(n_jobs=min(workers, len(items)), return_as="generator")
        for result in parallel(delayed(step)(item) for item in items):
            results.append(result)
            advance(1)
    return results
