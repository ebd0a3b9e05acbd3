#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2088,SC2154 # jq and guests expand these, bats sets stderr
#
# What shows contexts: vserver-stat, vserver-info, vps, vtop, vpstree; what gets into them with
# a terminal: vlogin; and vprocunhide. With plain contexts, one guest for what needs a name.

load helpers

A=3001 B=3002

setup_file()
{
	export GUEST=observe-guest

	vcontext --silent --create --xid $A --disconnect --closefd --endsetup -- sleep 100000
	vcontext --silent --create --xid $B -- \
		vcontext --migrate-self --disconnect --closefd --initpid --endsetup -- \
		sh -c 'sleep 100000 & sleep 100000'
	wait_for 10 three_sleeps
}

teardown_file()
{
	local xid

	for xid in $A $B 3003 3004; do
		vkill --xid "$xid" -s KILL 2> /dev/null || continue
		vwait --timeout 10 "$xid"
	done
	vserver --silent "$GUEST" stop
}

# $B's second sleep is a process of its own only some time after its creation.
three_sleeps()
{
	[ "$(vps --json | jq '[.processes[] | select(.command == "sleep" and
		(.xid == 3001 or .xid == 3002))] | length')" = 3 ]
}

# pid_in XID: its first process
pid_in()
{
	vps --json | jq "[.processes[] | select(.xid == $1).pid][0]"
}

json()
{
	jq -e "$@" > /dev/null
}

# --- vserver-stat ------------------------------------------------------------------------

@test "vserver-stat: the header, and a line for the host and for each context" {
	run -0 vserver-stat
	[ "${lines[0]}" = "CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME NAME" ]
	[[ ${lines[1]} =~ ^0\ {2,}[0-9]+\ .*\ root\ server$ ]]
	printf '%s\n' "${lines[@]}" | grep -qE "^$A     1 "
	printf '%s\n' "${lines[@]}" | grep -qE "^$B     3 "
}

@test "vserver-stat: every line has its columns where scripts cut them" {
	vserver-stat | tail -n +2 | while IFS= read -r line; do
		say "$line"
		[[ ${line:0:5} =~ ^[0-9]+\ *$ ]]
		[[ ${line:5:5} =~ ^\ *[0-9]+$ ]]
		[[ ${line:10:7} =~ ^\ *[0-9.]+[\ KMGT+]$ ]]
		[[ ${line:17:7} =~ ^\ *[0-9.]+[\ KMGT+]$ ]]
		[[ ${line:24:10} =~ ^\ +[0-9smhdy]+$ ]]
		[[ ${line:34:10} =~ ^\ +[0-9smhdy]+$ ]]
		[[ ${line:44:10} =~ ^\ +[0-9smhdy]+$ ]]
		[ "${line:54:1}" = ' ' ]
	done
}

@test "vserver-stat --json: exact numbers that fit those of /proc" {
	local pid rss

	pid=$(pid_in $A)
	rss=$(awk '{ print $24 * 4096 }' "/proc/$pid/stat")
	vserver-stat --json > "$BATS_TEST_TMPDIR/json"
	json --argjson rss "$rss" ".contexts[] | select(.xid == $A) |
		.processes == 1 and .name == null and .rss == \$rss and .vsz > .rss and
		.uptime_ms > 0" "$BATS_TEST_TMPDIR/json"
	json '.contexts[] | select(.xid == 0) | .name == "root server" and .user_ms > 0' \
		"$BATS_TEST_TMPDIR/json"
	json '[.contexts[].xid] | . == sort' "$BATS_TEST_TMPDIR/json"
}

@test "vserver-stat: a persistent context without a process is a line, too" {
	vcontext --create --xid 3003 --silent -- vattribute --flag persistent -- true
	wait_for 10 sh -c "grep -q '^Tasks:[[:space:]]*0' /proc/virtual/3003/status"
	[[ $(vserver-stat | grep '^3003 ') =~ ^3003\ +0\ +0\ +0\  ]]
	[ "$(vserver-stat --json | jq -c '.contexts[] | select(.xid == 3003) | [.processes, .rss]')" = '[0,0]' ]
	vattribute --xid 3003 --flag '!persistent'
	wait_for 10 test ! -e /proc/virtual/3003
	run ! grep -q '^3003 ' <(vserver-stat)
}

@test "vserver-stat: --sort is accepted, an argument is not" {
	run -0 vserver-stat -O rss
	fails 1 "vserver-stat: web: unexpected argument" vserver-stat web
}

# --- vserver-info ------------------------------------------------------------------------

@test "vserver-info: the kernel and its features" {
	[ "$(vserver-info - APIVER)" = 0x00020308 ]
	vserver-info - FEATURE migrate
	vserver-info - FEATURE SPACES
	run -1 vserver-info - FEATURE VSTAT
	run -1 vserver-info - FEATURE DYNAMIC
	run -1 vserver-info - FEATURE nonsense
	[ -z "$output" ]
	vserver-info --json - FEATURE VNET | json '.value == true'
	vserver-info - VERIFYCAP
	vserver-info - VERIFYPROC
}

@test "vserver-info: ids of processes" {
	local pid

	pid=$(pid_in $A)
	[ "$(vserver-info "$pid" XID)" = $A ]
	[ "$(vserver-info - XID)" = 0 ]
	[ "$(vserver-info 0 XID)" = 0 ]
	[ "$(chcontext --silent --xid 1 -- vserver-info - XID)" = 1 ]
	[ "$(vserver-info --json "$pid" XID | jq .value)" = $A ]
	fails 1 "No such process" vserver-info 4194303 XID
	fails 1 "no parent" vserver-info "$pid" PXID
}

@test "vserver-info: the init of a context" {
	local init

	init=$(vserver-info $B INITPID)
	[ "$(vserver-info "$init" INITPID_PID)" = "$init" ]
	[ "$(cat "/proc/$init/comm")" = sh ]
	fails 1 "has no init" vserver-info $A INITPID
	fails 1 "No such process" vserver-info 3999 INITPID
}

@test "vserver-info: names of a context, one whole and all seven" {
	local long=this-is-a-rather-long-name.example.org

	vcontext --silent --create --xid 3003 --disconnect --closefd --endsetup -- sleep 1000
	vuname --set --xid 3003 -t context=/nowhere/at/all
	[ "$(vserver-info 3003 UTS context)" = /nowhere/at/all ]
	vspace --new --uts -- vcontext --silent --create --xid 3004 -- vspace --set --uts -- \
		vuname --set --xid self -t nodename=$long -- \
		vcontext --migrate-self --disconnect --closefd --endsetup -- sleep 1000
	[ "$(vserver-info 3004 UTS nodename)" = $long ]
	[ "$(vserver-info 3004 UTS | wc -w)" -ge 6 ]
	vserver-info --json 3004 UTS | json --arg n $long '.value.nodename == $n'
}

@test "vserver-info: what kind of number an id is" {
	[ "$(vserver-info 0 XIDTYPE)" = main ]
	[ "$(vserver-info 1 XIDTYPE)" = watch ]
	[ "$(vserver-info 2 XIDTYPE)" = static ]
	[ "$(vserver-info 65535 XIDTYPE static)" = static ]
	[ "$(vserver-info 65536 XIDTYPE)" = invalid ]
	run -1 vserver-info 2 XIDTYPE main watch
}

@test "vserver-info: without arguments it tells of the system, a wrong tag is an error" {
	run -0 vserver-info
	[ "${lines[0]}" = Versions: ]
	[[ $output == *"VS-API: 0x00020308"* ]]
	fails 1 "no such tag" vserver-info x NONSENSE
	run -0 vserver-info -l
	[[ $output == *INITPID_PID* ]]
	run -0 vserver-info -q - APIVER
	[ -z "$output" ]
}

# --- vps, vtop, vpstree ------------------------------------------------------------------

@test "vps: a column for the context behind PID, as wide as ever" {
	local pid line

	pid=$(pid_in $A)
	run -0 vps -e -o pid,comm
	[[ ${lines[0]} =~ ^\ *PID\ CONTEXT\ {13}COMMAND$ ]]
	line=$(vps -e -o pid,comm | grep -E "^ *$pid ")
	[[ $line =~ ^\ *$pid\ \ $A\ {15}sleep$ ]]
	vps -e -o pid,comm | grep -qE '^ *1     0 MAIN          init$'
	vps -e -o pid,comm | grep -qE '^ *[0-9]+     1 ALL_PROC      ps$'
	vps axf | grep -qE "^ *$pid  $A "
	vps aux | grep -qE "^root +$pid  $A "
}

@test "vps: status of ps; without PID it says so; json" {
	run -1 vps --nonsense
	run -0 --separate-stderr vps -e -o comm
	[[ $stderr == *"no column PID"* ]]
	vps --json | json '.processes[] | select(.pid == 1) | .xid == 0 and .guest == null'
}

@test "vtop and vpstree see the processes of contexts and pass the status on" {
	local pid

	pid=$(pid_in $A)
	vtop -b -n 1 -p "$pid" | grep -q sleep
	vpstree -p | grep -qF "sleep($pid)"
	run -1 vpstree --nonsense
}

# --- vlogin ------------------------------------------------------------------------------

@test "vlogin: status and death of the program" {
	run -7 vlogin $A -- sh -c 'exit 7'
	run -137 vlogin $A -- sh -c 'kill -9 $$'
	[ "$(vlogin $A -- "$(command -v vserver-info)" - XID | tr -d '\r')" = $A ]
	fails 255 "No such process" vlogin 3999
	fails 255 "no such guest" vlogin no-such-guest
}

@test "vlogin: the host's environment stays outside" {
	export OBSERVE_SECRET=secret
	vlogin $A -- env | tr -d '\r' > "$BATS_TEST_TMPDIR/env"
	grep -q ^PATH= "$BATS_TEST_TMPDIR/env"
	run -1 grep secret "$BATS_TEST_TMPDIR/env"
}

@test "vlogin: input from a pipe, to its end" {
	[ "$(printf 'one\ntwo' | vlogin $A -- cat | tr -d '\r')" = $'one\ntwo' ]
	# an interactive shell: its prompt is in the output
	echo 'expr 6 \* 7' | vlogin $A -- sh | tr -d '\r' | grep -qE '^(.* )?42$'
}

# outer COMMAND: on a terminal of its own, with modes that aren't the usual ones. Prints what
# the command shows and, when it is over, whether the modes are the same.
outer()
{
	printf 'stty intr ^T erase ^H; before=$(stty -g); %s; echo "status $?";
		[ "$before" = "$(stty -g)" ] && echo restored' "$1" > "$BATS_TEST_TMPDIR/outer"
	# an input without an end: script would type ^D
	[ -p "$BATS_TEST_TMPDIR/never" ] || mkfifo "$BATS_TEST_TMPDIR/never"
	script -qefc "sh $BATS_TEST_TMPDIR/outer" /dev/null <> "$BATS_TEST_TMPDIR/never" | tr -d '\r'
}

@test "vlogin: the program's terminal is a new one, the old one is given back as it was" {
	run -0 outer "tty; vlogin $A -- tty"
	[[ $output == *"status 0"*restored* ]]
	[ "${lines[0]}" != "${lines[1]}" ]
	[[ ${lines[1]} == /dev/pts/* ]]

	run outer "vlogin $A -- sh -c 'kill -9 \$\$'"
	[[ $output == *"status 137"*restored* ]]
	run outer "vlogin 3999"
	[[ $output == *"status 255"*restored* ]]
	run outer "timeout --foreground -s TERM 1 vlogin $A -- sleep 100"
	[[ $output == *restored* ]]
}

@test "vlogin: the program takes over nothing of the terminal outside" {
	run -0 outer "vlogin $A -- sh -c 'stty raw -echo; ls -l /proc/self/fd'"
	[[ $output == *"status 0"*restored* ]]
	# three times its own terminal, and the directory that ls reads
	[ "$(grep -c '/dev/pts/' <<< "$output")" = 3 ]
	[ "$(grep -o '/dev/pts/[0-9]*' <<< "$output" | sort -u | wc -l)" = 1 ]
	run -1 grep -qE 'socket:|pipe:|ptmx' <<< "$output"
}

@test "vlogin: the size of the terminal" {
	run -0 outer "stty rows 17 cols 71; vlogin $A -- stty size"
	[ "${lines[0]}" = "17 71" ]
}

@test "vlogin: a guest by name, with a user and a terminal of its own devpts" {
	skeleton "$GUEST"
	vserver --silent "$GUEST" start
	[ "$(vlogin "$GUEST" -- id -u | tr -d '\r')" = 0 ]
	[ "$(vlogin -u user "$GUEST" -- id -u | tr -d '\r')" = 1000 ]
	[ "$(vlogin -u user "$GUEST" -- sh -c 'stat -c %u $(tty)' | tr -d '\r')" = 1000 ]
	[ "$(vlogin "$GUEST" -- tty | tr -d '\r')" = /dev/pts/0 ]
	run -3 vlogin "$GUEST" -- sh -c 'exit 3'
	fails 255 "nobody-here" vlogin -u nobody-here "$GUEST" -- id
	vserver "$GUEST" stop
	fails 255 "not running" vlogin "$GUEST" -- id
}

@test "vserver-stat, vps and vserver-info know the guest's name" {
	local xid

	vserver --silent "$GUEST" start
	xid=$(xid_of "$GUEST")
	vserver-stat | grep -qE "^$xid .* $GUEST\$"
	vserver-stat --json | json --arg n "$GUEST" '.contexts[] | select(.name == $n)'
	vps -e -o pid,comm | grep -qE "^ *[0-9]+ +$xid ${GUEST:0:13} "
	[ "$(vserver-info "$GUEST" CONTEXT)" = "$xid" ]
	[ "$(vserver-info "$GUEST" CONTEXT false)" = "$xid" ]
	[ "$(vserver-info "$GUEST" RUNNING)" = 1 ]
	[ "$(vserver-info "$xid" ID)" = "$CONF/$GUEST" ]
	[ "$(vserver-info "$xid" NAME)" = "$GUEST" ]
	[ "$(vserver-info "$GUEST" CFGDIR)" = "$CONF/$GUEST" ]
	[ "$(vserver-info "$GUEST" VDIR)" = "$CONF/$GUEST/vdir" ]
	[ "$(vserver-info "$GUEST" VDIR 1)" = "$ROOTS/$GUEST" ]
	[ "$(vserver-info "$GUEST" APPDIR init)" = "$CONF/$GUEST/apps/init" ]
	fails 1 "No such file" vserver-info "$GUEST" APPDIR nonsense
	[ "$(vserver-info "$GUEST" CANONIFY)" = observeguest ]
	vserver "$GUEST" stop
	[ "$(vserver-info "$GUEST" CONTEXT)" = "$xid" ]
	run -1 vserver-info "$GUEST" CONTEXT false
	run -1 vserver-info "$GUEST" RUNNING
	[ -z "$output" ]
	fails 1 "no such guest" vserver-info no-such-guest CFGDIR
}

# --- vprocunhide -------------------------------------------------------------------------

seen_in_context()
{
	vcontext --silent --migrate --xid $A -- test -e "$1"
}

@test "vprocunhide: shows and hides an entry, for guests and for context 1" {
	local list=$BATS_TEST_TMPDIR/list

	seen_in_context /proc/meminfo
	echo '-/proc/meminfo' > "$list"
	vprocunhide "$list"
	run -1 seen_in_context /proc/meminfo
	run -1 chcontext --silent --xid 1 -- test -e /proc/meminfo
	[ -e /proc/meminfo ]
	echo '~/proc/meminfo' > "$list"
	vprocunhide "$list"
	run -1 seen_in_context /proc/meminfo
	chcontext --silent --xid 1 -- test -e /proc/meminfo
	echo '/proc/meminfo' > "$list"
	vprocunhide "$list"
	seen_in_context /proc/meminfo

	run -1 seen_in_context /proc/kallsyms
	echo '+/proc/kall*' > "$list"
	vprocunhide "$list"
	seen_in_context /proc/kallsyms
	echo '-/proc/kallsyms' > "$list"
	vprocunhide "$list"
	run -1 seen_in_context /proc/kallsyms
}

@test "vprocunhide: whole directories" {
	local list=$BATS_TEST_TMPDIR/list

	echo '-/proc/tty/' > "$list"
	vprocunhide "$list"
	run -1 seen_in_context /proc/tty
	echo '/proc/tty' > "$list"
	vprocunhide "$list"
	seen_in_context /proc/tty
	run -1 seen_in_context /proc/tty/drivers
	echo '/proc/tty/' > "$list"
	vprocunhide "$list"
	seen_in_context /proc/tty/drivers
}

@test "vprocunhide: the shipped list works, all of it" {
	run -0 vprocunhide
	[ -z "$output" ]
	seen_in_context /proc/uptime
	run -1 seen_in_context /proc/kcore
	run -1 seen_in_context /proc/cmdline
}

@test "vprocunhide: --dry-run changes nothing" {
	local list=$BATS_TEST_TMPDIR/list

	printf '%s\n' '-/proc/uptime' '/proc/nothing-of-this-name' > "$list"
	run -0 vprocunhide --dry-run "$list"
	[ "$output" = "+admin hide /proc/uptime" ]
	seen_in_context /proc/uptime
}

@test "vprocunhide: failures are counted; its exit status tells how much worked" {
	local list=$BATS_TEST_TMPDIR/list

	printf '%s\n' '/proc/uptime' '-/etc/passwd' 'uptime' '/proc/no-such-entry' > "$list"
	fails 2 "list:2: /etc/passwd: Invalid argument" vprocunhide "$list"
	fails 2 "list:3: 'uptime' is not an absolute path" vprocunhide "$list"
	fails 2 "2 of 3 paths failed" vprocunhide "$list"
	echo '-/etc/passwd' > "$list"
	fails 3 "1 of 1 paths failed" vprocunhide "$list"
	fails 1 "no-list" vprocunhide "$BATS_TEST_TMPDIR/no-list"
	fails 2 "one list only" vprocunhide "$list" "$list"
}

@test "vprocunhide: the machine's own list replaces the shipped one" {
	mkdir -p "$CONF/.defaults/apps/vprocunhide"
	echo '-/proc/loadavg' > "$CONF/.defaults/apps/vprocunhide/files"
	run -0 vprocunhide --dry-run
	[ "$output" = "+admin hide /proc/loadavg" ]
	rm "$CONF/.defaults/apps/vprocunhide/files"
	run -0 vprocunhide --dry-run
	[[ $output == *"-hide /proc/uptime"* ]]
}
