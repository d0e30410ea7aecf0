"""The tables: what people and runs change. What is large lies in the artifact store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[str | None]


class ReviewTaskRow(Base):
    """A pin that a person should decide on, and why."""

    __tablename__ = "review_tasks"
    __table_args__ = (
        UniqueConstraint("signal", "collection", "pin_id"),
        CheckConstraint("status IN ('open', 'withdrawn')", name="status"),
        Index(None, "signal", "status", "priority"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    signal: Mapped[str] = mapped_column(String(64))
    collection: Mapped[str] = mapped_column(String(64))
    pin_id: Mapped[str] = mapped_column(String(512))
    reason: Mapped[str] = mapped_column(String(32))
    priority: Mapped[float]
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


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
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


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
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
