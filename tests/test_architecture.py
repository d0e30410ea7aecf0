"""The shape of the project: imports go one way, nothing is pickled, authors see only the API."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import labeling

ORDER = [
    ["errors"],
    [
        "aligned",
        "fingerprints",
        "progress",
        "pages",
        "groups",
        "neighbours",
        "passes",
        "pretrained",
        "web_files",
        "parquet_files",
        "chance",
        "turns",
        "wording",
        "languages",
        "soft_labels",
        "list_columns",
    ],
    ["model_folder"],
    ["near_pairs"],
    ["settings", "shards"],
    ["version_numbers"],
    ["pins", "signal_contract"],
    ["collection"],
    ["contents"],
    ["images", "predictions"],
    ["readers", "pin_index"],
    ["columns"],
    ["importing"],
    ["functions"],
    ["signals", "references", "calibrating"],
    ["discovery", "function_source"],
    ["ray_tasks", "encoders"],
    ["engine"],
    ["votes"],
    ["vote_model", "vote_statistics", "evaluation"],
    ["judgement"],
    ["label_model"],
    ["dependence"],
    ["robust_label_model"],
    ["softmax_regression", "text_shapes"],
    ["word_features", "fitting_many"],
    ["resolvers"],
    ["seen_pins", "pooling", "fitted_resolver"],
    ["resolving", "probe", "outliers", "duplicates"],
    ["second_opinion", "final_labels"],
    ["pin_groups"],
    ["doubts", "analysis", "gathering", "database"],
    ["tables", "report", "datasets", "recipes", "evaluation_splits"],
    ["dataset_card", "curating"],
    ["row_changes", "packing", "evaluation_moves"],
    ["publishing", "report_html", "dataset_diff"],
    ["workspace"],
    ["records", "webapp", "gold"],
    ["known", "preparing", "seeing", "score_curves"],
    ["training"],
    ["embedding", "predicting", "map_points", "pictures", "pin_cards", "pin_vectors"],
    ["voting", "mapping", "map_html", "report_pictures", "pin_evidence", "review"],
    ["scoring", "last_run", "publications"],
    ["searching", "telling"],
    ["dataset_lineage"],
    ["pipeline"],
    ["simulating", "watching"],
    ["simulating_terminal"],
    ["label_studio"],
    ["models"],
    ["looping"],
    ["authoring", "doctor"],
    ["functions_terminal", "pin_terminal"],
    ["report_terminal", "dataset_terminal"],
    ["cli"],
]
"""A module may import what stands above it (or, in a package, its own parts)."""

MODULES = sorted((ROOT / "labeling").rglob("*.py"))
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "labeling").parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the names that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    own = part_of(path)
    if own == "__init__":
        return
    assert own in LEVEL, f"give {own} its place in ORDER"
    for name in imported(path):
        if name.startswith("labeling."):
            other = name.split(".")[1]
            assert other == own or LEVEL[other] < LEVEL[own], f"{own} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_no_name_of_the_library_is_a_modules_too() -> None:
    modules = {path.stem for path in (ROOT / "labeling").iterdir()}
    # the module, once imported, would stand where the function was
    assert not modules & set(labeling.__all__)


def test_labeling_functions_import_only_the_authoring_api() -> None:
    for path in (ROOT / "labeling_functions").rglob("*.py"):
        for name in imported(path):
            assert not name.startswith("labeling."), f"{path.name} imports {name}"


def test_nothing_is_pickled_and_no_shell_is_called() -> None:
    banned = re.compile(
        r"\bpickle\b|joblib\.(dump|load)|torch\.load\(|allow_pickle=True|\beval\(|\bexec\(|shell=True"
    )
    for path in [*MODULES, *(ROOT / "labeling_functions").rglob("*.py")]:
        for line in path.read_text("utf-8").splitlines():
            if "never pickle" not in line.lower():
                assert not banned.search(line), f"{path.name}: {line}"


def test_only_shards_writes_files_of_the_store() -> None:
    for path in MODULES:
        if path.name != "shards.py":
            assert "write_table(" not in path.read_text("utf-8").replace(
                "store.write_table(", ""
            ).replace("self.writer.write_table(", ""), path.name


def test_the_datasets_module_needs_none_of_the_heavy_parts() -> None:
    code = (
        "import sys\n"
        "for name in ('snorkel', 'sqlalchemy', 'streamlit', 'pydantic', 'typer', 'cleanlab'):\n"
        "    sys.modules[name] = None\n"
        "import labeling.datasets\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_machine_path_stands_in_the_project() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".html", ".css"} or "." not in path.name:
            assert str(ROOT.parent) + "/" not in path.read_text("utf-8", "replace"), name
