#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# systemd-vserver-generator: marks and dependencies as links, odd names escaped as systemd
# does, and guests that are none left out.

bats_require_minimum_version 1.5.0

# run --separate-stderr sets it
stderr=

setup()
{
	SRC=${SRC:-$BATS_TEST_DIRNAME/../..}
	GENERATOR=${TOOLS:-$SRC/../build/tools/bin}/systemd-vserver-generator
	export X_UTIL_VSERVER_CONFDIR=$BATS_TEST_TMPDIR/conf
	mkdir -p "$BATS_TEST_TMPDIR/units"
	cd "$BATS_TEST_TMPDIR/units" || return 1
}

# guest NAME MARKS DEPENDS
guest()
{
	mkdir -p "$X_UTIL_VSERVER_CONFDIR/$1/vdir" "$X_UTIL_VSERVER_CONFDIR/$1/apps/init"
	printf '%s\n' "$2" > "$X_UTIL_VSERVER_CONFDIR/$1/apps/init/mark"
	printf '%s\n' "$3" > "$X_UTIL_VSERVER_CONFDIR/$1/apps/init/depends"
}

generate()
{
	"$GENERATOR" "$PWD" "$PWD" "$PWD"
}

@test "a mark and a dependency become links to the shipped units, with an order" {
	guest web default db
	guest db default ''
	generate
	for link in vserver-mark@default.target.wants/vserver@web.service \
		vserver-mark@default.target.wants/vserver@db.service \
		vserver@web.service.requires/vserver@db.service; do
		[ "$(readlink "$link")" = /usr/lib/systemd/system/vserver@.service ]
	done
	[ "$(readlink vserver.target.wants/vserver-mark@default.target)" = \
		/usr/lib/systemd/system/vserver-mark@.target ]
	grep -qx 'After=vserver@db.service' vserver@web.service.d/depends.conf
	[ ! -e vserver@db.service.d ]
	# the links lead to units that we ship
	[ -f "$SRC/systemd/vserver@.service" ] && [ -f "$SRC/systemd/vserver-mark@.target" ]
}

@test "disabled, hidden, backup and half-made directories are no guests" {
	guest one m ''
	guest two m ''
	touch "$X_UTIL_VSERVER_CONFDIR/two/disabled"
	guest .defaults m ''
	guest 'old~' m ''
	guest half m ''
	rmdir "$X_UTIL_VSERVER_CONFDIR/half/vdir"
	generate
	[ "$(ls vserver-mark@m.target.wants)" = vserver@one.service ]
}

@test "names are escaped so that %I is the name again" {
	guest 'a b-c' 'my mark' $'d\303\274'
	guest $'d\303\274' '' ''
	generate
	[ -L 'vserver-mark@my\x20mark.target.wants/vserver@a\x20b\x2dc.service' ]
	[ -L 'vserver@a\x20b\x2dc.service.requires/vserver@d\xc3\xbc.service' ]
	if command -v systemd-escape > /dev/null; then
		[ "vserver@$(systemd-escape 'a b-c').service" = "$(ls 'vserver-mark@my\x20mark.target.wants')" ]
	fi
}

@test "run again it changes nothing; wrong use and a missing directory are told" {
	guest web m db
	guest db m ''
	generate
	before=$(find . | sort)
	generate
	[ "$(find . | sort)" = "$before" ]
	run ! --separate-stderr "$GENERATOR" "$PWD"
	[[ $stderr == *'three directories are needed'* ]]
	run ! --separate-stderr "$GENERATOR" /no/such/dir x y
	[[ $stderr == *'/no/such/dir'*'No such file'* ]]
}
