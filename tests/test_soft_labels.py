from __future__ import annotations

import numpy as np
import pyarrow as pa

from labeling.list_columns import list_column, read_lists
from labeling.soft_labels import best_class, disagreeing, uncertain


def test_a_tie_is_no_label_and_no_disagreement() -> None:
    probe = np.array([[0.5, 0.5], [0.9, 0.1], [0.1, 0.9], [0.9, 0.1]], dtype=np.float32)
    assert best_class(probe).tolist() == [-1, 0, 1, 0]
    assert disagreeing(np.array([1, 1, 1, -1]), probe).tolist() == [False, True, False, False]


def test_labels_between_many_classes_are_uncertain_by_their_entropy() -> None:
    soft = np.array([[0.97, 0.01, 0.02], [0.4, 0.3, 0.3], [1.0, 0.0, 0.0]])
    assert uncertain(soft).tolist() == [False, True, False]


def test_probabilities_in_a_table_come_back_the_same() -> None:
    soft = np.random.default_rng(0).dirichlet(np.ones(3), 5).astype(np.float32)
    column = pa.table({"soft": list_column(soft)}).column("soft")
    np.testing.assert_array_equal(read_lists(column), soft)
