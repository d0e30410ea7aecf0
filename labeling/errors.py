"""Every failure a user can meet: one sentence that says what was seen, what was wanted, what to do."""


class LabelingError(Exception):
    """The base of all: its text is shown as it stands, without a traceback."""


class SettingsError(LabelingError):
    """A setting that cannot be used."""


class WorkspaceError(LabelingError):
    """No workspace where one is needed, or one that cannot be opened."""


class StoreError(LabelingError):
    """An artifact that is missing, damaged or cannot be written."""


class AbsentError(StoreError):
    """An artifact that is not in the store."""


class ReadError(LabelingError):
    """A file of pins that cannot be read at all (single bad rows are rejected, not raised)."""


class CollectionError(LabelingError):
    """A collection that does not exist, or an import into it that cannot be finished."""


class ImageFault(LabelingError):  # noqa: N818 it is a fault of one pin, which the run counts
    """An image that cannot be had or is none; its text is kept as the fault of its pin."""


class ReviewError(LabelingError):
    """An answer that cannot be taken, or an annotator who may not give it."""


class TrainingError(LabelingError):
    """A model that cannot be trained, loaded or taken."""


class NoGainError(TrainingError):
    """A fine-tuned model that is no better than its frozen encoder."""


class ModelError(LabelingError):
    """A model that is not registered, damaged, cannot be evaluated or is not promoted."""


class UnjudgedError(ModelError):
    """A model that no pin can judge yet."""


class SignalError(LabelingError):
    """A signal that does not exist or is not well formed."""


class FunctionError(LabelingError):
    """A labeling function that cannot be registered or used."""


class EngineError(LabelingError):
    """An engine that cannot be used, or whose workers died."""


class ResolveError(LabelingError):
    """Votes that cannot be resolved into soft labels."""


class GoldError(LabelingError):
    """Labels that cannot become gold."""


class PersonError(LabelingError):
    """Someone who may not sign in, or a name or role that cannot be given."""


class SimulationError(LabelingError):
    """A simulation that cannot be played."""


class EstimateError(LabelingError):
    """Figures that cannot be estimated from answers."""


class WatchError(LabelingError):
    """A baseline that new pins cannot be held against."""


class EncoderError(LabelingError):
    """An encoder that is unknown or cannot be loaded."""


class MapError(LabelingError):
    """A map that cannot be drawn."""


class LabelStudioError(LabelingError):
    """A Label Studio server that cannot be used, or a project that is not there."""


class DatabaseError(LabelingError):
    """A database that cannot be reached or has another schema."""


class DatasetError(LabelingError):
    """A dataset version that is missing, damaged or refused."""


class ContractError(LabelingError):
    """A delivered signal that is not what its contract says."""
