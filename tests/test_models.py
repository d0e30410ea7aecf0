"""Models are registered once, judged by pins that did not make them, and promoted where they are no
worse."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from audits import answer_pins, in_turn
from conftest import make_pins
from planted_models import FRESH, Planter, fresh_pins
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import labeling
from labeling.database import Database
from labeling.datasets import verify
from labeling.errors import ModelError, TrainingError
from labeling.gold import save_gold
from labeling.models.evaluating import compare_models, evaluate_model
from labeling.models.promoting import promote
from labeling.models.registry import (
    PROMOTED,
    find_model,
    find_promoted,
    read_models,
    read_trail,
    record,
    register,
)
from labeling.models.table import list_models
from labeling.models.thresholds import thresholds
from labeling.review.tasks import UNCERTAIN
from labeling.shards import Store
from labeling.workspace import Workspace


@pytest.fixture(scope="module")
def planter(run_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Planter:
    return Planter.of(run_workspace, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def good(planter: Planter) -> Path:
    """A model that is right on nearly all fresh pins."""
    return planter.plant("good")


@pytest.fixture(scope="module")
def poor(planter: Planter) -> Path:
    """A model that is right on 85%: two boards are loud to it."""
    return planter.plant("poor", ("zoo", "art"))


@pytest.fixture(scope="module")
def blind(planter: Planter) -> Path:
    """A model that is right on 92%: the board `cars` is loud to it."""
    return planter.plant("blind", ("cars",))


@pytest.fixture
def workspace(planter: Planter, tmp_path: Path) -> Workspace:
    """The workspace of the planted models, with an empty registry."""
    return planter.alone(tmp_path / "registry")


def test_the_same_content_is_the_same_version_and_other_content_the_next(
    workspace: Workspace, good: Path, poor: Path, tmp_path: Path
) -> None:
    first, second = register(workspace, good), register(workspace, poor)
    shutil.copytree(good, tmp_path / "copied")
    (tmp_path / "copied" / "README.md").write_text("another card")
    assert register(workspace, tmp_path / "copied") == first
    assert {first.name, second.name} == {"tone-pins"}
    assert first.version != second.version
    assert first.folder == f"models/tone-pins/v{first.version:04d}-{first.digest[:12]}"
    assert first.dataset.startswith("tone-pins@v0001-")


def test_a_registered_model_is_found_whole_or_not_at_all(
    workspace: Workspace, good: Path, tmp_path: Path
) -> None:
    workspace = replace(workspace, store=Store(str(tmp_path / "store")))
    model = register(workspace, good)
    folder = find_model(workspace, model.reference)
    assert (folder / "labeling_model.json").read_bytes() == (
        good / "labeling_model.json"
    ).read_bytes()
    (folder / "modules.json").write_text("[]")
    with pytest.raises(ModelError, match=r"modules.json was changed: its sha256"):
        find_model(workspace, model.reference)
    register(workspace, good)
    assert find_model(workspace, f"{model.reference}-{model.digest[:12]}") == folder
    (folder / "modules.json").unlink()
    with pytest.raises(ModelError, match=r"modules.json is missing"):
        find_model(workspace, model.reference)


def test_a_model_on_an_object_store_is_brought_here_and_verified(
    workspace: Workspace, good: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    settings = workspace.settings.model_copy(update={"home": tmp_path / "home"})
    remote = replace(workspace, store=Store(f"memory://{tmp_path.name}"), settings=settings)
    model = register(remote, good)
    assert register(remote, good) == model
    folder = find_model(remote, model.reference)
    assert folder == tmp_path / "home" / "cache" / model.folder
    (folder / "modules.json").write_text("damaged here")
    assert find_model(remote, model.reference) == folder
    assert (folder / "modules.json").read_bytes() == (good / "modules.json").read_bytes()
    remote.store.write_bytes(f"{model.folder}/modules.json", b"damaged there")
    (folder / "modules.json").unlink()
    with pytest.raises(ModelError, match="was changed"):
        find_model(remote, model.reference)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        pytest.param("tone-pins@v0099", "There is no model tone-pins@v0099", id="version"),
        pytest.param("tone-pins@promoted", "No model of tone-pins is promoted; do it", id="none"),
        pytest.param("tone@promoted", "no model tone .there are: tone-pins.", id="name"),
        pytest.param("no/such/folder", "is no folder of a model, and names none", id="folder"),
        pytest.param("tone-pins@latest", "is no folder of a model, and names none", id="latest"),
    ],
)
def test_a_reference_to_nothing_is_one_sentence(
    workspace: Workspace, good: Path, reference: str, says: str
) -> None:
    register(workspace, good)
    with pytest.raises(ModelError, match=says):
        find_model(workspace, reference)


def test_a_folder_without_a_model_is_not_registered(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no model"):
        register(workspace, tmp_path)
    about = {"classes": ["calm", "loud"], "reads": ["text"]}
    config = {"signal": "tone", "version": "../../etc@v0001"} | about
    (tmp_path / "labeling_model.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="names no dataset version; train it anew"):
        register(workspace, tmp_path)
    assert read_models(workspace) == []


def test_an_evaluation_goes_on_record_on_the_card_and_into_thresholds(
    workspace: Workspace, poor: Path
) -> None:
    assert thresholds(workspace, poor) == {}
    model = register(workspace, poor)
    assert thresholds(workspace, model.reference) == {}
    found = evaluate_model(workspace, model.reference, FRESH, split="all", by=["board"])
    assert found.on == "reference" and "in all splits" in found.why
    worse = {one.value for one in found.judgement.slices if one.is_worse}
    assert worse == {"zoo", "art"}
    (listed,) = list_models(workspace)
    assert (listed.state, listed.accuracy) == ("evaluated", vars(found.judgement.accuracy))
    card = (find_model(workspace, model.reference) / "README.md").read_text("utf-8")
    assert "Meant for pins." in card and "board zoo: accuracy" in card
    evaluate_model(workspace, poor, FRESH, split="all", precision=0.5)
    promote(workspace, model.reference, FRESH, split="all")
    again = (find_model(workspace, model.reference) / "README.md").read_text("utf-8")
    assert again.count("## Evaluated") == 1 and "precision 0.5" in again
    limits = thresholds(workspace, model.reference)
    assert limits == thresholds(workspace, poor)
    assert set(limits) == {"calm", "loud"} and limits["calm"] < 1
    strict = evaluate_model(workspace, poor, FRESH, split="all", precision=0.99)
    assert strict.judgement.classes[1].threshold.threshold is None
    assert thresholds(workspace, poor)["loud"] is None


def test_pins_that_made_the_model_do_not_judge_it(
    workspace: Workspace, good: Path, tmp_path: Path
) -> None:
    labeling.pull_dataset(workspace, "tone-pins@v0001", tmp_path / "version")
    rows = verify(tmp_path / "version").rows_by_split
    found = evaluate_model(workspace, good, "pins", on="reference", split="all")
    assert found.left_out["trained the model"] >= rows["train"]
    assert found.left_out["chose its epoch and its temperature"] >= rows["validation"]
    assert found.judgement.rows + sum(found.left_out.values()) == 300
    copies = pd.read_parquet(sorted((tmp_path / "version" / "data").glob("train-*"))[0]).head(5)
    pins = fresh_pins(40, seed=21)
    pins.loc[:4, "title"] = copies["title"].str.upper().to_numpy()
    pins.loc[:4, "description"] = copies["description"].to_numpy()
    pins.to_csv(tmp_path / "near.csv", index=False)
    labeling.import_collection(workspace, "near", tmp_path / "near.csv")
    near = evaluate_model(workspace, good, "near", split="all")
    assert (near.left_out["trained the model"], near.judgement.rows) == (5, 35)


def test_gold_judges_where_there_is_enough_of_it_and_weighs_as_it_was_drawn(
    workspace: Workspace, blind: Path
) -> None:
    pins = fresh_pins(320, seed=7).set_index("pin_id")
    truth = pins["label"].loc[in_turn(pins.index)]  # none is held out
    more, few = dict(truth.iloc[:40]), dict(truth.iloc[60:80])
    save_gold(workspace.database, "tone", FRESH, few, source="import")
    found = evaluate_model(workspace, blind, FRESH, split="all")
    assert found.on == "reference" and "as only 20 pins have unbiased gold" in found.why
    answer_pins(workspace, FRESH, more)
    asked = dict(truth.iloc[80:110])  # answered because they were doubtful: they judge nothing
    answer_pins(workspace, FRESH, asked, reason=UNCERTAIN)
    found = evaluate_model(workspace, blind, FRESH)
    assert found.on == "gold"
    assert found.why == "60 pins with unbiased gold (40 drawn by the audit, 20 imported)."
    assert found.judgement.rows == 60
    n = workspace.collection(FRESH).pins
    each = (n - 20) / 40
    even = n**2 / (40 * each**2 + 20)  # a little less, as each import's answers stand for it
    assert 0.94 * even < found.judgement.effective_rows <= even + 0.1


def of_version(model: Path, version: str, folder: Path) -> Path:
    """Return a model that says it was trained on another version."""
    other = shutil.copytree(model, folder / "other")
    config = json.loads((other / "labeling_model.json").read_text())
    (other / "labeling_model.json").write_text(json.dumps(config | {"version": version}))
    return other


def test_an_audit_that_came_after_the_version_tells_little_and_a_note_says_so(
    workspace: Workspace, good: Path, tmp_path: Path
) -> None:
    pins = make_pins(300).set_index("pin_id")
    frame = pins[~pins["split"].isin(["valid", "test"])]["label"]
    answer_pins(workspace, "pins", dict(frame.loc[in_turn(frame.index)[:80]]))
    found = evaluate_model(workspace, good, "pins", on="gold")
    assert sum(found.left_out.values()) + found.judgement.rows == 80
    assert "the figures look worse than they are. Train on a newer version." in found.notes[0]
    newer = labeling.publish(workspace, "tone", "pins").manifest.reference
    found = evaluate_model(workspace, of_version(good, newer, tmp_path), "pins", on="gold")
    assert found.left_out["trained the model"] > 8, "a large audit leaves some pins to training"
    assert not found.notes


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"on": "gold"}, "No pin of fresh can judge the model: 0 pins with", id="gold"),
        pytest.param({}, "No pin of fresh can judge the model: 0 pins with a refer", id="no split"),
        pytest.param({"split": "tst"}, "There is no split 'tst' to evaluate on; use", id="split"),
        pytest.param({"split": "all", "by": ["x"]}, "judges has a column 'x'; slice by", id="by"),
        pytest.param(
            {"split": "all", "by": ["functions"]}, "run `labeling run tone fresh`", id="functions"
        ),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(
    workspace: Workspace, good: Path, change: dict[str, object], says: str
) -> None:
    with pytest.raises(ModelError, match=says):
        evaluate_model(workspace, good, FRESH, **change)  # type: ignore[arg-type]


def test_a_model_of_a_version_that_is_not_here_is_refused(
    workspace: Workspace, good: Path, tmp_path: Path
) -> None:
    other = of_version(good, "tone-pins@v0042-0123456789ab", tmp_path)
    with pytest.raises(ModelError, match="nobody can say which pins trained it"):
        evaluate_model(workspace, other, FRESH, split="all")


def test_pins_are_sliced_by_functions_lengths_and_dates(
    planter: Planter, workspace: Workspace, good: Path
) -> None:
    found = evaluate_model(workspace, good, FRESH, split="all", by=["created", "length", "board"])
    seen = {(one.column, one.value) for one in found.judgement.slices}
    assert {("created", "2026-01"), ("length", "6 to 15 words"), ("board", "zoo")} <= seen
    ran = planter.workspace
    found = evaluate_model(ran, good, "pins", by=["function:sale_words"])
    assert {one.value for one in found.judgement.slices} == {"votes", "abstains"}
    with pytest.raises(ModelError, match="had no function 'x'; it had sale_words"):
        evaluate_model(ran, good, "pins", by=["function:x"])


def test_two_models_are_compared_slice_by_slice(
    workspace: Workspace, poor: Path, blind: Path
) -> None:
    found = compare_models(workspace, poor, blind, FRESH, split="all", by=["board"])
    assert found.comparison.accuracy.low > 0
    assert [one.value for one in found.comparison.worse_slices if one.column == "board"] == ["cars"]
    assert found.to_json()["before_accuracy"] < found.to_json()["after_accuracy"]


def test_a_better_model_takes_the_place_and_a_worse_one_does_not(
    workspace: Workspace, good: Path, poor: Path
) -> None:
    first = promote(workspace, poor, FRESH, split="all")
    assert first.promoted and "is the first" in first.why
    assert find_model(workspace, "tone-pins@promoted").name.endswith(
        register(workspace, poor).digest[:12]
    )
    better = promote(workspace, good, FRESH, split="all", by=["board"])
    assert better.promoted and "is better than" in better.why
    worse = promote(workspace, poor, FRESH, split="all", by=["board"])
    assert not worse.promoted and "is worse than" in worse.why
    current, place = find_promoted(workspace, "tone-pins")
    assert current == register(workspace, good) and place == 2
    again = promote(workspace, good, FRESH, split="all")
    assert again.promoted and "is promoted already" in again.why
    kinds = [entry.kind for entry in read_trail(workspace) if entry.kind != "evaluated"]
    assert kinds == ["refused", "promoted", "promoted"]
    assert read_trail(workspace)[0].why == worse.why
    states = {one.model: one.state for one in list_models(workspace)}
    assert set(states.values()) == {"promoted", "refused"}


def test_a_model_that_is_better_but_not_on_a_slice_is_refused(
    workspace: Workspace, poor: Path, blind: Path
) -> None:
    promote(workspace, poor, FRESH, split="all")
    found = promote(workspace, blind, FRESH, split="all", by=["board"])
    assert not found.promoted
    assert "is worse than" in found.why and "on a slice: board cars" in found.why
    assert found.comparison is not None and found.comparison.comparison.accuracy.low > 0


def test_an_equal_model_is_promoted(workspace: Workspace, good: Path, tmp_path: Path) -> None:
    promote(workspace, good, FRESH, split="all")
    equal = shutil.copytree(good, tmp_path / "equal")
    config = json.loads((equal / "labeling_model.json").read_text())
    config["training"] = {"made": "again"}
    (equal / "labeling_model.json").write_text(json.dumps(config))
    found = promote(workspace, equal, FRESH, split="all", by=["board"])
    assert found.promoted and "is no worse than" in found.why
    assert find_promoted(workspace, "tone-pins")[0] == register(workspace, equal)


def test_the_first_model_must_beat_the_majority_class(
    planter: Planter, workspace: Workspace
) -> None:
    loud = planter.plant("loud", ("cars", "zoo", "art", "food"))
    found = promote(workspace, loud, FRESH, split="all")
    assert not found.promoted and "does not surely beat the most frequent class" in found.why
    assert find_promoted(workspace, "tone-pins") == (None, 0)


def test_of_many_that_promote_at_once_one_wins_and_the_others_change_nothing(
    workspace: Workspace, database: Database, good: Path, poor: Path
) -> None:
    database.migrate()
    workspace = replace(workspace, database=database)
    models = [register(workspace, folder) for folder in (good, poor)]
    won: list[str] = []
    lost: list[str] = []
    ready = threading.Barrier(4)

    def take(number: int) -> None:
        model = models[number % 2]
        ready.wait()
        try:
            record(workspace, model, PROMOTED, collection=FRESH, why="test", report={}, place=1)
            won.append(model.reference)
        except ModelError as error:
            lost.append(str(error))

    threads = [threading.Thread(target=take, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(lost) == 3
    assert "was promoted meanwhile" in lost[0]
    promoted, place = find_promoted(workspace, "tone-pins")
    assert promoted is not None and (promoted.reference, place) == (won[0], 1)
    for change in ("UPDATE model_trail SET why = 'x'", "DELETE FROM model_trail"):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            database.engine.begin() as connection,
        ):
            connection.execute(text(change))


def test_who_compared_with_a_model_that_was_replaced_meanwhile_is_not_promoted(
    workspace: Workspace, good: Path, poor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import labeling.models.promoting as step

    rival, decide = register(workspace, poor), step.beats_majority

    def slow(*args: object, **more: object) -> object:  # the rival is quicker
        record(workspace, rival, PROMOTED, collection=FRESH, why="test", report={}, place=1)
        return decide(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(step, "beats_majority", slow)
    with pytest.raises(ModelError, match="was promoted meanwhile"):
        promote(workspace, good, FRESH, split="all")
    assert find_promoted(workspace, "tone-pins") == (rival, 1)
