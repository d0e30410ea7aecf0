"""Re-asking: pins that were answered already, and still want answers, or whose next answer is worth
more than a new pin's.

By ActiveLab (Goh & Mueller, arXiv:2301.11856), as cleanlab has it: one score for pins with and without
answers, from the answers, the annotators' quality and the probe.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import select

from labeling.database import Database, as_record, in_chunks
from labeling.doubts import Doubts
from labeling.review.consensus import as_cleanlab
from labeling.review.crowd import Crowd, votes_of
from labeling.review.probed import read_probe
from labeling.review.tasks import ANOTHER_OPINION, AUDIT, Candidate
from labeling.review.verdicts import REVIEW, AnswerEvidence, read_evidence
from labeling.shards import Store
from labeling.tables import ReviewTaskRow

MOST_ANSWERS = 5
"""On one pin; where so many do not settle it, a reviewer does."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """ActiveLab's scores: the lower, the more the next answer is worth."""

    answered: np.ndarray
    """float64 [a]."""
    new: np.ndarray
    """float64 [b]: of pins without an answer."""


def find_reasked(
    database: Database,
    store: Store,
    doubts: Doubts,
    chosen: Sequence[Candidate],
    *,
    count: int,
    size: int,
) -> list[Candidate]:
    """Return the pins answered already that belong into a queue of `size` pins: those that still want
    answers, and of others so many that at most `count` are asked again; these for places that the new
    pins among those `chosen` leave free, or worth more than the new pin whose place each takes.

    None is asked again while fewer than two annotators answered. Disputed pins wait for a reviewer, not
    for another answer, and what a reviewer or other gold decided is decided.
    """
    signal, collection = doubts.resolution.signal, doubts.resolution.collection
    begun = _begun(database, signal.name, collection.name)
    count -= sum(candidate.reason == ANOTHER_OPINION for candidate in begun)
    evidence = read_evidence(database, signal, collection.name)
    crowd = _askable(evidence)
    if count < 1 or len(crowd.annotators) < 2:
        return begun
    new = [c.pin_id for c in chosen if c.pin_id not in evidence.tasks]
    keys = [doubts.probe_key(shard) for shard in collection.shards]
    probe = read_probe(store, keys, (*crowd.pin_ids, *new), len(signal.classes))
    n = len(crowd.pin_ids)
    scores = score_next_answers(crowd, probe[:n], probe[n:])
    rows = pick(scores, count=count, size=size - len(begun))
    tasks = _read_tasks(database, [evidence.tasks[crowd.pin_ids[row]].id for row in rows])
    given = crowd.counts.sum(axis=1)
    again = [_once_more(tasks[crowd.pin_ids[row]], given=int(given[row])) for row in rows]
    return [*begun, *again]


def _begun(database: Database, signal: str, collection: str) -> list[Candidate]:
    """Return the tasks with some of the answers they want, withdrawn ones too, as they are."""
    with database.reading() as session:
        tasks = session.scalars(
            select(ReviewTaskRow)
            .where(ReviewTaskRow.signal == signal, ReviewTaskRow.collection == collection)
            .where(ReviewTaskRow.status.in_(("open", "withdrawn")), ReviewTaskRow.answered > 0)
            .where(ReviewTaskRow.answered < ReviewTaskRow.wanted)
            .order_by(ReviewTaskRow.priority.desc(), ReviewTaskRow.id)
        )
        return [_candidate(task) for task in tasks]


def pick(scores: Scores, *, count: int, size: int) -> list[int]:
    """Return the rows of at most `count` answered pins that belong into a queue of `size` pins."""
    best = np.argsort(scores.answered, kind="stable")[:count]
    free = np.full(max(size - len(scores.new), 0), np.inf)
    replaced = np.concatenate([free, np.sort(scores.new)[::-1]])[: len(best)]
    best = best[: len(replaced)]
    return best[scores.answered[best] < replaced].tolist()


def score_next_answers(crowd: Crowd, probe: np.ndarray, probe_of_new: np.ndarray) -> Scores:
    """Return the scores of a crowd's n pins, with the probe's predictions of them, float [n, k], and
    of pins without an answer, float [b, k]."""
    from cleanlab.multiannotator import get_active_learning_scores

    others = probe_of_new if len(probe_of_new) else None
    with redirect_stdout(io.StringIO()):  # it prints what is unusual, into the command's answer
        answered, new = get_active_learning_scores(as_cleanlab(crowd), probe, others)
    return Scores(answered=answered, new=new)


def _askable(evidence: AnswerEvidence) -> Crowd:
    """Return the answers on the pins that another answer could tell about."""
    answers = evidence.answers
    decided = set(answers.loc[answers["kind"] == "adjudication", "pin_id"])
    decided |= {pin_id for pin_id, gold in evidence.gold.items() if gold.source != REVIEW}
    waiting = ("open", "disputed")
    decided |= {pin_id for pin_id, task in evidence.tasks.items() if task.status in waiting}
    votes = votes_of(answers, evidence.classes)
    votes = votes[~votes["pin_id"].isin(decided)]
    given = votes.groupby("pin_id")["annotator"].transform("size")
    return Crowd.of(votes[given < MOST_ANSWERS], evidence.classes)


def _read_tasks(database: Database, ids: list[int]) -> dict[str, ReviewTaskRow]:
    found: dict[str, ReviewTaskRow] = {}
    with database.reading() as session:
        for some in in_chunks(ids):
            rows = session.scalars(select(ReviewTaskRow).where(ReviewTaskRow.id.in_(some))).all()
            session.expunge_all()
            found |= {row.pin_id: row for row in rows}
    return found


def _once_more(task: ReviewTaskRow, *, given: int) -> Candidate:
    """Return a task as a candidate for one more answer; of a random audit it stays a part."""
    reason = AUDIT if task.reason == AUDIT else ANOTHER_OPINION
    return replace(_candidate(task), reason=reason, wanted=max(task.wanted, given + 1))


def _candidate(task: ReviewTaskRow) -> Candidate:
    """Return a task as it is."""
    return as_record(Candidate, task, group=task.pin_id, routed_to=None)
