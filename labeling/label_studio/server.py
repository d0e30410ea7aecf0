"""A Label Studio server, through its own SDK: the few things that are asked of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from labeling.database import in_chunks
from labeling.errors import LabelStudioError

PAGE = 1_000
"""Tasks of which annotations are listed in one request."""
HEAVY_PAGE = 200
"""Tasks that travel in one request with their images."""
MANY = 500
"""Tasks that one action names."""
ANNOTATION_FIELDS = (
    "id,annotations,completed_by,updated_by,created_at,updated_at,result,was_cancelled,lead_time"
)
TASK_FIELDS = (
    "id,data,predictions,model_version,total_annotations,cancelled_annotations,draft_exists"
)


class ServerAway(LabelStudioError):  # noqa: N818 as ProjectGone
    """The server does not answer at all, which may pass."""


class ProjectGone(LabelStudioError):  # noqa: N818 it is what is seen, and handled, not a fault
    """The project is not on the server any more."""


@dataclass(frozen=True, kw_only=True)
class SentTask:
    """A task as it lies on the server."""

    id: int
    pin_id: str | None
    """None for a task that does not come from here."""
    versions: frozenset[str]
    """Model versions of its predictions."""
    is_touched: bool
    """Whether someone has annotated or skipped it, or has begun to."""


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """An annotation as the server tells it."""

    id: int
    task: int
    author: int | None
    """The user that it names; a request can name anyone (`completed_by`)."""
    sender: int | None
    """The user whose request wrote it last; the server notes that itself (`updated_by`). None where
    it was imported."""
    result: tuple[dict[str, Any], ...]
    is_skip: bool
    seconds: float | None
    written_at: datetime


class Server:
    """One server, spoken to with one account's token."""

    def __init__(self, url: str, token: str) -> None:
        """Raises LabelStudioError for an address that is none, no token, or no SDK."""
        self.url = _checked(url)
        if not token:
            raise LabelStudioError(
                "No token for Label Studio; copy one from Account & Settings there, and set "
                "LABELING_LABEL_STUDIO_TOKEN."
            )
        try:
            from label_studio_sdk import LabelStudio
        except ImportError:
            raise LabelStudioError(
                "Label Studio's SDK is not installed; install labeling[label-studio]."
            ) from None
        self._sdk: Any = LabelStudio(base_url=self.url, api_key=token, max_retries=1)

    def check(self) -> str:
        """Return the e-mail address of the token's account. Raises LabelStudioError."""
        with self._asked("users/whoami"):
            return str(self._sdk.users.whoami().email)

    def users(self) -> dict[int, str]:
        """Return user number -> e-mail address, in lower case."""
        with self._asked("users"):
            return {user.id: str(user.email).lower() for user in self._sdk.users.list()}

    def create_project(self, **fields: Any) -> int:
        """Make a project and return its number."""
        with self._asked("projects"):
            return int(self._sdk.projects.create(**fields).id)

    def update_project(self, project: int, **fields: Any) -> None:
        """Change a project. Raises ProjectGone where it is not there."""
        with self._asked(f"project {project}"):
            self._sdk.projects.update(project, **fields)

    def tasks(self, project: int) -> list[SentTask]:
        """Return the tasks of a project. Raises ProjectGone where it is not there."""
        with self._in(project):
            found = self._sdk.tasks.list(
                project=project, fields="all", include=TASK_FIELDS, page_size=HEAVY_PAGE
            )
            return [
                SentTask(
                    id=task.id,
                    pin_id=_pin_id(task.data),
                    versions=frozenset(str(p.model_version) for p in task.predictions or ()),
                    is_touched=bool(
                        task.total_annotations or task.cancelled_annotations or task.draft_exists
                    ),
                )
                for task in found
            ]

    def import_tasks(self, project: int, tasks: Sequence[dict[str, Any]]) -> list[int]:
        """Add tasks and return their numbers, in order."""
        with self._in(project):
            done = self._sdk.projects.import_tasks(
                project,
                request=list(tasks),
                return_task_ids=True,
            )
        ids = [int(id) for id in done.task_ids or ()]
        if len(ids) != len(tasks):
            raise LabelStudioError(
                f"Label Studio took {len(ids)} of {len(tasks)} tasks; push again, which sends the "
                "rest."
            )
        return ids

    def delete_tasks(self, project: int, tasks: Sequence[int]) -> None:
        """Delete tasks."""
        self._act("delete_tasks", project, tasks)

    def replace_predictions(self, project: int, predictions: dict[int, dict[str, Any]]) -> None:
        """Give tasks (by number) a prediction in place of all that they had."""
        self._act("delete_tasks_predictions", project, list(predictions))
        with self._in(project):
            for some in in_chunks([{"task": id, **p} for id, p in predictions.items()], MANY):
                self._sdk.projects.import_predictions(project, request=some)

    def annotations(self, project: int) -> Iterator[Annotation]:
        """Yield all annotations of a project. Raises ProjectGone where it is not there."""
        with self._in(project):
            tasks = self._sdk.tasks.list(
                project=project,
                fields="all",
                include=ANNOTATION_FIELDS,
                only_annotated=True,
                page_size=PAGE,
            )
            for task in tasks:
                for value in task.annotations or ():
                    yield _annotation(task.id, dict(value))

    def last_change(self, project: int) -> datetime | None:
        """Return when a task of the project changed last, by the server's clock; None without tasks."""
        query = {"ordering": ["-tasks:updated_at"]}
        with self._in(project):
            found = self._sdk.tasks.list(
                project=project, include="id,updated_at", query=json.dumps(query), page_size=1
            )
            newest = next(iter(found), None)
        return None if newest is None else newest.updated_at

    def _act(self, action: str, project: int, tasks: Sequence[int]) -> None:
        with self._in(project):
            for some in in_chunks(list(tasks), MANY):  # never with none: that would mean all
                self._sdk.actions.create(
                    id=action,
                    project=project,
                    selected_items={"all": False, "included": some},
                )

    @contextmanager
    def _in(self, project: int) -> Iterator[None]:
        """Ask for a part of a project: the server answers strangely where the project is gone."""
        try:
            with self._asked(f"project {project}"):
                yield
        except ProjectGone:
            raise
        except LabelStudioError:
            with self._asked(f"project {project}"):
                self._sdk.projects.get(project)
            raise

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        """Turn what the SDK raises into one sentence."""
        from httpx import HTTPError
        from label_studio_sdk.core.api_error import ApiError

        try:
            yield
        except ApiError as error:
            if error.status_code in (401, 403):
                raise LabelStudioError(
                    f"Label Studio at {self.url} does not accept the token; copy a new one from "
                    "Account & Settings there into LABELING_LABEL_STUDIO_TOKEN."
                ) from None
            if error.status_code == 404 and what.startswith("project "):
                raise ProjectGone(f"Label Studio at {self.url} has no {what} any more.") from None
            raise LabelStudioError(
                f"{self.url} answers {error.status_code} when asked for {what} "
                f"({_said(error.body)}); look whether it is a Label Studio server, and at its log."
            ) from None
        except HTTPError as error:
            raise ServerAway(
                f"Label Studio at {self.url} cannot be reached ({error or type(error).__name__}); "
                "start it, or correct LABELING_LABEL_STUDIO_URL."
            ) from None


def _checked(url: str) -> str:
    """Return the address of a server without a slash at its end."""
    if not url:
        raise LabelStudioError(
            "No Label Studio server; name it with --url or LABELING_LABEL_STUDIO_URL."
        )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise LabelStudioError(f"{url!r} is no address; use http://HOST:PORT or https://HOST.")
    if parts.username or parts.password:
        raise LabelStudioError(
            "The address of Label Studio holds a user or a password; leave it out: the token says "
            "who asks."
        )
    return url.rstrip("/")


def _pin_id(data: Any) -> str | None:
    pin_id = data.get("pin_id") if isinstance(data, dict) else None
    return None if pin_id is None else str(pin_id)


def _annotation(task: int, value: dict[str, Any]) -> Annotation:
    return Annotation(
        id=value["id"],
        task=task,
        author=value.get("completed_by"),
        sender=value.get("updated_by"),
        result=tuple(value.get("result") or ()),
        is_skip=bool(value.get("was_cancelled")),
        seconds=value.get("lead_time"),
        written_at=datetime.fromisoformat(value["updated_at"]).astimezone(UTC),
    )


def _said(body: Any) -> str:
    detail = body.get("detail", body) if isinstance(body, dict) else body
    return str(detail).strip().partition("\n")[0][:200] or "without a word"
