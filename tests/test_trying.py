from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import SIGNAL, make_pins, make_workspace, write_signal
from rich.console import Console

import labeling
from labeling.authoring import trying
from labeling.authoring.marking import marks_of
from labeling.authoring.trial import Piece, Trial, pieces, snippet
from labeling.authoring.trial_html import render_trial
from labeling.authoring.trial_terminal import show_trial
from labeling.authoring.trying import try_function
from labeling.authoring.versions import note_tried, previous_version
from labeling.errors import CollectionError, FunctionError
from labeling.functions import keywords, pattern
from labeling.shards import Store
from labeling.votes import VoteShard, read_votes, votes_key
from labeling.workspace import Workspace


def attempt(workspace: Workspace, function: str = "sale_words", **more: object) -> Trial:
    return try_function(workspace, "tone", function, "pins", **more)  # type: ignore[arg-type]


def shown(trial: Trial) -> str:
    console = Console(file=io.StringIO(), width=100)
    show_trial(trial, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def named(trial: Trial) -> dict[str, int]:
    return {section.name: section.pins for section in trial.sections}


def edit(workspace: Workspace, old: str, new: str) -> None:
    assert old in SIGNAL
    write_signal(workspace.home, SIGNAL.replace(old, new))


def test_only_the_tried_function_votes(workspace: Workspace) -> None:
    trial = attempt(workspace)
    columns = workspace.store.keys("votes/tone-2")
    assert [key.split("/")[-1].split("-")[0] for key in columns] == ["sale_words"]
    assert trial.pins_voted == 300
    assert attempt(workspace).pins_voted == 0


def test_its_votes_are_those_of_a_whole_run(workspace: Workspace) -> None:
    trial = attempt(workspace)
    labeling.vote(workspace, "tone", "pins")
    found, pins = workspace.signal("tone"), workspace.collection("pins")
    votes = [
        read_votes(workspace.store, found, (found["sale_words"],), pins, s) for s in pins.shards
    ]
    assert sum(trial.votes.values()) == sum(int((part >= 0).sum()) for part in votes)


def test_counts_are_what_counting_by_hand_gives(run_workspace: Workspace) -> None:
    trial, pins = attempt(run_workspace, "shouting"), make_pins(300)
    loud = pins["title"].str.isupper()
    assert trial.votes == {"loud": loud.sum()}
    assert trial.judged == loud.sum()
    assert trial.accuracy == (pins["label"][loud] == "loud").mean()
    assert named(trial)["against_known"] == (pins["label"][loud] != "loud").sum()
    assert trial.overlap is not None
    assert named(trial)["alone"] == pytest.approx((trial.coverage - trial.overlap) * 300)


def test_every_pin_shown_is_of_its_kind(run_workspace: Workspace) -> None:
    trial = attempt(run_workspace, "sale_words", limit=300)
    sections = {section.name: section for section in trial.sections}
    for section in sections.values():
        assert len(section.sample) == section.pins
        assert all(pin.vote == "loud" for pin in section.sample)
    assert all(not pin.others for pin in sections["alone"].sample)
    assert all(pin.resolved == "calm" for pin in sections["against_resolved"].sample)
    assert all(pin.known == "calm" for pin in sections["against_known"].sample)


def test_the_same_pins_are_shown_again(run_workspace: Workspace) -> None:
    first, again = (attempt(run_workspace, limit=3).sections for _ in range(2))
    assert first == again


def test_a_split_is_looked_at_alone(run_workspace: Workspace) -> None:
    pins = make_pins(300)
    trial = attempt(run_workspace, "shouting", split="test")
    test = pins[pins["split"] == "test"]
    assert trial.pins == len(test)
    assert sum(trial.votes.values()) == test["title"].str.isupper().sum()


def test_an_edit_shows_which_pins_changed_vote_and_whether_for_the_better(
    workspace: Workspace,
) -> None:
    assert attempt(workspace).changes is None
    edit(workspace, '["sale", "free", "gratis"]', '["sale", "lake"]')
    changes = attempt(workspace, limit=300).changes
    assert changes is not None
    pins = make_pins(300)
    text = pins["title"].str.lower() + " " + pins["description"].str.lower()
    before = text.str.contains(r"\b(?:sale|free|gratis)\b")
    after = text.str.contains(r"\b(?:sale|lake)\b")
    kinds = {(kind.before, kind.after): kind for kind in changes.kinds}
    lost, won = kinds["loud", "abstains"], kinds["abstains", "loud"]
    assert (lost.pins, won.pins) == ((before & ~after).sum(), (~before & after).sum())
    is_loud = pins["label"] == "loud"
    assert lost.worse == (before & ~after & is_loud).sum()
    assert won.better == (~before & after & is_loud).sum()
    assert won.better + won.worse == won.judged == won.pins
    assert changes.section.pins == len(changes.section.sample) == lost.pins + won.pins


def test_an_undone_edit_is_compared_with_what_was_undone(workspace: Workspace) -> None:
    first = attempt(workspace)
    edit(workspace, '"gratis"', '"now"')
    second = attempt(workspace)
    write_signal(workspace.home, SIGNAL)
    third = attempt(workspace)
    assert (first.changes, third.pins_voted) == (None, 0)
    assert second.changes is not None
    assert third.changes is not None
    assert third.changes.since != second.changes.since
    assert third.changes.section.pins == second.changes.section.pins


def test_versions_are_found_in_any_store(run_workspace: Workspace) -> None:
    store = Store("memory://versions")
    found, pins = run_workspace.signal("tone"), run_workspace.collection("pins")
    function = found["shouting"]
    step = VoteShard(
        store=run_workspace.store,
        functions_folder=run_workspace.settings.functions_folder,
        signal="tone",
        functions=("shouting",),
        collection=pins,
    )
    versions = [dataclasses.replace(function, fingerprint=letter * 12) for letter in "abc"]
    key = votes_key(found, function, pins, pins.shards[0])
    step(pins.shards[0])
    for version in versions[:2]:
        store.write_bytes(
            votes_key(found, version, pins, pins.shards[0]),
            run_workspace.store.read_bytes(key),
        )
    latest = previous_version(store, found, versions[2], pins)
    assert latest is not None
    assert latest.fingerprint == "b" * 12
    note_tried(store, found, versions[0], clock=lambda: time.time() + 60)
    latest = previous_version(store, found, versions[2], pins)
    assert latest is not None
    assert latest.fingerprint == "a" * 12


def test_only_shards_that_both_versions_voted_on_are_compared(workspace: Workspace) -> None:
    attempt(workspace)
    make_pins(400).tail(100).to_csv(workspace.home / "more.csv", index=False)
    labeling.import_collection(workspace, "pins", workspace.home / "more.csv")
    edit(workspace, '"gratis"', '"now"')
    trial = attempt(workspace)
    assert trial.changes is not None
    assert trial.changes.pins < trial.pins == 400
    assert trial.changes.shards < trial.changes.of_shards


def test_what_cannot_be_shown_is_said(workspace: Workspace) -> None:
    make_pins(50).drop(columns="label").to_csv(workspace.home / "bare.csv", index=False)
    labeling.import_collection(workspace, "bare", workspace.home / "bare.csv")
    trial = try_function(workspace, "tone", "shouting", "bare")
    text = " ".join(trial.notes)
    assert "5 other functions have not voted on bare yet" in text
    assert "no resolved labels of these pins" in text
    assert "known label of tone, so accuracy cannot be shown" in text
    assert [section.name for section in trial.sections] == ["fires"]
    assert trial.overlap is None


def test_faults_are_counted_with_an_example(workspace: Workspace) -> None:
    edit(
        workspace, "return LOUD if pin.title.isupper() else -1", "return 1 // (len(pin.title) % 2)"
    )
    trial = attempt(workspace, "shouting")
    assert "ZeroDivisionError" in trial.notes[0]
    assert trial.notes[0].startswith("It faulted on ")


@pytest.mark.parametrize(
    ("more", "error", "says"),
    [
        pytest.param(
            {"function": "sale_word"}, FunctionError, "did you mean 'sale_words'", id="function"
        ),
        pytest.param({"split": "tst"}, CollectionError, "use train, valid, test", id="split"),
    ],
)
def test_a_bad_input_is_one_sentence(
    run_workspace: Workspace, more: dict[str, str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        attempt(run_workspace, **more)


def test_a_split_without_pins_is_refused_with_those_there_are(workspace: Workspace) -> None:
    pins = make_pins(50)
    pins[pins["split"] == "train"].to_csv(workspace.home / "one.csv", index=False)
    labeling.import_collection(workspace, "one", workspace.home / "one.csv")
    with pytest.raises(CollectionError, match="'test'; its are: train"):
        try_function(workspace, "tone", "shouting", "one", split="test")


def test_several_processes_vote_the_same(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = attempt(workspace)
    monkeypatch.setattr(trying, "FEW_PINS", 1)
    both = attempt(make_workspace(tmp_path / "other", workers=2))
    assert both.votes == alone.votes
    assert both.sections == alone.sections


@pytest.mark.parametrize(
    ("function", "title", "description", "marks"),
    [
        pytest.param(keywords("f", 1, ["free"]), "Be FREE!", "", ("FREE",), id="word"),
        pytest.param(keywords("f", 1, ["you won"]), "x", "see you won, it", ("you won",), id="two"),
        pytest.param(pattern("f", 1, r"\d+% off"), "now 50% off", "", ("50% off",), id="pattern"),
        pytest.param(keywords("f", 1, ["a"], field="board"), "a", "a", (), id="other field"),
        pytest.param(
            keywords("f", 1, ["a", "b"], min_count=2), "a x b", "", ("a x b",), id="count"
        ),
    ],
)
def test_the_words_that_make_it_vote_are_marked(
    function: labeling.functions.LabelingFunction,  # type: ignore[name-defined]
    title: str,
    description: str,
    marks: tuple[str, ...],
) -> None:
    assert marks_of(function, [{"title": title, "description": description}], 2) == [marks]


def test_nothing_is_marked_where_there_are_no_pins_or_no_words() -> None:
    both = keywords("f", 1, ["free"])
    assert marks_of(both, [], 2) == []
    assert marks_of(both, [{"title": "", "description": " "}], 2) == [()]


def test_a_mark_is_a_whole_word() -> None:
    assert list(pieces("you, your", ("you",))) == [Piece("you", True), Piece(", your", False)]


def test_a_snippet_is_cut_around_the_mark() -> None:
    text = f"{'word ' * 100}prize{' word' * 100}"
    cut = snippet(text, ("prize",), 60)
    assert "prize" in cut
    assert len(cut) <= 62
    assert cut[0] == cut[-1] == "…"


HOSTILE = "<script>alert(1)</script> sale [bold]x[/] & \x1b[31m"


def test_text_of_pins_is_text_in_the_terminal_and_on_the_page(workspace: Workspace) -> None:
    pins = make_pins(20).assign(title=HOSTILE, board=HOSTILE)
    pins.to_csv(workspace.home / "hostile.csv", index=False)
    labeling.import_collection(workspace, "hostile", workspace.home / "hostile.csv")
    trial = try_function(workspace, "tone", "sale_words", "hostile")
    text, page = shown(trial), render_trial(trial)
    assert "<script>alert(1)</script> sale [bold]x[/] &" in text
    assert "\x1b" not in text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>sale</mark> [bold]x[/] &amp;" in page
    assert "default-src 'none'" in page


def test_the_page_and_the_json_show_what_the_terminal_shows(run_workspace: Workspace) -> None:
    trial = attempt(run_workspace, "sale_words", limit=2)
    text, page, value = shown(trial), render_trial(trial), json.dumps(trial.to_json())
    for section in trial.sections:
        for pin in section.sample:
            assert all(pin.pin_id in form for form in (text, page, value))


def test_trying_loads_none_of_the_heavy_parts(run_workspace: Workspace) -> None:
    code = (
        "import sys, labeling\n"
        "from labeling.authoring.trying import try_function\n"
        f"try_function(labeling.open_workspace({str(run_workspace.home)!r}), 'tone', 'parks', 'pins')\n"
        "heavy = {'torch', 'snorkel', 'sklearn', 'cleanlab', 'scipy', 'altair', 'joblib'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_watching_tries_again_at_every_save_and_outlives_a_broken_one(workspace: Workspace) -> None:
    words = ["--home", str(workspace.home), "try", "tone", "shouting", "pins", "--watch"]
    command = [sys.executable, "-c", "from labeling.cli import main; main()", *words]
    out = workspace.home / "out.txt"

    def wait_for(text: str, times: int = 1) -> None:
        end = time.monotonic() + 60
        while out.read_text().count(text) < times:
            assert time.monotonic() < end, out.read_text()
            assert watching.poll() is None, out.read_text()
            time.sleep(0.05)

    environment = {k: v for k, v in os.environ.items() if not k.startswith("LABELING_")}
    with out.open("w") as file:
        watching = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
        try:
            wait_for("watching; Ctrl-C ends")
            write_signal(workspace.home, SIGNAL + "\n1 / 0\n")
            wait_for("ZeroDivisionError")
            edit(workspace, "LOUD if pin.title.isupper()", "CALM if pin.title.isupper()")
            wait_for("loud → calm")
        finally:
            watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=30) == 0
    assert "Traceback" not in out.read_text()
