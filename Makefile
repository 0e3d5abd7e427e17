# The ISP suite. Two commands do everything on a fresh Debian 12: make demo, make test.
PYTHON ?= python3
ADDON ?=
NAME ?=
ROUNDS ?=

.DEFAULT_GOAL := help
.PHONY: help python setup demo demo-up demo-down demo-status demo-reset test test-fast lint bench faults sdk screenshots i18n lock

help:  ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "PROBLEM: $(PYTHON) is missing: install the packages python3 and python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' || { echo "PROBLEM: $$($(PYTHON) --version) does not fit: use Python 3.11 or 3.12 (make PYTHON=python3.11 …)" >&2; exit 1; }

setup: python  ## fetch everything that demo and tests need
	@$(PYTHON) -m scripts.setup

demo: python  ## run the whole ISP in the foreground (DEMO_PORT=8069); Ctrl-C stops it
	@exec $(PYTHON) -m scripts.demo run

demo-up: python  ## the same in the background
	@$(PYTHON) -m scripts.demo up

demo-down: python  ## stop it
	@$(PYTHON) -m scripts.demo down

demo-status: python  ## say what of it answers
	@$(PYTHON) -m scripts.demo status

demo-reset: python  ## forget the demo's data; the next start makes it anew
	@$(PYTHON) -m scripts.demo reset

test: python  ## every test of everything; ADDON=isp_cfdi for one addon
	@$(PYTHON) -m scripts.runtests $(if $(ADDON),--addon $(ADDON))

test-fast: python  ## one addon on a kept database, by pytest (ADDON=isp_cfdi)
	@$(PYTHON) -m scripts.runtests --fast --addon "$(ADDON)"

lint: python  ## all linters, blocking
	@$(PYTHON) -m scripts.lint

bench: python  ## a benchmark of tests/bench (NAME=billing)
	@$(PYTHON) -m scripts.bench $(NAME)

faults: python  ## kill server and PostgreSQL at random (NAME=billing ROUNDS=50)
	@$(PYTHON) -m scripts.faults "$(NAME)" $(ROUNDS)

sdk: python  ## the vendor's libraries against the Openpay simulator (NAME=mocha)
	@$(PYTHON) -m scripts.sdk $(NAME)

screenshots: python  ## pictures of portal and back office from the demo
	@$(PYTHON) -m scripts.screenshots

i18n: python  ## write the translation templates and merge es_MX
	@$(PYTHON) -m scripts.i18n

lock: python  ## resolve the requirements again, with hashes
	@$(PYTHON) -m scripts.lock
