#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# interfaces/ at start and stop: what the host's devices have then, what is refused and undone.
#
# Addresses are single words, and every test is a subshell.
# shellcheck disable=SC2030,SC2031,SC2086

load helpers
load net

D4=192.0.2.20 D6=2001:db8::20

setup_file()
{
	lan
	ip link add idle0 type dummy
	# so that it has its queue already
	ip link set idle0 up
	ip link set idle0 down
	network_guest delta 5101
	network_guest other 5102 192.0.2.21/24
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	rm -rf "$CONF/delta/interfaces"
	mkdir "$CONF/delta/interfaces"
	before=$(traces)
}

teardown()
{
	vserver --silent delta stop
	vserver --silent other stop
	rm -rf "$CONF/delta/spaces" "$CONF/delta/nflags" "$CONF/delta/noncontext"
}

teardown_file()
{
	vserver --silent delta delete
	vserver --silent other delete
	ip link del idle0
	no_lan
}

# on DEVICE ADDRESS/PREFIX [WORD...]: the device has it, with these words in ip's line
on()
{
	local line word

	line=$(ip -o addr show dev "$1" | tr '\134' ' ' | grep -F " $2 ") || { say "$1 has no $2"; return 1; }
	for word in "${@:3}"; do
		[[ $line == *" $word "* ]] || { say "'$line' lacks '$word'"; return 1; }
	done
}

# refuses TEXT...: the start fails with one line that has all of them, and leaves nothing
refuses()
{
	local text

	fails 1 "$1" vserver delta start
	say "$(cat "$BATS_TEST_TMPDIR/stderr")"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/stderr")" = 1 ]
	for text in "${@:2}"; do
		grep -qF -- "$text" "$BATS_TEST_TMPDIR/stderr"
	done
	run -3 vserver delta status
	nothing_left "$before"
}

# reaches GUEST ADDRESS: somebody is there, who refuses; for guests that may not ping
reaches()
{
	shows 'Connection refused' in_guest "$1" nc -zv -w 10 "$2" 9
}

# --- what a start does, and a stop undoes ------------------------------------------------

@test "addresses come with the start and go with the stop, in the order of their names" {
	interface delta 1 ip=$D6/64 dev=lan0
	interface delta 0 ip=$D4/24 dev=lan0
	interface delta 2 ip=192.0.2.22 mask=255.255.255.0 dev=lan0
	interface delta 3 ip=192.0.2.23 prefix=25 dev=lan0
	interface delta 4 ip=198.51.100.4 dev=lan0
	interface delta 5 ip=198.51.100.5 dev=lan0 disabled
	vserver delta start
	on lan0 $D4/24 'brd 192.0.2.255'
	on lan0 $D6/64
	on lan0 192.0.2.22/24
	on lan0 192.0.2.23/25 'brd 192.0.2.127'
	on lan0 198.51.100.4/32
	run ! grep -F 198.51.100.5 <(ip addr)
	[ "$(sed -n 's/^[0-9]*:\t//p' /proc/virtnet/5101/info | grep -c .)" = 5 ]
	grep -q "^0:.*$D4" /proc/virtnet/5101/info
	in_guest delta ip -o addr | grep -qF " $D6/64 "
	run -0 vserver delta status
	[[ $output == *"$D4/24 on lan0"* ]] && [[ $output == *"$D6/64 on lan0"* ]]
	[ "$(vserver --json delta status | jq -r '.addresses | length')" = 5 ]
	vserver delta stop
	nothing_left "$before"
}

@test "files in interfaces/ are defaults for all; bcast, scope, peer and a label arrive" {
	mkdir -p "$CONF/delta/interfaces"
	echo lan0 > "$CONF/delta/interfaces/dev"
	echo 28 > "$CONF/delta/interfaces/prefix"
	interface delta a ip=$D4 name=web
	interface delta b ip=192.0.2.40 bcast=192.0.2.99 scope=link
	interface delta c ip=198.51.100.1 prefix=32 peer=198.51.100.2
	vserver delta start
	on lan0 $D4/28 lan0:web
	on lan0 192.0.2.40/28 'brd 192.0.2.99' 'scope link'
	ip -o addr show dev lan0 | grep -q '198\.51\.100\.1 peer 198\.51\.100\.2/32'
	ip -o -4 addr show label lan0:web | grep -qF $D4/28
	vserver delta stop
	nothing_left "$before"
}

@test "an address that is there already stays at the stop, and its ports are shared" {
	ip addr add $D4/24 dev lan0
	before=$(traces)
	interface delta 0 ip=$D4/24 dev=lan0
	interface delta 1 ip=192.0.2.22/24 dev=lan0
	vserver delta start 2> err
	grep -F "$CONF/delta/interfaces/0/ip: '$D4'" err | grep -qF 'was on device lan0 before the start'
	run ! grep -F 192.0.2.22 err
	# the host's wildcard server is reached at the shared address, not at the guest's
	background nc -lk 7777
	wait_for 10 outside nc -z -w 5 $D4 7777
	run outside nc -z -w 5 192.0.2.22 7777
	[ "$status" = 1 ]
	run in_guest delta nc -l $D4 7777
	[ "$status" != 0 ] && [[ $output == *'Address already in use'* ]]
	pkill -x -f 'nc -lk 7777'
	vserver delta stop
	on lan0 $D4/24
	nothing_left "$before"
	ip addr del $D4/24 dev lan0
}

@test "nodev: the guest owns an address that the start leaves alone" {
	interface delta 0 ip=$D4/24 nodev
	vserver delta start
	run ! grep -F " $D4/" <(ip -o addr)
	grep -qF $D4 /proc/virtnet/5101/info
	# the admin brings it here
	ip addr add $D4/24 dev lan0
	background in_guest delta nc -lk $D4 7777
	wait_for 10 outside nc -z -w 5 $D4 7777
	vserver delta stop
	on lan0 $D4/24
	ip addr del $D4/24 dev lan0
	nothing_left "$before"
}

@test "a VLAN device comes with the first guest and goes with the last" {
	interface delta 0 ip=10.42.0.1/24 dev=lan0.42 vlandev
	interface other 1 ip=10.42.0.2/24 dev=lan0.42 vlandev
	outside ip link add far0.42 link far0 type vlan id 42
	outside ip addr add 10.42.0.254/24 dev far0.42
	outside ip link set far0.42 up
	before=$(traces)
	vserver delta start
	ip -d link show dev lan0.42 | grep -q 'vlan protocol 802.1Q id 42'
	on lan0.42 10.42.0.1/24
	vserver other start
	on lan0.42 10.42.0.2/24
	in_guest delta ping -n -c 1 -W 10 10.42.0.254
	outside ping -n -c 1 -W 10 10.42.0.2
	vserver delta stop
	on lan0.42 10.42.0.2/24
	outside ping -n -c 1 -W 10 10.42.0.2
	vserver other stop
	[ ! -e /sys/class/net/lan0.42 ]
	rm -r "$CONF/other/interfaces/1"
	outside ip link del far0.42
	nothing_left "$before"
}

@test "a device that is down is set up for the guest, and stays up" {
	ip link set idle0 down
	interface delta 0 ip=10.43.0.1/24 dev=idle0
	vserver delta start
	ip -o link show dev idle0 | grep -q '[<,]UP[,>]'
	on idle0 10.43.0.1/24
	vserver delta stop
	ip -o link show dev idle0 | grep -q '[<,]UP[,>]'
	run ! grep -F 10.43.0.1 <(ip addr)
	ip link set idle0 down
	nothing_left "$before"
}

@test "a guest without interfaces has its loopback and nothing else" {
	vserver delta start
	background in_guest delta nc -lk 127.0.0.1 7777
	wait_for 10 in_guest delta nc -z 127.0.0.1 7777
	run in_guest delta nc -zv -w 5 $OUT4 80
	say "$output"
	[ "$status" = 1 ] && [[ $output == *'Operation not permitted'* ]]
	run in_guest delta ping -n -c 1 -W 2 $OUT4
	[ "$status" = 2 ]
	[ "$(in_guest delta ip -o addr | grep -vcE ' (127\.0\.0\.1|::1)/')" = 0 ]
}

@test "noncontext: the network of the host as it is" {
	: > "$CONF/delta/noncontext"
	vserver delta start
	in_guest delta ip -o addr | grep -qF " $HOST4/24 "
	[ ! -e /proc/virtnet/5101 ]
	reaches delta $OUT4
}

@test "spaces/net: a network namespace of its own instead, which sees nothing of the host" {
	mkdir -p "$CONF/delta/spaces"
	: > "$CONF/delta/spaces/net"
	vserver delta start
	[ ! -e /proc/virtnet/5101 ]
	[ "$(in_guest delta readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ]
	run ! grep -E '192\.0\.2\.|2001:db8' <(in_guest delta ip addr)
	run reaches delta $OUT4
	[ "$status" != 0 ]
	# the host can give it a device; neighbours with addresses go on
	vserver other start
	pid=$(vps --json | jq '[.processes[] | select(.xid == 5101)][0].pid')
	ip link add own0 type veth peer name own1
	ip addr add 10.44.0.1/24 dev own0
	ip link set own0 up
	ip link set own1 netns "$pid" name eth0
	nsenter -t "$pid" -n ip addr add 10.44.0.2/24 dev eth0
	nsenter -t "$pid" -n ip link set eth0 up
	wait_for 10 ping -n -c 1 -W 5 10.44.0.2
	in_guest delta ip -o addr | grep -qF ' 10.44.0.2/24 '
	reaches delta 10.44.0.1
	in_guest other ping -n -c 1 -W 10 $OUT4
	run ! grep -F 10.44.0.2 <(in_guest other ip addr)
	vserver delta stop
	vserver other stop
	wait_for 20 test ! -e /sys/class/net/own0
	nothing_left "$before"
}

# --- what a start refuses ------------------------------------------------------------------

@test "refused: an address of another guest, running or just shared by configuration" {
	vserver other start
	before=$(traces)
	interface delta 0 ip=$D4/24 dev=lan0
	interface delta 1 ip=192.0.2.21/24 dev=lan0
	refuses "$CONF/delta/interfaces/1/ip: '192.0.2.21'" other
	vserver other running
	on lan0 192.0.2.21/24
	# the twin: without it, and when the other one is stopped
	rm -r "$CONF/delta/interfaces/1"
	vserver delta start
	vserver delta stop
	vserver other stop
	interface delta 1 ip=192.0.2.21/24 dev=lan0
	vserver delta start
	fails 1 "$CONF/other/interfaces/0/ip: '192.0.2.21'" vserver other start
	grep -qF delta stderr
}

@test "refused: an address that a network context made by hand owns" {
	background chbind --nid 5199 --ip 192.0.2.30/24 -- sleep 1000
	wait_for 10 test -e /proc/virtnet/5199
	before=$(traces)
	interface delta 0 ip=192.0.2.30/24 dev=lan0
	refuses "$CONF/delta/interfaces/0/ip: '192.0.2.30'" 5199
	pkill -x -f 'sleep 1000'
	wait_for 20 test ! -e /proc/virtnet/5199
	vserver delta start
}

@test "refused: an unknown device, one that is down and stays so" {
	interface delta 0 ip=$D4/24 dev=lan0
	interface delta 1 ip=192.0.2.22/24 dev=eth99
	refuses "$CONF/delta/interfaces/1/dev: 'eth99'" 'no such device'
	interface delta 1 ip=10.43.0.1/24 dev=idle0 down
	ip link set idle0 down
	refuses "$CONF/delta/interfaces/1/dev: 'idle0'" 'is down'
	interface delta 1 dev='no name'
	refuses "$CONF/delta/interfaces/1/dev: 'no name'" 'not the name of a device'
	rm -r "$CONF/delta/interfaces/1"
	interface delta 1 ip=10.42.0.1/24 dev=eth99.42 vlandev
	refuses "$CONF/delta/interfaces/1/dev: 'eth99.42'" "no device 'eth99'"
}

@test "refused: malformed addresses, masks, prefixes, labels, broadcasts; with file and value" {
	local bad

	interface delta 0 ip=$D4/24 dev=lan0
	for bad in 192.0.2.300 192.0.2 hello 2001:db8::g 192.0.2.1/33 2001:db8::1/129 0.0.0.0 224.0.0.1; do
		interface delta 1 ip=$bad dev=lan0
		refuses "$CONF/delta/interfaces/1/ip: '" "${bad#*/}'"
	done
	: > "$CONF/delta/interfaces/1/ip"
	refuses "$CONF/delta/interfaces/1/ip: is empty"
	rm "$CONF/delta/interfaces/1/ip"
	refuses "$CONF/delta/interfaces/1/ip: missing"
	for bad in 33 -1 x 2.4; do
		interface delta 1 ip=192.0.2.22 dev=lan0 prefix=$bad
		refuses "$CONF/delta/interfaces/1/prefix: '$bad'"
	done
	interface delta 1 ip=$D6 prefix=129
	refuses "$CONF/delta/interfaces/1/prefix: '129'"
	rm "$CONF/delta/interfaces/1/prefix"
	for bad in 255.0.255.0 255.255.255 255.255.255.256 24x; do
		interface delta 1 ip=192.0.2.22 mask=$bad
		refuses "$CONF/delta/interfaces/1/mask: '$bad'"
	done
	rm "$CONF/delta/interfaces/1/mask"
	interface delta 1 bcast=192.0.2
	refuses "$CONF/delta/interfaces/1/bcast: '192.0.2'"
	rm "$CONF/delta/interfaces/1/bcast"
	interface delta 1 name=a-label-too-long
	refuses "$CONF/delta/interfaces/1/name: 'a-label-too-long'"
	rm "$CONF/delta/interfaces/1/name" "$CONF/delta/interfaces/1/dev"
	refuses "$CONF/delta/interfaces/1" 'neither dev'
	# the same address twice
	interface delta 1 ip=$D4 dev=lan0
	refuses "$CONF/delta/interfaces/1/ip: '$D4'" interfaces/0
	# the twin
	interface delta 1 ip=192.0.2.22 mask=255.255.255.0 bcast=192.0.2.254 name=short
	vserver delta start
}

@test "a start that fails at any step leaves no address, device, context or class" {
	local step

	interface delta 0 ip=$D4/24 dev=lan0
	interface delta 1 ip=$D6/64 dev=lan0
	interface delta 2 ip=10.42.0.1/24 dev=lan0.42 vlandev
	for step in $(vserver delta start --list-steps); do
		say "$step"
		fails 1 "step '$step'" vserver delta start --fail-at "$step"
		nothing_left "$before"
	done
	vserver delta start
}

@test "a guest that dies takes its addresses with it" {
	interface delta 0 ip=$D4/24 dev=lan0
	interface delta 1 ip=10.42.0.1/24 dev=lan0.42 vlandev
	vserver delta start
	on lan0 $D4/24
	vkill --xid 5101 -s KILL
	wait_for 20 context_gone 5101
	vserver delta stop || true
	nothing_left "$before"
}
