# SPDX-License-Identifier: GPL-2.0-only
#
# Strings the scripts together; `make help` lists what can be made.  Each script
# does nothing when nothing has changed, so every target may be made at any time.

SHELL := /bin/bash
.NOTPARALLEL:
.DEFAULT_GOAL := help

BUILD ?= $(CURDIR)/build
export BUILD LINUX KERNEL_TARBALL SHA256 JOBS

DESTDIR ?=
prefix ?= /usr

## run: build what is missing, boot a machine, show a guest from build to stop
run: kernel image tools
	@scripts/run-demo

## check: build what is missing, run every test; the last line is the count
check: kernel image tools selftests
	@tests/run

## check-long: measurements that take minutes: bandwidth of guests
check-long: kernel image tools
	@tests/run long.bats

## check-debug: the same on a kernel with KASAN, UBSAN, lockdep, kmemleak
check-debug: kernel-debug image tools selftests
	@tests/run --kernel debug

## bench: executed instructions, patched against unpatched kernel
bench: kernel kernel-unpatched image tools selftests
	@if [ -x tests/bench/run ]; then tests/bench/run; \
	else echo "make bench: tests/bench/run does not exist yet" >&2; exit 1; fi

## kernel: fetch Linux 6.12, lay our files over it, patch it, build it
kernel: source
	@scripts/build-kernel patched

kernel-unpatched: deps
	@scripts/fetch-kernel
	@scripts/build-kernel unpatched

kernel-debug: source
	@scripts/build-kernel debug

## patch: only make the patched tree (build/src/linux-6.12)
patch source: deps
	@scripts/fetch-kernel
	@scripts/patch-kernel

## tools: build util-vserver, installed in build/stage
tools: deps
	@scripts/stage-tools

selftests: deps
	@scripts/fetch-kernel
	@scripts/build-selftests

## image: the Debian 12 image that the machine boots from
image: deps
	@scripts/mkrootfs

## stats: hunks, files and lines per patch topic and of our own code
stats:
	@scripts/stats

## install: install the tools on this machine (DESTDIR and prefix as usual)
install: deps
	@$(MAKE) -C util-vserver install DESTDIR=$(DESTDIR) prefix=$(prefix)

deps:
	@scripts/deps

## clean: remove build/ and what util-vserver left in its tree
clean:
	rm -rf $(BUILD)
	@if [ -f util-vserver/Makefile ]; then $(MAKE) -s -C util-vserver clean; fi

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): /  make \1\t/p' Makefile | expand -t 20
	@echo "LINUX=/tree or KERNEL_TARBALL=/linux-6.12.N.tar.xz SHA256=... give another kernel source."

.PHONY: run check check-long check-debug bench kernel kernel-unpatched kernel-debug patch source \
	tools selftests image stats install deps clean help
