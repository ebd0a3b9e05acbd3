#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The count that decides about a run: nothing that went wrong may be missed.

count()
{
	printf '%s\n' "$@" | awk -f "$BATS_TEST_DIRNAME/../tap.awk"
}

@test "passes, failures and skips are told apart" {
	[ "$(count 'TAP version 13' 1..4 'ok 1 a' 'not ok 2 b' 'ok 3 c # SKIP no 32-bit' 'ok 4 d')" = "2 1 1" ]
}

@test "tests that the plan names but that never reported are failures" {
	[ "$(count 1..5 'ok 1 a' 'ok 2 b')" = "2 3 0" ]
}

@test "no plan, as from a program that died at once, is a failure" {
	[ "$(count 'Segmentation fault')" = "0 1 0" ]
	[ "$(count 'ok 1 a')" = "1 1 0" ]
}

@test "a file that skips everything is one skip" {
	[ "$(count '1..0 # SKIP wrong kernel')" = "0 0 1" ]
}

@test "giving up is a failure" {
	[ "$(count 1..1 'ok 1 a' 'Bail out! no memory')" = "1 1 0" ]
}

@test "of two streams the first may not be short either" {
	[ "$(count 1..3 'ok 1 a' 1..1 'ok 1 a')" = "2 2 0" ]
}
