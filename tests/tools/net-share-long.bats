#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# tc/DEV: what guests get of a device that is full. Takes minutes: the clock of the measurement
# is the device's rate, which is low, so that the machine is never the limit.
#
# Addresses are single words.
# shellcheck disable=SC2086

load helpers
load net

setup_file()
{
	shaped_guests
	for port in 5301 5302; do
		daemon outside iperf3 -s -p $port
	done
}

setup()
{
	rm -rf "$CONF/one/tc" "$CONF/three/tc"
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

sent()
{
	vserver --json "$1" tc | jq '.[0].sent'
}

# Both guests send more than the device carries, until the tests' programs are stopped.
saturate()
{
	background in_guest one iperf3 -u -c $OUT4 -p 5301 -b 12M -t 1000 -l 1200
	background in_guest three iperf3 -u -c $OUT4 -p 5302 -b 12M -t 1000 -l 1200
	wait_for 30 sh -c "[ \"\$(vserver --json one tc | jq '.[0].sent')\" -gt 200000 ]"
	wait_for 30 sh -c "[ \"\$(vserver --json three tc | jq '.[0].sent')\" -gt 200000 ]"
}

calm()
{
	pkill -f 'iperf3 -u -c' || true
}

# state NAME: bytes sent, bytes that wait
state()
{
	vserver --json "$1" tc | jq -r '.[0] | "\(.sent) \(.queued)"'
}

# measure KILOBYTES: sets $share to what `one` had, in thousandths, of so much that both sent
# while for both something was waiting. (On a busy host the machine may be too slow for a while
# to fill the device: then the measurement begins anew.)
measure()
{
	local a b a0='' b0='' waiting_a waiting_b end=$((SECONDS + 300))

	while [ $SECONDS -lt $end ]; do
		read -r a waiting_a <<< "$(state one)"
		read -r b waiting_b <<< "$(state three)"
		if [ "$waiting_a" = 0 ] || [ "$waiting_b" = 0 ]; then
			a0=''
		elif [ -z "$a0" ]; then
			a0=$a b0=$b
		elif [ $((a - a0 + b - b0)) -gt $(($1 * 1000)) ]; then
			share=$(((a - a0) * 1000 / (a - a0 + b - b0)))
			say "one: $((a - a0)) bytes, three: $((b - b0)) bytes: $share of 1000"
			return
		fi
		sleep 0.5
	done
	say 'the device was never full for so long'
	return 1
}

@test "shares of 1 and 3 of a full device are 25 % and 75 %" {
	shape one share=1
	shape three share=3
	vserver one start
	vserver three start
	saturate
	measure 12000
	calm
	[ $share -ge 230 ] && [ $share -le 270 ]
}

@test "a reservation holds against a neighbour with a much larger share" {
	shape one rate=4000kbit share=1
	shape three share=100
	vserver one start
	vserver three start
	saturate
	measure 12000
	calm
	# half of the device is reserved
	[ $share -ge 480 ]
}

@test "a ceiling holds, and what one leaves the other gets" {
	shape one ceil=2000kbit share=100
	shape three share=1
	vserver one start
	vserver three start
	saturate
	measure 12000
	[ $share -ge 230 ] && [ $share -le 270 ]
	# without the other one nothing changes for it, by TCP and the other family neither
	calm
	start=$(date +%s%N) a0=$(sent one)
	in_guest one iperf3 -c $OUT4 -p 5301 -n 2M > "$BATS_TEST_TMPDIR/tcp"
	rate=$((($(sent one) - a0) * 8000000 / ($(date +%s%N) - start)))
	say "alone: $rate kbit/s"
	[ $rate -le 2200 ] && [ $rate -ge 1400 ]
	b0=$(sent three)
	[ "$(in_guest three /udp send $OUT6 9 1000 50 0)" != '' ]
	wait_for 10 sh -c "[ \"\$(vserver --json three tc | jq '.[0].sent')\" -ge $((b0 + 50000)) ]"
}
