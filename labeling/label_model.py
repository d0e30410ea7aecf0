"""Votes -> additive statistics -> Snorkel's label model -> probabilities.

Objective, optimiser and defaults are Snorkel's (snorkel 0.10 `LabelModel`; Ratner et al., "Training
Complex Models with Multi-Task Weak Supervision", AAAI 2019, arXiv:1810.02840). What is ours: the
overlap matrix comes from sums over shards, so the votes are never in memory together, and
probabilities are sums of logarithms, so many votes never underflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.errors import ResolveError
from labeling.vote_model import VoteModel
from labeling.vote_statistics import VoteStatistics

MIN_FUNCTIONS = 3
"""Snorkel's model is not identifiable with fewer."""
EPOCHS = 100
LEARNING_RATES = (0.01, 0.001, 0.0001)
"""Snorkel's default first; a smaller one where many busy functions make the loss diverge."""


@dataclass(frozen=True, kw_only=True)
class LabelModel:
    """A fitted label model."""

    conditionals: np.ndarray
    """float32 [m*k, k]: row j*k + v is P(function j votes v | class), Snorkel's mu."""
    balance: np.ndarray
    """float64 [k]: the class balance that was assumed."""
    weights: np.ndarray
    """float64 [m]: P(vote is right | it voted), Snorkel's `get_weights`."""

    @property
    def votes(self) -> VoteModel:
        """What each vote says of each class; an abstention says nothing, as in Snorkel."""
        k = len(self.balance)
        table = np.zeros((len(self.conditionals) // k, k + 1, k))
        table[:, 1:] = np.log(self.conditionals.astype(np.float64)).reshape(-1, k, k)
        return VoteModel(bias=np.log(self.balance), table=table)

    def predict_proba(self, votes: np.ndarray) -> np.ndarray:
        """Return P(class | votes), float32 [n, k]; a pin without votes gets the class balance."""
        return self.votes.predict_proba(votes)

    def to_json(self) -> dict[str, Any]:
        """Return the parameters as JSON values (never pickle)."""
        return {
            "conditionals": self.conditionals.tolist(),
            "balance": self.balance.tolist(),
            "weights": self.weights.tolist(),
        }


def fit_label_model(
    statistics: VoteStatistics, *, seed: int, balance: np.ndarray | None = None
) -> LabelModel:
    """Return Snorkel's label model fitted to the statistics, with Snorkel's defaults.

    `balance` is the class balance, float [k]; None assumes all classes equally frequent, as Snorkel
    does. Raises ResolveError for fewer than 3 functions, no votes, a balance with a zero,
    or a loss that diverges.
    """
    return _fit(statistics, seed, balance, None)


def fit_anchored(
    statistics: VoteStatistics, *, balance: np.ndarray, dependent: np.ndarray
) -> LabelModel:
    """Return Snorkel's label model without its randomness and without dependent pairs.

    Snorkel multiplies its start ("each vote is right 7 times of 10") by a random number in [0, 1)
    and stops long before the optimum, so the result hangs on that number; here it is 1. The loss
    leaves out the pairs of functions marked in `dependent`, bool [m, m]: what they share is
    not evidence of being right (cliques of the same paper). Raises as `fit_label_model` does.
    """
    return _fit(statistics, 0, balance, dependent)


def _fit(
    statistics: VoteStatistics, seed: int, balance: np.ndarray | None, dependent: np.ndarray | None
) -> LabelModel:
    if statistics.functions < MIN_FUNCTIONS:
        raise ResolveError(
            f"Snorkel's label model needs at least {MIN_FUNCTIONS} functions, and there are "
            f"{statistics.functions}; write more, or resolve with --resolver majority."
        )
    if not statistics.overlaps.any():
        raise ResolveError("No function voted on any pin, so there is nothing to resolve.")
    if balance is not None and (balance <= 0).any():
        raise ResolveError(
            f"The class balance {balance.tolist()} has a zero; each class needs a share of its own."
        )
    model = _converged(statistics, seed, balance, dependent)
    counts = statistics.votes.sum(axis=1)
    model.coverage = np.maximum(counts, 1) / statistics.pins
    weights = np.where(counts > 0, model.get_weights(), np.nan)
    return LabelModel(
        conditionals=model.mu.detach().numpy(), balance=np.array(model.p), weights=weights
    )


def _converged(
    statistics: VoteStatistics, seed: int, balance: np.ndarray | None, dependent: np.ndarray | None
) -> Any:
    """Return Snorkel's model, fitted with the first learning rate that does not diverge."""
    for rate in LEARNING_RATES:
        model = _snorkel_model(statistics, dependent)
        try:
            with _one_thread():
                model.fit(
                    np.full((1, statistics.functions), -1, dtype=np.int8),
                    class_balance=None if balance is None else balance.tolist(),
                    n_epochs=EPOCHS,
                    lr=rate,
                    seed=seed,
                    progress_bar=False,
                )
        except Exception as error:
            if "NaN" not in str(error):  # Snorkel raises a bare Exception for a diverging loss
                raise
        else:
            return model
    raise ResolveError(
        f"Snorkel's label model does not converge on these {statistics.functions} functions; "
        "resolve with --resolver majority."
    )


@contextmanager
def _one_thread() -> Iterator[None]:
    """Hold torch to one thread: on matrices this small, more wait for each other for seconds."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _snorkel_model(statistics: VoteStatistics, dependent: np.ndarray | None) -> Any:
    """Return Snorkel's model with the steps that read the vote matrix replaced by its statistics.

    `dependent` is what `fit_anchored` takes; None leaves Snorkel's own start and loss.
    """
    import torch
    from snorkel.labeling.model.label_model import LabelModel as Snorkel

    voted = torch.from_numpy(np.flatnonzero(np.diag(statistics.overlaps)))

    class FromStatistics(Snorkel):
        def _set_constants(self, votes: np.ndarray) -> None:
            self.n, self.m, self.t = statistics.pins, statistics.functions, 1

        def _create_L_ind(self, votes: np.ndarray) -> np.ndarray:  # noqa: N802 Snorkel's name
            return np.zeros((0, self.m * self.cardinality))

        def _generate_O(self, votes: np.ndarray, higher_order: bool = False) -> None:  # noqa: N802
            self._get_augmented_label_matrix(votes)  # for the cliques that it records
            self.d = len(statistics.overlaps)
            self.O = torch.from_numpy(statistics.overlaps / self.n).float()

        def _init_params(self) -> None:
            super()._init_params()
            if dependent is not None:
                self.mu = torch.nn.Parameter(self.mu_init.clone())
                pairs = np.kron(dependent, np.ones((self.cardinality, self.cardinality)))
                self.mask &= torch.from_numpy(pairs == 0)
            self.compared, self.observed = self.mask[voted][:, voted], self.O[voted][:, voted]

        def _loss_mu(self, l2: float = 0) -> Any:
            """The same loss, of the votes that occur: others start at 0 and have no gradient, and
            where most functions vote for few of many classes they are nearly all."""
            mu = self.mu[voted]
            seen = mu @ self.P
            pairs = torch.norm((self.observed - seen @ mu.t())[self.compared]) ** 2
            single = torch.norm(torch.sum(seen, 1) - torch.diag(self.observed)) ** 2
            return pairs + single  # + 0: l2 is Snorkel's default

    return FromStatistics(statistics.classes, verbose=False)
