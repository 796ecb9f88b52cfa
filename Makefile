# Two commands on a fresh machine: make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What checks scripts and style sheets comes from npm. Nothing else needs it: neither the demo nor the tests.
NODE_BIN := node_modules/.bin
NODE_READY := node_modules/.ready
export PYTHONDONTWRITEBYTECODE ?= 1
# Tests start hundreds of processes, each of which would compile the whole program anew.
test test-long test-corpus test-browser test-postgresql-redis: export PYTHONDONTWRITEBYTECODE =

# What looks up known flaws, and checks the bill of materials, needs packages that nobody else does.
AUDIT_VENV := .venv-audit
AUDIT_READY := $(AUDIT_VENV)/.ready
SBOM := build/sbom.cdx.json

.PHONY: demo test test-long test-corpus test-browser test-postgresql-redis check format stack mutants chaos bench translations sbom audit lock web worker beat sandbox clean

demo: $(READY)  ## the whole portal on this machine, with a sandbox in the provider's place
	@$(BIN)/python -m portal.demo

test: $(READY)  ## every test that needs no server and is over soon
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not long and not walk"

test-long: $(READY)  ## chaos, the second witness, every page for a screen reader, the demo itself
	$(BIN)/python -m pytest -n 3 --dist loadgroup -m "long and not walk and not corpus"

test-corpus: $(READY)  ## every film of the corpus for the automatic checks
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m corpus

test-browser: $(READY)  ## walks through the pages in a browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m walk

test-postgresql-redis: $(READY)  ## what touches rows, on the PostgreSQL and Redis that DATABASE_URL and CELERY_BROKER_URL name
	$(BIN)/python -m tests.postgresql_redis

# The type checker reads the settings, and they want what has no default.
check: export SECRET_KEY = for-the-type-checker
check: export PANJAYA_API_KEY = for-the-type-checker
check: $(READY) $(NODE_READY)  ## lint, format, types, templates, scripts, style sheets, migrations, deployment, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet templates
	$(NODE_BIN)/prettier --check --log-level warn .
	$(NODE_BIN)/eslint .
	$(BIN)/python -m tests.deployment
	$(BIN)/python -m pytest -q -p no:randomly tests/test_docs.py tests/test_floors.py tests/test_vendor.py tests/test_javascript.py tests/test_stylesheets.py tests/translations

format: $(READY) $(NODE_READY)  ## rewrite what a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NODE_BIN)/eslint --fix .
	$(NODE_BIN)/prettier --write --log-level warn .

stack: $(READY)  ## the image and compose.yaml, built and run here, one video dubbed through all of it (root, docker)
	$(BIN)/python -m tests.stack

mutants: $(READY)  ## breaks the code in chosen places, one at a time: some test has to notice each
	$(BIN)/python -m tests.mutants

chaos: $(READY)  ## kills, lost answers, cut lines, forged callbacks, a full disk: one JSON line per figure, 15 minutes
	$(BIN)/python -m tests.chaos

bench: $(READY)  ## one JSON line per figure
	$(BIN)/python -m tests.bench

web worker beat: $(READY)  ## one process, as in production
	@$(BIN)/python -m portal.run $@

sandbox: $(READY)  ## the stand-in for the provider
	@$(BIN)/python -m sandbox --state-dir var/sandbox

translations: export DJANGO_SETTINGS_MODULE = portal.settings
translations: export SECRET_KEY = for-the-translations
translations: export PANJAYA_API_KEY = for-the-translations
translations: $(READY)  ## puts every marked text into dubbing/locale, and takes out what is not used any more
	$(BIN)/python -m tests.translations

sbom: $(AUDIT_READY)  ## a bill of materials (CycloneDX) of what the portal is delivered with, in build/
	@$(AUDIT_VENV)/bin/python -m tests.supply_chain.sbom $(SBOM)
	@$(AUDIT_VENV)/bin/python -m tests.supply_chain.validation $(SBOM)

audit: $(AUDIT_READY)  ## known flaws of what the portal is delivered with; OSV= names a copy of that database
	@$(AUDIT_VENV)/bin/python -m tests.supply_chain.audit $(if $(OSV),--osv $(OSV))

lock:  ## after a change of dependencies in pyproject.toml
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --upgrade -o requirements.lock
	uv pip compile pyproject.toml --extra observability --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --no-emit-find-links --upgrade -c requirements.lock \
		-o requirements-observability.lock
	uv pip compile pyproject.toml --extra observability --group dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade -c requirements-observability.lock \
		-o requirements-dev.lock
	uv pip compile --group audit --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --upgrade -o requirements-audit.lock

$(READY): requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(AUDIT_READY): requirements-audit.lock
	$(PYTHON) -m venv $(AUDIT_VENV)
	$(AUDIT_VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.lock
	@touch $@

$(NODE_READY): package-lock.json
	npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

clean:
	rm -rf $(VENV) $(AUDIT_VENV) node_modules var staticfiles .mypy_cache .ruff_cache
