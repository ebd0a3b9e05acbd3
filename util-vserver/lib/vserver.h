/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvserver: the vserver system call from C.
 *
 * Thin: one function per command of the kernel; structures, command words and flag bits
 * are those of <linux/vserver.h>. Functions return a value >= 0, or -1 with errno as the
 * kernel gave it. ENOSYS means: no vserver kernel, or the kernel doesn't know this command.
 *
 * Where an id is asked for, VX_ID_SELF means the caller's own context.
 *
 * The second half knows names: flag words, limits and personalities as text and back.
 */
#ifndef LIBVSERVER_VSERVER_H
#define LIBVSERVER_VSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/vserver.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- the system call itself, and what the kernel offers ---------------------------- */

long vc_syscall(uint32_t cmd, uint32_t id, void *data);

/* ABI version (0x00020308). -1, ENOSYS: no vserver kernel. */
int vc_get_version(void);
/* Word of VCI_* bits. */
int vc_get_vci(void);

/* --- who is who -------------------------------------------------------------------- */

/* Ids of a process of the host's pid space; pid 0: of the caller. */
int vc_task_xid(pid_t pid);
int vc_task_nid(pid_t pid);
int vc_task_tag(pid_t pid);

/* ESRCH: no such context. */
int vc_vx_info(uint32_t xid, struct vcmd_vx_info *info);
int vc_nx_info(uint32_t nid, struct vcmd_nx_info *info);
int vc_ctx_stat(uint32_t xid, struct vcmd_ctx_stat *stat);
int vc_virt_stat(uint32_t xid, struct vcmd_virt_stat *stat);
/* ->id says which limit. */
int vc_rlimit_stat(uint32_t xid, struct vcmd_rlimit_stat *stat);
/* ->field says which class of sockets. */
int vc_sock_stat(uint32_t xid, struct vcmd_sock_stat *stat);
/* ->cpu_id says which processor. */
int vc_sched_info(uint32_t xid, struct vcmd_sched_info *info);

/* --- contexts ---------------------------------------------------------------------- */

/**
 * vc_ctx_create() - make a context and enter it
 * @xid: 2..65535
 * @flags: its first context flags; VXF_INIT_SET is what nearly everybody wants
 *
 * Return: the id. EEXIST: in use, EBUSY: in use and still being set up.
 */
int vc_ctx_create(uint32_t xid, uint64_t flags);
/* @how: VXM_SET_INIT, VXM_SET_REAPER or 0. */
int vc_ctx_migrate(uint32_t xid, uint64_t how);
/* @pid: one of the context's, 1 its init, 0 all, -1 all but init. */
int vc_ctx_kill(uint32_t xid, pid_t pid, int sig);
/* Sleeps until the context is gone. EINTR: a signal came first. */
int vc_wait_exit(uint32_t xid, struct vcmd_wait_exit *result);

/*
 * Flag words. set: only the bits of @mask are changed. get: @mask (may be NULL) tells for
 * one-time bits whether they can still be cleared.
 */
int vc_get_cflags(uint32_t xid, uint64_t *value, uint64_t *mask);
int vc_set_cflags(uint32_t xid, uint64_t value, uint64_t mask);
int vc_get_ccaps(uint32_t xid, uint64_t *value, uint64_t *mask);
int vc_set_ccaps(uint32_t xid, uint64_t value, uint64_t mask);
/*
 * The bound on capabilities. With a mask of all ones the kernel doesn't take bits >= 32 at
 * their word (old tools raise them by accident); a call whose mask names them does.
 */
int vc_get_bcaps(uint32_t xid, uint64_t *value, uint64_t *mask);
int vc_set_bcaps(uint32_t xid, uint64_t value, uint64_t mask);
/* CLONE_* that members may use without the capability for it; wmask: log only. */
int vc_get_umask(uint32_t xid, uint64_t *value, uint64_t *mask);
int vc_set_umask(uint32_t xid, uint64_t value, uint64_t mask);
int vc_get_wmask(uint32_t xid, uint64_t *value, uint64_t *mask);
int vc_set_wmask(uint32_t xid, uint64_t value, uint64_t mask);

/* Added to the OOM points of every member. */
int vc_get_badness(uint32_t xid, int64_t *bias);
int vc_set_badness(uint32_t xid, int64_t bias);

/* Size of a buffer for a name (VHIN_CONTEXT, VHIN_NODENAME, ...), with its NUL. */
#define VC_VHI_NAME_LEN VHIN_LEN
/* E2BIG: the buffer is too small. */
int vc_get_vhi_name(uint32_t xid, uint32_t field, char *name, size_t size);
/* E2BIG: longer than the kernel keeps (64 bytes). */
int vc_set_vhi_name(uint32_t xid, uint32_t field, const char *name);

/* --- network contexts -------------------------------------------------------------- */

/**
 * vc_net_create() - make a network context and enter it
 * @nid: 2..65535
 * @flags: its first flags; NULL: what the kernel takes for usual
 *
 * Return: the id. EEXIST: in use, EBUSY: in use and still being set up.
 */
int vc_net_create(uint32_t nid, const uint64_t *flags);
/* Sockets that the caller has already stay where they were made. */
int vc_net_migrate(uint32_t nid);

int vc_get_nflags(uint32_t nid, uint64_t *value, uint64_t *mask);
int vc_set_nflags(uint32_t nid, uint64_t value, uint64_t mask);
int vc_get_ncaps(uint32_t nid, uint64_t *value, uint64_t *mask);
int vc_set_ncaps(uint32_t nid, uint64_t value, uint64_t mask);

/**
 * enum vc_net_kind - what an entry of an address set stands for
 * @VC_NET_ADDR: one address; the mask is that of its network and only shown
 * @VC_NET_MASK: all addresses that are equal to it in the bits of the mask
 * @VC_NET_RANGE: from ip to ip2, both included; IPv4 only
 * @VC_NET_BCAST: the broadcast address; IPv4 only, one
 * @VC_NET_LBACK: what 127.0.0.1 becomes; IPv4 only, one
 */
enum vc_net_kind {
	VC_NET_ADDR, VC_NET_MASK, VC_NET_RANGE, VC_NET_BCAST, VC_NET_LBACK
};

/**
 * struct vc_net_addr - an entry of an address set
 * @kind: what it stands for
 * @family: AF_INET or AF_INET6; 0: none
 * @prefix: number of leading ones of @mask, -1 if the mask is not of that form
 * @shared: the host goes on using the address, too; not for VC_NET_BCAST, VC_NET_LBACK
 * @ip: network byte order; of IPv4 the first four bytes, the rest 0
 * @ip2: end of a range
 * @mask: all ones if none was given
 */
struct vc_net_addr {
	enum vc_net_kind kind;
	int family;
	int prefix;
	bool shared;
	uint8_t ip[16];
	uint8_t ip2[16];
	uint8_t mask[16];
};

/**
 * vc_net_parse() - an address as people write it
 * @kind: what is wanted
 * @text: "IP", "IP/PREFIX", "IP/MASK", for a range "IP-IP" with the same behind it
 * @addr: out
 * @why: out: what is wrong with the text, half a sentence; may be NULL
 *
 * A mask may have holes. The bits of VC_NET_MASK outside of the mask are cleared: the
 * kernel would find no address equal to it. As VC_NET_ADDR the texts "0", "0.0.0.0" and
 * "::" mean all addresses of their family; then the result is a VC_NET_MASK.
 *
 * Return: 0; -1 with EINVAL, then *addr is unchanged.
 */
int vc_net_parse(enum vc_net_kind kind, const char *text, struct vc_net_addr *addr,
		 const char **why);
/* The part behind the slash alone, for a VC_NET_ADDR that was parsed without one. */
int vc_net_parse_mask(const char *text, struct vc_net_addr *addr, const char **why);

/* Enough for any entry. */
#define VC_NET_TEXT_LEN 144
/* "IP/PREFIX", "IP/MASK", "IP-IP/..."; no mask where it is all ones. Returns @buffer. */
char *vc_net_text(const struct vc_net_addr *addr, char buffer[VC_NET_TEXT_LEN]);

/* EEXIST: it is there; EBUSY: it belongs to others. */
int vc_net_add(uint32_t nid, const struct vc_net_addr *addr);
/* ESRCH: there is no equal one. */
int vc_net_remove(uint32_t nid, const struct vc_net_addr *addr);
/* Both families; what is left is the own loopback. */
int vc_net_remove_all(uint32_t nid);

/* Mark of the sockets made from now on, as of SO_MARK: tc's class, major << 16 | minor. */
int vc_net_set_mark(uint32_t nid, uint32_t mark);
int vc_net_get_mark(uint32_t nid, uint32_t *mark);

/**
 * struct vc_net_set - what /proc/virtnet/NID/info tells
 * @nid: id of the network context
 * @bcast: broadcast address
 * @lback: what 127.0.0.1 becomes
 * @n: number of entries
 * @addr: the entries in their order, IPv4 first
 */
struct vc_net_set {
	uint32_t nid;
	struct vc_net_addr bcast;
	struct vc_net_addr lback;
	size_t n;
	struct vc_net_addr *addr;
};

/* ESRCH: no such network context; ENOSYS: no /proc/virtnet; EINVAL: unknown form. */
int vc_net_set_read(uint32_t nid, struct vc_net_set *set);
/* The same from the file's text. Lines that later kernels may add are passed over. */
int vc_net_set_parse(const char *text, struct vc_net_set *set);
void vc_net_set_free(struct vc_net_set *set);

/* --- spaces ------------------------------------------------------------------------ */

/* Store the caller's spaces in the context (set), take them over from it (enter). */
int vc_set_space(uint32_t xid, uint64_t mask, uint32_t index);
int vc_enter_space(uint32_t xid, uint64_t mask, uint32_t index);
/* CLONE_* that the kernel can store; those that a guest usually gets. */
int vc_get_space_mask(uint64_t *mask);
int vc_get_space_default(uint64_t *mask);

/* --- limits ------------------------------------------------------------------------ */

/* ->id says which limit. Values: CRLIM_INFINITY, CRLIM_KEEP or a number. */
int vc_get_rlimit(uint32_t xid, struct vcmd_rlimit *limit);
int vc_set_rlimit(uint32_t xid, const struct vcmd_rlimit *limit);
int vc_get_rlimit_mask(struct vcmd_rlimit_mask *mask);
int vc_reset_hits(uint32_t xid);
int vc_reset_minmax(uint32_t xid);

/* --- names and bits ---------------------------------------------------------------- */

enum vc_word {
	VC_CFLAGS,		/* VXF_* */
	VC_CCAPS,		/* VXC_* */
	VC_BCAPS,		/* 1 << CAP_* */
	VC_NFLAGS,		/* NXF_* */
	VC_NCAPS,		/* NXC_* */
	VC_SPACES,		/* CLONE_*: umask, wmask */
	VC_PERS_FLAGS,		/* flags of personality(2) */
	VC_WORDS
};

/* "flag", "ccap", "bcap", "nflag", "ncap", "namespace", "personality flag". */
const char *vc_word_title(enum vc_word word);
/* Value of --secure for the word, 0 where there is none. */
uint64_t vc_word_secure(enum vc_word word);

/**
 * vc_name_bits() - bits of one name
 * @name: without regard to case, with or without the word's prefix ("VXF_LOCK", "lock")
 * @len: its length
 *
 * Return: false if there is no such name.
 */
bool vc_name_bits(enum vc_word word, const char *name, size_t len, uint64_t *bits);
/* Name of a bit, NULL if it has none. */
const char *vc_bit_name(enum vc_word word, unsigned int bit);

/**
 * vc_list_parse() - a comma separated list of names, ^BIT, numbers, all, none, !NAME, ~NAME
 * @value: in and out: bits raised, or taken away by the negated ones
 * @mask: in and out: bits mentioned; may be NULL
 * @bad: out: start of the element that isn't known; may be NULL
 * @bad_len: out: its length; may be NULL
 *
 * Return: 0; -1 with EINVAL, then *value and *mask are unchanged.
 */
int vc_list_parse(enum vc_word word, const char *list, uint64_t *value, uint64_t *mask,
		  const char **bad, size_t *bad_len);
/* Names joined by commas, then bits without a name as ^BIT. To be freed; NULL: no memory. */
char *vc_list_text(enum vc_word word, uint64_t bits);

/* Number of a limit ("rss", "NPROC"), -1 if unknown. */
int vc_limit_id(const char *name);
/* Lower-case name, NULL if the number has none. */
const char *vc_limit_name(unsigned int id);
/* "inf...", or a number with one of k m K M G behind it; 0, or -1 with EINVAL or ERANGE. */
int vc_limit_parse(const char *text, uint64_t *value);

/* Type of personality(2) ("linux32", "PER_LINUX32"), with its flags; false: unknown. */
bool vc_pers_type(const char *name, unsigned long *type);

/* VHIN_* of a name or of the beginning of one ("node"), -1 if unknown. */
int vc_vhi_field(const char *name);
/* "context", "sysname", ... NULL beyond the last one. */
const char *vc_vhi_field_name(unsigned int field);

/* Signal number of "TERM", "SIGTERM", "15", "RTMIN+1"; -1 if unknown. */
int vc_signal(const char *name);

#ifdef __cplusplus
}
#endif

#endif
