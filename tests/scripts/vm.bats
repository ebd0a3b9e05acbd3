#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# scripts/vm is what every verdict goes through: each promise it makes, tried.

bats_require_minimum_version 1.5.0

setup()
{
	kernel=${VM_TEST_KERNEL:-patched}
	vm=("$BATS_TEST_DIRNAME/../../scripts/vm" --kernel "$kernel")
}

@test "output is passed through unchanged, standard error apart" {
	"${vm[@]}" -- sh -c 'head -c 300000 /dev/zero | tr "\0" "\377"; printf "\000\r\n" ; echo err >&2' \
		> "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err"
	{ head -c 300000 /dev/zero | tr '\0' '\377'; printf '\000\r\n'; } | cmp - "$BATS_TEST_TMPDIR/out"
	[ "$(cat "$BATS_TEST_TMPDIR/err")" = err ]
}

@test "the command's exit status and arguments are passed through" {
	run "${vm[@]}" -- sh -c 'printf "<%s>" "$@"; exit 42' sh 'a b' '' $'c\nd' "'\""
	[ "$status" = 42 ]
	[ "$output" = $'<a b><><c\nd><\'">' ]
}

@test "a command that is not there gives 127, one killed by a signal 128+N" {
	run -127 "${vm[@]}" -- /no/such/command
	[ "$status" = 127 ]
	run "${vm[@]}" -- sh -c 'kill -9 $$'
	[ "$status" = 137 ]
}

@test "processes left behind don't keep the machine up, what they wrote before counts" {
	run "${vm[@]}" --timeout 120 -- sh -c 'sleep 1000 & yes > /dev/stderr & echo last'
	[ "$status" = 0 ]
	[[ $output == *last* ]]
}

@test "it is root on a writable file system that forgets, with what a host has" {
	run "${vm[@]}" --env WHO=me -- sh -ec 'test "$(id -u)" = 0; test "$WHO" = me; test ! -e /etc/trace
		touch /etc/trace; grep -q "^tmpfs /run " /proc/mounts; test -d /sys/fs/cgroup/cgroup.controllers ||
		test -f /sys/fs/cgroup/cgroup.controllers; grep -q " / / .* shared:" /proc/self/mountinfo
		curl -s telnet://127.0.0.1:1 || test $? = 7; test "$(nproc)" = 2; test "$(ls /dev/pts)" = ptmx'
	[ "$status" = 0 ]
	run "${vm[@]}" -- test ! -e /etc/trace
	[ "$status" = 0 ]
}

@test "--share is read-write both ways" {
	echo from-outside > "$BATS_TEST_TMPDIR/in"
	run "${vm[@]}" --share "$BATS_TEST_TMPDIR" -- sh -c 'cat /mnt/share/in; echo from-inside > /mnt/share/back'
	[ "$status" = 0 ]
	[ "$output" = from-outside ]
	[ "$(cat "$BATS_TEST_TMPDIR/back")" = from-inside ]
}

@test "a time-out gives 124 and leaves no QEMU behind" {
	run "${vm[@]}" --timeout 10 -- sleep 1000
	[ "$status" = 124 ]
	[[ $output == *time-out* ]]
}

@test "a kernel that panics gives 125 and names the log" {
	run "${vm[@]}" -- sh -c 'echo c > /proc/sysrq-trigger'
	[ "$status" = 125 ]
	[[ $output == *build/log/* ]]
}

@test "a kernel warning fails a command that succeeds" {
	run "${vm[@]}" -- sh -c 'echo "WARNING: CPU: 0 PID: 1 at nowhere" > /dev/kmsg'
	[ "$status" = 125 ]
	[[ $output == *"the kernel reported"* ]]
}

@test "interrupted or killed, it takes QEMU with it" {
	for signal in TERM KILL; do
		{ exec "${vm[@]}" --timeout 300 -- sh -c 'echo started; sleep 1000' > "$BATS_TEST_TMPDIR/out" 3>&-; } &
		pid=$!
		until grep -q started "$BATS_TEST_TMPDIR/out"; do sleep 0.2; done
		qemu=$(pgrep -f "qemu-system-x86_64.*-$kernel-$pid\.log")
		kill -"$signal" $pid
		wait $pid || true
		for _ in $(seq 50); do
			alive=$(pgrep -f "qemu-system-x86_64.*-$kernel-$pid\.log" || true)
			[ -z "$alive" ] && break
			sleep 0.2
		done
		[ -n "$qemu" ]
		[ -z "$alive" ]
	done
}

@test "--icount: the clock counts instructions, so two runs agree" {
	count='a=$(cut -d" " -f1 /proc/uptime); i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done
		b=$(cut -d" " -f1 /proc/uptime); echo "$a $b" | awk "{print (\$2 - \$1) * 100}"'
	run "${vm[@]}" --icount -- dash -c "$count"
	[ "$status" = 0 ]
	first=$output
	run "${vm[@]}" --icount -- dash -c "$count"
	echo "$first and $output"
	[ "$first" -gt 0 ]
	[ $((output > first ? output - first : first - output)) -le 2 ]
}

@test "mistakes get one clear sentence" {
	run "${vm[@]}" --share /no/such -- true
	[ "$status" = 1 ]
	[ "$output" = "vm: --share /no/such: no such directory" ]
	run "${vm[0]}" --kernel other -- true
	[ "$status" = 1 ]
	run "${vm[@]}" < /dev/null
	[ "$status" = 1 ]
	[[ $output == *"needs a terminal"* ]]
}
