#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Guests with traffic: addresses that are taken away meanwhile, many addresses, accounting.
#
# Addresses are single words.
# shellcheck disable=SC2086

load helpers
load net

ALPHA=5201 BETA=5202 MANY=5203

setup_file()
{
	lan
	network_guest alpha $ALPHA $A4/24 $A6/64
	network_guest beta $BETA $B4/24 $B6/64
	network_guest many $MANY
	everything alpha
	everything beta
	everything many
	everything_of outside ip netns exec outside
	# the outside counts what arrives at these ports in files sink.PORT
	for port in 9001 9002 9003; do
		daemon outside "$BATS_TEST_DIRNAME/udp" sink 0.0.0.0 $port "$BATS_FILE_TMPDIR/sink.$port"
	done
	daemon outside "$BATS_TEST_DIRNAME/udp" sink :: 9004 "$BATS_FILE_TMPDIR/sink.9004"
	vserver alpha start
	vserver beta start
	wait_for 30 web $A4 outside
	wait_for 30 web $B4 outside
	wait_for 30 web $OUT4
}

teardown_file()
{
	local name

	for name in alpha beta many; do
		vserver --silent $name stop
		vserver --silent $name delete
	done
	no_lan
}

setup()
{
	cd "$BATS_FILE_TMPDIR" || return 1
}

# --- addresses that go -----------------------------------------------------------------------

# at_least FILE N, larger FILE N: contents, size
at_least()
{
	[ "$(cat $1)" -ge $2 ]
}

larger()
{
	[ "$(stat -c %s $1)" -ge $2 ]
}

# Something else has happened since: so much that what went on would have shown.
meanwhile_beta()
{
	wait_for 30 at_least sink.9002 $(($(cat sink.9002) + $1))
}

@test "an address taken from a guest: its datagrams stop at once, and go on when it is back" {
	background in_guest beta /udp send $OUT4 9002 100 100000 20
	in_guest alpha /udp send $OUT4 9001 100 100000 20 > out 3>&- &
	wait_for 20 at_least sink.9001 20
	naddress --nid $ALPHA --remove --ip $A4
	meanwhile_beta 5
	stopped=$(cat sink.9001)
	meanwhile_beta 40
	[ "$(cat sink.9001)" = "$stopped" ]
	# new clients and servers, too
	run in_guest alpha /udp ask $OUT4 80 $A4
	[ "$status" != 0 ] && [[ $output == *"Cannot assign requested address"* ]]
	run in_guest alpha curl -sS --max-time 5 http://$OUT4/
	[ "$status" = 7 ]
	run web $A4 outside
	[ "$status" != 0 ]
	# the other family and the loopback go on
	says "outside $A6" web $OUT6 in_guest alpha
	says 'alpha 127.0.0.1' web 127.0.0.1 in_guest alpha
	naddress --nid $ALPHA --add --ip $A4/24
	wait_for 30 at_least sink.9001 $((stopped + 20))
	wait_for 20 says alpha web $A4 outside
	in_guest alpha pkill -f '/udp send'
	in_guest beta pkill -f '/udp send'
}

@test "an address taken from a guest: its connections stop, both ways, IPv4 and IPv6" {
	background in_guest beta /udp send $OUT4 9002 100 100000 20
	for prefix in $A4/24 $A6/64; do
		address=${prefix%/*}
		url=http://$address/slow
		[[ $address != *:* ]] || url=http://[$address]/slow
		background outside curl -s --max-time 300 -o "$PWD/down.file" "$url"
		wait_for 30 larger down.file 40000
		naddress --nid $ALPHA --remove --ip $address
		meanwhile_beta 20
		stopped=$(stat -c %s down.file)
		meanwhile_beta 60
		[ "$(stat -c %s down.file)" = "$stopped" ]
		pkill -f 'curl -s --max-time 300'
		rm down.file
		naddress --nid $ALPHA --add --ip $prefix
		wait_for 20 says alpha web $address outside
	done
	in_guest beta pkill -f '/udp send'
}

@test "a guest whose last address was taken reaches only itself, and nobody reaches it" {
	naddress --nid $ALPHA --remove --ip $A4 --ip $A6
	for at in $OUT4 $OUT6 $HOST4 $B4 $B6; do
		run web $at in_guest alpha
		[ "$status" = 7 ]
		run in_guest alpha ping -n -c 1 -W 2 $at
		[ "$status" != 0 ]
	done
	run web $A4 outside
	[ "$status" != 0 ]
	run web $A6
	[ "$status" != 0 ]
	says 'alpha 127.0.0.1' web 127.0.0.1 in_guest alpha
	says 'alpha ::1' web ::1 in_guest alpha
	naddress --nid $ALPHA --add --ip $A4/24 --ip $A6/64
	wait_for 20 says "alpha $OUT4 $A4" web $A4 outside
	says "outside $A6" web $OUT6 in_guest alpha
}

# --- many ------------------------------------------------------------------------------------------

# 400 of IPv4, 100 of IPv6: entry N of the guest `many`
many4()
{
	echo 10.50.$(($1 / 200)).$(($1 % 200 + 1))
}

@test "500 addresses: the guest starts, answers at each, owns no other, and stops" {
	before=$(traces)
	for ((i = 0; i < 400; i++)); do
		interface many $((1000 + i)) ip="$(many4 $i)"/16 dev=lan0
	done
	for ((i = 0; i < 100; i++)); do
		interface many $((2000 + i)) ip=2001:db8::50:$i/64 dev=lan0
	done
	outside ip route add 10.50.0.0/16 via $HOST4
	SECONDS=0
	vserver many start
	say "started in $SECONDS s"
	[ "$(vserver --json many status | jq '.addresses | length')" = 500 ]
	[ "$(in_guest many ip -o addr show dev lan0 | wc -l)" -ge 500 ]
	[ "$(in_guest beta ip -o addr show dev lan0 | grep -c '10\.50\.')" = 0 ]
	wait_for 30 web 10.50.0.1 outside
	for i in 0 1 199 200 255 256 398 399; do
		says "many $OUT4 $(many4 $i)" web "$(many4 $i)" outside
		says '"many"' who_dns "$(many4 $i)" +notcp outside
	done
	for i in 0 50 99; do
		says "many $OUT6 2001:db8::50:$i" web 2001:db8::50:$i outside
	done
	# its clients: any of them as the source, and nothing else
	says "outside $(many4 299)" in_guest many curl -s --interface "$(many4 299)" http://$OUT4/
	run in_guest many curl -s --interface 10.50.9.9 http://$OUT4/
	[ "$status" = 45 ]
	says beta web $B4 in_guest many
	# one of them goes
	naddress --nid $MANY --remove --ip "$(many4 7)"
	run who_dns "$(many4 7)" +notcp outside
	[ "$status" != 0 ]
	says '"many"' who_dns "$(many4 8)" +notcp outside
	SECONDS=0
	vserver many stop
	say "stopped in $SECONDS s"
	outside ip route del 10.50.0.0/16
	nothing_left "$before"
}

# --- accounting ------------------------------------------------------------------------------------

# count XID FAMILY COLUMN: "messages/bytes"; columns: 2 received, 3 sent, 4 failed
count()
{
	awk -v family="$2:" -v column="$3" '$1 == family { print $column }' /proc/virtual/$1/cacct
}

# since OLD NEW: how much was added, "messages bytes"
since()
{
	echo "$((${2%/*} - ${1%/*})) $((${2#*/} - ${1#*/}))"
}

@test "accounting: datagrams are counted to the byte, for their guest and family only" {
	sent4=$(count $ALPHA INET 3) sent6=$(count $ALPHA INET6 3) other=$(count $BETA INET 3)
	[ "$(in_guest alpha /udp send $OUT4 9003 1000 100 200)" = '100 sent, 0 not' ]
	[ "$(since $sent4 "$(count $ALPHA INET 3)")" = '100 100000' ]
	[ "$(count $ALPHA INET6 3)" = "$sent6" ]
	[ "$(in_guest alpha /udp send $OUT6 9004 500 40 200)" = '40 sent, 0 not' ]
	[ "$(since $sent6 "$(count $ALPHA INET6 3)")" = '40 20000' ]
	[ "$(since $sent4 "$(count $ALPHA INET 3)")" = '100 100000' ]
	[ "$(count $BETA INET 3)" = "$other" ]
	# and what arrived outside is that
	wait_for 10 at_least sink.9003 100
	[ "$(cat sink.9003)" = 100 ]
	# received: the question and the answer of one exchange
	received=$(count $ALPHA INET 2)
	says 'alpha' datagram $A4 80 outside
	[ "$(since $received "$(count $ALPHA INET 2)")" = '1 5' ]
}

# within OLD NEW BYTES: no less, and no more than the headers of a few requests
within()
{
	local bytes

	bytes=$(since "$1" "$2")
	bytes=${bytes#* }
	say "$bytes bytes for $3"
	[ "$bytes" -ge "$3" ] && [ "$bytes" -le $(($3 + 1000)) ]
}

@test "accounting: a file that is served or fetched counts with its size and the headers" {
	sent=$(count $ALPHA INET 3) received=$(count $ALPHA INET 2) other=$(count $BETA INET 3)
	outside curl -s -o /dev/null http://$A4/megabyte
	within $sent "$(count $ALPHA INET 3)" 1000000
	within $received "$(count $ALPHA INET 2)" 0
	sent=$(count $ALPHA INET6 3) received=$(count $ALPHA INET6 2)
	in_guest alpha curl -s -o /dev/null "http://[$OUT6]/megabyte"
	within $received "$(count $ALPHA INET6 2)" 1000000
	within $sent "$(count $ALPHA INET6 3)" 0
	# between two guests each has its side
	sent=$(count $ALPHA INET 3) received=$(count $BETA INET 2)
	in_guest beta curl -s -o /dev/null http://$A4/megabyte
	within $sent "$(count $ALPHA INET 3)" 1000000
	within $received "$(count $BETA INET 2)" 1000000
}

@test "accounting: the loopback counts, refused sends are failures, the guest sees its own" {
	failed=$(count $ALPHA INET 4) sent=$(count $ALPHA INET 3)
	# no route: the stack refuses each
	[[ $(in_guest alpha /udp send 198.18.0.1 9 100 7 0) == '0 sent, 7 not'* ]]
	[ "$(since $failed "$(count $ALPHA INET 4)")" = '7 0' ]
	[ "$(count $ALPHA INET 3)" = "$sent" ]
	says 'alpha 127.0.0.1' in_guest alpha /udp ask 127.0.0.1 80
	[ "$(since $sent "$(count $ALPHA INET 3)")" != '0 0' ]
}
