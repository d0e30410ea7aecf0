"""The commands on Label Studio, and the doctor, at a real server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, make_workspace
from label_studio_server import ADMIN, RunningServer
from label_studio_there import PINS

import labeling
from labeling import pipeline
from labeling.doctor import examine
from labeling.errors import LabelStudioError
from labeling.label_studio.server import Server
from labeling.review.tasks import Candidate, enqueue


def test_a_wrong_token_is_one_sentence_without_the_token(label_studio: RunningServer) -> None:
    wrong = "f" * 40
    with pytest.raises(LabelStudioError, match="does not accept the token; copy a new") as caught:
        Server(label_studio.url, wrong).check()
    assert wrong not in str(caught.value)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    workspace = make_workspace(tmp_path / "home", count=150)
    pipeline.resolve(workspace, "tone", "pins")
    chosen = [Candidate(priority=1.0, pin_id=p, reason="uncertain", group=p) for p in PINS]
    enqueue(workspace.database, "tone", "pins", chosen)
    return workspace.home


def command(home: Path, server: RunningServer, *words: str) -> subprocess.Popen[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("LABELING_")} | {
        "LABELING_LABEL_STUDIO_URL": server.url,
        "LABELING_LABEL_STUDIO_TOKEN": server.token,
    }
    main = [sys.executable, "-c", "from labeling.cli import main; main()", "--home", str(home)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*main, "label-studio", *words], stdout=pipe, stderr=pipe, text=True, env=env, cwd=ROOT
    )


def test_the_commands_say_one_object_and_never_the_token(
    home: Path, label_studio: RunningServer
) -> None:
    said = ""
    for words in (("push",), ("pull",), ("watch", "--once"), ("push", "--back")):
        process = command(home, label_studio, words[0], "tone", *words[1:], "--json")
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert json.loads(out)["collection"] == "pins"
        said += out + err
    assert label_studio.token not in said
    for file in home.rglob("*"):
        if file.is_file():
            assert label_studio.token.encode() not in file.read_bytes(), file


def test_watching_ends_by_ctrl_c_with_a_summary(home: Path, label_studio: RunningServer) -> None:
    assert command(home, label_studio, "push", "tone").wait(120) == 0
    process = command(home, label_studio, "watch", "tone", "--every", "0.5", "--json")
    assert process.stderr is not None
    while "annotations at" not in process.stderr.readline():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["polls"] >= 1


def test_the_doctor_tries_the_server_and_the_token(
    tmp_path: Path, label_studio: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    labeling.init_workspace(tmp_path)
    monkeypatch.setenv("LABELING_LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABELING_LABEL_STUDIO_TOKEN", label_studio.token)
    (check,) = (one for one in examine(str(tmp_path)) if one.name == "Label Studio")
    assert (check.ok, check.says) == (True, f"{label_studio.url}, the token is that of {ADMIN}")
