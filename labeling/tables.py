"""The tables: what people and runs change. What is large lies in the artifact store."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    MetaData,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from labeling.database import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The tables' base; constraints have names, so migrations can change them anywhere."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {datetime: UtcDateTime}


class RunRow(Base):
    """One `labeling run`: what it used, how it ended, its report."""

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed')", name="status"),
        Index(None, "signal", "collection", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(String(64))
    collection: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None]


class ReviewTaskRow(Base):
    """A pin that people should decide on, why, and how many of them."""

    __tablename__ = "review_tasks"
    __table_args__ = (
        UniqueConstraint("signal", "collection", "pin_id"),
        CheckConstraint("status IN ('open', 'done', 'disputed', 'withdrawn')", name="status"),
        CheckConstraint("wanted >= 0 AND answered >= 0", name="counts"),
        CheckConstraint("inclusion > 0 AND inclusion <= 1", name="inclusion"),
        Index(None, "signal", "collection", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(String(64))
    collection: Mapped[str] = mapped_column(String(64))
    pin_id: Mapped[str] = mapped_column(String(512))
    reason: Mapped[str] = mapped_column(String(32))
    priority: Mapped[float]
    """Larger comes first."""
    status: Mapped[str] = mapped_column(String(16))
    """`disputed` waits for a reviewer: the answers differ, or an annotator flagged the pin."""
    wanted: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many annotators should answer."""
    answered: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many did; an undone answer does not count."""
    round: Mapped[int] = mapped_column(default=0, server_default="0")
    """The round of choosing that asked for it."""
    inclusion: Mapped[float | None]
    """Of a random audit: the probability with which this pin came into the sample; else null."""
    stratum: Mapped[str | None] = mapped_column(String(128))
    """Of a random audit: the stratum that it was drawn from."""
    created_at: Mapped[datetime]


class ReviewSlotRow(Base):
    """One of the answers that a task wants: free, leased to an annotator, or answered.

    It repeats what a claim looks at, so that one index finds the next slot among millions.
    """

    __tablename__ = "review_slots"
    __table_args__ = (
        UniqueConstraint("task_id", "slot"),
        UniqueConstraint("task_id", "annotator"),
        UniqueConstraint("lease"),
        CheckConstraint("state IN ('free', 'leased', 'answered', 'withdrawn')", name="state"),
        CheckConstraint(
            "state NOT IN ('leased', 'answered') OR annotator IS NOT NULL", name="annotator"
        ),
        Index(
            "ix_review_slots_queue",
            "signal",
            "collection",
            "channel",
            "priority",
            "id",
            postgresql_where=text("state IN ('free', 'leased')"),
            sqlite_where=text("state IN ('free', 'leased')"),
        ),
        Index(None, "annotator", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("review_tasks.id"))
    slot: Mapped[int]
    signal: Mapped[str] = mapped_column(String(64))
    collection: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16), default="app", server_default="app")
    """Where it is handed out: `app`, or `label-studio`."""
    routed_to: Mapped[str | None] = mapped_column(String(128))
    """The only annotator who may claim it; null for anyone."""
    priority: Mapped[float]
    state: Mapped[str] = mapped_column(String(16), default="free", server_default="free")
    is_check: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A gold check: the pin's class is known, and the answer tells about the annotator."""
    annotator: Mapped[str | None] = mapped_column(String(128))
    lease: Mapped[str | None] = mapped_column(String(64))
    """Names this hand-out; only who holds it may submit."""
    expires_at: Mapped[datetime | None]


class AnswerRow(Base):
    """What an annotator did with a pin. Rows are only ever added: triggers refuse anything else."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("submission"),
        UniqueConstraint("undoes"),
        CheckConstraint(
            "kind IN ('answer', 'skip', 'flag', 'undo', 'late', 'adjudication')", name="kind"
        ),
        CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="undoes"),
        CheckConstraint(
            "kind NOT IN ('answer', 'adjudication') OR label IS NOT NULL", name="label"
        ),
        Index(None, "task_id", "annotator"),
        Index(None, "annotator", "created_at"),
        Index(None, "signal", "collection", "pin_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission: Mapped[str] = mapped_column(String(64))
    """The lease under which it was given, so a repeated submit is known as one."""
    task_id: Mapped[int] = mapped_column(ForeignKey("review_tasks.id"))
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("review_slots.id"))
    signal: Mapped[str] = mapped_column(String(64))
    collection: Mapped[str] = mapped_column(String(64))
    pin_id: Mapped[str] = mapped_column(String(512))
    annotator: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    """`late`: the lease had gone to someone else; kept, and not counted."""
    label: Mapped[str | None]
    """The class's name."""
    comment: Mapped[str | None]
    is_check: Mapped[bool] = mapped_column(default=False, server_default=false())
    source: Mapped[str] = mapped_column(String(16), default="app", server_default="app")
    """`app`, `label-studio`, `simulate`."""
    seconds: Mapped[float | None]
    """From the pin's being shown to the answer."""
    undoes: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    created_at: Mapped[datetime]


class AnnotatorRow(Base):
    """A person who answers, and what they may do."""

    __tablename__ = "annotators"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("subject"),
        CheckConstraint("role IN ('annotator', 'reviewer', 'engineer', 'admin')", name="role"),
        CheckConstraint("daily_budget >= 0", name="daily_budget"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    role: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str | None] = mapped_column(String(255))
    """Who the identity provider says it is (OIDC issuer and subject)."""
    daily_budget: Mapped[int | None]
    """Answers a day; null for as many as there are."""
    signals: Mapped[list[str] | None] = mapped_column(JSON)
    """The signals they may answer; null for all."""
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]


class FunctionCommentRow(Base):
    """What an annotator says to the author of a labeling function, about a pin."""

    __tablename__ = "function_comments"
    __table_args__ = (Index(None, "signal", "function"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(String(64))
    function: Mapped[str] = mapped_column(String(128))
    collection: Mapped[str] = mapped_column(String(64))
    pin_id: Mapped[str] = mapped_column(String(512))
    annotator: Mapped[str] = mapped_column(String(128))
    text: Mapped[str]
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    """When its author dealt with it."""


class GoldRow(Base):
    """The class of a pin that people agreed on."""

    __tablename__ = "gold"
    __table_args__ = (UniqueConstraint("signal", "collection", "pin_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(String(64))
    collection: Mapped[str] = mapped_column(String(64))
    pin_id: Mapped[str] = mapped_column(String(512))
    label: Mapped[str]
    """The class's name: it stays right when a signal's classes change their order."""
    source: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class LabelStudioProjectRow(Base):
    """A project on a Label Studio server that shows a queue's pins; at most one is open for each."""

    __tablename__ = "label_studio_projects"
    __table_args__ = (
        Index(
            "uq_label_studio_projects_open",
            "signal",
            "collection",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
            sqlite_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(String(64))
    collection: Mapped[str] = mapped_column(String(64))
    url: Mapped[str]
    outside_id: Mapped[int]
    """Its number on the server."""
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    """When its slots went back to the app."""


class LabelStudioTaskRow(Base):
    """A task of a project, and the review task that it shows. Copies show the same one."""

    __tablename__ = "label_studio_tasks"
    __table_args__ = (UniqueConstraint("project_id", "outside_id"), Index(None, "task_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("label_studio_projects.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("review_tasks.id"))
    outside_id: Mapped[int]


class LabelStudioTrailRow(Base):
    """What an annotation was when it was pulled, and what became of it. Rows are only ever added."""

    __tablename__ = "label_studio_trail"
    __table_args__ = (
        UniqueConstraint("project_id", "annotation", "revision"),
        CheckConstraint(
            "verdict IN ('taken', 'skipped', 'late', 'superseded', 'untrusted', 'no annotator', "
            "'no class', 'deleted')",
            name="verdict",
        ),
        CheckConstraint("revision > 0", name="revision"),
        Index(None, "project_id", "task_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("label_studio_projects.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("review_tasks.id"))
    annotation: Mapped[int]
    """Its number on the server."""
    revision: Mapped[int]
    """1, 2, ...: one more for each change that was seen."""
    author: Mapped[str | None] = mapped_column(String(255))
    """E-mail of the user it names as its author, which a request can choose."""
    author_id: Mapped[int | None]
    """That user's number on the server; null in rows older than this column."""
    sender: Mapped[str | None] = mapped_column(String(255))
    """E-mail of the user whose request wrote it last, which the server notes; null: none did."""
    label: Mapped[str | None]
    verdict: Mapped[str] = mapped_column(String(16))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    written_at: Mapped[datetime | None]
    """When the server wrote it last."""
    seen_at: Mapped[datetime]


class DatasetVersionRow(Base):
    """A published version; the files are immutable, and so is this row."""

    __tablename__ = "dataset_versions"
    __table_args__ = (
        UniqueConstraint("name", "version"),
        UniqueConstraint("name", "digest"),
        CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160))
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    signal: Mapped[str] = mapped_column(String(64))
    collection: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    folder: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    created_at: Mapped[datetime]


class WatchRow(Base):
    """One `labeling watch`: what it found."""

    __tablename__ = "watches"
    __table_args__ = (
        CheckConstraint("verdict IN ('ok', 'watch', 'alarm')", name="verdict"),
        Index(None, "signal", "collection", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(String(64))
    collection: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(16))
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]


class ModelRow(Base):
    """A registered model; its files are immutable, and so is this row."""

    __tablename__ = "models"
    __table_args__ = (
        UniqueConstraint("name", "version"),
        UniqueConstraint("name", "digest"),
        CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160))
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    """Of the content of its files."""
    signal: Mapped[str] = mapped_column(String(64))
    dataset: Mapped[str] = mapped_column(String(200))
    """The version that it was trained on, NAME@v0001-0123456789ab."""
    folder: Mapped[str]
    created_at: Mapped[datetime]


class ModelTrailRow(Base):
    """What was found and decided about a model. Rows are only ever added: triggers refuse anything
    else."""

    __tablename__ = "model_trail"
    __table_args__ = (
        UniqueConstraint("name", "place"),
        CheckConstraint("kind IN ('evaluated', 'promoted', 'refused')", name="kind"),
        CheckConstraint("(kind = 'promoted') = (place IS NOT NULL)", name="place"),
        Index(None, "model_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    name: Mapped[str] = mapped_column(String(160))
    """The model's, so that a place is taken once."""
    kind: Mapped[str] = mapped_column(String(16))
    place: Mapped[int | None]
    """Of a promotion: 1, 2, ... in the order of the name's promotions."""
    collection: Mapped[str] = mapped_column(String(64))
    why: Mapped[str]
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
