"""A pulled version becomes a model: calibrated, loadable by others, resumable, or refused."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from tiny_bert import save_tiny_bert

import labeling
from labeling.datasets import verify
from labeling.errors import TrainingError
from labeling.model_folder import read_config
from labeling.training import TrainingSettings, load_model, train
from labeling.training.listening import Epoch, Listener, Moment
from labeling.training.rows import Rows, read_rows, read_training_rows
from labeling.turns import turn
from labeling.workspace import Workspace

FAST = {"epochs": 4, "batch_size": 16, "learning_rate": 1e-2, "head_learning_rate": 1e-2}


@pytest.fixture(scope="session")
def version(run_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pulled version of the signal `tone`."""
    folder = tmp_path_factory.mktemp("pulled") / "tone"
    labeling.pull_dataset(run_workspace, "tone-pins@latest", folder)
    return folder


@pytest.fixture(scope="session")
def texts(version: Path) -> list[str]:
    table = pq.read_table(version / "data")
    pairs = zip(table["title"].to_pylist(), table["description"].to_pylist(), strict=True)
    return [f"{title}\n{description}" for title, description in pairs]


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> str:
    words = re.findall(r"\w+", " ".join(texts).lower())
    return str(save_tiny_bert(tmp_path_factory.mktemp("bert") / "tiny", words))


@pytest.fixture(scope="session")
def tuned(version: Path, tiny_bert: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model fine-tuned without an interruption."""
    output = tmp_path_factory.mktemp("tuned") / "model"
    train(version, output, TrainingSettings(text_encoder=tiny_bert, **FAST))
    return output


def test_the_quick_model_is_a_plain_sentence_transformer_whose_vectors_are_logits(
    version: Path, texts: list[str], tmp_path: Path
) -> None:
    from scipy.special import softmax
    from sentence_transformers import SentenceTransformer

    report = train(version, tmp_path / "quick", TrainingSettings(quick=True, words=False))
    assert report.model.accuracy > 0.8 and report.words == 0
    ours = load_model(tmp_path / "quick").predict_proba(texts[:40])
    plain = SentenceTransformer(str(tmp_path / "quick"), device="cpu").encode(texts[:40])
    assert softmax(plain, axis=1) == pytest.approx(ours, abs=0.02)
    card = (tmp_path / "quick" / "README.md").read_text("utf-8")
    assert report.version in card and "calm, loud" in card


def test_words_stand_beside_an_encoder_that_hardly_reads(
    version: Path, tiny_bert: str, texts: list[str], tmp_path: Path
) -> None:
    from scipy.special import softmax
    from sentence_transformers import SentenceTransformer

    from labeling.training.words import Words

    told = {"text_encoder": tiny_bert, "quick": True}
    bare = train(version, tmp_path / "bare", TrainingSettings(words=False, **told))
    report = train(version, tmp_path / "model", TrainingSettings(**told))
    assert report.words > 0
    assert report.model.loss < bare.model.loss and report.model.accuracy >= bare.model.accuracy
    ours = load_model(tmp_path / "model").predict_proba(texts[:40])
    plain = SentenceTransformer(str(tmp_path / "model"), device="cpu").encode(texts[:40])
    words = Words.load(tmp_path / "model")
    assert words is not None
    assert softmax(words.beside(plain, texts[:40]), axis=1) == pytest.approx(ours, abs=0.02)
    assert "words beside it weigh" in (tmp_path / "model" / "README.md").read_text("utf-8")
    (tmp_path / "model" / "words.json").write_text("{}", "utf-8")
    with pytest.raises(TrainingError, match="is damaged"):
        load_model(tmp_path / "model")


def test_fine_tuning_beats_the_frozen_encoder(tuned: Path, version: Path) -> None:
    about = read_config(tuned)["training"]
    assert about["model"]["loss"] < about["frozen"]["loss"]
    assert about["model"]["accuracy"] >= about["frozen"]["accuracy"]
    assert about["epoch"] >= 1


class Heard(Listener):
    """Keeps what it hears; one that dies does so half-way."""

    def __init__(self, dies: bool = False) -> None:
        self.dies, self.rows, self.of = dies, 0, -1
        self.steps: list[int] = []
        self.epochs: list[Epoch] = []

    def encoded(self, rows: int, of: int) -> None:
        self.rows, self.of = self.rows + rows, of

    def stepped(self, moment: Moment) -> None:
        self.steps.append(moment.step)
        if self.dies and moment.step == moment.steps // 2:
            raise KeyboardInterrupt

    def judged(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)


def test_a_killed_run_goes_on_and_ends_the_same(
    version: Path, tiny_bert: str, tuned: Path, texts: list[str], tmp_path: Path
) -> None:
    settings = TrainingSettings(text_encoder=tiny_bert, checkpoint_seconds=0, **FAST)
    heard = Heard(dies=True)
    with pytest.raises(KeyboardInterrupt):
        train(version, tmp_path / "model", settings, listener=heard)
    assert not (tmp_path / "model").exists()
    again = Heard()
    report = train(version, tmp_path / "model", settings, listener=again)
    assert again.steps[0] >= heard.steps[-1]
    assert heard.rows == heard.of == again.rows == report.rows + report.model.rows
    assert report.epochs == (*heard.epochs, *again.epochs)
    assert [asdict(epoch) for epoch in report.epochs] == read_config(tuned)["training"]["epochs"]
    resumed = load_model(tmp_path / "model").predict_proba(texts[:30])
    assert resumed == pytest.approx(load_model(tuned).predict_proba(texts[:30]), abs=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("file", ["state.json", "*-weights.safetensors", "best.safetensors"])
def test_a_damaged_checkpoint_is_not_used(
    version: Path, tiny_bert: str, tmp_path: Path, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = TrainingSettings(text_encoder=tiny_bert, **FAST)
    with pytest.raises(KeyboardInterrupt):
        train(version, tmp_path / "model", settings, listener=Heard(dies=True))
    (damaged,) = (tmp_path / ".model.training").glob(file)
    damaged.write_bytes(damaged.read_bytes()[:-100])
    heard = Heard()
    train(version, tmp_path / "model", settings, listener=heard)
    assert heard.steps[0] == 1
    assert "is damaged" in caplog.text and "training starts anew" in caplog.text


def test_a_killed_run_with_other_images_starts_anew(
    version: Path, tiny_bert: str, tmp_path: Path
) -> None:
    settings = TrainingSettings(text_encoder=tiny_bert, checkpoint_seconds=0, **FAST)
    for folder in ("a", "b"):
        heard = Heard(dies=True)
        with pytest.raises(KeyboardInterrupt):
            train(version, tmp_path / "model", settings, images=tmp_path / folder, listener=heard)
        assert heard.steps[0] == 1


def test_a_model_that_learned_nothing_is_refused_and_nothing_is_written(
    version: Path, tiny_bert: str, tmp_path: Path
) -> None:
    still = FAST | {"learning_rate": 0.0, "head_learning_rate": 0.0}
    with pytest.raises(TrainingError, match="no better than the frozen encoder"):
        train(version, tmp_path / "model", TrainingSettings(text_encoder=tiny_bert, **still))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"text_encoder": None}, "Neither text nor images", id="reads nothing"),
        pytest.param({"epochs": 0}, "epochs is 0; it must be a whole number", id="no epoch"),
        pytest.param({"epochs": 1.5}, "epochs is 1.5; it must be a whole number", id="part"),
        pytest.param({"patience": -1}, "patience is -1; it must be a whole", id="patience"),
        pytest.param({"seed": -1}, "seed is -1; it must be a whole number, at least 0", id="seed"),
        pytest.param({"learning_rate": -1}, "learning_rate is -1; it must be", id="rate"),
        pytest.param({"learning_rate": float("nan")}, "learning_rate is nan; it", id="no rate"),
        pytest.param({"learning_rate": "1e-4"}, "learning_rate is '1e-4'; it", id="text"),
        pytest.param({"weight_decay": -3}, "weight_decay is -3; it must be", id="decay"),
        pytest.param({"warmup": 5}, "warmup is 5; it must be a number from 0 to 1", id="warmup"),
        pytest.param({"label_temperature": 0.0}, "label_temperature is 0.0; it must", id="labels"),
        pytest.param({"precision": "int4"}, "There is no precision 'int4'", id="precision"),
    ],
)
def test_settings_that_cannot_be_are_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(TrainingError, match=says):
        TrainingSettings(**change)  # type: ignore[arg-type]


def test_a_device_that_is_none_is_refused(quick_model: Path) -> None:
    with pytest.raises(TrainingError, match="The device is 'gpu'; it must be auto, cpu, cuda or"):
        load_model(quick_model, "gpu")
    for name, there in {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }.items():
        if not there:
            with pytest.raises(TrainingError, match=f"no {name.upper()} device here; say --device"):
                load_model(quick_model, name)


def test_few_validation_rows_are_joined_by_training_rows_of_other_groups(version: Path) -> None:
    manifest = verify(version)
    training = read_rows(version, manifest, "train")
    bare = replace(manifest, files=tuple(f for f in manifest.files if f.split != "validation"))
    less, judging = read_training_rows(version, bare)
    assert 0.05 * len(training) < len(judging) < 0.2 * len(training)
    assert len(less) + len(judging) == len(training)
    assert set(judging.weights) == {1.0}
    groups = [set(rows.table.column("group").to_pylist()) for rows in (less, judging)]
    assert not groups[0] & groups[1]
    nothing = replace(manifest, files=())
    with pytest.raises(TrainingError, match="0 training rows"):
        read_training_rows(version, nothing)


@pytest.mark.parametrize(
    ("part", "says"), [("weights", "All .* weigh 0"), ("soft", "all of the class (calm|loud); a")]
)
def test_rows_that_all_weigh_nothing_or_are_alike_are_not_learned_from(
    version: Path, monkeypatch: pytest.MonkeyPatch, part: str, says: str
) -> None:
    from labeling.training import rows

    def changed(*told: object) -> Rows:
        found = read_rows(*told)  # type: ignore[arg-type]
        soft = found.soft[:1].repeat(len(found), 0)
        alike = {"weights": np.zeros_like(found.weights), "soft": soft}
        return replace(found, **{part: alike[part]})

    monkeypatch.setattr(rows, "read_rows", changed)
    with pytest.raises(TrainingError, match=says):
        read_training_rows(version, verify(version))


def test_weak_labels_become_surer_and_gold_stays(version: Path) -> None:
    rows = read_rows(version, verify(version), "train")
    rows = replace(rows, is_gold=np.arange(len(rows)) % 2 == 0)
    surer, weak = rows.sharpened(0.5), ~rows.is_gold
    np.testing.assert_array_equal(surer.soft[~weak], rows.soft[~weak])
    ratios = rows.soft[weak] ** 2
    expected = ratios / ratios.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(surer.soft[weak], expected, atol=1e-6)
    assert (surer.soft[weak].max(axis=1) > rows.soft[weak].max(axis=1)).mean() > 0.5
    np.testing.assert_array_equal(surer.labels, rows.labels)
    for hardest in (1e-4, 1e-9):  # no powers that vanish
        np.testing.assert_allclose(rows.sharpened(hardest).soft.sum(axis=1), 1, atol=1e-6)


def test_a_model_learns_surer_labels_and_is_judged_by_those_that_there_are(
    version: Path, tmp_path: Path
) -> None:
    from labeling.training.judging import judge

    _, judging = read_training_rows(version, verify(version))
    said, reports = [], []
    for temperature in (1.0, 0.2):
        settings = TrainingSettings(quick=True, label_temperature=temperature)
        folder = tmp_path / str(temperature)
        reports.append(train(version, folder, settings))
        said.append(load_model(folder).predict_proba(judging.texts))
    assert np.abs(said[0] - said[1]).max() > 0.01
    for probabilities, report in zip(said, reports, strict=True):
        assert judge(np.log(probabilities), judging).loss == pytest.approx(
            report.model.loss, abs=0.01
        )


def test_an_output_that_exists_is_left_alone(version: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="exists already"):
        train(version, tmp_path)


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    version: Path, tiny_bert: str, tmp_path: Path
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for quick in (True, False):  # the model's folder, and a checkpoint before it
        settings = TrainingSettings(text_encoder=tiny_bert, quick=quick, **FAST)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, before[1]))
        try:
            with pytest.raises(TrainingError, match=r"cannot be written .*; check its permissions"):
                train(version, tmp_path / "model", settings)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert [path.name for path in tmp_path.iterdir() if path.name != ".model.training"] == []


def test_a_second_training_into_a_folder_is_refused(version: Path, tmp_path: Path) -> None:
    with (
        turn(tmp_path / ".model.lock"),
        pytest.raises(TrainingError, match=r"is being trained into .*model already; wait"),
    ):
        train(version, tmp_path / "model", TrainingSettings(quick=True))


def test_a_folder_without_a_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no model"):
        load_model(tmp_path)


def test_a_training_machine_needs_none_of_what_labels_pins(version: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('snorkel', 'sqlalchemy', 'streamlit', 'pydantic', 'typer', 'cleanlab'):\n"
        "    sys.modules[name] = None\n"
        "from labeling.training.__main__ import main\n"
        f"sys.argv = ['train', {str(version)!r}, {str(tmp_path / 'm')!r}, '--quick']\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"accuracy"' in done.stdout


def test_two_processes_train_one_model(
    version: Path, tiny_bert: str, texts: list[str], tmp_path: Path
) -> None:
    late = tmp_path / "late.py"  # the second process reads the best weights after the first
    late.write_text(
        "import os, sys, time\n"
        "from labeling.training import fine_tuning, fitting\n"
        "from labeling.training.__main__ import main\n"
        "from labeling.training.checkpoints import Checkpoints\n"
        "rank = int(os.environ['RANK'])\n"
        "judge, epochs = fine_tuning.calibrated_loss, []\n"
        "def unlike(logits, rows):\n"  # the first finds each epoch better, the second each worse
        "    epochs.append(0)\n"
        "    return judge(logits, rows) + len(epochs) * (10 if rank else -10)\n"
        "fine_tuning.calibrated_loss = unlike\n"
        "fitting.is_better = lambda *told: rank == 0\n"
        "load_best = Checkpoints.load_best\n"
        "def later(self, model):\n"
        "    time.sleep(2 * rank)\n"
        "    load_best(self, model)\n"
        "Checkpoints.load_best = later\n"
        "sys.exit(main())\n"
    )
    settings = TrainingSettings(text_encoder=tiny_bert, **FAST | {"epochs": 3})
    with pytest.raises(KeyboardInterrupt):  # what one process left after its epoch is not for two
        train(version, tmp_path / "model", settings, listener=Heard(dies=True))
    words = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    words += [str(late), str(version), str(tmp_path / "model")]
    words += ["--text-encoder", tiny_bert, "--epochs", "3", "--batch-size", "16", "--device", "cpu"]
    words += ["--learning-rate", "1e-2", "--head-learning-rate", "1e-2", "--patience", "1"]
    env = os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)  # the first process speaks for both
    assert report["model"]["loss"] < report["frozen"]["loss"]
    assert len(report["epochs"]) == 3, "the first decides for both"
    assert all(epoch["training_loss"] > 0 for epoch in report["epochs"])
    said = load_model(tmp_path / "model").predict_proba(texts[:20])
    assert said.shape == (20, 2)
    assert not list(tmp_path.glob(".*"))  # no checkpoint is left


def test_the_command_trains_and_refuses_what_is_another_version_tomorrow(
    run_workspace: Workspace, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", "from labeling.cli import main; main()"]
    command += ["--home", str(run_workspace.home), "train"]
    latest = subprocess.run(
        [*command, "tone-pins@latest", str(tmp_path / "m")], capture_output=True, text=True
    )
    assert latest.returncode != 0
    assert "is another version tomorrow; name one" in latest.stderr
    done = subprocess.run(
        [*command, "tone-pins@v0001", str(tmp_path / "m"), "--quick", "--json"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"]["accuracy"] > 0.8
