#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# vcontext, chcontext, vattribute, vspace, vuname, vkill, vwait on a vserver kernel.
#
# Literal dollars are meant, and every test is a subshell.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	# One id per test: a context of an earlier one may still be on its way out.
	xid=$((6000 + BATS_TEST_NUMBER * 10))
}

# What stays in the background must not hold the descriptors that bats waits for.
quiet()
{
	"$@" > /dev/null 2>&1 3>&-
}

# Keeps a context alive: background XID
background()
{
	quiet vcontext --create --xid "$1" --silent --disconnect --endsetup -- sleep 1000
}

# stored XID: the same with UTS and IPC spaces of its own that are stored
stored()
{
	quiet chcontext --xid "$1" --silent --disconnect -- sleep 1000
}

end()
{
	vkill --xid "$1" -s KILL || true
	vwait --timeout 20 "$1"
}

# start_wait XID: vwait in the background, asleep in the system call; sets $waiter
start_wait()
{
	vwait --timeout 20 --status-fd 1 "$1" > result 3>&- &
	waiter=$!
	wait_for 10 grep -q '^State:.S' "/proc/$waiter/status"
}

bits()
{
	vattribute --xid "$1" --get --json |
		awk -v w="\"$2\"" '$1 == w":" { f = 1 } f && /value/ { gsub(/[",]/, "", $2); print $2; exit }'
}

# --- vcontext

@test "vcontext --create: prints the id, the command is a member, its status is ours" {
	run vcontext --create --xid "$xid" -- sh -c 'vserver-info - XID; exit 3'
	[ "$status" -eq 3 ]
	[ "${lines[0]}" = "New security context is $xid" ]
	[ "${lines[1]}" = "$xid" ]
	vwait --timeout 20 "$xid"
}

@test "vcontext --create: 254 when it exists; --silentexist says nothing" {
	background "$xid"
	run vcontext --create --xid "$xid" -- true
	[ "$status" -eq 254 ]
	[ "$output" = "vcontext: vc_ctx_create(): File exists" ]
	run vcontext --create --xid "$xid" --silentexist -- true
	[ "$status" -eq 254 ]
	[ -z "$output" ]
	end "$xid"
}

@test "vcontext --create: a context that is being set up is a failure, not 'exists'" {
	quiet vcontext --create --xid "$xid" --silent --disconnect -- sleep 1000
	fails 255 "is still being set up" vcontext --create --xid "$xid" -- true
	end "$xid"
}

@test "vcontext --create without an id: a free one" {
	run vcontext --create -- vserver-info - XID
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "New security context is ${lines[1]}" ]
	[ "${lines[1]}" -ge 49152 ]
}

@test "vcontext: ids that no context can have" {
	fails 255 "vc_ctx_create(): Invalid argument" vcontext --create --xid 1 -- true
	fails 255 "vc_ctx_create(): Invalid argument" vcontext --create --xid 65536 -- true
	fails 255 "vc_ctx_migrate(): No such process" vcontext --migrate --xid "$xid" -- true
	fails 255 "vc_ctx_migrate(): No such process" vcontext --migrate --xid 0 -- true
}

@test "vcontext --migrate: sees the members and only these, signals them and only these" {
	background "$xid"
	sleep 1000 3>&- &
	outside=$!
	run vcontext --migrate --xid "$xid" -- sh -c "
		for p in /proc/[0-9]*; do cat \$p/comm; done | sort | uniq
		kill -0 $outside"
	[ "$status" -ne 0 ]
	[[ "$output" == *"No such process"* ]]
	[[ "$output" != *init* ]]
	[[ "$output" == *sleep* ]]
	kill -0 "$outside"
	kill "$outside"
	end "$xid"
}

@test "vcontext --uid: the user's groups only, by number also without an entry" {
	background "$xid"
	run vcontext --migrate --xid "$xid" --uid nobody -- id -G
	[ "$output" = "$(id -G nobody)" ]
	run vcontext --migrate --xid "$xid" --uid 4711 -- id
	[ "$output" = "uid=4711 gid=4711 groups=4711" ]
	fails 255 "no user 'no-such-user'" vcontext --migrate --xid "$xid" --uid no-such-user -- true
	end "$xid"
}

@test "vcontext --disconnect: failure of the command is reported, success doesn't wait" {
	fails 255 "vcontext: /nonexistent: No such file or directory" \
		vcontext --create --xid "$xid" --disconnect -- /nonexistent
	quiet vcontext --create --xid $((xid + 1)) --silent --disconnect -- \
		sh -c 'read x; ps -o sid= -p $$ > sid; echo $$ > pid; exec sleep 1000'
	wait_for 10 test -s pid
	# A session of its own.
	[ "$(tr -d ' ' < sid)" = "$(cat pid)" ]
	end $((xid + 1))
}

@test "vcontext --closefd: only 0, 1, 2 go on" {
	exec 7< /dev/null
	run vcontext --create --xid "$xid" --silent -- test -e /proc/self/fd/7
	[ "$status" -eq 0 ]
	run vcontext --create --xid $((xid + 1)) --silent --closefd -- test -e /proc/self/fd/7
	[ "$status" -eq 1 ]
}

# start_init XID FLAGS: an init and one more process
start_init()
{
	rm -f init
	quiet vcontext --create --xid "$1" --silent -- vattribute --set --flag "$2" -- \
		vcontext --migrate-self --initpid --endsetup --disconnect -- \
		sh -c 'echo $$ > init; sleep 1000 & exec sleep 1000'
	wait_for 10 test -s init
}

@test "vcontext --initpid: the command is the init and sees itself as 1" {
	start_init "$xid" fakeinit
	[ "$(cat init)" = 1 ]
	pid=$(vserver-info "$xid" INITPID)
	[ "$pid" -gt 1 ]
	[ "$(vcontext --migrate --xid "$xid" -- readlink /proc/1/exe)" = "$(readlink "/proc/$pid/exe")" ]
	end "$xid"
}

@test "vcontext --initpid: with reboot_kill its end is that of the context, else not" {
	start_init "$xid" fakeinit
	vkill --xid "$xid" -s KILL 1
	run -2 vwait --timeout 1 "$xid"
	end "$xid"
	start_init $((xid + 1)) fakeinit,reboot_kill
	start_wait $((xid + 1))
	vkill --xid $((xid + 1)) -s KILL 1
	wait "$waiter"
	[ "$(cat result)" = "FINISHED 137" ]
}

@test "vcontext --migrate --initpid: an init from outside" {
	vcontext --create --xid "$xid" --silent -- vattribute --flag fakeinit,persistent -- true
	quiet vcontext --migrate --xid "$xid" --endsetup --initpid --disconnect -- \
		sh -c 'echo $$ > init; exec sleep 1000'
	wait_for 10 test -s init
	[ "$(cat init)" = 1 ]
	[ "$(vserver-info "$xid" INITPID)" -gt 1 ]
	vattribute --xid "$xid" --flag '!persistent'
	end "$xid"
}

@test "vcontext --chroot: the working directory is the root" {
	mkdir -p root/bin
	cp "$(command -v busybox)" root/bin/sh
	cd root
	run vcontext --create --xid "$xid" --silent --endsetup --chroot -- /bin/sh -c 'echo /*'
	[ "$status" -eq 0 ]
	[ "$output" = "/bin" ]
}

@test "vcontext --pivot-root: the old root is gone, a second one joins the same mounts" {
	mkdir -p root/bin root/dir
	cp "$(command -v busybox)" root/bin/busybox
	for applet in sh mount cat sleep; do ln -s busybox "root/bin/$applet"; done
	cd root
	vcontext --create --xid "$xid" --silent --pivot-root -- \
		/bin/sh -c 'echo /*; cd ..; echo *; mount -t tmpfs none /dir; echo x > /dir/inside;
			echo y > /ready; exec sleep 1000' 3>&- > out 2>&1 &
	wait_for 20 test -e ready
	[ "$(cat out)" = $'/bin /dir /out\nbin dir out' ] || { cat out; false; }
	# Nothing of it is visible on the host.
	[ ! -e dir/inside ]
	[ ! -e .oldroot ]
	run vcontext --migrate --xid "$xid" --pivot-root -- /bin/sh -c 'cat /dir/inside'
	[ "$output" = x ]
	end "$xid"
}

@test "vcontext --syncsock: the message arrives, the command waits for the other side" {
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Local => "sock", Listen => 1) or die;
		open(my $up, ">", "up"); print $up "x"; close $up;
		my $c = $s->accept; local $/; my $text = <$c>;
		print $text, -e "started" ? " started" : " not yet", "\n";' > got 3>&- &
	wait_for 10 test -s up
	vcontext --create --xid "$xid" --silent --syncsock sock --syncmsg hello -- touch started
	wait $!
	[ "$(cat got)" = "hello not yet" ]
	[ -e started ]
}

@test "vcontext --personality-type" {
	run vcontext --create --xid "$xid" --silent --personality-type linux32 -- uname -m
	[ "$output" = i686 ]
}

@test "vcontext --vlogin: a terminal of its own" {
	run vcontext --create --xid "$xid" --silent --vlogin -- sh -c 'tty; exit 5' < /dev/null
	[ "$status" -eq 5 ]
	[[ "$output" == /dev/pts/* ]]
}

# --- vattribute

@test "vattribute: what is set is shown, what isn't mentioned stays" {
	background "$xid"
	vattribute --xid "$xid" --set --bcap '!sys_time' --ccap set_utsname --flag virt_uptime --umask newns
	vattribute --xid "$xid" --ccap syslog --flag lock,'!virt_uptime'
	[ "$(bits "$xid" ccapabilities)" = 0x0000000000001001 ]
	[ "$(bits "$xid" flags)" = 0x0000000600000001 ]
	[ "$(bits "$xid" umask)" = 0x0000000000020000 ]
	[ "$(bits "$xid" bcapabilities)" = 0xfffffffffdffffff ]
	run vattribute --xid "$xid" --get
	[ "${lines[2]}" = "ccapabilities:" ]
	[ "${lines[3]}" = "set_utsname,syslog" ]
	[ "${lines[4]}" = "flags:" ]
	[ "${lines[5]}" = "lock,state_init,state_admin" ]
	[ "${lines[7]}" = newns ]
	end "$xid"
}

@test "vattribute --secure: no capability from 32 up but those that are named" {
	background "$xid"
	vattribute --xid "$xid" --secure
	[ "$(bits "$xid" bcapabilities)" = 0x00000000b44c04ff ]
	[ "$(bits "$xid" ccapabilities)" = 0x0000000000004101 ]
	run vcontext --migrate --xid "$xid" -- sh -c 'date -s 12:00; hostname x'
	[[ "$output" == *"cannot set date: Operation not permitted"* ]]
	vattribute --xid "$xid" --secure --bcap syslog
	[ "$(bits "$xid" bcapabilities)" = 0x00000004b44c04ff ]
	end "$xid"
}

@test "vattribute: no context, none of the caller's" {
	fails 1 "vc_set_cflags(): No such process" vattribute --xid "$xid" --flag lock
	fails 1 "vc_get_bcaps(): No such process" vattribute --xid "$xid" --get
	fails 1 "the caller is in no context" vattribute --flag lock
}

@test "vattribute: a flag of the set-up cannot be raised again" {
	background "$xid"
	vattribute --xid "$xid" --flag state_setup
	[[ "$(vattribute --xid "$xid" --get)" != *state_setup* ]]
	end "$xid"
}

# --- vspace, vuname

@test "vspace --set and --enter: host names apart, seen again by who enters" {
	quiet vcontext --create --xid "$xid" --silent --disconnect -- vspace --new --uts -- \
		sh -c 'hostname inside; vspace --set --uts -- vcontext --migrate-self --endsetup -- \
			sh -c "echo > ready; exec sleep 1000"'
	wait_for 10 test -e ready
	[ "$(vspace --enter "$xid" --uts -- hostname)" = inside ]
	[ "$(hostname)" != inside ]
	[ "$(vuname --xid "$xid" nodename)" = inside ]
	fails 255 "vc_enter_space(): Invalid argument" vspace --enter "$xid" --ipc -- true
	fails 255 "vc_enter_space(): Invalid argument" vspace --enter "$xid" --uts --index 1 -- true
	fails 255 "vc_enter_space(): No such process" vspace --enter $((xid + 1)) --uts -- true
	fails 255 "vc_set_space(): No such process" vspace --set --uts
	end "$xid"
}

@test "vspace --new: signals reach a command that went into a context" {
	vspace --new --uts -- vcontext --create --xid "$xid" --silent -- \
		sh -c 'trap "exit 9" HUP; echo > ready; while :; do sleep 0.1; done' 3>&- &
	wait_for 10 test -e ready
	kill -HUP $!
	wait $! && status=0 || status=$?
	[ "$status" -eq 9 ]
}

@test "vuname: set, get, abbreviations, from a directory, ??? for what has no value" {
	stored "$xid"
	vuname --set --xid "$xid" -t context=/etc/vservers/x -t node=n1 -t domain
	[ "$(vuname --xid "$xid" context nodename)" = "/etc/vservers/x n1" ]
	[ "$(vuname -g --xid "$xid" domainname)" = "" ]
	mkdir names
	printf 'dir-host\n\n' > names/nodename
	printf 'r' > names/release
	vuname -s --xid "$xid" --dir names -- true
	[ "$(vuname --xid "$xid" NODE rel)" = "dir-host r" ]
	fails 255 "vuname: none: No such file" vuname -s --xid "$xid" --dir none
	vuname -s --xid "$xid" --dir none --missingok
	long=$(printf '%065d' 0)
	fails 255 "longer than 64 bytes" vuname -s --xid "$xid" -t "nodename=$long"
	[[ "$(vuname --xid "$xid" --json nodename)" == *'"nodename": "dir-host"'* ]]
	[ "$(vuname --xid $((xid + 1)) context nodename)" = "??? ???" ]
	end "$xid"
}

# --- chcontext

@test "chcontext: new context, own host name, capabilities bounded, host unchanged" {
	before=$(hostname)
	run chcontext --xid "$xid" --secure --hostname h1 --domainname d1 -- \
		sh -c 'hostname; domainname; date -s 12:00'
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "New security context is $xid" ]
	[ "${lines[1]}" = h1 ]
	[ "${lines[2]}" = d1 ]
	[[ "${lines[3]}" == *"Operation not permitted" ]]
	[ "$(hostname)" = "$before" ]
}

@test "chcontext: an existing context is entered; a status of 254 runs nothing twice" {
	stored "$xid"
	run chcontext --silent --xid "$xid" -- sh -c 'echo run >> runs; vserver-info - XID; exit 254'
	[ "$status" -eq 254 ]
	[ "$output" = "$xid" ]
	run chcontext --silent --xid $((xid + 1)) -- sh -c 'echo run >> runs2; exit 254'
	[ "$status" -eq 254 ]
	[ "$(wc -l < runs)" -eq 1 ]
	[ "$(wc -l < runs2)" -eq 1 ]
	end "$xid"
}

@test "chcontext: joins the host name of the context, says that options have no effect" {
	quiet chcontext --xid "$xid" --silent --hostname joined --disconnect -- sleep 1000
	[ "$(chcontext --silent --xid "$xid" -- hostname)" = joined ]
	run --separate-stderr chcontext --xid "$xid" --secure -- hostname
	[ "$output" = joined ]
	[[ "$stderr" == "chcontext: context $xid exists: "* ]]
	end "$xid"
}

@test "chcontext without an id" {
	run chcontext -- vserver-info - XID
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "New security context is ${lines[1]}" ]
}

@test "chcontext --ctx 1: all processes; --ctx 0: never" {
	background "$xid"
	[[ "$(chcontext --silent --ctx 1 -- ps -e -o args=)" == *"sleep 1000"* ]]
	fails 255 "vc_ctx_migrate(): No such process" chcontext --ctx 0 -- true
	end "$xid"
}

@test "chcontext: nobody leads out of a context" {
	run chcontext --silent --xid "$xid" -- chcontext --silent --ctx 1 -- true
	[ "$status" -eq 255 ]
	[[ "$output" == *"vc_ctx_migrate(): Operation not permitted" ]]
	run chcontext --silent --xid $((xid + 1)) -- chcontext --silent --xid $((xid + 2)) -- true
	[ "$status" -eq 255 ]
	[[ "$output" == *"Operation not permitted" ]]
}

@test "chcontext --flag fakeinit: the command is process 1" {
	run chcontext --silent --xid "$xid" --flag fakeinit -- sh -c 'ps -o comm= -p 1'
	[ "$output" = sh ]
}

# --- vkill, vwait

@test "vkill: one, all but init, all; no such process" {
	background "$xid"
	quiet vcontext --migrate --xid "$xid" --disconnect -- sh -c 'echo $$ > pid; exec sleep 1001'
	wait_for 10 test -s pid
	vkill -s 0 -- "$(cat pid)"
	vkill -c "$xid" -s SIGKILL -- "$(cat pid)"
	wait_for 10 sh -c "! kill -0 $(cat pid)"
	fails 1 "$(cat pid): vc_ctx_kill(): No such process" vkill -c "$xid" -- "$(cat pid)"
	fails 1 "$$: is in no context" vkill -- $$
	fails 1 "$$: vc_ctx_kill(): No such process" vkill -c "$xid" -- $$
	fails 1 "1: vc_ctx_kill(): No such process" vkill -c "$xid" -- 1
	vkill -c "$xid"
	vwait --timeout 20 "$xid"
	fails 1 "0: vc_ctx_kill(): No such process" vkill -c "$xid"
}

@test "vwait: FINISHED with the status, TIMEOUT, KILLED" {
	background "$xid"
	run -2 vwait --timeout 1 --status-fd 1 "$xid"
	[ "$output" = TIMEOUT ]
	run -1 vwait --timeout 1 --terminate --status-fd 1 "$xid"
	[ "$output" = KILLED ]
	run -0 vwait --timeout 1 --status-fd 1 "$xid"
	[ "$output" = "FINISHED 0" ]
	mkfifo go
	quiet vcontext --create --xid $((xid + 1)) --silent --disconnect -- sh -c 'read x < go; exit 4'
	start_wait $((xid + 1))
	echo > go
	wait "$waiter"
	[ "$(cat result)" = "FINISHED 4" ]
}
