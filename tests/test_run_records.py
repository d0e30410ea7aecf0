from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import SIGNAL, write_signal

import labeling
from labeling.errors import LabelingError
from labeling.records import dataset_table, read_runs
from labeling.workspace import Workspace


def test_every_run_is_on_record_with_how_it_ended(workspace: Workspace) -> None:
    assert read_runs(workspace) == []
    labeling.run(workspace, "tone", "pins")
    with pytest.raises(LabelingError):
        labeling.run(workspace, "tone", "pins", resolver="unheard_of")
    write_signal(workspace.home, SIGNAL.replace('"sale", ', ""))
    labeling.run(workspace, "tone", "pins")
    runs = read_runs(workspace, signal="tone", collection="pins")
    assert [run.status for run in runs] == ["done", "failed", "done"]
    assert "unheard_of" in (runs[1].error or "")
    assert runs[1].report is None
    assert runs[1].score("probe", "test") is None
    assert all(run.seconds is not None and run.seconds >= 0 for run in runs)
    assert runs[0].report is not None
    assert runs[0].score("probe", "test") == runs[0].report.scores["probe"]["test"]["macro_f1"]
    assert [run.id for run in read_runs(workspace, limit=1)] == [runs[0].id]
    moments = [run.started_at for run in runs] + dataset_table(workspace)["created_at"].tolist()
    assert {moment.utcoffset() for moment in moments} == {timedelta(0)}
    assert read_runs(workspace, signal="spam") == []
