"""What lies beside a version's data for readers that are not ours: the Hugging Face features in the
Parquet schema, the dataset card (README.md) and Croissant metadata."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from labeling.datasets import File, Manifest

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
    "label_source": "weak: resolved from the votes of labeling functions; model: by the pool of votes "
    "and probe that suits people's answers; gold: people's answer",
    "quality": "cleanlab's label quality score, 0 (doubtful) to 1; null where it was not judged",
    "group": "the first pin of its group of near-duplicates; groups never cross splits",
}


def schema(classes: tuple[str, ...]) -> pa.Schema:
    """Return the Arrow schema of a version's rows; class names travel in its metadata."""
    text = pa.string()
    fields = [
        *(pa.field(name, text) for name in TEXT_COLUMNS),
        pa.field("label", pa.int64()),
        pa.field("soft_label", pa.list_(pa.float32())),
        pa.field("confidence", pa.float32()),
        pa.field("label_source", text),
        pa.field("quality", pa.float32()),
        pa.field("group", text),
    ]
    features: dict[str, Any] = {
        field.name: {"dtype": str(field.type).replace("float", "float32"), "_type": "Value"}
        for field in fields
    }
    features |= {name: _value("float32") for name in ("confidence", "quality")}
    features["label"] = {"names": list(classes), "_type": "ClassLabel"}
    features["soft_label"] = {"feature": _value("float32"), "_type": "List"}
    metadata = {"huggingface": json.dumps({"info": {"features": features}}, sort_keys=True)}
    return pa.schema(fields, metadata=metadata)


def _value(dtype: str) -> dict[str, str]:
    return {"dtype": dtype, "_type": "Value"}


def card(manifest: Manifest) -> str:
    """Return the dataset card: its YAML names the files of each split, its text what they are."""
    splits = manifest.rows_by_split
    configs = "\n".join(f'  - split: {s}\n    path: "data/{s}-*.parquet"' for s in splits)
    rows = "\n".join(f"| {split} | {count:,} |" for split, count in splits.items())
    left_out = "\n".join(f"- {count:,}: {why}" for why, count in manifest.left_out.items())
    columns = "\n".join(f"| {name} | {meaning} |" for name, meaning in COLUMNS.items())
    functions = ", ".join(f["name"] for f in manifest.lineage["functions"])
    return f"""---
configs:
- config_name: default
  data_files:
{configs}
---

# {manifest.name} v{manifest.version:04d}

Pins of the collection `{manifest.collection}` (revision {manifest.revision}), labelled for the
signal `{manifest.signal}`: {", ".join(manifest.classes)}.

The labels are weak: {len(manifest.lineage["functions"])} labeling functions voted, and
`{manifest.lineage["resolver"]}` resolved their votes. They are not checked by people.

| split | rows |
|---|---|
{rows}

Left out:

{left_out or "- nothing"}

| column | meaning |
|---|---|
{columns}

Functions: {functions}.
Every file is listed with its sha256 in manifest.json; `labeling verify DIR` checks them.
"""


def croissant(manifest: Manifest, data: list[File]) -> dict[str, Any]:
    """Return Croissant 1.1 metadata (mlcommons.org/croissant) of the data files."""
    types = {"label": "sc:Integer", "confidence": "sc:Float", "quality": "sc:Float"}
    plain = [name for name in COLUMNS if name != "soft_label"]
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
                {
                    "@type": "cr:Field",
                    "@id": f"{file.path}/{name}",
                    "name": name,
                    "description": COLUMNS[name],
                    "dataType": types.get(name, "sc:Text"),
                    "source": {"fileObject": {"@id": file.path}, "extract": {"column": name}},
                }
                for name in plain
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
