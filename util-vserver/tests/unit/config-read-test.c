// SPDX-License-Identifier: GPL-2.0-only
/* Readers and writers of single files (config.md 1 and 8). */
#include <errno.h>

#include "config/config.h"
#include "tap.h"

static struct cfg *c;

static void scalars(void)
{
	char *s = NULL;

	put("g/plain", "web\n");
	put("g/bare", "web");
	put("g/crlf", "  web \r\nrest is ignored\n");
	put("g/empty", "");
	num(cfg_scalar(c, "plain", &s), 1, "a scalar is found");
	is(s, "web", "scalar with newline");
	cfg_scalar(c, "bare", &s);
	is(s, "web", "a missing final newline loses nothing");
	cfg_scalar(c, "crlf", &s);
	is(s, "web", "CR, blanks and later lines don't count");
	num(cfg_scalar(c, "empty", &s), 1, "an empty file is set");
	is(s, "", "and empty");
	s = (char *)"untouched";
	num(cfg_scalar(c, "none", &s), 0, "a missing file is not set");
	is(s, "untouched", "and leaves the value alone");
	mkdir("g/dir", 0755);
	num(cfg_scalar(c, "dir", &s), -1, "a directory is an error");
	has(cfg_error(), "g/dir: not a regular file", "that names it");
	mkfifo("g/fifo", 0600);
	num(cfg_scalar(c, "fifo", &s), -1, "a fifo is an error and doesn't block");
	num(cfg_scalar(NULL, "plain", &s), 0, "no .defaults: not set");
	put("g/uts", "two\nlines\n\n");
	cfg_text(c, "uts", &s);
	is(s, "two\nlines", "text keeps inner newlines only");
}

static void numbers(void)
{
	uint64_t u = 7;
	int64_t i = 7;

	put("g/n", "40000\n");
	num(cfg_u64(c, "n", 2, 65535, &u), 1, "a number");
	num((long long)u, 40000, "its value");
	num(cfg_u64(c, "n", 2, 100, &u), -1, "a number out of range is an error");
	has(cfg_error(), "g/n:1: '40000' is not a number from 2 to 100",
	    "that has file, line, value and range");
	put("g/n", "40000x\n");
	num(cfg_u64(c, "n", 2, 65535, &u), -1, "trailing text is an error");
	put("g/n", "-3\n");
	num(cfg_u64(c, "n", 0, UINT64_MAX, &u), -1, "a negative number doesn't wrap around");
	num(cfg_s64(c, "n", -20, 19, &i), 1, "signed");
	num(i, -3, "its value");
	put("g/n", "");
	num(cfg_s64(c, "n", -20, 19, &i), -1, "an empty number is an error");
	put("g/n", "99999999999999999999\n");
	num(cfg_u64(c, "n", 0, UINT64_MAX, &u), -1, "overflow is an error");
}

static void limits(void)
{
	uint64_t u = 0;

	put("g/l", "inf\n");
	num(cfg_limit(c, "l", &u), 1, "inf");
	ok(u == ~0ULL, "is all ones");
	put("g/l", "2k");
	cfg_limit(c, "l", &u);
	num((long long)u, 2000, "k is 1000");
	put("g/l", "2K");
	cfg_limit(c, "l", &u);
	num((long long)u, 2048, "K is 1024");
	put("g/l", "1G");
	cfg_limit(c, "l", &u);
	num((long long)u, 1 << 30, "G");
	put("g/l", "1T");
	num(cfg_limit(c, "l", &u), -1, "an unknown suffix is an error");
	put("g/l", "20000000000G");
	num(cfg_limit(c, "l", &u), -1, "a product that overflows is an error");
}

static void lists(void)
{
	struct cfg_list l;

	put("g/list", "# remark\n\none\n  two \nthree");
	num(cfg_list(c, "list", &l), 1, "a list");
	num((long long)l.n, 3, "comments and empty lines don't count, the last line does");
	is(l.v[2], "three", "even without newline");
	num(l.line[1], 4, "line numbers are those of the file");
	ok(!l.v[3], "ends like an argv");
	cfg_list_free(&l);
	put("g/array", "/bin/sh\n-c\n# not a comment\n*\n");
	cfg_array(c, "array", &l);
	num((long long)l.n, 4, "an array has no comments");
	is(l.v[3], "*", "and no globbing");
	cfg_list_free(&l);
	num(cfg_list(c, "nolist", &l), 0, "no list");
	num((long long)l.n, 0, "is empty");
}

static void entries(void)
{
	struct cfg_list l;

	put("g/d/b", "");
	put("g/d/a", "");
	put("g/d/.hidden", "");
	put("g/d/a~", "");
	put("g/d/c.rpmsave", "");
	num(cfg_entries(c, "d", &l), 1, "a directory");
	num((long long)l.n, 2, "dot files and backups don't count");
	is(l.v[0], "a", "sorted");
	cfg_list_free(&l);
}

static void writers(void)
{
	struct cfg_list l;
	const char *const v[] = { "x", "y" };
	char *s = NULL;
	struct stat st;

	num(cfg_write_scalar(c, "new/dir/key", "%d", 42), 0, "a scalar with new directories");
	cfg_text(c, "new/dir/key", &s);
	is(s, "42", "is read back");
	stat("g/new/dir/key", &st);
	num(st.st_size, 3, "and ends in a newline");
	num(st.st_mode & 0777, 0644, "readable for all");
	num(cfg_write_scalar(c, "bad", "a\nb"), -1, "a scalar can't have two lines");
	cfg_write_list(c, "wl", v, 2);
	cfg_list(c, "wl", &l);
	num((long long)l.n, 2, "a list is read back");
	cfg_list_free(&l);
	cfg_write_link(c, "ln", "/one");
	num(cfg_write_link(c, "ln", "/two"), 0, "a link is replaced");
	cfg_link(c, "ln", &s);
	is(s, "/two", "by the new target");
	num(cfg_link(c, "wl", &s), -1, "a file is no link");
	cfg_entries(c, "new/dir", &l);
	num((long long)l.n, 1, "no temporary file is left");
	cfg_list_free(&l);
	num(cfg_remove(c, "wl"), 0, "remove");
	num(cfg_remove(c, "wl"), 0, "remove what isn't there");
	num(cfg_bool(c, "wl"), 0, "it is gone");
}

int main(void)
{
	tap_begin();
	mkdir("g", 0755);
	c = cfg_open_dir("g");
	scalars();
	numbers();
	limits();
	lists();
	entries();
	writers();
	cfg_close(c);
	return tap_end();
}
