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

# measure KILOBYTES: sets $a and $b to what each sent meanwhile, in tenths of percent of both
measure()
{
	local a0 b0 end

	a0=$(sent one) b0=$(sent three)
	end=$((SECONDS + 180))
	until [ $(($(sent one) - a0 + $(sent three) - b0)) -gt $(($1 * 1000)) ]; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.5
	done
	a=$(($(sent one) - a0)) b=$(($(sent three) - b0))
	say "one: $a bytes, three: $b bytes"
	share=$((a * 1000 / (a + b)))
	say "one has $share of 1000"
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
	a0=$(sent one) start=$(date +%s%N)
	measure 12000
	calm
	# at least what is reserved: half of the device
	rate=$((($(sent one) - a0) * 8000000 / ($(date +%s%N) - start)))
	say "one: $rate kbit/s"
	[ $share -ge 480 ]
	[ $rate -ge 3800 ]
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
