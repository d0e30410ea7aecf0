"""One pin's story in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from labeling.final_labels import SOURCES
from labeling.pins import NO_SPLIT
from labeling.signals import NO_LABEL
from labeling.telling import PinStory, StoryAnswer


def show_pin(story: PinStory, console: Console) -> None:
    """Print the story, a line for each thing that happened; a pin's own words stand as they are."""
    for heading, text in _lines(story):
        console.print(Text.assemble((f"{heading:<12}", "bold"), text), soft_wrap=True)


def _lines(story: PinStory) -> Iterator[tuple[str, str]]:
    where = f"{story.collection} revision {story.revision}, {story.split or NO_SPLIT}"
    yield "pin", f"{story.pin_id} ({where})"
    for name in ("title", "description", "link", "board"):
        if text := " ".join(getattr(story, name).split()):
            yield name, text
    if story.image:
        yield "image", " ".join(x for x in (story.image, story.image_size, story.image_fault) if x)
    by = f" by {SOURCES[story.final_source]}" if story.final_source else ""
    yield "final", f"{story.final} {story.final_confidence:.2f}{by}"
    yield "resolved", f"{story.label} {story.confidence:.2f} by {story.resolver}"
    quality = "" if story.quality is None else f", quality of the label {story.quality:.2f}"
    yield (
        "probe",
        f"{story.probe_label} {story.probe[story.probe_label]:.2f}{quality}"
        if (story.probe_label != NO_LABEL)
        else NO_LABEL,
    )
    if story.reference != NO_LABEL:
        yield "reference", story.reference
    for vote in story.votes:
        if vote.vote is not None or vote.fault is not None:
            score = "" if vote.score is None else f" (score {vote.score:.3f})"
            yield "vote", f"{vote.function}: {vote.fault or vote.vote}{score}"
    yield "doubts", ", ".join(story.doubts) or "none"
    if story.group != story.pin_id:
        yield "group", f"near-duplicate of {story.group}"
    if task := story.task:
        yield "task", f"{task.status}, {task.answered} of {task.wanted} answers, {task.reason}"
    for answer in story.answers:
        yield "answer", answer_line(answer)
    if story.gold:
        yield "gold", f"{story.gold.label} ({story.gold.source}, {_when(story.gold.created_at)})"
    for comment in story.comments:
        state = "open" if comment.is_open else "resolved"
        text = " ".join(comment.text.split())
        yield "comment", f"{comment.annotator} on {comment.function} ({state}): {text}"
    for version in story.versions:
        shown = f"{version.label} {version.confidence:.2f} ({version.label_source})"
        yield "version", f"{version.version} {version.split}: {shown}"


def answer_line(answer: StoryAnswer) -> str:
    """Return what a person did with a pin, when, in one line."""
    parts = [f"{_when(answer.created_at)} {answer.annotator}: {answer.kind}"]
    parts += [answer.label] if answer.label else []
    parts += [f'"{" ".join(answer.comment.split())}"'] if answer.comment else []
    parts += ["(gold check)"] if answer.is_check else []
    parts += [f"(taken back {_when(answer.undone_at)})"] if answer.undone_at else []
    return " ".join(parts)


def _when(moment: object) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
