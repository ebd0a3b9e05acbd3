#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Missing and damaged configuration: each is told with file and reason, and nothing starts.
#
# Literal dollars are meant.
# shellcheck disable=SC2016

load helpers

setup_file()
{
	skeleton conf
}

setup()
{
	cp -a "$CONF/conf" "$BATS_TEST_TMPDIR/saved"
	before=$(traces)
}

teardown()
{
	vserver --silent "$CONF/conf" stop || true
	rm -rf "$CONF/conf"
	cp -a "$BATS_TEST_TMPDIR/saved" "$CONF/conf"
}

# put FILE TEXT: without a final newline
put()
{
	mkdir -p "$(dirname "$CONF/conf/$1")"
	printf %s "$2" > "$CONF/conf/$1"
}

# refused FILE TEXT MESSAGE: with this file the guest does not start
refused()
{
	say "$1: '$2'"
	put "$1" "$2"
	fails 1 "$3" vserver conf start || return 1
	rm "$CONF/conf/$1"
	[ ! -e "$BATS_TEST_TMPDIR/saved/$1" ] || cp -a "$BATS_TEST_TMPDIR/saved/$1" "$CONF/conf/$1"
}

starts()
{
	vserver conf start && vserver conf stop
}

@test "context: missing, not a number, out of range" {
	rm "$CONF/conf/context"
	fails 1 'conf/context: missing' vserver conf start
	for bad in abc '' -1 1 65536 '12 13' 0x10 99999999999999999999; do
		refused context "$bad" 'conf/context:1:'
	done
	nothing_left "$before"
	# no final newline, CR and blanks are fine
	put context " $(cat "$BATS_TEST_TMPDIR/saved/context") "$'\r'
	starts
}

@test "vdir: missing, dangling, no directory, the host's root" {
	rm "$CONF/conf/vdir"
	fails 5 'no such guest' vserver conf start
	ln -s /no/such/root "$CONF/conf/vdir"
	fails 1 'conf/vdir: guest root: No such file or directory' vserver conf start
	ln -sfn /etc/passwd "$CONF/conf/vdir"
	fails 1 'guest root /etc/passwd is not a directory' vserver conf start
	ln -sfn / "$CONF/conf/vdir"
	fails 1 'guest root is the root directory of the host' vserver conf start
	ln -sfn "$ROOTS/conf" "$CONF/conf/vdir"
	nothing_left "$before"
	starts
}

@test "flags and capabilities: an unknown word is told with file and line" {
	refused cflags $'virt_mem\nnonsense\n' "cflags:2: unknown"
	refused bcapabilities $'NO_SUCH_CAP' "bcapabilities:1: unknown"
	refused ccapabilities $'# comment\n\nxyz' "ccapabilities:3: unknown"
	refused umask 'newfoo' 'umask:1: unknown'
	nothing_left "$before"
	put cflags $'# good\nvirt_mem\n~hide_netif'
	put bcapabilities $'NET_RAW\n~SYS_CHROOT'
	put ccapabilities 'secure_mount'
	starts
}

@test "init: unknown style, bad kill sequence, bad environment" {
	refused apps/init/style upstart "apps/init/style:1: unknown init style 'upstart'"
	refused apps/init/killseq $'15\nsoon\n9' "apps/init/killseq:2: 'soon' is not a number of seconds"
	refused apps/init/killseq '99' "is not a signal number"
	refused apps/init/environment $'A=b\nnonsense' "apps/init/environment:2: 'nonsense' is not VARIABLE=VALUE"
	nothing_left "$before"
	put apps/init/environment $'PATH=/bin\nMARK=here'
	starts
}

@test "fstab: syntax errors are told with the line, destinations stay inside the guest" {
	refused fstab $'none /proc proc defaults 0 0\nnonsense\n' 'fstab:2: not an fstab entry'
	refused fstab 'none proc proc defaults 0 0' "destination 'proc' is not an absolute path"
	mkdir -p "$ROOTS/conf/etc"
	# a missing directory is made for file systems without data only
	refused fstab '/etc /no/dir none bind 0 0' 'fstab entry for /no/dir'
	# a link of the guest that leads out: the mount goes to the guest's own /etc
	ln -sfn ../../../etc "$ROOTS/conf/trap"
	put fstab $'none /proc proc defaults 0 0\nnone /trap/init.d/over tmpfs defaults 0 0\n'
	starts
	[ -d "$ROOTS/conf/etc/init.d/over" ]
	[ ! -e /etc/init.d/over ]
	rm -r "$ROOTS/conf/trap" "$ROOTS/conf/etc/init.d/over"
	nothing_left "$before"
}

@test "fstab: sources in a guest's root stay in it, or are refused; the host's are as they are" {
	local root=$ROOTS/conf image=$BATS_TEST_TMPDIR/image

	mkdir -p "$root/etc" "$root/mnt" "$root/low" "$root/up" "$root/work" "$ROOTS/neighbour/etc"
	truncate -s 8M "$image"
	mke2fs -q -F "$image"
	# an image that the guest could exchange, also by way of the host
	cp "$image" "$root/image"
	ln -s "$image" "$root/link"
	ln -s "$root/image" "$BATS_TEST_TMPDIR/door"
	ln -s /etc/shadow "$ROOTS/neighbour/image"
	for source in "$root/image" "$root/link" "$BATS_TEST_TMPDIR/door" "$ROOTS//./conf/link" \
		"$ROOTS/neighbour/image"; do
		refused fstab "$source /mnt ext4 loop 0 0" "$source is in a guest's root"
		refused fstab "$source /mnt ext4 loop 0 2" "$source is in a guest's root"
	done
	put fstab "$image /mnt ext4 loop 0 0"
	vserver conf start
	vserver conf exec test -d /mnt/lost+found
	vserver conf stop
	# layers of an overlay: the guest's links lead into the guest
	echo inside > "$root/etc/shadow"
	rmdir "$root/low"
	ln -s /etc "$root/low"
	put fstab "ov /mnt overlay lowerdir=$root/low,upperdir=$root/up,workdir=$root/work 0 0"
	vserver conf start
	[ "$(vserver conf exec cat /mnt/shadow)" = inside ]
	vserver conf exec sh -c 'echo changed > /mnt/new'
	[ "$(cat "$root/up/new")" = changed ] && [ ! -e /etc/new ]
	vserver conf stop
	refused fstab "ov /mnt overlay lowerdir=$root/nothing 0 0" "layer $root/nothing"
	# a bind mount through a link of the guest
	put fstab "$root/low /mnt none bind 0 0"
	vserver conf start
	[ "$(vserver conf exec cat /mnt/shadow)" = inside ]
	vserver conf stop
	rm -rf "$root/image" "$root/link" "$root/low" "$root/up" "$root/work" "$root/etc/shadow" \
		"$ROOTS/neighbour"
	nothing_left "$before"
}

@test "numbers: nice, badness, personality, rlimits" {
	refused nice much 'nice:1:'
	refused badness x1 'badness:1:'
	refused personality nonsense "unknown personality"
	refused rlimits/nonsense 10 'rlimits/nonsense: unknown limit'
	nothing_left "$before"
	rmdir "$CONF/conf/rlimits"
	put nice 5
	vserver conf start
	[ "$(vserver conf exec sh -c 'cut -d" " -f19 /proc/$(cat /run/service.pid)/stat')" = 5 ]
	vserver conf stop
}

@test "uts: a name longer than the kernel takes is refused, others are the guest's" {
	refused uts/nodename "$(printf 'n%.0s' {1..65})" 'uts/nodename: longer than 64 bytes'
	put uts/nodename conf.example.org
	host=$(uname -n)
	vserver conf start
	[ "$(vserver conf exec uname -n)" = conf.example.org ]
	[ "$(uname -n)" = "$host" ]
	vserver conf stop
}

@test "a configuration file that is no text or no file" {
	rm "$CONF/conf/context"
	mkdir "$CONF/conf/context"
	fails 1 'conf/context: not a regular file' vserver conf start
	rmdir "$CONF/conf/context"
	printf '40\00000\n' > "$CONF/conf/context"
	fails 1 'conf/context: contains a NUL byte' vserver conf start
	cp "$BATS_TEST_TMPDIR/saved/context" "$CONF/conf/context"
	starts
}

@test "an unknown file name is only told: typing errors should be seen" {
	put cflagz virt_mem
	fails 0 'cflagz: unknown name, ignored' vserver conf start
	vserver conf stop
	rm "$CONF/conf/cflagz"
	vserver conf start 2> "$BATS_TEST_TMPDIR/err"
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}

@test "a file that the guest put in the place of /dev/null does not get its output" {
	mv "$ROOTS/conf/dev/null" "$ROOTS/conf/dev/saved"
	: > "$ROOTS/conf/dev/null"
	vserver conf start
	vserver conf exec sh -c 'test -c /dev/null && echo lost > /dev/null'
	[ ! -s "$ROOTS/conf/dev/null" ]
	vserver conf stop
	rm "$ROOTS/conf/dev/null"
	mv "$ROOTS/conf/dev/saved" "$ROOTS/conf/dev/null"
	starts
}

@test "a damaged configuration does not keep a running guest from being stopped" {
	vserver conf start
	put cflags nonsense
	put apps/init/style upstart
	vserver conf stop
	context_gone "$(xid_of conf)"
	nothing_left "$before"
}

@test "names: guests with odd names start, run and stop" {
	for name in 'a b' "it's \$HOME" 'q"x;reboot' '-dash' $'\303\274ml&' '%s%n'; do
		say "$name"
		skeleton "$name"
		before=$(traces)
		vserver -- "$name" start
		vserver -- "$name" running
		run -0 vserver -- "$name" status
		[ "${lines[0]}" = "Vserver '$name' is running at context '$(xid_of "$name")'" ]
		[ "$(vserver -- "$name" exec cat /run/service.pid)" -gt 1 ]
		vserver -- "$name" stop
		nothing_left "$before"
		vserver -- "$name" delete --yes
		[ ! -e "$CONF/$name" ]
	done
}
