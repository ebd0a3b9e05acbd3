#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the documents say about the tools is true: checked against the tools themselves.

setup()
{
	SRC=${SRC:-$BATS_TEST_DIRNAME/../..}
	TOOLS=${TOOLS:-$SRC/../build/tools/bin}
	MAN=$SRC/man
}

# Long options in a text, one per line.
options_in()
{
	grep -oE -e '(^|[^[:alnum:]-])--[[:alnum:]][-_[:alnum:]]*' |
		grep -oE -e '--.*' | sort -u
}

# What a tool says about itself; vserver's verbs have their own --help.
help_text()
{
	local verb

	"$TOOLS/$1" --help
	[ "$1" = vserver ] || return 0
	for verb in start stop tc delete; do
		"$TOOLS/vserver" - "$verb" --help
	done
}

page_text()
{
	groff -mandoc -Tascii -P-cbou "$1"
}

# Options that have an entry in the page, not only a mention: `.It Fl j , Fl \-json`.
options_of_page()
{
	sed -nE '/^\.It .*Fl/{s/\\-/-/g; s/\.It//; s/Fl -/ --/g; p}' "$1" | options_in
}

# Only tools with a page; that each tool has one is a test of its own.
documented()
{
	local tool

	for tool in "$TOOLS"/*; do
		[ -x "$tool" ] || continue
		[ -e "$MAN/${tool##*/}.8" ] && printf '%s\n' "${tool##*/}"
	done
}

@test "every tool has a man page" {
	local tool missing=

	for tool in "$TOOLS"/*; do
		[ -x "$tool" ] || continue
		[ -e "$MAN/${tool##*/}.8" ] || missing+=" ${tool##*/}"
	done
	echo "without a page:$missing"
	[ -z "$missing" ]
}

@test "man pages have no warnings, and all the parts" {
	local page part

	for page in "$MAN"/*.[0-9]; do
		echo "$page"
		[ -z "$(groff -ww -mandoc -Tutf8 -z "$page" 2>&1 | tee /dev/stderr)" ]
		for part in NAME SYNOPSIS DESCRIPTION "(EXIT STATUS|RETURN VALUES)" EXAMPLES; do
			# Files don't end with a status.
			[[ $page == *.5 && $part == *STATUS* ]] && continue
			grep -qE "^\.S[Hh] \"?$part\"?$" "$page" || { echo "no $part"; false; }
		done
	done
}

@test "every option of --help is in the man page" {
	local tool missing=

	for tool in $(documented); do
		while read -r option; do
			page_text "$MAN/$tool.8" | options_in | grep -qxF -e "$option" ||
				missing+=" $tool:$option"
		done < <(help_text "$tool" | options_in)
	done
	echo "not in the page:$missing"
	[ -z "$missing" ]
}

@test "every option of the man page is in --help" {
	local tool extra=

	for tool in $(documented); do
		while read -r option; do
			help_text "$tool" | options_in | grep -qxF -e "$option" ||
				extra+=" $tool:$option"
		done < <(options_of_page "$MAN/$tool.8" | grep -vxE -e '--(help|version)')
	done
	echo "not in --help:$extra"
	[ -z "$extra" ]
}

@test "every option of the verb build is in vserver-build(8), and the other way round" {
	options_in < <("$TOOLS/vserver" - build --help) > "$BATS_TEST_TMPDIR/help"
	page_text "$MAN/vserver-build.8" | options_in > "$BATS_TEST_TMPDIR/page"
	diff <(grep -vxF -e --help "$BATS_TEST_TMPDIR/help") \
		<(grep -vxF -e --help "$BATS_TEST_TMPDIR/page")
}

@test "--help fits one screen and ends with an example; --version has one line" {
	local tool bad=

	for tool in "$TOOLS"/*; do
		[ -x "$tool" ] || continue
		tool=${tool##*/}
		[ "$("$TOOLS/$tool" --help | wc -l)" -le 48 ] || bad+=" $tool:long"
		[ -z "$("$TOOLS/$tool" --help | awk 'length > 100')" ] || bad+=" $tool:wide"
		"$TOOLS/$tool" --help | tail -n 6 | grep -qi '^example' || bad+=" $tool:example"
		"$TOOLS/$tool" --version | head -n 1 | grep -qE "^$tool [0-9].* -- " ||
			bad+=" $tool:version"
	done
	echo "bad:$bad"
	[ -z "$bad" ]
}

@test "completion knows every tool and its options" {
	local tool bad=

	for tool in "$TOOLS"/*; do
		[ -x "$tool" ] || continue
		tool=${tool##*/}
		[ -e "$SRC/completion/$tool" ] || { bad+=" $tool"; continue; }
		PATH=$TOOLS:$PATH bash -c '. "$1" && complete -p "$2"' - \
			"$SRC/completion/$tool" "$tool" > /dev/null || bad+=" $tool:complete"
	done
	echo "bad:$bad"
	[ -z "$bad" ]

	# shellcheck disable=SC2016
	run env PATH="$TOOLS:$PATH" bash -c '. "$1"; COMP_WORDS=(vps --js); COMP_CWORD=1
		_vserver_tool vps; echo "${COMPREPLY[*]}"' - "$SRC/completion/util-vserver"
	[ "$output" = --json ]
}

@test "libvserver(3) has every function of the header, and no other" {
	diff <(grep -oE '\bvc_[a-z_]+\(' "$SRC/lib/vserver.h" | tr -d '(' | sort -u) \
		<(grep -oE '\bvc_[a-z_]+\b' "$MAN/libvserver.3" | sort -u)
}

@test "pages that a page refers to exist, if they are ours" {
	local page ref bad=

	for page in "$MAN"/*.[0-9]; do
		while read -r _ ref section _; do
			ref=${ref//\\-/-}
			case $ref in
			v* | ch* | *vserver* | reducecap)
				[ -e "$MAN/$ref.$section" ] || [ "$ref" = chroot ] ||
					bad+=" ${page##*/}:$ref($section)"
				;;
			esac
		done < <(grep -E '^\.Xr ' "$page")
	done
	echo "bad:$bad"
	[ -z "$bad" ]
}
