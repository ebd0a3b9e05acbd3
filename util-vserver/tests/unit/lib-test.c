// SPDX-License-Identifier: GPL-2.0-only
/* lib-test.c - names and bits, numbers, fields, signals: no kernel needed */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/personality.h>

#include <vserver.h>

static int number, failures;

static void check(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void check(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", ok ? "" : "not ", ++number);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	failures += !ok;
}

struct list_case {
	enum vc_word word;
	const char *text;
	uint64_t value, mask;		/* to start with: value 0xf0, mask 0 */
};

static void parse_lists(void)
{
	static const struct list_case cases[] = {
		{ VC_CFLAGS, "lock", 0xf1, 0x1 },
		{ VC_CFLAGS, "VXF_Lock", 0xf1, 0x1 },
		{ VC_CFLAGS, "!fakeinit", 0xe0, 0x10 },
		{ VC_CFLAGS, "~info_init", 0xe0, 0x10 },
		{ VC_CFLAGS, "!~!fakeinit", 0xe0, 0x10 },
		{ VC_CFLAGS, "!!lock", 0xf1, 0x1 },
		{ VC_CFLAGS, "default", 0x10000200f0, 0x1000020000 },
		{ VC_CFLAGS, "secure", 0x20000f0, 0x2000000 },
		{ VC_CFLAGS, "^38,persistent", 0x40000000f0, 0x4000000000 },
		{ VC_CFLAGS, "0x3,!0x30", 0xc3, 0x33 },
		{ VC_CFLAGS, "8", 0xf8, 8 },
		{ VC_CFLAGS, "010", 0xf8, 8 },
		{ VC_CFLAGS, "all", ~0ULL, ~0ULL },
		{ VC_CFLAGS, "ANY,!^63", ~0ULL >> 1, ~0ULL },
		{ VC_CFLAGS, "~all,nproc", 0x4, ~0ULL },
		{ VC_CFLAGS, "none", 0xf0, 0 },
		{ VC_CFLAGS, "0xffffffffffffffff", ~0ULL, ~0ULL },
		{ VC_CCAPS, "mount,ping,vxc_utsname", 0x101f1, 0x10101 },
		{ VC_CCAPS, "io_uring", 0x1000000f0, 0x100000000 },
		{ VC_BCAPS, "CAP_SYS_ADMIN,bpf", 0x80002000f0, 0x8000200000 },
		{ VC_NFLAGS, "remap_lback", 0x2f0, 0x200 },
		{ VC_NCAPS, "nxc_raw_icmp", 0x1f0, 0x100 },
		{ VC_NCAPS, "multicast", 0x10f0, 0x1000 },
		{ VC_SPACES, "newns,newnet", 0x400200f0, 0x40020000 },
		{ VC_PERS_FLAGS, "addr_limit_3gb", 0x80000f0, 0x8000000 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct list_case *c = &cases[i];
		uint64_t value = 0xf0, mask = 0;
		int r = vc_list_parse(c->word, c->text, &value, &mask, NULL, NULL);

		check(!r && value == c->value && mask == c->mask,
		      "%s '%s' is %#" PRIx64 " of %#" PRIx64, vc_word_title(c->word), c->text,
		      value, mask);
	}
}

static void refuse_lists(void)
{
	static const struct {
		enum vc_word word;
		const char *text, *bad;
	} cases[] = {
		{ VC_CFLAGS, "lock,bogus,nproc", "bogus" },
		{ VC_CFLAGS, "sched", "sched" },
		{ VC_CFLAGS, "lock,", "" },
		{ VC_CFLAGS, "", "" },
		{ VC_CFLAGS, "!", "!" },
		{ VC_CFLAGS, "^64", "^64" },
		{ VC_CFLAGS, "^-1", "^-1" },
		{ VC_CFLAGS, "^", "^" },
		{ VC_CFLAGS, "0x", "0x" },
		{ VC_CFLAGS, "12k", "12k" },
		{ VC_CFLAGS, "0x10000000000000000", "0x10000000000000000" },
		{ VC_CFLAGS, "vxf_", "vxf_" },
		{ VC_CFLAGS, "vxc_lock", "vxc_lock" },
		{ VC_BCAPS, "kill,sys_adminx", "sys_adminx" },
		{ VC_NCAPS, " raw_icmp", " raw_icmp" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t value = 5, mask = 6;
		const char *bad = NULL;
		size_t len = 0;
		int r = vc_list_parse(cases[i].word, cases[i].text, &value, &mask, &bad, &len);

		check(r < 0 && errno == EINVAL && value == 5 && mask == 6 &&
		      len == strlen(cases[i].bad) && !strncmp(bad, cases[i].bad, len),
		      "'%s' is refused because of '%s'", cases[i].text, cases[i].bad);
	}
}

static void print_lists(void)
{
	static const struct {
		enum vc_word word;
		uint64_t bits;
		const char *text;
	} cases[] = {
		{ VC_CFLAGS, 0, "" },
		{ VC_CFLAGS, 1ULL << 38 | 1, "lock,persistent" },
		/* The original printed "default" for it, and ^N for all after an unknown one. */
		{ VC_CFLAGS, 0x1000020000, "virt_uptime,sc_helper" },
		{ VC_CFLAGS, 1ULL << 38 | 2, "persistent,^1" },
		{ VC_CCAPS, 0x4101, "set_utsname,raw_icmp,audit_control" },
		{ VC_NCAPS, 2, "^1" },
		{ VC_SPACES, 0x0c020200, "fs,newns,newuts,newipc" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = vc_list_text(cases[i].word, cases[i].bits);

		check(text && !strcmp(text, cases[i].text), "%#" PRIx64 " is '%s'",
		      cases[i].bits, text);
		free(text);
	}
}

/* What is printed must be understood again, bit by bit, and each name only once. */
static void round_trip(void)
{
	for (enum vc_word w = 0; w < VC_WORDS; w++) {
		bool ok = true;

		for (unsigned int b = 0; b < 64; b++) {
			char *text = vc_list_text(w, 1ULL << b);
			const char *name = vc_bit_name(w, b);
			uint64_t value = 0;

			ok &= !vc_list_parse(w, text, &value, NULL, NULL, NULL);
			ok &= value == 1ULL << b && (name ? !strcmp(name, text) : *text == '^');
			free(text);
		}
		check(ok, "every bit of a %s reads back as printed", vc_word_title(w));
	}
}

/* libcap has names of its own: ours must be the same, for every number it knows. */
static void compare_capabilities(void)
{
	bool ok = true;

	for (unsigned int b = 0; b <= CAP_LAST_CAP; b++) {
		char *theirs = cap_to_name((cap_value_t)b);
		const char *ours = vc_bit_name(VC_BCAPS, b);

		ok &= theirs && ours && !strcmp(theirs + 4, ours);
		cap_free(theirs);
	}
	check(ok, "capabilities have libcap's names");
}

static void secure_presets(void)
{
	check(vc_word_secure(VC_BCAPS) == 0x00000000b44c04ffULL,
	      "--secure keeps no capability from 32 up");
	check(vc_word_secure(VC_CCAPS) == 0x4101, "--secure's context capabilities");
	check(vc_word_secure(VC_CFLAGS) == VXF_HIDE_NETIF, "--secure's flags");
	check(vc_word_secure(VC_NCAPS) == NXC_RAW_ICMP, "--secure's network capabilities");
	check(vc_word_secure(VC_SPACES) == 0, "--secure grants no namespaces");
}

static void parse_limits(void)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 }, { "12", 12 }, { "0x10", 16 }, { "010", 8 }, { "3k", 3000 },
		{ "3K", 3072 }, { "2m", 2000000 }, { "2M", 2097152 }, { "1G", 1073741824 },
		{ "7\n", 7 }, { "7k\n", 7000 }, { "inf", CRLIM_INFINITY },
		{ "infinity", CRLIM_INFINITY }, { "18446744073709551614", ~0ULL - 1 },
	};
	static const char *const bad[] = {
		"", "k", "-1", "12x", "12 ", "12kk", "1.5", "18446744073709551616",
		"18446744073709551615k", "0x", "--5", " -5",
	};
	uint64_t value;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		check(!vc_limit_parse(good[i].text, &value) && value == good[i].value,
		      "limit '%.*s' is %" PRIu64, (int)strcspn(good[i].text, "\n"),
		      good[i].text, value);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		check(vc_limit_parse(bad[i], &value) < 0, "limit '%s' is refused", bad[i]);
}

static void limit_names(void)
{
	bool ok = true;

	for (unsigned int id = 0; id < 32; id++) {
		const char *name = vc_limit_name(id);

		ok &= !name || vc_limit_id(name) == (int)id;
	}
	check(ok, "names of limits lead back to their numbers");
	check(vc_limit_id("RSS") == 5 && vc_limit_id("dentry") == 22, "rss and dentry");
	check(vc_limit_id("bogus") < 0 && vc_limit_id("") < 0, "no limit 'bogus'");
	check(!vc_limit_name(13) && !vc_limit_name(23), "no name for limits 13 and 23");
}

static void other_names(void)
{
	unsigned long type;

	check(vc_pers_type("PER_LINUX32", &type) && type == PER_LINUX32, "PER_LINUX32");
	check(vc_pers_type("linux", &type) && type == 0, "linux");
	check(!vc_pers_type("linux33", &type), "no personality linux33");
	check(vc_vhi_field("n") == VHIN_NODENAME, "n is nodename");
	check(vc_vhi_field("Domain") == VHIN_DOMAINNAME, "Domain is domainname");
	check(vc_vhi_field("context") == VHIN_CONTEXT, "context");
	check(vc_vhi_field("") < 0 && vc_vhi_field("nodenamex") < 0, "no other field");
	check(!vc_vhi_field_name(7), "seven fields");
	check(vc_signal("TERM") == SIGTERM && vc_signal("SIGHUP") == SIGHUP, "TERM, SIGHUP");
	check(vc_signal("9") == 9 && vc_signal("0") == 0, "9, 0");
	check(vc_signal("RTMIN+2") == SIGRTMIN + 2, "RTMIN+2");
	check(vc_signal("65") < 0 && vc_signal("-1") < 0 && vc_signal("9x") < 0 &&
	      vc_signal("FOO") < 0 && vc_signal("") < 0 && vc_signal("RTMIN+99") < 0,
	      "what is no signal is refused");
}

static void too_long_names(void)
{
	char name[VC_VHI_NAME_LEN + 1];

	memset(name, 'x', VC_VHI_NAME_LEN);
	name[VC_VHI_NAME_LEN] = '\0';
	check(vc_set_vhi_name(2, VHIN_CONTEXT, name) < 0 && errno == E2BIG,
	      "a name of 65 bytes never reaches the kernel");
}

int main(void)
{
	parse_lists();
	refuse_lists();
	print_lists();
	round_trip();
	compare_capabilities();
	secure_presets();
	parse_limits();
	limit_names();
	other_names();
	too_long_names();
	printf("1..%d\n", number);
	return failures ? 1 : 0;
}
