#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# tc/DEV: the classes of guests on a device, from start to stop, and what is refused.
#
# Addresses are single words.
# shellcheck disable=SC2086

load helpers
load net

setup_file()
{
	shaped_guests
}

setup()
{
	rm -rf "$CONF/one/tc" "$CONF/three/tc"
	before=$(traces)
}

teardown()
{
	vserver --silent one stop
	vserver --silent three stop
}

teardown_file()
{
	no_shaped_guests
}

@test "classes come with the first guest and go with the last; changes apply to a running one" {
	shape one rate=1mbit ceil=2mbit share=5
	shape three rate=2mbit
	vserver one start
	tc class show dev lan0 | grep -q "class htb 1:$(printf %x $ONE) "
	run ! grep -q "class htb 1:$(printf %x $THREE) " <(tc class show dev lan0)
	vserver three start
	tc class show dev lan0 | grep "class htb 1:$(printf %x $THREE) " | grep -q 'rate 2Mbit'
	[ "$(vserver --json one tc | jq -c '.[0] | [.device, .rate, .ceil, .share]')" = '["lan0",1000000,2000000,5]' ]
	shape one rate=3mbit ceil=4mbit
	vserver one tc apply
	tc class show dev lan0 | grep "class htb 1:$(printf %x $ONE) " | grep -q 'rate 3Mbit ceil 4Mbit'
	vserver one stop
	run ! grep -q "class htb 1:$(printf %x $ONE) " <(tc class show dev lan0)
	tc class show dev lan0 | grep -q "class htb 1:$(printf %x $THREE) "
	vserver three stop
	run ! grep -q htb <(tc qdisc show dev lan0)
	nothing_left "$before"
}

@test "refused: more than the device carries, a rate that is none, a device that is none" {
	shape one rate=6mbit
	shape three rate=3mbit
	vserver one start
	now=$(traces)
	fails 1 "$CONF/three/tc/lan0/rate" vserver three start
	nothing_left "$now"
	vserver one stop
	for bad in much -1mbit 10mbits 10.0.0.1; do
		shape three rate=$bad
		fails 1 "$CONF/three/tc/lan0/rate: '$bad'" vserver three start
		nothing_left "$before"
	done
	shape three rate=1mbit ceil=500kbit
	fails 1 "$CONF/three/tc/lan0/rate: more than" vserver three start
	rm -r "$CONF/three/tc"
	mkdir -p "$CONF/three/tc/eth99"
	echo 1mbit > "$CONF/three/tc/eth99/rate"
	fails 1 'eth99' vserver three start
	nothing_left "$before"
	shape three rate=2mbit
	rm -r "$CONF/three/tc/eth99"
	vserver three start
}
