/* SPDX-License-Identifier: MIT */
/*
 * Threads that change a page table while a walker in another process uses it.
 *
 * Steady zone: one GiB, always the same memory, always readable, but cut into
 * smaller leaves while it is mapped, and now and then taken down and put up
 * again as one leaf.  While the phase is even nothing in it is unmapped.
 *
 * Flipping zone: some 2 MiB blocks whose page n is unmapped, or memory A + n,
 * or memory B + n; A allows large leaves, B does not.
 *
 * Who owns the walker tells it what to invalidate: threads post their gathers
 * and live_serve() hands them on, so that the threads never wait for it.
 */
#ifndef TEST_ORACLE_LIVE_UPDATER_H
#define TEST_ORACLE_LIVE_UPDATER_H

#include "harness/rng.h"

#include <iolas/pgtable.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define LIVE_STEADY_IOVA  (UINT64_C(8) << 30)
#define LIVE_STEADY_PA	  (UINT64_C(1) << 30)
#define LIVE_STEADY_BYTES (UINT64_C(1) << 30)
#define LIVE_FLIP_IOVA	  ((UINT64_C(9) << 30) + (UINT64_C(500) << 21))
#define LIVE_FLIP_BYTES	  (UINT64_C(32) << 20)
#define LIVE_FLIP_A	  (UINT64_C(2) << 30)
#define LIVE_FLIP_B	  ((UINT64_C(2) << 30) + (UINT64_C(64) << 20) + 0x1000)

enum live_post { LIVE_IDLE, LIVE_POSTED, LIVE_INVALIDATED };

struct live;

struct live_thread {
	struct live *live;
	pthread_t thread;
	struct rng rng;
	struct iolas_gather gather[2]; /* one filling, one posted */
	unsigned filling;
	unsigned since_post; /* changes in the one that is filling */
	_Atomic(int) post;   /* enum live_post, of the other one */
	uint64_t ops;
	uint64_t rounds; /* steady: times put up; flipping: remaps that held */
};

struct live {
	struct iolas_pgtable *pt;
	struct live_thread steady;
	struct live_thread flip;
	_Atomic(uint64_t)
		phase; /* of the steady zone; odd: it is being remapped */
	_Atomic(uint64_t) walks; /* done by the walker so far */
	_Atomic(bool) is_over;
};

/* Maps the steady zone, then starts both threads. */
void live_start(struct live *live, struct iolas_pgtable *pt, uint64_t seed);
/* Ends them; all gathers are taken for invalidated. */
void live_stop(struct live *live);

/* For the walker's owner, between two walks. */
void live_serve(struct live *live,
		void (*invalidate)(void *user, const struct iolas_gather *what),
		void *user);

static inline uint64_t live_phase(struct live *live)
{
	return atomic_load(&live->phase);
}

/* Counts a walk that began at phase @before; true: nothing was unmapped. */
static inline bool live_was_steady(struct live *live, uint64_t before)
{
	const uint64_t after = live_phase(live);

	atomic_fetch_add(&live->walks, 1);
	return before == after && before % 2 == 0;
}

#endif /* TEST_ORACLE_LIVE_UPDATER_H */
