# Everything here needs Go and nothing else; what a target needs beside it, it builds or says.

GO    ?= go
TOOL  := $(GO) tool -modfile=tools.mod
BUILD := CGO_ENABLED=0 $(GO) build -trimpath -ldflags="-s -w"

.PHONY: run test check overload demo build fmt fuzz soak bench-code bench-latency bench-event bench-view pictures

run: build ## build, and open the shell's live view with a demo that traces this kernel
	bin/go3sh --demo

demo: build ## the same without a terminal: 5 seconds, then the tables
	bin/go3sh --demo </dev/null | cat

build: ## bin/go3sh, one static file
	$(BUILD) -o bin/ ./cmd/go3sh

test: ## all tests; those of the kernel need root
	$(GO) test -timeout 12m ./...

overload: ## 30 seconds of events at full speed into a probe that prints each; needs root
	GO3SH_OVERLOAD=30s $(GO) test ./cmd/go3sh -count 1 -run 'TestOverload|TestStandingStill' -v

fuzz: ## 100,000 random programs for the verifier, 20,000 against Go and the IR's interpreter, then broken texts; needs root and an hour
	$(GO) test ./internal/oracle -timeout 0 -loads 100000 -programs 20000 -seed $$(date +%s) -v
	$(GO) test ./incremental -run '^$$' -fuzz FuzzBuild -fuzztime 10m
	$(GO) test ./incremental -run '^$$' -fuzz FuzzIR -fuzztime 10m

check: ## what every commit passes
	$(GO) build ./... && $(GO) vet ./...
	@test -z "$$($(TOOL) gofumpt -l . | tee /dev/stderr)"
	$(TOOL) staticcheck -checks all,-ST1000 ./...
	$(GO) mod tidy -diff
	$(GO) test ./internal/layers

bench-code: ## size of the code against clang's, into docs/BENCHMARKS.md; needs root, and clang-19 to compare with
	$(GO) run ./bench code -doc docs/BENCHMARKS.md

bench-latency: build ## how long a user waits, into docs/BENCHMARKS.md; needs root, and bpftrace to compare with
	$(GO) run ./bench/latency -doc docs/BENCHMARKS.md

bench-event: ## what an event costs in the kernel, into docs/BENCHMARKS.md; needs root, and bpftrace to compare with
	$(GO) run ./bench/event -doc docs/BENCHMARKS.md

bench-view: build ## what the live view costs and how soon it answers, into docs/BENCHMARKS.md; needs root
	$(GO) run ./bench/view -doc docs/BENCHMARKS.md

SOAK ?= 10m
soak: ## a session edited at random for $(SOAK) with the view open: memory, files, goroutines and kernel objects stay flat; needs root
	SOAK=$(SOAK) $(GO) test ./internal/soak -count=1 -timeout 0 -v

pictures: build ## the pictures of the README, from real runs; needs root
	$(GO) run ./internal/pictures

fmt: ## format the code as check wants it
	$(TOOL) gofumpt -w .
