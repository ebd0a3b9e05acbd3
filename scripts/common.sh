# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by every script here: where things are, and how to say things.

set -euo pipefail
export LC_ALL=C

ME=${0##*/}
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$TOP/build}
SRC=$BUILD/src
# shellcheck disable=SC2034	# read by the scripts that source this
{
	KVER=6.12
	ORIG=$SRC/linux-$KVER-orig	# as fetched
	PATCHED=$SRC/linux-$KVER	# ORIG + our files + our patches
	JOBS=${JOBS:-$(nproc)}
}

say()
{
	printf '== %s\n' "$*"
}

warn()
{
	printf '%s: %s\n' "$ME" "$*" >&2
}

die()
{
	warn "$*"
	exit 1
}

# Without a terminal one line per quarter minute is enough of a progress sign.
# progress LABEL: copies nothing, counts the lines of stdin.
progress()
{
	local label=$1 count=0 next=0 step=15 start=$SECONDS

	[ -t 1 ] && step=1
	next=$step
	while IFS= read -r _; do
		count=$((count + 1))
		if [ $((SECONDS - start)) -ge "$next" ]; then
			next=$((SECONDS - start + step))
			if [ -t 1 ]; then
				printf '\r   %s: %d ' "$label" "$count"
			else
				printf '   %s: %d (%d s)\n' "$label" "$count" $((SECONDS - start))
			fi
		fi
	done
	[ -t 1 ] && printf '\r'
	printf '   %s: %d in %d s\n' "$label" "$count" $((SECONDS - start))
}

# have_root WHAT: some steps need root, say which.
have_root()
{
	[ "$(id -u)" = 0 ] || die "$1 needs root: run it again as root"
}
