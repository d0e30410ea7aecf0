"""The commands on models, end to end, and the page of an evaluation."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import Result
from planted_models import FRESH, Planter
from scipy.special import softmax
from typer.testing import CliRunner

from labeling.cli import app
from labeling.judgement import JudgedRows, judge_rows
from labeling.models.evaluating import evaluate_model
from labeling.models.page import render_evaluation
from labeling.models.promoting import promote
from labeling.models.registry import find_promoted, read_trail, register
from labeling.models.tracking import track_training
from labeling.review.people import add_person
from labeling.training.fitting import fit_head
from labeling.training.judging import fit_temperature
from labeling.training.model import build_model
from labeling.training.rows import Rows
from labeling.workspace import Workspace


@pytest.fixture(scope="module")
def planter(run_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Planter:
    return Planter.of(run_workspace, tmp_path_factory.mktemp("pages"), count=160)


def test_a_model_goes_from_training_to_use_by_commands(planter: Planter, tmp_path: Path) -> None:
    home = planter.workspace.home

    def labeling(*words: str | Path) -> Result:  # here: each process would load torch anew
        return CliRunner().invoke(app, ["--home", str(home), *map(str, words)])

    trained = labeling(
        "train", "tone-pins@v0001", "--quick", "--encoder", planter.encoder, "--json"
    )
    assert trained.exit_code == 0, trained.stderr
    model = json.loads(trained.stdout)["reference"]
    assert model == "tone-pins@v0001"
    page = tmp_path / "page.html"
    words = ("evaluate", model, "pins", "--on", "reference", "--html", page, "--json")
    figures = json.loads(labeling(*words).stdout)
    assert figures["accuracy"]["low"] <= figures["accuracy"]["value"]
    assert "Reliability" in page.read_text("utf-8")
    shown = labeling("evaluate", model, "pins", "--split", "all").stdout
    assert "macro F1" in shown and "left out" in shown
    good, poor = planter.plant("good"), planter.plant("poor", ("zoo", "art", "food"))
    promoted = labeling("promote", good, FRESH, "--split", "all")
    assert promoted.exit_code == 0 and "promoted: tone-pins@v0002 is the first" in promoted.stdout
    refused = labeling("promote", poor, FRESH, "--split", "all", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["promoted"] is False
    assert "error: Not promoted: tone-pins@v0003 is worse than tone-pins@v0002" in refused.stderr
    compared = labeling("compare", "tone-pins@promoted", "tone-pins@v0003", FRESH, "--split", "all")
    assert "tone-pins@v0003 against tone-pins@v0002" in compared.stdout
    states = {
        one["model"]: one["state"]
        for one in json.loads(labeling("models", "--json").stdout)["models"]
    }
    assert states == {
        "tone-pins@v0001": "evaluated",
        "tone-pins@v0002": "promoted",
        "tone-pins@v0003": "refused",
    }
    assert "tone-pins@v0002 promoted, accuracy" in labeling("models").stdout
    assert not list((home / "training").iterdir())


def test_the_page_loads_nothing_and_escapes_what_pins_say(planter: Planter, tmp_path: Path) -> None:
    model = shutil.copytree(planter.plant("other"), tmp_path / "other")
    found = evaluate_model(planter.workspace, model, FRESH, split="all", by=["board"]).to_json()
    found["slices"][0]["value"] = "<script>alert(1)</script>"
    found["notes"] = ["Figures look <b>worse</b> than they are."]
    page = render_evaluation(found)
    assert "<script" not in page and "&lt;script&gt;" in page and "&lt;b&gt;worse" in page
    assert not re.search(r'(src|href)="?http', page)
    assert page.count("<circle") >= 8 and page.count('class="curve') == 2


def test_the_app_shows_what_is_on_record_of_a_model(
    planter: Planter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("streamlit.testing.v1", reason="the extra `app` is not installed")
    from test_app import open_app

    home = planter.workspace.home
    add_person(planter.workspace.database, "Ada", role="admin")
    model = register(planter.workspace, planter.plant("shown", ("cars",)))
    page = open_app(home, monkeypatch, "models")
    assert model.reference in page.dataframe[0].value["Model"].to_list()
    assert "was not evaluated yet" in page.info[0].value
    promote(planter.workspace, model.reference, FRESH, split="all")
    page.run()
    assert not page.exception and not page.error
    assert any("promoted" in one.value or "refused" in one.value for one in page.markdown)


def test_models_are_tracked_by_mlflow_one_run_each(planter: Planter, tmp_path: Path) -> None:
    tracking = pytest.importorskip("mlflow.tracking", reason="the extra mlflow is not installed")
    url = f"sqlite:///{tmp_path / 'mlflow.db'}"
    good, workspace = planter.plant("tracked"), planter.alone(tmp_path / "registry")
    settings = workspace.settings.model_copy(update={"mlflow_url": url, "home": tmp_path})
    tracked = replace(workspace, settings=settings)
    model = register(tracked, good)
    track_training(
        tracked,
        model.reference,
        signal="tone",
        params={"epochs": 5},
        metrics={"accuracy": 0.9},
        epochs=[{"number": 1, "accuracy": 0.8}, {"number": 2, "accuracy": 0.9}],
        folder=good,
    )
    assert promote(tracked, model.reference, FRESH, split="all").promoted
    client = tracking.MlflowClient(tracking_uri=url)
    (run,) = client.search_runs([client.get_experiment_by_name("tone").experiment_id])
    assert run.data.tags["labeling.model"] == model.reference
    assert run.data.tags["labeling.state"] == "promoted"
    assert run.data.params == {"epochs": "5"}
    assert run.data.metrics["validation.accuracy"] == 0.9
    curve = client.get_metric_history(run.info.run_id, "epoch.accuracy")
    assert [(point.step, point.value) for point in curve] == [(1, 0.8), (2, 0.9)]
    (entry,) = (one for one in read_trail(tracked) if one.kind == "evaluated")
    assert run.data.metrics["reference.ece_high"] == entry.report["ece"]["high"]
    kept = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert kept == {"model", "evaluation-reference.json", "promotion.json"}


def test_a_model_is_promoted_where_mlflow_is_not_to_be_had(
    planter: Planter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, workspace = planter.plant("untracked"), planter.alone(tmp_path / "registry")
    settings = workspace.settings.model_copy(update={"mlflow_url": "no-such://x"})
    closed = replace(workspace, settings=settings)
    assert promote(closed, good, FRESH, split="all").promoted
    assert find_promoted(closed, "tone-pins")[0] == register(closed, good)
    said = [one.getMessage() for one in caplog.records if one.name.startswith("labeling")]
    assert len(said) == 2, "of the evaluation, and of the promotion"
    assert all(" is done, but MLflow " in one for one in said)


def test_a_model_of_real_headlines_is_calibrated_by_its_temperature(real_data: Path) -> None:
    train, valid, test = 400, 300, 900
    rows = pd.read_csv(real_data / "clickbait" / "train.csv").head(train + valid + test)
    labels = rows["clickbait"].to_numpy()
    model = build_model(("news", "clickbait"), "minilm", None, 32, "cpu")
    features = model.run(model.inputs(rows["headline"].to_list()), model.features)
    parts = np.split(np.arange(len(rows)), [train, train + valid])
    learned, chosen, judged = (labelled(labels[part]) for part in parts)
    fit_head(model, features[parts[0]], learned, features[parts[1]], chosen)
    head = model.head.weight.detach().numpy(), model.head.bias.detach().numpy()
    logits = 8 * (features @ head[0].T + head[1])  # surer than it should be, as large models are
    temperature = fit_temperature(logits[parts[1]], chosen)
    surer, scaled = (
        judge_rows(JudgedRows.plain(("news", "clickbait"), judged.labels, softmax(said, axis=1)))
        for said in (logits[parts[2]], logits[parts[2]] / temperature)
    )
    assert scaled.accuracy.value > 0.9
    assert scaled.ece.value < 0.03 < surer.ece.value


def labelled(labels: np.ndarray) -> Rows:
    n = len(labels)
    return Rows(
        table=pa.table({"n": range(n)}),
        folder=Path(),
        soft=np.eye(2, dtype=np.float32)[labels],
        weights=np.ones(n, dtype=np.float32),
        is_gold=np.ones(n, dtype=bool),
    )
