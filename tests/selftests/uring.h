/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io_uring by its system calls: one operation at a time, done by a worker.
 */
#ifndef _VS_SELFTEST_URING_H
#define _VS_SELFTEST_URING_H

#include "common.h"
#include <linux/io_uring.h>

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static VS_UNUSED long ring_map(struct ring *r, struct io_uring_params *p)
{
	size_t sq = p->sq_off.array + p->sq_entries * sizeof(unsigned int);
	size_t cq = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	char *sqp = mmap(NULL, sq, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
			 IORING_OFF_SQ_RING);
	char *cqp = mmap(NULL, cq, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
			 IORING_OFF_CQ_RING);

	r->sqes = mmap(NULL, p->sq_entries * sizeof(*r->sqes),
		       PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQES);
	if (sqp == MAP_FAILED || cqp == MAP_FAILED || r->sqes == MAP_FAILED)
		return -errno;
	r->sq_tail = (void *)(sqp + p->sq_off.tail);
	r->sq_mask = (void *)(sqp + p->sq_off.ring_mask);
	r->sq_array = (void *)(sqp + p->sq_off.array);
	r->cq_head = (void *)(cqp + p->cq_off.head);
	r->cq_tail = (void *)(cqp + p->cq_off.tail);
	r->cq_mask = (void *)(cqp + p->cq_off.ring_mask);
	r->cqes = (void *)(cqp + p->cq_off.cqes);
	return 0;
}

static VS_UNUSED long ring_open(struct ring *r, struct io_uring_params *p)
{
	r->fd = syscall(SYS_io_uring_setup, 4, p);
	return r->fd < 0 ? -errno : ring_map(r, p);
}

/* One operation, done by a worker; its result. */
static VS_UNUSED long ring_do(struct ring *r, const struct io_uring_sqe *op)
{
	unsigned int tail = *r->sq_tail, at = tail & *r->sq_mask;
	long ret;

	r->sqes[at] = *op;
	r->sqes[at].flags |= IOSQE_ASYNC;
	r->sq_array[at] = at;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -errno;
	ret = r->cqes[*r->cq_head & *r->cq_mask].res;
	__atomic_store_n(r->cq_head, *r->cq_head + 1, __ATOMIC_RELEASE);
	return ret;
}

static VS_UNUSED long once(const struct io_uring_sqe *op)
{
	struct io_uring_params p = { 0 };
	struct ring r = { 0 };
	long ret = ring_open(&r, &p);

	if (!ret)
		ret = ring_do(&r, op);
	if (r.fd >= 0)
		close(r.fd);
	return ret;
}

#endif /* _VS_SELFTEST_URING_H */
