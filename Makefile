# SPDX-License-Identifier: GPL-2.0-or-later
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# What `make corpus` works on.
CORPUS ?= ../shared/corpus/patches
KERNEL ?= 6.1.0-50-amd64

.PHONY: help setup demo test check test-kernel fuzz bench corpus deb rpm clean

help:
	@echo 'make demo         make a live update, boot the stock kernel, show it at work'
	@echo 'make test         set-up, static checks, unit tests, a few tests on the real kernel'
	@echo 'make check        formatter, linter, types, rules between the rooms, dead code'
	@echo 'make test-kernel  every test on the real kernel'
	@echo 'make fuzz         every fuzz target for a minute'
	@echo 'make bench        what a live update costs, step by step'
	@echo 'make corpus       make and prove an update of each patch in CORPUS, for KERNEL; goes on where it was stopped'
	@echo 'make deb rpm      installable packages of the agent, in dist/'
	@echo 'make clean        remove what the checkout has built (not the store of baselines)'

setup:
	@scripts/setup.sh

demo: setup
	@node scripts/demo.ts

test: setup
	@node scripts/run-tests.ts check unit kernel

check: setup
	@npm run --silent check

test-kernel: setup
	@node scripts/run-tests.ts kernel long

fuzz: setup
	@node scripts/fuzz.ts

bench: setup
	@node bench/create.ts

corpus: setup
	@./uptide kernel add $(KERNEL)
	@./uptide corpus $(CORPUS) --kernel $(KERNEL) --prove --out dist/corpus

deb rpm: setup
	@node scripts/package.ts $@

clean:
	rm -rf node_modules .cache dist
