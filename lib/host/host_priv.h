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
 * flags, a required callback missing, cpu_leave without cpu_enter.
 */
int iolas__host_read(struct iolas_host *copy, const struct iolas_host *given);

/*
 * A chunk of the host, checked: a host that breaks its promise about alignment
 * or linear addresses gets the chunk back, and there is none.
 */
void *iolas__host_chunk_alloc(const struct iolas_host *host, size_t bytes,
			      size_t align, iolas_pa *pa);

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
 * Test-and-test-and-set lock, zero means free.  Whoever embeds one gives it a
 * place in base/lock_rank.h.
 */
struct iolas__lock {
	atomic_uint is_held;
};

static inline void iolas__lock_acquire(const struct iolas_host *host,
				       struct iolas__lock *lock)
{
	/*
	 * Acquire (L2): what the last holder wrote before its release in
	 * iolas__lock_release() is visible to us before our first read.
	 * Relaxed while spinning: we only look for a chance to exchange.
	 */
	for (unsigned turn = 0; iolas__exchange_acquire(&lock->is_held, 1);)
		while (iolas__load_relaxed(&lock->is_held))
			iolas__host_relax(host, turn++);
}

static inline void iolas__lock_release(struct iolas__lock *lock)
{
	/*
	 * Release (L2): our writes are visible to the next holder before its
	 * first read; pairs with the acquire in iolas__lock_acquire().
	 */
	iolas__store_release(&lock->is_held, 0);
}

#endif /* IOLAS_HOST_HOST_PRIV_H */
