/* SPDX-License-Identifier: MIT */
/*
 * Slab under several threads: an object has one owner at a time, also when
 * another thread frees it.  The tags inside the objects are plain bytes, so
 * ThreadSanitizer sees any order that the slab's lock does not give.
 * Floor: slab.  Tools: TSan-clean.
 */
#include "slab/slab_priv.h"

#include "harness/check.h"
#include "harness/counting_host.h"
#include "harness/rng.h"

#include <pthread.h>

enum { THREADS = 4, LIVE = 64, STEPS = 20000 };

struct item {
	uint64_t owner;
	uint64_t number;
	uint64_t payload[3];
};

static struct counting_host host;
static struct iolas__slab slab;
/* One box per receiving thread: objects that somebody else shall free. */
static _Atomic(struct item *) box[THREADS];

static struct item *take(uint64_t owner, uint64_t number)
{
	iolas_pa pa;
	struct item *item = iolas__slab_alloc(&slab, &pa);

	CHECK_ANY_THREAD(item);
	CHECK_ANY_THREAD(iolas__slab_pa(&slab, item) == pa);
	*item = (struct item){ owner, number, { owner, number, pa } };
	return item;
}

static void give(struct item *item)
{
	CHECK_ANY_THREAD(item->payload[0] == item->owner);
	CHECK_ANY_THREAD(item->payload[1] == item->number);
	CHECK_ANY_THREAD(item->payload[2] == iolas__slab_pa(&slab, item));
	iolas__slab_free(&slab, item);
}

/* Hands @item to a thread's box; what was there is ours to free. */
static void pass_on(struct item *item, uint64_t to)
{
	/*
	 * acq_rel: our bytes of *item go with it; the bytes of what was there
	 * come to us.  The passing of an object is the test's business.
	 */
	struct item *old =
		atomic_exchange_explicit(&box[to], item, memory_order_acq_rel);

	if (old)
		give(old);
}

/* Counters that somebody reads at any time belong together. */
static void look_at_usage(void)
{
	uint64_t objects, bytes;

	iolas__slab_usage(&slab, &objects, &bytes);
	CHECK_ANY_THREAD(objects <= THREADS * (LIVE + 2));
	CHECK_ANY_THREAD(bytes >= objects * sizeof(struct item));
}

static void *traffic(void *arg)
{
	const uint64_t me = (uintptr_t)arg;
	struct rng rng = { 1000 + me };
	struct item *live[LIVE] = { 0 };

	for (uint64_t step = 0; step < STEPS; step++) {
		const uint64_t at = rng_below(&rng, LIVE);

		if (step % 64 == 0)
			look_at_usage();
		if (!live[at]) {
			live[at] = take(me, step);
			continue;
		}
		CHECK_ANY_THREAD(live[at]->owner == me);
		if (rng_below(&rng, 4) == 0)
			pass_on(live[at], rng_below(&rng, THREADS));
		else
			give(live[at]);
		live[at] = NULL;
	}
	for (unsigned at = 0; at < LIVE; at++)
		if (live[at])
			give(live[at]);
	return NULL;
}

static void run_threads(void *(*body)(void *))
{
	pthread_t thread[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread[i], NULL, body, (void *)i) == 0);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
}

static void an_object_has_one_owner_at_a_time(void **state)
{
	(void)state;
	counting_host_init_scattered(&host);
	iolas__slab_init(&slab, &host.table, sizeof(struct item), 8);
	run_threads(traffic);
	for (unsigned i = 0; i < THREADS; i++)
		if (box[i])
			give(box[i]);
	CHECK_EQ(slab.object_count, 0);
	CHECK_EQ(slab.chunk_bytes, host.live_bytes);
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
}

/* Everybody grows the slab at once, under a host that refuses now and then. */
static void *grow_only(void *arg)
{
	const uint64_t me = (uintptr_t)arg;
	unsigned got = 0;

	for (unsigned tries = 0; tries < 3000; tries++) {
		unsigned char *page = iolas__slab_alloc(&slab, NULL);

		if (!page)
			continue;
		/* Two owners of one page are a race that TSan reports. */
		page[0] = (unsigned char)me;
		page[4095] = (unsigned char)got++;
	}
	return (void *)(uintptr_t)got;
}

static void threads_that_grow_it_together_lose_nothing(void **state)
{
	pthread_t thread[THREADS];
	uint64_t got = 0;

	(void)state;
	counting_host_init(&host);
	iolas__slab_init(&slab, &host.table, 4096, 4096);
	counting_host_fail_from(&host, 7);
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread[i], NULL, grow_only, (void *)i) ==
		      0);
	for (unsigned i = 0; i < THREADS; i++) {
		void *count;

		CHECK(pthread_join(thread[i], &count) == 0);
		got += (uintptr_t)count;
	}
	/* 15 + 31 + 63 + 127 + 255 + 511 pages, and not one more or less. */
	CHECK_EQ(got, 15 + 31 + 63 + 127 + 255 + 511);
	CHECK_EQ(slab.object_count, got);
	iolas__slab_fini(&slab);
	counting_host_fini(&host);
}

RUN_CASES(CASE(an_object_has_one_owner_at_a_time),
	  CASE(threads_that_grow_it_together_lose_nothing))
