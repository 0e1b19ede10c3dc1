# Another Python from 3.11 to 3.13 than python3: rm -rf .venv; make dev PYTHON=python3.12
PYTHON ?= python3
BIN = .venv/bin
# Containers like to set it, and then each of the hundreds of programs that the tests start compiles Prefect anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile

dev: .venv/.stamp ## Make the environment in .venv, with everything the tests and checks need

demo: .venv/.stamp ## Show one night on the real register: what is due, who is told, and the mails
	@echo "demo: the register of Qiyang, in the night of 2023-12-25"
	@rm -rf demo
	@DUBAN_HOME=demo $(BIN)/duban init
	@DUBAN_HOME=demo $(BIN)/duban nightly --as-of 2023-12-25
	@DUBAN_HOME=demo $(BIN)/duban outbox
	@echo
	@echo "demo: what the head of the bureau receives:"
	@DUBAN_HOME=demo $(BIN)/duban outbox --show 1
	@echo
	@echo "demo: each message is a file in a Maildir of demo/mail, one folder a person;"
	@echo "      DUBAN_HOME=demo .venv/bin/duban status --as-of 2023-12-25 shows the register"

test: .venv/.stamp ## Run all tests, on SQLite and on PostgreSQL
	@echo "test: on SQLite and PostgreSQL"
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: .venv/.stamp ## Check format, lint, types and import contracts
	@echo "check: format, lint, types, import contracts"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

fmt: .venv/.stamp ## Format the code and repair what the linter can
	@echo "fmt: format and repair"
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/.stamp ## Measure duban against its yardsticks
	@echo "bench: ratios of one run"
	@$(BIN)/python -m benchmarks

lock: ## Pin the dependencies anew (maintainers; needs uv)
	@echo "lock: requirements.lock, for Python 3.11 to 3.13"
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras --no-header \
		-o requirements.lock pyproject.toml

# The lock is whole, so pip resolves nothing (it would look for sqlalchemy[asyncio] beside the pinned sqlalchemy).
# The hashes decide what is installed, from wherever the machine's own pip settings fetch it; only a
# constraint of the machine could contradict the lock. An environment keeps the Python it was made with.
.venv/.stamp: requirements.lock pyproject.toml
	@echo "dev: installing into .venv (a minute or two)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
			echo "duban needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is none: try make PYTHON=python3.12" >&2; \
			exit 1; }; \
		$(PYTHON) -m venv --clear .venv; }
	@PIP_CONSTRAINT=/dev/null $(BIN)/python -m pip install -qq --disable-pip-version-check \
		--require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/.stamp

.PHONY: help dev demo test check fmt bench lock
