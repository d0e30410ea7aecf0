"""Steps as Ray tasks, on a cluster or on this machine alone. Needs the extra `ray`.

A task whose machine or process dies is done again elsewhere. The authors' code goes along with the
tasks, so machines need the installed package and the store, and nothing of the workspace.
"""

from __future__ import annotations

import atexit
import io
import logging
import os
import shutil
import socket
import sys
import tempfile
import zipfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from labeling.errors import EngineError, StoreError

Item = TypeVar("Item")
Result = TypeVar("Result")
RETRIES = 3
OBJECT_STORE_BYTES = 128 * 2**20
"""Of a cluster that is started here: what travels is small, artifacts go through the store."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Which Ray cluster, and what a task needs there."""

    address: str
    """Empty: RAY_ADDRESS, else a cluster that lives as long as this process."""
    tasks: int
    """At a time; 0: two per core of the cluster, so that it grows with its autoscaler."""
    cores: int
    """Of this machine."""
    functions_folder: Path
    store_is_local: bool


def each_on_ray(
    cluster: Cluster,
    step: Callable[[Item], Result],
    items: Sequence[Item],
    advance: Callable[[int], None],
) -> Generator[Result]:
    """Yield `step(item)` for every item, in order; `advance` is told of each as it is done."""
    if not items:
        return
    ray = _connected(cluster)
    task = ray.remote(
        max_retries=RETRIES,
        retry_exceptions=[OSError, StoreError],  # a store that could not be reached for a moment
        max_calls=0,  # a worker keeps its model and its compiled patterns
        num_gpus=getattr(step, "gpus", 0),
    )(_perform)
    held = ray.put(step), ray.put(_packed(cluster.functions_folder))
    todo = enumerate(items)
    running: dict[Any, int] = {}
    done: dict[int, Result] = {}
    following = 0
    try:
        while following < len(items):
            limit = cluster.tasks or 2 * int(ray.cluster_resources().get("CPU", 1))
            for number, item in islice(todo, max(limit - len(running), 0)):
                running[task.remote(*held, item)] = number
            ready, _ = ray.wait(list(running), num_returns=1)
            for reference in ready:
                done[running.pop(reference)] = _result(ray, reference)
                advance(1)
            while following in done:
                yield done.pop(following)
                following += 1
    finally:
        for reference in running:
            ray.cancel(reference, force=True)


def _connected(cluster: Cluster) -> Any:
    """Return the module ray, connected."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns at every start
    try:
        import ray
    except ImportError as error:
        raise EngineError(
            "The engine ray needs the package ray; install it with `pip install 'labeling[ray]'`."
        ) from error
    if ray.is_initialized():
        return ray
    address = cluster.address or os.environ.get("RAY_ADDRESS", "")
    quiet: dict[str, Any] = {
        "logging_level": logging.ERROR,
        "log_to_driver": False,
    }  # stdout is the command's
    try:
        if address:
            _knock(address)
            ray.init(address, **quiet)
        else:
            ray.init(
                "local",
                num_cpus=cluster.tasks or cluster.cores,
                include_dashboard=False,
                object_store_memory=OBJECT_STORE_BYTES,
                **quiet,
            )
    except (OSError, RuntimeError, ValueError) as error:
        text = " ".join(str(error).split())[:200]
        raise EngineError(
            f"The Ray cluster at {address or 'this machine'} cannot be used ({text}); correct "
            "`ray_address`, or run with --engine local."
        ) from error
    machines = {node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"]}
    if cluster.store_is_local and len(machines) > 1:
        print(
            f"The store is a folder, and the cluster has {len(machines)} machines: the folder must "
            "be the same shared file system on all of them; else set `store` to s3:// or gs://.",
            file=sys.stderr,
        )
    return ray


def _knock(address: str) -> None:
    """Raises OSError at once where nobody listens; Ray itself tries for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host, int(port)), timeout=20).close()


def _result(ray: Any, reference: Any) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if not isinstance(error.cause, ray.exceptions.RayError):
            raise error.cause from error  # what the step raised, as it would here
        text = " ".join(str(error.cause).split())[:100]
        raise EngineError(
            f"A machine of the Ray cluster cannot read its task ({text}); install the same version "
            "of labeling on all machines."
        ) from error
    except ray.exceptions.RayError as error:
        lines = str(error).strip().splitlines() or [""]
        raise EngineError(
            f"A Ray task was lost {RETRIES + 1} times ({type(error).__name__}: {lines[0][:200]}), "
            "most often because memory ran out; what was finished is kept: run the command again, "
            "with fewer --workers or larger machines."
        ) from error


def _perform(step: Callable[[Item], Result], functions: bytes, item: Item) -> Result:
    """The task: a step that loads signals finds their folder where it was unpacked."""
    if hasattr(step, "functions_folder"):
        step = replace(step, functions_folder=_unpacked(functions))  # type: ignore[type-var]
    return step(item)


def _packed(folder: Path) -> bytes:
    """Return the folder of signals as a ZIP file; an empty one where there is none."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir(folder.name)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
    return packed.getvalue()


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Path:
    """Return the folder of signals, in a temporary folder of this process."""
    root = Path(tempfile.mkdtemp(prefix="labeling-functions-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(root)
        return root / archive.namelist()[0].strip("/")
