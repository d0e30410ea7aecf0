"""Vote and resolve at scale, as a user does: seconds per step, pins/s, peak memory per process.

python benchmarks/scale.py                             # 200,000 pins x 50 functions, 2 workers
python benchmarks/scale.py --pins 10000000
python benchmarks/scale.py --pins 1000000 --sizing     # the table of docs/scale.md, measured here
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc

from labeling.collection import Collection, Shard, save_revision
from labeling.fingerprints import fingerprint
from labeling.pins import SCHEMA
from labeling.workspace import Workspace, init_workspace

LANGUAGES = {
    "en": "sale free garden lake recipe chicken wedding dress kitchen ideas easy summer outfit "
    "cozy cabin forest vintage poster limited offer click buy now best price discount tattoo "
    "living room decor nails autumn healthy dinner quick workout home design quotes the and "
    "for with your this how make of in",
    "es": "rebajas gratis jardín lago receta pollo boda vestido cocina ideas fácil verano moda "
    "acogedor cabaña bosque cartel oferta haz clic compra ahora mejor precio descuento tatuaje "
    "salón decoración uñas otoño saludable cena rápida casa diseño frases para con cómo tu de",
    "de": "angebot kostenlos garten see rezept hähnchen hochzeit kleid küche ideen einfach sommer "
    "gemütlich hütte wald plakat rabatt jetzt kaufen bester preis wohnzimmer nägel herbst gesund "
    "abendessen schnell zuhause gestaltung sprüche für mit dein wie und der die das schön größe",
    "ru": "скидка бесплатно сад озеро рецепт курица свадьба платье кухня идеи легко лето образ "
    "уютный домик лес плакат предложение купить сейчас лучшая цена тату гостиная декор ногти "
    "осень полезный ужин быстро дом дизайн цитаты для как твой и в на из своими руками",
}
MARKS = ["50% off", "😍", "№1", "2026", "→", "#diy", "!!!", "$19.99", "cm", "a/b"]
HOSTS = [
    f"{kind}{n}.example" for kind in ("shop", "blog", "deals", "news", "cook") for n in range(40)
]
CODE = """
from labeling import Signal, keywords, link_domain, pattern

scale = Signal("scale", classes=["ok", "spam"], balance=[0.7, 0.3])
scale.add({functions})
"""


def make_pins(count: int, seed: int) -> pa.Table:
    """Return pins of four languages, 30 to 150 characters of title and description each."""
    draw = np.random.default_rng(seed)
    words = [[*MARKS, *text.split()] for text in LANGUAGES.values()]  # rare first
    width = max(map(len, words))
    flat = pa.array([w[i % len(w)] for w in words for i in range(width)])
    language = draw.choice(len(words), count, p=[0.55, 0.2, 0.15, 0.1])
    ids = pc.binary_join_element_wise(
        f"s{seed:05d}-", pa.array(np.arange(count)).cast(pa.string()), ""
    )
    hosts = pa.array(HOSTS).take(pa.array(draw.integers(0, len(HOSTS), count)))

    def text(low: int, high: int) -> pa.Array:
        lengths = draw.integers(low, high + 1, count)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        rank = -draw.zipf(1.3, offsets[-1]) % width
        chosen = flat.take(pa.array(np.repeat(language, lengths) * width + rank))
        return pc.binary_join(pa.ListArray.from_arrays(offsets, chosen), " ")

    empty = pa.array([""]).take(pa.array(np.zeros(count, dtype=np.int64)))
    columns = {name: empty for name in SCHEMA.names} | {
        "pin_id": ids,
        "title": pc.utf8_capitalize(text(3, 7)),
        "description": text(3, 16),
        "link": pc.binary_join_element_wise("https://www.", hosts, "/", ids, ""),
        "given_votes": pa.nulls(count, SCHEMA.field("given_votes").type),
        "digest": ids,
    }
    return pa.Table.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def make_functions(count: int) -> str:
    """Return the code of a signal with so many declarative functions of all three kinds."""
    draw = np.random.default_rng(0)
    words = [[w for w in text.split() if len(w) > 3] for text in LANGUAGES.values()]
    lines = []
    for number in range(count):
        vote, language = int(draw.random() < 0.35), words[number % len(words)]
        chosen = draw.choice(language, draw.integers(2, 9), replace=False).tolist()
        if number % 5 in (0, 1, 2):
            phrase = " ".join(chosen[:2])
            lines.append(f"keywords('f{number}', {vote}, {[*chosen[2:], phrase]!r})")
        elif number % 5 == 3:
            regex = draw.choice(
                [rf"{chosen[0]}\w* {chosen[1]}", rf"\d+% {chosen[0]}", r"\$\d+\.\d\d"]
            )
            lines.append(f"pattern('f{number}', {vote}, {str(regex)!r})")
        else:
            hosts = draw.choice(HOSTS, 6, replace=False).tolist()
            lines.append(f"link_domain('f{number}', {vote}, {hosts!r})")
    return CODE.format(functions=",\n    ".join(lines))


def make_workspace(home: Path, pins: int, functions: int, shard_rows: int) -> Workspace:
    """Return a workspace with the signal `scale` and so many pins in the collection `pins`."""
    workspace = init_workspace(home)
    folder = home / "labeling_functions" / "scale"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text(make_functions(functions), encoding="utf-8")
    shards = []
    for number, start in enumerate(range(0, pins, shard_rows)):
        table = make_pins(min(shard_rows, pins - start), number)
        key = f"pins/pins/{number:06d}-{fingerprint('scale', number, len(table))}.parquet"
        workspace.store.write_table(key, table)
        shards.append(Shard(key=key, rows=len(table)))
    save_revision(workspace.store, Collection(name="pins", revision=1, shards=tuple(shards)))
    return workspace


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a command took."""

    seconds: float
    cpu_seconds: float
    """Of all its processes: what a core is busy, whatever else the machine does."""
    driver_mib: float
    """Peak resident memory of the command's own process."""
    worker_mib: float
    """The same of its largest worker; 0 where it had none."""


def watch(home: Path, *command: str) -> Spent:
    """Run a `labeling` command to its end; memory is sampled ten times a second."""
    words = [sys.executable, "-c", "from labeling.cli import main; main()", "--home", str(home)]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = psutil.Popen([*words, *command, "--json"], stdout=subprocess.DEVNULL)
    driver = worker = 0.0
    while process.poll() is None:
        with suppress(psutil.Error):  # it may end while it is looked at
            driver = max(driver, process.memory_info().rss / 2**20)
            sizes = [child.memory_info().rss / 2**20 for child in process.children(recursive=True)]
            worker = max([worker, *sizes])
        time.sleep(0.1)
    if process.returncode:
        sys.exit(f"labeling {' '.join(command)} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(
        seconds=time.perf_counter() - start,
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        driver_mib=driver,
        worker_mib=worker,
    )


def mib(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def show(what: str, pins: int, spent: Spent) -> None:
    rate, busy = pins / spent.seconds, spent.cpu_seconds / pins * 1e6
    print(
        f"  {what:<16} {spent.seconds:8.1f} s {rate:10,.0f} pins/s {busy:8,.0f} core-s/million pins"
        f"   driver {spent.driver_mib:5,.0f} MiB, worker {spent.worker_mib:5,.0f} MiB"
    )


def vote_and_resolve(home: Path, given: argparse.Namespace) -> Spent:
    """Measure `labeling resolve` on a workspace without votes."""
    make_workspace(home, given.pins, given.functions, given.shard_rows)
    print(
        f"{given.pins:,} pins x {given.functions} functions, {given.workers} workers, "
        f"{given.shard_rows:,} pins a shard, engine {given.engine}"
    )
    start = time.time()
    options = ["--workers", str(given.workers), "--engine", given.engine]
    spent = watch(home, "resolve", "scale", "pins", *options)
    voted = max(path.stat().st_mtime for path in (home / "store/votes").rglob("*.parquet")) - start
    show("vote + resolve", given.pins, spent)
    print(f"    of these, until the last vote {voted:.1f} s, then {spent.seconds - voted:.1f} s")
    again = watch(home, "resolve", "scale", "pins", *options)
    print(f"    the same command again, nothing to do: {again.seconds:.1f} s")
    return spent


def sizing(home: Path, given: argparse.Namespace) -> None:
    """Print what collections of a million to a billion pins take, from rates measured here."""
    spent = {"vote + resolve": vote_and_resolve(home, given)}
    counts = {"vote + resolve": given.pins, "import (CSV)": 100_000, "embed": 10_000}
    for step, command in (("import (CSV)", "import"), ("embed", "embed")):
        part = make_workspace(home / command, counts[step], 1, given.shard_rows)
        words = ["pins"]
        if command == "import":
            table = make_pins(counts[step], 0).select(["pin_id", "title", "description", "link"])
            table.to_pandas().to_csv(part.home / "pins.csv", index=False)
            words = ["fresh", str(part.home / "pins.csv")]
        spent[step] = watch(part.home, command, *words)
        show(step, counts[step], spent[step])
    sizes = {name: mib(home / "store" / name) / given.pins for name in ("pins", "votes", "soft")}
    sizes["vectors"] = mib(home / "embed/store/vectors") / counts["embed"]
    each_million = ", ".join(f"{name} {size * 1e6:,.1f} MiB" for name, size in sizes.items())
    print(f"  on disk for each million pins: {each_million}\n")
    columns = list(spent)
    print("| pins | " + " | ".join(f"{step}, core-hours" for step in columns) + " | disk, GiB |")
    print("|---|" + "---|" * (len(columns) + 1))
    for pins in (10**6, 10**7, 10**8, 10**9):
        hours = [spent[step].cpu_seconds / counts[step] * pins / 3600 for step in columns]
        disk = sum(sizes.values()) * pins / 1024
        print(f"| {pins:,} | " + " | ".join(f"{h:,.2f}" for h in hours) + f" | {disk:,.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pins", type=int, default=200_000)
    parser.add_argument("--functions", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shard-rows", type=int, default=50_000)
    parser.add_argument("--engine", default="local", choices=["local", "ray"])
    parser.add_argument("--sizing", action="store_true", help="Print the table of docs/scale.md.")
    parser.add_argument("--folder", help="Where workspaces are made; default: a temporary folder.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        (sizing if given.sizing else vote_and_resolve)(Path(folder), given)


if __name__ == "__main__":
    main()
