#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Two Debian guests with their own init and addresses: nginx, sshd, DNS as their packages have
# set them up, used from the host, from each other, and from a machine outside.
#
# Addresses are single words.
# shellcheck disable=SC2016,SC2086

load helpers
load net

setup_file()
{
	lan
	vserver --silent web build -m template --hostname web.example.org --context 5401 \
		--interface lan0:$A4/24 --interface lan0:$A6/64 -- -t "$DEBIAN"
	vserver --silent db build -m clone --hostname db.example.org --context 5402 \
		--interface lan0:$B4/24 --interface lan0:$B6/64 -- --source web
	echo 'page of web' > "$ROOTS/web/var/www/html/index.html"
	echo 'page of db' > "$ROOTS/db/var/www/html/index.html"
	web_server host / /run/test-net/host
	background nginx -c /run/test-net/host/etc/web.conf
	web_server outside / /run/test-net/outside
	background outside nginx -c /run/test-net/outside/etc/web.conf
	vserver web start
	vserver db start
	wait_for 60 web $A4 outside
	wait_for 60 web $B4 outside
}

teardown_file()
{
	vserver --silent web stop
	vserver --silent db stop
	vserver --silent web delete
	vserver --silent db delete
	no_lan
}

@test "nginx of both guests and of the host on port 80: who asks gets whom he asked" {
	for from in outside env 'in_guest web' 'in_guest db'; do
		says 'page of web' web $A4 $from
		says 'page of web' web $A6 $from
		says 'page of db' web $B4 $from
		says 'page of db' web $B6 $from
		says 'host ' web $HOST4 $from
		says 'host ' web $HOST6 $from
	done
	says 'page of web' web 127.0.0.1 in_guest web
	says 'page of db' web 127.0.0.1 in_guest db
	says 'page of db' web ::1 in_guest db
	says "outside $A4 $OUT4" web $OUT4 in_guest web
	says "outside $B6 $OUT6" web $OUT6 in_guest db
	# their own logs have the right peers
	grep -q "^$B4 .*GET / " "$ROOTS/web/var/log/nginx/access.log"
	grep -q "^$OUT6 .*GET / " "$ROOTS/web/var/log/nginx/access.log"
	grep -q "^$A6 .*GET / " "$ROOTS/db/var/log/nginx/access.log"
}

# ssh_from GUEST ADDRESS COMMAND...
ssh_from()
{
	in_guest "$1" ssh -q -o StrictHostKeyChecking=no -o ConnectTimeout=60 -o BatchMode=yes \
		-o UserKnownHostsFile=/dev/null root@$2 "${@:3}"
}

@test "ssh from each guest to the other, by IPv4 and IPv6" {
	for name in web db; do
		in_guest $name mkdir -p -m 700 /root/.ssh
		in_guest $name ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
	done
	cp "$ROOTS/web/root/.ssh/id_ed25519.pub" "$ROOTS/db/root/.ssh/authorized_keys"
	cp "$ROOTS/db/root/.ssh/id_ed25519.pub" "$ROOTS/web/root/.ssh/authorized_keys"
	run ssh_from web $B4 'uname -n; echo $SSH_CONNECTION'
	[ "${lines[0]}" = db.example.org ]
	[[ ${lines[1]} =~ ^$A4\ [0-9]+\ $B4\ 22$ ]]
	run ssh_from db $A6 'uname -n; echo $SSH_CONNECTION'
	[ "${lines[0]}" = web.example.org ]
	[[ ${lines[1]} =~ ^$B6\ [0-9]+\ $A6\ 22$ ]]
	# to itself it is the guest's own server, not the host's or the neighbour's
	run ssh_from web 127.0.0.1 true
	[ "$status" = 255 ]
	cat "$ROOTS/web/root/.ssh/id_ed25519.pub" >> "$ROOTS/web/root/.ssh/authorized_keys"
	[ "$(ssh_from web 127.0.0.1 uname -n)" = web.example.org ]
	[ "$(ssh_from web ::1 uname -n)" = web.example.org ]
	# data in both directions, more than a window of it
	[ "$(head -c 3000000 /dev/zero | ssh_from web $B6 'wc -c; head -c 3000000 /dev/zero' | tr -d '\0')" = 3000000 ]
}

@test "a DNS server in one guest is asked from everywhere" {
	background in_guest db dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --user=nobody \
		--txt-record=who.test,db --address=/www.test/$A4 --address=/www.test/$A6
	wait_for 20 who_dns $B4 +notcp
	for from in outside env 'in_guest web' 'in_guest db'; do
		says '"db"' who_dns $B4 +notcp $from
		says '"db"' who_dns $B6 +tcp $from
	done
	[ "$(in_guest web dig +short @$B4 www.test)" = $A4 ]
	[ "$(in_guest web dig +short @$B6 www.test AAAA)" = $A6 ]
	run in_guest web dig +time=2 +tries=1 @127.0.0.1 who.test TXT
	[ "$status" = 9 ]
	# names by the guest's resolver
	echo "nameserver $B4" > "$ROOTS/web/etc/resolv.conf"
	[ "$(in_guest web getent ahostsv4 www.test | awk 'NR == 1 { print $1 }')" = $A4 ]
	says 'page of web' in_guest web curl -s http://www.test/
	in_guest db pkill -x dnsmasq
}

@test "nc between the guests: TCP and UDP arrive whole, with the right peer" {
	seq 1 20000 > "$BATS_TEST_TMPDIR/numbers"
	for family in 4 6; do
		to=$B4 from=$A4
		[ $family = 4 ] || to=$B6 from=$A6
		background in_guest db sh -c "nc -$family -lvn 5000 > /root/got.$family 2> /root/peer.$family"
		wait_for 10 shows ':5000 ' in_guest db ss -tln
		in_guest web nc -N $to 5000 < "$BATS_TEST_TMPDIR/numbers"
		wait_for 10 cmp "$BATS_TEST_TMPDIR/numbers" "$ROOTS/db/root/got.$family"
		grep -qF "$from" "$ROOTS/db/root/peer.$family"
	done
	background in_guest db sh -c 'nc -u -l 5001 > /root/got.udp'
	wait_for 10 shows ':5001 ' in_guest db ss -uln
	echo datagram | in_guest web nc -u -w 1 $B4 5001
	wait_for 10 grep -qx datagram "$ROOTS/db/root/got.udp"
}

@test "netstat and ss name the guest's own servers and processes" {
	in_guest web netstat -tlnp > "$BATS_TEST_TMPDIR/netstat"
	in_guest web ss -tlnp > "$BATS_TEST_TMPDIR/ss"
	for server in nginx sshd; do
		grep -q "/$server" "$BATS_TEST_TMPDIR/netstat"
		grep -q "\"$server\"" "$BATS_TEST_TMPDIR/ss"
	done
	[ "$(grep -c ':80 ' "$BATS_TEST_TMPDIR/netstat")" = 2 ]
	[ "$(grep -c ':80 ' "$BATS_TEST_TMPDIR/ss")" = 2 ]
	[ "$(ss -tln | grep -c ':80 ')" -ge 6 ]
	in_guest web ip -br addr | grep -qF "$A4/24"
	run ! grep -F $B4 <(in_guest web ip addr)
	run ! grep -F $HOST4 <(in_guest web ifconfig -a)
}

@test "ping by name and number, as root and as a user" {
	in_guest web ping -n -c 2 -i 0.2 -W 10 $OUT4
	in_guest web ping -n -c 1 -W 10 $B6
	in_guest db ping -n -c 1 -W 10 127.0.0.1
	in_guest db ping -n -c 1 -W 10 localhost
	outside ping -n -c 1 -W 10 $A6
}

@test "services restart by their init scripts while the others go on" {
	in_guest web service nginx restart
	wait_for 30 says 'page of web' web $A4 outside
	says 'page of db' web $B4 outside
	in_guest db service ssh restart
	[ "$(ssh_from web $B4 uname -n)" = db.example.org ]
}

@test "one guest stops: its addresses are gone, the other and the host go on" {
	vserver web stop
	run ! grep -F -e $A4/ -e $A6/ <(ip addr)
	run web $A4 outside
	[ "$status" != 0 ]
	says 'page of db' web $B4 outside
	says 'page of db' web $B6
	says 'host ' web $HOST4 outside
	vserver web start
	wait_for 60 says 'page of web' web $A4 outside
}
