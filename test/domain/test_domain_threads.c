/* SPDX-License-Identifier: MIT */
/*
 * Threads on one domain: allocating, mapping, looking up, freeing, and freeing
 * the same range twice at once.  Meant for the thread sanitizer; short.
 */
#include "domain_rig.h"

#include <harness/rng.h>

#include <pthread.h>
#include <sched.h>

#define THREADS 3
#define HELD	8
#define TURNS	2500

struct worker {
	struct rig *rig;
	uint64_t seed;
	pthread_t thread;
};

struct held {
	iolas_iova iova;
	iolas_pa pa;
	uint64_t pages;
};

static void check_held(struct rig *rig, const struct held *held)
{
	for (uint64_t p = 0; p < held->pages; p++) {
		struct iolas_mapping m = { .struct_size = sizeof(m) };

		CHECK_ANY_THREAD(iolas_domain_lookup(rig->domain,
						     held->iova + p * PAGE,
						     &m) == IOLAS_OK);
		CHECK_ANY_THREAD(m.pa + (held->iova + p * PAGE - m.iova) ==
				 held->pa + p * PAGE);
	}
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct rig *rig = worker->rig;
	struct rng rng = { worker->seed };
	struct held held[HELD] = { { .pages = 0 } };

	for (int i = 0; i < TURNS; i++) {
		struct held *h = &held[rng_below(&rng, HELD)];

		if (h->pages) {
			check_held(rig, h);
			CHECK_ANY_THREAD(iolas_domain_unmap_free(
						 rig->domain, h->iova,
						 h->pages * PAGE) == IOLAS_OK);
			h->pages = 0;
			continue;
		}
		h->pages = 1 + rng_below(&rng, 6);
		h->pa = PA + rng_below(&rng, 1u << 20) * PAGE;
		CHECK_ANY_THREAD(iolas_domain_alloc_map_run(
					 rig->domain, h->pa, h->pages * PAGE,
					 RW, NULL, &h->iova) == IOLAS_OK);
	}
	for (int i = 0; i < HELD; i++)
		if (held[i].pages)
			CHECK_ANY_THREAD(iolas_domain_unmap_free(
						 rig->domain, held[i].iova,
						 held[i].pages * PAGE) ==
					 IOLAS_OK);
	return NULL;
}

/*
 * The space holds just what the threads can hold at once: under the deferred
 * policy what waits has to come back in time, whoever gives it back.
 */
static void ranges_never_overlap_and_never_run_out(void **state)
{
	(void)state;
	for (uint32_t policy = 0; policy <= IOLAS_POLICY_DEFERRED; policy++) {
		struct worker worker[THREADS];
		struct rig rig;

		rig_prepare(&rig, policy);
		rig.config.first = PAGE;
		/* Any hole pattern of 24 ranges of 6 leaves a hole of 6. */
		rig.config.last = PAGE + THREADS * HELD * 11 * PAGE - 1;
		rig_start(&rig);
		for (unsigned i = 0; i < THREADS; i++) {
			worker[i].rig = &rig;
			worker[i].seed = 100 * policy + i;
			CHECK_EQ(pthread_create(&worker[i].thread, NULL, work,
						&worker[i]),
				 0);
		}
		for (unsigned i = 0; i < THREADS; i++)
			pthread_join(worker[i].thread, NULL);
		CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
		CHECK_EQ(rig_live_ranges(&rig), 0);
		CHECK_EQ(rig_stats(&rig).map_bytes,
			 rig_stats(&rig).unmap_bytes);
		rig_fini(&rig);
	}
}

static struct {
	struct rig *rig;
	_Atomic(uint64_t) round;
	_Atomic(unsigned) done;
	iolas_iova iova; /* written between rounds */
	_Atomic(unsigned) freed;
} twice;

#define ROUNDS 400u

static void *free_twice(void *arg)
{
	(void)arg;
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		while (atomic_load(&twice.round) < round)
			sched_yield();
		if (iolas_domain_unmap_free(twice.rig->domain, twice.iova,
					    PAGE) == IOLAS_OK)
			atomic_fetch_add(&twice.freed, 1);
		atomic_fetch_add(&twice.done, 1);
	}
	return NULL;
}

static void of_two_frees_at_once_one_succeeds(void **state)
{
	(void)state;
	for (uint32_t policy = 0; policy <= IOLAS_POLICY_DEFERRED; policy++) {
		pthread_t thread[2];
		struct rig rig;

		rig_init(&rig, policy);
		twice.rig = &rig;
		atomic_store(&twice.round, 0);
		for (int i = 0; i < 2; i++)
			CHECK_EQ(pthread_create(&thread[i], NULL, free_twice,
						NULL),
				 0);
		for (uint64_t round = 1; round <= ROUNDS; round++) {
			atomic_store(&twice.done, 0);
			atomic_store(&twice.freed, 0);
			CHECK_EQ(iolas_domain_alloc_map_run(rig.domain, PA,
							    PAGE, RW, NULL,
							    &twice.iova),
				 IOLAS_OK);
			atomic_store(&twice.round, round);
			while (atomic_load(&twice.done) != 2)
				sched_yield();
			CHECK_EQ(atomic_load(&twice.freed), 1);
		}
		for (int i = 0; i < 2; i++)
			pthread_join(thread[i], NULL);
		CHECK_EQ(iolas_domain_sync(rig.domain, NULL), IOLAS_OK);
		CHECK_EQ(rig_live_ranges(&rig), 0);
		rig_fini(&rig);
	}
}

RUN_CASES(CASE(ranges_never_overlap_and_never_run_out),
	  CASE(of_two_frees_at_once_one_succeeds))
