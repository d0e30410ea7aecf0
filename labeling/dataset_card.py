"""What lies beside a version's data for readers that are not ours: the Hugging Face features in the
Parquet schema, the dataset card (README.md) and Croissant metadata."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from labeling.datasets import Manifest
from labeling.wording import in_words

TEXT_COLUMNS = ("pin_id", "title", "description", "link", "board", "image")
COLUMNS = {
    "pin_id": "identifies the pin",
    "title": "its title",
    "description": "its description",
    "link": "where it leads",
    "board": "the board it was pinned to",
    "image": "path or address of its image",
    "label": "the most likely class",
    "soft_label": "the probability of every class, in the order of the class names",
    "confidence": "the probability of `label`",
    "label_source": "gold: people agreed on it; model: by votes and probe together, as people's "
    "answers weigh them; weak: resolved from the votes of labeling functions; "
    "probe: the votes' label was suspected, and the probe's stands instead",
    "weight": "what the row weighs, in training by the recipe, in evaluation 1 / `inclusion`",
    "inclusion": "the probability with which an evaluation row came among those that people answered; "
    "null for all other rows",
    "quality": "cleanlab's label quality score, 0 (doubtful) to 1; null where it was not judged",
    "group": "the first pin of its group of near-duplicates; groups never cross splits",
}
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
"""An embedded image, as Hugging Face's feature Image has it: a JPEG file, and where it came from."""
IMAGE_MEANING = (
    "its image in RGB as a JPEG file of at most 384 pixels on the longer side (`bytes`), and the path "
    "or address it came from (`path`); null where there is none to be had"
)
FLOATS = ("confidence", "weight", "inclusion", "quality")
FEW = 30
"""With fewer rows that people answered a split says little."""


def schema(
    classes: tuple[str, ...], slices: tuple[str, ...] = (), *, embeds: bool = False
) -> pa.Schema:
    """Return the Arrow schema of a version's rows, `image` an IMAGE where it embeds them; class names
    travel in its metadata."""
    types = dict.fromkeys((*COLUMNS, *slices), pa.string())
    types |= dict.fromkeys(FLOATS, pa.float32())
    types |= {"label": pa.int64(), "soft_label": pa.list_(pa.float32())}
    features: dict[str, Any] = {name: _value("string") for name in types}
    features |= {name: _value("float32") for name in FLOATS}
    features["label"] = {"names": list(classes), "_type": "ClassLabel"}
    features["soft_label"] = {"feature": _value("float32"), "_type": "List"}
    if embeds:
        types["image"] = IMAGE
        features["image"] = {"_type": "Image"}
    metadata = {"huggingface": json.dumps({"info": {"features": features}}, sort_keys=True)}
    return pa.schema(list(types.items()), metadata=metadata)


def _value(dtype: str) -> dict[str, str]:
    return {"dtype": dtype, "_type": "Value"}


def card(manifest: Manifest) -> str:
    """Return the dataset card: its YAML names the files of each split, its text what they are.

    Its configuration is named after what is in the version: Hugging Face's cache knows a dataset by its
    folder's name and that of its configuration alone.
    """
    splits = manifest.rows_by_split
    lineage = manifest.lineage
    configs = "\n".join(f'  - split: {s}\n    path: "data/{s}-*.parquet"' for s in splits)
    sources = lineage["rows_by_source"]
    rows = "\n".join(
        f"| {split} | {count:,} | {_counted(sources[split])} |" for split, count in splits.items()
    )
    rules, left_out = _listed(lineage["rows_by_rule"]), _listed(manifest.left_out)
    columns = "\n".join(f"| {name} | {meaning} |" for name, meaning in _meanings(manifest).items())
    images = f"\n\n{said}" if (said := on_images(manifest)) else ""
    recipe = "\n".join(
        f"| {name} | {in_words(value)} |" for name, value in sorted(lineage["recipe"].items())
    )
    functions = ", ".join(f["name"] for f in lineage["functions"])
    return f"""---
configs:
- config_name: v{manifest.version:04d}-{manifest.content[:12]}
  data_files:
{configs}
---

# {manifest.name} v{manifest.version:04d}

Pins of the collection `{manifest.collection}` (revision {manifest.revision}), labelled for the
signal `{manifest.signal}`: {", ".join(manifest.classes)}.

{len(lineage["functions"])} labeling functions voted, and `{lineage["resolver"]}` resolved their votes
into the weak labels, which nobody checked. Gold is what people agreed on.

| split | rows | labels |
|---|---|---|
{rows}

{_on_evaluation(manifest)}{images}

Rows by rule:

{rules}

Left out (each pin with its reason is in left_out.parquet):

{left_out or "- nothing"}

| recipe | |
|---|---|
{recipe}

| column | meaning |
|---|---|
{columns}

Functions: {functions}.
Every file is listed with its sha256 in manifest.json; `labeling verify DIR` checks them.
"""


def _listed(counts: dict[str, int]) -> str:
    """Return the counts as a list whose order is that of no dict: the card is written again by them."""
    largest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"- {count:,}: {what}" for what, count in largest)


def _counted(sources: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {source}" for source, count in sorted(sources.items()))


def _meanings(manifest: Manifest) -> dict[str, str]:
    """Return what each column of a version is, those that the recipe keeps last."""
    kept: list[str] = manifest.lineage["recipe"]["slices"]
    own = COLUMNS | {"image": IMAGE_MEANING} if _embeds(manifest) else COLUMNS
    return own | {name: "kept by the recipe" for name in kept if name not in own}


def _embeds(manifest: Manifest) -> bool:
    return "rows_by_image" in manifest.lineage


def on_images(manifest: Manifest) -> str:
    """Return how many rows have their image embedded, in a sentence; "" for a version without."""
    if not _embeds(manifest):
        return ""
    counts = manifest.lineage["rows_by_image"]
    return (
        f"Of {manifest.rows:,} rows {counts['embedded']:,} have their image in them, "
        f"{counts['unreadable']:,} name one that could not be read, and {counts['none']:,} name none."
    )


def _on_evaluation(manifest: Manifest) -> str:
    """Return what scores on each evaluation split are worth."""
    said = []
    for split, rows in manifest.rows_by_split.items():
        gold = manifest.lineage["rows_by_source"][split].get("gold", 0)
        if split == "train":
            continue
        if gold == rows:
            few = f"; {gold} are few, so scores on them are rough" if gold < FEW else ""
            said.append(
                f"The {split} split holds only rows that people answered and that were not chosen for "
                f"being doubtful; weigh them by `weight`{few}."
            )
        else:
            said.append(
                f"The {split} split holds weak labels: scores on it say how well a model repeats the "
                "labeling functions, not how right it is. Answer a random audit to change that."
            )
    return "\n".join(said) or "There is no evaluation split."


def croissant(manifest: Manifest) -> dict[str, Any]:
    """Return Croissant 1.1 metadata (mlcommons.org/croissant) of the data files."""
    data = manifest.data_files()
    meanings, embeds = _meanings(manifest), _embeds(manifest)
    files = [
        {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": file.path,
            "contentUrl": file.path,
            "contentSize": f"{file.bytes} B",
            "encodingFormat": "application/x-parquet",
            "sha256": file.sha256,
        }
        for file in data
    ]
    record_sets = [
        {
            "@type": "cr:RecordSet",
            "@id": file.path.removesuffix(".parquet").replace("data/", "rows-"),
            "name": file.path.removesuffix(".parquet").replace("data/", "rows-"),
            "field": [
                _field(file.path, name, meaning, len(manifest.classes), embeds)
                for name, meaning in meanings.items()
            ],
        }
        for file in data
    ]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": manifest.name,
        "version": f"{manifest.version}.0.0",
        "description": f"Pins labelled for the signal {manifest.signal} by weak supervision.",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "distribution": files,
        "recordSet": record_sets,
    }


def _field(path: str, name: str, meaning: str, classes: int, embeds: bool) -> dict[str, Any]:
    types = dict.fromkeys((*FLOATS, "soft_label"), "sc:Float") | {"label": "sc:Integer"}
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{path}/{name}",
        "name": name,
        "description": meaning,
        "dataType": types.get(name, "sc:Text"),
        "source": {"fileObject": {"@id": path}, "extract": {"column": name}},
    }
    if name == "soft_label":
        field |= {"cr:isArray": True, "cr:arrayShape": str(classes)}
    if name == "image" and embeds:
        field["dataType"] = "sc:ImageObject"
        field["source"]["transform"] = {"jsonPath": "bytes"}
    return field


_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
