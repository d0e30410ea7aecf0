"""Dataset versions as a training job sees them: find, pull, verify, load. Needs only pyarrow and
fsspec; what reads into pandas, Hugging Face datasets or torch needs that library when it is asked.

A version is a folder `datasets/<name>/v0007-<12 hex of its manifest's digest>` that never changes;
manifest.json lists every file with its sha256, and is what makes the folder a version.
"""

from labeling.datasets.finding import (
    dataset_names,
    find_version,
    is_version,
    latest_folder,
    split_reference,
    version_number,
    version_pointer,
    versions,
)
from labeling.datasets.loading import load
from labeling.datasets.manifest import LEFT_OUT, MANIFEST, VERSION, File, Manifest
from labeling.datasets.pulling import cache_folder, pull
from labeling.datasets.verifying import verify

__all__ = [
    "LEFT_OUT",
    "MANIFEST",
    "VERSION",
    "File",
    "Manifest",
    "cache_folder",
    "dataset_names",
    "find_version",
    "is_version",
    "latest_folder",
    "load",
    "pull",
    "split_reference",
    "verify",
    "version_number",
    "version_pointer",
    "versions",
]
