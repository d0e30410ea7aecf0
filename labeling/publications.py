"""Publishing from a workspace: what people said of the pins goes in, the version goes on record."""

from __future__ import annotations

from typing import Any

from labeling.curating import Curation
from labeling.doubts import Doubts
from labeling.evaluation_splits import LEAKING
from labeling.publishing import Publication, publish
from labeling.recipes import Recipe
from labeling.records import record_version
from labeling.review.adjudicating import pins_without_class
from labeling.review.audit_sample import read_audit
from labeling.seeing import look_at_new
from labeling.workspace import Workspace

MUCH_ALIKE = 0.2
"""Share of the pins left out as near-duplicates across splits from which that is said."""


def publish_doubts(
    workspace: Workspace,
    doubts: Doubts,
    recipe: Recipe,
    run_id: int | None,
    *,
    name: str | None = None,
) -> Publication:
    """Publish what the doubts and the database say of a collection, by a recipe. Where that embeds
    images, those that nobody looked at yet are looked at first."""
    r, database = doubts.resolution, workspace.database
    sample = read_audit(
        workspace.store,
        database,
        r.signal.name,
        r.collection,
        doubts.gold,
        seed=workspace.settings.seed,
    )
    curation = Curation(
        recipe=recipe,
        validation_share=workspace.settings.validation_share,
        audited=sample.audited,
        imported=sample.imported,
        unfit=pins_without_class(database, r.signal.name, r.collection.name),
    )
    if recipe.images == "embed":
        look_at_new(workspace, r.collection)
    publication = publish(workspace.store, doubts, curation, workspace.progress, name=name)
    record_version(workspace, publication, run_id)
    return publication


def describe_publication(workspace: Workspace, publication: Publication) -> dict[str, Any]:
    """Return a publication as JSON values."""
    manifest = publication.manifest
    images = manifest.lineage.get("rows_by_image")
    return {
        "name": manifest.name,
        "version": manifest.folder,
        "path": workspace.store.path(publication.key),
        "rows": manifest.rows,
        "splits": manifest.rows_by_split,
        "sources": manifest.lineage["rows_by_source"],
        "left_out": manifest.left_out,
        **({"images": images} if images else {}),
        "is_new": publication.is_new,
    }


def untrainable_notes(publication: Publication) -> list[str]:
    """Return a note where a version has no training row, with what became of the pins, or where many
    are left out as near-duplicates of others."""
    manifest = publication.manifest
    pins, alike = manifest.rows + sum(manifest.left_out.values()), manifest.left_out.get(LEAKING, 0)
    if manifest.rows_by_split.get("train"):
        if alike <= MUCH_ALIKE * pins:
            return []
        return [
            f"{alike:,} of {pins:,} pins are left out as near-duplicates of pins in another split; "
            "where they are none, what they hold (rows of numbers?) tells the encoders nothing."
        ]
    out = ", ".join(f"{why} ({count:,})" for why, count in manifest.left_out.items())
    left = f"; left out were {out}" if out else ""
    return [f"No model can learn from {manifest.reference}: no row is for training{left}."]
