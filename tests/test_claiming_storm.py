"""Many annotators at once, killed, late and clicking twice: the account must be exact."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_task_is_answered_exactly_as_often_as_asked(kind: str) -> None:
    if kind == "postgresql":
        pytest.importorskip("pgserver", reason="pgserver starts the PostgreSQL of the tests")
    storm = [sys.executable, str(ROOT / "benchmarks" / "claiming.py"), "--database", kind]
    storm += ["--tasks", "150", "--processes", "8", "--kill-every", "0.3", "--lease", "2"]
    done = subprocess.run(storm, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "answers wanted" in done.stdout
