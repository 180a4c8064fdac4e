# Python 3.11 with venv, make, and the network on the first run: nothing else is needed, and nothing outside this folder is changed
# except the caches of uv and Atelier in ~/.cache.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
RUN = $(PYTHON) deploy/embedded/bootstrap.py
export PORT EXIT

.DEFAULT_GOAL := help
.PHONY: help demo up organiser test faults bench check lock documents clean

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Play a whole workshop on real servers, then keep it open to look around (EXIT=1 leaves; PORT=8000; TARGET=compose)
	@$(RUN) embedded atelier demo $(if $(EXIT),--exit) $(if $(PORT),--port $(PORT)) $(if $(TARGET),--target $(TARGET))

up: ## Start the system empty, on data that survives restarts (PORT=8000)
	@$(RUN) embedded atelier up $(if $(PORT),--port $(PORT))

organiser: ## Create an organiser's account in the system that `make up` runs
	@$(RUN) embedded atelier --on var/up organiser create

# Two files at a time, each process with servers of its own: a test mostly waits. In the order of the folders, so that the long ones are not last.
test: ## Run all tests (ARGS="tests/unit -k name" passes on to pytest)
	@$(RUN) development python -m deploy.embedded.prepare
	@$(RUN) development python -m pytest $(if $(ARGS),$(ARGS),--numprocesses 2 --dist loadfile --no-loadscope-reorder)

faults: ## Strike the system under load and compare everything (FAULTS=500 SEED=n MINUTES=m STAGES=n KINDS=a,b RESUME=1 PLANTED=1)
	@$(RUN) development python -m deploy.embedded.prepare
	@$(RUN) development python -m tests.faults.matrix $(if $(FAULTS),--faults $(FAULTS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(STAGES),--stages $(STAGES)) $(if $(KINDS),--kinds "$(KINDS)") $(if $(RESUME),--resume) $(if $(PLANTED),--planted)

bench: ## Measure how fast it is, and how far from what this machine allows (QUICK=1; PEERS=1 measures two other systems beside it)
	@$(RUN) development python -m deploy.embedded.prepare
	@$(RUN) development python -m bench $(if $(QUICK),--quick) $(if $(PEERS),--peers)

check: ## Run all static checks
	@$(RUN) development python -m deploy.checks

documents: ## Write the generated schemas and descriptions of interfaces anew
	@$(RUN) development atelier documents

lock: ## Resolve all dependencies anew, within what pyproject.toml allows (UPGRADE=1 takes the newest)
	@$(RUN) development python -m deploy.checks.lock $(if $(UPGRADE),--upgrade)

clean: ## Remove the environment, tools and data of this folder
	rm -rf .venv .tools var
