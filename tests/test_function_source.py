from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SIGNAL, write_signal

from labeling.function_source import find_source

MORE = """

@tone.function(name="named")
def _named(pin):
    return LOUD


tone.add(
    pattern(
        name="spread",
        vote=LOUD,
        regex="x",
    )
)
"""


@pytest.mark.parametrize(
    ("function", "line", "first", "last"),
    [
        pytest.param("sale_words", 6, "keywords(", '"gratis"])', id="declared"),
        pytest.param("shouting", 13, "@tone.function", "else -1", id="coded"),
        pytest.param("long_text", 19, "@tone.batch_function", ".to_numpy()", id="on batches"),
        pytest.param("named", 23, "@tone.function(name=", "return LOUD", id="named"),
        pytest.param("spread", 29, "pattern(", ")", id="on several lines"),
    ],
)
def test_a_function_is_found_where_it_is_written(
    tmp_path: Path, function: str, line: int, first: str, last: str
) -> None:
    write_signal(tmp_path, SIGNAL.strip() + MORE)
    found = find_source(tmp_path / "labeling_functions", "tone", function)
    assert found is not None
    assert (found.file, found.line) == ("tone/__init__.py", line)
    assert found.code.startswith(first)
    assert found.code.rstrip(",").endswith(last)


def test_what_stands_nowhere_is_not_found_and_half_an_edit_is_no_error(tmp_path: Path) -> None:
    file = write_signal(tmp_path)
    folder = tmp_path / "labeling_functions"
    assert find_source(folder, "tone", "lf_0") is None
    assert find_source(folder, "tone", "tone") is None
    assert find_source(folder, "given", "lf_0") is None
    (file.parent / "broken.py").write_text("def half(")
    assert find_source(folder, "tone", "shouting") is not None
