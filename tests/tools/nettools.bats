#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# chbind, ncontext, naddress, nattribute on a vserver kernel.
#
# Literal dollars are meant, every test is a subshell, and bats sets stderr.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	# One id per test: a context of an earlier one may still be on its way out.
	nid=$((7000 + BATS_TEST_NUMBER * 10))
	ip link set lo up
}

# A test that fails must not leave its contexts to the next one.
teardown()
{
	local file

	for file in pid.*; do
		[ ! -s "$file" ] || kill -KILL "$(cat "$file")" 2> /dev/null || true
	done
}

# What stays in the background must not hold the descriptors that bats waits for.
quiet()
{
	"$@" > /dev/null 2>&1 3>&-
}

# background NID [chbind option...]: keeps a network context alive
background()
{
	local id=$1

	shift
	quiet chbind --nid "$id" --silent --disconnect "$@" -- \
		sh -c "echo \$\$ > pid.$id; exec sleep 1000"
	wait_for 10 test -s "pid.$id"
}

# end NID: its process ends, and with it the context
end()
{
	kill -KILL "$(cat "pid.$1")"
	rm -f "pid.$1"
	wait_for 20 gone "$1"
}

gone()
{
	[ ! -e "/proc/virtnet/$1" ]
}

# The entries as the kernel shows them, one per line.
entries()
{
	sed -n 's/^[0-9]*:\t//p' "/proc/virtnet/$1/info"
}

# field NID NAME: a line of its info or status
field()
{
	sed -n "s/^$2:\t//p" "/proc/virtnet/$1/info" "/proc/virtnet/$1/status"
}

# Which id has the caller?
own_nid()
{
	vserver-info - NID
}

# Makes ./bind_to ADDRESS, which says "ok" or why not; to be run in a context.
make_bind_to()
{
	cat > bind_to <<-'EOT'
		#!/usr/bin/perl
		use strict;
		use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);
		my $a = shift;
		my $v6 = $a =~ /:/;
		my $name = $v6 ? pack_sockaddr_in6(0, inet_pton(AF_INET6, $a)) :
			pack_sockaddr_in(0, inet_pton(AF_INET, $a));
		socket(my $s, $v6 ? PF_INET6 : PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
		bind($s, $name) or die "bind: $!\n";
		print "ok\n";
	EOT
	chmod +x bind_to
}

# --- ncontext

@test "ncontext --create: prints the id, the command is a member, its status is ours" {
	run ncontext --create --nid "$nid" -- sh -c 'vserver-info - NID; exit 3'
	[ "$status" -eq 3 ]
	[ "${lines[0]}" = "New network context is $nid" ]
	[ "${lines[1]}" = "$nid" ]
	wait_for 20 gone "$nid"
	run ncontext --create --silent --nid "$nid" -- vserver-info - NID
	[ "$output" = "$nid" ]
	# The caller stayed where it was.
	[ "$(own_nid)" = 0 ]
}

@test "ncontext --create: 254 when it exists; --silentexist says nothing" {
	background "$nid"
	run ncontext --create --nid "$nid" -- true
	[ "$status" -eq 254 ]
	[ "$output" = "ncontext: vc_net_create(): File exists" ]
	run ncontext --create --nid "$nid" --silentexist -- true
	[ "$status" -eq 254 ]
	[ -z "$output" ]
	end "$nid"
}

@test "ncontext --create without an id: a free one" {
	run ncontext --create -- vserver-info - NID
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "New network context is ${lines[1]}" ]
	[ "${lines[1]}" -ge 49152 ]
}

@test "ncontext: ids that no network context can have" {
	fails 255 "vc_net_create(): Invalid argument" ncontext --create --nid 0 -- true
	fails 255 "vc_net_create(): Invalid argument" ncontext --create --nid 1 -- true
	fails 255 "vc_net_create(): Invalid argument" ncontext --create --nid 65536 -- true
	fails 255 "vc_net_migrate(): No such process" ncontext --migrate --nid "$nid" -- true
	fails 255 "vc_net_migrate(): No such process" ncontext --migrate --nid 0 -- true
	fails 255 "no-such-guest" ncontext --migrate --nid no-such-guest -- true
}

@test "ncontext --create: a number whose loopback another one has is refused" {
	background "$nid" --lback "127.$(((nid + 1) >> 8)).$(((nid + 1) & 255)).1"
	fails 255 "vc_net_create(): the loopback addresses of network context $((nid + 1)) belong to another one: Device or resource busy" \
		ncontext --create --nid $((nid + 1)) -- true
	end "$nid"
	ncontext --create --silent --nid $((nid + 1)) -- true
}

@test "ncontext: a new one has no addresses and reaches nothing" {
	run -101 --separate-stderr ncontext --create --silent --nid "$nid" -- \
		perl -MSocket -e 'socket(my $s, PF_INET, SOCK_DGRAM, 0) or exit $!;
			connect($s, pack_sockaddr_in(9, inet_aton("192.0.2.1"))) or exit $!'
	wait_for 20 gone "$nid"
	# The positive twin: with one it does.
	ip addr add 192.0.2.7/24 dev lo
	run -0 chbind --silent --nid "$nid" --ip 192.0.2.7/24 -- \
		perl -MSocket -e 'socket(my $s, PF_INET, SOCK_DGRAM, 0) or exit $!;
			connect($s, pack_sockaddr_in(9, inet_aton("192.0.2.1"))) or exit $!'
	ip addr del 192.0.2.7/24 dev lo
}

@test "ncontext --migrate: into the context, unless it is private" {
	background "$nid"
	run ncontext --migrate --nid "$nid" -- sh -c 'vserver-info - NID; exit 254'
	[ "$status" -eq 254 ]
	[ "$output" = "$nid" ]
	nattribute --nid "$nid" --flag private
	fails 255 "vc_net_migrate(): Permission denied" ncontext --migrate --nid "$nid" -- true
	fails 255 "vc_net_migrate(): Permission denied" chbind --nid "$nid" -- true
	end "$nid"
}

@test "ncontext --migrate to 1: every address, from the host only" {
	make_bind_to
	[ "$(ncontext --migrate --nid 1 -- ./bind_to 127.0.5.1)" = ok ]
	[ "$(ncontext --migrate --nid 1 -- vserver-info - NID)" = 1 ]
	# A member of a context must not get out of it that way.
	fails 255 "vc_net_migrate(): Operation not permitted" chcontext --silent -- \
		ncontext --migrate --nid 1 -- true
}

@test "ncontext --migrate-self: only runs the command" {
	[ "$(ncontext --create --silent --nid "$nid" -- \
		ncontext --migrate-self -- vserver-info - NID)" = "$nid" ]
}

@test "ncontext --disconnect: failure of the command is reported, success doesn't wait" {
	fails 255 "ncontext: /nonexistent: No such file or directory" \
		ncontext --create --nid "$nid" --disconnect -- /nonexistent
	quiet ncontext --create --nid $((nid + 1)) --silent --disconnect -- \
		sh -c "read x; ps -o sid= -p \$\$ > sid; echo \$\$ > pid.$((nid + 1)); exec sleep 1000"
	wait_for 10 test -s "pid.$((nid + 1))"
	# A session of its own.
	[ "$(tr -d ' ' < sid)" = "$(cat "pid.$((nid + 1))")" ]
	end $((nid + 1))
}

@test "ncontext --syncsock: the message arrives, the command waits for the other side" {
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Local => "sock", Listen => 1) or die;
		open(my $up, ">", "up"); print $up "x"; close $up;
		my $c = $s->accept; local $/; my $text = <$c>;
		print $text, -e "started" ? " started" : " not yet", "\n";' > got 3>&- &
	wait_for 10 test -s up
	ncontext --create --nid "$nid" --silent --syncsock sock --syncmsg hello -- touch started
	wait $!
	[ "$(cat got)" = "hello not yet" ]
	[ -e started ]
	fails 255 "no-such-socket: No such file" ncontext --create --silent --nid "$nid" \
		--syncsock no-such-socket -- true
}

@test "ncontext: inside of a context nothing new is made" {
	fails 255 "vc_net_create(): Operation not permitted" \
		chcontext --silent -- ncontext --create --nid "$nid" -- true
	gone "$nid"
}

# --- nattribute

bits()
{
	nattribute --nid "$1" --get --json | jq -r ".$2.value"
}

@test "nattribute: what is set is shown, what isn't mentioned stays" {
	background "$nid"
	nattribute --nid "$nid" --set --ncap raw_icmp --flag sc_helper,lback_allow
	nattribute --nid "$nid" --ncap ^12 --flag '!sc_helper'
	[ "$(bits "$nid" ncapabilities)" = 0x0000000000001100 ]
	[ "$(field "$nid" NCaps)" = 0000000000001100 ]
	[ $(($(bits "$nid" nflags) & 0x1000000400)) -eq $((0x400)) ]
	[ "0x$(field "$nid" Flags)" = "$(bits "$nid" nflags)" ]
	run nattribute --get --nid "$nid"
	[ "${lines[0]}" = "ncapabilities:" ]
	[ "${lines[1]}" = "raw_icmp,multicast" ]
	[ "${lines[2]}" = "nflags:" ]
	[[ ",${lines[3]}," == *,lback_allow,* ]]
	end "$nid"
}

@test "nattribute: a new context has what a guest needs" {
	background "$nid"
	[ "$(bits "$nid" nflags)" = 0x0000000406000200 ] || {
		# SINGLE_IP is computed from the set by some kernels.
		say "flags: $(nattribute --get --nid "$nid")"
		return 1
	}
	[ "$(bits "$nid" ncapabilities)" = 0x0000000000000000 ]
	end "$nid"
}

@test "nattribute --secure: replaces what was said before it" {
	background "$nid" --ncap tun_create
	nattribute --nid "$nid" --ncap multicast --secure
	[ "$(bits "$nid" ncapabilities)" = 0x0000000000000100 ]
	nattribute --nid "$nid" --secure --ncap multicast
	[ "$(bits "$nid" ncapabilities)" = 0x0000000000001100 ]
	end "$nid"
}

@test "nattribute: the caller's own context, and then the command" {
	[ "$(ncontext --create --silent --nid "$nid" -- nattribute --ncap raw_icmp -- \
		nattribute --get --json | jq -c .ncapabilities.names)" = '["raw_icmp"]' ]
	fails 1 "nattribute: the caller is in no network context: --nid is needed" \
		nattribute --get
	fails 1 "nattribute: the caller is in no network context: --nid is needed" \
		nattribute --flag private
}

@test "nattribute: refusals" {
	fails 1 "vc_get_ncaps(): No such process" nattribute --get --nid "$nid"
	fails 1 "vc_set_ncaps(): No such process" nattribute --nid "$nid" --ncap raw_icmp
	fails 1 "vc_set_nflags(): No such process" nattribute --nid "$nid" --flag private
	background "$nid"
	nattribute --nid "$nid" --flag '!state_admin'
	fails 1 "vc_set_nflags(): Permission denied" nattribute --nid "$nid" --flag private
	fails 1 "vc_set_ncaps(): Permission denied" nattribute --nid "$nid" --ncap raw_icmp
	nattribute --nid "$nid" --get
	end "$nid"
}

@test "nattribute: persistent contexts stay without processes" {
	background "$nid" --ip 127.0.5.1
	nattribute --nid "$nid" --flag persistent
	kill -KILL "$(cat "pid.$nid")"
	rm "pid.$nid"
	wait_for 20 grep -q '^Tasks:.0$' "/proc/virtnet/$nid/status"
	[ "$(ncontext --migrate --nid "$nid" -- vserver-info - NID)" = "$nid" ]
	[ "$(naddress --list --nid "$nid" --json | jq -r '.addresses[0].address')" = 127.0.5.1 ]
	nattribute --nid "$nid" --flag '!persistent'
	wait_for 20 gone "$nid"
}

# --- naddress

@test "naddress: every kind is added as the kernel shows it, in order, and removed" {
	background "$nid"
	run naddress --add --nid "$nid" --ip 10.0.0.1/24 --ip 10.0.0.2/255.255.255.240 \
		--mask 10.1.2.3/16 --range 10.2.0.1-10.2.0.9 --ip 10.3.0.1 \
		--ip 2001:db8::7/61 --mask 2001:db8:1::5/48 --bcast 10.0.0.255 --lback 127.1.2.3
	[ "$status" -eq 0 ]
	[ "$output" = "Adding 10.0.0.1 10.0.0.2 10.1.0.0 10.2.0.1-10.2.0.9 10.3.0.1 2001:db8::7 2001:db8:1:: 10.0.0.255 127.1.2.3" ]
	run entries "$nid"
	[ "${lines[0]}" = "[10.0.0.1-0.0.0.0/255.255.255.0:0010]" ]
	[ "${lines[1]}" = "[10.0.0.2-0.0.0.0/255.255.255.240:0010]" ]
	[ "${lines[2]}" = "[10.1.0.0-0.0.0.0/255.255.0.0:0020]" ]
	[ "${lines[3]}" = "[10.2.0.1-10.2.0.9/255.255.255.255:0040]" ]
	[ "${lines[4]}" = "[10.3.0.1-0.0.0.0/255.255.255.255:0010]" ]
	[ "${lines[5]}" = "[2001:0db8:0000:0000:0000:0000:0000:0007/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/61:0010]" ]
	[[ "${lines[6]}" == "[2001:0db8:0001:0000:0000:0000:0000:0000/ffff:ffff:ffff:0000:0000:0000:0000:0000/"*":0020]" ]]
	[ "${#lines[@]}" -eq 7 ]
	[ "$(field "$nid" Bcast)" = 10.0.0.255 ]
	[ "$(field "$nid" Lback)" = 127.1.2.3 ]

	run naddress --remove --nid "$nid" --ip 10.0.0.2/28 --mask 10.1.0.0/16 \
		--range 10.2.0.1-10.2.0.9 --ip 2001:db8::7/61 --mask 2001:db8:1::/48
	[ "$status" -eq 0 ]
	[ "$output" = "Removing 10.0.0.2 10.1.0.0 10.2.0.1-10.2.0.9 2001:db8::7 2001:db8:1::" ]
	run entries "$nid"
	[ "${lines[0]}" = "[10.0.0.1-0.0.0.0/255.255.255.0:0010]" ]
	[ "${lines[1]}" = "[10.3.0.1-0.0.0.0/255.255.255.255:0010]" ]
	[ "${#lines[@]}" -eq 2 ]
	end "$nid"
}

@test "naddress --list: text and --json" {
	background "$nid" --ip 10.0.0.1/24 --ip 2001:db8::7/64 --lback 127.1.2.3
	naddress --add --silent --nid "$nid" --range 10.2.0.1-10.2.0.9 --mask 10.1.0.0/255.0.255.0
	run naddress --list --nid "$nid"
	[ "${lines[0]}" = "bcast  255.255.255.255" ]
	[ "${lines[1]}" = "lback  127.1.2.3" ]
	[ "${lines[2]}" = "ip     10.0.0.1/24" ]
	[ "${lines[3]}" = "range  10.2.0.1-10.2.0.9" ]
	[ "${lines[4]}" = "mask   10.0.0.0/255.0.255.0" ]
	[ "${lines[5]}" = "ip     2001:db8::7/64" ]
	[ "${#lines[@]}" -eq 6 ]
	naddress --list --nid "$nid" --json > list
	[ "$(jq -c '[.nid, .bcast, .lback]' list)" = "[$nid,\"255.255.255.255\",\"127.1.2.3\"]" ]
	[ "$(jq -c '[.addresses[].type]' list)" = '["ip","range","mask","ip"]' ]
	[ "$(jq -c '.addresses[0]' list)" = '{"type":"ip","family":"inet","address":"10.0.0.1","mask":"255.255.255.0","prefix":24,"shared":false}' ]
	[ "$(jq -r '.addresses[1].end' list)" = 10.2.0.9 ]
	[ "$(jq -r '.addresses[2].prefix' list)" = null ]
	[ "$(jq -c '.addresses[3] | [.family, .address, .prefix]' list)" = '["inet6","2001:db8::7",64]' ]
	end "$nid"
}

@test "naddress: the mask decides nothing about which address is meant" {
	background "$nid" --ip 10.0.0.1/24 --ip 2001:db8::7/64
	fails 255 "vc_net_remove(): 10.0.0.2: No such process" \
		naddress --remove --nid "$nid" --ip 10.0.0.2
	fails 255 "vc_net_remove(): 10.0.0.0/24: No such process" \
		naddress --remove --nid "$nid" --mask 10.0.0.0/24
	naddress --remove --nid "$nid" --ip 10.0.0.1 --ip 2001:db8::7
	[ -z "$(entries "$nid")" ]
	fails 255 "vc_net_remove(): 10.0.0.1: No such process" \
		naddress --remove --nid "$nid" --ip 10.0.0.1
	end "$nid"
}

@test "naddress: an address twice is refused, and the first ones stay" {
	background "$nid" --ip 10.0.0.1/24
	fails 255 "vc_net_add(): 10.0.0.1/24: File exists" \
		naddress --add --nid "$nid" --ip 10.0.0.5 --ip 10.0.0.1/24 --ip 10.0.0.6
	fails 255 "vc_net_add(): 10.0.0.5: File exists" naddress --add --nid "$nid" --ip 10.0.0.5
	[ "$(naddress --list --nid "$nid" --json | jq -c '[.addresses[].address]')" = \
		'["10.0.0.1","10.0.0.5"]' ]
	end "$nid"
}

@test "naddress --set: instead of those that it has; none: an empty set" {
	background "$nid" --ip 10.0.0.1/24 --ip 2001:db8::7
	run naddress --set --nid "$nid" --ip 10.0.0.5
	[ "$output" = "Adding 10.0.0.5" ]
	[ "$(entries "$nid")" = "[10.0.0.5-0.0.0.0/255.255.255.255:0010]" ]
	run naddress --set --nid "$nid"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ -z "$(entries "$nid")" ]
	end "$nid"
}

@test "naddress: the caller's own context, and then the command" {
	run ncontext --create --silent --nid "$nid" -- \
		naddress --add --ip 10.0.0.1 -- naddress --remove --ip 10.0.0.1 -- \
		naddress --add --silent -- sh -c 'vserver-info - NID; exit 7'
	[ "$status" -eq 7 ]
	[ "$output" = $'Adding 10.0.0.1\nRemoving 10.0.0.1\n'"$nid" ]
	fails 255 "naddress: the caller is in no network context: --nid is needed" \
		naddress --add --ip 10.0.0.1
}

@test "naddress: refusals" {
	fails 255 "vc_net_add(): 10.0.0.1: No such process" \
		naddress --add --nid "$nid" --ip 10.0.0.1
	fails 255 "no network context $nid" naddress --list --nid "$nid"
	fails 255 "vc_net_remove_all(): No such process" naddress --set --nid "$nid"
	background "$nid"
	fails 255 "the prefix is longer than 32 bits" \
		naddress --add --nid "$nid" --ip 10.0.0.1 --ip 10.0.0.2/40
	[ -z "$(entries "$nid")" ]
	nattribute --nid "$nid" --flag '!state_admin'
	fails 255 "vc_net_add(): 10.0.0.1: Permission denied" \
		naddress --add --nid "$nid" --ip 10.0.0.1
	end "$nid"
}

@test "naddress: all addresses can't be taken from processes that may have used them" {
	background "$nid" --ip 0
	fails 255 "vc_net_remove(): 0.0.0.0/0: processes may have sockets that nothing limits: Device or resource busy" \
		naddress --remove --nid "$nid" --ip 0
	fails 255 "vc_net_remove_all(): all addresses: processes may have sockets that nothing limits: Device or resource busy" \
		naddress --set --nid "$nid"
	nattribute --nid "$nid" --flag persistent
	kill -KILL "$(cat "pid.$nid")"
	rm "pid.$nid"
	wait_for 20 grep -q '^Tasks:.0$' "/proc/virtnet/$nid/status"
	naddress --remove --nid "$nid" --ip 0
	[ -z "$(entries "$nid")" ]
	nattribute --nid "$nid" --flag '!persistent'
	wait_for 20 gone "$nid"
}

@test "naddress: addresses that others have" {
	background "$nid" --ip 127.0.5.1
	background $((nid + 1)) --ip 127.0.5.2
	# Without sockets two contexts may have the same: they compete for its ports.
	naddress --add --nid $((nid + 1)) --ip 127.0.5.1
	naddress --remove --nid $((nid + 1)) --ip 127.0.5.1
	# The loopback of another is nobody else's.
	fails 255 "others use it already: Device or resource busy" \
		naddress --add --nid $((nid + 1)) --ip "$(field "$nid" Lback)"
	end "$nid"
	end $((nid + 1))
}

@test "naddress: a member may not give itself addresses" {
	background "$nid" --ip 10.0.0.1
	fails 255 "Operation not permitted" ncontext --migrate --nid "$nid" -- \
		chcontext --silent -- naddress --add --nid "$nid" --ip 10.0.0.2
	fails 255 "Operation not permitted" ncontext --migrate --nid "$nid" -- \
		chcontext --silent -- naddress --add --ip 10.0.0.2
	fails 255 "naddress: /proc/virtnet: not visible from here" \
		chcontext --silent -- naddress --list --nid "$nid"
	[ "$(entries "$nid" | wc -l)" -eq 1 ]
	end "$nid"
}

@test "naddress: 500 addresses in one call" {
	local i args=()

	background "$nid"
	for ((i = 0; i < 500; i++)); do
		args+=(--ip "10.$((i / 250)).$((i % 250)).1/24")
	done
	naddress --add --silent --nid "$nid" "${args[@]}"
	[ "$(naddress --list --nid "$nid" --json | jq '.addresses | length')" -eq 500 ]
	[ "$(naddress --list --nid "$nid" --json | jq -r '.addresses[499].address')" = 10.1.249.1 ]
	naddress --remove --silent --nid "$nid" "${args[@]}"
	[ -z "$(entries "$nid")" ]
	end "$nid"
}

# --- chbind

@test "chbind: the command binds its address and no other" {
	make_bind_to
	run chbind --ip 127.0.5.1 -- ./bind_to 127.0.5.1
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" =~ ^New\ network\ context\ is\ [0-9]+$ ]]
	[ "${lines[1]}" = "Adding 127.0.5.1" ]
	[ "${lines[2]}" = ok ]
	run chbind --silent --ip 127.0.5.1 -- ./bind_to 127.0.5.2
	[ "$status" -ne 0 ]
	[ "$output" = "bind: Cannot assign requested address" ]
	# And the host still can.
	[ "$(./bind_to 127.0.5.2)" = ok ]
}

@test "chbind: IPv6 likewise" {
	make_bind_to
	ip -6 addr add 2001:db8::7/128 dev lo nodad
	ip -6 addr add 2001:db8::8/128 dev lo nodad
	[ "$(chbind --silent --ip 2001:db8::7/64 -- ./bind_to 2001:db8::7)" = ok ]
	run chbind --silent --ip 2001:db8::7/64 -- ./bind_to 2001:db8::8
	[ "$output" = "bind: Cannot assign requested address" ]
	[ "$(chbind --silent --ip :: -- ./bind_to 2001:db8::8)" = ok ]
	[ "$(./bind_to 2001:db8::8)" = ok ]
	ip -6 addr del 2001:db8::7/128 dev lo
	ip -6 addr del 2001:db8::8/128 dev lo
}

@test "chbind: 0 and 0.0.0.0 stand for all IPv4 addresses" {
	make_bind_to
	for any in 0 0.0.0.0 0.0.0.0/0; do
		[ "$(chbind --silent --ip "$any" -- ./bind_to 127.0.5.2)" = ok ]
	done
	background "$nid" --ip 0
	[ "$(entries "$nid")" = "[0.0.0.0-0.0.0.0/0.0.0.0:0020]" ]
	end "$nid"
}

@test "chbind: a device's address, a device's broadcast address" {
	ip link add dev nettools0 type dummy
	ip addr add 192.0.2.7/24 brd 192.0.2.255 dev nettools0 label nettools0:web
	ip addr add 192.0.2.8/24 dev nettools0
	background "$nid" --ip nettools0 --bcast nettools0
	[ "$(entries "$nid")" = "[192.0.2.7-0.0.0.0/255.255.255.0:0010]" ]
	[ "$(field "$nid" Bcast)" = 192.0.2.255 ]
	end "$nid"
	ip addr flush dev nettools0
	fails 255 "chbind: --ip: device nettools0 has no IPv4 address" \
		chbind --ip nettools0 -- true
	ip link del dev nettools0
}

@test "chbind: attributes, in whatever order" {
	background "$nid" --ncap multicast --flag '!hide_lback' --secure --lback 127.1.2.3 --shared \
		--ip 127.0.5.1
	[ "$(bits "$nid" ncapabilities)" = 0x0000000000001100 ]
	[ $(($(bits "$nid" nflags) >> 25 & 3)) -eq 1 ]
	[ "$(field "$nid" Lback)" = 127.1.2.3 ]
	[ "$(naddress --list --nid "$nid" | grep ^ip)" = "ip     127.0.5.1 shared" ]
	end "$nid"
}

@test "chbind: an existing context is entered, options for a new one are named" {
	background "$nid" --ip 127.0.5.1
	run --separate-stderr chbind --nid "$nid" --ip 127.0.5.2 -- vserver-info - NID
	[ "$status" -eq 0 ]
	[ "$output" = "$nid" ]
	[ "$stderr" = "chbind: network context $nid exists: options for a new one have no effect" ]
	[ "$(entries "$nid")" = "[127.0.5.1-0.0.0.0/255.255.255.255:0010]" ]
	run --separate-stderr chbind --silent --nid "$nid" --ip 127.0.5.2 -- true
	[ -z "$stderr" ]
	end "$nid"
}

@test "chbind: a command that exits with 254 runs once" {
	run chbind --nid "$nid" --ip 127.0.5.1 -- sh -c 'echo run >> runs; exit 254'
	[ "$status" -eq 254 ]
	[ "$(cat runs)" = run ]
}

@test "chbind: failures leave nothing behind" {
	fails 255 "chbind: /nonexistent: No such file or directory" \
		chbind --nid "$nid" --ip 127.0.5.1 -- /nonexistent
	wait_for 20 gone "$nid"
	fails 255 "vc_net_add(): 127.0.5.1: File exists" \
		chbind --nid "$nid" --ip 127.0.5.1 --ip 127.0.5.1 -- touch ran
	wait_for 20 gone "$nid"
	[ ! -e ran ]
}

@test "chbind --disconnect: in a new context and in one that exists" {
	quiet chbind --silent --nid "$nid" --disconnect --ip 127.0.5.1 -- \
		sh -c "vserver-info - NID > new; echo \$\$ > pid.$nid; exec sleep 1000"
	wait_for 10 test -s "pid.$nid"
	[ "$(cat new)" = "$nid" ]
	quiet chbind --silent --nid "$nid" --disconnect -- sh -c 'vserver-info - NID > old'
	wait_for 10 test -s old
	[ "$(cat old)" = "$nid" ]
	fails 255 "chbind: /nonexistent: No such file or directory" \
		chbind --silent --nid "$nid" --disconnect -- /nonexistent
	end "$nid"
}

@test "chbind: two contexts with the same port on their own addresses" {
	cat > serve <<-'EOT'
		#!/usr/bin/perl
		use IO::Socket::INET;
		my $s = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 8099, Listen => 5)
			or die "$@\n";
		open(my $up, ">", "up.$ARGV[0]"); print $up "x"; close $up;
		while (my $c = $s->accept) { print $c "$ARGV[0]\n"; close $c }
	EOT
	chmod +x serve
	for i in 1 2; do
		quiet chbind --silent --nid $((nid + i)) --disconnect --ip "127.0.5.$i" -- \
			sh -c "echo \$\$ > pid.$((nid + i)); exec ./serve $i"
		wait_for 10 test -s "up.$i"
	done
	[ "$(nc -w 5 127.0.5.1 8099 < /dev/null)" = 1 ]
	[ "$(nc -w 5 127.0.5.2 8099 < /dev/null)" = 2 ]
	# Neither of them is there on an address that isn't theirs.
	run nc -w 5 127.0.5.3 8099 < /dev/null
	[ "$status" -ne 0 ]
	[ -z "$output" ]
	end $((nid + 1))
	end $((nid + 2))
}

@test "the ids and addresses of a process are in /proc/PID/ninfo" {
	background "$nid" --ip 127.0.5.1 --secure
	grep -qx "NID:"$'\t'"$nid" "/proc/$(cat "pid.$nid")/ninfo"
	grep -qF "V4Root[0]:"$'\t'"[127.0.5.1-0.0.0.0/255.255.255.255:0010]" \
		"/proc/$(cat "pid.$nid")/ninfo"
	[ "$(vserver-info "$(cat "pid.$nid")" NID)" = "$nid" ]
	grep -qx "NID:"$'\t'0 /proc/self/ninfo
	end "$nid"
}

@test "completion offers the ids that there are" {
	background "$nid"
	run bash -c '. /usr/share/bash-completion/completions/chbind || . /usr/local/share/bash-completion/completions/chbind
		COMP_WORDS=(chbind --nid "'"$nid"'"); COMP_CWORD=2
		_vserver_tool chbind; echo "${COMPREPLY[*]}"'
	[ "$output" = "$nid" ]
	end "$nid"
}
