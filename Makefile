# Every command that a person or CI runs. Plain `make` prints them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help setup run demo build install uninstall dist test fuzz soak lint format bench docs clean

PREFIX ?= /usr/local
DESTDIR ?=

# Dependencies are of exactly the versions in Package.swift; whoever depends on the libraries may have newer ones.
export TURNSTONE_PINNED := 1

SWIFT_BUILD_FLAGS := --explicit-target-dependency-import-check error

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

run: ## Set up, build (release) and run Turnstone at http://localhost:5000
	@tools/setup run
	@swift build -c release --product turnstone && swift build -c release --product turnstone-jq
	@exec .build/release/turnstone serve

demo: ## The same, with a demo site whose pages keep changing
	@tools/setup run
	@swift build -c release --product turnstone && swift build -c release --product turnstone-jq
	@exec .build/release/turnstone demo

build: ## Set up and build (release)
	@tools/setup run
	@swift build -c release --product turnstone && swift build -c release --product turnstone-jq

install: build ## Build and install with a systemd unit (PREFIX=/usr/local, DESTDIR for packagers); may need root
	@tools/install .build/release $(PREFIX) $(DESTDIR)$(PREFIX)

uninstall: ## Remove what install installed, but not your data
	@rm -rf $(DESTDIR)$(PREFIX)/lib/turnstone $(DESTDIR)$(PREFIX)/share/turnstone $(DESTDIR)$(PREFIX)/share/doc/turnstone
	@rm -f $(DESTDIR)$(PREFIX)/bin/turnstone $(DESTDIR)$(PREFIX)/lib/systemd/system/turnstone.service

dist: build ## Build an archive that runs from any folder on a machine with the same libraries (.build/dist/*.tar.gz)
	@name=turnstone-$$(.build/release/turnstone version)-linux-$$(uname -m); \
	    rm -rf .build/dist && tools/install .build/release $(PREFIX) .build/dist/$$name && \
	    tar -C .build/dist --owner=0 --group=0 --sort=name -czf .build/dist/$$name.tar.gz $$name && \
	    echo ".build/dist/$$name.tar.gz"

test: ## Set up, lint, and run every test
	@tools/setup test
	@$(MAKE) --no-print-directory lint
	swift build --build-tests $(SWIFT_BUILD_FLAGS)
	@tools/test
	@tools/dependent

fuzz: ## Feed every parser with random input for a minute each (SECONDS=60), under the address sanitizer
	@tools/setup run
	@tools/fuzz $(or $(SECONDS),60)

# The simulation makes one world after another, each of 2 to 30 simulated days, as many as SECONDS are enough for. The
# program runs for MINUTES among hosts of every temper. 0 leaves a part out: `make soak SECONDS=0 MINUTES=600`.
soak_seconds := $(or $(SECONDS),3600)
soak_minutes := $(or $(MINUTES),30)

soak: ## Simulate worlds for SECONDS=3600, then run the program among sick hosts for MINUTES=30 (0 leaves a part out)
	@tools/setup test
ifneq ($(soak_seconds),0)
	swift build --build-tests $(SWIFT_BUILD_FLAGS)
	@SOAK_SECONDS=$(soak_seconds) swift test --skip-build --filter '^MonitorTests\.SimulationTests/soak'
endif
ifneq ($(soak_minutes),0)
	@swift build -c release --product turnstone && swift build -c release --product turnstone-jq
	@swift build -c release --product turnstone-bench
	@.build/release/turnstone-bench soak $(soak_minutes)
endif

lint: ## Check the formatting, and the width of comments
	@swift format lint --strict --configuration .swift-format -r Sources Tests Examples Package.swift
	@tools/comments

format: ## Format the sources
	@swift format -i --configuration .swift-format -r Sources Tests Examples Package.swift

bench: ## Measure, with references in the same run, and print a table
	@tools/setup test
	@swift build -c release --product turnstone && swift build -c release --product turnstone-jq
	@tools/setup bench
	@swift build -c release --product turnstone-bench
	@swift build -c release --product socketio-testapp
	@swift build -c release --product StorageBench
	@.build/release/turnstone-bench
	@.build/release/StorageBench

docs: ## Regenerate docs/configuration.md and docs/settings.md
	@swift build --product turnstone
	@.build/debug/turnstone config --markdown > .build/configuration.md
	@mv .build/configuration.md docs/configuration.md
	@.build/debug/turnstone settings --markdown > .build/settings.md
	@mv .build/settings.md docs/settings.md

clean: ## Remove everything built and set up, but not your data
	@rm -rf .build .build-dependent .setup .venv .venv-eio3 .venv-bench templates/assets/vendor
