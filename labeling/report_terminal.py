"""A run's report in the terminal: what a person wants to read after `labeling run`."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from labeling.functions_terminal import functions_table
from labeling.report import RunReport, mistakes
from labeling.signals import NO_LABEL


def show_report(report: RunReport, console: Console) -> None:
    """Print the report: what came in, functions, labels, scores, doubts, queue, dataset."""
    _headline(report, console)
    console.print(functions_table(report.functions, console))
    for fault in report.faults:
        pin_id, message = fault["examples"][0]
        console.print(
            f"  [yellow]fault[/] {fault['function']}: {fault['count']:,} pins "
            f"({fault['share']:.1%}), e.g. {escape(pin_id)}: ",
            Text(message),
        )
    _labels(report, console)
    _resolvers(report, console)
    _scores(report, console)
    _audit(report, console)
    _doubts(report, console)
    _published(report, console)
    for note in report.notes:
        console.print("  [yellow]note[/]", Text(note))
    if report.seconds:
        spent = ", ".join(f"{step} {time:.1f}" for step, time in report.seconds.items())
        console.print(f"\n[dim]seconds: {spent}[/]")


def _headline(report: RunReport, console: Console) -> None:
    voted = sum(report.columns_voted.values())
    console.print(
        f"\n[bold]{report.signal}[/] on [bold]{report.collection}[/] "
        f"(revision {report.revision}): {report.pins:,} pins, {len(report.functions)} functions"
    )
    console.print(
        f"  covered {report.covered:,} ({_share(report.covered, report.pins)}), conflicting votes "
        f"{report.conflicted:,} ({_share(report.conflicted, report.pins)}), resolved by "
        f"{report.resolver} ({report.resolver_reason})"
    )
    names = ", ".join(list(report.columns_voted)[:6])
    more = "" if len(report.columns_voted) <= 6 else ", ..."
    redone = f": {names}{more}" if voted else ""
    console.print(
        f"  vote columns recomputed: {voted} of {report.columns_total}{redone}\n", highlight=False
    )


def _labels(report: RunReport, console: Console) -> None:
    console.print("\n[bold]labels[/]")
    total = max(sum(report.labels.values()), 1)
    width = max(map(len, (*report.labels, "no vote")))
    for name, count in report.labels.items():
        bar = "█" * round(24 * count / total)
        console.print(
            f"  {escape(f'{name:<{width}}')} {count:>9,}  {_share(count, total):>6}  [cyan]{bar}[/]"
        )
    uncovered = report.pins - report.covered
    console.print(f"  [dim]{'no vote':<{width}} {uncovered:>9,}; tied {report.tied:,}[/]")


def _resolvers(report: RunReport, console: Console) -> None:
    if not report.resolvers:
        return
    console.print("\n[bold]resolvers[/] [dim](on gold labels held back from each)[/]")
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("", "log loss", "against the default (95%)", "accuracy"):
        table.add_column(name, justify="right" if name else "left")
    for one in report.resolvers:
        taken = " [green]<[/]" if one["resolver"] == report.resolver else ""
        table.add_row(
            one["resolver"] + taken,
            f"{one['log_loss']:.3f}",
            f"{one['difference']:+.3f} ({one['low']:+.3f} to {one['high']:+.3f})",
            f"{one['accuracy']:.3f}",
        )
    console.print(table)


def _audit(report: RunReport, console: Console) -> None:
    if report.audit is None:
        return
    found, audit = report.audit["accuracy"], report.audit
    console.print(
        "\n[bold]random audit[/] [dim](the final labels of pins that are not held out)[/]"
    )
    if found["value"] is None:
        console.print("  none of the pins that were answered has a label")
        return
    console.print(
        f"  accuracy {found['value']:.3f}, 95% interval {found['low']:.3f} to {found['high']:.3f}, "
        f"on {found['answers']:,} of {audit['drawn']:,} pins drawn from {audit['pins']:,}",
        highlight=False,
    )


def _scores(report: RunReport, console: Console) -> None:
    if not report.scores:
        return
    console.print("\n[bold]scores[/] [dim](reference labels; a pin without a label is a guess)[/]")
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("", "split", "pins", "accuracy", "macro F1", "coverage"):
        table.add_column(name, justify="left" if name in ("", "split") else "right")
    for kind, splits in report.scores.items():
        for split, found in splits.items():
            table.add_row(
                kind.replace("_", " "),
                split,
                f"{found['pins']:,}",
                f"{found['accuracy']:.3f}",
                f"{found['macro_f1']:.3f}",
                f"{found['coverage']:.1%}",
            )
    console.print(table)


def _doubts(report: RunReport, console: Console) -> None:
    doubts = report.doubts
    console.print("\n[bold]in doubt[/]")
    if not doubts["probed"]:
        console.print("  [yellow]no probe: too few labelled pins, or all of one class[/]")
    console.print(
        f"  suspected label noise {doubts['label_issues']:,}, contradictions "
        f"{doubts.get('contradictions', 0):,}, outliers {doubts['outliers']:,}, "
        f"near-duplicates {doubts['near_duplicates']:,} in {doubts['groups']:,} "
        f"{'group' if doubts['groups'] == 1 else 'groups'} "
        f"[dim]({doubts['compared']} compared)[/]"
    )
    if found := mistakes(report):
        wrong = ", ".join(f"{one.share:.0%} of {one.true} as {one.given}" for one in found)
        console.print(f"  estimated noise: {wrong}", markup=False, highlight=False)
    reasons = ", ".join(f"{why} {count}" for why, count in report.queue["reasons"].items())
    console.print(
        f"  review queue: {report.queue['tasks']:,} open tasks ({reasons or 'nothing in doubt'})"
    )
    for example in report.examples:
        votes = ", ".join(f"{name} → {label}" for name, label in example.votes.items())
        sure = "" if example.label == NO_LABEL else f" ({example.confidence:.2f})"
        console.print(
            f"  [magenta]{example.reason}[/] [dim]{escape(example.pin_id)}[/]",
            Text(f"“{example.title}”"),
        )
        console.print(
            f"    resolved {example.label}{sure}, probe says "
            f"{example.probe}; {votes or 'no votes'}",
            style="dim",
            markup=False,
            highlight=False,
        )


def _published(report: RunReport, console: Console) -> None:
    dataset = report.dataset
    verb = "published" if dataset["is_new"] else "already published (nothing changed)"
    splits = ", ".join(f"{split} {count:,}" for split, count in dataset["splits"].items())
    console.print(
        f"\n[bold green]{verb}[/] {dataset['name']}@{dataset['version']}: {dataset['rows']:,} rows "
        f"({splits})",
        highlight=False,
    )
    for why, count in dataset["left_out"].items():
        console.print(f"  [dim]left out {count:,}: {why}[/]", highlight=False)
    console.print(f"  [dim]{escape(dataset['path'])}[/]", highlight=False, soft_wrap=True)


def _share(part: int, whole: int) -> str:
    return f"{part / max(whole, 1):.1%}"
