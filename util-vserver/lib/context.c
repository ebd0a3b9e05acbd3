// SPDX-License-Identifier: LGPL-2.1-or-later
/* Contexts: life, flag words, names, spaces, limits. */
#include <errno.h>

#include "internal.h"

int vc_ctx_create(uint32_t xid, uint64_t flags)
{
	struct vcmd_ctx_create d = { .flagword = flags };

	return vc_call(VCMD_ctx_create, xid, &d);
}

int vc_ctx_migrate(uint32_t xid, uint64_t how)
{
	struct vcmd_ctx_migrate d = { .flagword = how };

	return vc_call(VCMD_ctx_migrate, xid, &d);
}

int vc_ctx_kill(uint32_t xid, pid_t pid, int sig)
{
	struct vcmd_ctx_kill d = { .pid = pid, .sig = sig };

	return vc_call(VCMD_ctx_kill, xid, &d);
}

int vc_wait_exit(uint32_t xid, struct vcmd_wait_exit *result)
{
	return vc_call(VCMD_wait_exit, xid, result);
}

int vc_get_word(uint32_t cmd, uint32_t id, uint64_t *value, uint64_t *mask)
{
	struct vcmd_flags d = { 0 };
	int r = vc_call(cmd, id, &d);

	if (r < 0)
		return r;
	*value = d.flagword;
	if (mask)
		*mask = d.mask;
	return r;
}

int vc_set_word(uint32_t cmd, uint32_t id, uint64_t value, uint64_t mask)
{
	struct vcmd_flags d = { .flagword = value, .mask = mask };

	return vc_call(cmd, id, &d);
}

_Static_assert(sizeof(struct vcmd_flags) == sizeof(struct vcmd_ccaps_v1) &&
	       sizeof(struct vcmd_flags) == sizeof(struct vcmd_bcaps) &&
	       sizeof(struct vcmd_flags) == sizeof(struct vcmd_umask),
	       "flag words have one shape");

int vc_get_cflags(uint32_t xid, uint64_t *value, uint64_t *mask)
{
	return vc_get_word(VCMD_get_cflags, xid, value, mask);
}

int vc_set_cflags(uint32_t xid, uint64_t value, uint64_t mask)
{
	return vc_set_word(VCMD_set_cflags, xid, value, mask);
}

int vc_get_ccaps(uint32_t xid, uint64_t *value, uint64_t *mask)
{
	return vc_get_word(VCMD_get_ccaps, xid, value, mask);
}

int vc_set_ccaps(uint32_t xid, uint64_t value, uint64_t mask)
{
	return vc_set_word(VCMD_set_ccaps, xid, value, mask);
}

int vc_get_bcaps(uint32_t xid, uint64_t *value, uint64_t *mask)
{
	return vc_get_word(VCMD_get_bcaps, xid, value, mask);
}

int vc_set_bcaps(uint32_t xid, uint64_t value, uint64_t mask)
{
	return vc_set_word(VCMD_set_bcaps, xid, value, mask);
}

int vc_get_umask(uint32_t xid, uint64_t *value, uint64_t *mask)
{
	return vc_get_word(VCMD_get_umask, xid, value, mask);
}

int vc_set_umask(uint32_t xid, uint64_t value, uint64_t mask)
{
	return vc_set_word(VCMD_set_umask, xid, value, mask);
}

int vc_get_wmask(uint32_t xid, uint64_t *value, uint64_t *mask)
{
	return vc_get_word(VCMD_get_wmask, xid, value, mask);
}

int vc_set_wmask(uint32_t xid, uint64_t value, uint64_t mask)
{
	return vc_set_word(VCMD_set_wmask, xid, value, mask);
}

int vc_get_badness(uint32_t xid, int64_t *bias)
{
	struct vcmd_badness d = { 0 };
	int r = vc_call(VCMD_get_badness, xid, &d);

	if (r >= 0)
		*bias = d.bias;
	return r;
}

int vc_set_badness(uint32_t xid, int64_t bias)
{
	struct vcmd_badness d = { .bias = bias };

	return vc_call(VCMD_set_badness, xid, &d);
}

int vc_get_vhi_name(uint32_t xid, uint32_t field, char *name, size_t size)
{
	struct vcmd_vhi_name d = { .field = field };
	size_t len;
	int r = vc_call(VCMD_get_vhi_name, xid, &d);

	if (r < 0)
		return r;
	len = strnlen(d.name, sizeof(d.name) - 1);
	if (len >= size) {
		errno = E2BIG;
		return -1;
	}
	memcpy(name, d.name, len);
	name[len] = '\0';
	return r;
}

int vc_set_vhi_name(uint32_t xid, uint32_t field, const char *name)
{
	struct vcmd_vhi_name d = { .field = field };
	size_t len = strlen(name);

	if (len >= sizeof(d.name)) {
		errno = E2BIG;
		return -1;
	}
	memcpy(d.name, name, len);
	return vc_call(VCMD_set_vhi_name, xid, &d);
}

int vc_set_space(uint32_t xid, uint64_t mask, uint32_t index)
{
	struct vcmd_space_mask_v2 d = { .mask = mask, .index = index };

	return vc_call(VCMD_set_space, xid, &d);
}

int vc_enter_space(uint32_t xid, uint64_t mask, uint32_t index)
{
	struct vcmd_space_mask_v2 d = { .mask = mask, .index = index };

	return vc_call(VCMD_enter_space, xid, &d);
}

static int get_space(uint32_t cmd, uint64_t *mask)
{
	struct vcmd_space_mask_v1 d = { 0 };
	int r = vc_call(cmd, 0, &d);

	if (r >= 0)
		*mask = d.mask;
	return r;
}

int vc_get_space_mask(uint64_t *mask)
{
	return get_space(VCMD_get_space_mask, mask);
}

int vc_get_space_default(uint64_t *mask)
{
	return get_space(VCMD_get_space_default, mask);
}

int vc_get_rlimit(uint32_t xid, struct vcmd_rlimit *limit)
{
	return vc_call(VCMD_get_rlimit, xid, limit);
}

int vc_set_rlimit(uint32_t xid, const struct vcmd_rlimit *limit)
{
	return vc_call(VCMD_set_rlimit, xid, limit);
}

int vc_get_rlimit_mask(struct vcmd_rlimit_mask *mask)
{
	return vc_call(VCMD_get_rlimit_mask, 0, mask);
}

int vc_reset_hits(uint32_t xid)
{
	return vc_call(VCMD_reset_hits, xid, NULL);
}

int vc_reset_minmax(uint32_t xid)
{
	return vc_call(VCMD_reset_minmax, xid, NULL);
}
