"""kill -9 in the middle of every step, then the same command: the same artifacts, byte for byte."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from conftest import artifacts, make_pins, make_workspace

STEPS = ("vectors", "votes", "soft", "doubts", "datasets")
"""Folders of the store in the order in which a run fills them."""


def run(home: Path, *command: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", "from labeling.cli import main; main()", "--home", str(home)]
    with (home.parent / "said").open("wb") as said:  # not a pipe: orphaned workers would hold it
        return subprocess.Popen([*words, *command], stdout=said, stderr=said, cwd=home)


def finish(process: subprocess.Popen[bytes], home: Path) -> None:
    assert process.wait(timeout=120) == 0, (home.parent / "said").read_text()


def kill_when_there_is(folder: Path, process: subprocess.Popen[bytes], files: int) -> bool:
    """Kill the process as soon as the folder holds so many files; whether it was still running."""
    while process.poll() is None:
        if sum(1 for path in folder.rglob("*") if path.is_file()) >= files:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            return True
        time.sleep(0.0005)
    return False


def test_a_killed_run_ends_with_the_same_artifacts(tmp_path: Path) -> None:
    home, control = tmp_path / "home", tmp_path / "control"
    make_workspace(home, count=600)
    shutil.copytree(home, control)
    finish(run(control, "run", "tone", "pins"), control)

    killed = []
    for step in STEPS:
        process = run(home, "run", "tone", "pins")
        if kill_when_there_is(home / "store" / step, process, files=2):
            killed.append(step)
    finish(run(home, "run", "tone", "pins"), home)

    assert len(killed) >= len(STEPS) - 1, f"only killed in {killed}"
    assert artifacts(home) == artifacts(control)
    assert (home / "store/datasets/tone-pins/LATEST").read_text().startswith("v0001-")


def test_a_killed_import_leaves_the_collection_as_it_was_and_can_be_repeated(
    tmp_path: Path,
) -> None:
    home, control = tmp_path / "home", tmp_path / "control"
    make_workspace(home, count=600)
    more = tmp_path / "more.csv"
    make_pins(20_000, seed=1).to_csv(more, index=False)
    before = artifacts(home)
    shutil.copytree(home, control)
    finish(run(control, "import", "pins", str(more)), control)

    process = run(home, "import", "pins", str(more))
    assert kill_when_there_is(home / "store/pins", process, files=len(before) + 3)
    revisions = sorted(path.name for path in (home / "store/pins/pins/revisions").iterdir())
    assert revisions == ["000001.json"]
    finish(run(home, "import", "pins", str(more)), home)
    assert artifacts(home) == artifacts(control)
