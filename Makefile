# `make demo` and `make test` install what they need (Debian bookworm, as root or with sudo), build, and do their job.
#
#   make demo [ARGS="--duration 30s"]   the scaler, a mock Kafka cluster and a poller like KEDA's, in one process
#   make test                           lint, then every test below; closes with the runners' own summary lines
#   make test-unit                      pure modules and those that need only this process
#   make test-kafka                     against a real broker
#   make test-keda [ARGS="-rows 1000"]  driven by KEDA's own Go clients, compared with KEDA's own scalers
#   make test-kube                      the controller, and the scaler in a cluster, against a real API server
#   make test-e2e                       the same with KEDA and the HPA, and with releases of the chart (KEDA builds for 15 minutes, once a machine)
#   make test-chart                     the Helm chart (helm is built once a machine)
#   make test-docs                      the commands of README and docs/getting-started.md, as they are written
#   make test-observability             metrics, alerts, dashboard: promtool, and a Prometheus that scrapes Weir at work
#   make test-web                       the status pages in a headless Chromium, with 5,000 groups
#   make images                         the same, and writes docs/images
#   make test-asan, make test-tsan      most of the same under the sanitizers
#   make test-tools                     the lint tests' own tests
#   make lint                           formatting, clang-tidy, include table, sizes, links
#   make format                         mends formatting
#   make bench                          memory, connections and latency of 1,000 triggers
#   make bench-keda [ARGS="-rounds 1"]  the same and more beside KEDA's own scalers, up to 10,000 groups (about 15 minutes)
#   make bench-placement                the scheduler beside Knative's, up to 10,000 pods and groups (ARGS=--quick: 1,000)
#   make coverage                       lines that the unit tests reach
#   make build                          build/release/weir and every test program
#   make clean                          takes build/ away; the cache (WEIR_CACHE, default ~/.cache/weir) stays

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

ARGS ?=
CMAKE_BUILD := tools/build.sh

.PHONY: demo test test-unit test-kafka test-keda test-kube test-e2e test-chart test-docs test-observability test-web images test-asan test-tsan test-tools lint format bench bench-keda bench-placement coverage build deps deps-test clean

demo: deps
	@$(CMAKE_BUILD) release weir
	@exec build/release/weir demo $(ARGS)

build: deps
	@$(CMAKE_BUILD) release

test: deps-test
	@tools/test.sh lint test-tools test-unit test-kafka test-keda test-tsan test-asan

test-unit: deps-test
	@$(CMAKE_BUILD) release
	@tools/ctest.sh release unit

test-kafka: deps-test
	@$(CMAKE_BUILD) release
	@tools/ctest.sh release kafka

test-keda: deps-test
	@$(CMAKE_BUILD) release weir
	@tools/keda_tests.sh release $(ARGS)

test-kube: deps-test
	@$(CMAKE_BUILD) release
	@tools/with_tools.sh tests/kube/run.sh release

# Fewer of KEDA's rows, and leader changes by tests/kafka alone: what the others show is of answers, not of memory.
test-e2e: deps-test
	@$(CMAKE_BUILD) release
	@tools/with_tools.sh tests/e2e/run.sh release

test-chart: deps-test
	@$(CMAKE_BUILD) release weir
	@tests/chart/run.sh release

test-docs: deps-test
	@$(CMAKE_BUILD) release weir
	@tests/docs/run.sh

test-observability: deps-test
	@$(CMAKE_BUILD) release weir weir_crowd
	@tests/observability/run.sh release

test-web: deps-test
	@tools/apt_install.sh web
	@$(CMAKE_BUILD) release weir weir_crowd
	@tests/web/run.sh release

images:
	@WEIR_IMAGES=$(CURDIR)/docs/images $(MAKE) --no-print-directory test-web

test-asan: deps-test
	@$(CMAKE_BUILD) asan-ubsan
	@tools/ctest.sh asan-ubsan unit kafka
	@tools/keda_tests.sh asan-ubsan -rows 200 -test.skip '^TestThreeBrokers$$' $(ARGS)

test-tsan: deps-test
	@$(CMAKE_BUILD) tsan
	@tools/ctest.sh tsan unit

test-tools: deps-test
	@python3 -m unittest discover --start-directory tests/lint --pattern '*_test.py'

lint: deps-test
	@$(CMAKE_BUILD) release weir_proto
	@tests/lint/run.sh

format: deps-test
	@find src tests bench examples -name '*.h' -o -name '*.cc' | xargs "$$(tools/python_tools.sh)/clang-format" -i

bench: deps-test
	@$(CMAKE_BUILD) release weir weir_grpc_load
	@tools/with_tools.sh bench/run.sh $(ARGS)

bench-keda: deps-test
	@$(CMAKE_BUILD) release weir weir_grpc_load
	@tools/with_tools.sh bench/keda.sh $(ARGS)

bench-placement: deps-test
	@$(CMAKE_BUILD) release weir_placement_bench
	@go_bin=$$(tools/go.sh); PATH=$$go_bin:$$PATH bench/placement/run.sh $(ARGS)

coverage: deps-test
	@$(CMAKE_BUILD) coverage
	@tools/ctest.sh coverage unit
	@"$$(tools/python_tools.sh)/gcovr" --root . --filter src/ --print-summary --html-details build/coverage/index.html \
	  build/coverage

deps:
	@tools/apt_install.sh build

deps-test:
	@tools/apt_install.sh build test

clean:
	rm -rf build
