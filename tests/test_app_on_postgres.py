"""The web app on PostgreSQL: every page opens, and what is answered in a browser is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browsers import DRAWN, Reviewer, browsing, chromium, serving
from conftest import make_workspace, new_postgres
from sqlalchemy import select

import labeling
from labeling.review.people import add_person
from labeling.tables import AnswerRow
from labeling.workspace import Workspace

pytest.importorskip("streamlit", reason="the extra `app` is not installed")
pytestmark = pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine")

PAGES = (
    *("review", "bulk", "adjudicate", "quality", "watch", "report", "map", "collection"),
    *("functions", "runs", "datasets", "models", "people"),
)


@pytest.fixture(scope="module")
def lived_in(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace on PostgreSQL, on which `tone` was run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABELING_DATABASE_URL", new_postgres(postgres_server, "app"))
        workspace = make_workspace(tmp_path_factory.mktemp("postgres") / "home")
        labeling.run(workspace, "tone", "pins")
        add_person(workspace.database, "Ada", role="admin")
        yield workspace


def test_every_page_opens_and_answers_are_kept(lived_in: Workspace, tmp_path: Path) -> None:
    assert lived_in.database.url.get_backend_name() == "postgresql"
    with serving(lived_in.home, tmp_path / "log") as server, browsing() as browser:
        ada = Reviewer(browser, server, "Ada")
        answered = [ada.press(key) for key in ("1", "2", "1")]
        ada.read()
        ada.page.keyboard.press("u")
        ada.page.wait_for_selector(f'.pin[data-pin="{answered[-1]}"]', timeout=30_000)
        assert ada.press("2") == answered[-1]
        for path in PAGES:
            ada.page.goto(f"{server.address}/{path}?you=Ada")
            ada.page.wait_for_selector("[data-testid=stSidebarNav]", timeout=30_000)
            ada.page.wait_for_timeout(500)
            ada.page.wait_for_function(DRAWN, timeout=30_000)
            assert ada.page.locator("[data-testid=stException]").count() == 0, path
    with lived_in.database.reading() as session:
        rows = session.scalars(select(AnswerRow)).all()
        assert Counter(row.kind for row in rows) == {"answer": 4, "undo": 1}
        assert {row.pin_id for row in rows} == set(answered)
        now = datetime.now(UTC)
        assert all(timedelta() < now - row.created_at < timedelta(minutes=10) for row in rows)
