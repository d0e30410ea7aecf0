"""The loss of fine-tuning, and the running mean of the weights that it keeps."""

from __future__ import annotations

import pytest
import torch

from labeling.training.fine_tuning import _bring_nearer, _loss


@pytest.mark.parametrize(("steps", "kept"), [(0, 0.1), (8, 0.5), (100_000, 0.99)])
def test_the_running_mean_of_weights_keeps_more_of_itself_the_longer_it_runs(
    steps: int, kept: float
) -> None:
    mean, model = (torch.nn.Linear(1, 1, bias=False) for _ in range(2))
    torch.nn.init.constant_(mean.weight, 1.0)
    torch.nn.init.constant_(model.weight, 0.0)
    _bring_nearer(mean, model, steps)
    assert mean.weight.item() == pytest.approx(kept)
    assert model.weight.item() == 0.0


def test_what_a_row_weighs_hangs_on_no_batch() -> None:
    torch.manual_seed(0)
    logits, soft = torch.randn(8, 2), torch.softmax(torch.randn(8, 2), dim=1)
    weights = torch.arange(1.0, 9.0)
    whole = _loss(logits, soft, weights)
    for size in (1, 2, 4):
        batches = zip(*(rows.split(size) for rows in (logits, soft, weights)), strict=True)
        parts = [_loss(*batch) for batch in batches]
        assert torch.stack(parts).mean() == pytest.approx(whole)
