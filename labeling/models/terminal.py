"""What an evaluation, a comparison and the registry say, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from labeling.judgement import Figure, Threshold
from labeling.models.card import said
from labeling.models.evaluating import ModelComparison, ModelEvaluation
from labeling.models.table import ListedModel

SLICES = 12
"""That are shown; all are in the JSON and on the page."""


def show_evaluation(found: ModelEvaluation, console: Console) -> None:
    """Print the figures with their intervals, a line for each class, and the slices."""
    judged = found.judgement
    console.print(f"\n[bold]{found.model}[/] on [bold]{found.collection}[/]: {found.why}")
    _said_of_rows(found, console)
    console.print(
        f"  accuracy {_said(judged.accuracy)}  [dim]most frequent class {judged.majority:.3f}[/]"
    )
    console.print(f"  macro F1 {_said(judged.macro_f1)}")
    console.print(
        f"  calibration error {_said(judged.ece)}, Brier {_said(judged.brier)}, log loss "
        f"{_said(judged.log_loss)}\n"
    )
    wanted = judged.classes[0].threshold.wanted
    names = ("precision", "recall", "PR-AUC", f"for {wanted:.0%}", "leaves")
    table = _table(("class", "pins", *names))
    for one in judged.classes:
        table.add_row(
            Text(one.name),
            f"{one.rows:,}",
            _said(one.precision, 2),
            _said(one.recall, 2),
            _said(one.average_precision, 2),
            *_threshold(one.threshold),
        )
    console.print(table)
    if judged.slices:
        worse = sum(one.is_worse for one in judged.slices)
        console.print(
            f"\n[bold]slices[/] [dim]({len(judged.slices)} looked at, {worse} worse than the rest)[/]"
        )
        table = _table(("slice", "pins", "accuracy", "against the rest", "p"))
        for gap in judged.slices[:SLICES]:
            table.add_row(
                Text(f"{gap.column} {gap.value or '(none)'}", style="red" if gap.is_worse else ""),
                f"{gap.rows:,}",
                _said(gap.accuracy, 2),
                _said(gap.gap, 2),
                _p(gap.p),
            )
        console.print(table)


def show_comparison(found: ModelComparison, console: Console) -> None:
    """Print what the second model gains, as a whole and by slice."""
    one = found.comparison
    console.print(f"\n[bold]{found.after}[/] against [bold]{found.before}[/]: {found.why}")
    _said_of_rows(found, console)
    console.print(
        f"  accuracy {one.after:.3f} against {one.before:.3f}: {_said(one.accuracy)}, worse with "
        f"probability {one.probability_worse:.2f}"
    )
    console.print(f"  macro F1: {_said(one.macro_f1)}")
    console.print(f"  one is right and the other is not on {one.differing:,} pins\n")
    table = _table(("slice", "pins", "before", "after", "difference", "p"))
    for part in one.slices[:SLICES]:
        table.add_row(
            Text(f"{part.column} {part.value or '(none)'}", style="red" if part.is_worse else ""),
            f"{part.rows:,}",
            f"{part.before:.3f}",
            f"{part.after:.3f}",
            _said(part.difference, 2),
            _p(part.p),
        )
    console.print(table)


def show_models(models: Sequence[ListedModel], console: Console) -> None:
    """Print a line for each registered model."""
    if not models:
        console.print("No models yet; train one with `labeling train NAME@VERSION`.")
        return
    for one in models:
        figures = "not evaluated"
        if one.accuracy is not None:
            figures = f"accuracy {said(one.accuracy)} on {one.evaluated_on}"
        state = Text(one.state, style="green" if one.state == "promoted" else "")
        told = f", {figures}; trained on {one.dataset}, {one.created_at:%Y-%m-%d %H:%M}"
        console.print(Text.assemble((one.model, "bold"), " ", state, told), soft_wrap=True)


def _said_of_rows(found: ModelEvaluation | ModelComparison, console: Console) -> None:
    out = ", ".join(f"{count:,} {why}" for why, count in found.left_out.items() if count)
    if out:
        console.print(f"  left out, with their near-duplicates: {out}", style="dim")
    for note in found.notes:
        console.print(Text.assemble(("  note ", "yellow"), note))


def _table(names: Sequence[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for number, name in enumerate(names):
        table.add_column(name, justify="right" if number else "left")
    return table


def _said(found: Figure, digits: int = 3) -> str:
    return said(vars(found), digits)


def _threshold(found: Threshold) -> tuple[str, str]:
    if found.threshold is None:
        return "none", "–"
    return f"{found.threshold:.3f}", f"{found.coverage:.1%}"


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
