#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The real thing: a Debian 12 guest from its archive, with its own services.
#
# Literal dollars are meant.
# shellcheck disable=SC2016

load helpers

# The guests' address, one after the other; on the loopback device it needs no network.
ADDRESS=198.51.100.7

setup_file()
{
	vserver --silent deb build -m template --hostname deb.example.org \
		--interface "lo:$ADDRESS/32" -- -t "$DEBIAN"
}

teardown_file()
{
	vserver --silent deb stop
}

page()
{
	curl -sf --max-time 20 "http://$ADDRESS/" | grep -q 'Linux-VServer guest'
}

@test "it starts, its web server answers, its daemons are the guest's" {
	before=$(traces)
	printf '%s\n' "$before" > "$BATS_FILE_TMPDIR/before"
	vserver deb start
	wait_for 30 page
	vps -e -o comm > "$BATS_TEST_TMPDIR/all"
	for daemon in nginx cron sshd; do
		vserver deb exec pgrep -x "$daemon"
	done
	[ "$(vserver deb exec uname -n)" = deb.example.org ]
	[ "$(vserver deb exec cat /etc/debian_version)" = "$(cat "$ROOTS/deb/etc/debian_version")" ]
}

@test "its init scripts had no complaint: nothing tries to be a machine" {
	vserver deb stop
	printf '%s\n' "$BATS_TEST_TMPDIR/console" > /dev/null
	: > "$BATS_TEST_TMPDIR/console"
	ln -sfn "$BATS_TEST_TMPDIR/console" "$CONF/deb/apps/init/tty"
	vserver --defaulttty deb start
	sed 's/^/# /' "$BATS_TEST_TMPDIR/console"
	grep -q 'Starting nginx' "$BATS_TEST_TMPDIR/console"
	run ! grep -iE 'fail|denied|not permitted|cannot|no such' "$BATS_TEST_TMPDIR/console"
	rm "$CONF/deb/apps/init/tty"
}

@test "every guest makes its own host keys, the archive's are not used" {
	ls "$ROOTS"/deb/etc/ssh/ssh_host_ed25519_key
	bsdtar -xOf "$DEBIAN" './etc/ssh/ssh_host_ed25519_key.pub' > "$BATS_TEST_TMPDIR/archive" 2> /dev/null || true
	run ! cmp -s "$BATS_TEST_TMPDIR/archive" "$ROOTS/deb/etc/ssh/ssh_host_ed25519_key.pub"
	run -0 sh -c "echo | nc -w 20 $ADDRESS 22 | head -n 1"
	[[ $output == SSH-2.0-* ]]
}

@test "root in the guest has an ordinary Debian: ps, apt, su, cron, terminal" {
	[ "$(vserver deb exec ps -C nginx -o comm= | sort -u)" = nginx ]
	vserver deb exec dpkg --audit
	[ "$(vserver deb suexec www-data id -un)" = www-data ]
	[ "$(vserver deb exec su -s /bin/sh -c 'id -un' www-data)" = www-data ]
	vserver deb exec apt-get --version | grep -q '^apt '
	[ "$(vserver deb exec sh -c 'readlink /proc/self/exe')" = /usr/bin/readlink ]
	run -0 script -qec 'vserver deb exec tty' /dev/null
	[[ $output == */dev/pts/* ]]
}

@test "restart brings the services back" {
	old=$(vserver deb exec cat /run/nginx.pid)
	vserver deb restart
	wait_for 30 page
	[ "$(vserver deb exec cat /run/nginx.pid)" != "$old" ]
}

@test "stop ends everything, and nothing is left" {
	vserver deb stop
	run ! page
	nothing_left "$(cat "$BATS_FILE_TMPDIR/before")"
}

@test "with Debian's own init: it is pid 1, stop is in order, reboot and poweroff in the guest work" {
	before=$(cat "$BATS_FILE_TMPDIR/before")
	vserver --silent deb2 build -m clone --initstyle plain \
		--interface "lo:$ADDRESS/32" -- -s deb
	vserver deb2 start
	wait_for 60 page
	[ "$(vserver deb2 exec cat /proc/1/comm)" = init ]
	first=$(vserver deb2 exec cat /run/nginx.pid)
	vserver deb2 exec reboot
	again() { [ "$(vserver deb2 exec cat /run/nginx.pid)" != "$first" ] && page; }
	wait_for 120 again
	vserver deb2 stop 2> "$BATS_TEST_TMPDIR/err"
	# in order, not by the time-out: init answers SIGINT
	run ! grep 'has not stopped' "$BATS_TEST_TMPDIR/err"
	nothing_left "$before"
	vserver deb2 start
	wait_for 60 page
	vserver deb2 exec poweroff
	wait_for 90 same_traces "$before"
	run -3 vserver --silent deb2 status
}
