"""What hears how training goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Where fine-tuning is after a step."""

    step: int
    steps: int
    """If no epoch is left out."""
    epoch: int
    loss: torch.Tensor
    """Of the last step, float32 []; whoever reads it waits until the device is there."""
    rows_per_second: float
    """Since this run began or went on."""

    def __str__(self) -> str:
        rate = f"{self.rows_per_second:,.0f} rows/s"
        return f"epoch {self.epoch}, loss {float(self.loss):.3f}, {rate}"


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What a finished epoch came to."""

    number: int
    training_loss: float
    """Mean over its steps of the weighted cross-entropy with the soft labels."""
    validation_loss: float
    """The same on the validation rows, of the encoders alone, at the temperature that suits them."""
    accuracy: float
    """On the validation rows, of the encoders alone."""

    def __str__(self) -> str:
        return (
            f"epoch {self.number}: loss {self.training_loss:.4f}, on validation rows "
            f"{self.validation_loss:.4f}, accuracy {self.accuracy:.3f}"
        )


class Listener:
    """Hears how training goes; this one does nothing about it."""

    def encoded(self, rows: int, of: int) -> None:
        """The frozen encoders read some more rows, of all that are trained on or judge."""

    def stepped(self, moment: Moment) -> None:
        """A step of fine-tuning is done."""

    def judged(self, epoch: Epoch) -> None:
        """An epoch is finished."""
