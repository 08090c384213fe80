# The commands of this project. Needs make and Python 3.11 or later; all else is installed into .venv.
# Every path is relative, because make splits an absolute one at a space.

VENV := .venv/bin/python
PYTHON ?= $(shell for found in python3.11 python3.12 python3.13 python3; do \
	$$found -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$found && break; done)

# Texts are UTF-8, whatever the locale of this machine says.
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check mutants bench docs metadata lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: .venv/installed ## run the main job and stay; ONCE=1 stops after it, DATA= and MAPPINGS= take other folders
	@exec $(VENV) -m demo $(if $(ONCE),--once) $(if $(DATA),--data "$$DATA") $(if $(MAPPINGS),--mappings "$$MAPPINGS")

test: check ## check the code, then run the tests
	@# Three at once, since a fifth of their time they wait; and not the files with most tests first, or the long ones end last.
	@$(VENV) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: .venv/installed ## lint, format, types
	@$(VENV) -m ruff check
	@$(VENV) -m ruff format --check
	@$(VENV) -m mypy

mutants: .venv/installed ## take the behaviours of tests/mutants.yaml out one by one, print those that no test notices; ROWS="Baton-12 ..."
	@exec $(VENV) -m tests.mutants $(ROWS)

bench: .venv/installed ## measure the speed; the figures go to bench/out/results.json
	@PYTHONPATH=plugins exec $(VENV) -m bench

docs: .venv/installed ## write docs/mappings.md and the JSON Schemas of mapping files from the models
	@PYTHONPATH=plugins exec $(VENV) -m docs.mapping_page

metadata: .venv/installed ## write salesforce/, which deploys the object and the fields, from the mappings and demo/org.yaml
	@PYTHONPATH=plugins exec $(VENV) -m demo.org_metadata

COMPILE := $(VENV) -m uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11

lock: .venv/installed ## compile both requirements*.in, with the newest versions, the same in both
	@$(COMPILE) --upgrade requirements.in --output-file requirements.txt
	@$(COMPILE) --constraints requirements.txt requirements-run.in --output-file requirements-run.txt

clean: ## remove what make has made: .venv, the demo's state, caches
	@if [ -x $(VENV) ]; then $(VENV) -m demo.clean; fi
	@rm -rf .demo .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis bench/out \
		packages/localorg/.pytest_cache packages/localorg/.hypothesis packages/localorg/bench/out

# The stamp is a copy of the lock: a checkout gives the lock a new date, but only a new text is a reason to install again.
.venv/installed: requirements.txt
	@if cmp -s requirements.txt $@; then touch $@; else PYTHON='$(PYTHON)' sh .ci/install; fi
