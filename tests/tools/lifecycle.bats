#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# vserver NAME start, stop, restart, status, exec...: a skeleton guest through its life.
#
# Literal dollars are meant.
# shellcheck disable=SC2016

load helpers

setup_file()
{
	skeleton life
	skeleton plain --initstyle plain
}

teardown()
{
	vserver --silent life stop
	vserver --silent plain stop
}

# log NAME: what the guest's init script was called with
log()
{
	cat "$ROOTS/$1/var/log/rc"
}

stopped()
{
	vserver --silent "$1" status || [ $? = 3 ]
}

@test "start and stop call the init script once each, and nothing is left" {
	before=$(traces)
	: > "$ROOTS/life/var/log/rc"
	vserver life start
	[ "$(log life)" = '3 N 3' ]
	[ "$(in_context "$(xid_of life)")" = 1 ]
	[ "$(cat /run/vservers/life)" = "$(xid_of life)" ]
	[ "$(readlink "/run/vservers.rev/$(xid_of life)")" = "$CONF/life" ]
	vserver life stop
	[ "$(log life)" = $'3 N 3\n6 3 6' ]
	nothing_left "$before"
}

@test "a started guest is not started again, a stopped one not stopped: both succeed and say so" {
	vserver life start
	: > "$ROOTS/life/var/log/rc"
	fails 0 'life: already running' vserver life start
	[ -z "$(log life)" ]
	vserver life stop
	: > "$ROOTS/life/var/log/rc"
	fails 0 'not running' vserver life stop
	[ -z "$(log life)" ]
}

@test "status and running tell the truth by text, JSON and exit status" {
	xid=$(xid_of life)
	run -3 vserver life status
	[ "$output" = "Vserver 'life' is stopped" ]
	run -1 vserver life running
	vserver life start
	run -0 vserver life status
	[ "${lines[0]}" = "Vserver 'life' is running at context '$xid'" ]
	[ "${lines[1]}" = 'Number of processes:  1' ]
	[[ ${lines[2]} =~ ^Uptime:\ +00:0[0-9]$ ]]
	run -0 vserver life running
	[ -z "$output" ]
	run -0 vserver --silent life status
	[ -z "$output" ]
	run -0 vserver --json life status
	[[ $output =~ \"running\":\ *true ]] && [[ $output =~ \"context\":\ *$xid ]]
}

@test "no such guest: exit status 5; unknown verb: 2" {
	fails 5 'nobody: no such guest' vserver nobody start
	fails 5 'no such guest' vserver nobody status
	fails 2 "unknown command 'fly'" vserver life fly
	fails 2 'no command for guest' vserver life
	vserver --help | grep -q '^Example:'
}

@test "the guest is found by path and by context id, too" {
	vserver "$CONF/life" start
	vserver "$(xid_of life)" running
	vserver life running
	(cd "$CONF" && vserver ./life stop)
	run -1 vserver life running
	fails 5 'no such guest' vserver "$(xid_of life)" status
}

@test "exec passes arguments, input, output and exit status; enters as root with the guest's root" {
	fails 1 'the guest is not running' vserver life exec true
	vserver life start
	run -42 vserver life exec sh -c 'exit 42'
	[ "$(vserver life exec printf '<%s>' 'a b' '' $'c\nd' '*')" = $'<a b><><c\nd><*>' ]
	[ "$(echo input | vserver life exec cat)" = input ]
	[ "$(vserver life exec id -u)" = 0 ]
	[ "$(vserver life exec cat /etc/init.d/rc | md5sum)" = "$(md5sum < "$ROOTS/life/etc/init.d/rc")" ]
	fails 1 '/no/such/program' vserver life exec /no/such/program
}

@test "suexec runs as the named user of the guest; an unknown one is refused" {
	vserver life start
	[ "$(vserver life suexec user id -u)" = 1000 ]
	[ "$(vserver life suexec 1000 id -u)" = 1000 ]
	fails 1 "no user 'nobody-knows'" vserver life suexec nobody-knows id
}

@test "a program in the guest sees the guest's processes only, and the host sees them all" {
	vserver life start
	vserver life exec ps -o comm > "$BATS_TEST_TMPDIR/ps"
	grep -qx sleep "$BATS_TEST_TMPDIR/ps"
	! grep -q bats "$BATS_TEST_TMPDIR/ps" || false
	[ "$(wc -l < "$BATS_TEST_TMPDIR/ps")" -le 5 ]
	vps -e -o comm | grep -qx sleep
	# the guest's file system: its root, no mount of the host
	run vserver life exec cat /proc/mounts
	[ "$(wc -l <<< "$output")" -le 10 ]
	[[ $output != *"$ROOTS"* ]]
}

@test "enter gives a shell with a terminal of the guest" {
	vserver life start
	run -7 script -qec 'vserver life enter' /dev/null <<< 'tty; hostname; exit 7'
	[[ $output == */dev/pts/0* ]]
}

ticks()
{
	[ "$(grep -c tick "$BATS_TEST_TMPDIR/typescript")" -ge "$1" ]
}

@test "exec on a terminal: a program that reads no input is heard all the same" {
	vserver life start
	rm -f "$ROOTS/life/run/enough"
	mkfifo "$BATS_TEST_TMPDIR/in"
	script -qfec "vserver life exec sh -c 'while [ ! -e /run/enough ]; do echo tick; sleep 0.2; done; exit 5'" \
		"$BATS_TEST_TMPDIR/typescript" < "$BATS_TEST_TMPDIR/in" > /dev/null 3>&- &
	pid=$!
	exec 4> "$BATS_TEST_TMPDIR/in"
	wait_for 20 ticks 1
	# more than the pipe between them takes
	yes | head -c 300000 >&4 3>&- &
	wait_for 30 ticks 20
	touch "$ROOTS/life/run/enough"
	status=0
	wait $pid || status=$?
	exec 4>&-
	[ "$status" = 5 ]
}

@test "restart gives new processes under the same id; condrestart leaves a stopped guest alone" {
	vserver life condrestart
	run -1 vserver life running
	vserver life start
	first=$(cat "$ROOTS/life/run/service.pid")
	rm "$ROOTS/life/run/service.pid"
	vserver life restart
	vserver life running
	[ "$(cat "$ROOTS/life/run/service.pid")" != "$first" ]
	: > "$ROOTS/life/var/log/rc"
	vserver life condrestart
	[ "$(log life)" = $'6 3 6\n3 N 3' ]
}

@test "processes that ignore the stop are killed" {
	printf '9\n' > "$CONF/life/apps/init/killseq"
	vserver life start
	before=$(in_context "$(xid_of life)")
	vserver life exec sh -c 'trap "" TERM INT HUP; setsid sh -c "trap \"\" TERM INT HUP; touch /run/deaf; while :; do sleep 1; done" > /dev/null 2>&1 < /dev/null &'
	wait_for 10 test -e "$ROOTS/life/run/deaf"
	[ "$(in_context "$(xid_of life)")" -gt "$before" ]
	vserver life stop
	context_gone "$(xid_of life)"
	rm "$CONF/life/apps/init/killseq"
}

@test "a real init is pid 1 of its guest and shuts down in order when the guest is stopped" {
	before=$(traces)
	rm -f "$ROOTS/plain/var/log/rc"
	vserver plain start
	wait_for 10 grep -qx sysinit "$ROOTS/plain/var/log/rc"
	[ "$(vserver plain exec cat /proc/1/comm)" = init ]
	vserver plain stop
	[ "$(log plain)" = $'sysinit\nshutdown' ]
	nothing_left "$before"
}

@test "reboot in the guest restarts it" {
	rm -f "$ROOTS/plain/var/log/rc"
	vserver plain start
	wait_for 10 grep -qx sysinit "$ROOTS/plain/var/log/rc"
	vserver plain exec reboot
	wait_for 60 sh -c "[ \"\$(grep -cx sysinit '$ROOTS/plain/var/log/rc')\" = 2 ]"
	wait_for 20 vserver plain running
	[ "$(log plain)" = $'sysinit\nshutdown\nsysinit' ]
}

@test "poweroff and halt in the guest stop it, the host goes on" {
	for word in poweroff halt; do
		before=$(traces)
		vserver plain start
		wait_for 10 vserver plain exec test -e /proc/1/comm
		vserver plain exec "$word"
		say "$word"
		nothing_left "$before" || { wait_for 50 same_traces "$before"; }
		run -3 vserver plain status
	done
}

@test "reboot -f in a guest without a real init restarts it, too" {
	vserver life start
	: > "$ROOTS/life/var/log/rc"
	vserver life exec reboot -f || true
	wait_for 60 grep -q '^3 ' "$ROOTS/life/var/log/rc"
	wait_for 20 vserver life running
	[ "$(log life)" = $'6 3 6\n3 N 3' ]
}

@test "a guest whose last process died is stopped, and leaves nothing" {
	before=$(traces)
	vserver life start
	vserver life exec kill "$(vserver life exec cat /run/service.pid)"
	wait_for 20 context_gone "$(xid_of life)"
	run -3 vserver life status
	nothing_left "$before"
	vserver life start
	vserver life running
}

@test "delete refuses a root that is the host's, above other guests, or a link" {
	local root

	skeleton odd
	mkdir -p "$BATS_TEST_TMPDIR/alias" /usr/local/guest /home/guest
	touch /home/guest/file
	ln -sfn /home/guest "$BATS_TEST_TMPDIR/link"
	mount --bind / "$BATS_TEST_TMPDIR/alias"
	for root in / /etc /usr /usr/local/guest /var "$ROOTS" "$ROOTS/" /etc/vservers "$CONF/life" \
		"$BATS_TEST_TMPDIR/alias" "$BATS_TEST_TMPDIR/alias/etc" \
		"$BATS_TEST_TMPDIR/alias$ROOTS" "$BATS_TEST_TMPDIR/link" \
		"$BATS_TEST_TMPDIR/link/" "$ROOTS/life" /etc/passwd; do
		say "$root"
		ln -sfn "$root" "$CONF/odd/vdir"
		run -1 vserver odd delete --yes
		[ -d "$CONF/odd" ] && [ -d /usr/local/guest ] && [ -e /etc/passwd ]
		[ -e "$ROOTS/life/etc/passwd" ] && [ -e /home/guest/file ]
	done
	umount "$BATS_TEST_TMPDIR/alias"
	# the twin: a place of the admin's own, and the guest's usual one
	ln -sfn /home/guest "$CONF/odd/vdir"
	vserver odd delete --yes
	[ ! -e /home/guest ] && [ ! -e "$CONF/odd" ] && [ -d "$ROOTS/odd" ]
	rm -r "$ROOTS/odd" /usr/local/guest
}

@test "running takes away a stale run file, but not while a start is going on" {
	mkdir -p "$CONF/life/scripts"
	printf '#!/bin/sh\ntouch %s/at\nuntil [ -e %s/go ]; do sleep 0.1; done\n' \
		"$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR" > "$CONF/life/scripts/pre-start"
	chmod +x "$CONF/life/scripts/pre-start"
	vserver life start 3>&- &
	wait_for 20 test -e "$BATS_TEST_TMPDIR/at"
	echo 4711 > /run/vservers/life
	run -1 vserver life running
	[ "$(cat /run/vservers/life)" = 4711 ]
	touch "$BATS_TEST_TMPDIR/go"
	wait $!
	rm -r "$CONF/life/scripts"
	vserver life running
	vserver life stop
	echo 4711 > /run/vservers/life
	run -1 vserver life running
	[ ! -e /run/vservers/life ]
}

@test "--strace traces into a file of its own that nobody else could have made or may read" {
	vserver --strace life start 2> "$BATS_TEST_TMPDIR/err"
	file=$(sed -n 's/.*trace in //p' "$BATS_TEST_TMPDIR/err")
	[[ $file =~ ^/tmp/vserver-start\.[A-Za-z0-9]{6}$ ]]
	[ "$(stat -c '%a %U %F' "$file")" = '600 root regular file' ]
	vserver life stop
	grep -q 'execve("/etc/init.d/rc"' "$file"
	rm "$file"
}

@test "delete removes a stopped guest and asks first; a running one is not deleted or built over" {
	skeleton gone
	vserver gone start
	fails 1 'the guest is running' vserver gone delete --yes
	fails 1 'a guest of this name is running' vserver gone build --force -m skeleton
	vserver gone stop
	run -2 vserver gone delete <<< n
	[ -d "$CONF/gone" ] && [ -d "$ROOTS/gone" ]
	vserver gone delete <<< y
	[ ! -e "$CONF/gone" ] && [ ! -e "$ROOTS/gone" ]
	# others are untouched
	[ -d "$ROOTS/life/bin" ] && [ -d "$CONF/life" ]
}
