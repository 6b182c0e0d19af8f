/* SPDX-License-Identifier: MIT */
/*
 * Host, inside the library: the checked copy of the embedder's table, the
 * spinlock that waits through it, and memory for one object.
 */
#ifndef IOLAS_HOST_HOST_PRIV_H
#define IOLAS_HOST_HOST_PRIV_H

#include <iolas/host.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "base/lock_rank.h"

#include <stdbool.h>

/*
 * Checks *given and copies it.  IOLAS_EINVAL: NULL, struct_size, unknown
 * flags, a required callback missing, cpu_enter without cpu_leave.
 */
int iolas__host_read(struct iolas_host *copy, const struct iolas_host *given);

/*
 * Zeroed memory for one object of @bytes, 64-byte aligned: a chunk of its own.
 * NULL when the host has none.  Free with the same @bytes.
 */
void *iolas__host_object_alloc(const struct iolas_host *host, size_t bytes);
void iolas__host_object_free(const struct iolas_host *host, void *object,
			     size_t bytes);

void iolas__host_log(const struct iolas_host *host, int level,
		     const char *text);

/* Pointer to chunk memory at @pa; see IOLAS_HOST_LINEAR. */
static inline void *iolas__host_ptr(const struct iolas_host *host, iolas_pa pa,
				    size_t bytes)
{
	if (host->flags & IOLAS_HOST_LINEAR)
		return (void *)(uintptr_t)(pa + host->pa_bias);
	return host->pa_to_ptr(host->user, pa, bytes);
}

static inline void iolas__host_flush(const struct iolas_host *host,
				     const void *addr, size_t bytes)
{
	if (host->cache_flush)
		host->cache_flush(host->user, addr, bytes);
}

static inline void iolas__host_relax(const struct iolas_host *host,
				     unsigned turn)
{
	if (host->relax)
		host->relax(host->user, turn);
	else
		iolas__cpu_pause();
}

/*
 * Test-and-test-and-set lock, zero means free.  The rank is for readers and
 * for debug builds' order check.
 */
struct iolas__lock {
	atomic_uint is_held;
};

static inline void iolas__lock_acquire(const struct iolas_host *host,
				       struct iolas__lock *lock)
{
	/*
	 * Acquire: what the last holder wrote before its release in
	 * iolas__lock_release() is visible here before our first read.
	 * Relaxed while spinning: we only look for a chance to exchange.
	 */
	for (unsigned turn = 0; iolas__exchange_acquire(&lock->is_held, 1);)
		while (iolas__load_relaxed(&lock->is_held))
			iolas__host_relax(host, turn++);
}

static inline void iolas__lock_release(struct iolas__lock *lock)
{
	/* Release: our writes, to the next holder; pairs with the above. */
	iolas__store_release(&lock->is_held, 0);
}

#endif /* IOLAS_HOST_HOST_PRIV_H */
