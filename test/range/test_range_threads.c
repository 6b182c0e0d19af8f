/* SPDX-License-Identifier: MIT */
/*
 * Many threads on one space: no granule is ever two threads' at once, nothing
 * is lost, and whoever frees, it counts once.
 * Floor: range.  Tools: meant for ThreadSanitizer; the claims are relaxed
 * atomics, so that the test lends the allocator no order.
 */
#include <iolas/range.h>

#include "harness/check.h"
#include "harness/counting_host.h"
#include "harness/rng.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS	 4u
#define GRANULES 1024u
#define FIRST	 (UINT64_C(1) << 50) /* in pages */
#define ROUNDS	 6000u
#define HELD	 24u

static struct counting_host host;
static struct iolas_space *space;
static _Atomic(unsigned) claims[GRANULES]; /* 0, or the owning thread */
static _Atomic(uint64_t) frees;

struct held {
	uint64_t iova, len, guard;
};

static void setup(void)
{
	const struct iolas_range_config config = {
		.struct_size = sizeof(config),
		.first = FIRST << 12,
		.last = ((FIRST + GRANULES) << 12) - 1,
		.granule_lg2 = 12,
	};

	counting_host_init(&host);
	CHECK_EQ(iolas_range_create(&host.table, &config, &space), IOLAS_OK);
}

static void finish(void)
{
	CHECK_EQ(iolas_range_check(space), IOLAS_OK);
	CHECK_EQ(iolas_range_destroy(space), IOLAS_OK);
	counting_host_fini(&host);
}

/* Marks every granule of @h, guard included, as @from becoming @to. */
static void claim(const struct held *h, unsigned from, unsigned to)
{
	uint64_t first = (h->iova >> 12) - FIRST;
	uint64_t count = (h->len + h->guard) >> 12;

	for (uint64_t i = first; i < first + count; i++)
		CHECK_ANY_THREAD(
			atomic_exchange_explicit(&claims[i], to,
						 memory_order_relaxed) == from);
}

static bool try_alloc(struct rng *rng, unsigned me, struct held *h)
{
	struct iolas_range_constraints c = {
		.struct_size = sizeof(c),
		.flags = (uint32_t)rng_below(rng, 5),
		.seed = rng_next(rng),
	};
	int status;

	h->len = (1 + rng_below(rng, 16)) << 12;
	c.align = rng_below(rng, 4) << 12;
	c.guard = h->guard = rng_below(rng, 2) << 12;
	status = iolas_range_alloc(space, h->len, &c, &h->iova);
	if (status == IOLAS_ENOSPC)
		return false;
	CHECK_ANY_THREAD(status == IOLAS_OK);
	claim(h, 0, me);
	return true;
}

static void give_back(unsigned me, const struct held *h)
{
	claim(h, me, 0);
	CHECK_ANY_THREAD(iolas_range_free(space, h->iova, h->len) == IOLAS_OK);
}

static void *churn(void *arg)
{
	const unsigned me = (unsigned)(uintptr_t)arg;
	struct rng rng = { me };
	struct held held[HELD];
	unsigned count = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t dice = rng_below(&rng, 16);

		if (dice == 0)
			iolas_range_trim(space);
		if (dice == 1 && iolas_range_reserve(space, 0, 5) == IOLAS_OK)
			CHECK_ANY_THREAD(iolas_range_unreserve(space, 0, 5) ==
					 IOLAS_OK);
		if (dice < 9 && count < HELD) {
			count += try_alloc(&rng, me, &held[count]);
		} else if (count > 0) {
			unsigned victim = (unsigned)rng_below(&rng, count);

			give_back(me, &held[victim]);
			held[victim] = held[--count];
		}
	}
	while (count > 0)
		give_back(me, &held[--count]);
	return NULL;
}

static void run_all(void *(*body)(void *))
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, body,
					(void *)(i + 1)),
			 0);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static void no_granule_has_two_owners(void **state)
{
	struct iolas_range_stats stats = { .struct_size = sizeof(stats) };

	(void)state;
	setup();
	run_all(churn);
	CHECK_EQ(iolas_range_stats(space, &stats), IOLAS_OK);
	CHECK_EQ(stats.live_count, 0);
	CHECK_EQ(stats.hole_count, 1);
	CHECK_EQ(stats.alloc_count, stats.free_count);
	finish();
}

static void *free_everything(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < GRANULES; i++) {
		int status = iolas_range_free(space, (FIRST + i) << 12, 4096);

		CHECK_ANY_THREAD(status == IOLAS_OK || status == IOLAS_ENOENT);
		if (status == IOLAS_OK)
			atomic_fetch_add_explicit(&frees, 1,
						  memory_order_relaxed);
	}
	return NULL;
}

/* All threads free the same ranges; each range is given back once. */
static void of_racing_frees_exactly_one_succeeds(void **state)
{
	iolas_iova iova;

	(void)state;
	setup();
	for (unsigned i = 0; i < GRANULES; i++)
		CHECK_EQ(iolas_range_alloc(space, 4096, NULL, &iova), IOLAS_OK);
	atomic_store(&frees, 0);
	run_all(free_everything);
	CHECK_EQ(atomic_load(&frees), GRANULES);
	finish();
}

/* Fill from one thread, free from another, then ask for the largest run. */
static void *free_evens(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < GRANULES; i += 2)
		CHECK_ANY_THREAD(iolas_range_free(space, (FIRST + i) << 12,
						  4096) == IOLAS_OK);
	return NULL;
}

static void what_another_thread_freed_can_be_had_whole(void **state)
{
	pthread_t thread;
	iolas_iova iova;

	(void)state;
	setup();
	for (unsigned i = 0; i < GRANULES; i++)
		CHECK_EQ(iolas_range_alloc(space, 4096, NULL, &iova), IOLAS_OK);
	CHECK_EQ(pthread_create(&thread, NULL, free_evens, NULL), 0);
	for (uint64_t i = 1; i < GRANULES; i += 2)
		CHECK_EQ(iolas_range_free(space, (FIRST + i) << 12, 4096),
			 IOLAS_OK);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(iolas_range_alloc(space, GRANULES * 4096, NULL, &iova),
		 IOLAS_OK);
	CHECK_EQ(iova, FIRST << 12);
	CHECK_EQ(iolas_range_free(space, iova, GRANULES * 4096), IOLAS_OK);
	finish();
}

RUN_CASES(CASE(no_granule_has_two_owners),
	  CASE(of_racing_frees_exactly_one_succeeds),
	  CASE(what_another_thread_freed_can_be_had_whole))
