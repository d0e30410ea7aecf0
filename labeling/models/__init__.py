"""Models of a signal: trained on a version, judged on other pins, put in use or not, asked of every pin.

| module | its one job |
|---|---|
| `training` | the train step: a published version -> a model |
| `files`, `registry`, `table` | immutable versions in the store, their trail, and the list of them |
| `thresholds` | from where on a class is believed, by that trail |
| `made_with`, `rows`, `slices` | which pins judge, and what they are sliced by |
| `evaluating`, `promoting` | a model on those pins, alone or beside the one in use |
| `delivering` | the predict step: a model and a collection -> a signal with its contract |
| `card`, `page`, `terminal`, `tracking` | an evaluation as people and MLflow read it |

The figures themselves are `labeling.judgement`'s; what needs no database is `labeling.training`.
"""
