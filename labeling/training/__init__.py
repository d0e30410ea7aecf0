"""A pulled dataset version becomes a model: `train(folder, output)`; `load_model(output)` reads it.

Imports only pyarrow, numpy, scipy, scikit-learn, Pillow, torch, transformers and sentence-transformers
(and accelerate for several devices), so a training job installs nothing of what labels pins.
"""

from labeling.training.fitting import TrainingReport, train
from labeling.training.model import SignalModel, load_model
from labeling.training.training_settings import TrainingSettings

__all__ = ["SignalModel", "TrainingReport", "TrainingSettings", "load_model", "train"]
