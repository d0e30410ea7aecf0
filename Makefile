# make demo and make test work from a fresh clone with Python 3.11 and make, and nothing prepared.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo

.PHONY: demo test lint bench app samples clean

demo: $(VENV)/demo-ready
	rm -rf $(DEMO)
	$(BIN)/labeling --home $(DEMO) init
	$(BIN)/labeling --home $(DEMO) import samples data_samples/pins.csv
	$(BIN)/labeling --home $(DEMO) run spam samples
	$(BIN)/labeling --home $(DEMO) run topic samples
	$(BIN)/labeling --home $(DEMO) report spam samples --html $(DEMO)/spam.html
	$(BIN)/labeling --home $(DEMO) report topic samples --html $(DEMO)/topic.html
	$(BIN)/labeling --home $(DEMO) pull spam-samples@latest $(DEMO)/pulled
	@echo
	@echo "Where to look next:"
	@echo "  $(DEMO)/spam.html, $(DEMO)/topic.html   the reports, as pages"
	@echo "  $(DEMO)/pulled                          the published version, as a training job gets it"
	@echo "  make app                              the web app on all this: answer the queue, look at pins"
	@echo "  $(BIN)/labeling --home $(DEMO) train spam-samples@v0001 --quick"
	@echo "                                        a model; then promote, predict (docs/evaluation.md)"
	@echo "  labeling_functions/spam/                edit a function, then run again:"
	@echo "  $(BIN)/labeling --home $(DEMO) run spam samples"

test: $(VENV)/dev-ready
	OMP_NUM_THREADS=1 $(BIN)/pytest -n logical --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

lint: $(VENV)/dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/dev-ready
	$(BIN)/python benchmarks/voting.py
	$(BIN)/python benchmarks/label_model.py
	$(BIN)/python benchmarks/label_model_probes.py
	$(BIN)/python benchmarks/encoding.py
	$(BIN)/python benchmarks/predicting.py
	$(BIN)/python benchmarks/fine_tuning.py
	$(BIN)/python benchmarks/neighbours.py
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/claiming.py
	$(BIN)/python benchmarks/claiming.py --database postgresql
	$(BIN)/python benchmarks/claiming.py --database postgresql --open 1000000

app: $(VENV)/app-ready
	$(BIN)/labeling --home $(DEMO) review

samples: $(VENV)/demo-ready
	$(BIN)/python data_samples/make_pins.py

clean:
	rm -rf $(VENV) $(DEMO)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo-ready: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt torch==2.13.0
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e .
	touch $@

$(VENV)/app-ready: $(VENV)/demo-ready
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e '.[app]'
	touch $@

$(VENV)/dev-ready: $(VENV)/demo-ready
	$(BIN)/pip install --disable-pip-version-check -q -c constraints.txt -e '.[app,gcs,images,label-studio,mlflow,postgres,ray,s3,dev]'
	touch $@
