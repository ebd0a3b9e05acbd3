#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016	# the files expand what is in quotes here
# tests/run with many files in one machine: whose failure is it, and does the next file
# suffer from it? The files here are small scripts in place of the selftests.

bats_require_minimum_version 1.5.0

setup()
{
	top=$BATS_TEST_DIRNAME/../..
	real=${BUILD:-$top/build}
	fake=$BATS_TEST_TMPDIR/build
	# the first to run in a clean clone: no machine has been started yet
	mkdir -p "$fake/selftests" "$fake/log" "$real/vm"
	for dir in kernel image stage vm; do
		ln -s "$(realpath "$real")/$dir" "$fake/$dir"
	done
	[ ! -f "$real/.kvm" ] || cp "$real/.kvm" "$fake/"
}

# file NAME LINE...: a test that does LINEs between its plan and its verdict
file()
{
	local name=$1

	shift
	{
		printf '#!/bin/sh\necho 1..1\n'
		printf '%s\n' "$@"
		printf 'echo "ok 1 %s in $(cut -d. -f1 /proc/uptime)"\n' "$name"
	} > "$fake/selftests/${name}_test"
	chmod +x "$fake/selftests/${name}_test"
}

batch()
{
	BUILD=$fake run "$top/tests/run" --jobs 1 --files 10 "$@" selftests/
	printf '%s\n' "$output"
}

# line NAME: its line in the output, without the time
line()
{
	sed -n "s,^selftests/$1_test  *\(.*\) (.*,\1,p" <<< "$output"
}

boots()
{
	find "$fake/log/tests" -name 'machine-*.err' | wc -l
}

@test "one machine for all files, each with its own verdict, and tidy for the next" {
	file a 'touch /tmp/left' 'mkdir /vservers/left' 'rm -r /etc/vservers/.distributions' \
		'mount -t tmpfs none /mnt' 'sleep 1000 &' 'ipcmk -Q > /dev/null' 'mkdir /sys/fs/cgroup/left' \
		'ip link add name left0 type dummy' 'ip address add 192.0.2.1/24 dev lo'
	file b '[ ! -e /tmp/left ] && [ ! -e /vservers/left ] && [ -d /etc/vservers/.distributions ] || echo not ok files' \
		'! grep -q " /mnt " /proc/mounts || echo not ok mount' '[ ! -e /mnt/share/queue ] || echo not ok share' \
		'! pgrep -x sleep || echo not ok process' '[ "$(wc -l < /proc/sysvipc/msg)" = 1 ] || echo not ok queue' \
		'[ ! -e /sys/fs/cgroup/left ] || echo not ok cgroup' '! ip -o address | grep -e left0 -e 192.0.2.1 || echo not ok network'
	file c 'exit 3'
	batch
	[ "$status" = 1 ]
	[ "$(boots)" = 1 ]
	[ "$(line a)" = "1 passed, 0 failed, 0 skipped" ]
	[ "$(line b)" = "1 passed, 0 failed, 0 skipped" ]
	[ "$(line c)" = "0 passed, 1 failed, 0 skipped" ]
	[ "${lines[-1]}" = "2 passed, 1 failed, 0 skipped" ]
}

@test "what can't be put in order gets the others a new machine, and fails nothing" {
	file a 'echo other > /etc/issue'
	file b '! grep -q other /etc/issue || echo not ok'
	batch
	[ "$status" = 0 ]
	[ "$(boots)" = 2 ]
	grep -q '^#   [<>] /etc/issue' "$fake/log/tests/selftests-a_test.tap"
	[ "${lines[-1]}" = "2 passed, 0 failed, 0 skipped" ]
}

@test "a kernel report fails the file that caused it, once, and no other" {
	file a ''
	file b 'echo "WARNING: CPU: 0 PID: 1 at nowhere" > /dev/kmsg'
	file c ''
	batch
	[ "$status" = 1 ]
	[ "$(boots)" = 2 ]
	[ "$(line a)" = "1 passed, 0 failed, 0 skipped" ]
	[ "$(line b)" = "1 passed, 1 failed, 0 skipped" ]
	[ "$(line c)" = "1 passed, 0 failed, 0 skipped" ]
	grep -q '^# kernel: WARNING: CPU: 0 PID: 1 at nowhere' "$fake/log/tests/selftests-b_test.tap"
}

@test "a kernel that dies and a file that never ends take nobody along" {
	# more than the pipe holds: its beginning has been read
	file a 'echo "# before it died"' 'yes "#" | head -n 40000' 'echo c > /proc/sysrq-trigger' 'sleep 1000'
	file b 'exec sleep 1000'
	file c ''
	batch --timeout 20
	[ "$status" = 1 ]
	[ "$(boots)" = 3 ]
	[[ $(line a) == "0 passed, "[12]" failed, 0 skipped" ]]
	grep -q '^# before it died' "$fake/log/tests/selftests-a_test.tap"
	[ "$(line b)" = "0 passed, 1 failed, 0 skipped" ]
	grep -q '^# time-out after 20 s' "$fake/log/tests/selftests-b_test.tap"
	[ "$(line c)" = "1 passed, 0 failed, 0 skipped" ]
	[[ ${lines[-1]} == "1 passed, "[23]" failed, 0 skipped" ]]
}

@test "without a machine nothing passes" {
	file a ''
	rm "$fake/image"
	batch
	[ "$status" = 1 ]
	[[ $output == *"selftests/a_test (never ran)"* ]]
	[[ $output == *"the image is not built"* ]]
}
