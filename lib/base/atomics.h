/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations with their memory order in the name, so that the orders in
 * use are a list that one can grep.  Work on any _Atomic object; sequentially
 * consistent forms are left out on purpose, except the full fence.
 */
#ifndef IOLAS_BASE_ATOMICS_H
#define IOLAS_BASE_ATOMICS_H

#include <stdatomic.h>

#define iolas__load_relaxed(p) atomic_load_explicit((p), memory_order_relaxed)
#define iolas__load_acquire(p) atomic_load_explicit((p), memory_order_acquire)

#define iolas__store_relaxed(p, v) \
	atomic_store_explicit((p), (v), memory_order_relaxed)
#define iolas__store_release(p, v) \
	atomic_store_explicit((p), (v), memory_order_release)

#define iolas__exchange_acquire(p, v) \
	atomic_exchange_explicit((p), (v), memory_order_acquire)
#define iolas__exchange_acq_rel(p, v) \
	atomic_exchange_explicit((p), (v), memory_order_acq_rel)

/* Compare-exchange, strong: success order, then failure order. */
#define iolas__cas_acquire_relaxed(p, seen, v)   \
	atomic_compare_exchange_strong_explicit( \
		(p), (seen), (v), memory_order_acquire, memory_order_relaxed)
#define iolas__cas_release_relaxed(p, seen, v)   \
	atomic_compare_exchange_strong_explicit( \
		(p), (seen), (v), memory_order_release, memory_order_relaxed)
#define iolas__cas_acq_rel_acquire(p, seen, v)   \
	atomic_compare_exchange_strong_explicit( \
		(p), (seen), (v), memory_order_acq_rel, memory_order_acquire)

#define iolas__fetch_add_relaxed(p, v) \
	atomic_fetch_add_explicit((p), (v), memory_order_relaxed)
#define iolas__fetch_add_acquire(p, v) \
	atomic_fetch_add_explicit((p), (v), memory_order_acquire)
#define iolas__fetch_add_release(p, v) \
	atomic_fetch_add_explicit((p), (v), memory_order_release)
#define iolas__fetch_add_acq_rel(p, v) \
	atomic_fetch_add_explicit((p), (v), memory_order_acq_rel)
#define iolas__fetch_sub_relaxed(p, v) \
	atomic_fetch_sub_explicit((p), (v), memory_order_relaxed)
#define iolas__fetch_sub_release(p, v) \
	atomic_fetch_sub_explicit((p), (v), memory_order_release)
#define iolas__fetch_sub_acq_rel(p, v) \
	atomic_fetch_sub_explicit((p), (v), memory_order_acq_rel)
#define iolas__fetch_or_relaxed(p, v) \
	atomic_fetch_or_explicit((p), (v), memory_order_relaxed)
#define iolas__fetch_or_acq_rel(p, v) \
	atomic_fetch_or_explicit((p), (v), memory_order_acq_rel)
#define iolas__fetch_and_relaxed(p, v) \
	atomic_fetch_and_explicit((p), (v), memory_order_relaxed)
#define iolas__fetch_and_release(p, v) \
	atomic_fetch_and_explicit((p), (v), memory_order_release)
#define iolas__fetch_and_acq_rel(p, v) \
	atomic_fetch_and_explicit((p), (v), memory_order_acq_rel)

#define iolas__fence_acquire() atomic_thread_fence(memory_order_acquire)
#define iolas__fence_release() atomic_thread_fence(memory_order_release)
/* Orders an earlier store before a later load; nothing weaker does. */
#define iolas__fence_full() atomic_thread_fence(memory_order_seq_cst)
/* Stops the compiler only; the other side of a process-wide barrier. */
#define iolas__fence_compiler() atomic_signal_fence(memory_order_seq_cst)

static inline void iolas__cpu_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif /* IOLAS_BASE_ATOMICS_H */
