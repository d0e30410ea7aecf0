"""Models fitted at once are those that are fitted one by one."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from labeling import fitting_many
from labeling.fitting_many import Fit, Fitter
from labeling.softmax_regression import SoftmaxRegression, fit_softmax

fitting_many_fit = fitting_many._fit
ROWS, COLUMNS, CLASSES = 400, 900, 3


@pytest.fixture
def counted() -> sp.csr_matrix:
    """Rows that each have few of the columns, as words have."""
    chance = np.random.default_rng(0)
    values = chance.random((ROWS, COLUMNS)) * (chance.random((ROWS, COLUMNS)) < 0.03)
    return sp.csr_matrix(values.astype(np.float32))


def fits_of(count: int, rows: int) -> list[Fit]:
    """Return so many fits of so many rows each."""
    chance = np.random.default_rng(1)
    return [
        Fit(
            rows=np.sort(chance.choice(ROWS, rows, replace=False)),
            soft=chance.dirichlet(np.ones(CLASSES), rows).astype(np.float32),
            weights=chance.random(rows).astype(np.float32),
            strength=10.0,
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("rows", [12, 300])
def test_columns_that_occur_in_no_row_change_nothing(counted: sp.csr_matrix, rows: int) -> None:
    (fit,) = fits_of(1, rows)
    (found,) = Fitter().fit(counted, [fit])
    whole = fit_softmax(counted[fit.rows], fit.soft, fit.weights, fit.strength)
    assert found.weights.shape == (COLUMNS, CLASSES)
    np.testing.assert_allclose(found.weights, whole.weights, atol=1e-5)
    np.testing.assert_allclose(found.bias, whole.bias, atol=1e-5)
    absent = np.flatnonzero(counted[fit.rows].getnnz(axis=0) == 0)
    assert len(absent) > (COLUMNS / 2 if rows < 100 else -1)
    assert not found.weights[absent].any()


@pytest.mark.parametrize("dense", [False, True])
def test_processes_fit_the_same_models_in_the_same_order(
    counted: sp.csr_matrix, dense: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = counted.toarray() if dense else counted
    fits, told = fits_of(5, 200), []
    here = Fitter().fit(features, fits)
    monkeypatch.setattr(fitting_many, "LARGE", 0)
    there = Fitter(processes=2, advance=told.append).fit(features, fits)
    assert told == [1] * 5
    for one, other in zip(here, there, strict=True):
        np.testing.assert_allclose(one.weights, other.weights, atol=1e-6)
        np.testing.assert_array_equal(one.classes_, other.classes_)


def dies_elsewhere(features: Any, fit: Fit) -> SoftmaxRegression:
    """Fit, except in a process that was started for it."""
    if os.environ.get("FITS_HERE") != str(os.getpid()):
        os._exit(9)
    return fitting_many_fit(features, fit)


def test_where_a_process_dies_this_one_fits(
    counted: sp.csr_matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits, told = fits_of(3, 200), []
    here = Fitter().fit(counted, fits)
    monkeypatch.setenv("FITS_HERE", str(os.getpid()))
    monkeypatch.setattr(fitting_many, "LARGE", 0)
    monkeypatch.setattr(fitting_many, "_fit", dies_elsewhere)
    there = Fitter(processes=2, advance=told.append).fit(counted, fits)
    assert told == [1] * 3
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)


def test_nothing_to_fit_is_nothing(counted: sp.csr_matrix) -> None:
    assert Fitter(processes=2).fit(counted, []) == []
