// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of archive entries in the form the kernel takes. ACLs come as lists from
 * libarchive; they are encoded here with the archive's numbers instead of being turned into
 * text with names, because the names are those of another machine.
 */
#include <archive.h>
#include <archive_entry.h>
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <linux/posix_acl_xattr.h>
#include <linux/posix_acl.h>

#include "build.h"
#include "build-acl.h"

void build_free_xattrs(struct build_xattr *x)
{
	for (size_t i = 0; x && x[i].name; i++) {
		free(x[i].name);
		free(x[i].value);
	}
	free(x);
}

static int set_xattr(struct build_xattr *x, const char *name, const void *value, size_t size)
{
	x->value = malloc(size + 1);
	if (!x->value)
		return -1;
	memcpy(x->value, value, size);
	x->size = size;
	x->name = strdup(name);
	if (!x->name)
		free(x->value);
	return x->name ? 0 : -1;
}

static uint16_t acl_tag(int tag)
{
	switch (tag) {
	case ARCHIVE_ENTRY_ACL_USER:
		return ACL_USER;
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return ACL_USER_OBJ;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return ACL_GROUP;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return ACL_GROUP_OBJ;
	case ARCHIVE_ENTRY_ACL_MASK:
		return ACL_MASK;
	case ARCHIVE_ENTRY_ACL_OTHER:
		return ACL_OTHER;
	default:
		return 0;
	}
}

/* The kernel wants the entries by tag and then by id. */
static int compare_entries(const void *a, const void *b)
{
	const struct posix_acl_xattr_entry *x = a, *y = b;

	if (x->e_tag != y->e_tag)
		return le16toh(x->e_tag) < le16toh(y->e_tag) ? -1 : 1;
	if (x->e_id != y->e_id)
		return le32toh(x->e_id) < le32toh(y->e_id) ? -1 : 1;
	return 0;
}

/* Number of entries, or 0 if one has a name but no number. */
static size_t encode_acl(struct archive_entry *e, int which, struct posix_acl_xattr_entry *out,
			 size_t max)
{
	int type, perm, tag, id;
	const char *name;
	size_t n = 0;

	while (n < max && archive_entry_acl_next(e, which, &type, &perm, &tag, &id, &name) ==
	       ARCHIVE_OK) {
		bool with_id = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;

		if (!acl_tag(tag))
			continue;
		if (with_id && id < 0)
			return 0;
		out[n].e_tag = htole16(acl_tag(tag));
		out[n].e_perm = htole16((uint16_t)(perm & 7));
		out[n].e_id = htole32(with_id ? (uint32_t)id : (uint32_t)ACL_UNDEFINED_ID);
		n++;
	}
	qsort(out, n, sizeof(*out), compare_entries);
	return n;
}

static int add_acl(struct archive_entry *e, int which, const char *name, struct build_xattr **x)
{
	int count = archive_entry_acl_reset(e, which);
	struct posix_acl_xattr_header *h;
	size_t n;
	int ret;

	/* three entries are just the mode */
	if (count <= (which == ARCHIVE_ENTRY_ACL_TYPE_ACCESS ? 3 : 0))
		return 0;
	h = calloc(1, sizeof(*h) + (size_t)count * sizeof(struct posix_acl_xattr_entry));
	if (!h)
		return -1;
	h->a_version = htole32(POSIX_ACL_XATTR_VERSION);
	n = encode_acl(e, which, (void *)(h + 1), (size_t)count);
	if (!n) {
		free(h);
		errno = EBADMSG;
		return -1;
	}
	ret = set_xattr(*x, name, h, sizeof(*h) + n * sizeof(struct posix_acl_xattr_entry));
	free(h);
	if (!ret)
		++*x;
	return ret;
}

/* Kept if some tool stored the ACL both ways: ours is the numeric one. */
static bool is_acl_name(const char *name)
{
	return !strcmp(name, "system.posix_acl_access") ||
	       !strcmp(name, "system.posix_acl_default");
}

static int add_plain(struct archive_entry *e, struct build_xattr **x)
{
	const char *name;
	const void *value;
	size_t size;

	while (archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK) {
		bool doubled = is_acl_name(name) && archive_entry_acl_types(e);

		/* labels of another machine's policy mean nothing here */
		if (doubled || !strcmp(name, "security.selinux"))
			continue;
		if (set_xattr(*x, name, value, size))
			return -1;
		++*x;
	}
	return 0;
}

/**
 * build_archive_xattrs() - attributes to set on an unpacked node
 * @e: entry of the archive
 * @out: list, freed with build_free_xattrs()
 *
 * EBADMSG: an ACL names users or groups without their numbers.
 */
int build_archive_xattrs(struct archive_entry *e, struct build_xattr **out)
{
	int plain = archive_entry_xattr_reset(e);
	struct build_xattr *x = calloc((size_t)plain + 3, sizeof(*x)), *next = x;

	*out = x;
	if (!x)
		return -1;
	if (add_plain(e, &next) ||
	    add_acl(e, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access", &next) ||
	    add_acl(e, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default", &next)) {
		build_free_xattrs(x);
		*out = NULL;
		return -1;
	}
	return 0;
}
