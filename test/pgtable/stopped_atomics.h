/* SPDX-License-Identifier: MIT */
/*
 * The library's atomics with a step in front of each, for the test that stops a
 * thread at any of them.  Included before everything else, on the command line.
 */
#ifndef TEST_STOPPED_ATOMICS_H
#define TEST_STOPPED_ATOMICS_H

#include "../../lib/base/atomics.h"

/* May stop the calling thread; test_pgtable_stopped.c. */
void stopped_step(void);

#define STEP(expression) (stopped_step(), (expression))
#define RELAXED		 memory_order_relaxed
#define ACQUIRE		 memory_order_acquire
#define RELEASE		 memory_order_release
#define ACQ_REL		 memory_order_acq_rel

#undef iolas__load_relaxed
#undef iolas__load_acquire
#undef iolas__store_relaxed
#undef iolas__store_release
#undef iolas__exchange_acquire
#undef iolas__exchange_acq_rel
#undef iolas__cas_acquire_relaxed
#undef iolas__cas_release_relaxed
#undef iolas__cas_acq_rel_acquire
#undef iolas__fetch_add_relaxed
#undef iolas__fetch_add_release
#undef iolas__fetch_sub_relaxed
#undef iolas__fetch_or_acq_rel

#define iolas__load_relaxed(p) STEP(atomic_load_explicit((p), RELAXED))
#define iolas__load_acquire(p) STEP(atomic_load_explicit((p), ACQUIRE))
#define iolas__store_relaxed(p, v) \
	STEP(atomic_store_explicit((p), (v), RELAXED))
#define iolas__store_release(p, v) \
	STEP(atomic_store_explicit((p), (v), RELEASE))
#define iolas__exchange_acquire(p, v) \
	STEP(atomic_exchange_explicit((p), (v), ACQUIRE))
#define iolas__exchange_acq_rel(p, v) \
	STEP(atomic_exchange_explicit((p), (v), ACQ_REL))
#define iolas__cas_acquire_relaxed(p, seen, v)                         \
	STEP(atomic_compare_exchange_strong_explicit((p), (seen), (v), \
						     ACQUIRE, RELAXED))
#define iolas__cas_release_relaxed(p, seen, v)                         \
	STEP(atomic_compare_exchange_strong_explicit((p), (seen), (v), \
						     RELEASE, RELAXED))
#define iolas__cas_acq_rel_acquire(p, seen, v)                         \
	STEP(atomic_compare_exchange_strong_explicit((p), (seen), (v), \
						     ACQ_REL, ACQUIRE))
#define iolas__fetch_add_relaxed(p, v) \
	STEP(atomic_fetch_add_explicit((p), (v), RELAXED))
#define iolas__fetch_add_release(p, v) \
	STEP(atomic_fetch_add_explicit((p), (v), RELEASE))
#define iolas__fetch_sub_relaxed(p, v) \
	STEP(atomic_fetch_sub_explicit((p), (v), RELAXED))
#define iolas__fetch_or_acq_rel(p, v) \
	STEP(atomic_fetch_or_explicit((p), (v), ACQ_REL))

#endif /* TEST_STOPPED_ATOMICS_H */
