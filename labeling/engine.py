"""Where a step runs over many shards: one small seam, so a step never knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from typing import TypeVar

from labeling.errors import EngineError
from labeling.progress import Progress
from labeling.ray_tasks import Cluster, each_on_ray

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(
    step: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    title: str,
    where: int | Cluster,
    progress: Progress,
) -> Iterator[Result]:
    """Yield `step(item)` for every item, in order, from so many processes here or from a cluster.

    The step must be picklable and finish its artifacts atomically. Only a bounded number of items
    is under way. Raises EngineError where workers die (on a cluster, again and again); the next run
    finds what was finished. One process, or one item, runs in this one.
    """
    with progress.bar(title, len(items)) as advance:
        if isinstance(where, Cluster):
            results = each_on_ray(where, step, items, advance)
        else:
            results = _each_here(min(where, len(items)), step, items, advance)
        with closing(results):
            yield from results


def _each_here(
    processes: int,
    step: Callable[[Item], Result],
    items: Sequence[Item],
    advance: Callable[[int], None],
) -> Generator[Result]:
    if processes <= 1:
        for item in items:
            result = step(item)
            advance(1)
            yield result
        return
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=processes, return_as="generator")
    try:
        for result in parallel(delayed(step)(item) for item in items):
            advance(1)
            yield result
    except BrokenProcessPool as error:
        codes = re.search(r"\{(.*?)\}", str(error))
        raise EngineError(
            f"A worker process died ({codes.group(1) if codes else 'no exit code'}), most often "
            "because memory ran out; what was finished is kept: run the command again, with fewer "
            f"--workers than {processes}."
        ) from error
