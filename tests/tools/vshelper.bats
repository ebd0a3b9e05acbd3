#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# vshelper, called by hand as the kernel would: what it does for whom, and what it ignores.
#
# Literal dollars are meant.
# shellcheck disable=SC2016

load helpers

HELPER=/usr/lib/util-vserver/vshelper

setup_file()
{
	skeleton help
	mkdir -p "$CONF/.defaults/apps/vshelper"
}

setup()
{
	export LOG=$BATS_TEST_TMPDIR/log
	: > "$LOG"
	ln -sfn "$LOG" "$CONF/.defaults/apps/vshelper/logfile"
	vserver help start
	xid=$(xid_of help)
}

teardown()
{
	vserver --silent help stop
	rm -rf "$CONF/help/apps/vshelper" "$CONF/.defaults/apps/vshelper-delegate" \
		"$CONF/.defaults/apps/vshelper-methods" "$CONF/.defaults/apps/vshelper/disabled" \
		"$CONF/.defaults/apps/vshelper/halt"
}

# As the kernel calls it: no descriptors, its environment.
helper()
{
	env -i HOME=/ TERM=linux PATH=/sbin:/usr/sbin:/bin:/usr/bin "$HELPER" "$@" \
		< /dev/null > /dev/null 2>&1 3>&-
}

# program FILE: says in $BATS_TEST_TMPDIR/called how it was called
program()
{
	mkdir -p "$(dirname "$1")"
	printf '#!/bin/sh\necho "$VSERVER $*" > %s/called\n' "$BATS_TEST_TMPDIR" > "$1"
	chmod +x "$1"
}

called()
{
	cat "$BATS_TEST_TMPDIR/called" 2> /dev/null
}

@test "bad arguments: exit status 1 and a line in the log, nothing else" {
	run -1 helper
	run -1 helper restart
	for id in 0 1 -5 99999999999 abc 70000 "$xid/../1" ''; do
		run -1 helper restart "$id"
	done
	for action in ../restart 're start' '' '.' "restart;reboot"; do
		run -1 helper "$action" "$xid"
	done
	grep -q 'vshelper restart abc' "$LOG"
	vserver help running
}

@test "an unknown context and one without state are nobody's business" {
	run -0 helper restart 1234
	mv "/run/vshelper/$xid" "$BATS_TEST_TMPDIR/state"
	run -0 helper restart "$xid"
	mv "$BATS_TEST_TMPDIR/state" "/run/vshelper/$xid"
	vserver help running
}

@test "state of another guest is not obeyed" {
	skeleton help2
	printf '%s\ndefault\n' "$CONF/help2" > "/run/vshelper/$xid"
	run -1 helper restart "$xid"
	grep -q "does not run as context $xid" "$LOG"
	vserver help running
	printf '%s\ndefault\n' "$CONF/help" > "/run/vshelper/$xid"
}

@test "startup and the network's events succeed; an unknown action is told" {
	for action in startup netup netdown swsusp restart2; do
		run -0 helper $action "$xid"
	done
	run -1 helper oom "$xid"
	grep -q "nothing to do for 'oom'" "$LOG"
	vserver help running
}

@test "halt stops the guest, restart restarts it" {
	first=$(cat "$ROOTS/help/run/service.pid")
	rm "$ROOTS/help/run/service.pid"
	run -0 helper restart "$xid"
	wait_for 30 test -s "$ROOTS/help/run/service.pid"
	wait_for 30 vserver help running
	[ "$(cat "$ROOTS/help/run/service.pid")" != "$first" ]
	wait_for 10 test -e "/run/vshelper/$xid"
	run -0 helper halt "$xid"
	wait_for 30 sh -c '! vserver help running'
	[ -z "$(ls -d /run/vshelper/stop-sync.* 2> /dev/null)" ]
}

@test "shutdown cleans up after a guest that died, and does not stop one that runs" {
	run -0 helper shutdown "$xid"
	wait_for 10 sh -c '! pgrep -x vserver'
	vserver help running
	cp -a /run/vshelper "$BATS_TEST_TMPDIR/helper"
	cp -a /run/vservers "$BATS_TEST_TMPDIR/run"
	vserver --silent help stop
	# as if it had vanished without any stop
	cp -a "$BATS_TEST_TMPDIR/helper/$xid" /run/vshelper/
	cp -a "$BATS_TEST_TMPDIR/run/help" /run/vservers/
	run -0 helper shutdown "$xid"
	wait_for 20 test ! -e "/run/vshelper/$xid"
	wait_for 20 test ! -e /run/vservers/help
}

@test "async ends the context, sync tells so through its fifo" {
	printf '%s\nasync\n' "$CONF/help" > "/run/vshelper/$xid"
	run -0 helper halt "$xid"
	wait_for 10 context_gone "$xid"
	vserver --silent help stop
	vserver help start
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	exec 9<> "$BATS_TEST_TMPDIR/fifo"
	printf '%s\nsync\n%s\n' "$CONF/help" "$BATS_TEST_TMPDIR/fifo" > "/run/vshelper/$xid"
	run -0 helper halt "$xid"
	read -r -t 20 word <&9
	[ "$word" = halt ]
	wait_for 10 context_gone "$xid"
}

@test "programs of the admin come first: guest, then .defaults; methods; delegates" {
	program "$CONF/.defaults/apps/vshelper/halt"
	run -0 helper halt "$xid"
	[ "$(called)" = " halt $xid" ]
	rm "$BATS_TEST_TMPDIR/called"
	mkdir -p "$CONF/help/apps/vshelper"
	echo mine > "$CONF/help/apps/vshelper/action"
	run -1 helper halt "$xid"
	grep -q "unknown method 'mine'" "$LOG"
	program "$CONF/.defaults/apps/vshelper-methods/mine"
	run -0 helper halt "$xid"
	[ "$(called)" = "$CONF/help halt $xid" ]
	program "$CONF/.defaults/apps/vshelper-delegate/poweroff"
	run -0 helper poweroff 4242
	[ "$(called)" = ' poweroff 4242' ]
	vserver help running
}

@test "disabled: nothing happens" {
	touch "$CONF/.defaults/apps/vshelper/disabled"
	run -0 helper halt "$xid"
	vserver help running
}
