# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck source=tests/tools/helpers.bash
#
# What the tests of whole guests on a network share: a network with a machine on its other
# side, which is a network namespace `outside`, and guests with all programs of the host.
#
#	host: lan0 192.0.2.1/24, 2001:db8::1/64  <-->  outside: far0 192.0.2.254, 2001:db8::fe

# shellcheck disable=SC2034
{
	HOST4=192.0.2.1 HOST6=2001:db8::1
	OUT4=192.0.2.254 OUT6=2001:db8::fe
	A4=192.0.2.7 A6=2001:db8::7
	B4=192.0.2.8 B6=2001:db8::8
}

# Commands in the other machine, and in a guest.
outside()
{
	ip netns exec outside "$@"
}

in_guest()
{
	vserver "$1" exec "${@:2}"
}

# background COMMAND...: without the descriptors that bats waits for
background()
{
	"$@" < /dev/null > /dev/null 2>&1 3>&- &
	disown
}

# daemon COMMAND...: the same for one that no_lan ends
daemon()
{
	mkdir -p /run/test-net
	"$@" < /dev/null > /dev/null 2>&1 3>&- &
	echo $! > "/run/test-net/$!.pid"
	disown
}

lan()
{
	ip link set lo up
	ip netns add outside
	ip link add lan0 type veth peer name far0 netns outside
	# what a test waits for should not be duplicate address detection
	sysctl -qw net.ipv6.conf.lan0.accept_dad=0
	outside sysctl -qw net.ipv6.conf.far0.accept_dad=0
	ip addr add $HOST4/24 dev lan0
	ip addr add $HOST6/64 dev lan0 nodad
	ip link set lan0 up
	outside ip addr add $OUT4/24 dev far0
	outside ip addr add $OUT6/64 dev far0 nodad
	outside ip link set far0 up
	outside ip link set lo up
	wait_for 10 ping -c 1 -W 1 $OUT4
	wait_for 10 ping -c 1 -W 1 $OUT6
}

no_lan()
{
	find /run/test-net -name '*.pid' -print0 2> /dev/null |
		xargs -r0 cat | xargs -r kill 2> /dev/null || true
	rm -rf /run/test-net
	if ip netns pids outside > /dev/null 2>&1; then
		ip netns pids outside | xargs -r kill -KILL
		ip netns del outside
	fi
	ip link del lan0 2> /dev/null || true
}

# interface NAME X FILE=VALUE...: files of interfaces/X; FILE alone is empty
interface()
{
	local dir=$CONF/$1/interfaces/$2 file

	mkdir -p "$dir"
	for file in "${@:3}"; do
		case $file in
		*=*)	printf '%s\n' "${file#*=}" > "$dir/${file%%=*}" ;;
		*)	: > "$dir/$file" ;;
		esac
	done
}

# network_guest NAME XID [ADDRESS[/PREFIX]...]: a guest with the host's programs, addresses on lan0
network_guest()
{
	local name=$1 n=0 address

	vserver --silent "$name" build -m skeleton --context "$2" -- "$BATS_TEST_DIRNAME/fill-network"
	printf '/usr\t/usr\tnone\tbind,ro\t0 0\n' >> "$CONF/$name/fstab"
	for address in "${@:3}"; do
		interface "$name" $((n++)) ip="$address" dev=lan0
	done
}

# web_server NAME ROOT [DIRECTORY]: the configuration ROOT/DIRECTORY/etc/web.conf of an nginx that
# says who it is, whom it talks to, and at which of its addresses; ROOT is that of a guest, or /
web_server()
{
	local dir=${3:-} at=${2%/}${3:-}

	mkdir -p "$at/var/lib/nginx" "$at/var/log" "$at/run" "$at/etc"
	head -c 1000000 /dev/zero > "$at/var/lib/megabyte"
	cat > "$at/etc/web.conf" <<-WEB
		user root;
		worker_processes 1;
		pid $dir/run/web.pid;
		error_log $dir/var/log/web.log;
		events { }
		http {
			access_log off;
			default_type text/plain;
			client_body_temp_path $dir/var/lib/nginx/1;
			proxy_temp_path $dir/var/lib/nginx/2;
			fastcgi_temp_path $dir/var/lib/nginx/3;
			uwsgi_temp_path $dir/var/lib/nginx/4;
			scgi_temp_path $dir/var/lib/nginx/5;
			server {
				listen 80;
				listen [::]:80;
				root $dir/var/lib;
				location = / { return 200 "$1 \$remote_addr \$server_addr\n"; }
				location = /slow { alias $dir/var/lib/megabyte; limit_rate 20k; }
			}
		}
	WEB
}

# services GUEST COMMAND...: lines that its start runs
services()
{
	local file=$ROOTS/$1/etc/services

	printf '#!/bin/sh\n' > "$file"
	printf '%s\n' "${@:2}" >> "$file"
	chmod 755 "$file"
}

# everything NAME: services of a guest that has a server of each kind, all for any address
everything()
{
	local root=$ROOTS/$1

	web_server "$1" "$root"
	cp "$BATS_TEST_DIRNAME/udp" "$root/udp"
	services "$1" 'nginx -c /etc/web.conf' "setsid /udp serve $1 80 &" "$(name_server "$1")" "${@:2}"
}

# name_server NAME: the command of a DNS server that knows who it is
name_server()
{
	echo "dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --user=root" \
		"--pid-file=${2:-}/run/dns.pid --txt-record=who.test,$1"
}

# The same for the host and for the outside: PREFIX... is how to run a command there.
everything_of()
{
	local name=$1 dir=/run/test-net/$1 dns

	shift
	mkdir -p "$dir"
	web_server "$name" / "$dir"
	background "$@" nginx -c "$dir/etc/web.conf"
	daemon "$@" "$BATS_TEST_DIRNAME/udp" serve "$name" 80
	dns=$(name_server "$name" "$dir")
	# shellcheck disable=SC2086
	background "$@" $dns
}

# Clients; what they print is "WHO PEER [ADDRESS]".
web()
{
	local address=$1

	[[ $1 != *:* ]] || address=[$1]
	"${@:2}" curl -sS --max-time 20 "http://$address/"
}

datagram()
{
	"${@:3}" "${UDP:-$BATS_TEST_DIRNAME/udp}" ask "$1" "$2"
}

# who_dns ADDRESS OPTION [PREFIX...]
who_dns()
{
	"${@:3}" dig +short +time=10 +tries=2 "$2" "@$1" who.test TXT
}

# says WANT COMMAND...: its output begins so
says()
{
	local got

	got=$("${@:2}" 2>&1) || true
	if [[ $got != "$1"* ]]; then
		say "${*:2}: '$got' instead of '$1'"
		return 1
	fi
}

# shows TEXT COMMAND...: its output has TEXT somewhere
shows()
{
	"${@:2}" 2>&1 | grep -qF -- "$1"
}

# refused COMMAND...: curl cannot connect (7), at once
refused()
{
	local status=0

	"$@" > /dev/null 2>&1 || status=$?
	[ "$status" = 7 ] || { say "$*: status $status instead of 7"; return 1; }
}

# --- bandwidth -----------------------------------------------------------------------------

# The device carries 8 Mbit/s; guests `one` and `three` have addresses there.
# shellcheck disable=SC2034
ONE=5301 THREE=5302

shaped_guests()
{
	lan
	mkdir -p "$CONF/.defaults/tc/lan0"
	echo 8mbit > "$CONF/.defaults/tc/lan0/capacity"
	# the host sends next to nothing here
	echo 8kbit > "$CONF/.defaults/tc/lan0/rate"
	network_guest one $ONE $A4/24
	network_guest three $THREE $B4/24 $B6/64
	cp "$BATS_TEST_DIRNAME/udp" "$ROOTS/three/udp"
}

no_shaped_guests()
{
	vserver --silent one delete
	vserver --silent three delete
	rm -rf "$CONF/.defaults/tc"
	no_lan
}

# shape NAME FILE=VALUE...: files of tc/lan0
shape()
{
	local file

	mkdir -p "$CONF/$1/tc/lan0"
	for file in "${@:2}"; do
		echo "${file#*=}" > "$CONF/$1/tc/lan0/${file%%=*}"
	done
}
