"""`python -m labeling.training VERSION_FOLDER MODEL_FOLDER`: for machines that only train.

Every field of TrainingSettings is an option, e.g. --text-encoder NAME --epochs 3 --quick; start it with
`torchrun --nproc_per_node N -m labeling.training ...` (or accelerate launch) for several devices.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import fields
from pathlib import Path

from labeling.errors import LabelingError
from labeling.training.fitting import train
from labeling.training.listening import Epoch, Listener, Moment
from labeling.training.training_settings import TrainingSettings


def main() -> int:
    """Train, with a progress bar on stderr and the report as JSON on stdout."""
    parser = argparse.ArgumentParser(prog="python -m labeling.training", description=__doc__)
    parser.add_argument("version", type=Path, help="a pulled dataset version")
    parser.add_argument("model", type=Path, help="a new folder for the model")
    parser.add_argument("--images", type=Path, help="where relative paths of images start")
    for field in fields(TrainingSettings):
        name = "--" + field.name.replace("_", "-")
        if isinstance(field.default, bool):
            flag = argparse.BooleanOptionalAction
            parser.add_argument(name, action=flag, default=field.default)
        else:
            kind = str if field.default is None else type(field.default)
            parser.add_argument(name, type=kind, default=field.default)
    given = vars(parser.parse_args())
    version, model, images = (given.pop(name) for name in ("version", "model", "images"))
    try:
        report = train(
            version, model, TrainingSettings.told(**given), images=images, listener=_Bar()
        )
    except LabelingError as error:
        print(error, file=sys.stderr)
        return 1
    if _is_first():
        print(json.dumps(report.to_json()))
    return 0


def _is_first() -> bool:
    """Whether this is the one process, or the first of several, which speaks for all."""
    return os.environ.get("RANK", "0") == "0"


class _Bar(Listener):
    """A bar of steps, and a line for each epoch; alone on the first of several processes."""

    def __init__(self) -> None:
        from tqdm import tqdm

        self.bar = tqdm(unit="step", disable=None if _is_first() else True)
        self.looked = 0.0

    def stepped(self, moment: Moment) -> None:
        self.bar.total = moment.steps
        self.bar.update(moment.step - self.bar.n)
        if self.bar.disable or time.monotonic() - self.looked < self.bar.mininterval:
            return  # a loss that nobody sees is not waited for
        self.looked = time.monotonic()
        self.bar.set_postfix_str(str(moment), refresh=False)

    def judged(self, epoch: Epoch) -> None:
        if _is_first():
            self.bar.write(str(epoch), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
