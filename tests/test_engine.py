"""Steps give the same artifacts from every engine, whatever dies meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import artifacts, make_workspace, write_signal

import labeling
from labeling.engine import each
from labeling.errors import EngineError
from labeling.progress import Progress
from labeling.ray_tasks import Cluster

SILENT = Progress(shown=False)


@dataclass(frozen=True)
class Square:
    """A step that may be slow, fail the first time it sees an item, or die of one."""

    folder: Path
    fails: int = -1
    dies: int = -1

    def __call__(self, item: int) -> int:
        time.sleep(0.05 * (item % 3 == 0))  # not all are done in their order
        seen = self.folder / f"seen-{item}"
        first = not seen.exists()
        seen.touch()
        if item == self.fails and first:
            raise OSError("the store was away for a moment")
        if item == self.dies:
            os.kill(os.getpid(), 9)
        return item * item


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[Any]:
    """A cluster of two nodes on this machine; the test process is connected to the first."""
    pytest.importorskip("ray", reason="ray is not installed: the extra `ray` brings it")
    from ray.cluster_utils import Cluster as Nodes

    with pytest.MonkeyPatch.context() as patch:
        # workers import the step of this file
        patch.setenv("PYTHONPATH", f"{Path(__file__).parent}:{os.environ.get('PYTHONPATH', '')}")
        nodes = Nodes(
            initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
        )
        nodes.add_node(num_cpus=1)
        yield nodes
        import ray

        ray.shutdown()
        nodes.shutdown()


def ray_of(nodes: Any, folder: Path, tasks: int = 0) -> Cluster:
    return Cluster(
        address=nodes.address, tasks=tasks, cores=2, functions_folder=folder, store_is_local=True
    )


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_items(tmp_path: Path, processes: int) -> None:
    found = each(Square(tmp_path), range(20), title="", where=processes, progress=SILENT)
    assert list(found) == [n * n for n in range(20)]


def test_a_worker_that_dies_is_one_sentence(tmp_path: Path) -> None:
    step = Square(tmp_path, dies=3)
    with pytest.raises(EngineError, match=r"died \(SIGKILL\(-9\).*run the command again"):
        list(each(step, range(20), title="", where=2, progress=SILENT))


def test_a_command_whose_worker_dies_fails_and_goes_on_when_run_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_workspace(home, workers=2)
    mark = tmp_path / "mark"
    code = f"""
import os
from pathlib import Path
from labeling import Signal
tone = Signal("tone", classes=["calm", "loud"])

@tone.function
def hungry(pin):
    if pin.pin_id == "p00130" and not Path({str(mark)!r}).exists():
        Path({str(mark)!r}).touch()
        os.kill(os.getpid(), 9)
    return 1
"""
    write_signal(home, code)
    command = [sys.executable, "-c", "from labeling.cli import main; main()", "--home", str(home)]
    command += ["vote", "tone", "pins", "--workers", "2", "--json"]
    first = subprocess.run(command, capture_output=True, text=True)
    assert first.returncode == 1
    assert "A worker process died (SIGKILL(-9))" in json.loads(first.stdout)["error"]
    assert "Traceback" not in first.stderr
    finished = len(list((home / "store/votes").rglob("*.parquet")))
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert report["columns_voted"] == {"hungry": report["columns"] - finished}


def test_a_task_that_fails_for_a_moment_is_done_again(two_nodes: Any, tmp_path: Path) -> None:
    step = Square(tmp_path, fails=4)
    found = each(step, range(8), title="", where=ray_of(two_nodes, tmp_path), progress=SILENT)
    assert list(found) == [n * n for n in range(8)]


def test_a_task_that_always_dies_is_one_sentence(two_nodes: Any, tmp_path: Path) -> None:
    step = Square(tmp_path, dies=1)
    with pytest.raises(EngineError, match=r"A Ray task was lost 4 times .*run the command again"):
        list(each(step, range(4), title="", where=ray_of(two_nodes, tmp_path), progress=SILENT))


def test_a_run_on_a_cluster_leaves_the_same_bytes_though_a_node_dies(
    two_nodes: Any, tmp_path: Path, own_imports: None
) -> None:
    here = make_workspace(tmp_path / "here", count=600, shard_rows=30, workers=1)
    shutil.copytree(here.home, tmp_path / "there")
    labeling.run(here, "tone", "pins")
    there = labeling.open_workspace(tmp_path / "there", engine="ray", ray_address=two_nodes.address)
    lost = two_nodes.add_node(num_cpus=2)
    votes = tmp_path / "there/store/votes"

    def lose_a_node() -> None:
        while not any(votes.rglob("*.parquet")):
            time.sleep(0.01)
        two_nodes.remove_node(lost, allow_graceful=False)

    loser = threading.Thread(target=lose_a_node)
    loser.start()
    report = labeling.run(there, "tone", "pins")
    loser.join()
    assert report.columns_voted == {f.name: 20 for f in there.signal("tone")}
    assert artifacts(there.home) == artifacts(here.home)
    assert labeling.run(there, "tone", "pins").columns_voted == {}


def test_ray_answers_with_one_json_object(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="ray is not installed: the extra `ray` brings it")
    home = tmp_path / "home"
    workspace = make_workspace(home)
    command = [sys.executable, "-c", "from labeling.cli import main; main()", "--home", str(home)]
    command += ["resolve", "tone", "pins", "--engine", "ray", "--workers", "2", "--json"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(said.stdout)["resolver"] == "snorkel"
    assert "vote: shards" in said.stderr
    assert (
        len(workspace.store.keys(json.loads(said.stdout)["soft_labels"].split("/store/")[1])) == 4
    )


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    where = Cluster(address="", tasks=1, cores=1, functions_folder=tmp_path, store_is_local=True)
    with pytest.raises(EngineError, match=r"install it with `pip install 'labeling\[ray\]'`"):
        list(each(Square(tmp_path), [1], title="", where=where, progress=SILENT))


def test_a_cluster_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from labeling.cli import main; main()"]
    command += ["--home", str(tmp_path / "home"), "vote", "tone", "pins", "--engine", "ray"]
    pytest.importorskip("ray", reason="ray is not installed: the extra `ray` brings it")
    make_workspace(tmp_path / "home")
    environment = os.environ | {"LABELING_RAY_ADDRESS": "127.0.0.1:1"}
    said = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert said.returncode == 1
    assert "The Ray cluster at 127.0.0.1:1 cannot be used" in said.stderr
