# Everything here needs Go and nothing else; what a target needs beside it, it builds or says.

GO    ?= go
TOOL  := $(GO) tool -modfile=tools.mod
BUILD := CGO_ENABLED=0 $(GO) build -trimpath -ldflags="-s -w"

.PHONY: run test test-kernels check overload demo build fmt fuzz soak bench bench-code bench-compile bench-latency bench-event bench-ring bench-view bench-memory bench-scale pictures

run: build ## build, and open the shell's live view with a demo that traces this kernel
	bin/go3sh --demo

demo: build ## the same without a terminal: 5 seconds, then the tables
	bin/go3sh --demo </dev/null | cat

build: ## bin/go3sh, one static file
	$(BUILD) -o bin/ ./cmd/go3sh

test: ## all tests; those of the kernel need root
	$(GO) test -timeout 12m ./...

KERNELS ?=
test-kernels: ## counts and refusals on Linux 5.10, 6.1 and 6.12 (KERNELS=6.1 for one) in virtual machines; needs qemu-system-x86, apt, and 80 MB from Debian's mirror the first time
	$(GO) run ./internal/kernels -kernels "$(KERNELS)"

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

BENCH := docs/BENCHMARKS.md
bench: build ## everything measured against named peers, into docs/BENCHMARKS.md; needs root, a quiet machine and 25 minutes; peers are used where they are installed
	$(GO) run ./bench -doc $(BENCH)

bench-code: ## size of the code against clang's; needs root, and clang-19 to compare with
	$(GO) run ./bench/size -doc $(BENCH)

bench-compile: ## the compiler alone, against clang; needs root, and clang-19 to compare with
	$(GO) run ./bench/compile -doc $(BENCH)

bench-latency: build ## how long a user waits; needs root, and bpftrace to compare with
	$(GO) run ./bench/latency -doc $(BENCH)

bench-event: ## what an event costs in the kernel; needs root, and bpftrace to compare with
	$(GO) run ./bench/event -doc $(BENCH)

bench-ring: build ## log lines from the kernel to a pipe; needs root, and bpftrace to compare with
	$(GO) run ./bench/ring -doc $(BENCH)

bench-view: build ## what the live view costs and how soon it answers; needs root
	$(GO) run ./bench/view -doc $(BENCH)

bench-memory: build ## memory while tracing, and what is installed; needs root, and bpftrace to compare with
	$(GO) run ./bench/memory -doc $(BENCH)

bench-scale: build ## growth: 500 probes, a million keys, 1,000 lines; needs root
	$(GO) run ./bench/scale -doc $(BENCH)

SOAK ?= 10m
soak: ## a session edited at random for $(SOAK) with the view open: memory, files, goroutines and kernel objects stay flat; needs root
	SOAK=$(SOAK) $(GO) test ./internal/soak -count=1 -timeout 0 -v

pictures: build ## the pictures of the README, from real runs; needs root
	$(GO) run ./internal/pictures

fmt: ## format the code as check wants it
	$(TOOL) gofumpt -w .
