# SPDX-License-Identifier: GPL-2.0-only
# Command lines of chbind, ncontext, naddress, nattribute: what needs no vserver kernel.
# TOOLS: directory of the programs.
#
# bats sets stderr and stderr_lines.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

vserver_kernel()
{
	"$TOOLS/vserver-info" - APIVER > /dev/null 2>&1
}

# refused STATUS TEXT TOOL ARG...: on stderr, and a hint for a wrong command line
refused()
{
	local want=$1 text=$2 tool=$3

	shift 3
	run --separate-stderr "$TOOLS/$tool" "$@"
	[ "$status" -eq "$want" ] && [ -z "$output" ] &&
		[ "${stderr_lines[0]}" = "$tool: $text" ] && return
	echo "$tool $*: status $status, not $want, or not '$text': $stderr"
	return 1
}

@test "ncontext: exactly one operation, a command, fitting options" {
	refused 255 "one of --create, --migrate, --migrate-self is needed" ncontext true
	refused 255 "only one of --create, --migrate, --migrate-self" \
		ncontext --create --migrate true
	refused 255 "no command given" ncontext --create
	refused 255 "--migrate needs --nid" ncontext --migrate true
}

@test "naddress: exactly one operation, fitting options" {
	refused 255 "one of --add, --remove, --set, --list is needed" naddress --ip 10.0.0.1
	refused 255 "only one of --add, --remove, --set, --list" naddress --add --set
	refused 255 "no address given" naddress --add --nid 5000
	refused 255 "no address given" naddress --remove --nid 5000
	refused 255 "--json needs --list" naddress --add --ip 10.0.0.1 --json
	refused 255 "--list takes neither addresses nor a command" naddress --list --ip 10.0.0.1
	refused 255 "--list takes neither addresses nor a command" naddress --list true
	refused 255 "--lback can be replaced but not removed" \
		naddress --remove --nid 5000 --lback 127.1.1.1
	refused 255 "--shared needs --add or --set" naddress --remove --ip 10.0.0.1 --shared
}

@test "nattribute: fitting options" {
	refused 2 "only one of --set, --get" nattribute --set --get
	refused 2 "--json needs --get" nattribute --json
}

@test "chbind: a command is needed" {
	refused 255 "no command given" chbind --ip 10.0.0.1
}

@test "a malformed address is named with its option, before anything happens" {
	refused 255 "--ip: '10.0.0.1/33': the prefix is longer than 32 bits" \
		naddress --add --nid 5000 --ip 10.0.0.2 --ip 10.0.0.1/33
	refused 255 "--ip: '10.0.0.1/33': the prefix is longer than 32 bits" \
		chbind --ip 10.0.0.1/33 true
	refused 255 "--ip: 'no-such-dev': not an IP address" chbind --ip no-such-dev true
	refused 255 "--ip: '': the address is missing" chbind --ip '' true
	refused 255 "--mask: '10.0.0.0/255.0': neither a prefix of 0 to 32 nor a dotted mask" \
		naddress --set --mask 10.0.0.0/255.0
	refused 255 "--range: '10.0.0.9-10.0.0.1': the range ends before it begins" \
		naddress --set --range 10.0.0.9-10.0.0.1
	refused 255 "--bcast: 'bogus': not an IP address" chbind --bcast bogus true
	refused 255 "--lback: '::1': must be an IPv4 address" chbind --lback ::1 true
}

@test "a device without what is asked for is named" {
	refused 255 "--bcast: device lo has no broadcast address" chbind --bcast lo true
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	# A network of its own, in which lo has no address.
	run unshare --net "$TOOLS/chbind" --ip lo true
	[ "$status" -eq 255 ]
	[ "$output" = "chbind: --ip: device lo has no IPv4 address" ]
}

@test "a device stands for its first IPv4 address, labels or not" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	run unshare --net sh -c "ip addr add 10.1.0.1/16 dev lo label lo:first || exit
		ip addr add 10.1.0.2/16 dev lo
		ip addr add 10.2.0.1/24 dev lo
		'$TOOLS/naddress' --add --nid 5000 --ip lo --ip 10.9.9.9"
	[ "${lines[0]}" = "Adding 10.1.0.1 10.9.9.9" ]
}

@test "unknown names in lists are named" {
	refused 1 "Unknown ncap 'bogus'" nattribute --nid 5000 --ncap raw_icmp,bogus
	refused 1 "Unknown nflag 'bogus'" nattribute --nid 5000 --flag bogus
	refused 255 "Unknown nflag 'bogus'" chbind --flag bogus true
	refused 255 "Unknown ncap 'bogus'" chbind --ncap bogus true
}

@test "nattribute --list: every name the words have" {
	run "$TOOLS/nattribute" --list
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "ncapabilities:" ]
	[[ "$output" == *"^12  multicast"* ]]
	[[ "$output" == *"^9   lback_remap"* ]]
}

@test "what is printed has no masks, and --silent nothing" {
	! vserver_kernel || skip "this is a vserver kernel"
	run --separate-stderr "$TOOLS/naddress" --add --nid 5000 --ip 10.0.0.1/24 \
		--range 10.0.0.5-10.0.0.9/30 --ip 2001:db8::1/64 --mask 10.2.3.4/8 --lback 127.1.1.1
	[ "$output" = "Adding 10.0.0.1 10.0.0.5-10.0.0.9 2001:db8::1 10.0.0.0 127.1.1.1" ]
	run --separate-stderr "$TOOLS/naddress" --remove --nid 5000 --ip 10.0.0.1/24
	[ "$output" = "Removing 10.0.0.1" ]
	run --separate-stderr "$TOOLS/naddress" --add --silent --nid 5000 --ip 10.0.0.1/24
	[ -z "$output" ]
	# The last broadcast and loopback address count.
	run --separate-stderr "$TOOLS/naddress" --add --nid 5000 --lback 127.1.1.1 --lback 127.1.1.2
	[ "$output" = "Adding 127.1.1.2" ]
}

@test "without a vserver kernel every tool says so" {
	! vserver_kernel || skip "this is a vserver kernel"
	for call in "chbind --ip 10.0.0.1 true" "ncontext --create --nid 5000 true" \
		    "ncontext --migrate --nid 5000 true" "nattribute --nid 5000 --get" \
		    "nattribute --nid 5000 --flag private" "naddress --list --nid 5000" \
		    "naddress --add --silent --nid 5000 --ip 10.0.0.1" \
		    "naddress --set --nid 5000" "naddress --add --silent --ip 10.0.0.1" \
		    "chbind --nid 5000 --disconnect true"; do
		# shellcheck disable=SC2086
		run "$TOOLS/"$call
		[ "$status" -ne 0 ]
		[[ "$output" == "${call%% *}: this kernel has no vserver support: vc_"*"(): Function not implemented" ]]
	done
}
