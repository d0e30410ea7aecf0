"""What drifted is named, and what chance moves is not: on real texts and made-up ones."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from conftest import make_pins

from labeling.chance import holm
from labeling.languages import language_of
from labeling.watching.comparing import Names, compare, compare_answers
from labeling.watching.counting import Accuracies, Counts, WatchedPins
from labeling.watching.drifting import compare_counts, in_tenths, share_p
from labeling.watching.two_samples import tell_apart
from labeling.watching.verdict import Comparison, Limits, judge, when_to_retrain, worst
from labeling.watching.words import count_words, find_new_words, log_odds

WORDS = ("free", "check", "the", "you", "my", "ní", "tó", "sale", "lake", "what")
"""Each a function of these tests: it votes 1 where its word is, the first ones for class 0 too."""
NAMES = Names(signal="tone", collection="pins", classes=("calm", "loud"), functions=tuple(WORDS))


def pins_of(texts: list[str]) -> WatchedPins:
    """Return pins with these texts, voted on by WORDS."""
    n, seen = len(texts), [set(text.lower().split()) for text in texts]
    random = np.random.default_rng(n)
    votes = np.array([[w in words for w in WORDS] for words in seen], dtype=np.int8) - 1
    votes[:, ::2] = np.where(votes[:, ::2] == 0, 1, -1)
    loud = (1 + (votes == 1).sum(axis=1)) / (2 + (votes >= 0).sum(axis=1))
    # as an encoder would: what the text is about, and noise
    about = np.stack(
        [[len(t) > 60, "free" in w, "the" in w] for t, w in zip(texts, seen, strict=True)]
    )
    vectors = np.hstack([about, random.normal(size=(n, 29))]).astype(np.float16)
    nothing = [""] * n
    return WatchedPins(
        table=pa.table(
            {
                "pin_id": [f"p{number}" for number in range(n)],
                "title": texts,
                "description": nothing,
                "link": [f"https://host{number % 7}.example/" for number in range(n)],
                "board": [f"board {number % 30}" for number in range(n)],
                "image": nothing,
            }
        ),
        votes=votes,
        labels=np.where((votes >= 0).any(axis=1), loud > 0.5, -1).astype(np.int8),
        scores=np.stack([1 - loud, loud], axis=1).astype(np.float32),
        vectors={"text": vectors},
        answers=np.where(random.random(n) < 0.3, random.integers(0, 2, n), -1),
        audited=random.random(n) < 0.5,
        late=random.random(n) < 0.5,
    )


def compared(before: WatchedPins, now: WatchedPins) -> tuple[Comparison, ...]:
    found = compare(Counts.of(before), Counts.of(now), NAMES, Limits())
    return judge(found, Limits())


def made_up(count: int = 700) -> list[str]:
    pins = make_pins(count, seed=3)
    return (pins["title"] + " " + pins["description"]).tolist()


def real(folder: Path, name: str, count: int = 700) -> list[str]:
    if name == "clickbait":
        with (folder / name / "train.csv").open(encoding="utf-8") as file:
            return [
                row["headline"] for row, _ in zip(csv.DictReader(file), range(count), strict=False)
            ]
    rows = json.loads((folder / name / "train.json").read_text("utf-8")).values()
    return [row["data"]["text"] for row in rows][:count]


Texts = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def texts_of(request: pytest.FixtureRequest) -> Texts:
    """Texts by their source; those that are not there skip the test."""

    def texts(name: str) -> list[str]:
        return made_up() if name == "made_up" else real(request.getfixturevalue("real_data"), name)

    return texts


@pytest.mark.parametrize("name", ["made_up", "youtube", "yoruba", "clickbait"])
def test_twenty_halves_of_the_same_pins_are_no_drift(texts_of: Texts, name: str) -> None:
    pins = pins_of(texts_of(name))
    half = len(pins.labels) // 2
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(pins.labels))
        found = compared(pins.take(order[:half]), pins.take(order[half:]))
        assert len(found) > 20
        assert [one.title for one in found if one.level != "ok"] == [], seed


def test_a_board_that_doubles_is_named(texts_of: Texts) -> None:
    pins = pins_of(texts_of("made_up"))
    half = len(pins.labels) // 2
    before, now = pins.take(np.arange(half)), pins.take(np.arange(half, 2 * half))
    board = ["cars" if number % 3 == 0 else f"board {number % 7}" for number in range(half)]
    at = now.table.schema.get_field_index("board")
    moved = replace(now, table=now.table.set_column(at, "board", pa.array(board)))
    (found,) = (one for one in compared(before, moved) if one.aspect == "board")
    assert (found.name, found.level) == ("cars", "alarm")
    (still,) = (one for one in compared(before, now) if one.aspect == "board")
    assert still.level == "ok"


@pytest.mark.parametrize(
    ("main", "other"),
    [
        pytest.param("youtube", "yoruba", id="youtube"),
        pytest.param("agnews", "yoruba", id="agnews"),
        pytest.param("made_up", "", id="made up"),
    ],
)
def test_a_language_that_doubles_is_named(texts_of: Texts, main: str, other: str) -> None:
    common = texts_of(main)
    spanish = [f"la casa de los gatos y el perro que {n % 41}" for n in range(900)]
    rare = texts_of(other) if other else spanish
    before = pins_of([*common[:400], *rare[:80]])
    now = pins_of([*common[400:800], *rare[80:280]])
    found = {one.aspect: one for one in compared(before, now)}
    assert found["language"].level in ("watch", "alarm")
    assert found["language"].name == ("Yoruba" if other else "Spanish")
    assert found["language"].name in found["language"].sentence


def test_a_function_that_goes_silent_is_named(texts_of: Texts) -> None:
    texts = made_up()
    before = pins_of(texts[:450])
    now = pins_of([text.lower().replace("sale", "bargain") for text in texts[450:]])
    found = compared(before, now)
    assert worst(found) == "alarm"
    assert (found[0].aspect, found[0].name) == ("function", "sale")
    assert "sale went silent" in found[0].sentence
    assert "labeling try tone sale pins" in found[0].advice
    (words,) = (one for one in found if one.aspect == "new words")
    assert (words.level, words.name) == ("watch", "bargain")
    (of_it,) = (change for change in words.changes if change.what == "bargain")
    assert of_it.before == 0
    assert of_it.now > 0.1
    others = {one.name for one in found if one.aspect == "function" and one.level != "ok"}
    assert others == {"sale"}


def test_a_rare_function_that_goes_silent_is_named_although_psi_is_small() -> None:
    texts = [f"pin {n} {'lake' if n % 40 == 0 else 'wood'}" for n in range(4_000)]
    before, now = pins_of(texts[:2_000]), pins_of([t.replace("lake", "sea") for t in texts[2_000:]])
    (found,) = (one for one in compared(before, now) if one.name == "lake")
    assert found.level == "alarm"
    assert found.effect < 0.25


def test_ten_new_pins_on_which_a_rare_function_is_silent_are_no_alarm() -> None:
    texts = [f"pin {n} {'lake' if n % 40 == 0 else 'wood'}" for n in range(2_010)]
    found = compared(pins_of(texts[:2_000]), pins_of(texts[2_001:]))
    assert worst(found) == "ok"


def test_counts_of_parts_add_up_to_those_of_the_whole() -> None:
    pins = pins_of(made_up(300))
    rows = np.arange(300)
    whole, parts = (
        Counts.of(pins),
        Counts.of(pins.take(rows[:110])) + Counts.of(pins.take(rows[110:])),
    )
    for name in ("pins", "covered", "sampled", "inputs", "words"):
        assert getattr(parts, name) == getattr(whole, name), name
    for name in ("votes", "labels", "scores"):
        assert (getattr(parts, name) == getattr(whole, name)).all(), name
    assert parts.means == pytest.approx(whole.means)
    assert (parts.functions.judged == whole.functions.judged).all()
    assert parts.vectors["text"].ids == whole.vectors["text"].ids


def test_a_field_that_new_pins_lack_and_images_that_do_not_load_are_named() -> None:
    def counts(pins: WatchedPins, seen: float, link: str) -> Counts:
        n = len(pins.labels)
        table = pins.table.set_column(3, "link", pa.array([link] * n))
        images = (np.arange(n) < seen * n)[:, None].astype(np.float16)
        part = replace(pins, table=table, vectors={"image": images})
        half = np.arange(n // 2)
        return Counts.of(part.take(half)) + Counts.of(part.take(half + n // 2))

    texts = made_up(600)
    before = counts(pins_of(texts[:300]), 1.0, "https://a.example/")
    now = counts(pins_of(texts[300:]), 0.4, "")
    found = judge(compare(before, now, NAMES, Limits()), Limits())
    levels = {one.name: one.level for one in found if one.aspect == "missing"}
    assert levels["link"] == levels["readable image"] == "alarm"
    assert {levels["title"], levels["board"], levels["image"]} == {"ok"}
    (link,) = (one for one in found if (one.aspect, one.name) == ("missing", "link"))
    assert link.sentence == "100.0% of the new pins have no link, before 0.0%."


def test_p_values_without_a_difference_are_as_rare_as_they_say() -> None:
    random = np.random.default_rng(0)
    shares = np.array([0.6, 0.3, 0.07, 0.02, 0.01])
    tables = [(random.multinomial(300, shares), random.multinomial(80, shares)) for _ in range(400)]
    found = np.array([compare_counts(a, b).p for a, b in tables])
    for limit in (0.01, 0.05, 0.2):
        assert (found < limit).mean() <= limit + 3 * (limit * (1 - limit) / 400) ** 0.5


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param([500, 500], [500, 500], 0.0, id="equal"),
        pytest.param([900, 100], [800, 200], 0.0807, id="doubled"),
        pytest.param([0, 0], [3, 4], 0.0, id="nothing before"),
    ],
)
def test_psi_is_what_its_formula_says(before: list[int], now: list[int], expected: float) -> None:
    assert compare_counts(np.array(before), np.array(now)).psi == pytest.approx(expected, abs=2e-3)


def test_small_and_large_counts_are_tested_alike() -> None:
    assert share_p((0, 10), (10, 10)) == pytest.approx(1.08e-5, rel=0.01)
    assert share_p((30_000, 10**6), (30_400, 10**6)) == pytest.approx(0.0977, rel=0.02)
    assert holm([0.02, 0.9, 0.01]) == pytest.approx([0.04, 0.9, 0.03])


def test_tenths_hold_a_tenth_each_and_keep_equal_values_together() -> None:
    before, now = in_tenths(np.full(1_000, 2), np.repeat([0, 4], 500))
    assert before.tolist() == [200] * 10
    assert now.tolist() == [0] * 5 + [400] * 5
    before, _ = in_tenths(np.array([90, 10]), np.array([1, 1]))
    assert sorted(before.tolist()) == [0] * 8 + [10, 90]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How to bake a cake for the party", "English"),
        ("Cómo hacer una tarta para el cumpleaños de tu hijo", "Spanish"),
        ("Awọn ọmọ Nàìjíria tí yarí pé àwọn náà yóò gbẹ̀san", "Yoruba"),
        ("今日の料理", "Japanese"),
        ("中国菜", "Chinese"),
        ("как испечь торт", "Cyrillic"),
        ("50% 100", "no letters"),
        ("xyzzy plugh", "unknown"),
        ("https://the.example/and/the 7", "no letters"),
    ],
)
def test_the_language_of_a_text_is_told(text: str, language: str) -> None:
    assert language_of(text) == language


def test_new_words_are_ranked_by_how_surely_they_came_up() -> None:
    old = ["a quiet lake"] * 400
    new = ["a quiet lake"] * 330 + ["a fidget spinner"] * 60 + ["a rare fidget"] * 10
    found = find_new_words(count_words(old), count_words(new), (400, 400))
    assert [word.word for word in found[:2]] == ["fidget", "spinner"]
    assert (found[0].before, found[0].now) == (0, 70)
    assert found[0].p < 0.001
    z = log_odds(np.array([400, 0]), np.array([330, 70]))
    assert z[0] < 0 < z[1]


def test_vectors_that_moved_are_told_apart_and_others_are_not() -> None:
    random = np.random.default_rng(1)
    old, same = random.normal(size=(400, 16)), random.normal(size=(300, 16))
    alike, moved = tell_apart(old, same), tell_apart(old, same + 0.8)
    assert alike is not None
    assert moved is not None
    assert alike.p > 0.001
    assert (moved.auc > 0.9, moved.p < 1e-6) == (True, True)
    assert tell_apart(old, same[:20]) is None


def test_an_accuracy_that_dropped_is_named_and_one_that_rose_is_not() -> None:
    counts = Counts.of(pins_of(made_up(200)))
    m = len(WORDS)
    judged = np.full(m, 200)
    before = replace(counts, functions=Accuracies(judged=judged, right=np.full(m, 150)))
    right = np.full(m, 150)
    right[2], right[3] = 90, 195
    now = replace(counts, functions=Accuracies(judged=judged, right=right))
    found = judge(compare(before, now, NAMES, Limits()), Limits())
    assert [(one.title, one.level) for one in found if one.level != "ok"] == [
        ("function accuracy the", "alarm")
    ]


def test_newest_answers_that_find_more_labels_wrong_are_named() -> None:
    audit = Accuracies(judged=np.array([200, 80]), right=np.array([180, 40]))
    (found,) = judge(list(compare_answers(audit)), Limits())
    assert (found.title, found.level) == ("audited accuracy newest answers", "alarm")
    assert (
        found.sentence == "Audited accuracy of newest answers: 40 of 80 right, before 180 of 200."
    )
    few = Accuracies(judged=np.array([200, 9]), right=np.array([180, 0]))
    assert list(compare_answers(few)) == []


def test_an_effect_that_is_not_sure_and_a_sure_one_that_is_small_are_both_ok() -> None:
    def one(effect: float, p: float) -> Comparison:
        return Comparison(
            aspect="function", name="f", measure="PSI", effect=effect, p=p,
            level=Limits().grade(effect), sentence="", advice="",
        )  # fmt: skip

    levels = Counter(
        judge([one(*each)], Limits())[0].level for each in ((0.9, 0.01), (0.05, 1e-9), (0.3, 1e-9))
    )
    assert levels == {"ok": 2, "alarm": 1}


def test_drift_halves_the_gold_that_retraining_waits_for() -> None:
    assert not when_to_retrain("ok", 60, 100, "spam-pins@v0003").is_due
    due = when_to_retrain("watch", 60, 100, "spam-pins@v0003")
    assert due.is_due
    assert due.reason == (
        "60 new gold labels since spam-pins@v0003, which the newest model learned from: 50 are enough "
        "after drift."
    )
    assert when_to_retrain("ok", 100, 100, None).is_due
