"""HTML pages from templates: self-contained, escaped, written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from labeling.errors import StoreError

HUES = 8
"""Classes get a colour each until these run out; then they begin again."""
INKS = {
    "ink": "#5c6675",
    "line": "#c3c9d2",
    "alone": "#9aa5b5",
    "agree": "#1f9d79",
    "conflict": "#e0a100",
    "known": "#334155",
    "weight": "#8b5cc7",
    "label-model": "#8b5cc8",
    "majority": "#8795a8",
    "probe": "#0e8aa8",
    "final": "#1f8a4d",
} | {f"c{hue}": f"#00c0d{hue}" for hue in range(HUES)}
"""What plots are drawn with. The page's style sheet turns each into its light or dark colour."""


def page_template(name: str) -> Template:
    """Return a template; what is put into it is escaped, and what it misses is an error."""
    pages = Environment(
        loader=PackageLoader("labeling", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    pages.filters |= {"share": _share, "count": "{:,}".format, "fixed": _fixed}
    pages.globals |= {"inks": INKS, "n_hues": HUES}
    return pages.get_template(name)


def write_page(page: str, path: Path) -> None:
    """Write a page, whole or not at all. Raises StoreError where the path cannot be written."""
    temporary = path.parent / f".tmp-{os.getpid()}-{path.name}"
    try:
        temporary.write_bytes(page.encode("utf-8", errors="replace"))
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StoreError(
            f"The report cannot be written to {path} ({error.strerror or error}); "
            "name a file in a folder that exists and that you may write to."
        ) from error


def _share(part: float | None, whole: float = 1) -> str:
    return "–" if part is None else f"{part / max(whole, 1):.1%}"


def _fixed(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
