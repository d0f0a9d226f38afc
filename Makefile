# zmq-interop. `make interop` sets up and runs everything; `make test` sets up and passes everything.

# Peers that must take part, e.g. `make interop REQUIRE=python,perl`: a missing one is a failure.
REQUIRE ?=
# One suite alone, e.g. `make interop SUITE=scenarios`; the others are conformance and wire.
SUITE ?=
# Arguments for `zmq-interop run`, e.g. `make interop RUN='--scenario pipeline'`.
RUN ?=

# The build; `make interop PROFILE=dev` uses that of the tests.
PROFILE ?= release

tool = target/$(PROFILE:dev=debug)/zmq-interop
required = $(if $(REQUIRE),--require $(REQUIRE))

.PHONY: interop conformance test lint docs fmt portraits bench doctor clean help toolchain setup

help: ## show this
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

interop: setup ## set up every language of this machine, run all suites over all of them, and write interop-report/
	@echo '== running the cells; the report will be in interop-report/'
	$(tool) run $(if $(SUITE),--suite $(SUITE)) --report interop-report $(required) $(RUN)

conformance: ## the conformance suite alone, over the libraries of this machine
	$(MAKE) interop SUITE=conformance

test: toolchain ## set up, then run all tests
	cargo build --bins
	target/debug/zmq-interop setup $(required)
	cargo test --workspace

lint: toolchain ## formatting and linters of all languages
	scripts/lint check

docs: ## write the tables and counts of the documents anew
	UPDATE_DOCUMENTS=1 cargo test --quiet --test documents

fmt: ## format all languages
	scripts/lint fix

portraits: setup ## write docs/portraits.md anew: what each library does with what no library would say
	$(tool) run --suite wire --report interop-report $(RUN)
	cp interop-report/portraits.md docs/portraits.md

bench: setup ## rep and msgqueue of the languages side by side, and cells a second; see docs/performance.md
	cargo bench --bench throughput --bench cells

doctor: toolchain ## what is here, which versions, what is missing and how to install it
	cargo build --bins --profile $(PROFILE) --quiet
	$(tool) doctor

clean: ## remove what was built, set up and reported
	cargo clean
	rm -rf interop-report
	git clean -fdXq interop

setup: toolchain
	@echo '== building the harness, which takes minutes the first time'
	cargo build --bins --profile $(PROFILE)
	@echo '== setting up the languages of this machine'
	$(tool) setup $(required)

toolchain:
	@scripts/toolchain
