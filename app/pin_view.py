"""A pin as HTML. All that pins and people wrote is escaped, and no address in it is a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from picture_route import picture_address
from styles import escape

from labeling.errors import LabelingError
from labeling.pin_cards import PinCard, PinShelf
from labeling.pin_evidence import EvidenceShelf, PinEvidence, SimilarPin
from labeling.review.adjudicating import DisputedTask
from labeling.review.own_answers import OwnAnswer
from labeling.review.slots import APP
from labeling.signals import NO_CLASS, NONE_FITS

CELL_CHARS = 400
"""Of a text in a grid: more than its place has room for."""
SHOWN_CLASSES = 3
"""Likeliest classes of a soft label that are shown."""
LONGEST = 20_000
"""Characters of a text; it scrolls in its place."""
SCROLLS = 240
"""Characters from which on a text may scroll, so that it can be reached by keyboard."""


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """Which keys on the page belong to a pin, and why it is there."""

    lease: str
    """Part of the keys' names."""
    why: str


def picture_html(address: str, side: str = "", alt: str = "") -> str:
    """Return a picture of ours; `alt` is said in its place."""
    return f'<img src="{escape(address)}" class="{side}" alt="{escape(alt)}" decoding="sync">'


def _picture_of(card: PinCard, address: str, side: str = "") -> str:
    return picture_html(address, side, card.title or "Picture of the pin")


def card_html(
    card: PinCard,
    picture: str | None,
    keyed: Keyed,
    *,
    keys: int,
    votes: str = "",
) -> str:
    """Return a pin to decide on: picture, title, text, link, board, why it is here, and what functions
    say of it where that is shown; as high as so many keys below leave room for."""
    image = (
        _picture_of(card, picture, "big") if picture else '<div class="no-picture">No picture</div>'
    )
    link = f"<dt>Link</dt>{_text('dd', card.link, 'link')}" if card.link else ""
    board = f"<dt>Board</dt>{_text('dd', card.board)}" if card.board else ""
    title = _text("h2", card.title) if card.title else '<h2 class="missing">No title</h2>'
    return (
        f'<article class="pin" data-pin="{escape(card.pin_id)}" aria-label="Pin {escape(card.pin_id)}" '
        f'data-lease="{keyed.lease}" style="--keys:{keys}">'
        f"<figure>{image}</figure>"
        f'<div class="words">{title}{_text("p", card.description, "text")}'
        f"<dl>{link}{board}<dt>Why here</dt><dd>{escape(keyed.why)}</dd></dl>"
        f"{votes}</div></article>"
    )


def _text(tag: str, text: str, name: str = "") -> str:
    """Return a text of a pin, which scrolls where it is long; all of it can be pointed at."""
    shown = escape(_shortened(text))
    scrolls = ' tabindex="0"' if len(text) > SCROLLS else ""
    hint = "" if tag == "p" else f' title="{shown}"'
    return f'<{tag} class="{name}" dir="auto"{hint}{scrolls}>{shown}</{tag}>'


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def cell_html(card: PinCard, picture: str | None, *, is_out: bool) -> str:
    """Return a pin in a grid, by its picture and title, else by its text; one that was taken out is
    faint."""
    if picture:
        title = escape(card.title or card.description[:CELL_CHARS])
        shown = f'<figure>{_picture_of(card, picture)}</figure><p dir="auto">{title}</p>'
    else:
        text = escape(" · ".join(filter(None, (card.title, card.description)))[:CELL_CHARS])
        shown = f'<figure class="told"><p dir="auto">{text or "No picture, no text"}</p></figure>'
    state = " out" if is_out else ""
    return f'<article class="cell{state}" data-pin="{escape(card.pin_id)}">{shown}</article>'


def votes_html(shelf: EvidenceShelf | None, card: PinCard) -> str:
    """Return the evidence on a pin; "" without any, or where what the run left was deleted meanwhile."""
    try:
        return "" if shelf is None else evidence_html(shelf.of(card))
    except LabelingError:
        return ""


def evidence_html(evidence: PinEvidence) -> str:
    """Return the soft label as bars, and the functions that voted by their class."""
    bars = "".join(
        f'<div class="soft"><span>{escape(name)}</span><i><b style="width:{100 * share:.0f}%"></b></i>'
        f"<em>{share:.2f}</em></div>"
        for name, share in list(evidence.soft.items())[:SHOWN_CLASSES]
    )
    by_class: dict[str, list[str]] = {}
    for function, label in evidence.votes.items():
        by_class.setdefault(label, []).append(function)
    votes = "".join(
        f"<div><b>{escape(label)}</b> {escape(', '.join(functions))}</div>"
        for label, functions in sorted(by_class.items(), key=lambda entry: -len(entry[1]))
    )
    return (
        f'<section class="evidence"><div class="softs">{bars}</div>'
        f'<div class="votes">{votes or "No function voted."}</div></section>'
    )


def answers_html(task: DisputedTask) -> str:
    """Return who said what of a disputed pin, side by side."""
    parts = []
    for given in task.answers:
        label = escape(given.label) if given.label else "Flagged"
        comment = f"<q>{escape(given.comment)}</q>" if given.comment else ""
        seconds = "" if given.seconds is None else f"<small>{given.seconds:.1f} s</small>"
        parts.append(
            f"<div><b>{label}</b><span>{escape(given.annotator)} {seconds}</span>{comment}</div>"
        )
    if task.gold is not None:
        source = escape(task.gold_source or "")
        parts.append(
            f"<div><b>{escape(task.gold)}</b><span>gold <small>{source}</small></span></div>"
        )
    return f'<div class="answers">{"".join(parts)}</div>'


def own_answer_html(
    answer: OwnAnswer, card: PinCard | None, picture: str | None, given_at: datetime
) -> str:
    """Return a pin, when its annotator answered it, what they said of it and what a reviewer decided."""
    if card is None:
        words = f'<p class="missing">{escape(answer.pin_id)} is no longer in the collection.</p>'
    else:
        words = _text("h2", card.title or card.pin_id) + _text("p", card.description, "text")
    image = _picture_of(card, picture, "small") if card is not None and picture else ""
    comment = f"<q>{escape(answer.comment)}</q>" if answer.comment else ""
    own, decided = escape(answer.label or "flagged"), ""
    if answer.decision is not None:
        decided = (
            f'<div class="answers">{decision_html(answer, f"a reviewer decided; you: {own}")}</div>'
        )
    elif answer.source != APP:
        decided = f"<small>{own}, in {escape(answer.source)}</small>"
    return (
        f'<article class="own" data-pin="{escape(answer.pin_id)}">{image}<div>{words}'
        f'<time datetime="{given_at.isoformat()}">{given_at:%d %b %H:%M}</time>{comment}</div>'
        f"{decided}</article>"
    )


def overruled_html(decided: Sequence[OwnAnswer]) -> str:
    """Return what reviewers decided otherwise than an annotator answered, and why."""
    parts = []
    for one in decided:
        said = f"{escape(one.pin_id)} <small>you: {escape(one.label or 'flagged')}</small>"
        parts.append(decision_html(one, said))
    return f'<div class="answers">{"".join(parts)}</div>'


def decision_html(answer: OwnAnswer, said: str) -> str:
    """Return what a reviewer decided on a pin, and why; `said` is HTML between the two."""
    decision = NONE_FITS if answer.decision == NO_CLASS else answer.decision or ""
    why = f"<q>{escape(answer.why)}</q>" if answer.why else ""
    return f"<div><b>{escape(decision)}</b><span>{said}</span>{why}</div>"


def previous_html(
    shelf: PinShelf,
    card: PinCard,
    verb: str,
    label: str | None,
    evidence: PinEvidence | None,
    similar: list[SimilarPin],
) -> str:
    """Return what was just done with a pin, what the functions say of it, and pins like it."""
    what = f"{escape(verb)} <b>{escape(label)}</b>" if label else f"<b>{escape(verb)}</b>"
    said = f'<div class="said">You {what}<span dir="auto">{escape(card.title)}</span></div>'
    address = picture_address(shelf, card)
    picture = _picture_of(card, address, "small") if address else ""
    found = evidence_html(evidence) if evidence is not None else ""
    return (
        f'<div class="previous">{picture}<div class="what">{said}{found}</div>'
        f"{_similar_html(shelf, similar)}</div>"
    )


def _similar_html(shelf: PinShelf, similar: list[SimilarPin]) -> str:
    if not similar:
        return ""
    parts = []
    for pin in similar:
        address = picture_address(shelf, pin.card)
        picture = _picture_of(pin.card, address, "small") if address else ""
        sure = "people" if pin.is_gold else "label model"
        parts.append(
            f'<figure title="{escape(pin.card.title)}">{picture}'
            f"<figcaption>{escape(pin.label)}<small>{sure}</small></figcaption></figure>"
        )
    return f'<div class="similar"><span>Similar</span>{"".join(parts)}</div>'
