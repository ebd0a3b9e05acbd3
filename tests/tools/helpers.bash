# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of the tools share. They run as root in a machine that is thrown away
# (scripts/vm), so that guests and files need no clean-up after the last test of a file.

bats_require_minimum_version 1.5.0

# The real guest's archive, made by scripts/mkrootfs.
# shellcheck disable=SC2034
DEBIAN=/var/cache/vservers/debian-12.tar.zst

# shellcheck disable=SC2034
CONF=/etc/vservers
# shellcheck disable=SC2034
ROOTS=/vservers

# say TEXT...: a line for the log of a test that fails
say()
{
	printf '# %s\n' "$*"
}

# wait_for SECONDS COMMAND...: polls until the command succeeds; the only way to wait here.
# An emulated machine on a busy host, or the debug kernel, gets three times as long.
wait_for()
{
	local end=$((SECONDS + 3 * $1))

	shift
	while ! "$@" > /dev/null 2>&1; do
		if [ $SECONDS -ge $end ]; then
			say "in vain: $*"
			return 1
		fi
		sleep 0.1
	done
}

# fails STATUS TEXT COMMAND...: the command exits so and says TEXT on standard error, in the
# form `tool: what: why`
fails()
{
	local want=$1 text=$2 err status=0

	shift 2
	err=$BATS_TEST_TMPDIR/stderr
	"$@" > "$BATS_TEST_TMPDIR/stdout" 2> "$err" || status=$?
	if [ "$status" != "$want" ] || ! grep -qF -- "$text" "$err"; then
		say "$*: status $status instead of $want, or no '$text' in:"
		sed 's/^/#   /' "$err"
		return 1
	fi
}

# skeleton NAME [build option...]: a guest with nothing but busybox in it
skeleton()
{
	local name=$1

	shift
	vserver --silent -- "$name" build -m skeleton "$@" -- "$BATS_TEST_DIRNAME/fill-skeleton"
}

xid_of()
{
	cat "$CONF/$1/context"
}

# in_context XID: number of processes, 0 if the context does not exist
in_context()
{
	local n

	n=$(awk '$1 == "Tasks:" { print $2 }' "/proc/virtual/$1/status" 2> /dev/null) || true
	echo "${n:-0}"
}

context_gone()
{
	[ ! -e "/proc/virtual/$1" ]
}

# What a guest may leave on the machine, one thing per line. Two of these that are equal
# mean that nothing is left, whatever was there before.
traces()
{
	{
		printf '%s\n' /proc/virtual/[0-9]*
		printf '%s\n' /proc/virtnet/[0-9]*
		find /run/vservers /run/vservers.rev /run/vservers.net /run/vshelper \
			/sys/fs/cgroup/vserver -mindepth 1 \( -path '/run/*' -o -type d \) || true
		ip -o link | cut -d : -f 2
		# the kernel adds and removes link-local addresses when it likes
		ip -o addr | awk '$4 !~ /^fe80:/ { print $2, $4 }'
		tc qdisc show | sed 's/ refcnt.*//'
		cut -d ' ' -f 5 /proc/self/mountinfo
		pgrep -l -x 'vserver|vshelper|vwait' || true
	} 2> /dev/null | sort
}

# same_traces BEFORE
same_traces()
{
	[ "$1" = "$(traces)" ]
}

# nothing_left BEFORE: the kernel may need a moment to let go of the last references
nothing_left()
{
	wait_for 10 same_traces "$1" && return
	diff <(printf '%s\n' "$1") <(traces) | sed 's/^/# /'
	return 1
}
