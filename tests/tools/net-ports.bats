#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Host, two guests and a machine on the other side, with the same servers on the same ports: who
# gets what, who is seen as the sender, what is seen inside, and what stays private.
#
# Addresses are single words.
# shellcheck disable=SC2086

load helpers
load net

C4=192.0.2.9 C6=2001:db8::9

setup_file()
{
	lan
	network_guest alpha 5001 $A4/24 $A6/64
	network_guest beta 5002 $B4/24 $B6/64
	network_guest gamma 5003 $C4/24 $C6/64
	everything alpha 'setsid nc -lk 127.0.0.1 9001 &' 'setsid nc -lk ::1 9001 &'
	everything beta 'setsid nc -lk 9002 &'
	everything_of host env
	everything_of outside ip netns exec outside
	daemon nc -lk 7777
	daemon nc -lk ::1 7778
	vserver alpha start
	vserver beta start
	vserver gamma start
	wait_for 30 web $HOST4 outside
	wait_for 30 web $A4 outside
	wait_for 30 web $B4 outside
	wait_for 30 web $OUT4
	wait_for 30 datagram $A4 80 outside
	wait_for 30 datagram $B4 80 outside
	wait_for 30 datagram $HOST4 80 outside
	wait_for 30 who_dns $A4 +notcp outside
	wait_for 30 who_dns $B4 +notcp outside
}

teardown_file()
{
	local name

	for name in alpha beta gamma; do
		vserver --silent $name stop
		vserver --silent $name delete
	done
	no_lan
}

# guest_datagram NAME ADDRESS PORT
guest_datagram()
{
	UDP=/udp datagram "$2" "$3" in_guest "$1"
}

@test "TCP: all listen on port 80 of any address, each gets its own, also over IPv6" {
	says "host $OUT4 $HOST4" web $HOST4 outside
	says "alpha $OUT4 $A4" web $A4 outside
	says "beta $OUT4 $B4" web $B4 outside
	says "host $OUT6 $HOST6" web $HOST6 outside
	says "alpha $OUT6 $A6" web $A6 outside
	says "beta $OUT6 $B6" web $B6 outside
	# from the host itself
	says host web $HOST4
	says alpha web $A4
	says beta web $B4
	says host web $HOST6
	says alpha web $A6
	says beta web $B6
}

@test "UDP: the same, and the answer comes from the address that was asked" {
	says "host $OUT4" datagram $HOST4 80 outside
	says "alpha $OUT4" datagram $A4 80 outside
	says "beta $OUT4" datagram $B4 80 outside
	says "host $OUT6" datagram $HOST6 80 outside
	says "alpha $OUT6" datagram $A6 80 outside
	says "beta $OUT6" datagram $B6 80 outside
	says host datagram $HOST4 80
	says alpha datagram $A4 80
	says beta datagram $B6 80
}

@test "DNS: three servers on port 53, asked over UDP and TCP, IPv4 and IPv6" {
	for how in +notcp +tcp; do
		says '"host"' who_dns $HOST4 $how outside
		says '"alpha"' who_dns $A4 $how outside
		says '"beta"' who_dns $B4 $how outside
		says '"alpha"' who_dns $A6 $how outside
		says '"beta"' who_dns $B6 $how outside
		says '"beta"' who_dns $B4 $how in_guest alpha
		says '"host"' who_dns $HOST4 $how in_guest alpha
		says '"outside"' who_dns $OUT6 $how in_guest beta
	done
}

@test "clients in guests: the server sees the guest's address, on this machine and outside" {
	says "outside $A4 $OUT4" web $OUT4 in_guest alpha
	says "outside $B4 $OUT4" web $OUT4 in_guest beta
	says "outside $A6 $OUT6" web $OUT6 in_guest alpha
	says "outside $HOST4 $OUT4" web $OUT4
	says "beta $A4 $B4" web $B4 in_guest alpha
	says "alpha $B6 $A6" web $A6 in_guest beta
	says "host $A4 $HOST4" web $HOST4 in_guest alpha
	says "alpha $A4 $A4" web $A4 in_guest alpha
	says "outside $A4" guest_datagram alpha $OUT4 80
	says "outside $B6" guest_datagram beta $OUT6 80
	says "beta $A4" guest_datagram alpha $B4 80
	says "host $A6" guest_datagram alpha $HOST6 80
}

@test "clients can't take an address that is not the guest's" {
	says "outside $A4" in_guest alpha curl -sS --interface $A4 "http://$OUT4/"
	for foreign in $B4 $HOST4 $OUT4 198.51.100.1; do
		run in_guest alpha curl -sS --max-time 5 --interface $foreign "http://$OUT4/"
		[ "$status" = 45 ]
		run in_guest alpha /udp ask $OUT4 80 $foreign
		[ "$status" != 0 ] && [[ $output == *"bind $foreign: Cannot assign requested address"* ]]
	done
	run in_guest alpha /udp ask $OUT6 80 $B6
	[ "$status" != 0 ] && [[ $output == *"bind $B6: Cannot assign requested address"* ]]
	says "outside $A6" in_guest alpha /udp ask $OUT6 80 $A6
}

@test "a closed port of a guest is closed, whatever the host listens on" {
	says 'Connection to' outside nc -zv -w 5 $HOST4 7777
	for at in $A4 $A6 $C4 $C6; do
		run outside nc -zv -w 5 $at 7777
		[ "$status" = 1 ] && [[ $output == *refused* ]]
	done
	run web $C4 outside
	[ "$status" = 7 ]
	run web $C4
	[ "$status" = 7 ]
	run datagram $C4 80 outside
	[ "$status" != 0 ] && [[ $output == *refused* ]]
}

@test "127.0.0.1 and ::1 are the guest's own, of all three at once" {
	says 'alpha 127.0.0.1 127.0.0.1' web 127.0.0.1 in_guest alpha
	says 'beta 127.0.0.1 127.0.0.1' web 127.0.0.1 in_guest beta
	says 'host 127.0.0.1 127.0.0.1' web 127.0.0.1
	says 'alpha ::1 ::1' web ::1 in_guest alpha
	says 'beta ::1 ::1' web ::1 in_guest beta
	says 'host ::1 ::1' web ::1
	says 'alpha 127.0.0.1' guest_datagram alpha 127.0.0.1 80
	says 'beta ::1' guest_datagram beta ::1 80
	says '"alpha"' who_dns 127.0.0.1 +notcp in_guest alpha
	says '"beta"' who_dns ::1 +notcp in_guest beta
}

@test "a guest without servers reaches nobody else's loopback" {
	for at in 127.0.0.1 127.0.0.2 ::1 0.0.0.0; do
		run web $at in_guest gamma
		[ "$status" = 7 ]
	done
	run in_guest gamma nc -zv -w 5 127.0.0.1 7777
	[ "$status" = 1 ] && [[ $output == *refused* ]]
	run in_guest gamma nc -zv -w 5 ::1 7778
	[ "$status" = 1 ] && [[ $output == *refused* ]]
	nc -z -w 5 ::1 7778
}

@test "a server on a guest's loopback is reached by that guest alone" {
	block=127.$((5001 >> 8)).$((5001 & 255)).1
	in_guest alpha nc -z -w 5 127.0.0.1 9001
	in_guest alpha nc -z -w 5 ::1 9001
	for at in 127.0.0.1 ::1 $block; do
		run in_guest beta nc -zv -w 5 $at 9001
		[ "$status" = 1 ] && [[ $output == *'nc: connect to'* ]]
		run outside nc -zv -w 5 $at 9001
		[ "$status" = 1 ]
	done
	for at in 127.0.0.1 ::1; do
		run nc -zv -w 5 $at 9001
		[ "$status" = 1 ]
	done
	# neither by the guest's public address
	run outside nc -zv -w 5 $A4 9001
	[ "$status" = 1 ]
}

@test "one port, one server within a guest" {
	run in_guest alpha nginx -c /etc/web.conf
	[ "$status" = 1 ] && [[ $output == *'0.0.0.0:80 failed (98: Address already in use)'* ]]
	run in_guest alpha /udp serve again 80
	[ "$status" != 0 ] && [[ $output == *'Address already in use'* ]]
	# and it can be restarted while the others go on
	in_guest alpha nginx -c /etc/web.conf -s stop
	wait_for 10 refused web $A4 outside
	says beta web $B4 outside
	says host web $HOST4 outside
	background in_guest alpha nginx -c /etc/web.conf
	wait_for 20 says alpha web $A4 outside
}

# addresses: those in the output of ip, ifconfig, ss or netstat; a wildcard is none
addresses()
{
	grep -oE '(([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]{0,4}:[0-9a-f:]*:[0-9a-f]{0,4})' |
		grep -vxE '0\.0\.0\.0|255\..*|[0-9.]*\.255|::|.*(:[0-9a-f]{2}){5}' | sort -u
}

# only COMMAND...: of all addresses in its output none is another's
only()
{
	local name=$1 own4=$2 own6=$3 found

	found=$(in_guest "$name" "${@:4}" | addresses)
	say "${*:4}: $(tr '\n' ' ' <<< "$found")"
	! grep -vxE "$own4|$own6|127\.0\.0\.1|::1|$OUT4|$OUT6" <<< "$found" | grep .
}

@test "ip addr, ifconfig, ip route: a guest's addresses and no others" {
	for command in 'ip addr' 'ip -6 addr' 'ip -o addr show dev lan0' 'ifconfig -a' 'ifconfig lan0'; do
		only alpha $A4 $A6 $command
		only beta $B4 $B6 $command
	done
	in_guest alpha ip -o -4 addr | grep -qF " $A4/24 "
	in_guest alpha ip -o -6 addr | grep -qF " $A6/64 "
	in_guest alpha ifconfig | grep -qF "inet $A4 "
	in_guest beta ip -br addr | grep -qF "$B4/24"
	# the twin: the host sees them all
	for at in $HOST4 $A4 $B4 $C4 $HOST6 $A6 $B6 $C6; do
		ip -o addr show dev lan0 | grep -qF " $at/"
	done
	run in_guest alpha ip addr add 192.0.2.77/24 dev lan0
	[ "$status" != 0 ]
	run in_guest alpha ip link set lan0 down
	[ "$status" != 0 ]
	run ! grep -qF 192.0.2.77 <(ip addr)
}

@test "ss, netstat and /proc/net: a guest's sockets and no others" {
	# a connection of beta that lasts
	background outside curl -s --max-time 100 "http://$B4/slow"
	wait_for 20 shows "$B4:80" in_guest beta ss -tn
	for command in 'ss -tuln' 'netstat -tuln' 'ss -tan' 'netstat -tan'; do
		say "$command"
		in_guest alpha $command > "$BATS_TEST_TMPDIR/alpha"
		in_guest beta $command > "$BATS_TEST_TMPDIR/beta"
		grep -qE '[:.]80 ' "$BATS_TEST_TMPDIR/alpha"
		grep -qE ':9001 ' "$BATS_TEST_TMPDIR/alpha"
		run ! grep -E ':(9002|7777|7778) ' "$BATS_TEST_TMPDIR/alpha"
		grep -qE ':9002 ' "$BATS_TEST_TMPDIR/beta"
		run ! grep -E ':(9001|7777|7778) ' "$BATS_TEST_TMPDIR/beta"
		# but for what is left of connections of its own to beta
		run ! grep -F "$B4" <(grep -vF "$A4" "$BATS_TEST_TMPDIR/alpha")
	done
	grep -qF "$B4:80" "$BATS_TEST_TMPDIR/beta"
	# ports in hexadecimal: 2329 is 9001, 232A is 9002, 1E61 is 7777
	in_guest alpha cat /proc/net/tcp > "$BATS_TEST_TMPDIR/proc"
	grep -q ':2329 ' "$BATS_TEST_TMPDIR/proc"
	run ! grep -E ':(232A|1E61) ' "$BATS_TEST_TMPDIR/proc"
	# the host's own tables have all of them
	ss -tln > "$BATS_TEST_TMPDIR/host"
	for port in 9001 9002 7777; do
		grep -q ":$port " "$BATS_TEST_TMPDIR/host"
	done
	pkill -f "curl -s --max-time 100 http://$B4/slow"
}

@test "ping works, sniffing and own headers do not" {
	for at in $OUT4 $OUT6 $B4 $HOST4 $HOST6 127.0.0.1 ::1; do
		in_guest alpha ping -n -c 1 -W 10 $at
	done
	outside ping -n -c 1 -W 10 $A4
	outside ping -n -c 1 -W 10 $B6
	says "PING $OUT4 ($OUT4) from $A4" in_guest alpha ping -n -c 1 -I $A4 $OUT4
	run in_guest alpha ping -n -c 1 -I $B4 $OUT4
	[ "$status" = 2 ]
	run in_guest alpha tcpdump -i any -c 1
	[ "$status" != 0 ] && [[ $output != *'packet captured'* ]]
	# the twin
	background ping -n -c 20 -i 0.2 $OUT4
	timeout 20 tcpdump -n -i lan0 -c 1 icmp
}
