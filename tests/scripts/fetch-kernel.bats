#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/fetch-kernel: the ways in, and that a wrong source never gets through.

setup()
{
	export BUILD=$BATS_TEST_TMPDIR/build
	fetch=$BATS_TEST_DIRNAME/../../scripts/fetch-kernel
	orig=$BUILD/src/linux-6.12-orig
	given=$BATS_TEST_TMPDIR/given
	make_tree 12
}

make_tree()	# PATCHLEVEL
{
	mkdir -p "$given/fs" "$given/.git"
	printf 'VERSION = 6\nPATCHLEVEL = %s\nSUBLEVEL = 5\nNAME = Fake\n' "$1" > "$given/Makefile"
	echo 'int x;' > "$given/fs/open.c"
	tar -C "$BATS_TEST_TMPDIR" -caf "$BATS_TEST_TMPDIR/linux.tar.xz" --transform='s,^given,linux-6.12.5,' given
	sum=$(sha256sum < "$BATS_TEST_TMPDIR/linux.tar.xz" | cut -d' ' -f1)
}

@test "LINUX= is copied, a second run does nothing, and it stays without LINUX=" {
	LINUX=$given run "$fetch"
	[ "$status" = 0 ]
	cmp "$given/fs/open.c" "$orig/fs/open.c"
	[ ! -e "$orig/.git" ]
	LINUX=$given run "$fetch"
	[ "$status" = 0 ] && [ -z "$output" ]
	run "$fetch"
	[ "$status" = 0 ] && [ -z "$output" ]
	[ -f "$orig/fs/open.c" ]
}

@test "another kernel version is refused in one sentence, and leaves nothing" {
	make_tree 13
	LINUX=$given run "$fetch"
	[ "$status" = 1 ]
	[ "$output" = "fetch-kernel: wrong kernel version: $given is Linux 6.13, but the patches are for Linux 6.12" ]
	[ ! -e "$orig" ]
	KERNEL_TARBALL=$BATS_TEST_TMPDIR/linux.tar.xz SHA256=$sum run "$fetch"
	[ "$status" = 1 ]
	[[ $output == *"is Linux 6.13, but"* ]]
	[ ! -e "$orig" ]
	[ -z "$(ls -A "$BUILD/src")" ]
}

@test "a tarball with the right sum is unpacked, with a wrong or no sum it is not" {
	KERNEL_TARBALL=$BATS_TEST_TMPDIR/linux.tar.xz run "$fetch"
	[ "$status" = 1 ]
	[[ $output == *"needs SHA256="* ]]
	KERNEL_TARBALL=$BATS_TEST_TMPDIR/linux.tar.xz SHA256=${sum//[0-7]/8} run "$fetch"
	[ "$status" = 1 ]
	[[ $output == *"not the given"* ]]
	[ ! -e "$orig" ]
	KERNEL_TARBALL=$BATS_TEST_TMPDIR/linux.tar.xz SHA256=$sum run "$fetch"
	[ "$status" = 0 ]
	cmp "$given/fs/open.c" "$orig/fs/open.c"
}

@test "no tree, a tree that was built in, no tarball: one sentence each" {
	LINUX=/no/such run "$fetch"
	[ "$status" = 1 ]
	[ "$output" = "fetch-kernel: LINUX=/no/such: no kernel source tree there" ]
	KERNEL_TARBALL=/no/such.tar.xz SHA256=1 run "$fetch"
	[ "$status" = 1 ]
	[ "$output" = "fetch-kernel: KERNEL_TARBALL=/no/such.tar.xz: no such file" ]
	touch "$given/.config"
	LINUX=$given run "$fetch"
	[ "$status" = 1 ]
	[[ $output == *"the tree was built in"* ]]
}
