"""What people's part says: how long the queue waits, whether they agree, what they answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd
from sqlalchemy import func, select

from labeling.database import Database
from labeling.gold import read_gold
from labeling.publishing import dataset_name
from labeling.review.agreement import Agreement, find_agreement
from labeling.review.answers import read_answers
from labeling.review.audit_sample import last_number
from labeling.review.auditing import number_of
from labeling.review.crowd import Crowd, votes_of
from labeling.signals import Signal
from labeling.tables import DatasetVersionRow, GoldRow, ModelRow, ReviewTaskRow
from labeling.watching.comparing import DROP
from labeling.watching.verdict import Change, Comparison, grade

DAY = 86_400.0
LEAST_PINS = 20
"""With two answers or more, on each side, to compare agreements."""


@dataclass(frozen=True, kw_only=True)
class QueueAge:
    """How long open tasks have waited."""

    open: int
    oldest_days: float | None
    """None where nothing is open."""
    p95_days: float | None
    """The age that one open task in twenty is past."""


def read_queue_age(database: Database, signal: str, collection: str, now: datetime) -> QueueAge:
    """Return the age of what is open of a signal on a collection."""
    task = ReviewTaskRow
    of = (task.signal == signal, task.collection == collection, task.status == "open")
    with database.reading() as session:
        count = session.scalar(select(func.count()).select_from(task).where(*of)) or 0
        if not count:
            return QueueAge(open=0, oldest_days=None, p95_days=None)
        # two rows of the queue, however long it is
        in_order = select(task.created_at).where(*of).order_by(task.created_at).limit(1)
        oldest = session.scalar(in_order)
        p95 = session.scalar(in_order.offset(int(0.05 * (count - 1))))
    assert oldest is not None
    assert p95 is not None
    return QueueAge(open=count, oldest_days=_days(oldest, now), p95_days=_days(p95, now))


def _days(since: datetime, now: datetime) -> float:
    return round((now - since).total_seconds() / DAY, 3)


def compare_queue(age: QueueAge, limit_days: float) -> Iterator[Comparison]:
    """Yield how old the queue is; a fact, so it is not tested."""
    if age.p95_days is None:
        return
    yield Comparison(
        aspect="queue",
        name="queue",
        measure="days",
        effect=age.p95_days,
        p=None,
        level="watch" if age.p95_days > limit_days else "ok",
        sentence=f"Of {age.open:,} open tasks one in twenty waits longer than {age.p95_days:.1f} days, "
        f"the oldest {age.oldest_days:.1f}.",
        advice="Ask more people, or fewer pins: see `queue_size`.",
    )


@dataclass(frozen=True, kw_only=True)
class AgreementTrend:
    """Krippendorff's alpha on pins that were answered before the baseline, and since."""

    before: Agreement
    now: Agreement


def read_agreement(
    database: Database, signal: Signal, collection: str, since: datetime | None
) -> AgreementTrend | None:
    """Return the trend; None where no pin has two answers. Without a baseline's time it is the older
    and the newer half of the pins."""
    votes = votes_of(read_answers(database, signal.name, collection), signal.classes)
    per_pin = votes.groupby("pin_id")["created_at"].agg(["size", "max"])
    several = per_pin[per_pin["size"] > 1]["max"]
    if several.empty:
        return None
    border = pd.Timestamp(since) if since is not None else several.median()
    parts = []
    for ids in (several[several <= border].index, several[several > border].index):
        crowd = Crowd.of(votes[votes["pin_id"].isin(ids)], signal.classes)
        parts.append(find_agreement(crowd))
    return AgreementTrend(before=parts[0], now=parts[1])


def compare_agreement(trend: AgreementTrend | None) -> Iterator[Comparison]:
    """Yield how far agreement dropped, where there are pins enough on both sides."""
    if trend is None or min(trend.before.pins, trend.now.pins) < LEAST_PINS:
        return
    before, now = trend.before.alpha, trend.now.alpha
    if before is None or now is None:
        return
    drop = before - now
    yield Comparison(
        aspect="agreement",
        name="agreement",
        measure="drop",
        effect=round(drop, 4),
        p=_p_of_drop(drop, (trend.before, trend.now)),
        level=grade(drop, *DROP),
        sentence=f"Annotators agree less: Krippendorff's alpha {before:.2f} before, {now:.2f} since.",
        advice="Look at page Quality: is the guideline clear on the new pins, is someone new?",
        changes=(Change(what="alpha", before=before, now=now),),
    )


def _p_of_drop(drop: float, both: Sequence[Agreement]) -> float:
    """Return p, two-sided, of a difference of alphas by the spread of their bootstrap intervals."""
    from scipy.stats import norm

    spreads = [
        (one.high - one.low) / (2 * norm.ppf(0.975))
        for one in both
        if one.high is not None and one.low is not None
    ]
    spread = sum(part**2 for part in spreads) ** 0.5
    if len(spreads) < 2 or not spread:
        return 1.0
    return float(2 * norm.sf(abs(drop) / spread))


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What people agreed on; nothing where two collections are compared, whose pins may share ids."""

    gold: Mapping[str, int] = field(default_factory=dict)
    """Pin id -> class."""
    audited: frozenset[str] = frozenset()
    """Those that the random audit drew."""
    late: frozenset[str] = frozenset()
    """Those that were agreed on since the baseline."""


def read_answered(
    database: Database, signal: Signal, collection: str, *, since: datetime | None, seed: int
) -> Answered:
    """Return what people agreed on; audited are all pins up to the last audit task that was answered
    (see `review.estimating.read_sample`)."""
    gold = read_gold(database, signal, collection)
    last = last_number(database, signal.name, collection, gold, seed=seed)
    with database.reading() as session:
        times = session.execute(
            select(GoldRow.pin_id, GoldRow.created_at).where(
                GoldRow.signal == signal.name, GoldRow.collection == collection
            )
        ).all()
    return Answered(
        gold=gold,
        audited=frozenset(id for id in gold if number_of(id, seed) <= last),
        late=frozenset(id for id, at in times if since is not None and at > since),
    )


@dataclass(frozen=True, kw_only=True)
class GoldSince:
    """What people agreed on that no model learned from."""

    dataset: str | None
    """The version that the newest model was trained on; None where there is no model."""
    gold: int
    """Labels that people agreed on since it was published."""


def read_gold_since_model(database: Database, signal: str, collection: str) -> GoldSince:
    """Return how much gold is newer than what the newest model of a signal on a collection learned."""
    version, gold, model = DatasetVersionRow, GoldRow, ModelRow
    count = select(func.count()).select_from(gold)
    count = count.where(gold.signal == signal, gold.collection == collection)
    with database.reading() as session:
        learned = session.scalar(
            select(model.dataset)
            .where(model.signal == signal, model.name == dataset_name(signal, collection))
            .order_by(model.id.desc())
            .limit(1)
        )
        if learned is not None:
            published = session.scalar(
                select(version.created_at)
                .where(version.signal == signal, version.collection == collection)
                .where(version.folder.endswith(learned.replace("@", "/"), autoescape=True))
            )
            if published is not None:
                count = count.where(gold.created_at > published)
        return GoldSince(dataset=learned, gold=session.scalar(count) or 0)
