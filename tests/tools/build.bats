#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# vserver NAME build: methods, what they write, and that a failure leaves nothing behind.
#
# Literal dollars are meant, and every test is a subshell.
# shellcheck disable=SC2016

load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
}

# The directories of a guest that must not exist.
absent()
{
	[ ! -e "$CONF/$1" ] && [ ! -e "$ROOTS/$1" ] && ! ls -d "$CONF/$1".* "$ROOTS/$1".* 2> /dev/null
}

# An archive with everything that is easily lost.
make_tree()
{
	mkdir -p tree/dir/sub tree/etc
	echo hello > tree/dir/file
	ln tree/dir/file tree/dir/sub/hard
	ln -s ../etc/nowhere tree/dir/link
	mkfifo tree/dir/fifo
	truncate -s 4M tree/dir/sparse
	printf x | dd of=tree/dir/sparse bs=1 seek=2000000 conv=notrunc status=none
	cp /bin/true tree/dir/caps
	chown 1234:5678 tree/dir/file tree/dir/sub
	chmod 4750 tree/dir/caps
	setcap cap_net_raw+ep tree/dir/caps
	setfacl -m u:4321:rw,g:77:r tree/dir/file
	setfacl -d -m u:99:rwx tree/dir/sub
	setfattr -n user.note -v kept tree/dir/file
	printf y > tree/dir/$'n\303\244me with blanks'
	touch -d '2001-02-03 04:05:06' tree/dir/file tree/dir/sub tree/dir
}

# Everything about the files below DIR/dir, one per line.
describe()
{
	(
		cd "$1" || exit 1
		find dir -printf '%p %y %m %U %G %n %l %Ty-%Tm-%Td %TH:%TM:%.2TS\n' | grep -v '^dir/caps ' | sort
		stat -c '%n %a %u %g' dir/caps
		find dir -exec getfattr -h -d -m - -e hex {} + | LC_ALL=C sort
		find dir -type f -exec md5sum {} + | sort
	)
}

# same_tree DIR DIR
same_tree()
{
	diff <(describe "$1") <(describe "$2") | sed 's/^/# /'
	[ "$(describe "$1")" = "$(describe "$2")" ]
	[ "$(stat -c %i "$2/dir/file")" = "$(stat -c %i "$2/dir/sub/hard")" ]
	[ "$(stat -c %b "$2/dir/sparse")" -lt 1000 ]
}

@test "skeleton: the configuration has all that the options say, lines end in a newline" {
	vserver conf1 build -m skeleton --context 1201 --hostname h1 --initstyle plain \
		--flags virt_mem,hide_mount --netdev eth0 --netprefix 24 --netbcast 10.0.0.255 \
		--interface 10.0.0.2 --interface lan=eth1:10.0.0.3/255.255.0.0 \
		--interface nodev:10.0.0.4/8 --interface 2001:db8::1/64 \
		--cpuset set1 --cpusetcpus 0-1:1 --cpusetmems 0 --cpusetvirt
	cd "$CONF/conf1"
	[ "$(readlink vdir)" = "$ROOTS/conf1" ]
	[ "$(readlink run)" = /run/vservers/conf1 ]
	[ "$(readlink cache)" = /var/cache/vservers/conf1 ]
	for f in name=conf1 context=1201 uts/nodename=h1 apps/init/style=plain interfaces/dev=eth0 \
		interfaces/prefix=24 interfaces/bcast=10.0.0.255 interfaces/0/ip=10.0.0.2 \
		interfaces/1/name=lan interfaces/1/dev=eth1 interfaces/1/ip=10.0.0.3 \
		interfaces/1/mask=255.255.0.0 interfaces/2/ip=10.0.0.4 interfaces/2/prefix=8 \
		interfaces/3/ip=2001:db8::1 interfaces/3/prefix=64 cpuset/name=set1 cpuset/cpus=0-1 \
		cpuset/cpu_exclusive=1 cpuset/mems=0 cpuset/virtualized=1; do
		say "$f"
		[ "$(cat "${f%%=*}"; echo .)" = "${f#*=}"$'\n.' ]
	done
	[ "$(cat cflags)" = $'virt_mem\nhide_mount' ]
	[ -e interfaces/2/nodev ] && [ ! -e interfaces/2/dev ] && [ ! -e interfaces/0/nodev ]
	grep -q '^none[[:space:]]/proc[[:space:]]*proc' fstab
}

@test "skeleton: the root has the standard device nodes and no others" {
	vserver dev1 build -m skeleton
	cd "$ROOTS/dev1/dev"
	[ "$(find . -type c -printf '%f %m\n' | sort)" = $'full 666\nnull 666\nptmx 666\nrandom 644\ntty 666\nurandom 644\nzero 666' ]
	[ -z "$(find . -type b)" ]
	[ "$(stat -c %t:%T null)" = 1:3 ] && [ "$(stat -c %t:%T ptmx)" = 5:2 ]
	[ "$(readlink fd)" = /proc/self/fd ] && [ -d pts ] && [ "$(stat -c %a shm)" = 1777 ]
	[ -d "$ROOTS/dev1/proc" ] && [ "$(stat -c %a "$ROOTS/dev1/tmp")" = 1777 ]
}

@test "skeleton: the command runs in the new root; if it fails nothing is left" {
	vserver cmd1 build -m skeleton -- sh -c 'pwd > here; echo "$0" >> here' 'a b'
	[ "$(cat "$ROOTS/cmd1/here")" = "$ROOTS/cmd1"$'\na b' ]
	fails 1 'cmd2: sh: exit status 3' vserver cmd2 build -m skeleton -- sh -c 'exit 3'
	absent cmd2
	fails 1 'cannot run /no/such/program' vserver cmd2 build -m skeleton -- /no/such/program
	absent cmd2
}

@test "--keep leaves the parts of a failed build" {
	fails 1 'exit status 1' vserver keep1 build --keep -m skeleton -- false
	[ -d "$ROOTS/keep1" ] && [ -f "$CONF/keep1/context" ]
	# it is no guest: nobody can start it by mistake
	[ ! -e "$CONF/keep1/vdir" ]
}

@test "^C during a build removes what was made" {
	vserver int1 build -m skeleton -- sh -c 'touch running; exec sleep 100' 2> err &
	wait_for 10 test -e "$ROOTS/int1/running"
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" = 1 ]
	absent int1
	grep -qF 'killed by signal' err
}

@test "what exists is not touched, --force moves it away, and back if the build fails" {
	vserver ex1 build -m skeleton -- touch first
	fails 1 'exists and is not empty (--force moves it away)' vserver ex1 build -m skeleton
	[ -e "$ROOTS/ex1/first" ]
	fails 1 'exit status 1' vserver ex1 build --force -m skeleton -- false
	[ -e "$ROOTS/ex1/first" ] && [ "$(readlink "$CONF/ex1/vdir")" = "$ROOTS/ex1" ]
	run ! ls -d "$ROOTS"/ex1.*
	run ! ls -d "$CONF"/ex1.*
	vserver ex1 build --force -m skeleton -- touch second
	[ -e "$ROOTS/ex1/second" ] && [ ! -e "$ROOTS/ex1/first" ]
	ls -d "$ROOTS"/ex1.~*~ "$CONF"/ex1.~*~
}

@test "--i-know-its-there uses a root and does not remove it if the build fails" {
	mkdir -p "$ROOTS/there1"
	touch "$ROOTS/there1/mine"
	fails 1 'not empty' vserver there1 build -m skeleton
	fails 1 'exit status 1' vserver there1 build --i-know-its-there -m skeleton -- false
	[ -e "$ROOTS/there1/mine" ] && [ ! -e "$CONF/there1" ]
	vserver there1 build --i-know-its-there -m skeleton
	[ -e "$ROOTS/there1/mine" ] && [ -e "$ROOTS/there1/dev/null" ]
}

@test "an empty root that was there is empty again, with its owner and mode, after a failure" {
	mkdir -p "$ROOTS/empty1/lost+found"
	chown 12:34 "$ROOTS/empty1"
	chmod 711 "$ROOTS/empty1"
	fails 1 'exit status 1' vserver empty1 build -m skeleton -- sh -c 'chmod 755 .; mkdir a; exit 1'
	[ "$(ls -A "$ROOTS/empty1")" = lost+found ] && [ ! -e "$CONF/empty1" ]
	[ "$(stat -c %u:%g:%a "$ROOTS/empty1")" = 12:34:711 ]
	vserver empty1 build -m skeleton
	[ -c "$ROOTS/empty1/dev/null" ]
}

@test "context ids: the next free one, never one that a guest has" {
	vserver id1 build -m skeleton
	vserver id2 build -m skeleton
	a=$(xid_of id1) b=$(xid_of id2)
	[ "$a" -ge 40000 ] && [ "$b" -gt "$a" ]
	vserver id3 build -m skeleton --context $((b + 1))
	vserver id4 build -m skeleton
	[ "$(xid_of id4)" -gt $((b + 1)) ]
	fails 1 "context $a: belongs to the guest id1" vserver id5 build -m skeleton --context "$a"
	absent id5
	for bad in 0 1 65536 -5 x 12x ''; do
		fails 2 'not a number from 2 to 65535' vserver id5 build -m skeleton --context "$bad"
	done
}

@test "wrong use is told before anything is made" {
	fails 2 '-m METHOD is missing' vserver bad1 build
	fails 2 'unknown method' vserver bad1 build -m nothing
	fails 2 'options of the method go after --' vserver bad1 build -m template -t x.tar
	fails 2 '--template ARCHIVE is missing' vserver bad1 build -m template
	fails 2 '--source GUEST-or-DIRECTORY is missing' vserver bad1 build -m clone
	fails 2 '--source DIRECTORY or HOST:DIRECTORY is missing' vserver bad1 build -m rsync
	fails 2 '-d SUITE is missing' vserver bad1 build -m debootstrap
	fails 2 "clone: unexpected argument 'more'" vserver bad1 build -m clone -- -s src more
	fails 2 "unrecognized option '--nodevsanity'" vserver bad1 build -m clone -- --nodevsanity
	fails 2 "option requires an argument -- 's'" vserver bad1 build -m rsync -- -s
	fails 1 '--interface 10.0.0.300: not' vserver bad1 build -m skeleton --interface 10.0.0.300
	fails 1 '--interface 10.0.0.3/33: not' vserver bad1 build -m skeleton --interface 10.0.0.3/33
	fails 1 "Unknown flag 'nonsense'" vserver bad1 build -m skeleton --flags virt_mem,nonsense
	fails 1 '--initstyle upstart: unknown' vserver bad1 build -m skeleton --initstyle upstart
	fails 1 'control character' vserver bad1 build -m skeleton --hostname $'a\nb'
	absent bad1
	vserver bad1 build --help | grep -q '^Example:'
}

@test "names: odd ones work, those that would be something else are refused" {
	for name in 'a b' "it's" 'q"uote' '$HOME' 'a;reboot' 'a*b?' '-dash' $'\303\274ml' 'x=y' '%s%n' '&'; do
		say "$name"
		vserver -- "$name" build -m skeleton
		[ "$(cat "$CONF/$name/name")" = "$name" ]
		[ -c "$ROOTS/$name/dev/null" ]
	done
	for name in .hidden 'old~' x.rpmsave $'line\nbreak' 123; do
		say "refused: $name"
		fails 2 'not a name for a guest' vserver -- "$name" build -m skeleton
		[ ! -e "$CONF/$name" ] && [ ! -e "$ROOTS/$name" ]
	done
	long=$(printf 'n%.0s' {1..60})
	fails 2 'longer than 64 bytes' vserver "$long" build -m skeleton
	vserver "${long:0:50}" build -m skeleton
}

@test "template: owners, modes, times, links, attributes, ACLs, capabilities, holes survive" {
	make_tree
	tar --acls --xattrs --xattrs-include='*' --numeric-owner -S --format=posix -C tree -cf t.tar .
	for z in gzip bzip2 xz zstd; do
		say "$z"
		command -v $z > /dev/null || continue
		$z -c t.tar > "t.$z"
		vserver "tpl-$z" build -m template -- -t "t.$z"
		same_tree tree "$ROOTS/tpl-$z"
	done
	vserver tpl-cpio build -m template -- -t <(cd tree && find etc | bsdtar --format newc -cf - -T - -n)
	[ -d "$ROOTS/tpl-cpio/etc" ]
}

@test "template: several archives lie one over the other, links of the first are followed inside" {
	mkdir -p a/usr/bin b/bin
	ln -s usr/bin a/bin
	echo one > a/usr/bin/x
	echo two > b/bin/x
	echo y > b/bin/y
	tar -C a -cf a.tar .
	tar -C b -cf b.tar .
	vserver layers build -m template -- -t a.tar -t b.tar
	[ -L "$ROOTS/layers/bin" ]
	[ "$(cat "$ROOTS/layers/usr/bin/x")" = two ] && [ -f "$ROOTS/layers/usr/bin/y" ]
}

# field TEXT WIDTH: adds TEXT to $header and pads it with zeros, written as \\x00 for printf %b
field()
{
	local pad i code

	printf -v pad '%*s' $(($2 - ${#1})) ''
	header+=$1${pad// /\\x00}
	for ((i = 0; i < ${#1}; i++)); do
		printf -v code %d "'${1:i:1}"
		sum=$((sum + code))
	done
}

# evil OUTPUT (NAME TYPE TARGET)...: a tar archive with any names; type 0 file, 1 hard link,
# 2 symbolic link
evil()
{
	local out=$1 header name_and_modes sum

	shift
	{
		while [ $# -ge 3 ]; do
			header='' sum=$((8 * 32))	# the checksum field counts as blanks
			field "$1" 100; field 0000644 8; field 0000000 8; field 0000000 8
			field 00000000000 12; field 00000000000 12
			name_and_modes=$header header=''
			field "$2" 1; field "$3" 100; field ustar 6; field 00 2; field '' 247
			printf %b%06o%b%b "$name_and_modes" "$sum" '\0 ' "$header"
			shift 3
		done
		head -c 1024 /dev/zero
	} > "$out"
}

@test "template: nothing gets out of the root by .., links, hard links or absolute names" {
	mkdir outside
	before=$(stat -c %h /etc/passwd)
	evil dots.tar a/../../escaped 0 ''
	fails 1 "leads out of the root ('..')" vserver evil build -m template -- -t dots.tar
	absent evil
	evil link.tar door 2 "$PWD/outside" door/escaped 0 ''
	fails 1 'entry door/escaped' vserver evil build -m template -- -t link.tar
	evil hard.tar stolen 1 /etc/passwd
	fails 1 'entry stolen' vserver evil build -m template -- -t hard.tar
	evil hard.tar stolen 1 ../../../../etc/passwd
	fails 1 'entry stolen' vserver evil build -m template -- -t hard.tar
	absent evil
	[ ! -e "$ROOTS/escaped" ] && [ -z "$(ls outside)" ]
	[ "$(stat -c %h /etc/passwd)" = "$before" ]
	# the same kinds of names are fine where they stay inside
	evil good.tar /abs/escaped 0 '' up 2 .. up/inside 0 '' hard 1 abs/escaped
	vserver good build -m template -- -t good.tar
	[ -f "$ROOTS/good/abs/escaped" ] && [ -f "$ROOTS/good/inside" ] && [ -f "$ROOTS/good/hard" ]
	[ ! -e "$ROOTS/inside" ]
}

@test "template: device nodes of the archive are left out, --nodevsanity keeps them" {
	mkdir -p t/dev t/tmp
	mknod t/dev/sda b 8 0
	mknod t/tmp/mem c 1 1
	tar -C t -cf t.tar .
	vserver nodes1 build -m template -- -t t.tar 2> err
	grep -qF '1 device nodes outside dev left out' err
	[ -z "$(find "$ROOTS/nodes1" -type b)" ] && [ ! -e "$ROOTS/nodes1/tmp/mem" ]
	[ -c "$ROOTS/nodes1/dev/null" ]
	vserver nodes2 build -m template -- -t t.tar --nodevsanity
	[ -b "$ROOTS/nodes2/dev/sda" ] && [ -c "$ROOTS/nodes2/tmp/mem" ]
}

@test "template: damaged, empty and missing archives end the build" {
	fails 1 'no-such.tar' vserver dam build -m template -- -t no-such.tar
	make_tree
	tar -C tree -czf t.tgz .
	head -c $(($(stat -c %s t.tgz) / 2)) t.tgz > cut.tgz
	fails 1 'cut.tgz' vserver dam build -m template -- -t cut.tgz
	echo "no archive" > text
	fails 1 'text: ' vserver dam build -m template -- -t text
	: > empty
	fails 1 'empty: ' vserver dam build -m template -- -t empty
	absent dam
	vserver dam build -m template -- -t t.tgz
}

@test "clone: an exact copy with links, attributes, ACLs, capabilities and holes" {
	make_tree
	vserver src1 build -m skeleton
	cp -a --sparse=always tree/dir "$ROOTS/src1/"
	setcap cap_net_raw+ep "$ROOTS/src1/dir/caps"
	same_tree tree "$ROOTS/src1"
	vserver clone1 build -m clone -- -s src1
	same_tree tree "$ROOTS/clone1"
	[ "$(xid_of clone1)" != "$(xid_of src1)" ]
	printf '# all but this\n+/dir/file\n/dir/*\n' > exclude
	vserver clone2 build -m clone -- --source "$ROOTS/src1" -X exclude
	[ "$(ls "$ROOTS/clone2/dir")" = file ]
	fails 1 "no guest and no directory 'nobody'" vserver clone3 build -m clone -- -s nobody
	fails 1 'is inside the source' vserver clone3 build -m clone -- -s /
	absent clone3
}

@test "clone: other file systems in the source stay out, links are not followed" {
	vserver src2 build -m skeleton
	mkdir "$ROOTS/src2/mnt" "$ROOTS/src2/plain"
	touch "$ROOTS/src2/plain/file"
	mount -t tmpfs none "$ROOTS/src2/mnt"
	touch "$ROOTS/src2/mnt/foreign"
	ln -s /etc "$ROOTS/src2/link"
	vserver clone4 build -m clone -- -s src2
	umount "$ROOTS/src2/mnt"
	[ -d "$ROOTS/clone4/mnt" ] && [ ! -e "$ROOTS/clone4/mnt/foreign" ]
	[ -L "$ROOTS/clone4/link" ] && [ -e "$ROOTS/clone4/plain/file" ]
}

# deep DIRECTORY: 2600 levels below it, whose path is longer than a call takes, with two
# names of one file at the bottom
deep()
{
	local half

	half=$(printf 'dd/%.0s' {1..1300})
	(
		cd "$1" && mkdir -p "$half" && cd "$half" && mkdir -p "$half" && cd "$half" || exit 1
		echo bottom > file
		ln file name
		touch -d 2001-02-03 .
	) 2> /dev/null
}

@test "a tree of 2600 levels is copied, and removed again, with few descriptors" {
	vserver deep1 build -m skeleton
	deep "$ROOTS/deep1"
	(ulimit -n 256 && vserver deep2 build -m clone -- -s deep1)
	[ "$(find "$ROOTS/deep2" -depth -name dd -printf '%TY\n' | head -1)" = 2001 ]
	[ "$(find "$ROOTS/deep2" -name dd | wc -l)" = 2600 ]
	[ "$(find "$ROOTS/deep2" \( -name file -o -name name \) -execdir stat -c %h {} \; -execdir cat {} \;)" = $'2\nbottom\n2\nbottom' ]
	(ulimit -n 256 && vserver --silent deep2 delete)
	absent deep2
	(ulimit -n 256 && vserver --silent deep1 delete)
	absent deep1
}

@test "rsync: copies with attributes, its failure ends the build" {
	make_tree
	vserver rs1 build -m rsync -- -s tree
	same_tree tree "$ROOTS/rs1"
	vserver rs2 build -m rsync -- -s tree -o -r -- --exclude=sub
	[ -e "$ROOTS/rs2/dir/file" ] && [ ! -e "$ROOTS/rs2/dir/sub" ]
	fails 1 'rsync: exit status 23' vserver rs3 build -m rsync -- -s no-such-tree
	absent rs3
}

# small COMMAND...: runs it with a PATH that has nothing but what the false bootstrap
# programs below need, and these
small()
{
	env PATH="$PWD/bin" OUT="$PWD/argv" "$@"
}

small_path()
{
	local tool

	mkdir -p bin
	for tool in sh mkdir ls ln vserver; do
		ln -sf "$(type -P $tool)" "bin/$tool"
	done
}

# A debootstrap that only says what it was asked for, and fails if told so.
fake_bootstrap()
{
	cat > "bin/$1" <<-'FAKE'
		#!/bin/sh
		printf '%s\n' "${0##*/}" "$@" > "$OUT"
		for root; do [ ! -d "$root" ] || break; done
		[ -z "$(ls "$root")" ] || exit 9
		mkdir -p "$root/etc/rcS.d" "$root/dev" && echo 12.0 > "$root/etc/debian_version"
		ln -s ../init.d/hwclock.sh "$root/etc/rcS.d/S01hwclock.sh"
		ln -s ../init.d/bootmisc.sh "$root/etc/rcS.d/S12bootmisc.sh"
		printf 'id:2:initdefault:\nca:12:ctrlaltdel:/sbin/shutdown\n1:23:respawn:/sbin/getty 38400 tty1\n' > "$root/etc/inittab"
		echo buildhost > "$root/etc/hostname"
		exit "${STATUS:-0}"
	FAKE
	chmod +x "bin/$1"
}

@test "debootstrap: the program gets suite, root, mirror and options; its failure ends the build" {
	small_path
	fake_bootstrap debootstrap
	small vserver deb1 build -m debootstrap -- -d bookworm -m http://mirror/debian -- --include=vim
	[ "$(sed 1d argv)" = "--variant=minbase
--include=sysvinit-core,procps,iproute2
--include=vim
bookworm
$ROOTS/deb1
http://mirror/debian" ]
	mkdir -p "$CONF/.defaults/apps/debootstrap"
	echo http://configured/debian > "$CONF/.defaults/apps/debootstrap/mirror"
	fake_bootstrap mmdebstrap
	small vserver deb2 build -m debootstrap -- -d bookworm
	[ "$(head -1 argv)" = mmdebstrap ] && [ "$(tail -1 argv)" = http://configured/debian ]
	rm -r "$CONF/.defaults/apps/debootstrap"
	STATUS=25 fails 1 'mmdebstrap: exit status 25' small vserver deb3 build -m debootstrap -- -d bookworm
	absent deb3
	rm bin/mmdebstrap bin/debootstrap
	fails 1 'neither mmdebstrap nor debootstrap is installed' small vserver deb3 build \
		-m debootstrap -- -d bookworm
	absent deb3
}

@test "a Debian guest has no getty, no clock and no disk scripts, and its own host name" {
	small_path
	fake_bootstrap debootstrap
	small vserver deb4 build -m debootstrap --hostname deb4.example.org -- -d bookworm
	cd "$ROOTS/deb4/etc"
	[ "$(ls rcS.d)" = $'K01hwclock.sh\nS12bootmisc.sh' ]
	[ "$(cat inittab)" = $'id:2:initdefault:\nca:12:ctrlaltdel:/sbin/shutdown\n#vserver# 1:23:respawn:/sbin/getty 38400 tty1' ]
	[ "$(cat hostname)" = deb4.example.org ]
	grep -qF deb4.example.org hosts
}

@test "default options come before the user's, distribution scripts get the configuration" {
	mkdir -p "$CONF/.defaults/apps/build" "$CONF/.distributions/mine"
	printf -- '--hostname\nfrom defaults\n--initstyle\nplain\n' > "$CONF/.defaults/apps/build/options"
	for s in initpre initpost; do
		printf '#!/bin/sh\n. "$2" && echo "%s $1 $CONFDIR" >> %s/scripts\n' $s "$PWD" > "$CONF/.distributions/mine/$s"
		chmod +x "$CONF/.distributions/mine/$s"
	done
	echo 'null c 1 3 600' > "$CONF/.distributions/mine/devs"
	vserver def1 build -m skeleton --initstyle sysv -- -d mine
	[ "$(cat "$CONF/def1/uts/nodename")" = 'from defaults' ]
	[ "$(cat "$CONF/def1/apps/init/style")" = sysv ]
	[ "$(find "$ROOTS/def1/dev" -type c -printf '%f %m')" = 'null 600' ]
	[ "$(cat scripts)" = "initpre $CONF/def1 $CONF
initpost $CONF/def1 $CONF" ]
	NO_DEFAULT_OPTS=1 vserver def2 build -m skeleton
	[ ! -e "$CONF/def2/uts/nodename" ]
	rm -r "$CONF/.defaults/apps/build" "$CONF/.distributions"
}

@test "only root can build" {
	fails 1 'only root can build a guest' setpriv --reuid 1000 --clear-groups vserver user1 build -m skeleton
	absent user1
}
