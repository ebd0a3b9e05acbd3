#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/patch-kernel on a tiny tree: the result is right, nothing is rewritten
# that did not change, and a patch that does not fit changes nothing.

setup()
{
	top=$BATS_TEST_TMPDIR/repo
	export BUILD=$top/build
	mkdir -p "$top/scripts" "$top/patches/6.12" "$top/kernel/vserver" "$top/kernel/include/linux" \
		"$top/tests/selftests" "$BUILD/src"
	cp "$BATS_TEST_DIRNAME"/../../scripts/{common.sh,patch-kernel} "$top/scripts/"
	orig=$BUILD/src/linux-6.12-orig
	tree=$BUILD/src/linux-6.12
	mkdir -p "$orig/fs" "$orig/kernel"
	printf 'all:\n' > "$orig/Makefile"
	seq 1 30 > "$orig/fs/open.c"
	seq 1 30 > "$orig/fs/namei.c"
	echo 'package test' > "$BUILD/src/.fetched"
	echo 'int vserver;' > "$top/kernel/vserver/setup.c"
	echo '/* hooks */' > "$top/kernel/include/linux/hooks.h"
	echo one.patch > "$top/patches/6.12/series"
	make_patch one fs/open.c 's/^10$/ten/'
}

# make_patch NAME FILE SED-EXPRESSION
make_patch()
{
	local work=$BATS_TEST_TMPDIR/work
	rm -rf "$work"
	mkdir -p "$work"
	cp -a "$orig" "$work/a"
	cp -a "$orig" "$work/b"
	sed -i "$3" "$work/b/$2"
	{
		printf 'From: A <a@b>\nSubject: [PATCH] %s\n\nWhy.\n\nSigned-off-by: A <a@b>\n---\n' "$1"
		(cd "$work" && diff -u "a/$2" "b/$2" || true)
	} > "$top/patches/6.12/$1.patch"
}

age()	# makes later writes visible by their time
{
	find "$tree" -type f -exec touch -d 2020-01-01 {} +
}

written()
{
	find "$tree" -type f -newermt 2021-01-01 -printf '%P\n' | sort | tr '\n' ' '
}

@test "patches and our files are in the tree, the original is untouched" {
	before=$(cat "$orig/fs/open.c")
	run "$top/scripts/patch-kernel"
	[ "$status" = 0 ]
	grep -qx ten "$tree/fs/open.c"
	[ -f "$tree/kernel/vserver/setup.c" ]
	[ -f "$tree/include/linux/hooks.h" ]
	[ "$(cat "$orig/fs/open.c")" = "$before" ]
	[ -z "$(find "$tree" -name '*.orig' -o -name '*.rej')" ]
}

@test "a second run says and writes nothing" {
	"$top/scripts/patch-kernel"
	age
	run "$top/scripts/patch-kernel"
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ -z "$(written)" ]
}

@test "only a changed file of ours is rewritten, a removed one goes" {
	echo 'int gone;' > "$top/kernel/vserver/gone.c"
	"$top/scripts/patch-kernel"
	age
	rm "$top/kernel/vserver/gone.c"
	echo 'int changed;' > "$top/kernel/vserver/setup.c"
	"$top/scripts/patch-kernel"
	[ "$(written)" = "kernel/vserver/setup.c " ]
	[ ! -e "$tree/kernel/vserver/gone.c" ]
}

@test "one more patch rewrites only the file that it touches" {
	"$top/scripts/patch-kernel"
	age
	make_patch two fs/namei.c 's/^20$/twenty/'
	printf '# comment\none.patch\n\ntwo.patch # why\n' > "$top/patches/6.12/series"
	"$top/scripts/patch-kernel"
	[ "$(written)" = "fs/namei.c " ]
	grep -qx twenty "$tree/fs/namei.c"
	grep -qx ten "$tree/fs/open.c"
}

@test "a patch taken out of the series is taken back" {
	"$top/scripts/patch-kernel"
	: > "$top/patches/6.12/series"
	"$top/scripts/patch-kernel"
	cmp "$orig/fs/open.c" "$tree/fs/open.c"
}

@test "a patch that creates a file, and its way back" {
	printf 'Subject: new\n\n--- /dev/null\n+++ b/fs/new.c\n@@ -0,0 +1,2 @@\n+one\n+-- two\n' \
		> "$top/patches/6.12/new.patch"
	echo new.patch > "$top/patches/6.12/series"
	"$top/scripts/patch-kernel"
	[ "$(cat "$tree/fs/new.c")" = $'one\n-- two' ]
	: > "$top/patches/6.12/series"
	"$top/scripts/patch-kernel"
	[ ! -e "$tree/fs/new.c" ]
}

@test "fuzz is refused, names the patch, and leaves the tree as it was" {
	"$top/scripts/patch-kernel"
	age
	make_patch two fs/namei.c 's/^20$/twenty/'
	sed -i 's/^ 17$/ seventeen/' "$top/patches/6.12/two.patch"	# one line of context differs
	printf 'one.patch\ntwo.patch\n' > "$top/patches/6.12/series"
	run "$top/scripts/patch-kernel"
	[ "$status" != 0 ]
	[[ $output == *"patches/6.12/two.patch does not apply"* ]]
	[ -z "$(written)" ]
	# and the positive twin: the same patch with its context right
	make_patch two fs/namei.c 's/^20$/twenty/'
	run "$top/scripts/patch-kernel"
	[ "$status" = 0 ]
}

@test "a series that names a missing patch is refused" {
	echo none.patch > "$top/patches/6.12/series"
	run "$top/scripts/patch-kernel"
	[ "$status" != 0 ]
	[[ $output == *"none.patch, which does not exist"* ]]
}
