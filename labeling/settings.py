"""One frozen object of settings, from arguments, the environment (`LABELING_*`) or `labeling.toml`."""

from __future__ import annotations

import os
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from labeling.errors import SettingsError, WorkspaceError

CONFIG_FILE = "labeling.toml"


class Settings(BaseSettings):
    """What a workspace runs with; every field can be set as `LABELING_<FIELD>` or in labeling.toml."""

    model_config = SettingsConfigDict(env_prefix="LABELING_", frozen=True, extra="forbid")

    home: Path = Field(description="The workspace's folder; relative paths start here.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the workspace.")
    store: str = Field("store", description="Folder or fsspec URL of the artifacts.")
    functions: Path | None = Field(None, description="The folder of signals.")
    encoder: str = Field("minilm", description="Text encoder: minilm, or a model's name or folder.")
    image_encoder: str = Field(
        "auto",
        description="auto, efficientnet, classic, none, or a CLIP-type model's name or folder.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="auto, cpu, cuda or mps."
    )
    discount: bool = True
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    workers: Annotated[int, Field(ge=0)] = Field(0, description="Processes; 0: one per core.")
    engine: Literal["local", "ray"] = Field("local", description="Where heavy steps run.")
    ray_address: str = Field("", description="Of the Ray cluster; empty: one for each command.")
    shard_rows: Annotated[int, Field(ge=1)] = Field(50_000, description="Pins per shard.")
    max_field_chars: Annotated[int, Field(ge=1)] = Field(
        20_000, description="A longer field rejects its row at import."
    )
    image_max_bytes: Annotated[int, Field(ge=1_000)] = Field(
        20_000_000, description="A larger image is a fault of its pin."
    )
    image_max_pixels: Annotated[int, Field(ge=1_000, le=178_000_000)] = Field(
        100_000_000, description="An image with more pixels is a fault of its pin."
    )
    image_seconds: Annotated[float, Field(gt=0)] = Field(
        10.0, description="A URL that takes longer in all is a fault of its pin."
    )
    image_threads: Annotated[int, Field(ge=1, le=256)] = Field(
        16, description="URLs that a process waits for at the same time."
    )
    image_private_hosts: tuple[str, ...] = Field(
        (), description="Hosts or networks that images may come from although they are private."
    )
    max_fault_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.05, description="A function that faults on a larger share of the pins is set aside."
    )
    probe_pins: Annotated[int, Field(ge=100)] = Field(
        20_000, description="The probe is fitted on a sample of at most this many pins."
    )
    queue_size: Annotated[int, Field(ge=0)] = Field(200, description="Review tasks per run.")
    audit_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.2, description="Share of the review tasks drawn at random, to estimate quality from."
    )
    label_studio_url: str = Field("", description="Of the Label Studio server.")
    label_studio_token: SecretStr = Field(
        SecretStr(""), description="Of the account that pushes and pulls there."
    )
    answers_per_pin: Annotated[int, Field(ge=1)] = Field(
        1, description="How many annotators are asked about a pin."
    )
    check_every: Annotated[int, Field(ge=0)] = Field(
        25, description="After so many answers an annotator gets a gold check; 0 for none."
    )
    lease_seconds: Annotated[float, Field(ge=10)] = Field(
        900.0, description="How long a pin stays with an annotator who does nothing."
    )
    show_votes: Literal["after", "always", "never"] = Field(
        "after", description="When annotators see what the functions say of a pin."
    )
    admin_emails: tuple[str, ...] = Field(
        (), description="Verified addresses of those who become admins when they sign in."
    )
    gold_quality: Annotated[float, Field(ge=0, le=1)] = Field(
        0.9, description="Several answers are gold where their consensus is at least so sure."
    )
    min_check_accuracy: Annotated[float, Field(ge=0, le=1)] = Field(
        0.7, description="Who is clearly right on fewer of the gold checks is not trusted."
    )
    count_inactive: bool = Field(
        True, description="Answers of annotators who were deactivated count."
    )
    reask_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.1, description="Share of the queue that may be pins answered already."
    )
    watch_psi: Annotated[float, Field(gt=0)] = Field(
        0.1, description="From this population stability index on a sure difference is watched."
    )
    alarm_psi: Annotated[float, Field(gt=0)] = Field(
        0.25, description="From this population stability index on it is an alarm."
    )
    watch_p: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.001, description="A difference is sure where its corrected p-value is below."
    )
    watch_queue_days: Annotated[float, Field(gt=0)] = Field(
        7.0, description="Watched is a queue in which one open task in twenty waits longer."
    )
    watch_retrain_gold: Annotated[int, Field(ge=1)] = Field(
        100, description="So many new gold labels call for retraining; half after drift."
    )
    validation_share: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.1, description="Share of published groups that go to the validation split."
    )
    recipe: dict[str, Any] = Field({}, description="How versions are curated: docs/datasets.md.")
    mlflow_url: str = Field("", description="Where models are tracked by MLflow; empty: nowhere.")
    cache: str = Field("", description="Folder that keeps pulled files by their sha256.")

    @field_validator("image_private_hosts")
    @classmethod
    def _networks(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            if "/" in entry:
                ip_network(entry)  # raises ValueError
        return entries

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, and that over labeling.toml."""
        home = Path(init_settings.init_kwargs["home"])  # type: ignore[attr-defined]
        toml = TomlConfigSettingsSource(settings_cls, home / CONFIG_FILE)
        return init_settings, env_settings, toml

    @property
    def database(self) -> str:
        """The SQLAlchemy URL that is really opened."""
        return self.database_url or f"sqlite:///{self.home / 'labeling.db'}"

    @property
    def store_url(self) -> str:
        """The store as an absolute folder or an fsspec URL."""
        return self.store if "://" in self.store else str((self.home / self.store).resolve())

    @property
    def cores(self) -> int:
        """How many cores this process may use."""
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1

    @property
    def functions_folder(self) -> Path:
        """The first folder of signals that exists: the setting, the workspace's, the current
        folder's, then the one shipped beside the package."""
        if self.functions is not None:
            return (self.home / self.functions).resolve()
        package = Path(__file__).resolve().parent
        name = "labeling_functions"
        shipped = (package.parent / name, package / "_shipped" / name)
        candidates = [self.home / name, Path.cwd() / name, *shipped]
        return next((c.resolve() for c in candidates if c.is_dir()), candidates[0])


def find_home(home: str | Path | None = None) -> Path:
    """Return the workspace's folder: the argument, `LABELING_HOME`, or the nearest folder upwards
    that holds labeling.toml.

    Raises WorkspaceError where there is none.
    """
    named = home or os.environ.get("LABELING_HOME")
    if named:
        folder = Path(named).expanduser().resolve()
        if not (folder / CONFIG_FILE).is_file():
            raise WorkspaceError(
                f"{folder} is not a workspace (it holds no {CONFIG_FILE}); "
                f"make it one with `labeling --home {named} init`."
            )
        return folder
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CONFIG_FILE).is_file():
            return folder
    raise WorkspaceError(
        f"No {CONFIG_FILE} in {here} or above it; name the workspace with --home or "
        "LABELING_HOME, or make one here with `labeling init`."
    )


def load_settings(home: Path, **overrides: Any) -> Settings:
    """Return the settings of the workspace in `home`; None among the overrides means "not given".

    Raises SettingsError, naming the first wrong setting, its value and where it can be set.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(home=home, **given)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{home / CONFIG_FILE} is not valid TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise SettingsError(
                f"{home / CONFIG_FILE} sets {name!r}, which is no setting; the settings are "
                f"{', '.join(sorted(set(Settings.model_fields) - {'home'}))}."
            ) from error
        raise SettingsError(
            f"The setting {name} is {first['input']!r}: {first['msg']}; correct it in "
            f"{CONFIG_FILE} or in LABELING_{name.upper()}."
        ) from error
