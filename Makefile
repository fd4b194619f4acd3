# Ductus: every habit is one command. `make` alone prints this menu.

PYTHON ?= $(firstword $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p; done) python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
# The locks name everything, so nothing is looked up besides: a release of today changes no set-up of yesterday.
PIP    := $(BIN)/python -m pip install -q --no-deps --require-hashes
LOCK   := uv pip compile -q --generate-hashes --universal --python-version 3.11 --custom-compile-command 'make lock'
# PostgreSQL, object storage and Redis need their own packages, installed when the environment asks for one.
SCALE  := $(if $(filter postgres%,$(DATABASE_URL))$(S3_BUCKET)$(REDIS_URL),$(VENV)/.scale)
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Compiling the tests takes longer than many of them do: what was compiled is kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := menu
.DELETE_ON_ERROR:
.PHONY: menu setup run demo upgrade test test-fast test-setup lint fix static docs screens bench torture assurance sbom ci lock clean

menu:  ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: $(VENV)/.run $(SCALE) static  ## install what Ductus needs
run: setup  ## serve Ductus with the demo practice on http://localhost:8000
	@$(BIN)/python manage.py serve
demo: $(VENV)/.run $(SCALE)  ## load the invented practice into an empty database
	@$(BIN)/python manage.py migrate -v0
	@$(BIN)/python manage.py demo
upgrade: setup  ## back up into BACKUPS=FOLDER, bring the database to this version, and look whether all is well
	@test -n "$(BACKUPS)" || { echo "Say where the backup goes: make upgrade BACKUPS=/var/backups/ductus" >&2; exit 2; }
	@$(BIN)/python manage.py upgrade "$(BACKUPS)"
test: test-setup  ## run every test, browser included
	@$(BIN)/python -m tests.assurance --begin
	@$(BIN)/python -m pytest -q -n 3 --dist worksteal
test-fast: $(VENV)/.test  ## run the tests that need neither database nor browser
	@$(BIN)/python -m pytest -q -m 'not django_db and not browser' tests/documentation tests/claims
lint: $(VENV)/.test  ## check style, types, imports, templates, migrations
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	find templates -name '*.html' | xargs -r $(BIN)/djade --check --target-version 5.2
	find templates -name '*.html' | xargs -r $(BIN)/djlint --quiet --lint
	DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run -v1
fix: $(VENV)/.test  ## mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	find templates -name '*.html' | xargs -r $(BIN)/djade --target-version 5.2
docs: $(VENV)/.test  ## write the generated reference pages anew
	@$(BIN)/python manage.py reference_docs
	@$(BIN)/python manage.py dependencies
assurance: $(VENV)/.test  ## write down what the last run of all tests tried
	@$(BIN)/python -m tests.assurance
sbom: $(VENV)/.test $(SCALE)  ## write a bill of materials (CycloneDX) to test-results/sbom.cdx.json
	@$(BIN)/python manage.py dependencies --sbom test-results/sbom.cdx.json
screens: test-setup  ## take a picture of every page, to be looked at in test-results/screens
	@$(BIN)/python -m pytest -q tests/browser/screens.py
bench: $(VENV)/.test static  ## measure, and write down
	@$(BIN)/python -m tests.bench
torture: test-setup  ## kill each verb fifty times at points drawn by chance
	@TORTURE=50 $(BIN)/python -m pytest -q -n 0 tests/faults tests/claims/backups/test_while_others_write.py
ci:  ## what the build server runs
	@.ci/run
lock: $(VENV)/.test  ## turn the requirements lists into hash locks
	for list in requirements requirements-scale requirements-dev; do $(BIN)/$(LOCK) $$list.in -o $$list.txt || exit 1; done
clean:  ## remove what the other commands made, the database and media excepted
	rm -rf $(VENV) staticfiles .assurance .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache htmlcov test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Steps that are skipped when nothing changed -------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Ductus needs Python 3.11 or newer.")'
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null && $(PYTHON) -m venv --clear $(VENV); } \
	|| { command -v virtualenv >/dev/null && virtualenv -q --clear -p $(PYTHON) $(VENV); } \
	|| { rm -rf $(VENV); echo "Python cannot make an environment here: install python3-venv and run make again." >&2; exit 1; }

$(VENV)/.run: requirements.txt | $(BIN)/python
	@echo "Installing what Ductus needs"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.scale: requirements-scale.txt $(VENV)/.run
	@$(PIP) -r requirements-scale.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt $(VENV)/.run
	@echo "Installing what tests and checks need"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# Tests run without a browser, too, and then say so; on a build server (CI=true) that is a failure.
test-setup: $(VENV)/.test $(SCALE)
	@.ci/browser $(BIN) || [ -z "$$CI" ]

static: staticfiles/staticfiles.json
staticfiles/staticfiles.json: $(VENV)/.run config/staticfiles.py $(shell find static -type f 2>/dev/null)
	@$(BIN)/python manage.py collectstatic --noinput --clear -v0
	@touch $@
