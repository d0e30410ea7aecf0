"""Votes of labeling functions, beside Snorkel's appliers in one run, on one core: rates, ratios.

    python benchmarks/voting.py            # 200,000 pins
    python benchmarks/voting.py 50000

The texts are clickbait headlines where LABELING_REAL_DATA is set, repeated to size, else made up.
Snorkel's appliers get the first pins only, as many as take them some seconds; every cell that both
sides voted on is compared. Each side gives the votes as it keeps them: Snorkel a matrix, labeling a
column for each function and shard.
"""

from __future__ import annotations

import csv
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from snorkel.labeling import LabelingFunction as SnorkelFunction
from snorkel.labeling import LFApplier, PandasLFApplier

from labeling import Signal, keywords, pattern
from labeling.functions import LabelingFunction, vote_all
from labeling.pins import SCHEMA, PinBatch

ABSTAIN, SHARD = -1, 50_000
PATTERNS = [
    r"\b\d+ (?:{0}|{1})",
    r"\b{0}\w+s\b",
    r"^(?:the )?{0}\b",
    r"\b{0} \w+ {1}\b",
    r"\b{0}\W*$",
]
"""An author's patterns, on two words each."""


def headlines(n: int) -> list[str]:
    """Return n texts."""
    folder = os.environ.get("LABELING_REAL_DATA")
    if folder:
        with (Path(folder) / "clickbait" / "train.csv").open(encoding="utf-8") as file:
            texts = [row["headline"] for row in csv.DictReader(file)]
    else:
        draw = random.Random(0)
        vocabulary = ["".join(draw.choices("abdegiklmnoprstu", k=6)) for _ in range(3000)]
        lengths = [draw.randint(5, 14) for _ in range(20_000)]
        texts = [" ".join(draw.choices(vocabulary, k=length)) for length in lengths]
    return (texts * (n // len(texts) + 1))[:n]


def batches(texts: Sequence[str]) -> list[PinBatch]:
    """Return the texts as shards of pins."""
    empty = [""] * SHARD
    result = []
    for start in range(0, len(texts), SHARD):
        titles = texts[start : start + SHARD]
        columns: dict[str, Any] = {name: empty[: len(titles)] for name in SCHEMA.names}
        columns |= {"title": titles, "given_votes": [None] * len(titles)}
        result.append(PinBatch(pa.table(columns, schema=SCHEMA)))
    return result


def declared(texts: Sequence[str], m: int) -> tuple[list[LabelingFunction], list[Any]]:
    """Return m declared functions, and the same written by hand for Snorkel."""
    counts = Counter(
        word for text in texts[:20_000] for word in re.findall(r"[a-z]+", text.lower())
    )
    # words of middling frequency, as authors pick them
    vocabulary = [word for word, count in counts.items() if 10 <= count <= 400 and len(word) > 2]
    draw = random.Random(1)
    ours, theirs = [], []
    for number in range(m):
        name = f"f{number}"
        words = draw.sample(vocabulary, 4)
        if number % 5 == 4:
            regex = PATTERNS[number // 5 % len(PATTERNS)].format(*words)
            ours.append(pattern(name, number % 2, regex, field="title"))
        else:
            ours.append(keywords(name, number % 2, words, field="title"))
            regex = rf"\b(?:{'|'.join(words)})\b"
        search = re.compile(regex, re.IGNORECASE).search

        def written(x: Any, search: Any = search, vote: int = number % 2) -> int:
            return vote if search(x.title) else ABSTAIN

        theirs.append(SnorkelFunction(name, written))
    return ours, theirs


def coded() -> list[Callable[[Any], int]]:
    """Return ten functions that need Python."""
    return [
        lambda x: 1 if len(x.title) > 70 else ABSTAIN,
        lambda x: 1 if x.title.isupper() else ABSTAIN,
        lambda x: 0 if x.title.istitle() else ABSTAIN,
        lambda x: 1 if x.title.endswith("?") else ABSTAIN,
        lambda x: 1 if x.title.count("!") > 1 else ABSTAIN,
        lambda x: 1 if x.title[:1].isdigit() else ABSTAIN,
        lambda x: 0 if len(x.title.split()) < 6 else ABSTAIN,
        lambda x: 1 if len(set(x.title.lower())) < 12 else ABSTAIN,
        lambda x: 0 if sum(map(str.isdigit, x.title)) > 4 else ABSTAIN,
        lambda x: 1 if "you" in x.title.lower().split() else ABSTAIN,
    ]


def rate_of(vote: Callable[[], Any], n: int) -> tuple[float, Any]:
    """Return pins per second, the better of two runs, and the votes."""
    spent = []
    for _ in range(2):
        start = time.perf_counter()
        votes = vote()
        spent.append(time.perf_counter() - start)
    return n / min(spent), votes


def compare(
    title: str, texts: list[str], ours: list[LabelingFunction], theirs: list[Any], few: int
) -> float:
    """Print both sides' rates; return our seconds per pin."""
    frame = pd.DataFrame({"title": texts[:few]})
    applier = PandasLFApplier(theirs)
    slow, wanted = rate_of(lambda: applier.apply(frame, progress_bar=False), few)
    rows = list(frame.itertuples())
    list_applier = LFApplier(theirs)
    listed, _ = rate_of(lambda: list_applier.apply(rows, progress_bar=False), few)

    shards = batches(texts)
    start = time.perf_counter()
    vote_all(ours, shards[0], 2)
    first = time.perf_counter() - start

    def vote() -> list[list[np.ndarray]]:
        fresh = [PinBatch(shard.table) for shard in shards]
        return [[f.votes for f in vote_all(ours, batch, 2)] for batch in fresh]

    fast, columns = rate_of(vote, len(texts))
    votes = np.concatenate([np.stack(part, axis=1) for part in columns])
    differing = int((votes[:few] != wanted).sum())
    print(
        f"{title}\n"
        f"  PandasLFApplier {slow:12,.0f} pins/s  (LFApplier over tuples {listed:,.0f})\n"
        f"  labeling        {fast:12,.0f} pins/s  {fast / slow:.0f} times; first shard, with "
        f"compiling, {first:.2f} s\n"
        f"  functions fire on {(votes >= 0).mean():.1%} of the pins on average; "
        f"{differing} of {wanted.size:,} cells differ"
    )
    return 1 / fast


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    texts = headlines(n)
    few = min(n, 20_000)
    ten = compare("10 declared functions", texts, *declared(texts, 10), few)
    more = compare("200 declared functions", texts, *declared(texts, 200), few // 5)
    print(f"  200 functions cost {more / ten:.1f} times as much as 10")
    signal = Signal("bench", classes=["no", "yes"])
    for number, function in enumerate(coded()):
        signal.function(name=f"f{number}")(function)
    theirs = [SnorkelFunction(f"s{number}", function) for number, function in enumerate(coded())]
    compare("10 functions on one pin", texts, list(signal), theirs, few)
    snorkels = Signal("snorkels", classes=["no", "yes"])
    snorkels.add(*theirs)
    compare(
        "10 of Snorkel's own functions, registered unchanged", texts, list(snorkels), theirs, few
    )


if __name__ == "__main__":
    main()
