"""A workspace: settings, artifact store, database and signals, opened together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labeling.collection import Collection, Shard, load_collection
from labeling.database import Database
from labeling.discovery import load_signal, signal_names
from labeling.encoders import Encoder, default_image_encoder
from labeling.engine import Item, Result, each
from labeling.errors import WorkspaceError
from labeling.progress import SILENT, Progress
from labeling.ray_tasks import Cluster
from labeling.settings import CONFIG_FILE, Settings, find_home, load_settings
from labeling.shards import Store
from labeling.signals import Signal

CONFIG = """\
# The settings of this workspace. Each can also be set as LABELING_<NAME> in the environment.

# store = "store"                # a folder here, or s3://bucket/prefix
# database_url = ""              # empty: SQLite in this folder; or postgresql://user@host/name
# functions = "labeling_functions"   # the folder of signals
# encoder = "minilm"             # or a sentence-transformers model's folder or hub name
# image_encoder = "auto"         # efficientnet, classic, none, or a CLIP-type model
# seed = 0
# engine = "local"             # or ray: see docs/scale.md
# queue_size = 200               # review tasks per run
"""


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """One open workspace; the steps in `labeling.pipeline` take it as their first argument."""

    settings: Settings
    store: Store
    database: Database
    progress: Progress
    held: Collection | None = None
    """A collection that stays at the revision it had, whatever is imported meanwhile."""

    @property
    def home(self) -> Path:
        """The workspace's folder."""
        return self.settings.home

    @property
    def text_encoder(self) -> Encoder:
        """The text encoder of the settings."""
        return Encoder(name=self.settings.encoder, device=self.settings.device)

    @property
    def image_encoder(self) -> Encoder | None:
        """The image encoder of the settings, or None for none."""
        name = default_image_encoder(self.settings.image_encoder)
        if name == "none":
            return None
        return Encoder(name=name, reads="image", device=self.settings.device)

    def encoders(self, collection: Collection) -> tuple[Encoder, ...]:
        """Return the encoders that have something to read in a collection: of text, and of images
        where it has any."""
        image = self.image_encoder if collection.images else None
        return (self.text_encoder,) if image is None else (self.text_encoder, image)

    @property
    def processes(self) -> int:
        """How many processes of this machine serve what runs on no cluster."""
        settings = self.settings
        return settings.cores if settings.engine == "ray" else settings.workers or settings.cores

    def each(
        self, step: Callable[[Item], Result], items: Sequence[Item], *, title: str
    ) -> Iterator[Result]:
        """Yield `step(item)` for every item, in order, from the engine of the settings."""
        settings = self.settings
        where: int | Cluster = self.processes
        if settings.engine == "ray":
            where = Cluster(
                address=settings.ray_address,
                tasks=settings.workers,
                cores=settings.cores,
                functions_folder=settings.functions_folder,
                store_is_local=self.store.is_local,
            )
        return each(step, items, title=title, where=where, progress=self.progress)

    def run_step(
        self, step: Callable[[Item], Result], items: Sequence[Item], *, title: str
    ) -> list[Result]:
        """Return `step(item)` for every item, in order, from the engine of the settings."""
        return list(self.each(step, items, title=title))

    def run_model(self, step: Callable[..., None], shards: Sequence[Shard], *, title: str) -> None:
        """Run the step of a model on shards: on a cluster, or here on one after the other, as a model
        uses all cores by itself."""
        if self.settings.engine == "ray":
            self.run_step(step, shards, title=title)
        else:
            with self.progress.bar(title, sum(shard.rows for shard in shards)) as advance:
                for shard in shards:
                    step(shard, advance)

    def in_this_process(self) -> Workspace:
        """Return the workspace with all steps run here, without progress: for what takes a moment."""
        settings = self.settings.model_copy(update={"workers": 1, "engine": "local"})
        return replace(self, settings=settings, progress=SILENT)

    def signals(self) -> list[str]:
        """Return the names of all signals."""
        return signal_names(self.settings.functions_folder, self.store)

    def signal(self, name: str) -> Signal:
        """Return a signal with its functions; raises SignalError where there is none."""
        return load_signal(name, self.settings.functions_folder, self.store)

    def collection(self, name: str) -> Collection:
        """Return a collection; raises CollectionError where there is none."""
        if self.held is not None and self.held.name == name:
            return self.held
        return load_collection(self.store, name)

    def holding(self, collection: str) -> Workspace:
        """Return the workspace with a collection held at its present revision."""
        return replace(self, held=self.collection(collection))


def open_workspace(
    home: str | Path | None = None, *, progress: bool = False, **overrides: Any
) -> Workspace:
    """Return the workspace in `home`, or the one that LABELING_HOME or the current folder names.

    `overrides` are settings. Raises WorkspaceError or SettingsError.
    """
    return _open(find_home(home), progress, overrides)


def init_workspace(
    home: str | Path = ".", *, progress: bool = False, **overrides: Any
) -> Workspace:
    """Make a workspace (labeling.toml, database, store) in a folder, or bring an older one up to
    date; nothing that is there is overwritten."""
    folder = Path(home).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / CONFIG_FILE
        if not config.exists():
            config.write_text(CONFIG, encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"{folder} cannot become a workspace: {error.strerror}; choose a folder that this user "
            "may write to."
        ) from error
    workspace = _open(folder, progress, overrides)
    workspace.database.migrate()
    if workspace.store.is_local:
        Path(workspace.settings.store_url).mkdir(parents=True, exist_ok=True)
    workspace.store.sweep()
    return workspace


def _open(home: Path, progress: bool, overrides: dict[str, Any]) -> Workspace:
    settings = load_settings(home, **overrides)
    return Workspace(
        settings=settings,
        store=Store(settings.store_url),
        database=Database(settings.database),
        progress=Progress(shown=progress),
    )
