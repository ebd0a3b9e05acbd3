# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the benches share: a program, and machines that count its instructions.
set -eu

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
OUT=$BUILD/bench
mkdir -p "$OUT"

say()
{
	printf '%s\n' "$*" >&2
}

# compile NAME: tests/bench/NAME.c
compile()
{
	${CC:-gcc} -O2 -Wall -Wextra -Werror -static -I"$TOP/kernel/include/uapi" \
		-o "$OUT/$1" "$TOP/tests/bench/$1.c"
}

# column FILE KERNEL MEM COMMAND...: one run, which leaves "name<TAB>number" lines in
# FILE; the programs are in the command's PATH
column()
{
	local file=$1 kernel=$2 mem=$3
	shift 3

	say "bench: $kernel kernel: $*"
	"$TOP/scripts/vm" --icount --kernel "$kernel" --mem "$mem" --timeout 900 --share "$OUT" -- \
		sh -c 'mkdir /run/bench && cp /mnt/share/bench /mnt/share/net /run/bench/ 2> /dev/null
			export PATH=/run/bench:/usr/lib/vserver-tests/bench:$PATH; exec "$@"' \
		sh "$@" > "$OUT/$file"
}
