#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A start is all or nothing: each step is made to fail in turn, by request and by nature.
#
# Literal dollars are meant.
# shellcheck disable=SC2016

load helpers

setup_file()
{
	skeleton trans
	vserver trans start
	vserver trans stop
}

setup()
{
	cp -a "$CONF/trans" "$BATS_TEST_TMPDIR/conf"
	cp -a "$ROOTS/trans/etc" "$BATS_TEST_TMPDIR/etc"
	before=$(traces)
}

teardown()
{
	vserver --silent "$CONF/trans" stop
	rm -rf "$CONF/trans" "$ROOTS/trans/etc"
	cp -a "$BATS_TEST_TMPDIR/conf" "$CONF/trans"
	cp -a "$BATS_TEST_TMPDIR/etc" "$ROOTS/trans/etc"
}

# fails_at STEP: the start fails there, says so, and leaves nothing
fails_at()
{
	fails 1 "trans: start failed at step '$1'" vserver trans start --fail-at "$1"
	grep -qF 'failed on request' "$BATS_TEST_TMPDIR/stderr" && nothing_left "$before"
}

@test "there are the steps that are known, an unknown one is refused" {
	vserver trans start --list-steps > "$BATS_TEST_TMPDIR/steps"
	for step in initialize options mounts cgroup context spaces flags pivot run-file exec alive; do
		grep -qx "$step" "$BATS_TEST_TMPDIR/steps"
	done
	fails 2 "no step is called 'nonsense'" vserver trans start --fail-at nonsense
}

@test "no step that fails leaves a process, mount, context, cgroup or run file" {
	for step in $(vserver trans start --list-steps); do
		say "$step"
		fails_at "$step"
	done
	# the check above would see a guest that runs
	vserver trans start
	[ "$before" != "$(traces)" ]
	vserver trans stop
	nothing_left "$before"
}

@test "with a real init, too" {
	echo plain > "$CONF/trans/apps/init/style"
	for step in context flags pivot process seal exec init post-start alive; do
		say "$step"
		fails_at "$step"
	done
	vserver trans start
	vserver trans stop
	nothing_left "$before"
}

# broken TEXT: the start as configured now fails with TEXT and leaves nothing
broken()
{
	fails 1 "$1" vserver trans start && nothing_left "$before"
}

@test "an init script that fails, is missing or no program ends the start" {
	rc=$ROOTS/trans/etc/init.d/rc
	printf '#!/bin/sh\nexit 3\n' > "$rc"
	broken "start failed at step 'wait'"
	printf '#!/bin/sh\nexit 0\n' > "$rc"
	broken 'no process stayed'
	chmod 644 "$rc"
	broken 'the guest has no program /etc/init.d/rc'
	printf '#!/no/such/shell\n' > "$rc"
	chmod 755 "$rc"
	broken "start failed at step 'exec'"
	rm "$rc"
	broken 'the guest has no program /etc/init.d/rc'
	cp -p "$BATS_TEST_TMPDIR/etc/init.d/rc" "$rc"
	vserver trans start && vserver trans stop
}

@test "scripts that fail end the start, each at its time" {
	mkdir "$CONF/trans/scripts"
	for flavour in initialize prepre-start pre-start post-start; do
		printf '#!/bin/sh\nexit 1\n' > "$CONF/trans/scripts/$flavour"
		chmod +x "$CONF/trans/scripts/$flavour"
		broken "$CONF/trans/scripts/$flavour"
		printf '#!/bin/sh\necho "$0 $1 $2 $PWD" >> %s/log\n' "$BATS_TEST_TMPDIR" > "$CONF/trans/scripts/$flavour"
	done
	vserver trans start && vserver trans stop
	# the last start got through all of them, in the documented directories
	[ "$(tail -n 4 "$BATS_TEST_TMPDIR/log" | cut -d ' ' -f 2-)" = "initialize trans $CONF/trans
prepre-start trans $CONF/trans
pre-start trans $ROOTS/trans
post-start trans $ROOTS/trans" ]
}

@test "a mount that fails ends the start and takes the others back" {
	printf '/no/such/dir /mnt none bind 0 0\n' >> "$CONF/trans/fstab"
	mkdir -p "$ROOTS/trans/mnt"
	broken "fstab entry for /mnt"
	mkdir -p "$BATS_TEST_TMPDIR/there"
	touch "$BATS_TEST_TMPDIR/there/seen"
	cp "$BATS_TEST_TMPDIR/conf/fstab" "$CONF/trans/fstab"
	echo "$BATS_TEST_TMPDIR/there /mnt none bind 0 0" >> "$CONF/trans/fstab"
	vserver trans start
	vserver trans exec test -e /mnt/seen
	[ ! -e "$ROOTS/trans/mnt/seen" ]
	vserver trans stop
	nothing_left "$before"
}

@test "a start that is interrupted leaves nothing" {
	mkdir "$CONF/trans/scripts"
	printf '#!/bin/sh\ntouch %s/reached\nexec sleep 100\n' "$BATS_TEST_TMPDIR" > "$CONF/trans/scripts/pre-start"
	chmod +x "$CONF/trans/scripts/pre-start"
	vserver trans start 2> "$BATS_TEST_TMPDIR/err" 3>&- &
	pid=$!
	wait_for 20 test -e "$BATS_TEST_TMPDIR/reached"
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" = 1 ]
	rm -r "$CONF/trans/scripts"
	nothing_left "$before"
	vserver trans start && vserver trans stop
}

@test "an id in use by another context is refused, and that one lives on" {
	xid=$(xid_of trans)
	chcontext --silent --xid "$xid" sleep 100 3>&- &
	wait_for 10 test -e "/proc/virtual/$xid"
	fails 1 "context id $xid" vserver trans start
	[ "$(in_context "$xid")" = 1 ]
	vkill --xid "$xid" -s 9
	wait_for 10 context_gone "$xid"
	vserver trans start && vserver trans stop
}

@test "two starts at the same time: one starts it, the other sees it running" {
	vserver trans start 2> "$BATS_TEST_TMPDIR/a" 3>&- & a=$!
	vserver trans start 2> "$BATS_TEST_TMPDIR/b" 3>&- & b=$!
	wait $a
	wait $b
	[ "$(grep -h -c 'already running' "$BATS_TEST_TMPDIR"/[ab] | sort | tr -d '\n')" = 01 ]
	[ "$(in_context "$(xid_of trans)")" = 1 ]
	vserver trans stop
}
