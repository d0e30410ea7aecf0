"""Scoring functions made ready for a collection: their examples become vectors, their thresholds learn
from gold. What is made is kept, and named by all it was made from."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from labeling.calibrating import best_reached, find_threshold, precision_curve
from labeling.collection import Collection, load_collection, read_pins
from labeling.encoders import Encoder, ShardViews
from labeling.errors import FunctionError
from labeling.fingerprints import fingerprint
from labeling.functions import GOLD, LabelingFunction, References, ScoringRule
from labeling.functions.examples import Example, PinId
from labeling.functions.meaning import SEES
from labeling.functions.scoring import NEVER, Cluster
from labeling.gold import read_gold
from labeling.images.limits import Limits
from labeling.images.looking import look
from labeling.images.reading import as_image
from labeling.pins import PinBatch
from labeling.references import write_references
from labeling.resolving import HELD_OUT, is_held_out
from labeling.shards import Store
from labeling.signals import Signal
from labeling.workspace import Workspace

CLUSTERED = 20_000
"""Pins that clusters are found on."""
SEED = 0

Place = tuple[int, int, str]
"""The number of a pin's shard, its row there, its split."""


def prepare(
    workspace: Workspace, signal: Signal, collection: Collection, only: Names[str] | None = None
) -> Signal:
    """Return the signal with its scoring functions ready for the collection; with `only`, the others
    are ready where they were made before. The vectors that they read must be there.

    Raises FunctionError for an example that is not to be found, or that nothing may learn from.
    """
    signal = signal.having(function.seeing(collection.retries) for function in signal)
    if not any(isinstance(function.rule, ScoringRule) for function in signal):
        return signal
    gold = read_gold(workspace.database, signal, collection.name)
    job = _Preparing(workspace.store, signal, collection, workspace.encoders(collection), gold)
    ready = []
    for function in signal:
        if isinstance(function.rule, ScoringRule):
            made = job.kept(function, function.rule)
            if made is None and (only is None or function.name in only):
                made = job.make(function, function.rule)
            function = (
                function if made is None else function.prepared(made["key"], note=made["note"])
            )
        ready.append(function)
    return signal.having(ready)


def example_collections(function: LabelingFunction) -> set[str]:
    """Return the other collections that a function's examples name."""
    pins = _pins(function.rule) if isinstance(function.rule, ScoringRule) else []
    return {pin.collection for pin in pins if pin.collection}


@dataclass(frozen=True)
class _Preparing:
    store: Store
    signal: Signal
    collection: Collection
    encoders: tuple[Encoder, ...]
    gold: Mapping[str, int]

    def _lookup(self, function: LabelingFunction, rule: ScoringRule) -> str:
        """Return where the key of a function's references lies."""
        learns = rule.precision is not None or rule.examples == GOLD
        clusters = isinstance(rule, Cluster)
        pins = learns or clusters or _pins(rule)
        name = fingerprint(
            function.fingerprint,
            [encoder.fingerprint for encoder in self._needed(rule)],
            [self.signal.classes, sorted(self.gold.items())] if learns else "",
            [self.collection.name, *(shard.id for shard in self.collection.shards)] if pins else "",
            bool(self.collection.images),
        )
        return f"prepared/{name}.json"

    def kept(self, function: LabelingFunction, rule: ScoringRule) -> dict[str, str] | None:
        """Return the key of references that were made before, and the note on them."""
        where = self._lookup(function, rule)
        return self.store.read_json(where) if self.store.exists(where) else None

    def make(self, function: LabelingFunction, rule: ScoringRule) -> dict[str, str]:
        """Finish a function's references; return their key and the note on them."""
        try:
            bare = self._references(function, rule)
            references, note = self._with_threshold(function, rule, bare)
        except _NothingToSeeError as error:
            references = References(
                vectors=np.empty((0, 1), np.float16), labels=np.empty(0, np.int8)
            )
            note = f"{function.name} abstains everywhere: {error}."
        fingerprints = (encoder.fingerprint for encoder in self._needed(rule))
        made = {"key": write_references(self.store, references, *fingerprints), "note": note}
        self.store.write_json(self._lookup(function, rule), made)
        return made

    def _needed(self, rule: ScoringRule) -> list[Encoder]:
        return [encoder for encoder in self.encoders if encoder.reads in SEES[rule.on]]

    def _references(self, function: LabelingFunction, rule: ScoringRule) -> References:
        if rule.on in ("image", "both", "hash") and not self.collection.images:
            raise _NothingToSeeError(f"no pin of {self.collection.name} has an image")
        if rule.examples == GOLD:
            examples: Mapping[int, Sequence[Example]] = self._gold_examples
            if not examples:
                raise _NothingToSeeError(
                    f"there is no gold of {self.signal.name} on {self.collection.name} outside the "
                    "splits valid and test yet"
                )
        else:
            examples = rule.examples
        parts, labels, ids = [], [], []
        for vote, given in examples.items():
            vectors, own = self._vectors(function.name, rule.on, given)
            seen = np.asarray(vectors.reshape(len(vectors), -1).any(axis=1))
            parts.append(vectors[seen])
            labels += [vote] * int(seen.sum())
            ids += [id for id, there in zip(own, seen, strict=True) if there]
        if examples and not labels:
            raise _NothingToSeeError(f"none of its examples has a {rule.on} to compare")
        stacked = np.concatenate(parts) if parts else np.empty((0, 1), np.float16)
        centers = self._centers(rule) if isinstance(rule, Cluster) else None
        return References(
            vectors=stacked, labels=np.array(labels, np.int8), ids=tuple(ids), centers=centers
        )

    @cached_property
    def _gold_examples(self) -> dict[int, list[PinId]]:
        """Class -> the pins outside valid and test that people gave it."""
        examples: dict[int, list[PinId]] = {}
        for id in self._gold_places:
            examples.setdefault(self.gold[id], []).append(PinId(id))
        return examples

    @cached_property
    def _gold_places(self) -> dict[str, Place]:
        """Where the pins with gold outside valid and test are."""
        places = self._places_in(self.collection)
        return {
            id: places[id] for id in self.gold if id in places and places[id][2] not in HELD_OUT
        }

    def _places_in(self, where: Collection) -> dict[str, Place]:
        """Return where those pins of a collection are that any function names, and those with gold:
        all by reading it once."""
        if where.name not in self._known_places:
            wanted = set(self.gold) if where.name == self.collection.name else set()
            for function in self.signal:
                if isinstance(function.rule, ScoringRule):
                    pins = _pins(function.rule)
                    wanted |= {
                        pin.id
                        for pin in pins
                        if (pin.collection or self.collection.name) == where.name
                    }
            self._known_places[where.name] = _places(self.store, where, wanted)
        return self._known_places[where.name]

    @cached_property
    def _known_places(self) -> dict[str, dict[str, Place]]:
        return {}

    def _vectors(
        self, name: str, on: str, examples: Sequence[Example]
    ) -> tuple[np.ndarray, list[str]]:
        """Return the examples' vectors or hashes, and the ids of those that are pins of the
        collection."""
        pins = [example for example in examples if isinstance(example, PinId)]
        rest = [example for example in examples if not isinstance(example, PinId)]
        parts, ids = [], []
        for source in sorted({pin.collection for pin in pins}):
            wanted = [pin.id for pin in pins if pin.collection == source]
            foreign = source and source != self.collection.name
            where = load_collection(self.store, source) if foreign else self.collection
            parts.append(self._of_pins(name, on, where, wanted))
            ids += [""] * len(wanted) if foreign else wanted
        if rest:
            parts.append(self._of_others(name, on, rest))
            ids += [""] * len(rest)
        return np.concatenate(parts), ids

    def _of_pins(self, name: str, on: str, where: Collection, ids: Sequence[str]) -> np.ndarray:
        known = self._places_in(where)
        places = {id: known[id] for id in ids if id in known}
        missing = [id for id in ids if id not in places]
        held_out = [id for id in ids if id in places and places[id][2] in HELD_OUT]
        if missing:
            raise FunctionError(
                f"{name} has the example {missing[0]!r}, which is no pin of {where.name}; correct the "
                "id, or say where it lies: pin_ids(..., collection='...')."
            )
        if held_out:
            raise FunctionError(
                f"{name} has the example {held_out[0]!r}, which is in the split "
                f"{places[held_out[0]][2]}: nothing may learn from it; choose pins of train."
            )
        found: dict[str, np.ndarray] = {}
        for own, batch in self._batches(where, places):
            values = batch.hashes() if on == "hash" else batch.vectors(on)
            found |= zip(own, values, strict=True)
        return np.stack([found[id] for id in ids])

    def _batches(
        self, where: Collection, places: Mapping[str, Place]
    ) -> Iterator[tuple[list[str], PinBatch]]:
        """Yield some pins, their ids and themselves as a batch, shard by shard."""
        for number in sorted({shard for shard, _, _ in places.values()}):
            ids = [id for id, (shard, _, _) in places.items() if shard == number]
            rows = np.array([places[id][1] for id in ids])
            shard = where.shards[number]
            table = read_pins(self.store, shard, ["pin_id", "title", "description"]).take(rows)
            views = ShardViews(self.store, self.encoders, where, shard, rows)
            yield ids, PinBatch(table, views=views)

    def _of_others(self, name: str, on: str, examples: Sequence[str | Path]) -> np.ndarray:
        """Return the vectors of texts and image files, encoded once."""
        if on == "hash":
            raise FunctionError(
                f"{name} compares perceptual hashes; give it pins by pin_ids(...), not texts or files."
            )
        parts = [
            self._encoded(name, encoder, examples, both=on == "both")
            for encoder in self.encoders
            if encoder.reads in SEES[on]
        ]
        return parts[0] if len(parts) == 1 else np.hstack(parts)

    def _encoded(
        self, name: str, encoder: Encoder, examples: Sequence[str | Path], *, both: bool
    ) -> np.ndarray:
        digests = [
            fingerprint(str(e) if isinstance(e, str) else e.read_bytes().hex()) for e in examples
        ]
        key = f"examples/{encoder.fingerprint}/{fingerprint(digests, both)}.parquet"
        if not self.store.exists(key):
            rows = [self._encode_one(name, encoder, example, both) for example in examples]
            self.store.write_table(key, pa.table({"vector": [row.tolist() for row in rows]}))
        values = self.store.read_table(key).column("vector").to_pylist()
        return np.array(values, dtype=np.float16)

    def _encode_one(
        self, name: str, encoder: Encoder, example: str | Path, both: bool
    ) -> np.ndarray:
        if isinstance(example, str):
            if encoder.reads == "text" or encoder.joint:
                return encoder.encode_texts([example])[0]
            if both:
                return np.zeros(encoder.dimensions, dtype=np.float16)
            raise FunctionError(
                f"{name} compares the text {example[:40]!r} with images, which {encoder.name!r} cannot: "
                "set `image_encoder` to a CLIP-type model, or give images or pins as examples."
            )
        if encoder.reads == "image":
            seen = look(example.name, str(example.parent), Limits())
            if seen["fault"]:
                raise FunctionError(f"{name} has the image {example.name}, but {seen['fault']}.")
            return encoder.encode_images([as_image(seen["jpeg"])])[0]
        if both:
            return np.zeros(encoder.dimensions, dtype=np.float16)
        raise FunctionError(f"{name} compares the image {example.name} with texts; say on='image'.")

    def _centers(self, rule: Cluster) -> np.ndarray:
        """Return the centers of k-means over pins that may be fitted on, float32 [c, d]."""
        from sklearn.cluster import MiniBatchKMeans

        parts = []
        share = min(1.0, CLUSTERED / max(self.collection.pins, 1))
        for number, shard in enumerate(self.collection.shards):
            table = read_pins(self.store, shard, ["pin_id", "split"])
            views = ShardViews(self.store, self.encoders, self.collection, shard)
            vectors = PinBatch(table, views=views).vectors(rule.on)
            drawn = np.random.default_rng([SEED, number]).random(shard.rows) < share
            fitted = ~is_held_out(table)
            parts.append(vectors[drawn & fitted & vectors.any(axis=1)])
        sample = np.concatenate(parts).astype(np.float32)
        if not len(sample):
            raise _NothingToSeeError(f"no pin of {self.collection.name} has a {rule.on} to compare")
        count = min(rule.clusters, len(sample))
        model = MiniBatchKMeans(count, random_state=SEED, n_init=3, batch_size=4_096)
        return model.fit(sample).cluster_centers_.astype(np.float32)

    def _with_threshold(
        self, function: LabelingFunction, rule: ScoringRule, references: References
    ) -> tuple[References, str]:
        """Return the references with the threshold that the author gave, or that gold teaches, and
        a note where it teaches none."""
        given = NEVER if rule.at_least is None else rule.at_least
        if rule.precision is None:
            return replace(references, threshold=given), ""
        places = self._gold_places
        scores, right = [np.empty(0)], [np.empty(0, bool)]
        for ids, batch in self._batches(self.collection, places):
            found = rule.score(batch, references, len(self.signal.classes))
            scores.append(found.scores)
            right.append(found.candidates == [self.gold[id] for id in ids])
        curve = precision_curve(np.concatenate(scores), np.concatenate(right))
        threshold = find_threshold(curve, rule.precision)
        if threshold is not None:
            return replace(references, threshold=threshold), ""
        best = best_reached(curve)
        why = (
            f"{len(places)} gold labels outside valid and test are too few"
            if best is None
            else f"at best {best[0]:.2f} is to be expected, at {best[1]:.3g} or more"
        )
        does = "abstains everywhere" if given == NEVER else f"votes at {given:g} or more"
        note = f"{function.name} should be right {rule.precision:.0%} of the time, and {why}; it {does}."
        return replace(references, threshold=given), note


class _NothingToSeeError(Exception):
    """Why a function has nothing to compare with."""


def _pins(rule: ScoringRule) -> list[PinId]:
    """Return the pins that a rule names as examples."""
    if isinstance(rule.examples, str):
        return []
    return [e for given in rule.examples.values() for e in given if isinstance(e, PinId)]


def _places(store: Store, collection: Collection, wanted: set[str]) -> dict[str, Place]:
    """Return where those of the ids that are pins of a collection are."""
    found: dict[str, Place] = {}
    if not wanted:
        return found
    for number, shard in enumerate(collection.shards):
        table = read_pins(store, shard, ["pin_id", "split"])
        splits = table.column("split")
        for row, id in enumerate(table.column("pin_id").to_pylist()):
            if id in wanted:
                found[id] = (number, row, splits[row].as_py())
    return found
