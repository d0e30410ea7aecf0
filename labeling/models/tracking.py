"""Models in MLflow: one run for each, with what it was trained with, how good it is and its files.

Where `mlflow_url` or MLFLOW_TRACKING_URI is set; nothing is loaded or done otherwise. What is tracked is
in the registry already, so a server that cannot be reached loses nothing: a warning says so, on stderr
where no log is set up.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from labeling.workspace import Workspace

log = logging.getLogger(__name__)
MODEL = "labeling.model"
"""The tag that names a run's model."""
STATE = "labeling.state"
NUMBER = "epoch.number"
LONGEST = 500
"""Characters of a parameter."""


def tracking_url(workspace: Workspace) -> str:
    """Return where models are tracked; "" for nowhere."""
    return workspace.settings.mlflow_url or os.environ.get("MLFLOW_TRACKING_URI", "")


def track_training(
    workspace: Workspace,
    model: str,
    *,
    signal: str,
    params: Mapping[str, Any],
    metrics: Mapping[str, float],
    epochs: Sequence[Mapping[str, float]],
    folder: Path,
) -> None:
    """Log what a model was trained with, its figures on the validation rows, in the end and after each
    epoch (`number`, and what it came to), and its files."""
    _track(
        workspace,
        model,
        signal,
        params=params,
        metrics=_named("validation", metrics),
        epochs=[_named("epoch", epoch) for epoch in epochs],
        folder=folder,
    )


def track_evaluation(workspace: Workspace, evaluation: Mapping[str, Any]) -> None:
    """Log an evaluation (`ModelEvaluation.to_json`)."""
    figures = ("accuracy", "macro_f1", "ece", "brier", "log_loss")
    metrics: dict[str, float] = {"rows": evaluation["rows"]}
    for name in figures:
        found = evaluation[name]
        metrics |= {
            name: found["value"],
            f"{name}_low": found["low"],
            f"{name}_high": found["high"],
        }
    for one in evaluation["classes"]:
        metrics |= {
            f"{name}.{one['name']}": one[name]["value"]
            for name in ("precision", "recall", "average_precision")
        }
    _track(
        workspace,
        evaluation["model"],
        evaluation["signal"],
        metrics=_named(evaluation["on"], metrics),
        files={f"evaluation-{evaluation['on']}.json": dict(evaluation)},
    )


def track_promotion(workspace: Workspace, signal: str, promotion: Mapping[str, Any]) -> None:
    """Log a decision (`Promotion.to_json`)."""
    state = "promoted" if promotion["promoted"] else "refused"
    _track(
        workspace,
        promotion["model"],
        signal,
        tags={STATE: state, f"{STATE}.why": promotion["why"]},
        files={"promotion.json": dict(promotion)},
    )


def _named(prefix: str, metrics: Mapping[str, float | None]) -> dict[str, float]:
    """Return the metrics that there are, by names that MLflow takes."""
    return {
        re.sub(r"[^\w./ -]", "_", f"{prefix}.{name}", flags=re.ASCII): float(value)
        for name, value in metrics.items()
        if value is not None
    }


def _track(
    workspace: Workspace,
    model: str,
    signal: str,
    *,
    params: Mapping[str, Any] | None = None,
    metrics: Mapping[str, float] | None = None,
    epochs: Sequence[Mapping[str, float]] = (),
    tags: Mapping[str, str] | None = None,
    files: Mapping[str, dict[str, Any]] | None = None,
    folder: Path | None = None,
) -> None:
    """Add to a model's run, which is made where there is none."""
    url = tracking_url(workspace)
    if not url:
        return
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    try:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError:
        log.warning(
            "%s is done, but MLflow is not installed, so it is not tracked; install labeling[mlflow].",
            model,
        )
        return
    try:
        with redirect_stdout(
            sys.stderr
        ):  # MLflow tells where to look; stdout is the command's answer
            client = MlflowClient(tracking_uri=url)
            run = _run_of(client, workspace, url, model, signal)
            for name, value in (params or {}).items():
                client.log_param(run, name, str(value)[:LONGEST])
            for name, number in (metrics or {}).items():
                client.log_metric(run, name, number)
            for epoch in epochs:
                for name in sorted(set(epoch) - {NUMBER}):
                    client.log_metric(run, name, epoch[name], step=int(epoch[NUMBER]))
            for name, text in (tags or {}).items():
                client.set_tag(run, name, text)
            for name, value in (files or {}).items():
                client.log_dict(run, value, name)
            if folder is not None:
                client.log_artifacts(run, str(folder), "model")
            client.set_terminated(run)
    except (MlflowException, OSError) as error:
        why = " ".join(str(error).split())[:200]
        log.warning(
            "%s is done, but MLflow at %s does not take it: %s; check `mlflow_url`.",
            model,
            url,
            why,
        )


def _run_of(client: Any, workspace: Workspace, url: str, model: str, signal: str) -> str:
    """Return the id of a model's run."""
    experiment = client.get_experiment_by_name(signal)
    if experiment is None:
        # a server knows where files go; without one MLflow would take the current folder
        local = (
            None if url.startswith(("http:", "https:")) else (workspace.home / "mlruns").as_uri()
        )
        known = client.create_experiment(signal, artifact_location=local)
    else:
        known = experiment.experiment_id
    quoted = model.replace("'", "")
    runs = client.search_runs([known], f"tags.`{MODEL}` = '{quoted}'", max_results=1)
    if runs:
        return str(runs[0].info.run_id)
    return str(client.create_run(known, tags={MODEL: quoted}, run_name=quoted).info.run_id)
