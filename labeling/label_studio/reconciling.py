"""What has to change on the server, so that it shows what it should: each wanted pin once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labeling.label_studio.handing import Wanted
from labeling.label_studio.server import SentTask


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The changes, and what they say."""

    missing: tuple[Wanted, ...]
    """To be sent."""
    stale: dict[int, str]
    """Task -> pin, where the prediction is not the present one."""
    withdrawn: tuple[int, ...]
    """To be deleted: nobody has to answer them any more, and nobody has."""
    duplicates: tuple[int, ...]
    """To be deleted: untouched copies of a pin that is there."""
    adopted: dict[int, int]
    """Task -> review task, of what is there and was not noted: a push that was killed, a copy."""
    vanished: tuple[int, ...]
    """Noted, and deleted on the server."""
    foreign: int
    """Tasks that do not come from here."""


def reconcile(
    there: Sequence[SentTask],
    shown: Mapping[int, int],
    wanted: Iterable[Wanted],
    pins: Mapping[str, int],
    version: str,
) -> Plan:
    """Return the changes from the tasks on the server (`there`, of which `shown` are noted: task ->
    review task) to those that are wanted; `pins` is pin id -> review task.

    What someone has touched is never deleted.
    """
    wanted = list(wanted)
    asked = {one.task_id: one for one in wanted}
    groups: dict[int, list[SentTask]] = {}
    foreign = 0
    for task in there:
        review = shown.get(task.id) or pins.get(task.pin_id or "")
        if review is None:
            foreign += 1
        else:
            groups.setdefault(review, []).append(task)
    stale: dict[int, str] = {}
    withdrawn: list[int] = []
    duplicates: list[int] = []
    adopted: dict[int, int] = {}
    for review, tasks in groups.items():
        first, *copies = sorted(tasks, key=lambda t: (not t.is_touched, t.id not in shown, t.id))
        kept = [first, *(copy for copy in copies if copy.is_touched)]
        duplicates += [copy.id for copy in copies if not copy.is_touched]
        if review in asked:
            if first.versions != {version}:
                stale[first.id] = asked[review].pin_id
        elif not first.is_touched:
            withdrawn.append(first.id)
            kept.remove(first)
        adopted |= {task.id: review for task in kept if task.id not in shown}
    on_server = {task.id for task in there}
    return Plan(
        missing=tuple(one for one in wanted if one.task_id not in groups),
        stale=stale,
        withdrawn=tuple(withdrawn),
        duplicates=tuple(duplicates),
        adopted=adopted,
        vanished=tuple(id for id in shown if id not in on_server),
        foreign=foreign,
    )
