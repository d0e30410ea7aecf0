"""What one function does, in the terminal: counts, then real pins."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from labeling.authoring.trial import (
    ABSTAINS,
    TITLES,
    Changes,
    Section,
    Trial,
    TriedPin,
    pieces,
    snippet,
)

WIDTH = 150
"""Characters of a pin's description."""


def show_trial(trial: Trial, console: Console) -> None:
    """Print the trial: its figures, what changed, then pins of each kind."""
    _headline(trial, console)
    _figures(trial, console)
    for note in trial.notes:
        console.print("  [yellow]note[/]", Text(note))
    if trial.changes is not None:
        _changes(trial.changes, trial, console)
    for section in trial.sections:
        _section(section, trial, console)
    spent = f"{trial.pins_voted:,} pins voted anew; {trial.seconds:.2f} s"
    console.print(f"\n[dim]{spent}[/]")


def _headline(trial: Trial, console: Console) -> None:
    head = Text.assemble((trial.function, "bold"), f" of {trial.signal} ({trial.kind})")
    if trial.doc:
        head.append(f"  {trial.doc.splitlines()[0]}", "dim")
    console.print(head, no_wrap=True, overflow="ellipsis")
    split = f", split {trial.split}" if trial.split else ""
    console.print(f"on {trial.collection} (revision {trial.revision}{split}): {trial.pins:,} pins")


def _figures(trial: Trial, console: Console) -> None:
    total = sum(trial.votes.values())
    text = Text(f"\n  votes on {total:,} ({trial.coverage:.1%})")
    if trial.overlap is not None and trial.conflict is not None:
        text.append(
            f"; with one of {trial.others} others on {trial.overlap:.1%}, "
            f"against one on {trial.conflict:.1%}"
        )
    console.print(text)
    for row in trial.by_class:
        line = Text(f"  {row['votes']:>9,} for ")
        line.append(row["class"], "bold")
        if row["judged"]:
            line.append(
                f": {row['accuracy']:.3f} right ({row['accuracy_low']:.3f}-"
                f"{row['accuracy_high']:.3f}) of {row['judged']:,} with a {trial.source} label"
            )
        console.print(line)


def _changes(changes: Changes, trial: Trial, console: Console) -> None:
    section = changes.section
    part = "" if changes.shards == changes.of_shards else f" ({changes.shards} shards)"
    console.print(
        f"\n[bold]{TITLES['changed']}[/] [dim]({changes.since})[/]: "
        f"{section.pins:,} of {changes.pins:,} pins{part}"
    )
    width = max((len(kind.before) for kind in changes.kinds), default=0)
    for kind in changes.kinds:
        line = Text(f"  {kind.pins:>9,}  {kind.before:>{width}} → {kind.after}")
        if kind.judged:
            line.append(f"   by {kind.judged:,} {trial.source} labels: ", "dim")
            line.append(f"{kind.better:,} better", "green" if kind.better else "dim")
            line.append(", ", "dim")
            line.append(f"{kind.worse:,} worse", "red" if kind.worse else "dim")
        console.print(line)
    for pin in section.sample:
        _pin(pin, trial, console, f"{pin.before} → {pin.vote}")


def _section(section: Section, trial: Trial, console: Console) -> None:
    title = TITLES[section.name].format(source=trial.source)
    share = f" of {section.of:,} votes ({section.pins / max(section.of, 1):.1%})"
    console.print(f"\n[bold]{title}[/]: {section.pins:,}{'' if section.name == 'fires' else share}")
    for pin in section.sample:
        _pin(pin, trial, console, pin.vote)


def _pin(pin: TriedPin, trial: Trial, console: Console, verdict: str) -> None:
    """Print one pin: title, the text around what made the function vote, then what is known."""
    console.print(Padding(_marked(pin.title or "(no title)", pin, 200), (0, 0, 0, 2), expand=False))
    if pin.description:
        line = _marked(pin.description, pin, WIDTH)
        line.stylize_before("dim")
        console.print(Padding(line, (0, 0, 0, 4), expand=False))
    about = [f"→ {verdict}" if verdict == pin.vote else verdict]
    about += [f"{trial.source} {pin.known}"] if pin.known else []
    about += [f"resolved {pin.resolved}"] if pin.resolved else []
    line = Text(", ".join(about), "green" if pin.known == pin.vote else "cyan")
    if pin.known not in (None, pin.vote) and pin.vote != ABSTAINS:
        line.stylize("red")
    others = ", ".join(f"{name} {vote}" for name, vote in pin.others.items())
    place = " · ".join(filter(None, (pin.domain, pin.board, pin.pin_id)))
    line.append(f"  {place}" + (f"  | {others}" if others else ""), "dim")
    console.print(Padding(line, (0, 0, 0, 4), expand=False))


def _marked(text: str, pin: TriedPin, width: int) -> Text:
    line = Text()
    for piece in pieces(snippet(text, pin.marks, width), pin.marks):
        line.append(piece.text, "bold reverse" if piece.marked else "")
    return line
