#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# start-vservers: many guests at once, in order, by mark; what fails and what goes on.
#
# Literal dollars are meant.
# shellcheck disable=SC2016

load helpers

GUESTS=20

setup_file()
{
	skeleton m1
	for ((i = 2; i <= GUESTS; i++)); do
		vserver --silent m$i build -m clone -- -s m1
	done
}

teardown()
{
	start-vservers --stop --all > /dev/null
	for ((i = 1; i <= GUESTS; i++)); do
		rm -f "$CONF/m$i/apps/init/depends" "$CONF/m$i/apps/init/mark" "$CONF/m$i/disabled"
		rm -f "$ROOTS/m$i/run/service.pid" "$ROOTS/m$i/var/log/rc"
	done
}

# A kernel-independent clock: the order in which init scripts ran.
started()
{
	stat -c %Y.%y "$ROOTS/$1/run/service.pid"
}

depends()
{
	printf '%s\n' "${@:2}" > "$CONF/$1/apps/init/depends"
}

running()
{
	local g

	for g; do
		vserver "$g" running || return 1
	done
}

none_running()
{
	local g

	for g; do
		! vserver "$g" running || return 1
	done
}

@test "20 guests start at once, run side by side, and stop at once" {
	before=$(traces)
	start-vservers --start --all
	for ((i = 1; i <= GUESTS; i++)); do
		running m$i
		[ "$(in_context "$(xid_of m$i)")" = 1 ]
	done
	[ "$(vserver-stat | grep -c ' m[0-9]*$')" = "$GUESTS" ]
	# each has its own service and sees no other
	[ "$(vserver m7 exec ps -o comm | grep -cx sleep)" = 1 ]
	start-vservers --stop --all
	nothing_left "$before"
}

@test "a guest starts after those it depends on, and stops before them" {
	depends m1 m2
	depends m2 m3 m4
	mkdir -p "$CONF/m1/scripts" "$CONF/m2/scripts" "$CONF/m3/scripts" "$CONF/m4/scripts"
	for g in m1 m2 m3 m4; do
		for s in initialize post-start pre-stop postpost-stop; do
			printf '#!/bin/sh\necho %s >> %s/order\n' "$s-$g" "$BATS_TEST_TMPDIR" > "$CONF/$g/scripts/$s"
			chmod +x "$CONF/$g/scripts/$s"
		done
	done
	# only m1 is named; the others are needed
	start-vservers --start -j 4 -- m1
	running m1 m2 m3 m4
	line() { grep -nx "$1" "$BATS_TEST_TMPDIR/order" | cut -d: -f1; }
	[ "$(line post-start-m3)" -lt "$(line initialize-m2)" ]
	[ "$(line post-start-m4)" -lt "$(line initialize-m2)" ]
	[ "$(line post-start-m2)" -lt "$(line initialize-m1)" ]
	start-vservers --stop --all
	[ "$(line postpost-stop-m1)" -lt "$(line pre-stop-m2)" ]
	[ "$(line postpost-stop-m2)" -lt "$(line pre-stop-m3)" ]
	[ "$(line postpost-stop-m2)" -lt "$(line pre-stop-m4)" ]
	rm -r "$CONF"/m[1-4]/scripts
}

@test "a cycle is told, its guests stay down, the others come up" {
	depends m1 m2
	depends m2 m3
	depends m3 m1
	depends m4 m1
	fails 2 'dependency cycle: m1 -> m2 -> m3 -> m1' start-vservers --start -- m1 m4 m5
	grep -qF 'm4: not started, because m1 is not' "$BATS_TEST_TMPDIR/stderr"
	none_running m1 m2 m3 m4
	running m5
}

@test "who depends on a guest that fails, is disabled or unknown is not started" {
	depends m1 m2
	chmod -x "$ROOTS/m2/etc/init.d/rc"
	fails 2 'm1: not started, because m2 is not' start-vservers --start -- m1 m3
	chmod +x "$ROOTS/m2/etc/init.d/rc"
	running m3
	none_running m1 m2
	depends m1 nobody
	fails 1 'm1: depends on nobody, which does not exist' start-vservers --start -- m1
	depends m1 m2
	touch "$CONF/m2/disabled"
	fails 1 'm1: depends on m2, which is disabled' start-vservers --start -- m1
	none_running m1
	# it may have been started by hand
	vserver m2 start
	start-vservers --start -- m1
	running m1
	rm "$CONF/m2/disabled"
}

@test "marks choose, ! inverts, filters intersect" {
	echo web > "$CONF/m1/apps/init/mark"
	printf 'web\ndb\n' > "$CONF/m2/apps/init/mark"
	echo db > "$CONF/m3/apps/init/mark"
	start-vservers --start --mark web
	running m1 m2
	none_running m3 m4
	start-vservers --stop --mark '!db' --marked
	running m2
	none_running m1
	start-vservers --start -m web,db --stopped
	running m1 m2 m3
	none_running m4
	start-vservers --stop --unmarked
	running m1 m2 m3
	start-vservers --stop --running
	none_running m1 m2 m3
}

@test "exit status: 0 nothing to do, 1 none, 2 some; wrong use is told" {
	start-vservers --start -- m1
	start-vservers --start -- m1
	start-vservers --start --mark no-such-mark
	chmod -x "$ROOTS/m2/etc/init.d/rc"
	fails 1 'm2: start failed with status 1' start-vservers --start -- m2
	fails 2 'm2: start failed with status 1' start-vservers --start -- m2 m3
	chmod +x "$ROOTS/m2/etc/init.d/rc"
	fails 0 'nobody: no such guest' start-vservers --start -- nobody m3
	fails 1 'no guests chosen' start-vservers --start
	fails 1 '-j 0: not a number' start-vservers --start -j 0 --all
	cp "$(type -P start-vservers)" "$BATS_TEST_TMPDIR/vservers"
	fails 1 'neither --start nor --stop' "$BATS_TEST_TMPDIR/vservers" --all
}

@test "vserver-wrapper keeps its flag file and start-vservers' status" {
	echo default > "$CONF/m1/apps/init/mark"
	export LOCKFILE=$BATS_TEST_TMPDIR/flag
	run -1 vserver-wrapper status
	vserver-wrapper condrestart
	none_running m1
	vserver-wrapper start
	running m1
	run -0 vserver-wrapper status
	vserver-wrapper restart
	running m1
	vserver-wrapper stop
	none_running m1
	run -1 vserver-wrapper status
	run -2 vserver-wrapper fly
}
