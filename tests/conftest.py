"""Real parts for the tests: workspaces, a collection small enough to be quick, both databases."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from claims import Clock, fill

import labeling
from labeling.database import Database
from labeling.model_folder import sha256_of
from labeling.shards import TEMPORARY, Store
from labeling.workspace import Workspace

if TYPE_CHECKING:
    from label_studio_server import RunningServer

ROOT = Path(__file__).resolve().parent.parent
LONG = {"test_real_data", "test_cli", "test_engine", "test_simulating"}

SIGNAL = '''
from labeling import Signal, keywords, link_domain, pattern

tone = Signal("tone", classes=["calm", "loud"], guideline="Is it shouting?")
CALM, LOUD = tone.labels
tone.add(
    keywords("sale_words", LOUD, ["sale", "free", "gratis"]),
    pattern("percent_off", LOUD, r"\\d+% off"),
    keywords("nature_words", CALM, ["lake", "forest", "meadow"]),
    link_domain("parks", CALM, ["parks.example"]),
)


@tone.function
def shouting(pin):
    """Capitals shout."""
    return LOUD if pin.title.isupper() else -1


@tone.batch_function
def long_text(frame):
    return (frame["text"].str.len() > 60).map({True: CALM, False: -1}).to_numpy()
'''


def make_pins(count: int, seed: int = 0) -> pd.DataFrame:
    """Return pins of two kinds that words mostly, but not always, tell apart."""
    draw = random.Random(seed)
    calm = ["lake", "forest", "meadow", "quiet path", "morning mist", "wooden cabin"]
    loud = ["sale", "free", "50% off", "last chance", "buy now", "gratis"]
    rows = []
    for number in range(count):
        is_loud = draw.random() < 0.4
        own, other = (loud, calm) if is_loud else (calm, loud)
        words = draw.sample(own, 3) + (draw.sample(other, 1) if draw.random() < 0.3 else [])
        title = f"{' '.join(words)} {draw.choice('abcdefgh')}{number % 97}"
        rows.append(
            {
                "pin_id": f"p{number:05d}",
                "title": title.upper() if is_loud and draw.random() < 0.3 else title,
                "description": " ".join(draw.choices(own, k=draw.randint(2, 9))),
                "link": f"https://{'deals' if is_loud else 'parks'}.example/{number}",
                "label": "loud" if is_loud else "calm",
                "split": draw.choices(["train", "valid", "test"], [8, 1, 1])[0],
            }
        )
    return pd.DataFrame(rows)


def write_signal(home: Path, code: str = SIGNAL, name: str = "tone") -> Path:
    """Write a signal into a workspace's own folder of functions; return its file."""
    folder = home / "labeling_functions" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "__init__.py").touch()
    file = folder / "__init__.py"
    file.write_text(code, encoding="utf-8")
    return file


def stored(home: Path) -> dict[str, str]:
    """Return the sha256 of every file in a workspace's store, by key."""
    store = home / "store"
    files = (path for path in store.rglob("*") if path.is_file())
    return {path.relative_to(store).as_posix(): sha256_of(path) for path in files}


def artifacts(home: Path) -> dict[str, str]:
    """Return the same of what is finished; what a kill left unfinished carries a temporary name."""
    return {key: digest for key, digest in stored(home).items() if TEMPORARY not in key}


def make_workspace(home: Path, count: int = 300, **settings: object) -> Workspace:
    """Return a workspace with the signal `tone` and the collection `pins`."""
    home.mkdir(parents=True, exist_ok=True)
    write_signal(home)
    # in the file, not as overrides: commands that run on this home must see the same settings
    (home / "labeling.toml").write_text("shard_rows = 120\nqueue_size = 20\n")
    workspace = labeling.init_workspace(home, **settings)
    make_pins(count).to_csv(home / "pins.csv", index=False)
    labeling.import_collection(workspace, "pins", home / "pins.csv")
    return workspace


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give workers whole files, for their fixtures' sake, those that take minutes first, and one worker
    all that need Label Studio's server."""
    items.sort(key=lambda item: item.path.stem not in LONG)
    for item in items:
        name = item.path.stem
        group = "test_label_studio" if name.startswith("test_label_studio") else name
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture
def own_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the path and the loaded folders of functions as they were."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = {n: m for n, m in sys.modules.items() if n.split(".")[0] == "labeling_functions"}
    yield
    for name in [n for n in sys.modules if n.split(".")[0] == "labeling_functions"]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "home")


@pytest.fixture(scope="session")
def run_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace on which `tone` was run; tests only read it, or what another test finds in it would
    hang on their order."""
    workspace = make_workspace(tmp_path_factory.mktemp("run") / "home")
    labeling.run(workspace, "tone", "pins")
    before = stored(workspace.home)
    yield workspace
    left = stored(workspace.home).items() - before.items()
    written = {key for key, _ in left if not key.startswith("tried/")}
    assert not written, f"some test wrote into the workspace that all share: {sorted(written)}"


@pytest.fixture(scope="session")
def quick_model(run_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quick model of the signal `tone`."""
    from labeling.training import TrainingSettings, train

    folder = tmp_path_factory.mktemp("trained")
    labeling.pull_dataset(run_workspace, "tone-pins@latest", folder / "version")
    train(folder / "version", folder / "tone", TrainingSettings(quick=True))
    return folder / "tone"


@pytest.fixture(scope="module")
def new_pins(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with 60 pins that the model has not seen, in shards of 25; the last has no text."""
    home = tmp_path_factory.mktemp("new") / "home"
    workspace = labeling.init_workspace(home, shard_rows=25)
    pins = make_pins(60, seed=7)
    pins["pin_id"] = "new-" + pins["pin_id"]
    pins.loc[59, ["title", "description"]] = ""
    pins.to_csv(home / "pins.csv", index=False)
    labeling.import_collection(workspace, "new", home / "pins.csv")
    return workspace


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data with true labels, where LABELING_REAL_DATA names it."""
    folder = os.environ.get("LABELING_REAL_DATA")
    if not folder:
        pytest.skip("LABELING_REAL_DATA is not set: it names the folder of real data")
    return Path(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL server that lives as long as the tests."""
    pgserver = pytest.importorskip("pgserver", reason="pgserver starts the PostgreSQL of the tests")
    # not under pytest's own folder: as root the server runs as another user, who must get in
    with tempfile.TemporaryDirectory(prefix="labeling-pg-") as folder:
        Path(folder).chmod(0o755)
        server = pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A real Label Studio server that lives as long as the tests."""
    from label_studio_server import NoLabelStudio, running_server

    try:
        with running_server(tmp_path_factory.mktemp("label-studio")) as server:
            yield server
    except NoLabelStudio as error:
        pytest.skip(f"no Label Studio server: {error}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'test.db'}")
    name = f"test_{abs(hash(request.node.nodeid)) % 10**9}"
    return Database(new_postgres(request.getfixturevalue("postgres_server"), name))


def new_postgres(server: str, name: str) -> str:
    """Return the URL of an empty database on a server."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url

    url = make_url(server).set(drivername="postgresql+psycopg")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def filled(database: Database) -> Database:
    """A queue of the pins a, b, c, d: c is the most urgent, then a, b, d."""
    database.migrate()
    fill(database, {"a": 0.5, "b": 0.5, "c": 0.9, "d": 0.1})
    return database
