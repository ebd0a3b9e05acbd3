#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# start-vservers' scheduler with a false vserver: order, bound, cycles, what a failure stops.
# (tests/tools/many.bats does it with guests.)

bats_require_minimum_version 1.5.0

setup()
{
	SRC=${SRC:-$BATS_TEST_DIRNAME/../..}
	START=${TOOLS:-$SRC/../build/tools/bin}/start-vservers
	cd "$BATS_TEST_TMPDIR" || return 1
	export LOG=$PWD/log VSERVER_SBINDIR=$PWD VSERVER_CONFDIR=$PWD/conf VSERVER_RUNDIR=$PWD/run
	: > log
	# one write per line, so lines of several of them don't mix
	cat > vserver <<-'FAKE'
		#!/bin/bash
		name=${*: -2:1}
		echo "+ $name" >> "$LOG"
		if [ -n "$PARTNERS" ]; then
			for ((i = 0; i < 1000; i++)); do
				[ $(($(grep -c '^+' "$LOG") % PARTNERS)) != 0 ] || break
				sleep 0.01
			done
		fi
		echo "- $name $*" >> "$LOG"
		[[ " $BAD " != *" $name "* ]]
	FAKE
	chmod +x vserver
}

# guest NAME [DEPENDENCY...]
guest()
{
	mkdir -p "conf/$1/vdir" "conf/$1/apps/init"
	printf '%s\n' "${@:2}" > "conf/$1/apps/init/depends"
}

# before A B: A had ended when B began
before()
{
	[ "$(grep -n "^- $1 " log | cut -d: -f1)" -lt "$(grep -n "^+ $2\$" log | cut -d: -f1)" ]
}

@test "vserver is called once per guest, with the name behind --" {
	guest '-odd name'
	guest b
	"$START" --start --all
	grep -qxF -- '- -odd name --defaulttty --sync -- -odd name start' log
	[ "$(grep -c '^+' log)" = 2 ]
}

@test "-j bounds how many run at the same time, and that many do" {
	for g in a b c d e f; do
		guest $g
	done
	PARTNERS=3 "$START" --start --all -j 3
	[ "$(awk '/^\+/ { n++ } /^-/ { n-- } n > max { max = n } END { print max }' log)" = 3 ]
	: > log
	"$START" --start --all -j 1
	[ "$(awk '/^\+/ { n++ } /^-/ { n-- } n > max { max = n } END { print max }' log)" = 1 ]
}

@test "dependencies of dependencies come first, those of two guests once" {
	guest web app db
	guest app db log
	guest db disk
	guest log
	guest disk
	"$START" --start -- web
	[ "$(grep -c '^+' log)" = 5 ]
	before disk db && before db app && before log app && before app web
}

@test "cycles: each is told, nobody on or behind one is started, all others are" {
	guest a b
	guest b a
	guest c c
	guest d a
	guest e f
	guest f
	run -2 --separate-stderr "$START" --start --all
	# shellcheck disable=SC2154
	[[ $stderr == *'dependency cycle: a -> b -> a'* ]]
	[[ $stderr == *'dependency cycle: c -> c'* ]]
	[[ $stderr == *'d: not started, because a is not'* ]]
	[ "$(grep '^+' log | sort)" = $'+ e\n+ f' ]
}

@test "two cycles through one guest end, too" {
	guest a b c
	guest b a
	guest c a
	guest d
	run -2 --separate-stderr "$START" --start --all
	[ "$(grep '^+' log)" = '+ d' ]
}

@test "a failure stops what depends on it, and nothing else" {
	guest a b
	guest b
	guest c
	BAD=b run -2 --separate-stderr "$START" --start --all
	[[ $stderr == *'b: start failed with status 1'* ]]
	[[ $stderr == *'a: not started, because b is not'* ]]
	[ "$(grep '^+' log | sort)" = $'+ b\n+ c' ]
	BAD='a b c' run -1 --separate-stderr "$START" --start --all
}

@test "a vserver that cannot be run is a failure" {
	guest a
	rm vserver
	run -1 --separate-stderr "$START" --start --all
	[[ $stderr == *"$PWD/vserver: No such file"* ]]
}

@test "marks: OR, inversion, intersection; disabled guests and strangers are skipped" {
	guest a
	guest b
	guest c
	guest d
	echo one > conf/a/apps/init/mark
	printf 'two\nthree\n' > conf/b/apps/init/mark
	echo three > conf/c/apps/init/mark
	touch conf/c/disabled
	chosen() { : > log; "$START" --start "$@" 2> /dev/null; grep '^+' log | cut -c 3- | sort | tr -d '\n'; }
	[ "$(chosen --mark one,two)" = ab ]
	[ "$(chosen --mark three)" = b ]
	[ "$(chosen --mark '!one')" = bd ]
	[ "$(chosen --mark '~one' --marked)" = b ]
	[ "$(chosen --unmarked)" = d ]
	[ "$(chosen --all -- a c nobody d)" = ad ]
}
