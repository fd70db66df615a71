# Two commands: `make run` serves on 127.0.0.1:7420, `make test` checks everything.

SWIFT ?= swift
PORT ?= 7420
RELEASE = .build/release

.PHONY: run build dist install test check lint format bench soak fuzz clean

run: build
	@Scripts/run $(RELEASE) --port $(PORT)

build:
	@Scripts/setup
	$(SWIFT) build -c release --product troupe
	$(SWIFT) build -c release --product troupe-scripted-agent

# A program that needs nothing of the Swift toolchain; then, as root, its place, its unit and its user (docs/operations.md).
dist:
	@Scripts/setup
	$(SWIFT) build -c release --static-swift-stdlib --product troupe

install:
	install -D -m 0755 $(RELEASE)/troupe $(DESTDIR)/usr/local/bin/troupe
	install -D -m 0644 Packaging/systemd/troupe.service $(DESTDIR)/etc/systemd/system/troupe.service
	install -D -m 0644 Packaging/systemd/troupe.sysusers $(DESTDIR)/usr/lib/sysusers.d/troupe.conf
	test -e $(DESTDIR)/etc/troupe/config.yaml || \
	  install -D -m 0644 Packaging/systemd/config.yaml $(DESTDIR)/etc/troupe/config.yaml

# The real Claude Code CLI is part of the tests; it talks to a stub API on loopback and needs no account.
# Not all tests at once: time limits are for what hangs, not for what waits for two cores.
test:
	@Scripts/setup --test
	@Scripts/fetch-claude >/dev/null || echo "make test: no Claude Code CLI to be had; the tests with it are skipped and say so"
	@for name in prometheus schemathesis clients; do Scripts/fetch-python $$name >/dev/null || \
	  echo "make test: the Python of $$name is not to be had; the tests with it are skipped and say so"; done
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=40 $(SWIFT) test

# As long as one likes: `make soak SECONDS=600`; SEED and SESSIONS as well. `make test` has a minute of it.
SECONDS ?= 600
SESSIONS ?= 200
SEED ?= $(shell date +%s)
soak:
	@Scripts/setup --test
	TROUPE_SOAK_SECONDS=$(SECONDS) TROUPE_SOAK_SESSIONS=$(SESSIONS) TROUPE_SOAK_SEED=$(SEED) $(SWIFT) test --filter SoakTests

# Other requests than `make test` makes, and more: `make fuzz EXAMPLES=500`; SEED as well.
EXAMPLES ?= 200
fuzz:
	@Scripts/setup --test
	@Scripts/fetch-python schemathesis >/dev/null
	TROUPE_FUZZ_EXAMPLES=$(EXAMPLES) TROUPE_FUZZ_SEED=$(SEED) $(SWIFT) test --filter SchemathesisTests

# What CI holds a change to, besides the tests.
check: lint
	$(SWIFT) build --explicit-target-dependency-import-check error
	@Scripts/check-proofs

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Benchmarks

bench:
	@Scripts/setup --test
	$(SWIFT) build -c release --product troupe
	$(SWIFT) build -c release --product troupe-scripted-agent
	$(SWIFT) run -c release troupe-benchmarks

clean:
	rm -rf .build .cache
