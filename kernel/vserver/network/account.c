// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic of a process context: messages and bytes by family of the socket.
 *
 * Counted where the stack knows the outcome of a send or receive (and reports
 * it to its tracepoints): every way of sending and receiving passes there
 * (send*, recv*, read, write, io_uring, sendfile into a socket). Not seen:
 * splice out of a TCP socket, receiving by mapping (TCP_ZEROCOPY_RECEIVE),
 * and calls that a security module refused before.
 *
 * A message counts for the context that made the socket, found by the serial
 * in the socket: a socket that outlives its context counts for nobody. A call
 * of the host costs a load of sk_xid, which is 0, once a context exists.
 */

#include <linux/net.h>
#include <linux/percpu.h>
#include <net/sock.h>

#include "../context/context.h"
#include "../switch.h"
#include "account.h"
#include "network.h"

/* spec/abi.md 8.1; the host's families to classes */
static enum vx_acct_class nx_acct_class(unsigned int family)
{
	switch (family) {
	case AF_UNSPEC:
		return VXA_UNSPEC;
	case AF_UNIX:
		return VXA_UNIX;
	case AF_INET:
		return VXA_INET;
	case AF_INET6:
		return VXA_INET6;
	case AF_PACKET:
		return VXA_PACKET;
	default:
		return VXA_OTHER;
	}
}

/* Not a failure: there is nothing yet, or the call starts again. */
static bool nx_not_yet(int err)
{
	switch (err) {
	case -EAGAIN:
	case -EINTR:
	case -EINPROGRESS:
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return true;
	default:
		return false;
	}
}

static void nx_add(const struct vx_info *vxi, enum vx_acct_class class,
		   enum vx_acct_dir dir, int ret)
{
	this_cpu_inc(vxi->acct->count[class][dir]);
	if (ret > 0)
		this_cpu_add(vxi->acct->bytes[class][dir], ret);
}

/* A socket in the hands of somebody who is no member of its context. */
static noinline void nx_account_other(const struct sock *sk,
				      enum vx_acct_class class,
				      enum vx_acct_dir dir, int ret)
{
	const struct vx_info *vxi;

	rcu_read_lock();
	vxi = vx_lookup_serial_rcu(sk->sk_xid);
	if (vxi)
		nx_add(vxi, class, dir, ret);
	rcu_read_unlock();
}

static void nx_account(const struct sock *sk, enum vx_acct_dir dir, int ret)
{
	enum vx_acct_class class = nx_acct_class(READ_ONCE(sk->sk_family));
	const struct vx_info *vxi = vx_current();

	if (unlikely(ret < 0)) {
		if (nx_not_yet(ret))
			return;
		dir = VXA_FAILED;
	}
	if (likely(vxi && vxi->id == sk->sk_xid))
		nx_add(vxi, class, dir, ret);
	else
		nx_account_other(sk, class, dir, ret);
}

/**
 * __vs_sent - Count the outcome of a send
 * @sk: socket of a context
 * @ret: bytes, or -errno
 */
void __vs_sent(const struct sock *sk, int ret)
{
	nx_account(sk, VXA_SENT, ret);
}

/**
 * __vs_received - Count the outcome of a receive
 * @sk: socket of a context
 * @ret: bytes, or -errno
 * @flags: MSG_* of the call
 *
 * What was only looked at will be received; the end of a stream is nothing.
 */
void __vs_received(const struct sock *sk, int ret, int flags)
{
	if (!(flags & MSG_PEEK) && (ret || sk->sk_type != SOCK_STREAM))
		nx_account(sk, VXA_RECEIVED, ret);
}

/**
 * vx_acct_sum - Figures of one class of families
 * @vxi: context
 * @class: the class
 * @sum: result
 *
 * Read while others count: the figures of one line may be a message apart.
 */
void vx_acct_sum(const struct vx_info *vxi, enum vx_acct_class class,
		 struct vx_acct_sum *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct vx_acct *acct = per_cpu_ptr(vxi->acct, cpu);

		for (int dir = 0; dir < VXA_DIRS; dir++) {
			sum->count[dir] += READ_ONCE(acct->count[class][dir]);
			sum->bytes[dir] += READ_ONCE(acct->bytes[class][dir]);
		}
	}
}

int vc_sock_stat(struct vc_call *c)
{
	struct vcmd_sock_stat *d = c->data;
	struct vx_acct_sum sum;

	if (d->field >= VXA_CLASSES)
		return -EINVAL;
	vx_acct_sum(c->vxi, d->field, &sum);
	for (int dir = 0; dir < VXA_DIRS; dir++) {
		d->count[dir] = sum.count[dir];
		d->total[dir] = sum.bytes[dir];
	}
	return 0;
}
