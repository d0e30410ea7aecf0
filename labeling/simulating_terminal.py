"""A simulation as a person reads it: the learning curve, and what it is to be held against."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from labeling.resolving import HELD_OUT
from labeling.simulating import Scores, Simulation

COMPARED = {
    "gold_only": "as many random true labels alone",
    "weak_only": "weak labels alone",
    "all_gold": "all true labels",
}


def show_simulation(found: Simulation, console: Console) -> None:
    """Print the curve, then what the same model reaches otherwise."""
    table = Table(title=f"{found.signal} on {found.collection}, seed {found.seed}", box=None)
    splits = [name for name in ("test", "valid", "train", "all") if name in found.final]
    split = splits[0] if splits else ""
    for name in ("answers", "accuracy", "macro F1", "resolver", "corrected", "asked because"):
        table.add_column(name, justify="left" if name in ("resolver", "asked because") else "right")
    for point in found.curve:
        reasons = ", ".join(f"{reason} {count}" for reason, count in point.reasons.items())
        figures = _figures(point.final, split)
        table.add_row(str(point.answers), *figures, point.resolver, str(point.corrected), reasons)
    console.print(table)
    if split in HELD_OUT:
        console.print(f"Scored on the split {split}, which nothing learned from. Instead:")
    else:
        console.print(
            "Scored on pins that were answered and learned from, too, because none with a reference "
            "label is in the split test or valid. Instead:"
        )
    for name, words in COMPARED.items():
        accuracy, f1 = _figures(getattr(found, name), split)
        console.print(f"  {words:<34} accuracy {accuracy}, macro F1 {f1}", markup=False)
    if found.dataset:
        console.print(f"Published as {found.dataset}.")


def _figures(scores: Scores | None, split: str) -> tuple[str, str]:
    if not scores or split not in scores:
        return "-", "-"
    found = scores[split]
    return f"{found['accuracy']:.3f}", f"{found['macro_f1']:.3f}"
