"""One pin's whole story on one page."""

from __future__ import annotations

import streamlit as st
from findings import LARGE_SIDE, last_run, pictures
from marking import (
    apply_pin_styles,
    bar,
    chip,
    facts,
    label_chip,
    picture,
    tag,
    when,
    words,
)
from visit import Visit, errors_said

from labeling.final_labels import SOURCES
from labeling.pins import NO_SPLIT
from labeling.signals import NO_LABEL
from labeling.telling import PinStory, StoryAnswer, StoryVote, pin_story

LONG = 100
"""Characters of a title that is clipped; what is left out can be opened below it."""
CLASSES = 6
"""Shown of a signal with more: the likeliest."""


@st.dialog("Pin", width="large")
def open_story(visit: Visit, pin_id: str) -> None:
    """Show a pin's story over the page that asked for it."""
    with errors_said():  # a dialog is drawn by itself: the page around it catches nothing
        show_story(visit, pin_id)


def show_story(visit: Visit, pin_id: str) -> None:
    """Show a pin's story. Raises CollectionError where there is no such pin."""
    assert visit.job is not None
    apply_pin_styles()
    run = last_run(visit)
    with st.spinner("Reading"):
        story = pin_story(visit.workspace, visit.job.signal, visit.job.collection, pin_id)
    shard = next(n for n, one in enumerate(run.collection.shards) if one.id == story.shard)
    place = (shard, story.row)
    seen = pictures(visit, [place], LARGE_SIDE).get(place)
    parts = [_label(story), _votes(story), _people(story), _versions(story)]
    st.html(_head(story, seen) + tag("div", "".join(parts), "parts"))


def _head(story: PinStory, seen: str | None) -> str:
    known = {
        "id": story.pin_id,
        "link": story.link,
        "board": story.board,
        "split": story.split or NO_SPLIT,
        "image": " · ".join(x for x in (story.image, story.image_size) if x),
        "fault": story.image_fault or "",
        "true label": ""
        if story.reference == NO_LABEL
        else f"{story.reference} (came with the pin)",
    }
    doubts = "".join(chip(doubt, "doubt") for doubt in story.doubts)
    group = "" if story.group == story.pin_id else chip(f"near-duplicate of {story.group}", "doubt")
    label = label_chip(story.final, story.final_confidence)
    chips = tag("div", label + doubts + group, "chips")
    text = _title(story.title or story.pin_id) + words(story.description, "", "p")
    return tag(
        "div",
        picture(seen) + tag("div", text + facts(known) + chips),
        "story",
    )


def _title(title: str) -> str:
    if len(title) <= LONG:
        return words(title, "", "h2")
    whole = tag("summary", "The whole title", "quiet") + words(title, "", "p")
    return words(f"{title[:LONG].rstrip()}…", "", "h2") + tag("details", whole)


def _part(title: str, inner: str) -> str:
    return tag("section", words(title, "", "h3") + inner, "part")


def _label(story: PinStory) -> str:
    by = SOURCES.get(story.final_source, "")
    final = tag(
        "div",
        words("final label", "", "span")
        + label_chip(story.final, story.final_confidence)
        + words(by and f"by {by}, as it is published", "quiet"),
        "row",
    )
    names = sorted(
        story.soft_label, key=lambda name: -max(story.soft_label[name], story.probe[name])
    )
    rows = "".join(
        words(name, "", "div")
        + tag(
            "div",
            bar(story.soft_label[name], "bar-first") + bar(story.probe[name], "bar-second"),
            "bar-pair",
        )
        + words(f"{story.soft_label[name]:.2f}", "number")
        for name in names[:CLASSES]
    )
    more = len(names) - CLASSES
    rest = words(f"and {more} less likely classes", "quiet") if more > 0 else ""
    key = tag("div", f"<span>{story.resolver}</span><span>probe</span>", "key quiet")
    quality = (
        "" if story.quality is None else words(f"quality of the label {story.quality:.2f}", "quiet")
    )
    return _part("Label", final + tag("div", rows, "bars") + rest + key + quality)


def _votes(story: PinStory) -> str:
    voted = [vote for vote in story.votes if vote.vote is not None or vote.fault is not None]
    silent = [vote.function for vote in story.votes if vote not in voted]
    rows = "".join(_vote(story, vote) for vote in voted)
    rows = rows or words("No function voted on this pin.", "quiet")
    if silent:
        rows += words(f"{len(silent)} abstained: {', '.join(silent)}", "quiet")
    return _part(f"Votes ({sum(v.vote is not None for v in voted)})", rows)


def _vote(story: PinStory, vote: StoryVote) -> str:
    said = [c for c in story.comments if c.function == vote.function]
    comments = "".join(
        words(
            f"{c.annotator}, {when(c.created_at)}{'' if c.is_open else ', resolved'}: {c.text}",
            "quiet",
        )
        for c in said
    )
    score = "" if vote.score is None else words(f"score {vote.score:.3f}", "quiet")
    if vote.vote is None:
        made = chip("fault", "wrong")
        score = words(vote.fault or "", "quiet mono")
    else:
        made = chip(vote.vote, "right" if vote.vote == story.label else "wrong")
    return tag("div", words(vote.function, "mono", "span") + made + score + comments, "row")


def _people(story: PinStory) -> str:
    rows = ""
    if story.task is not None:
        task = story.task
        asked = f"{task.answered} of {task.wanted} answers"
        rows += tag(
            "div",
            words(f"asked: {task.reason}", "", "span")
            + chip(task.status)
            + words(f"{when(task.created_at)}, {asked}, priority {task.priority:.2f}", "quiet"),
            "row",
        )
    rows += "".join(_answer(answer) for answer in story.answers)
    if story.gold is not None:
        rows += tag(
            "div",
            words("gold", "", "span")
            + chip(story.gold.label, "label")
            + words(f"{when(story.gold.created_at)}, {story.gold.source}", "quiet"),
            "row",
        )
    return _part("People", rows or words("Nobody was asked about this pin.", "quiet"))


def _answer(answer: StoryAnswer) -> str:
    counted = answer.kind in ("answer", "flag", "adjudication") and answer.undone_at is None
    what = f"{answer.annotator}: {answer.kind}"
    notes = [when(answer.created_at)]
    notes += [f"{answer.seconds:.1f} s"] if answer.seconds is not None else []
    notes += ["gold check"] if answer.is_check else []
    notes += ["came after the lease was lost; not counted"] if answer.kind == "late" else []
    notes += [f"taken back {when(answer.undone_at)}"] if answer.undone_at else []
    notes += [f"by {answer.source}"] if answer.source != "app" else []
    label = chip(answer.label, "label" if counted else "plain") if answer.label else ""
    return tag(
        "div",
        words(what, "undone" if answer.undone_at else "", "span")
        + (label or "<span></span>")
        + words(", ".join(notes), "quiet")
        + words(answer.comment or "", "quiet"),
        "row",
    )


def _versions(story: PinStory) -> str:
    rows = "".join(
        tag(
            "div",
            words(version.version, "mono", "span")
            + chip(f"{version.label} {version.confidence:.2f}", "label")
            + words(f"{version.split}, {version.label_source}", "quiet"),
            "row",
        )
        for version in story.versions
    )
    return _part("Dataset versions", rows or words("No version holds this pin.", "quiet"))
