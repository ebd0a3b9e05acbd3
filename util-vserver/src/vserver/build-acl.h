/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VSERVER_BUILD_ACL_H
#define VSERVER_BUILD_ACL_H

struct archive_entry;
struct build_xattr;

/* Extended attributes of an archive's entry, ACLs among them, ended by a NULL name. */
int build_archive_xattrs(struct archive_entry *e, struct build_xattr **out);
void build_free_xattrs(struct build_xattr *x);

#endif
