# SPDX-License-Identifier: GPL-2.0-only
# Command lines of the low-level tools, and what doesn't need a vserver kernel.
# TOOLS: directory of the programs, SRC: of the sources, O: of the build.

bats_require_minimum_version 1.5.0

low="chcontext vcontext vattribute vspace vuname vkill vwait reducecap capchroot
     chbind ncontext naddress nattribute"

vserver_kernel()
{
	"$TOOLS/vserver-info" - APIVER > /dev/null 2>&1
}

@test "--help of every tool: on stdout, status 0, one screen, ends with an example" {
	for tool in $low; do
		run --separate-stderr "$TOOLS/$tool" --help
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[[ "${lines[0]}" == "$tool - "* ]]
		[ "${#lines[@]}" -le 28 ]
		[[ "${lines[-1]}" == "Example: $tool "* ]]
		for line in "${lines[@]}"; do
			[ "${#line}" -le 80 ] || { echo "$tool: $line"; false; }
		done
	done
}

@test "--version of every tool: NAME VERSION -- what it does" {
	for tool in $low; do
		run "$TOOLS/$tool" --version
		[ "$status" -eq 0 ]
		[[ "$output" =~ ^$tool\ [0-9.]+\ --\ [a-z] ]]
	done
}

@test "a full disk is not success" {
	run bash -c "'$TOOLS/vattribute' --help > /dev/full"
	[ "$status" -eq 1 ]
	[ "$output" = "vattribute: standard output: No space left on device" ]
}

@test "unknown options: a hint on stderr, the tool's status for failures" {
	for pair in chcontext:255 vcontext:255 vattribute:2 vspace:255 vuname:255 vkill:2 \
		    chbind:255 ncontext:255 naddress:255 nattribute:2 \
		    vwait:126 reducecap:2 capchroot:255; do
		run --separate-stderr "$TOOLS/${pair%:*}" --bogus
		[ "$status" -eq "${pair#*:}" ]
		[ -z "$output" ]
		[[ "$stderr" == *"Try '${pair%:*} --help'."* ]]
	done
}

@test "long options may be abbreviated, parsing stops at the command" {
	run "$TOOLS/vspace" --new --mas 0 -- true
	[ "$status" -eq 255 ]
	[ "${lines[0]}" = "vspace: no spaces given" ]
	run "$TOOLS/vspace" --new --uts sh -c 'echo "$0"' --help
	[ "$output" = "--help" ]
}

@test "vcontext: exactly one operation, a command, fitting options" {
	run "$TOOLS/vcontext" true
	[ "$status" -eq 255 ]
	[ "${lines[0]}" = "vcontext: one of --create, --migrate, --migrate-self is needed" ]
	run "$TOOLS/vcontext" --create --migrate true
	[ "$status" -eq 255 ]
	[ "${lines[0]}" = "vcontext: only one of --create, --migrate, --migrate-self" ]
	run "$TOOLS/vcontext" --create
	[ "${lines[0]}" = "vcontext: no command given" ]
	run "$TOOLS/vcontext" --migrate true
	[ "${lines[0]}" = "vcontext: --migrate needs --xid" ]
	run "$TOOLS/vcontext" --create --initpid true
	[ "${lines[0]}" = "vcontext: --initpid is for --migrate and --migrate-self" ]
	run "$TOOLS/vcontext" --create --chroot --pivot-root true
	[ "${lines[0]}" = "vcontext: only one of --chroot, --pivot-root" ]
	run "$TOOLS/vcontext" --create --vlogin --disconnect true
	[ "${lines[0]}" = "vcontext: only one of --disconnect, --vlogin" ]
	run "$TOOLS/vcontext" --create --personality-type linux33 true
	[ "${lines[0]}" = "vcontext: Unknown personality 'linux33'" ]
}

@test "unknown names in lists are named" {
	run "$TOOLS/vattribute" --xid 5000 --flag lock,bogus
	[ "$status" -eq 1 ]
	[ "$output" = "vattribute: Unknown flag 'bogus'" ]
	run "$TOOLS/vattribute" --xid 5000 --bcap bogus
	[ "$output" = "vattribute: Unknown bcap 'bogus'" ]
	run "$TOOLS/vattribute" --xid 5000 --ccap bogus
	[ "$output" = "vattribute: Unknown ccap 'bogus'" ]
	run "$TOOLS/vattribute" --xid 5000 --umask bogus
	[ "$output" = "vattribute: Unknown namespace 'bogus'" ]
	run "$TOOLS/chcontext" --cap sys_adminx true
	[ "$status" -eq 255 ]
	[ "$output" = "chcontext: Unknown bcap 'sys_adminx'" ]
}

@test "vattribute --list: every name the words have" {
	run "$TOOLS/vattribute" --list
	[ "$status" -eq 0 ]
	[[ "$output" == *"^40  checkpoint_restore"* ]]
	[[ "$output" == *"^38  persistent"* ]]
	[[ "$output" == *"^30  newnet"* ]]
}

@test "vkill: what is no number is refused, never taken for 'all'" {
	run "$TOOLS/vkill" --xid 5000 -- abc
	[ "$status" -eq 1 ]
	[ "$output" = "vkill: 'abc' is not a process number" ]
	run "$TOOLS/vkill" -s BOGUS --xid 5000
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = "vkill: Unknown signal 'BOGUS'" ]
	run "$TOOLS/vkill"
	[ "${lines[0]}" = "vkill: neither --xid nor a process given" ]
	run "$TOOLS/vkill" -- -1
	[ "$status" -eq 1 ]
	[ "$output" = "vkill: -1: --xid is needed to know whose" ]
}

@test "vwait: ??? and 126 for a wrong command line" {
	run --separate-stderr "$TOOLS/vwait" --status-fd 1
	[ "$status" -eq 126 ]
	[ "$output" = "???" ]
}

@test "without a vserver kernel every tool says so" {
	! vserver_kernel || skip "this is a vserver kernel"
	for call in "chcontext --xid 5000 true" "vcontext --create --xid 5000 true" \
		    "vcontext --migrate --xid 5000 true" "vattribute --xid 5000 --get" \
		    "vattribute --xid 5000 --flag lock" "vspace --default --set" \
		    "vuname --xid 5000" "vkill --xid 5000"; do
		run $TOOLS/$call
		[ "$status" -ne 0 ]
		[[ "$output" == "${call%% *}: this kernel has no vserver support: vc_"*"(): Function not implemented" ]]
	done
}

@test "vwait: ERROR with the number" {
	! vserver_kernel || skip "this is a vserver kernel"
	run -127 --separate-stderr "$TOOLS/vwait" --status-fd 1 5000
	[ "$output" = "ERROR 38" ]
	[[ "$stderr" == "vwait: this kernel has no vserver support: "* ]]
}

@test "vspace --new: separate, and ends as its command does" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	run "$TOOLS/vspace" --new --uts -- sh -c 'hostname vspace-test; hostname; exit 7'
	[ "$status" -eq 7 ]
	[ "$output" = vspace-test ]
	[ "$(hostname)" != vspace-test ]
	run "$TOOLS/vspace" --new --uts -- sh -c 'kill -USR1 $$'
	[ "$status" -eq $((128 + 10)) ]
	run "$TOOLS/vspace" --new --uts -- /nonexistent
	[ "$status" -eq 255 ]
	[ "$output" = "vspace: /nonexistent: No such file or directory" ]
}

@test "vspace --new: passes signals on" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	mkfifo "$BATS_TEST_TMPDIR/ready"
	"$TOOLS/vspace" --new --uts -- \
		sh -c "trap 'exit 9' HUP; echo > '$BATS_TEST_TMPDIR/ready'; while :; do sleep 0.1; done" 3>&- &
	read -r _ < "$BATS_TEST_TMPDIR/ready"
	kill -HUP $!
	wait $! && status=0 || status=$?
	[ "$status" -eq 9 ]
}

# state PID LETTER
state()
{
	[ "$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat")" = "$2" ]
}

wait_for()
{
	for _ in $(seq 100); do
		"$@" && return
		sleep 0.1
	done
	return 1
}

@test "vspace --new: stops and goes on with its command" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	"$TOOLS/vspace" --new --uts -- \
		sh -c "echo \$\$ > '$BATS_TEST_TMPDIR/pid'; kill -STOP \$\$; exit 9" 3>&- &
	wait_for state $! T
	child=$(cat "$BATS_TEST_TMPDIR/pid")
	state "$child" T
	kill -CONT $!
	wait $! && status=0 || status=$?
	[ "$status" -eq 9 ]
}

@test "vspace: --~NAME takes away, --mask assigns" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	before=$(readlink /proc/self/ns/uts)
	[ "$("$TOOLS/vspace" --new --uts --ipc --~uts readlink /proc/self/ns/uts)" = "$before" ]
	[ "$("$TOOLS/vspace" --new --uts --mask 0x08000000 readlink /proc/self/ns/uts)" = "$before" ]
	[ "$("$TOOLS/vspace" --new --ipc --mask 0x04000000 readlink /proc/self/ns/uts)" != "$before" ]
}

@test "reducecap: taken from every set of the command" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	run "$TOOLS/reducecap" --cap '!sys_time' -- grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status
	[ "$status" -eq 0 ]
	for line in "${lines[@]}"; do
		[ $((0x${line##*$'\t'} >> 25 & 1)) -eq 0 ]
		[ $((0x${line##*$'\t'} >> 5 & 1)) -eq 1 ]
	done
	# The old spelling is the same.
	[ "$("$TOOLS/reducecap" --CAP_SYS_TIME -- grep CapBnd /proc/self/status)" = "${lines[2]}" ]
}

@test "reducecap --secure: nothing from 32 up; --cap brings one back" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	run "$TOOLS/reducecap" --secure -- grep CapBnd /proc/self/status
	[ $((0x${output##*$'\t'} & ~0xb44c04ff)) -eq 0 ]
	run "$TOOLS/reducecap" --secure ----CAP_SYS_TIME -- grep CapBnd /proc/self/status
	[ $((0x${output##*$'\t'} & ~0xb44c04ff)) -eq $((1 << 25)) ]
}

@test "reducecap --show: the table" {
	run "$TOOLS/reducecap" --show --pid 1
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" =~ ^Capability\ +Effective\ +Permitted\ +Inheritable$ ]]
	[[ "$output" == *checkpoint_restore* ]]
	run "$TOOLS/reducecap" --show --pid 1 --json
	[[ "$output" == *'"capability": "chown"'* ]]
}

@test "capchroot: root directory, user with all its groups, no second chroot" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	run "$TOOLS/capchroot" --suid nobody / id -u
	[ "$output" = "$(id -u nobody)" ]
	run "$TOOLS/capchroot" --suid nobody / id -G
	[ "$output" = "$(id -G nobody)" ]
	run "$TOOLS/capchroot" --nochroot / chroot / true
	[ "$status" -eq 125 ]
	run "$TOOLS/capchroot" / chroot / true
	[ "$status" -eq 0 ]
	run "$TOOLS/capchroot" /nonexistent true
	[ "$status" -eq 255 ]
	[ "$output" = "capchroot: /nonexistent: No such file or directory" ]
	run "$TOOLS/capchroot" --suid no-such-user / true
	[ "$status" -eq 255 ]
	[ "$output" = "capchroot: user no-such-user: no such user" ]
}

@test "libvserver.so exports what the header declares, and nothing else" {
	declared=$(grep -oE '\bvc_[a-z0-9_]+\(' "$SRC/lib/vserver.h" | tr -d '(' |
		grep -vE '^vc_(word|name)_?$' | sort -u)
	exported=$(nm -D --defined-only "$O/libvserver.so.0" | awk '$2 == "T" { print $3 }' |
		sed 's/@.*//' | sort -u)
	[ -n "$exported" ]
	diff <(echo "$declared") <(echo "$exported")
	readelf -d "$O/libvserver.so.0" | grep -q 'soname: \[libvserver.so.0\]'
}

@test "the header is enough to build against, also from C++" {
	cat > "$BATS_TEST_TMPDIR/p.c" <<-EOT
		#include <vserver.h>
		#include <stdio.h>
		int main(void) { return vc_get_version() == -1 ? 0 : 0; }
	EOT
	include="-I$SRC/lib -I$SRC/../kernel/include/uapi"
	cc -std=c11 -pedantic -Wall -Werror $include -o "$BATS_TEST_TMPDIR/p" \
		"$BATS_TEST_TMPDIR/p.c" "$O/libvserver.so.0" ${SANITIZE:+-fsanitize=address,undefined}
	LD_LIBRARY_PATH=$O "$BATS_TEST_TMPDIR/p"
	if command -v c++ > /dev/null; then
		c++ -x c++ -Wall -Werror $include -c -o /dev/null "$BATS_TEST_TMPDIR/p.c"
	fi
}

@test "libvserver(3) has every function, every tool has its page and completion" {
	for f in $(grep -oE '\bvc_[a-z0-9_]+\(' "$SRC/lib/vserver.h" | tr -d '(' | sort -u); do
		grep -q "$f" "$SRC/man/libvserver.3" || { echo "$f"; false; }
	done
	for tool in $low; do
		[ -s "$SRC/man/$tool.8" ]
		[ -s "$SRC/completion/$tool" ]
	done
}
