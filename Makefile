# Themeshift. `make` prints this help; `make demo` and `make test` each do all of their own set-up.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
DATA   ?= $(or $(THEMESHIFT_DATA),data)
DEMO   := demo
RUN    := $(BIN)/themeshift
ON     := --data "$(DATA)"
# The sections of bench-model that stock BERTopic, of some gigabytes, is installed for.
STOCK  := $(if $(SECTION),$(filter topics speed,$(SECTION)),topics speed)
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
# Without compiled modules each command spends two seconds more on compiling what it imports.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup lock demo test test-fast lint crawl build reprocess publish report sql fixture coder embedder bench bench-coding bench-crawl bench-duplicates bench-many bench-model bench-read bench-trends hostile bitrot learn-reader docs clean schedule audit release-sample fuzz soak

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  Variables: DATA=folder (default data), SOURCE=name (crawl), SQL='query' (sql)"

setup: $(VENV)/.ready ## Make the environment: a venv with exactly what requirements.lock says

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; $(PYTHON) is older: make PYTHON=python3.12 …" >&2; exit 2; }
	@test -x $(UV) || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; }
	@$(UV) pip sync --quiet --require-hashes requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@$(UV) pip uninstall --quiet pip setuptools 2>/dev/null || true
	@touch $@

lock: ## Renew requirements.lock from pyproject.toml
	@$(UV) pip compile pyproject.toml --group test --group lint --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet --upgrade --output-file requirements.lock

audit: setup ## Ask whether a locked version has a known hole; needs a network
	@$(UV) tool run --quiet pip-audit --version >/dev/null 2>&1 || \
		{ echo "audit: pip-audit can't be fetched. It needs a network, and so does what it asks; nothing was looked up" >&2; exit 2; }
	@$(UV) tool run --quiet pip-audit --disable-pip --require-hashes --requirement requirements.lock

demo: setup ## Crawl the sample web, build, publish and report: first insight in a minute
	@$(BIN)/python -m spiders.sampleweb.demo --data "$(DEMO)"

test: lint ## Lint and run all tests
	@$(BIN)/pytest -n auto --dist worksteal

test-fast: setup ## The tests that take no time, between two edits
	@$(BIN)/pytest -n auto --dist worksteal -m "not slow"

lint: setup ## ruff, mypy, import-linter
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

crawl: setup ## Gather from all sources, or SOURCE=bmj
	@$(RUN) crawl $(ON) $(SOURCE)

build: setup ## Run every stage on what is new
	@$(RUN) build $(ON)

reprocess: setup ## Read the whole archive anew, and say what publishing would change
	@$(RUN) reprocess $(ON)

publish: setup ## Swap a fresh snapshot into place for SQL clients
	@$(RUN) publish $(ON)

report: setup ## Write the report from the published file
	@$(RUN) report $(ON)

sql: setup ## Ask the published file: make sql SQL='FROM flow'
	@$(RUN) sql $(ON) "$$SQL"

schedule: setup ## Print a systemd timer and a cron line, or write them to WRITE=folder
	@$(RUN) schedule $(ON) $(if $(WRITE),--write "$(WRITE)")

bench-read: setup ## How well and how fast pages are read, beside other readers: make bench-read PAGES=folder DATES=folder
	@test -x .venv-bench/bin/python || { $(UV) venv --quiet .venv-bench && $(UV) pip install --quiet --python .venv-bench/bin/python --group bench; } || \
		echo "bench-read: newspaper4k and readability-lxml could not be installed; going on without them" >&2
	@DATES="$(DATES)" $(BIN)/python -m tests.bench.read $(if $(PAGES),"$(PAGES)")

learn-reader: setup ## Fit the model that finds the text of unknown pages anew: make learn-reader PAGES="folder folder"
	@$(BIN)/python -m tests.bench.read.learn $(PAGES)

docs: setup ## Renew docs/sources.md, docs/settings.md, docs/limits.md and the table of stages in docs/flow.md
	@$(BIN)/python -m spiders.describe > docs/sources.md.new && mv docs/sources.md.new docs/sources.md
	@$(BIN)/python -m tests.tools.stage_table
	@$(BIN)/python -m tests.tools.settings_table
	@$(BIN)/python -m tests.tools.limits_table

release-sample: setup ## Keep a small data folder of this version, for its successors to open
	@$(BIN)/python -m tests.tools.save_release $(if $(CODE),--code "$(CODE)")

fixture: setup ## A page of the archive becomes a test's fixture: make fixture CAPTURE=id NAME=case SOURCE=name
	@$(BIN)/python -m tests.tools.make_fixture $(ON) $(if $(NAME),--name "$(NAME)") $(if $(SOURCE),--source $(SOURCE)) $(if $(KEEP),--keep) "$(CAPTURE)"

coder: setup ## Learn the default codebook's themes from the reference set anew
	@$(BIN)/python -m tests.tools.make_coder

embedder: setup ## Install the library of another embedder: make embedder NAME=model2vec
	@$(UV) pip install --quiet --no-config --constraint requirements.lock "$(or $(NAME),model2vec)" $(OPTIONS)

bench: setup ## Measure each stage on a folder or file: make bench CORPUS=path
	@$(BIN)/python -m tests.bench.stages $(if $(CORPUS),"$(CORPUS)")

bench-crawl: setup ## What keeping every page costs beside plain Scrapy: make bench-crawl PAGES=2000
	@$(BIN)/python -m tests.bench.crawl $(or $(PAGES),2000) $(or $(ROUNDS),3)

bench-duplicates: setup ## What is grouped and what it costs: make bench-duplicates N=100000 CORPUS=file
	@$(BIN)/python -m tests.bench.duplicates $(or $(N),100000) $(if $(CORPUS),"$(CORPUS)")

bench-trends: setup ## Bias and coverage of trends on documents of known truth: make bench-trends N=500
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.bench.trends $(or $(N),500)

bench-model: setup ## Models beside stock BERTopic and baselines, about an hour: make bench-model BBC=path DHSC=path COMMENTS=path SECTION=topics
	@test -z "$(STOCK)" || test -x .venv-bench-model/bin/python || { $(UV) venv --quiet .venv-bench-model && $(UV) pip install --quiet --no-config --python .venv-bench-model/bin/python --group bench-model; } || \
		{ rm -rf .venv-bench-model; echo "bench-model: stock BERTopic could not be installed; going on without it" >&2; }
	@BBC="$(BBC)" DHSC="$(DHSC)" COMMENTS="$(COMMENTS)" $(BIN)/python -m tests.bench.model $(SECTION)

bench-coding: setup ## How well themes are coded, beside baselines: make bench-coding CCG=path DHSC=path SPEECHES=path COMMENTS=path BBC=path SET=ccg
	@CCG="$(CCG)" DHSC="$(DHSC)" SPEECHES="$(SPEECHES)" COMMENTS="$(COMMENTS)" BBC="$(BBC)" EMBEDDER="$(EMBEDDER)" $(BIN)/python -m tests.bench.coding $(SET)

bench-many: setup ## Many captures read, killed and read on: make bench-many N=100000
	@$(BIN)/python -m tests.bench.many $(or $(N),100000)

hostile: setup ## Mutated pages against the readers, damaged files against the doors: make hostile N=10000
	@$(BIN)/python -m tests.tools.hostile $(or $(N),10000)

bitrot: setup ## Bits flipped in every kind of file, looked for and built upon: make bitrot N=2000
	@$(BIN)/python -m tests.tools.bitrot $(or $(N),2000)

fuzz: setup ## Damaged files and words against every door: make fuzz N=100000 FROM=5000
	@$(BIN)/python -m tests.tools.fuzz $(or $(N),5000) $(or $(FROM),0)

soak: setup ## Every command killed, and on machines that refuse, beside an undisturbed run: make soak N=300 FRESH=1
	@$(BIN)/python -m tests.bench.soak $(or $(N),30) $(if $(FRESH),fresh)

clean: ## Remove the environment, caches and the demo; never the archive
	@rm -rf $(VENV) .venv-bench .venv-bench-model .soak "$(DEMO)" .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
