#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What somebody who is root in a guest tries first, with nothing but a shell. Each refusal
# has its twin: the same thing works on the host, or on the guest's own things.
# (The break-out kit in C is tests/selftests.)
#
# Literal dollars are meant.
# shellcheck disable=SC2016

load helpers

setup_file()
{
	skeleton esc
	skeleton other
	vserver esc start
	vserver other start
	sleep 10000 3>&- &
	echo $! > "$BATS_FILE_TMPDIR/host-sleep"
}

teardown_file()
{
	kill "$(cat "$BATS_FILE_TMPDIR/host-sleep")"
	vserver --silent esc stop
	vserver --silent other stop
}

guest()
{
	vserver esc exec sh -c "$@"
}

# denied WHY COMMAND: fails in the guest, and for that reason
denied()
{
	local why=$1

	shift
	if guest "$@" > "$BATS_TEST_TMPDIR/out" 2>&1; then
		say "the guest could: $1"
		return 1
	fi
	if ! grep -qiE -- "$why" "$BATS_TEST_TMPDIR/out"; then
		say "$1: not because of '$why', but:"
		sed 's/^/#   /' "$BATS_TEST_TMPDIR/out"
		return 1
	fi
}

@test "processes of the host can't be seen, signalled or looked into" {
	pid=$(cat "$BATS_FILE_TMPDIR/host-sleep")
	[ "$(cat "/proc/$pid/comm")" = sleep ] && kill -0 "$pid"
	denied 'no such process' "kill -9 $pid"
	denied 'no such' "cat /proc/$pid/status"
	denied 'no such' "ls /proc/$pid/root/"
	denied 'no such|can.t' "renice -n 5 -p $pid"
	[ "$(guest "ls -d /proc/$pid /proc/2 /proc/$$ 2> /dev/null" || true)" = '' ]
	# its own ones it may
	guest 'own=$(cat /run/service.pid); kill -0 $own && cat /proc/$own/status > /dev/null'
}

@test "processes of another guest can't be seen or signalled" {
	pid=$(vserver other exec cat /run/service.pid)
	kill -0 "$pid"
	denied 'no such process' "kill -9 $pid"
	denied 'no such' "cat /proc/$pid/status"
	[ "$(in_context "$(xid_of other)")" = 1 ]
}

@test "kill -9 -1 as the guest's root ends the guest's processes only" {
	skeleton killer
	vserver killer start
	vserver killer exec sh -c 'kill -9 -1' || true
	wait_for 10 context_gone "$(xid_of killer)"
	kill -0 "$(cat "$BATS_FILE_TMPDIR/host-sleep")"
	vserver other running
	vserver esc running
}

@test "the root directory has no way up" {
	echo outside > "$ROOTS/secret"
	[ -e "$ROOTS/secret" ]
	service=$(guest 'cat /run/service.pid')
	for up in /.. /../.. "/proc/$service/root/.." /proc/self/root/../.. /proc/self/cwd/../../..; do
		[ "$(guest "ls -di $up/ | awk '{ print \$1 }'")" = "$(guest "ls -di / | awk '{ print \$1 }'")" ]
		run ! guest "cat $up/secret"
	done
	guest 'mkdir -p /jail/bin && cp /bin/busybox /jail/bin/sh'
	run ! guest "chroot /jail /bin/sh -c 'cd ../../../..; [ -e bin/busybox ] || exec cat secret'"
	guest 'ls /etc/init.d/rc'
}

@test "mounting, unmounting, remounting and pivoting are denied" {
	mkdir -p "$BATS_TEST_TMPDIR/m"
	mount -t tmpfs none "$BATS_TEST_TMPDIR/m"
	umount "$BATS_TEST_TMPDIR/m"
	guest 'mkdir -p /mnt/a /mnt/b'
	denied 'permitted|denied' 'mount -t tmpfs none /mnt/a'
	denied 'permitted|denied' 'mount -t proc none /mnt/a'
	denied 'permitted|denied' 'mount -t sysfs none /mnt/a'
	denied 'permitted|denied' 'mount -t cgroup2 none /mnt/a'
	denied 'permitted|denied' 'mount -o bind / /mnt/a'
	denied 'permitted|denied' 'mount -o remount,rw /proc'
	denied 'permitted|denied' 'umount /proc'
	denied 'permitted|denied' 'pivot_root /mnt/a /mnt/a'
}

@test "secure_mount lets a guest mount a tmpfs for itself, and nothing with devices" {
	echo secure_mount > "$CONF/esc/ccapabilities"
	vserver esc restart
	guest 'mkdir -p /mnt/a && mount -t tmpfs none /mnt/a && grep -q "/mnt/a tmpfs.*nodev" /proc/mounts'
	[ -z "$(ls -A "$ROOTS/esc/mnt/a")" ]
	guest 'umount /mnt/a'
	rm "$CONF/esc/ccapabilities"
	vserver esc restart
	denied 'permitted|denied' 'mount -t tmpfs none /mnt/a'
}

@test "new namespaces are denied, those of the host can't be entered" {
	unshare -m true
	denied 'permitted|denied' 'unshare -m true'
	denied 'permitted|denied' 'unshare -U true'
	denied 'permitted|denied' 'unshare -p -f true'
	[ "$(guest 'readlink /proc/self/ns/mnt')" != "$(readlink /proc/self/ns/mnt)" ]
	[ "$(guest 'readlink /proc/self/ns/mnt')" = "$(guest 'readlink /proc/$(cat /run/service.pid)/ns/mnt')" ]
	run ! guest 'nsenter -t 2 -m true'
}

@test "device nodes can't be made, disks and memory not opened" {
	mknod "$BATS_TEST_TMPDIR/null" c 1 3
	denied 'permitted|denied' 'mknod /tmp/sda b 8 0'
	denied 'permitted|denied' 'mknod /tmp/mem c 1 1'
	guest 'mknod /tmp/fifo p'
	[ "$(guest 'find /dev -type b')" = '' ]
	denied 'no such' 'cat /dev/mem'
	denied 'no such' 'cat /dev/kmsg'
	guest 'echo x > /dev/null'
}

@test "the kernel's secrets and switches are not in the guest's /proc" {
	for entry in kcore kmsg kallsyms sysrq-trigger modules iomem ioports slabinfo timer_list \
		virtual sched_debug keys key-users acpi bus scsi mtrr vmallocinfo config.gz; do
		run guest "ls -d /proc/$entry"
		if [ "$status" = 0 ]; then
			say "visible: /proc/$entry"
			false
		fi
	done
	ls -d /proc/kallsyms /proc/virtual /proc/sysrq-trigger
	guest 'cat /proc/cpuinfo /proc/meminfo /proc/uptime /proc/stat /proc/self/status > /dev/null'
}

@test "sysctls of the host can't be written, and its log not read" {
	for key in kernel/vshelper kernel/core_pattern kernel/panic vm/overcommit_memory \
		kernel/sysrq fs/file-max kernel/modprobe; do
		run guest "echo 1 > /proc/sys/$key"
		if [ "$status" = 0 ]; then
			say "written: $key"
			false
		fi
	done
	[ "$(cat /proc/sys/kernel/vshelper)" != 1 ]
	dmesg > /dev/null
	denied 'permitted|denied' dmesg
}

@test "clock, modules, swap, network set-up and priorities are the host's" {
	# busybox only says so, its exit status is 0
	run guest 'date -s 2001-01-01 2>&1'
	[[ $output == *'not permitted'* ]]
	[ "$(date +%Y)" -gt 2020 ]
	denied 'permitted|denied|not found' 'insmod /bin/busybox'
	guest 'dd if=/dev/zero of=/tmp/swap bs=4096 count=100 2> /dev/null; mkswap /tmp/swap > /dev/null'
	denied 'permitted|denied' 'swapon /tmp/swap'
	denied 'permitted|denied' 'ip link add dummy9 type dummy'
	denied 'permitted|denied' 'ip addr add 10.9.9.9/32 dev lo'
	run ! ip link show dummy9
	denied 'permitted|denied' 'renice -n -5 -p $$'
	guest 'renice -n 5 -p $$'
}

@test "the host name is the guest's own, so are message queues" {
	host=$(uname -n)
	guest 'hostname changed'
	[ "$(guest 'uname -n')" = changed ]
	[ "$(uname -n)" = "$host" ]
	queue=$(ipcmk -Q | grep -o '[0-9]*$')
	[ "$(ipcs -q | grep -c "[[:space:]]${queue}[[:space:]]")" -ge 1 ]
	[ "$(guest 'ipcs -q' | grep -c 0x)" = 0 ]
	ipcrm -q "$queue"
}

@test "reboot of the host from a guest only ends the guest" {
	boot=$(cat /proc/sys/kernel/random/boot_id)
	skeleton rebooter
	vserver rebooter start
	vserver rebooter exec poweroff -f || true
	wait_for 60 sh -c '! vserver rebooter running'
	[ "$(cat /proc/sys/kernel/random/boot_id)" = "$boot" ]
	vserver esc running
}
