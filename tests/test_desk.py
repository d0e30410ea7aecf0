"""What one browser holds and is told, on the real queue."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import ROOT

from labeling.database import Database
from labeling.pin_cards import PinCard
from labeling.review.adjudicating import adjudicate
from labeling.review.claiming import ReviewQueue
from labeling.review.people import add_person, deactivate
from labeling.review.tasks import UNCERTAIN, Candidate, enqueue
from labeling.signals import Signal

TONE = Signal("tone", classes=["calm", "loud"])
sys.path.append(str(ROOT / "app"))


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(database: Database, clock: Clock) -> ReviewQueue:
    database.migrate()
    chosen = [
        Candidate(priority=1 - n / 100, pin_id=f"p{n}", reason=UNCERTAIN, group=f"p{n}")
        for n in range(6)
    ]
    enqueue(database, "tone", "pins", chosen)
    return ReviewQueue(database, TONE, "pins", min_seconds=0, clock=clock)


def desk_of(queue: ReviewQueue, annotator: str = "Ada") -> Any:
    from desk import Desk, Heard

    return Desk(queue, annotator, Heard)


def html(picture: str | None = None, **texts: str) -> str:
    """Return a pin as the pages with keys show it."""
    from pin_view import Keyed, card_html

    return card_html(card_of(**texts), picture, Keyed(lease="x", why="uncertain"), keys=2)


def card_of(**texts: str) -> PinCard:
    words = {"title": "t", "description": "", "link": "", "board": "", "split": ""} | texts
    return PinCard(pin_id="p", shard=0, row=0, has_picture=False, **words)


def test_a_pin_of_a_grid_without_a_picture_is_shown_by_its_text() -> None:
    from pin_view import cell_html

    card = card_of(title="a <b>", description="what follows")
    assert "a &lt;b&gt; · what follows</p>" in cell_html(card, None, is_out=False)
    with_picture = cell_html(card, "/1.jpg", is_out=True)
    assert "/1.jpg" in with_picture and "what follows" not in with_picture
    assert "No picture, no text" in cell_html(card_of(title=""), None, is_out=False)


def test_a_description_that_is_cut_says_so() -> None:
    from pin_view import LONGEST

    assert LONGEST >= 20_000
    assert f">{'x' * LONGEST}</p>" in html(description="x" * LONGEST)
    assert f">{'x' * LONGEST} …</p>" in html(description="x" * (LONGEST + 1))


def test_long_texts_can_be_reached_and_pictures_and_pins_have_names() -> None:
    made = html("/1.jpg", link='x">' * 300, board="b", description="d" * 300)
    shown = "x&quot;&gt;" * 300
    assert f'<dd class="link" dir="auto" title="{shown}" tabindex="0">{shown}</dd>' in made
    assert 'title="b">b</dd>' in made
    assert f'<p class="text" dir="auto" tabindex="0">{"d" * 300}</p>' in made
    assert 'aria-label="Pin p"' in made
    assert 'class="big" alt="t"' in made
    assert 'alt="Picture of the pin"' in html("/1.jpg", title="")


def shown(desk: Any) -> Any:
    claimed = desk.show()
    assert claimed is not None
    return claimed


def test_the_next_pins_are_held_already(queue: ReviewQueue) -> None:
    desk = desk_of(queue)
    assert shown(desk).pin_id == "p0"
    assert [claimed.pin_id for claimed in desk.hand] == ["p0", "p1", "p2"]
    desk.answer(desk.hand[0].lease, "loud")
    assert shown(desk).pin_id == "p1"
    desk.fill()
    assert [claimed.pin_id for claimed in desk.hand] == ["p1", "p2", "p3"]


def test_a_press_on_a_pin_that_is_gone_does_nothing(queue: ReviewQueue) -> None:
    desk = desk_of(queue)
    lease = shown(desk).lease
    desk.answer(lease, "loud")
    desk.answer(lease, "calm")
    assert shown(desk).pin_id == "p1"
    assert queue.progress("Ada").today == 1


def test_someone_whose_time_ran_out_is_told_and_their_choice_is_kept(
    queue: ReviewQueue, clock: Clock
) -> None:
    ada, grace = desk_of(queue, "Ada"), desk_of(queue, "Grace")
    lease = shown(ada).lease
    clock.now += timedelta(minutes=16)
    assert shown(grace).pin_id == "p0"
    ada.answer(lease, "loud")
    notice = ada.take_notice()
    assert notice.is_warning
    assert "someone else has it now. Your choice, loud, is kept aside" in notice.text
    assert ada.take_notice() is None


def test_an_answer_in_time_counts_though_the_lease_ran_out_meanwhile(
    queue: ReviewQueue, clock: Clock
) -> None:
    desk = desk_of(queue)
    lease = shown(desk).lease
    clock.now += timedelta(hours=2)  # and nobody else asked for it
    desk.answer(lease, "loud")
    assert desk.take_notice() is None
    assert queue.progress("Ada").today == 1


def test_a_page_that_is_open_keeps_its_pins_unless_it_was_left_alone(
    queue: ReviewQueue, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of(queue)
    first = shown(desk).expires_at
    clock.now += timedelta(minutes=10)
    desk.renew()
    assert desk.hand[0].expires_at == first + timedelta(minutes=10)
    monkeypatch.setattr("desk.IDLE_SECONDS", 0.0)
    clock.now += timedelta(minutes=10)
    desk.renew()
    assert desk.hand[0].expires_at == first + timedelta(minutes=10)


def test_a_pin_that_comes_first_by_now_does_not_replace_the_one_that_is_read(
    queue: ReviewQueue, database: Database
) -> None:
    desk = desk_of(queue)
    assert shown(desk).pin_id == "p0"
    queue.release("Ada")
    ReviewQueue(database, TONE, "pins").claim("Grace", 3)
    desk.fill()
    assert shown(desk).pin_id == "p3"
    ReviewQueue(database, TONE, "pins").release("Grace")
    desk.answer(desk.hand[0].lease, "loud")
    desk.fill()
    assert shown(desk).pin_id == "p4"


@pytest.mark.parametrize("why", ["budget", "deactivated"])
def test_who_may_not_go_on_reads_why(database: Database, queue: ReviewQueue, why: str) -> None:
    add_person(database, "Ada", daily_budget=1)
    desk = desk_of(queue)
    desk.answer(shown(desk).lease, "loud")
    if why == "deactivated":
        deactivate(database, "Ada")
    assert desk.show() is None
    says = {"budget": "the day's budget", "deactivated": "not active any more"}[why]
    assert says in desk.closed


def test_undo_shows_the_pin_again_and_says_so(queue: ReviewQueue) -> None:
    desk = desk_of(queue)
    desk.answer(shown(desk).lease, "loud")
    assert shown(desk).pin_id == "p1"
    desk.undo()
    assert shown(desk).pin_id == "p0"
    assert "Taken back" in desk.take_notice().text
    desk.undo()
    assert "nothing left to take back" in desk.take_notice().text


def test_who_is_deactivated_with_a_pin_before_them_reads_why(
    database: Database, queue: ReviewQueue
) -> None:
    add_person(database, "Ada")
    desk = desk_of(queue)
    lease = shown(desk).lease
    deactivate(database, "Ada")
    desk.answer(lease, "loud")
    assert desk.show() is None and "not active any more" in desk.closed
    desk.undo()
    assert "not active any more" in desk.take_notice().text
    assert queue.progress("Ada").today == 0


def test_undo_says_when_it_goes_past_the_last_pin(database: Database, queue: ReviewQueue) -> None:
    desk = desk_of(queue)
    desk.answer(shown(desk).lease, "loud")
    task = shown(desk).task_id
    desk.flag(desk.hand[0].lease, "unsure")
    add_person(database, "Rita", role="reviewer")
    adjudicate(database, task, "Rita", "calm", None, submission="s", classes=TONE.classes)
    desk.undo()
    assert shown(desk).pin_id == "p0"
    assert "The last one cannot be taken back any more" in desk.take_notice().text
